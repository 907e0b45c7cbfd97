"""Reads all files of a repository, in several processes where that pays."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from analyzer.facts.read_file import nothing_of, read_file
from analyzer.model.facts import FileFacts, Problem
from analyzer.model.source import SourceFile

POOL_PAYS_FROM_BYTES = 1_000_000
"""Below this much Python a process pool costs more than it saves (measured: docs/speed.md)."""
FILES_A_TASK = 16

Progress = Callable[[str, int, int], None]
"""Called as (stage, done, total); the total of a stage is known when it begins."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


Read = Callable[[SourceFile], FileFacts]


def extract(root: Path, files: tuple[SourceFile, ...], workers: int, progress: Progress) -> list[FileFacts]:
    """The facts of every file, in the order of the files."""
    source_bytes = sum(file.size_bytes for file in files if file.kind in ("python", "notebook"))
    if workers == 0:
        workers = 1 if source_bytes < POOL_PAYS_FROM_BYTES else _cpu_count()
    read = partial(read_file, root)
    is_alone = workers == 1 or len(files) < 2
    return list(_counted(map(read, files) if is_alone else read_in_processes(read, files, workers), len(files), progress))


def read_in_processes(read: Read, files: tuple[SourceFile, ...], workers: int) -> Iterator[FileFacts]:
    """The same from several processes. A file whose reader is killed, by a fault of Python's or for want of memory, is a
    problem of that file: what was not finished then is begun anew, the next files each in a process of its own."""
    from concurrent.futures import ProcessPoolExecutor  # not needed for most hooks
    from concurrent.futures.process import BrokenProcessPool

    tasks = [files[first : first + FILES_A_TASK] for first in range(0, len(files), FILES_A_TASK)]
    while tasks:
        with ProcessPoolExecutor(max_workers=workers, initializer=gc.disable) as pool:
            done = 0
            try:
                for task in pool.map(partial(_read_all, read), tasks):
                    yield from task
                    done += 1
            except BrokenProcessPool:
                pass  # which file it was is found below
        if done < len(tasks):
            yield from (_read_apart(read, file) for file in tasks[done])
        tasks = tasks[done + 1 :]


def _read_all(read: Read, files: tuple[SourceFile, ...]) -> list[FileFacts]:
    return list(map(read, files))


def _read_apart(read: Read, file: SourceFile) -> FileFacts:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    with ProcessPoolExecutor(max_workers=1) as pool:
        try:
            return pool.submit(read, file).result()
        except BrokenProcessPool:
            return nothing_of(file)._replace(problems=(Problem(file.path, "killed", "the process that read it was killed", 0),))


def _cpu_count() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _counted(facts: Iterable[FileFacts], total: int, progress: Progress) -> Iterator[FileFacts]:
    for done, item in enumerate(facts):
        if done % FILES_A_TASK == 0:
            progress("read", done, total)
        yield item
    progress("read", total, total)
