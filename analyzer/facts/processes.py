"""Reads files in several processes, and not again what is remembered of them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from analyzer.cache.store import Store
from analyzer.facts.codec import decode, encode
from analyzer.facts.extract import FILES_A_TASK, POOL_PAYS_FROM_BYTES, Progress, counted, nothing
from analyzer.facts.read_file import nothing_of, read_file
from analyzer.facts.remembered import key_of, may_be_kept, recall_facts, was_scanned_before
from analyzer.model.facts import FileFacts, Problem
from analyzer.model.source import SourceFile

_A = TypeVar("_A")
_T = TypeVar("_T")


class Asked(NamedTuple):
    """A file to be read, with the key under which its facts may be kept; b"" where they may not."""

    file: SourceFile
    key: bytes


class Handed(NamedTuple):
    """The facts of a file as one process hands them to another: encoded, with the key under which they may be kept."""

    key: bytes
    """b"" where they may not."""
    encoded: bytes


def read_or_recall(
    root: Path,
    files: tuple[SourceFile, ...],
    workers: int,
    progress: Progress,
    store: Store | None,
    meanwhile: Callable[[], object] = nothing,
) -> list[FileFacts]:
    """The facts of every file, in the order of the files.

    With one worker nothing is kept the first time that a folder is scanned: to write facts down costs an eighth of reading
    them, which a machine that scans once never gets back.
    """
    keys = {file: key for file in files if (key := key_of(root, file))} if store is not None else {}
    known = recall_facts(keys, store) if store is not None else {}
    is_kept = store is not None and (workers > 1 or was_scanned_before(root, store))
    missing = tuple(Asked(file, keys.get(file, b"") if is_kept else b"") for file in files if file not in known)
    kept: dict[bytes, bytes] = {}
    is_little = sum(asked.file.size_bytes for asked in missing) < POOL_PAYS_FROM_BYTES

    def read_here() -> Iterator[FileFacts]:
        for asked in missing:
            facts = read_file(root, asked.file)
            if may_be_kept(root, asked.file, asked.key, facts):
                kept[asked.key] = encode(facts)
            yield facts

    def received() -> Iterator[FileFacts]:
        for found in read_in_processes(partial(_read_for_another, root), _killed, missing, workers, meanwhile):
            if found.key:
                kept[found.key] = found.encoded
            yield decode(found.encoded)

    read = read_here() if workers == 1 or is_little else received()
    known.update(zip((asked.file for asked in missing), counted(read, len(missing), progress), strict=True))
    if store is not None and kept:
        store.put(kept)
    return [known[file] for file in files]


def _read_for_another(root: Path, asked: Asked) -> Handed:
    """Read in a process of the pool."""
    facts = read_file(root, asked.file)
    return Handed(asked.key if may_be_kept(root, asked.file, asked.key, facts) else b"", encode(facts))


def _killed(asked: Asked) -> Handed:
    problem = Problem(asked.file.path, "killed", "the process that read it was killed", 0)
    return Handed(b"", encode(nothing_of(asked.file)._replace(problems=(problem,))))


def read_in_processes(
    read: Callable[[_A], _T],
    lost: Callable[[_A], _T],
    files: tuple[_A, ...],
    workers: int,
    meanwhile: Callable[[], object] = nothing,
) -> Iterator[_T]:
    """What `read` gives for each file, from several processes, and `lost` for a file whose reader is killed.

    A fault of Python's, or want of memory, is a problem of that file: what was not finished then is begun anew, the next
    files each in a process of its own.
    """
    tasks = [files[first : first + FILES_A_TASK] for first in range(0, len(files), FILES_A_TASK)]
    while tasks:
        with ProcessPoolExecutor(max_workers=workers, initializer=gc.disable) as pool:
            done = 0
            try:
                given = pool.map(partial(_read_all, read), tasks)  # they begin at once
                meanwhile()
                meanwhile = nothing
                for task in given:
                    yield from task
                    done += 1
            except BrokenProcessPool:
                pass  # which file it was is found below
        if done < len(tasks):
            yield from (_read_apart(read, lost, file) for file in tasks[done])
        tasks = tasks[done + 1 :]


def _read_all(read: Callable[[_A], _T], files: tuple[_A, ...]) -> list[_T]:
    return list(map(read, files))


def _read_apart(read: Callable[[_A], _T], lost: Callable[[_A], _T], file: _A) -> _T:
    with ProcessPoolExecutor(max_workers=1) as pool:
        try:
            return pool.submit(read, file).result()
        except BrokenProcessPool:
            return lost(file)
