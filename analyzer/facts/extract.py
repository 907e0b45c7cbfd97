"""Reads all files of a repository, in several processes where that pays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from analyzer.cache.store import Store
    from analyzer.model.facts import FileFacts
    from analyzer.model.source import SourceFile

POOL_PAYS_FROM_BYTES = 1_000_000
"""Below this much Python a process pool costs more than it saves (measured: docs/speed.md)."""
FILES_A_TASK = 16

Progress = Callable[[str, int, int], None]
"""Called as (stage, done, total); the total of a stage is known when it begins."""


def nothing() -> None:
    """What is done meanwhile where there is nothing to do."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def extract(
    root: Path,
    files: tuple[SourceFile, ...],
    workers: int,
    progress: Progress,
    store: Store | None = None,
    meanwhile: Callable[[], object] = nothing,
) -> list[FileFacts]:
    """The facts of every file, in the order of the files; those that `store` holds are not read again.

    Small repositories are read in one process and nothing of them is kept: to look up costs as much as to read. `meanwhile` is
    done here while other processes read, and not at all where none do.
    """
    workers = worker_count(files, workers)
    is_looked_up = store is not None and _python_bytes(files) >= POOL_PAYS_FROM_BYTES
    if (workers == 1 and not is_looked_up) or len(files) < 2:
        from analyzer.facts.read_file import read_file  # not for a report that is remembered

        return list(counted((read_file(root, file) for file in files), len(files), progress))
    from analyzer.facts.processes import read_or_recall  # not needed for most hooks

    return read_or_recall(root, files, workers, progress, store, meanwhile)


def worker_count(files: Iterable[SourceFile], asked: int) -> int:
    """How many processes share the work; where 0 are asked for, as many as there are processors if that pays."""
    if asked:
        return asked
    return 1 if _python_bytes(files) < POOL_PAYS_FROM_BYTES else _cpu_count()


def _python_bytes(files: Iterable[SourceFile]) -> int:
    return sum(file.size_bytes for file in files if file.kind in ("python", "notebook"))


def _cpu_count() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def counted(facts: Iterable[FileFacts], total: int, progress: Progress) -> Iterator[FileFacts]:
    """The same facts, told to who watches."""
    for done, item in enumerate(facts):
        if done % FILES_A_TASK == 0:
            progress("read", done, total)
        yield item
    progress("read", total, total)
