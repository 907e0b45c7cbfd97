"""What a target takes, asked again and again: everything that an assessment needs, worked out once from a scan."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analyzer.assess.assessment import assess_target
from analyzer.assess.effort import estimate_work
from analyzer.assess.fit import fit_of
from analyzer.assess.maturity import maturity_on
from analyzer.assess.purpose import Purpose, purpose_of
from analyzer.assess.surroundings import Surroundings, surroundings_of
from analyzer.detect.findings import editor
from analyzer.discover.code_owners import CodeOwners
from analyzer.forked import share_out
from analyzer.graph.build import build_graph
from analyzer.graph.entry_points import entry_point_candidates
from analyzer.graph.hot_spots import hot_spots, shares_of_owners
from analyzer.graph.plan import Planner, effort_by_path
from analyzer.graph.reach import with_reach
from analyzer.graph.seams import find_seams
from analyzer.graph.summary import needs_graph, summarize_graph
from analyzer.knowledge.effort_constants import BOUNDS, NO_OWN, EffortConstants, load_effort_constants
from analyzer.knowledge.effort_file import read_effort_file
from analyzer.knowledge.export_patterns import load_export_patterns
from analyzer.knowledge.fit import load_fit_facts
from analyzer.knowledge.lifecycle import load_lifecycle
from analyzer.knowledge.neuron_verdicts import load_neuron_verdicts
from analyzer.knowledge.operators import operator_book, table_of
from analyzer.knowledge.rule_files import load_capabilities
from analyzer.knowledge.seams import load_seam_costs
from analyzer.knowledge.workload import load_model_names, load_signals
from analyzer.model.churn import NO_CHURN, Churn
from analyzer.model.effort import EntryPoint, EntryPointCandidate, OperatorUse, TargetAssessment
from analyzer.model.finding import Finding
from analyzer.model.graph import DependencyGraph, GraphSummary
from analyzer.model.hot_spots import HotSpots
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.seams import Seams
from analyzer.model.target import Target
from analyzer.model.workload import Workload
from analyzer.operators.predict import Predictor, Walked
from analyzer.scan import Scan
from analyzer.workload.reader import read_workload


def effort_constants(file: Path | None) -> EffortConstants:
    """The constants of the effort model, those of the user's file in place of ours. Raises `UserInputError`."""
    return load_effort_constants(
        read_effort_file(file, BOUNDS, [item.id for item in load_capabilities()]) if file is not None else NO_OWN
    )


class Drawn(NamedTuple):
    """The graph of modules, without their functions, and what follows from it alone."""

    graph: DependencyGraph
    summary: GraphSummary
    candidates: tuple[EntryPointCandidate, ...]

    @staticmethod
    def of_scan(scan: Scan) -> Drawn:
        """Build it."""
        graph = build_graph(scan.program, scan.detection.findings, scan.inventory, False, scan.readers)
        return Drawn(graph, with_reach(summarize_graph(graph), graph), entry_point_candidates(graph))


@dataclass(frozen=True, slots=True)
class Assessor:
    """A scanned repository, ready to be assessed for any target, with all of its findings or with some."""

    scan: Scan
    graph: DependencyGraph
    """Of modules, without their functions."""
    summary: GraphSummary
    candidates: tuple[EntryPointCandidate, ...]
    workload: Workload
    purpose: Purpose
    surroundings: Surroundings
    constants: EffortConstants
    as_of: datetime.date

    @classmethod
    def of_scan(cls, scan: Scan, constants: EffortConstants, as_of: datetime.date, churn: Churn = NO_CHURN) -> Assessor:
        """Build the graph and read the workload. `as_of` is the day on which ages are judged."""
        return cls.with_workload(read_workload(scan.program, scan.readers), Drawn.of_scan(scan), scan, constants, as_of, churn)

    @classmethod
    def with_workload(
        cls, workload: Workload, drawn: Drawn, scan: Scan, constants: EffortConstants, as_of: datetime.date, churn: Churn
    ) -> Assessor:
        """Put together what was read of a scan."""
        return cls(
            scan, drawn.graph, drawn.summary, drawn.candidates, workload, purpose_of(scan.program, workload),
            surroundings_of(drawn.summary, churn), constants, as_of,
        )  # fmt: skip

    def assess(
        self,
        target: Target,
        findings: Sequence[Finding] | None = None,
        models: tuple[EntryPoint, ...] = (),
        operators: tuple[OperatorUse, ...] = (),
    ) -> TargetAssessment:
        """What porting to a target takes; with only some findings, what is left of it when the others are fixed."""
        return assess_target(
            self.scan.detection.findings if findings is None else findings,
            target,
            self.scan.book.capabilities,
            self.scan.coverage.analysed_share,
            self.purpose,
            self.candidates,
            self.constants,
            self.scan.inventory,
            maturity_on(target, load_lifecycle(target.knowledge.family), self.as_of.isoformat()),
            models,
            operators,
            self.surroundings,
            fit_of(target, self.workload),
        )

    def planner(self) -> Planner:
        """What makes plans of assessments."""
        dead = {item.path for item in self.summary.unreached if item.reached_by == "nothing" and item.kind == "module"}
        return Planner(self.graph, self.summary.waves, self.candidates, self.scan.detection.findings, dead)

    def effort_by_path(self, assessment: TargetAssessment) -> Mapping[str, float]:
        """Person-days by file."""
        return effort_by_path(assessment, {finding.fingerprint: finding.path for finding in self.scan.detection.findings}).by_path

    def hot_spots(self, assessment: TargetAssessment, churn: Churn, owners: CodeOwners, most_modules: int) -> HotSpots:
        """Where a change weighs most for a target, and the work by owner."""
        effort = self.effort_by_path(assessment)
        spots = hot_spots(self.graph, churn.by_path, effort, owners)
        shares = shares_of_owners(effort, owners)
        return HotSpots(assessment.target_id, churn.commits, spots[:most_modules], owners.path, shares if owners.path else ())

    def seams(self, assessment: TargetAssessment) -> Seams:
        """Where the code could be cut for a target."""
        starts = {point.path for point in self.candidates}
        effort = self.effort_by_path(assessment)
        return find_seams(self.scan.program, self.graph, effort, starts, load_seam_costs(), assessment.target_id)


def load_tables(targets: Sequence[Target], constants: EffortConstants) -> None:
    """Load what the stages after reading need and remember: tables of ours, and libraries that take as long as a small scan.

    Changes no result: else each is loaded by the stage that asks first, and again by each process that is copied before.
    """
    editor()
    needs_graph(DependencyGraph((), (), ()))
    estimate_work((), "", constants)
    for target in targets:
        operator_book(table_of(target.id))
        load_lifecycle(target.knowledge.family)
    for load in (load_export_patterns, load_fit_facts, load_model_names, load_neuron_verdicts, load_seam_costs, load_signals):
        load()


def assessor_and_models(
    scan: Scan, constants: EffortConstants, as_of: datetime.date, churn: Churn, targets: Sequence[Target], workers: int
) -> tuple[Assessor, Predictor]:
    """What assessments need: the graph is built here while other processes walk through the models and read the workload."""
    drawn: list[Drawn] = []
    workloads: list[Workload] = []

    def walk_all(parts: Sequence[Callable[[], Walked]]) -> list[Walked]:
        reading: list[Callable[[], Walked | Workload]] = [partial(read_workload, scan.program, scan.readers)]
        given = share_out([*reading, *parts], workers, lambda: drawn.append(Drawn.of_scan(scan)))
        workloads.extend(each for each in given if isinstance(each, Workload))
        return [each for each in given if isinstance(each, Walked)]

    models = Predictor(scan.program, [target.id for target in targets], scan.detection.findings, walk_all)
    return Assessor.with_workload(workloads[0], drawn[0], scan, constants, as_of, churn), models
