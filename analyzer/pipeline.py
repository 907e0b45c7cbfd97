"""The order of the stages, from a folder to a report. The page to read first.

Every stage is a function from frozen values to frozen values; only `extract` is expensive, so that is where the process
pool sits, and its result does not depend on rules, targets or prices.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from analyzer import __version__
from analyzer.assess.readiness import ASSUMPTIONS
from analyzer.cache.store import Store
from analyzer.cost.assumptions import assumptions_of
from analyzer.cost.costing import Costing
from analyzer.cost.declared_fleet import declared_instances
from analyzer.discover.code_owners import owned_files, read_code_owners
from analyzer.discover.files import DiscoverySettings
from analyzer.facts.extract import Progress, no_progress, worker_count
from analyzer.forked import share_out, side_by_side
from analyzer.knowledge.kernel_kinds import load_kernel_kinds
from analyzer.knowledge.rules import RuleBook
from analyzer.knowledge.seams import load_seam_costs
from analyzer.knowledge.targets import choose_targets
from analyzer.model.assumption import Assumption
from analyzer.model.churn import NO_CHURN, Churn
from analyzer.model.cost import TcoComparison
from analyzer.model.cost_files import CostFiles
from analyzer.model.effort import TargetAssessment
from analyzer.model.hot_spots import HotSpots
from analyzer.model.opinion import Opinion
from analyzer.model.plan import WorkPlan
from analyzer.model.report import Report, ToolInfo
from analyzer.model.seams import Seams
from analyzer.model.surface import Surface
from analyzer.model.target import Target
from analyzer.opinions.placement import place_opinions, with_measurements
from analyzer.planning import assessor_and_models, effort_constants, load_tables
from analyzer.scan import scan_repository

MOST_HOT_SPOTS = 100
"""Modules that a report names; `offramp graph hot-spots` has all."""


def build_report(
    root: Path,
    settings: DiscoverySettings,
    target_ids: Sequence[str],
    cost_files: CostFiles | None,
    workers: int,
    as_of: datetime.date,
    progress: Progress = no_progress,
    honoured: tuple[str, ...] = (),
    store: Store | None = None,
    accept_claims: bool = False,
    effort_file: Path | None = None,
    opinions: tuple[Opinion, ...] = (),
    surfaces: tuple[Surface, ...] = (),
    churn: Churn = NO_CHURN,
) -> Report:
    """The whole job: scan, graph, assessment of each target, cost of each option.

    All knowledge and all of the user's files are read, and refused, before the repository is. `as_of` is the day on
    which ages are judged. `accept_claims` lets in targets that are bare claims. `opinions` are files of other tools,
    and `surfaces` those of libraries, already read. `churn` makes changes in files dearer that others
    change as well. Raises `UserInputError`.
    """
    targets = choose_targets(target_ids, accept_claims)
    costing = Costing.from_files(cost_files or CostFiles(), as_of)
    constants = effort_constants(effort_file)
    load = partial(load_tables, targets, constants)
    scan = scan_repository(root, settings, workers, progress, honoured=honoured, store=store, surfaces=surfaces, meanwhile=load)
    workers = worker_count(scan.discovery.files, workers)
    findings = scan.detection.findings
    progress("graph", 0, 1)
    assessor, models = assessor_and_models(scan, constants, as_of, churn, targets, workers)
    progress("assess", 0, len(targets))

    def assess(target: Target) -> TargetAssessment:
        return assessor.assess(target, None, models.entry_points(target.id), models.operators(target.id))

    assessments = share_out([partial(assess, target) for target in targets], workers)
    others = place_opinions(root, scan.program, opinions, {each.target_id: each.entry_points for each in assessments})
    assessments = [with_measurements(assessment, others) for assessment in assessments]
    progress("plan", 0, 1)
    owners = read_code_owners(root)
    worked_on = {path for assessment in assessments for item in assessment.work_items for path in item.paths}

    def cut() -> Seams | None:
        return assessor.seams(assessments[0]) if assessments else None

    def plan() -> tuple[TcoComparison, tuple[WorkPlan, ...], HotSpots | None]:
        comparison = costing.compare(assessments, declared_instances(scan.program, findings, scan.book))
        planner = assessor.planner()
        spots = assessor.hot_spots(assessments[0], churn, owners, MOST_HOT_SPOTS) if assessments else None
        return comparison, tuple(planner.plan(assessment) for assessment in assessments), spots

    seams, (comparison, plans, spots) = side_by_side(cut, plan, workers)
    used = {finding.rule_id for finding in findings}
    return Report(
        tool=tool_info(scan.book),
        root=scan.discovery.root,
        as_of=as_of.isoformat(),
        coverage=scan.coverage,
        findings=findings,
        inventory=scan.inventory,
        graph=assessor.summary,
        targets=tuple(assessments),
        tco=comparison,
        assumptions=(
            *ASSUMPTIONS,
            *constants.assumptions,
            *churn_assumptions(churn),
            *load_kernel_kinds().assumptions,
            *load_seam_costs().assumptions,
            *assumptions_of(comparison),
        ),
        rules=tuple(rule for rule in scan.book.rules if rule.id in used),
        capabilities=scan.book.capabilities,
        workload=assessor.workload,
        second_opinions=others,
        plans=plans,
        seams=seams,
        hot_spots=spots,
        owned_files=owned_files(owners, worked_on.union(finding.path for finding in findings)),
    )  # fmt: skip


def churn_assumptions(churn: Churn) -> tuple[Assumption, ...]:
    """What of the history was looked at; that none was, where it was not asked for."""
    title, source = "Commits looked at for how often files change", "git log of the repository, without merges and the first commit"
    if not churn.commits:
        nothing = "not asked for (`--churn`): no change is dearer for others who work on the same file"
        return (Assumption("churn-commits", title, "none", "", "assumption", nothing, ""),)
    return (Assumption("churn-commits", title, str(churn.commits), "commits", "measured", source, ""),)


def tool_info(book: RuleBook) -> ToolInfo:
    """What makes the report."""
    return ToolInfo("offramp", __version__, book.version)
