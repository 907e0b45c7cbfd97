"""What a repository does with models, read off the linked program with the signals of `rules/workload/`."""
