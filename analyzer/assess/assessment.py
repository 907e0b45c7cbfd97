"""One target's assessment, put together from work items, effort and readiness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyzer.assess.calibration import calibrated
from analyzer.assess.effort import estimate_work
from analyzer.assess.kernel_work import KernelWork
from analyzer.assess.places import of_main_frameworks
from analyzer.assess.purpose import Purpose
from analyzer.assess.readiness import decide, find_blockers, measure_readiness, predict_entry_points
from analyzer.assess.remediation import plan_work
from analyzer.assess.surroundings import NO_SURROUNDINGS, Surroundings
from analyzer.knowledge.effort_constants import EffortConstants
from analyzer.model.capability import Capability
from analyzer.model.effort import EntryPoint, EntryPointCandidate, OperatorUse, TargetAssessment, WorkItem
from analyzer.model.finding import Finding
from analyzer.model.kernels import NO_KERNELS, KernelInventory
from analyzer.model.target import Target
from analyzer.model.workload import UNKNOWN_FIT, TargetFit


def assess_target(
    findings: Sequence[Finding],
    target: Target,
    capabilities: Sequence[Capability],
    analysed_share: float,
    purpose: Purpose,
    candidates: Sequence[EntryPointCandidate],
    constants: EffortConstants,
    inventory: KernelInventory = NO_KERNELS,
    maturity: Sequence[str] | None = None,
    models: tuple[EntryPoint, ...] = (),
    operators: tuple[OperatorUse, ...] = (),
    surroundings: Surroundings = NO_SURROUNDINGS,
    fit: TargetFit = UNKNOWN_FIT,
) -> TargetAssessment:
    """What porting to a target takes. `analysed_share` is 0 to 1; `purpose` says what
    the repository is for; `maturity` is what was known on the report's day, if not all that the target says;
    `models` and `operators` are what the walk through the models' forward passes told; `fit` is whether the target does what
    the repository does.
    """
    by_id = {capability.id: capability for capability in capabilities}
    findings = of_main_frameworks(findings, by_id, purpose.torch_files)
    planned = plan_work(findings, target, by_id, constants, purpose, KernelWork(inventory), surroundings)
    work = tuple(replace(item, effort=calibrated(item.effort, item.capability, constants.calibration)) for item in planned)
    estimate = estimate_work(work, target.id, constants)
    blockers = find_blockers(findings, target, by_id, purpose.trains)
    readiness = measure_readiness(findings, target, by_id, analysed_share, constants)
    verdict, sentence = decide(findings, target, by_id, work, blockers, estimate.whole, readiness, fit)
    items = tuple(
        WorkItem(
            id=item.id,
            title=item.title,
            capability=item.capability,
            verdict=item.verdict,
            role=item.role,
            units=round(item.units, 2),
            per=item.effort.per,
            estimate=estimate.by_item[item.id],
            basis=item.basis,
            advice=item.advice,
            reference=item.reference,
            since=item.since,
            findings=item.findings,
            paths=item.paths,
            automation_share=item.automation_share,
        )
        for item in work
    )
    return TargetAssessment(
        target_id=target.id,
        title=target.title,
        verdict=verdict,
        sentence=sentence,
        sdk_version=target.sdk_version,
        as_of=target.as_of,
        maturity=tuple(fact.text for fact in target.maturity) if maturity is None else tuple(maturity),
        ties_you_to=f"{target.ties_you_to} Instead of CUDA: {target.ties.sentence()}.",
        readiness=readiness,
        blockers=blockers,
        work_items=items,
        effort=estimate.whole,
        by_role=estimate.by_role,
        drivers=estimate.drivers,
        quantiles=estimate.quantiles,
        entry_points=(*predict_entry_points(candidates, findings, target, by_id, models), *models),
        operators=operators,
        fit=fit,
    )
