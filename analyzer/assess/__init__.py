"""What porting to a target takes, and whether it can be done: work items, effort, readiness."""
