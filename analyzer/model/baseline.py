"""The debt that exists today, as a file remembers it: without line numbers, with a count for equal findings."""

from __future__ import annotations

from analyzer.model.named_tuple import NamedTuple

BASELINE_SCHEMA_VERSION = 1


class BaselineEntry(NamedTuple):
    """Equal findings of one rule in one file.

    `content` is a digest of rule, symbol and the quoted statement without white space: neither the line nor the path is
    part of it, so that it survives moves. `owner`, `reason` and `expires` (a date) are the team's own notes.
    """

    path: str
    rule_id: str
    symbol: str
    content: str
    times: int
    is_quiet: bool = False
    """What is guarded or can be overridden: no debt, but a check that sees only a part of the repository may not know."""
    owner: str = ""
    reason: str = ""
    expires: str = ""


class Baseline(NamedTuple):
    """All entries, sorted."""

    entries: tuple[BaselineEntry, ...] = ()
