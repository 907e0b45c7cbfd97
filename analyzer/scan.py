"""From a folder to its findings: the stages whose result depends on no target, price or scenario.

Every stage is a function from frozen values to frozen values; only reading (`extract`) is expensive, so that is where
the process pool sits, and its result does not depend on rules.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from analyzer.detect.detector import Detector
from analyzer.detect.findings import Detection, build_findings
from analyzer.detect.kernel_inventory import take_inventory, with_fallbacks
from analyzer.discover.files import DiscoverySettings, discover
from analyzer.discover.states import State
from analyzer.facts.extract import Progress, extract, no_progress, nothing, worker_count
from analyzer.facts.further_modules import FurtherModules
from analyzer.knowledge.rules import RuleBook, load_rules
from analyzer.link.partial import link_partial
from analyzer.link.program import Program, link
from analyzer.link.readers import Readers
from analyzer.model.coverage import Coverage, KindCount
from analyzer.model.facts import READ_ALL_THE_SAME, FileFacts, Problem
from analyzer.model.kernels import KernelInventory
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.source import Discovery

TYPE_CHECKING = False
if TYPE_CHECKING:
    from analyzer.cache.store import Store
    from analyzer.model.surface import Surface


class Scan(NamedTuple):
    """What is known about a repository before any target or price is asked for."""

    discovery: Discovery
    program: Program
    detection: Detection
    inventory: KernelInventory
    coverage: Coverage
    book: RuleBook
    readers: Readers


def scan_repository(
    root: Path,
    settings: DiscoverySettings | None = None,
    workers: int = 0,
    progress: Progress = no_progress,
    with_edits: bool = True,
    honoured: tuple[str, ...] = (),
    store: Store | None = None,
    surfaces: tuple[Surface, ...] = (),
    meanwhile: Callable[[], object] = nothing,
) -> Scan:
    """Find every tie to CUDA below a folder. Raises `UserInputError` for a bad root, pattern or rule file.

    `workers` is the number of processes; 0 chooses by the amount of source. The result does not depend on it.
    `with_edits` is false where the edit that each finding could have is not shown. `honoured` are words with which
    comments of another tool begin that dismiss findings. `store` remembers what files say, between runs. `surfaces` are those of
    libraries whose names are looked for as well. `meanwhile` is done here while other processes read, if any do.
    """
    book = load_rules()
    if surfaces:
        from analyzer.knowledge.surfaces import with_surfaces

        book = with_surfaces(book, surfaces)
    progress("discover", 0, 1)
    discovery = discover(root, settings)
    with _without_garbage_collection():
        facts = extract(root, discovery.files, workers, progress, store, meanwhile)
        progress("link", 0, 1)
        program = link(facts)
        del facts  # those of modules with star imports were rewritten
        progress("detect", 0, 1)
        count = worker_count(discovery.files, workers)
        return _detected(root, discovery, program, book, with_edits, honoured, count)


def scan_files(
    state: State,
    paths: Collection[str],
    settings: DiscoverySettings | None = None,
    progress: Progress = no_progress,
    with_edits: bool = True,
    honoured: tuple[str, ...] = (),
) -> Scan:
    """Find the ties in some files, without reading the rest of the repository: of that only the values they name.

    What only the rest could tell is not seen: see `analyzer.link.partial`. Raises `UserInputError` like `scan_repository`.
    """
    book = load_rules()
    progress("discover", 0, 1)
    state.provide(paths)
    discovery = discover(state.root, settings, paths)

    with _without_garbage_collection(), ExitStack() as until_the_end:
        further = FurtherModules(state, settings, until_the_end)
        facts = extract(state.root, discovery.files, 1, progress)
        program = link_partial(facts, state.exists, further.read)
        return _detected(state.root, discovery, program, book, with_edits, honoured)


def _detected(
    root: Path,
    discovery: Discovery,
    program: Program,
    book: RuleBook,
    with_edits: bool,
    honoured: tuple[str, ...],
    workers: int = 1,
) -> Scan:
    """The stages from the linked program on."""
    detector = Detector(program, book)
    hits = detector.hits(workers)
    if book.has_surfaces:
        from analyzer.detect.surface_hits import without_doubles

        hits = without_doubles(hits)
    inventory = take_inventory(program, detector, hits)
    detection = build_findings(root, program, with_fallbacks(hits, inventory), with_edits, honoured, workers)
    coverage = coverage_of(discovery, program.files.values(), detection.problems, tuple(sorted(detector.gave_up())))
    return Scan(discovery, program, detection, inventory, coverage, book, detector.readers)


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
    discovery: Discovery, facts: Collection[FileFacts], suppression_problems: Iterable[Problem], gave_up: tuple[str, ...]
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
        analysed_share=round((total - unread - lost) / total, 4) if total else 0.0,
        gave_up=tuple(f"values or calls in {path} lead on to each other beyond what is followed" for path in gave_up),
    )
