"""What may be remembered between runs: never needed, never trusted more than the user's own folder is."""
