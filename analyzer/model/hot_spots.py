"""Where a change weighs most, and who would do it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HotSpot:
    """One tied module."""

    path: str
    score: float
    """0 to 1: the mean of the two shares below; of centrality alone where there is no history."""
    centrality: float
    """Betweenness in the graph of imports as a share of the greatest: how many ways between other modules lead through it."""
    churn: int
    """Commits that changed it, among those that were looked at."""
    days: float
    """Person-days of work in it for the target."""
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnerShare:
    """What one owner has to do."""

    owner: str
    """As CODEOWNERS names it; "" for files that nobody owns. A file of several owners counts for each."""
    files: int
    days: float


@dataclass(frozen=True, slots=True)
class HotSpots:
    """The tied modules that are no tests, hottest first, and the work by owner, most days first, for one target."""

    target_id: str
    commits: int
    """Commits that were looked at; 0 without a history."""
    modules: tuple[HotSpot, ...]
    owners_file: str
    """The CODEOWNERS file, or "" where there is none: then all work is nobody's."""
    owners: tuple[OwnerShare, ...]
