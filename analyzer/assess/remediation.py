"""Groups findings into what a person would do once for a target."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.assess.kernel_work import KernelWork
from analyzer.assess.purpose import Purpose
from analyzer.knowledge.effort_constants import EffortConstants
from analyzer.model.capability import Capability
from analyzer.model.finding import Finding
from analyzer.model.target import EffortRange, Support, Target


@dataclass(frozen=True, slots=True)
class Work:
    """A work item before its effort is drawn: `units` already has learning and test weights in it."""

    id: str
    title: str
    capability: str
    verdict: str
    role: str
    units: float
    effort: EffortRange
    basis: str
    advice: str
    reference: str
    since: str
    findings: tuple[str, ...]
    paths: tuple[str, ...]


def counts_as_debt(finding: Finding) -> bool:
    """Whether a finding needs work: not informational, not dismissed by a comment."""
    return finding.severity != "info" and (finding.suppressed is None or finding.suppressed.kind == "todo")


def plan_work(
    findings: Iterable[Finding],
    target: Target,
    capabilities: Mapping[str, Capability],
    constants: EffortConstants,
    purpose: Purpose,
    kernels: KernelWork,
) -> tuple[Work, ...]:
    """The work items of a target, sorted by id: those of the findings, and those that it needs in any case."""
    by_capability: dict[str, list[Finding]] = {}
    for finding in findings:
        if counts_as_debt(finding):
            by_capability.setdefault(finding.capability, []).append(finding)
    work: list[Work] = []
    for support in target.support:
        own = by_capability.get(support.capability, [])
        if own and support.verdict not in ("drop_in", "unknown"):
            work.extend(_work_of(support, own, capabilities[support.capability], constants, kernels))
    work.extend(
        Work(
            fixed.id, fixed.title, "", "adapt", fixed.role, 1.0, fixed.effort, fixed.basis,
            f"Needed whatever the code says. Basis of the figures: {fixed.source}.", target.reference, target.sdk_version, (), (),
        )
        for fixed in target.fixed_work
        if (work or purpose.uses_models) and (fixed.when == "always" or purpose.is_deployed)
    )  # fmt: skip
    return tuple(sorted(work, key=lambda item: item.id))


def _work_of(
    support: Support, findings: list[Finding], capability: Capability, constants: EffortConstants, kernels: KernelWork
) -> list[Work]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_group(support, finding, capability, kernels), []).append(finding)
    weights = {key: _weight(support, key, group, capability, constants, kernels) for key, group in groups.items()}
    total = sum(weights.values())
    share = learned_units(total, constants) / total if total else 0.0
    return [
        Work(
            id=f"{support.capability}:{key}" if key else support.capability,
            title=f"{capability.title}: {key}" if key else capability.title,
            capability=support.capability,
            verdict=support.verdict,
            role=support.role,
            units=round(weights[key] * share, 6),
            effort=support.effort,
            basis=support.basis,
            advice=support.marked_advice,
            reference=support.reference,
            since=support.since,
            findings=tuple(sorted(finding.fingerprint for finding in group)),
            paths=tuple(sorted({finding.path for finding in group})),
        )
        for key, group in sorted(groups.items())
        if weights[key] > 0
    ]


def _group(support: Support, finding: Finding, capability: Capability, kernels: KernelWork) -> str:
    """What is done at once: a kernel file, a library, a build file; all places of a mechanical change together."""
    if support.effort.per != "item":
        return ""
    if capability.kind == "library":
        return library_name(finding)
    return kernels.group(finding) if capability.kind == "kernel" else finding.path


def library_name(finding: Finding) -> str:
    """The library that a finding is about: the top-level package or the distribution, in one spelling."""
    name = finding.symbol.partition(".")[0] if not finding.symbol.startswith("nvidia.") else finding.symbol
    return re.sub(r"[-_.]+", "-", name).lower() or finding.rule_id


def _weight(
    support: Support,
    group: str,
    findings: list[Finding],
    capability: Capability,
    constants: EffortConstants,
    kernels: KernelWork,
) -> float:
    """How many units of work a group is, before learning: places in tests weigh less."""
    if capability.kind == "kernel":
        return kernels.weight(group, findings, constants)
    if support.effort.per == "site":
        places = {(f.path, f.cell, f.statement): f.in_tests for f in findings}
        return sum(constants.test_code_weight if in_tests else 1.0 for in_tests in places.values())
    if support.effort.per == "module":
        files = {finding.path: finding.in_tests for finding in findings}
        return sum(constants.test_code_weight if in_tests else 1.0 for in_tests in files.values())
    return constants.test_code_weight if all(finding.in_tests for finding in findings) else 1.0


def learned_units(repetitions: float, constants: EffortConstants) -> float:
    """Effort of n repetitions in units of the first: the k-th costs max(floor, k^log2(rate)) (Wright 1936).

    A fractional rest counts at the price of the next repetition. Never falls as repetitions grow.
    """
    exponent = math.log2(constants.learning_rate)
    whole = int(repetitions)

    def cost_of(repetition: int) -> float:
        return max(constants.learning_floor, math.exp(exponent * math.log(repetition)))

    return math.fsum(cost_of(k) for k in range(1, whole + 1)) + (repetitions - whole) * cost_of(whole + 1)
