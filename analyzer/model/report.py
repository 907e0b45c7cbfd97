"""The Report: everything that any renderer may show, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analyzer.model.assumption import Assumption
from analyzer.model.capability import Capability
from analyzer.model.cost import TcoComparison
from analyzer.model.coverage import Coverage
from analyzer.model.effort import TargetAssessment
from analyzer.model.finding import Finding
from analyzer.model.graph import GraphSummary
from analyzer.model.hot_spots import HotSpots
from analyzer.model.kernels import KernelInventory
from analyzer.model.opinion import SecondOpinion
from analyzer.model.owned_files import OwnedFiles
from analyzer.model.plan import WorkPlan
from analyzer.model.provenance import UNTOLD, Provenance
from analyzer.model.rule import Rule
from analyzer.model.seams import Seams
from analyzer.model.workload import NO_WORKLOAD, Workload

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """What made the report."""

    name: str
    version: str
    rules_version: str


@dataclass(frozen=True, slots=True)
class Report:
    """The whole result of a scan. `root` is the name of the scanned folder, never an absolute path."""

    tool: ToolInfo
    root: str
    as_of: str
    coverage: Coverage
    findings: tuple[Finding, ...]
    inventory: KernelInventory
    graph: GraphSummary
    targets: tuple[TargetAssessment, ...]
    tco: TcoComparison
    assumptions: tuple[Assumption, ...]
    rules: tuple[Rule, ...]
    """The rules that the findings refer to."""
    capabilities: tuple[Capability, ...]
    workload: Workload = NO_WORKLOAD
    """What the repository does with models."""
    second_opinions: tuple[SecondOpinion, ...] = ()
    plans: tuple[WorkPlan, ...] = ()
    """The order of work for each target."""
    seams: Seams | None = None
    """Where the code could be cut, for the first target."""
    hot_spots: HotSpots | None = None
    """Where a change weighs most, for the first target."""
    owned_files: tuple[OwnedFiles, ...] = ()
    """Files with findings or work by their owners; empty where the repository names none."""
    made: Provenance = UNTOLD
    """How it was made, where the command line made it."""

    def without_source(self) -> Report:
        """The same without a line of the repository's source, for a report that leaves the house: places, symbols and
        fingerprints stay; what is quoted, and the edits that would quote it, go."""
        return replace(self, findings=tuple(finding._replace(snippet="", edit=None) for finding in self.findings))
