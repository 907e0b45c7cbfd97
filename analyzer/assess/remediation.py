"""Groups findings into what a person would do once for a target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.assess.kernel_work import KernelWork, Shares
from analyzer.assess.places import changed_paths, is_work, units_of_files, units_of_places
from analyzer.assess.purpose import Purpose
from analyzer.assess.surroundings import NO_SURROUNDINGS, Surroundings
from analyzer.facts.requirements import normalized
from analyzer.knowledge.effort_constants import EffortConstants
from analyzer.knowledge.target_effort import load_effort_scale
from analyzer.model.capability import Capability
from analyzer.model.counted import counted
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
    automation_share: float
    """Share (0 to 1) of its findings for which the edit is ready made."""


LEAST_BREADTH, MOST_BREADTH = 0.4, 2.5
"""Bounds of how the number of files that use a library changes the effort of replacing it."""


def plan_work(
    findings: Iterable[Finding],
    target: Target,
    capabilities: Mapping[str, Capability],
    constants: EffortConstants,
    purpose: Purpose,
    kernels: KernelWork,
    surroundings: Surroundings = NO_SURROUNDINGS,
) -> tuple[Work, ...]:
    """The work items of a target, sorted by id: those of the findings, and those that it needs in any case."""
    by_capability: dict[str, list[Finding]] = {}
    for finding in findings:
        if is_work(finding, capabilities[finding.capability], target):
            by_capability.setdefault(finding.capability, []).append(finding)
    planner = _Planner(target, capabilities, constants, kernels, surroundings)
    work: list[Work] = []
    touched: list[Finding] = []
    for support in target.support:
        own = by_capability.get(support.capability, [])
        if own and support.verdict not in ("drop_in", "unknown"):
            work.extend(planner.work_of(support, own))
            touched.extend(own if planner.changes_files(support) else ())
    if touched:
        work.append(planner.work_on_files(touched))
    work.extend(
        Work(
            fixed.id, fixed.title, "", "adapt", fixed.role, 1.0, fixed.effort, fixed.basis,
            f"Needed whatever the code says. Basis of the figures: {fixed.source}.", target.reference, target.sdk_version, (), (),
            0.0,
        )
        for fixed in target.fixed_work
        if (work or purpose.uses_models) and (fixed.when == "always" or purpose.is_deployed)
    )  # fmt: skip
    return tuple(sorted(work, key=lambda item: item.id))


@dataclass(frozen=True, slots=True)
class _Planner:
    """What all work items of a target are made with."""

    target: Target
    capabilities: Mapping[str, Capability]
    constants: EffortConstants
    kernels: KernelWork
    surroundings: Surroundings

    def work_of(self, support: Support, findings: list[Finding]) -> list[Work]:
        """The work items of one capability: repetitions cost less, over all of its groups together."""
        capability = self.capabilities[support.capability]
        groups: dict[str, list[Finding]] = {}
        for finding in findings:
            groups.setdefault(self.group(support, finding, capability), []).append(finding)
        shares = {key: self.shares(support, key, group, capability) for key, group in groups.items()}
        total = sum(share.likely for share in shares.values())
        learned = learned_units(total, self.constants) / total if total else 0.0
        return [
            self.work_item(support, capability, key, group, shares[key], learned)
            for key, group in sorted(groups.items())
            if shares[key].likely > 0
        ]

    def work_item(
        self, support: Support, capability: Capability, key: str, group: list[Finding], share: Shares, learned: float
    ) -> Work:
        """One work item of a capability."""
        what = f" ({share.kind}, {counted(share.lines, 'line')})" if share.kind else ""
        return Work(
            id=f"{support.capability}:{key}" if key else support.capability,
            title=f"{capability.title}: {key}{what}" if key else capability.title,
            capability=support.capability,
            verdict=support.verdict,
            role=support.role,
            units=round(share.likely * learned, 6),
            effort=share.scaled(support.effort),
            basis=support.basis,
            advice=f"{share.way}. {support.advice}" if share.way else support.advice,
            reference=support.reference,
            since=support.since,
            findings=tuple(sorted(finding.fingerprint for finding in group)),
            paths=changed_paths(group) if self.changes_files(support) else (),
            automation_share=round(sum(finding.edit is not None for finding in group) / len(group), 4),
        )

    def changes_files(self, support: Support) -> bool:
        """Whether the places themselves are changed: a model of another framework is converted, or set up, as a whole."""
        return support.verdict != "adapt" or self.capabilities[support.capability].kind != "framework"

    def work_on_files(self, findings: list[Finding]) -> Work:
        """Opening, trying and reviewing each file that is changed at all."""
        file = load_effort_scale().file
        units = learned_units(units_of_files(findings, self.constants, self.surroundings), self.constants)
        paths = changed_paths(findings)
        return Work(
            "files", f"Each changed file: understand, try and review ({len(paths)})", "", "adapt", file.role, round(units, 6),
            file.effort, file.basis, f"Besides the changes themselves. Basis of the figures: {file.source}.",
            self.target.reference, self.target.sdk_version, (), paths, 0.0,
        )  # fmt: skip

    def group(self, support: Support, finding: Finding, capability: Capability) -> str:
        """What is done at once: a kernel file, a library, a build file; all places of a mechanical change together."""
        if support.effort.per != "item":
            return ""
        if capability.kind in ("library", "engine"):
            return library_name(finding)
        return self.kernels.group(finding) if capability.kind == "kernel" else finding.path

    def shares(self, support: Support, group: str, findings: list[Finding], capability: Capability) -> Shares:
        """How many units of work a group is, before learning."""
        if capability.kind == "kernel" and support.effort.per == "item":
            found = self.kernels.shares(group, findings, self.target.id, self.constants)
            factor = self.surroundings.factor(group, self.constants)
            return found._replace(low=found.low * factor, likely=found.likely * factor, high=found.high * factor)
        units = self.units(support, findings, capability)
        return Shares(units, units, units)

    def units(self, support: Support, findings: list[Finding], capability: Capability) -> float:
        """Units of anything but kernels: places, files, libraries by how many files use them, build files."""
        if support.effort.per == "site":
            return units_of_places(findings, self.constants, self.surroundings)
        files = units_of_files(findings, self.constants, self.surroundings)
        if support.effort.per == "module":
            return files
        if capability.kind in ("library", "engine"):
            breadth = math.pow(files / self.constants.library_usual_files, self.constants.library_breadth)
            return min(max(breadth, LEAST_BREADTH), MOST_BREADTH)
        return self.constants.test_code_weight if all(finding.in_tests for finding in findings) else 1.0


def library_name(finding: Finding) -> str:
    """The library that a finding is about: the top-level package or the distribution, in one spelling."""
    name = finding.symbol.partition(".")[0] if not finding.symbol.startswith("nvidia.") else finding.symbol
    return normalized(name) or finding.rule_id


def learned_units(repetitions: float, constants: EffortConstants) -> float:
    """Effort of n repetitions in units of the first: the k-th costs max(floor, k^log2(rate)) (Wright 1936).

    A fractional rest counts at the price of the next repetition. Never falls as repetitions grow.
    """
    exponent = math.log2(constants.learning_rate)
    whole = int(repetitions)

    def cost_of(repetition: int) -> float:
        return max(constants.learning_floor, math.exp(exponent * math.log(repetition)))

    return math.fsum(cost_of(k) for k in range(1, whole + 1)) + (repetitions - whole) * cost_of(whole + 1)
