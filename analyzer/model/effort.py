"""What porting takes for one target, and whether it can be done."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.model.opinion import Measured
from analyzer.model.workload import UNKNOWN_FIT, TargetFit

Z90 = 1.2815515655446004
"""The standard normal deviate that nine of ten draws stay below."""


@dataclass(frozen=True, slots=True)
class EffortEstimate:
    """Person-days as P10, P50 and P90 of a seeded simulation."""

    p10_days: float
    p50_days: float
    p90_days: float


@dataclass(frozen=True, slots=True)
class Driver:
    """One cause of effort or of its range: its own P50, and the swing of the total between its P10 and its P90."""

    id: str
    title: str
    p50_days: float
    swing_days: float
    below_days: float = 0.0
    """How far it moves the low end of the range down, and the high end up; 0 where an older report does not tell."""
    above_days: float = 0.0


@dataclass(frozen=True, slots=True)
class EffortQuantile:
    """`share` (0 to 1) of the simulated cases take at most `days`."""

    share: float
    days: float


@dataclass(frozen=True, slots=True)
class RoleEffort:
    """What one role has to do: its P50s add up to about that of the whole, its ends need not."""

    role: str
    estimate: EffortEstimate


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something that a person would do once: a capability's sites in one package, a kernel, a library, validation."""

    id: str
    title: str
    capability: str
    verdict: str
    role: str
    units: float
    per: str
    estimate: EffortEstimate
    basis: str
    advice: str
    reference: str
    since: str
    findings: tuple[str, ...]
    paths: tuple[str, ...]
    automation_share: float
    """Share (0 to 1) of its findings for which the edit is ready made."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that stops the move until it is redesigned; listed before any number."""

    title: str
    capability: str
    verdict: str
    reason: str
    reference: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readiness:
    """`score`: share (0 to 1) of ties, weighted by severity, that need no rewrite; None where nothing can be said.

    `coverage`: share (0 to 1) of the repository's source that was analysed and whose verdicts are known.
    """

    score: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of the chain behind a prediction, which a person can check."""

    rule_id: str
    path: str
    line: int
    message: str
    operator: str = ""
    """The operator that it is about, if any."""


@dataclass(frozen=True, slots=True)
class EntryPointCandidate:
    """A place where the program starts, and the files that it reaches through imports (itself included)."""

    path: str
    line: int
    symbol: str
    kind: str
    """`script`, `notebook` or `console-script`."""
    reachable_paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """Where the program starts, or what it serves, with a prediction for the target."""

    path: str
    line: int
    symbol: str
    kind: str
    prediction: str
    """`runs`, `needs_changes`, `blocked` or `unknown`."""
    reasons: tuple[Reason, ...]
    measured: tuple[Measured, ...] = ()
    """What second opinions say of it on this target."""


@dataclass(frozen=True, slots=True)
class OperatorUse:
    """An operator that the code uses and what the target is known to do with it."""

    name: str
    status: str
    """`supported`, `partial`, `unsupported` or `unknown`."""
    sites: int
    reference: str


@dataclass(frozen=True, slots=True)
class TargetAssessment:
    """The verdict for one target, with its evidence."""

    target_id: str
    title: str
    verdict: str
    """`runs`, `needs_changes`, `blocked` or `unknown`."""
    sentence: str
    sdk_version: str
    as_of: str
    maturity: tuple[str, ...]
    ties_you_to: str
    readiness: Readiness
    blockers: tuple[Blocker, ...]
    work_items: tuple[WorkItem, ...]
    effort: EffortEstimate
    by_role: tuple[RoleEffort, ...]
    drivers: tuple[Driver, ...]
    entry_points: tuple[EntryPoint, ...]
    operators: tuple[OperatorUse, ...]
    fit: TargetFit = UNKNOWN_FIT
    """Whether the target fits what the repository does; said first where it does not."""
    quantiles: tuple[EffortQuantile, ...] = ()
    """The effort of the whole, from what 2.5 % of the cases take at most to 97.5 %; () where an older report does not tell."""


def days(value: float) -> str:
    """Person-days in the precision that they deserve."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
