"""Loads and validates the targets: each must answer for every capability."""

from __future__ import annotations

import datetime
from functools import lru_cache

from analyzer.knowledge.data_files import toml_files
from analyzer.knowledge.rule_files import load_capabilities
from analyzer.knowledge.toml_reader import Table, nearest, read_toml
from analyzer.model.errors import UserInputError
from analyzer.model.target import BASES, EFFORT_PER, VERDICTS, EffortRange, FixedWork, Support, Target

ROLES = ("ml-engineer", "kernel-engineer", "platform-engineer")


@lru_cache(maxsize=1)
def load_targets() -> tuple[Target, ...]:
    """All targets under `rules/targets`, sorted by id."""
    capabilities = tuple(capability.id for capability in load_capabilities())
    targets = [read_target(read_toml(source, file), capabilities) for source, file in toml_files("targets")]
    return tuple(sorted(targets, key=lambda target: target.id))


def find_target(target_id: str) -> Target:
    """The target with an id. Raises `UserInputError` with the nearest id."""
    targets = {target.id: target for target in load_targets()}
    if target_id not in targets:
        hint = nearest(target_id, targets) or f" (known: {', '.join(targets)})"
        raise UserInputError("--target", target_id, f"there is no such target{hint}")
    return targets[target_id]


def read_target(document: Table, capabilities: tuple[str, ...]) -> Target:
    """One target file. Raises `UserInputError` for unknown keys and for capabilities without an answer."""
    support_table = document.table("support")
    support = tuple(_support(name, table) for name, table in support_table.named_tables())
    answered = {entry.capability for entry in support}
    for name in sorted(set(capabilities) - answered):
        raise support_table.fail(name, "is missing: a target answers for every capability (`unknown` is an answer)")
    for name in sorted(answered - set(capabilities)):
        raise support_table.fail(name, f"is no capability{nearest(name, capabilities)}")
    target = Target(
        id=document.text("id"),
        title=document.text("title"),
        software=document.text("software"),
        sdk_version=document.text("sdk_version"),
        as_of=_date(document, "as_of"),
        summary=document.text("summary"),
        ties_you_to=document.text("ties_you_to"),
        maturity=document.texts("maturity"),
        serves=document.flag("serves"),
        trains=document.flag("trains"),
        support=tuple(sorted(support, key=lambda entry: capabilities.index(entry.capability))),
        fixed_work=tuple(_fixed_work(table) for table in document.tables("fixed_work")),
        reference=document.text("reference"),
    )
    document.finish()
    return target


def _support(capability: str, table: Table) -> Support:
    verdict = table.text("verdict", choices=VERDICTS)
    is_known = verdict != "unknown"
    entry = Support(
        capability=capability,
        verdict=verdict,
        advice=table.text("advice"),
        reference=table.text("reference") if is_known else table.text("reference", ""),
        since=table.text("since") if is_known else table.text("since", ""),
        as_of=_date(table, "as_of") if is_known else "",
        role=table.text("role", choices=ROLES),
        effort=_effort(table.table("effort")),
        basis=table.text("basis", choices=BASES),
        note=table.text("note", ""),
    )
    if is_known and not entry.reference:
        raise table.fail("reference", "is empty: a verdict needs a source, or is `unknown`")
    table.finish()
    return entry


def _fixed_work(table: Table) -> FixedWork:
    work = FixedWork(
        id=table.text("id"),
        title=table.text("title"),
        role=table.text("role", choices=ROLES),
        effort=_effort(table.table("effort")),
        basis=table.text("basis", choices=BASES),
        source=table.text("source"),
        when=table.text("when", "always", choices=("always", "deployed")),
    )
    table.finish()
    return work


def _effort(table: Table) -> EffortRange:
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


def _date(table: Table, key: str) -> str:
    text = table.text(key)
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise table.fail(key, f"is {text!r}, must be a date such as 2026-08-21") from None
