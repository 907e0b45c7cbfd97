"""The order of the stages, from a folder to a report. The page to read first.

Every stage is a function from frozen values to frozen values; only `extract` is expensive, so that is where the process
pool sits, and its result does not depend on rules, targets or prices.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from analyzer import __version__
from analyzer.assess.assessment import assess_target
from analyzer.assess.fit import fit_of
from analyzer.assess.maturity import maturity_on
from analyzer.assess.purpose import purpose_of
from analyzer.assess.surroundings import surroundings_of
from analyzer.cache.store import Store
from analyzer.cost.assumptions import assumptions_of
from analyzer.cost.costing import Costing
from analyzer.cost.declared_fleet import declared_instances
from analyzer.discover.files import DiscoverySettings
from analyzer.facts.extract import Progress, no_progress
from analyzer.graph.build import build_graph
from analyzer.graph.entry_points import entry_point_candidates
from analyzer.graph.summary import summarize_graph
from analyzer.knowledge.effort_constants import BOUNDS, NO_OWN, load_effort_constants
from analyzer.knowledge.effort_file import read_effort_file
from analyzer.knowledge.kernel_kinds import load_kernel_kinds
from analyzer.knowledge.lifecycle import load_lifecycle
from analyzer.knowledge.rule_files import load_capabilities
from analyzer.knowledge.rules import RuleBook
from analyzer.knowledge.targets import choose_targets
from analyzer.model.cost_files import CostFiles
from analyzer.model.effort import TargetAssessment
from analyzer.model.opinion import Opinion
from analyzer.model.report import Report, ToolInfo
from analyzer.operators.predict import Predictor
from analyzer.opinions.placement import place_opinions, with_measurements
from analyzer.scan import scan_repository
from analyzer.workload.reader import read_workload


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
) -> Report:
    """The whole job: scan, graph, assessment of each target, cost of each option.

    All knowledge and all of the user's files are read, and refused, before the repository is. `as_of` is the day on
    which ages are judged. `accept_claims` lets in targets that are bare claims. `opinions` are files of other tools,
    already read. Raises `UserInputError`.
    """
    targets = choose_targets(target_ids, accept_claims)
    costing = Costing.from_files(cost_files or CostFiles(), as_of)
    own = read_effort_file(effort_file, BOUNDS, [item.id for item in load_capabilities()]) if effort_file else NO_OWN
    constants = load_effort_constants(own)
    scan = scan_repository(root, settings, workers, progress, honoured=honoured, store=store)
    findings = scan.detection.findings
    progress("graph", 0, 1)
    whole = build_graph(scan.program, findings, scan.inventory, with_calls=False)
    graph, candidates = summarize_graph(whole), entry_point_candidates(whole)
    progress("workload", 0, 1)
    workload = read_workload(scan.program)
    purpose, surroundings = purpose_of(scan.program, workload), surroundings_of(graph)
    progress("operators", 0, 1)
    models = Predictor(scan.program, [target.id for target in targets], findings)
    assessments: list[TargetAssessment] = []
    for done, target in enumerate(targets):
        progress("assess", done, len(targets))
        share = scan.coverage.analysed_share
        maturity = maturity_on(target, load_lifecycle(target.knowledge.family), as_of.isoformat())
        assessments.append(
            assess_target(
                findings, target, scan.book.capabilities, share, purpose, candidates, constants, scan.inventory, maturity,
                models.entry_points(target.id), models.operators(target.id), surroundings, fit_of(target, workload),
            )
        )  # fmt: skip
    others = place_opinions(root, scan.program, opinions, {each.target_id: each.entry_points for each in assessments})
    assessments = [with_measurements(assessment, others) for assessment in assessments]
    progress("cost", 0, 1)
    comparison = costing.compare(assessments, declared_instances(scan.program, findings, scan.book))
    used = {finding.rule_id for finding in findings}
    return Report(
        tool=tool_info(scan.book),
        root=scan.discovery.root,
        as_of=as_of.isoformat(),
        coverage=scan.coverage,
        findings=findings,
        inventory=scan.inventory,
        graph=graph,
        targets=tuple(assessments),
        tco=comparison,
        assumptions=(*constants.assumptions, *load_kernel_kinds().assumptions, *assumptions_of(comparison)),
        rules=tuple(rule for rule in scan.book.rules if rule.id in used),
        capabilities=scan.book.capabilities,
        workload=workload,
        second_opinions=others,
    )


def tool_info(book: RuleBook) -> ToolInfo:
    """What makes the report."""
    return ToolInfo("offramp", __version__, book.version)
