"""The Report: everything that any renderer may show, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.model.assumption import Assumption
from analyzer.model.cost import TcoComparison
from analyzer.model.effort import TargetAssessment
from analyzer.model.facts import Problem
from analyzer.model.finding import Finding
from analyzer.model.graph import GraphSummary
from analyzer.model.kernels import KernelInventory
from analyzer.model.rule import Rule
from analyzer.model.source import SkippedFile
from analyzer.model.target import Capability

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class KindCount:
    """Files and lines of one kind."""

    kind: str
    files: int
    analysed: int
    lines: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at, and what was not: stands beside every score."""

    kinds: tuple[KindCount, ...]
    skipped: tuple[SkippedFile, ...]
    problems: tuple[Problem, ...]
    analysed_share: float
    """Share (0 to 1) of the source files found that were analysed."""
    gave_up: tuple[str, ...]
    """Where the flow analysis stopped early, in words."""


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
