"""How often files were changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Churn:
    """The last commits of a repository, without merges, and how many of them changed each file."""

    commits: int = 0
    """How many were looked at; 0 where there is no history, or it was not asked for."""
    by_path: Mapping[str, int] = field(default_factory=dict)


NO_CHURN = Churn()
