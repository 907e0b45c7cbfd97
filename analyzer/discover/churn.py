"""Reads from git how often files were changed."""

from __future__ import annotations

from pathlib import Path

from analyzer.discover.git import Git
from analyzer.model.churn import Churn
from analyzer.model.errors import UserInputError


def read_churn(root: Path, most_commits: int) -> Churn:
    """The last commits below a folder; none where there is no history to read."""
    if not most_commits:
        return Churn()
    try:
        changes, commits = Git(root).changes_by_path(most_commits)
    except UserInputError:
        return Churn()
    return Churn(commits, dict(sorted(changes.items())))
