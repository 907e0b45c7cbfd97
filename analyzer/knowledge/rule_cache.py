"""Rules and vocabulary as they were read, remembered between runs.

What is remembered is plain data under a stamp of the files' names, sizes and times; a change of any is a miss.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from analyzer import __version__
from analyzer.cache.folder import recall, remember
from analyzer.cache.stamps import stamp_of
from analyzer.knowledge.data_files import data_folder
from analyzer.model.capability import Capability
from analyzer.model.rule import Match, Rewrite, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MATCHES, _REWRITE, _REFERENCES, _TAGS = map(Rule._fields.index, ("matches", "rewrite", "references", "tags"))


def stamp(*names: str) -> str:
    """What some files and folders below `rules/` look like from outside, or "" where they are packed away."""
    folder = data_folder("rules")
    found = stamp_of(*(folder / name for name in names)) if isinstance(folder, Path) else ""
    return f"{__version__}\n{found}" if found else ""


def recall_rules(key: str) -> tuple[tuple[Rule, ...], tuple[Capability, ...], str] | None:
    """Rules, capabilities and version that were stored under a stamp."""
    stored = recall("rules", key) if key else None
    try:
        rules, capabilities, version = stored  # type: ignore[misc] # not iterable is one of the ways to be damaged
        return tuple(map(_rule, rules)), tuple(Capability(*row) for row in capabilities), str(version)
    except (TypeError, ValueError, IndexError, AttributeError):
        return None


def remember_rules(key: str, rules: Iterable[Rule], capabilities: Iterable[Capability], version: str) -> None:
    """Store them."""
    if key:
        remember("rules", key, [list(rules), list(capabilities), version])


def _rule(row: list[Any]) -> Rule:
    row[_MATCHES] = tuple(Match(kind, *map(tuple, lists)) for kind, *lists in row[_MATCHES])
    row[_REWRITE] = None if row[_REWRITE] is None else Rewrite(*row[_REWRITE])
    row[_REFERENCES], row[_TAGS] = tuple(row[_REFERENCES]), tuple(row[_TAGS])
    return Rule(*row)
