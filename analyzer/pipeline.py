"""The order of the stages, from a folder to a report. The page to read first.

Every stage is a function from frozen values to frozen values; only `extract` is expensive, so that is where the process
pool sits, and its result does not depend on rules, targets or prices.
"""

from __future__ import annotations

import datetime
import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analyzer import __version__
from analyzer.assess.assessment import assess_target
from analyzer.assess.purpose import purpose_of
from analyzer.cost.tco import assumptions_of, compare_options
from analyzer.detect.detector import Detector
from analyzer.detect.findings import Detection, build_findings
from analyzer.detect.kernel_inventory import take_inventory
from analyzer.discover.files import DiscoverySettings, discover
from analyzer.facts.read_file import read_file
from analyzer.graph.dependencies import summarize_graph
from analyzer.graph.entry_points import entry_point_candidates
from analyzer.knowledge.effort_constants import load_effort_constants
from analyzer.knowledge.prices import load_price_lists
from analyzer.knowledge.rules import RuleBook, load_rules
from analyzer.knowledge.scenario import load_default_scenario, load_scenario
from analyzer.knowledge.targets import find_target, load_targets
from analyzer.link.program import Program, link
from analyzer.model.effort import TargetAssessment
from analyzer.model.facts import READ_ALL_THE_SAME, FileFacts, Problem
from analyzer.model.kernels import KernelInventory
from analyzer.model.report import Coverage, KindCount, Report, ToolInfo
from analyzer.model.source import Discovery, SourceFile

POOL_PAYS_FROM_BYTES = 1_000_000
"""Below this much Python a process pool costs more than it saves (measured: docs/speed.md)."""
FILES_A_TASK = 16

Progress = Callable[[str, int, int], None]
"""Called as (stage, done, total); the total of a stage is known when it begins."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What is known about a repository before any target or price is asked for."""

    discovery: Discovery
    program: Program
    detection: Detection
    inventory: KernelInventory
    coverage: Coverage
    book: RuleBook


def no_progress(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def build_report(
    root: Path,
    settings: DiscoverySettings,
    target_ids: Sequence[str],
    scenario_file: Path | None,
    workers: int,
    as_of: datetime.date,
    progress: Progress = no_progress,
) -> Report:
    """The whole job: scan, graph, assessment of each target, cost of each option.

    All knowledge and all of the user's files are read, and refused, before the repository is. `as_of` is the day on
    which ages are judged. Raises `UserInputError`.
    """
    targets = tuple(find_target(target_id) for target_id in target_ids) or load_targets()
    scenario = load_scenario(scenario_file) if scenario_file else load_default_scenario()
    constants, price_lists = load_effort_constants(), load_price_lists()
    scan = scan_repository(root, settings, workers, progress)
    findings = scan.detection.findings
    progress("graph", 0, 1)
    libraries = {capability.id for capability in scan.book.capabilities if capability.kind == "library"}
    graph = summarize_graph(scan.program, findings, libraries)
    candidates = entry_point_candidates(scan.program)
    purpose = purpose_of(scan.program)
    assessments: list[TargetAssessment] = []
    for done, target in enumerate(targets):
        progress("assess", done, len(targets))
        share = scan.coverage.analysed_share
        assessments.append(
            assess_target(
                findings, target, scan.book.capabilities, share, purpose, candidates, constants, scan.inventory
            )
        )  # fmt: skip
    progress("cost", 0, 1)
    efforts = {assessment.target_id: assessment.effort for assessment in assessments}
    comparison = compare_options(scenario, price_lists, efforts, as_of)
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
        assumptions=(*constants.assumptions, *assumptions_of(scenario, comparison)),
        rules=tuple(rule for rule in scan.book.rules if rule.id in used),
        capabilities=scan.book.capabilities,
    )


def scan_repository(
    root: Path, settings: DiscoverySettings | None = None, workers: int = 0, progress: Progress = no_progress
) -> Scan:
    """Find every tie to CUDA below a folder. Raises `UserInputError` for a bad root, pattern or rule file.

    `workers` is the number of processes; 0 chooses by the amount of source. The result does not depend on it.
    """
    book = load_rules()
    progress("discover", 0, 1)
    discovery = discover(root, settings)
    with _without_garbage_collection():
        facts = extract(root, discovery.files, workers, progress)
        progress("link", 0, 1)
        program = link(facts)
        progress("detect", 0, 1)
        detector = Detector(program, book)
        hits = detector.hits()
        inventory = take_inventory(program, detector, hits)
        detection = build_findings(root, program, hits)
    coverage = coverage_of(discovery, facts, detection.problems, tuple(sorted(detector.values.gave_up)))
    return Scan(discovery, program, detection, inventory, coverage, book)


def extract(root: Path, files: tuple[SourceFile, ...], workers: int, progress: Progress) -> list[FileFacts]:
    """The facts of every file, in the order of the files."""
    source_bytes = sum(file.size_bytes for file in files if file.kind in ("python", "notebook"))
    if workers == 0:
        workers = 1 if source_bytes < POOL_PAYS_FROM_BYTES else _cpu_count()
    read = partial(read_file, root)
    if workers == 1 or len(files) < 2:
        return list(_counted(map(read, files), len(files), progress))
    from concurrent.futures import ProcessPoolExecutor  # not needed for most hooks

    with ProcessPoolExecutor(max_workers=workers, initializer=gc.disable) as pool:
        return list(_counted(pool.map(read, files, chunksize=FILES_A_TASK), len(files), progress))


def _cpu_count() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _counted(facts: Iterable[FileFacts], total: int, progress: Progress) -> Iterator[FileFacts]:
    for done, item in enumerate(facts):
        if done % FILES_A_TASK == 0:
            progress("read", done, total)
        yield item
    progress("read", total, total)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Facts are trees without cycles: looking for cycles in them costs a quarter of the time and frees nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()  # else the first collection would walk all facts once, which costs as much as linking them
            gc.enable()


def coverage_of(
    discovery: Discovery, facts: list[FileFacts], suppression_problems: Iterable[Problem], gave_up: tuple[str, ...]
) -> Coverage:
    """What was analysed and what was not, as the report states it beside every score."""
    counts: dict[str, list[int]] = {}
    unread = 0
    for item in facts:
        failed = (
            any(problem.reason not in READ_ALL_THE_SAME for problem in item.problems)
            and item.python is None
            and item.native is None
            and not item.entries
        )
        unread += failed
        row = counts.setdefault(item.kind, [0, 0, 0])
        row[0] += 1
        row[1] += not failed
        row[2] += item.lines
    problems = [problem for item in facts for problem in item.problems]
    problems.extend(suppression_problems)
    lost = sum(file.reason in ("too-large", "unreadable", "too-deep") for file in discovery.skipped)
    total = len(facts) + lost
    return Coverage(
        kinds=tuple(KindCount(kind, *counts[kind]) for kind in sorted(counts)),
        skipped=discovery.skipped,
        problems=tuple(sorted(problems, key=lambda problem: (problem.path, problem.line, problem.reason))),
        analysed_share=round((total - unread - lost) / total, 4) if total else 1.0,
        gave_up=tuple(f"values in {path} are nested or cyclic beyond what is followed" for path in gave_up),
    )


def tool_info(book: RuleBook) -> ToolInfo:
    """What makes the report."""
    return ToolInfo("offramp", __version__, book.version)
