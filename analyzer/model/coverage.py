"""What was analysed, and what was not."""

from __future__ import annotations

from analyzer.model.facts import Problem
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.source import SkippedFile


class KindCount(NamedTuple):
    """Files and lines of one kind."""

    kind: str
    files: int
    analysed: int
    lines: int


class Coverage(NamedTuple):
    """What was looked at, and what was not: stands beside every score."""

    kinds: tuple[KindCount, ...]
    skipped: tuple[SkippedFile, ...]
    problems: tuple[Problem, ...]
    analysed_share: float
    """Share (0 to 1) of the source files found that were analysed."""
    gave_up: tuple[str, ...]
    """Where the flow analysis stopped early, in words."""
