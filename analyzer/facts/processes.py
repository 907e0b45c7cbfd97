"""Reads files in several processes, and not again what is remembered of them."""

from __future__ import annotations

import gc
import hashlib
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from analyzer.cache.stamps import program_stamp
from analyzer.cache.store import Store
from analyzer.discover.digest import digest_of
from analyzer.facts.codec import decode, encode
from analyzer.facts.extract import FILES_A_TASK, POOL_PAYS_FROM_BYTES, Progress, counted
from analyzer.facts.read_file import nothing_of, read_file
from analyzer.model.facts import FileFacts, Problem
from analyzer.model.source import SourceFile

_T = TypeVar("_T")
_PASSING = frozenset({"unreadable", "killed"})
"""Reasons of problems that another run may not have."""


class Handed(NamedTuple):
    """The facts of a file as one process hands them to another: encoded, with the key under which they may be kept."""

    key: bytes
    """b"" where they may not."""
    encoded: bytes


def read_or_recall(
    root: Path, files: tuple[SourceFile, ...], workers: int, progress: Progress, store: Store | None
) -> list[FileFacts]:
    """The facts of every file, in the order of the files."""
    known = recall_facts(root, files, store) if store is not None else {}
    missing = tuple(file for file in files if file not in known)
    kept: dict[bytes, bytes] = {}

    read = partial(_read_for_another, root, store is not None)
    is_little = sum(file.size_bytes for file in missing) < POOL_PAYS_FROM_BYTES

    def received() -> Iterator[FileFacts]:
        for found in map(read, missing) if is_little else read_in_processes(read, _killed, missing, workers):
            if found.key:
                kept[found.key] = found.encoded
            yield decode(found.encoded)

    known.update(zip(missing, counted(received(), len(missing), progress), strict=True))
    if store is not None and kept:
        store.put(kept)
    return [known[file] for file in files]


def recall_facts(root: Path, files: tuple[SourceFile, ...], store: Store) -> dict[SourceFile, FileFacts]:
    """The facts that were kept of files with just this content."""
    keys = {file: key for file in files if (key := key_of(root, file))}
    stored = store.get(keys.values())
    known: dict[SourceFile, FileFacts] = {}
    for file, key in keys.items():
        with suppress(KeyError, ValueError):
            known[file] = decode(stored[key])
    return known


def key_of(root: Path, file: SourceFile) -> bytes:
    """Under which key the facts of a file are kept: that of all they depend on; b"" where it cannot be read."""
    program = program_stamp()
    content = digest_of(root, file)
    if not program or content is None:
        return b""
    parts = (program, sys.version, file.path, file.kind, str(file.most_kept_bytes), content.hex())
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def _read_for_another(root: Path, is_kept: bool, file: SourceFile) -> Handed:
    """Read in a process of the pool. What changes while it is read is not kept."""
    before = key_of(root, file) if is_kept else b""
    facts = read_file(root, file)
    may_be_kept = before and not any(problem.reason in _PASSING for problem in facts.problems) and key_of(root, file) == before
    return Handed(before if may_be_kept else b"", encode(facts))


def _killed(file: SourceFile) -> Handed:
    problem = Problem(file.path, "killed", "the process that read it was killed", 0)
    return Handed(b"", encode(nothing_of(file)._replace(problems=(problem,))))


def read_in_processes(
    read: Callable[[SourceFile], _T], lost: Callable[[SourceFile], _T], files: tuple[SourceFile, ...], workers: int
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
                for task in pool.map(partial(_read_all, read), tasks):
                    yield from task
                    done += 1
            except BrokenProcessPool:
                pass  # which file it was is found below
        if done < len(tasks):
            yield from (_read_apart(read, lost, file) for file in tasks[done])
        tasks = tasks[done + 1 :]


def _read_all(read: Callable[[SourceFile], _T], files: tuple[SourceFile, ...]) -> list[_T]:
    return list(map(read, files))


def _read_apart(read: Callable[[SourceFile], _T], lost: Callable[[SourceFile], _T], file: SourceFile) -> _T:
    with ProcessPoolExecutor(max_workers=1) as pool:
        try:
            return pool.submit(read, file).result()
        except BrokenProcessPool:
            return lost(file)
