"""Loads `rules/target_effort.toml`: what a verdict takes where a target's file names no effort of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from analyzer.knowledge.toml_reader import Table, read_rules_file
from analyzer.model.target import BASES, EFFORT_PER, EffortRange

ROLES = ("ml-engineer", "kernel-engineer", "platform-engineer")
NO_EFFORT = EffortRange(0.0, 0.0, 0.0, "site")
COUNTED = ("adapt", "rewrite", "blocked")
"""The verdicts that take work; the others have no effort."""


class FileEffort(NamedTuple):
    """What a changed file takes besides the changes in it."""

    role: str
    effort: EffortRange
    basis: str
    source: str


class EffortScale(NamedTuple):
    """Role, effort and basis by capability and verdict, and of each changed file."""

    of: dict[tuple[str, str], tuple[str, EffortRange, str]]
    file: FileEffort


@lru_cache(maxsize=1)
def load_effort_scale() -> EffortScale:
    """Read and check the file. Raises `UserInputError` naming file and key."""
    document = read_rules_file("target_effort")
    basis = document.text("basis", choices=BASES)
    file = _file_effort(document.table("file"), basis)
    scale: dict[tuple[str, str], tuple[str, EffortRange, str]] = {}
    for capability, table in document.table("capability").named_tables():
        role = table.text("role", choices=ROLES)
        scale[capability, ""] = (role, NO_EFFORT, basis)
        for verdict in COUNTED:
            if table.has(verdict):
                scale[capability, verdict] = (role, read_effort(table.table(verdict)), basis)
        table.finish()
        if (capability, "rewrite") in scale:
            scale.setdefault((capability, "blocked"), scale[capability, "rewrite"])
    document.finish()
    return EffortScale(scale, file)


def _file_effort(table: Table, basis: str) -> FileEffort:
    found = FileEffort(table.text("role", choices=ROLES), read_effort(table.table("effort")), basis, table.text("source"))
    table.text("as_of")
    table.finish()
    return found


def read_effort(table: Table) -> EffortRange:
    """A range of person-days. Raises `UserInputError` where it is out of order."""
    effort = EffortRange(
        table.number("low", high=10_000), table.number("likely", high=10_000), table.number("high", high=10_000),
        table.text("per", choices=EFFORT_PER),
    )  # fmt: skip
    if not effort.low_days <= effort.likely_days <= effort.high_days:
        raise table.fail("likely", "must lie between low and high")
    if effort.high_days and not effort.low_days:
        raise table.fail("low", "must be above 0 where high is")
    table.finish()
    return effort
