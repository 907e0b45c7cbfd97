"""Whether the move can be done: blockers first, then a verdict in words, then a score with its coverage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from analyzer.assess.places import MAIN_SHARE, is_choice, is_engine, is_tie, is_work
from analyzer.assess.remediation import Work
from analyzer.knowledge.effort_constants import EffortConstants
from analyzer.model.assumption import Assumption
from analyzer.model.capability import Capability
from analyzer.model.counted import counted
from analyzer.model.effort import Blocker, EffortEstimate, EntryPoint, EntryPointCandidate, Readiness, Reason, days
from analyzer.model.finding import Finding
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.rule import SEVERITIES
from analyzer.model.target import Support, Target
from analyzer.model.workload import UNKNOWN_FIT, TargetFit

LOWEST_COVERAGE = 0.5
"""Below this share of analysed source nothing is said."""
ASSUMPTIONS = (
    Assumption(
        "verdict.lowest_coverage", "Share of source and answers that must be known for a verdict", f"{LOWEST_COVERAGE:g}", "share",
        "assumption", "judgement: below it what is not known outweighs what is", "",
    ),
    Assumption(
        "verdict.main_framework", "Files of a framework against those of the most common one, from which models are written in it",
        f"1/{MAIN_SHARE}", "share", "assumption", "judgement: fewer are conversion scripts, tests and asides", "",
    ),
)  # fmt: skip
MOST_REASONS = 10
MODEL_KINDS = frozenset({"model", "part"})
WORST_FIRST = ("blocked", "needs_changes", "unknown")


def find_blockers(
    findings: Iterable[Finding], target: Target, capabilities: Mapping[str, Capability], trains: bool
) -> tuple[Blocker, ...]:
    """What stops the move until it is redesigned, worst first: blocked capabilities, then training on a serving target."""
    support = {entry.capability: entry for entry in target.support}
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if is_tie(finding, capabilities[finding.capability]) and support[finding.capability].verdict == "blocked":
            groups.setdefault(finding.capability, []).append(finding)
    blockers = [
        Blocker(
            f"{capabilities[capability].title} ({_places(own)})", capability, "blocked", support[capability].advice,
            support[capability].reference, tuple(sorted(finding.fingerprint for finding in own)),
        )
        for capability, own in sorted(groups.items())
    ]  # fmt: skip
    if trains and not target.trains and not target.is_claim:
        reason = f"This repository trains models; {target.title} only runs them."
        blockers.append(Blocker("Training", "", "blocked", reason, target.reference, ()))
    return tuple(blockers)


def _places(findings: list[Finding]) -> str:
    files = len({finding.path for finding in findings})
    places = len({(finding.path, finding.cell, finding.statement) for finding in findings})
    return f"{counted(places, 'place')} in {counted(files, 'file')}"


def measure_readiness(
    findings: Iterable[Finding], target: Target, capabilities: Mapping[str, Capability], analysed_share: float,
    constants: EffortConstants,
) -> Readiness:  # fmt: skip
    """The share of ties, weighted by severity, that need no rewrite; and the share of source read and of ties answered.

    An engine that runs the models weighs as much as a library that is tied to CUDA.
    """
    verdicts = {entry.capability: entry.verdict for entry in target.support}
    weights = dict.fromkeys(("drop_in", "adapt", "rewrite", "blocked", "unknown"), 0.0)
    for finding in findings:
        capability = capabilities[finding.capability]
        if is_tie(finding, capability):
            severity = "major" if is_engine(finding, capability) else finding.severity
            weights[verdicts[finding.capability]] += constants.severity_weight(severity)
    known = sum(weights.values()) - weights["unknown"]
    total = known + weights["unknown"]
    score = round((weights["drop_in"] + weights["adapt"]) / known, 4) if known else None
    return Readiness(score, round(analysed_share * (known / total if total else 1.0), 4))


def decide(
    findings: Sequence[Finding], target: Target, capabilities: Mapping[str, Capability], work: Sequence[Work],
    blockers: Sequence[Blocker], effort: EffortEstimate, readiness: Readiness, fit: TargetFit = UNKNOWN_FIT,
) -> tuple[str, str]:  # fmt: skip
    """The verdict and the sentence that a tech lead reads first: that the target does not fit the use, before all else."""
    verdict, sentence = _decided(findings, target, capabilities, work, blockers, effort, readiness)
    first = fit.sentence if fit.use in ("no", "partly") else ""
    if not first and blockers and not any(blocker.capability for blocker in blockers):
        first = "Training cannot move here."
    return verdict, f"{first} {sentence}".strip()


def _decided(
    findings: Sequence[Finding], target: Target, capabilities: Mapping[str, Capability], work: Sequence[Work],
    blockers: Sequence[Blocker], effort: EffortEstimate, readiness: Readiness,
) -> tuple[str, str]:  # fmt: skip
    if target.is_claim:
        return "unknown", "Exists only as an unverified claim: nothing is said about whether anything runs there."
    from_findings = [item for item in work if item.findings]
    files = len({path for item in from_findings for path in item.paths})
    span = f"{days(effort.p10_days)} to {days(effort.p90_days)} person-days (median {days(effort.p50_days)})"
    if not readiness.coverage and not findings:
        return "unknown", "Nothing here was analysed, so that nothing can be said: is it the right folder?"
    if readiness.coverage < LOWEST_COVERAGE:
        return "unknown", f"Too little of the source and of the answers is known ({readiness.coverage:.0%}) to say anything."
    if blockers:
        hard = [item for item in blockers if item.capability]
        if not hard:
            where = f", in {counted(files, 'file')}" if files else ""
            return "blocked", f"Porting what runs models takes {span}{where}."
        return (
            "blocked",
            f"Blocked by {counted(len(hard), 'kind')} of tie until redesigned; {span} in all, in {counted(files, 'file')}.",
        )
    unknown = [f for f in findings if is_tie(f, capabilities[f.capability]) and _verdict(target, f) == "unknown"]
    if not from_findings and unknown:
        return "unknown", f"{counted(len(unknown), 'tie has', 'ties have')} no known answer here: try on the target first."
    if not work:
        return "runs", "No code that needs an accelerator was found: there is nothing to move."
    if not from_findings:
        return (
            "runs",
            "No tie was found that needs a change. Whether models run is predicted, not tried; validating and deploying "
            f"still takes {span}.",
        )
    where = f"in {counted(files, 'file')}" if files else "of the models as a whole"
    rewrites = sum(item.verdict == "rewrite" for item in from_findings)
    rewritten = counted(rewrites, "of them a rewrite", "of them rewrites") if rewrites else "none a rewrite"
    what = f"{counted(len(from_findings), 'work item')}, {rewritten}"
    left = f" {counted(len(unknown), 'tie has', 'ties have')} no known answer here, and none in the figures." if unknown else ""
    return "needs_changes", f"Needs changes {where}: {what}; {span}, validation included.{left}"


def _verdict(target: Target, finding: Finding) -> str:
    return next(entry.verdict for entry in target.support if entry.capability == finding.capability)


def predict_entry_points(
    candidates: Iterable[EntryPointCandidate],
    findings: Iterable[Finding],
    target: Target,
    capabilities: Mapping[str, Capability],
    models: Iterable[EntryPoint] = (),
) -> tuple[EntryPoint, ...]:
    """For each entry point what the findings in the modules that it reaches mean on the target; where none of them stands
    in the way, what is predicted of the models in those modules."""
    support = {entry.capability: entry for entry in target.support}
    by_path = _ties_by_path((item for item in findings if is_work(item, capabilities[item.capability], target)), support)
    models = tuple(model for model in models if model.kind in MODEL_KINDS)
    return tuple(
        _with_models(_entry_point(candidate, by_path, support, capabilities), candidate, models) for candidate in candidates
    )


def _with_models(point: EntryPoint, candidate: EntryPointCandidate, models: tuple[EntryPoint, ...]) -> EntryPoint:
    """An entry point that no tie stops: whether it runs cannot be told where a model in its reach is not said to."""
    if point.prediction != "runs":
        return point
    files = len(candidate.reachable_paths)
    reached = set(candidate.reachable_paths)
    near = [model for model in models if model.path in reached]
    doubted = [model for model in near if model.prediction != "runs"]
    what = (
        f"No tie to CUDA stands in its way in the {files} files that it reaches"
        if files > 1
        else "No tie to CUDA stands in its way"
    )
    if doubted:
        worst = min(doubted, key=lambda model: (WORST_FIRST.index(model.prediction), model.path, model.line))
        verb = "is" if len(doubted) == 1 else "are"
        message = (
            f"{what}, but not all models there are predicted to run ({len(doubted)} of {len(near)} {verb} not): {worst.symbol} "
            f"({worst.prediction.replace('_', ' ')}). To know: see the verdicts of the models that it uses"
        )
        reason = Reason("models-in-reach", worst.path, worst.line, message)
        return replace(point, prediction="unknown", reasons=(reason, *point.reasons)[:MOST_REASONS])
    also = f", and the models there ({len(near)}) are predicted to run" if near else "; code of other packages is not seen"
    return replace(point, reasons=(*point.reasons, Reason("no-tie-in-reach", point.path, point.line, what + also))[:MOST_REASONS])


class _Ties(NamedTuple):
    """What the ties of one file mean on a target."""

    verdicts: frozenset[str]
    worst: tuple[tuple[int, Finding], ...]
    """The worst of each of the worst rules, with its rank among all ties: the worst is 0."""


def _ties_by_path(findings: Iterable[Finding], support: Mapping[str, Support]) -> dict[str, _Ties]:
    """Ranked once for all entry points, which mostly reach the same files."""
    order = ("blocked", "rewrite", "unknown", "adapt", "drop_in")
    ranked = sorted(
        findings,
        key=lambda f: (
            order.index(support[f.capability].verdict),
            -SEVERITIES.index(f.severity),
            f.path,
            f.span,
            f.rule_id,
        ),
    )
    verdicts: dict[str, set[str]] = {}
    worst: dict[str, dict[str, tuple[int, Finding]]] = {}
    for rank, finding in enumerate(ranked):
        verdicts.setdefault(finding.path, set()).add(support[finding.capability].verdict)
        worst.setdefault(finding.path, {}).setdefault(finding.rule_id, (rank, finding))
    return {path: _Ties(frozenset(verdicts[path]), tuple(worst[path].values())[:MOST_REASONS]) for path in worst}


def _entry_point(
    candidate: EntryPointCandidate, by_path: Mapping[str, _Ties], support: Mapping[str, Support],
    capabilities: Mapping[str, Capability],
) -> EntryPoint:  # fmt: skip
    reached = [by_path[path] for path in candidate.reachable_paths if path in by_path]
    verdicts = {verdict for ties in reached for verdict in ties.verdicts}
    if not candidate.reachable_paths:
        prediction = "unknown"
    elif "blocked" in verdicts:
        prediction = "blocked"
    elif verdicts & {"adapt", "rewrite"}:
        prediction = "needs_changes"
    else:
        prediction = "unknown" if "unknown" in verdicts else "runs"
    worst = sorted(chain.from_iterable(ties.worst for ties in reached))[:MOST_REASONS]
    reasons = tuple(
        Reason(
            finding.rule_id,
            finding.path,
            finding.span.line,
            _reason(finding, support[finding.capability].verdict, capabilities[finding.capability]),
        )
        for _, finding in worst
    )
    return EntryPoint(candidate.path, candidate.line, candidate.symbol, candidate.kind, prediction, reasons)


def _reason(finding: Finding, verdict: str, capability: Capability) -> str:
    if is_choice(finding, capability) and verdict in ("adapt", "rewrite"):
        return f"{finding.symbol}: without CUDA another way is taken, and this target is never chosen"
    return f"{finding.symbol}: {verdict}"
