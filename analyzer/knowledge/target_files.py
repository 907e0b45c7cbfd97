"""Reads one target's or base's file: its own answers, and whose it takes over with `extends`."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.knowledge.target_effort import COUNTED, NO_EFFORT, ROLES, load_effort_scale, read_effort
from analyzer.knowledge.toml_reader import Table, nearest
from analyzer.model.target import (
    BASES,
    EVIDENCE,
    MATURITY_KINDS,
    STATUSES,
    VERDICTS,
    Claim,
    EffortRange,
    FixedWork,
    Knowledge,
    MaturityFact,
    SoftwarePath,
    Support,
    Target,
    Ties,
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a file itself says of capabilities and fixed work."""

    id: str
    extends: str
    support: tuple[Support, ...]
    fixed_work: tuple[FixedWork, ...]


def read_answers(document: Table, capabilities: tuple[str, ...]) -> Answers:
    """The part that targets and bases have in common. Raises `UserInputError` for a capability that does not exist."""
    since, as_of = document.text("since", ""), document.date("as_of")
    table = document.table("support", {})
    for name in table.values:
        if name not in capabilities:
            raise table.fail(name, f"is no capability{nearest(name, capabilities)}")
    support = tuple(_support(name, inner, since, as_of) for name, inner in table.named_tables())
    fixed_work = tuple(_fixed_work(inner) for inner in document.tables("fixed_work", []))
    return Answers(document.text("id"), document.text("extends", ""), support, fixed_work)


def read_base(document: Table, capabilities: tuple[str, ...]) -> Answers:
    """A base: answers that several targets share, and no target itself."""
    answers = read_answers(document, capabilities)
    document.text("title")
    document.finish()
    return answers


def read_target(document: Table, capabilities: tuple[str, ...]) -> tuple[Target, Answers]:
    """One target's file; its answers are still only its own. Raises `UserInputError` for unknown keys."""
    answers = read_answers(document, capabilities)
    knowledge = document.table("knowledge", {})
    target = Target(
        id=answers.id,
        title=document.text("title"),
        status=document.text("status", choices=STATUSES),
        software=document.text("software"),
        sdk_version=document.text("sdk_version"),
        as_of=document.date("as_of"),
        summary=document.text("summary"),
        ties_you_to=document.text("ties_you_to"),
        ties=_ties(document.table("ties")),
        maturity=tuple(_maturity(table) for table in document.tables("maturity", [])),
        serves=document.flag("serves"),
        trains=document.flag("trains"),
        support=(),
        fixed_work=(),
        reference=document.text("reference"),
        is_default=document.flag("default", False),
        variant_of=document.text("variant_of", ""),
        paths=tuple(_path(table) for table in document.tables("path", [])),
        claims=tuple(_claim(table) for table in document.tables("claim", [])),
        knowledge=Knowledge(knowledge.text("family", ""), knowledge.text("chip", "")),
        takes_fallback=document.flag("takes_fallback", False),
    )
    knowledge.finish()
    document.finish()
    if target.is_claim != bool(target.claims):
        raise document.fail("claim", "must say what is claimed, where the status is `claim` and nowhere else")
    return target, answers


def _support(capability: str, table: Table, since: str, as_of: str) -> Support:
    verdict = table.text("verdict", choices=VERDICTS)
    is_known = verdict != "unknown"
    role, effort, basis = _work(capability, verdict, table)
    entry = Support(
        capability=capability,
        verdict=verdict,
        advice=table.text("advice"),
        reference=table.text("reference") if is_known else table.text("reference", ""),
        since=table.text("since", since) if is_known else table.text("since", ""),
        as_of=table.date("as_of", as_of) if is_known else "",
        role=role,
        effort=effort,
        basis=basis,
        evidence=table.text("evidence", "documented" if is_known else "none", choices=EVIDENCE),
        note=table.text("note", ""),
    )
    if is_known and not entry.reference:
        raise table.fail("reference", "is empty: a verdict needs a source, or is `unknown`")
    if is_known and not entry.since:
        raise table.fail("since", "is missing here and for the whole file: a verdict holds for versions")
    if is_known == (entry.evidence == "none"):
        raise table.fail("evidence", "is `none` for `unknown` and for nothing else")
    table.finish()
    return entry


def _work(capability: str, verdict: str, table: Table) -> tuple[str, EffortRange, str]:
    """Role, effort and basis: the entry's own, else those of the scale."""
    scale = load_effort_scale().of
    role, effort, basis = scale.get((capability, verdict), scale.get((capability, ""), ("ml-engineer", NO_EFFORT, BASES[-1])))
    has_own = table.has("effort")
    if verdict in COUNTED and not has_own and (capability, verdict) not in scale:
        raise table.fail("effort", f"is missing, and rules/target_effort.toml has none for {capability} where it is {verdict}")
    own = read_effort(table.table("effort")) if has_own else effort
    return table.text("role", role, choices=ROLES), own, table.text("basis", basis, choices=BASES)


def _fixed_work(table: Table) -> FixedWork:
    work = FixedWork(
        id=table.text("id"),
        title=table.text("title"),
        role=table.text("role", choices=ROLES),
        effort=read_effort(table.table("effort")),
        basis=table.text("basis", choices=BASES),
        source=table.text("source"),
        when=table.text("when", "always", choices=("always", "deployed")),
    )
    table.finish()
    return work


def _ties(table: Table) -> Ties:
    ties = Ties(
        table.text("vendor"), table.text("cloud"), table.text("compiler"), table.text("model_format"), table.text("keeps_open")
    )  # fmt: skip
    table.finish()
    return ties


def _maturity(table: Table) -> MaturityFact:
    fact = MaturityFact(
        table.text("kind", choices=MATURITY_KINDS), table.text("text"), table.text("reference"), table.date("as_of")
    )  # fmt: skip
    table.finish()
    return fact


def _path(table: Table) -> SoftwarePath:
    path = SoftwarePath(
        table.text("id"), table.text("title"), table.text("status", choices=STATUSES), table.text("versions"),
        table.text("target", ""), table.text("note", ""), table.text("reference"), table.date("as_of"),
    )  # fmt: skip
    table.finish()
    return path


def _claim(table: Table) -> Claim:
    claim = Claim(table.text("subject"), table.text("value"), table.text("source"), table.date("as_of"))
    table.finish()
    return claim
