"""How often the files of a folder were changed of late, from its git history; bounded in commits, bytes and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from analyzer.discover.git import Git
from analyzer.model.counted import counted
from analyzer.model.errors import UserInputError

DAYS = 365
MOST_COMMITS = 1000
SECONDS_OF_A_DAY = 86_400
SHOWN_DIGITS = 12


@dataclass(frozen=True, slots=True)
class History:
    """How many of the last commits changed each file, and in words what was read."""

    changes: Mapping[str, int]
    """By POSIX path; a file that is not named did not change, or nothing is known of it."""
    used: str
    """Such as `53 commits of the 365 days up to c79cb3c9c3c2`, or "none"."""
    source: str
    """Where it is from, or why there is none."""


def history_of(root: Path, paths: Collection[str]) -> History:
    """The history of some files where the folder is the top of a git work tree. Never an error: without a history nothing is
    known of churn, and that is said.

    Commits count up to a year before HEAD's own date, merges left out, so that the same commit gives the same counts on any
    day. Of more than `MOST_COMMITS` the newest count.
    """
    if not (root / ".git").exists():
        return History({}, "none", "no git history at the root of the scan")
    try:
        git = Git(root)
        head = git.commit("HEAD")
        commits = git.recent_commits(head, DAYS * SECONDS_OF_A_DAY, MOST_COMMITS)
        changes = Counter(path for path in git.changed_by(commits) if path in paths)
    except UserInputError as error:
        return History({}, "none", f"git cannot read it: {error}"[:300])
    newest = "the newest " if len(commits) == MOST_COMMITS else ""
    used = f"{newest}{counted(len(commits), 'commit')} of the {DAYS} days up to {head[:SHOWN_DIGITS]}"
    return History(dict(changes), used, "git history at the root of the scan")


def history_key(root: Path) -> str:
    """What tells one history from another without reading it: the commit, and where a shallow clone ends."""
    if not (root / ".git").exists():
        return ""
    try:
        head = Git(root).commit("HEAD")
        shallow = root / ".git" / "shallow"
        return head + (shallow.read_text("ascii", "replace") if shallow.is_file() else "")
    except (UserInputError, OSError):
        return ""
