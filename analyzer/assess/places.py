"""Which findings are work, and how many units the places of one kind of change are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from analyzer.assess.surroundings import Surroundings
from analyzer.knowledge.effort_constants import EffortConstants
from analyzer.model.capability import Capability
from analyzer.model.finding import Finding
from analyzer.model.target import Target

ENGINE_KINDS = ("engine", "framework")
MAIN_SHARE = 3
"""A framework is one of a repository's main ones where so many times its files are at least those of the most common one."""


def counts_as_debt(finding: Finding) -> bool:
    """Whether a finding is debt: not informational, not dismissed by a comment."""
    return finding.severity != "info" and _stands(finding)


def is_engine(finding: Finding, capability: Capability) -> bool:
    """Whether a finding is about what runs the models, or what they are written in: it binds to places where that runs.

    One that may be missing is no such tie: there is another way.
    """
    return capability.kind in ENGINE_KINDS and not finding.guarded and _stands(finding)


def is_tie(finding: Finding, capability: Capability) -> bool:
    """Whether a finding has to be answered by every target: debt, or what the models depend on to run at all."""
    return counts_as_debt(finding) or is_engine(finding, capability)


def of_main_frameworks(findings: Sequence[Finding], capabilities: Mapping[str, Capability], torch_files: int) -> list[Finding]:
    """The same findings, without those about frameworks that only a part of the repository, tests, or one way of several use."""
    files: dict[str, set[str]] = {}
    for finding in findings:
        capability = capabilities[finding.capability]
        if capability.kind == "framework" and is_engine(finding, capability) and not finding.in_tests:
            files.setdefault(finding.capability, set()).add(finding.path)
    most = max([torch_files, *map(len, files.values())])
    main = {capability for capability, paths in files.items() if len(paths) * MAIN_SHARE >= most}
    return [finding for finding in findings if capabilities[finding.capability].kind != "framework" or finding.capability in main]


def is_choice(finding: Finding, capability: Capability) -> bool:
    """Whether code there chooses between CUDA and something else: no debt, but no other accelerator is chosen either.

    A library or a kernel that has another way beside it needs no change: the other way is there.
    """
    is_one = capability.kind == "query" or (finding.guarded and capability.kind not in ("library", "kernel", *ENGINE_KINDS))
    return is_one and finding.severity == "info" and _stands(finding)


def is_work(finding: Finding, capability: Capability, target: Target) -> bool:
    """Whether something has to be done about a finding for a target that has an answer to its capability.

    A choice has to learn of the target, unless the way that it takes without CUDA is the one wanted.
    """
    return is_tie(finding, capability) or (not target.takes_fallback and is_choice(finding, capability))


def _stands(finding: Finding) -> bool:
    return finding.suppressed is None or finding.suppressed.kind == "todo"


def units_of_places(findings: Iterable[Finding], constants: EffortConstants, surroundings: Surroundings) -> float:
    """Units of places where one kind of change is made, before learning: further ones in a file, and those in tests, weigh less.

    Where a value came from elsewhere and is a mere choice, what is changed is the place that it came from.
    """
    weights: dict[str, dict[tuple[object, ...], float]] = {}
    for finding in findings:
        path, place = changed_place(finding)
        weight = constants.test_code_weight if finding.in_tests else 1.0
        own = weights.setdefault(path, {})
        own[place] = max(weight, own.get(place, 0.0))
    total = 0.0
    for path, own in sorted(weights.items()):
        first, *further = sorted(own.values(), reverse=True)
        total += (first + constants.repeated_place_weight * sum(further)) * surroundings.factor(path, constants)
    return total


def changed_place(finding: Finding) -> tuple[str, tuple[object, ...]]:
    """The file and the place in it that a person would change."""
    if finding.severity == "info" and finding.origin is not None:
        return finding.origin.path, (None, finding.origin.line)
    return finding.path, (finding.cell, finding.statement.line)


def changed_paths(findings: Iterable[Finding]) -> tuple[str, ...]:
    """The files that a person would change, each once, sorted."""
    return tuple(sorted({changed_place(finding)[0] for finding in findings}))


def units_of_files(findings: Iterable[Finding], constants: EffortConstants, surroundings: Surroundings) -> float:
    """Units of files, before learning: those of tests weigh less."""
    in_tests: dict[str, bool] = {}
    for finding in findings:
        path, _ = changed_place(finding)
        in_tests[path] = in_tests.get(path, True) and finding.in_tests
    return sum(
        (constants.test_code_weight if is_test else 1.0) * surroundings.factor(path, constants)
        for path, is_test in sorted(in_tests.items())
    )
