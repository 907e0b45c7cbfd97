"""Which files a repository has, of what kind, and which are left out and why."""
