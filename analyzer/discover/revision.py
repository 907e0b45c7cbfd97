"""Lays out another state of a repository (a commit, or what is staged) as plain files, and says what changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from analyzer.discover.files import NOTEBOOK_FACTOR
from analyzer.discover.git import SHA1_DIGITS, Blob, Git, differences
from analyzer.discover.kinds import kind_of
from analyzer.discover.raw_files import read_regular
from analyzer.model.changes import Changes, FileChange
from analyzer.model.source import SourceFile

MOST_BYTES = 100_000_000
_ALSO_READ = frozenset({".gitignore", "offramp.toml"})


def lay_out(git: Git, blobs: Iterable[Blob], folder: Path, largest_file_bytes: int) -> list[Blob]:
    """Write those files of a state that an analysis reads. What is too large to be read keeps its size, and no more.

    Returned are those that a partial clone does not have.
    """
    wanted = [blob for blob in blobs if kind_of(blob.path) or blob.path.rpartition("/")[2] in _ALSO_READ]
    return git.write(wanted, folder, min(largest_file_bytes * NOTEBOOK_FACTOR, MOST_BYTES) + 1)


def take_unchanged(missing: Iterable[Blob], folder: Path, root: Path) -> tuple[str, ...]:
    """Copy what a partial clone does not have, but the files as they are still do; the paths of what is lost is returned."""
    lost = []
    for blob in missing:
        source = root / blob.path
        if _is_same(blob.id, source):
            (folder / blob.path).parent.mkdir(parents=True, exist_ok=True)
            _copy(source, folder / blob.path)
        else:
            lost.append(blob.path)
    return tuple(lost)


def changes_since(
    old: tuple[Blob, ...], old_root: Path, new_root: Path, new_files: tuple[SourceFile, ...], workspace: Path
) -> Changes:
    """What changed from a state that was laid out in `old_root` to the files below `new_root`.

    `workspace` is an empty folder. A file of model weights has no lines: it is new, or it is what it was.
    """
    before = {blob.path: blob.id for blob in old if kind_of(blob.path)}
    now = {file.path for file in new_files}
    changed = {file.path for file in new_files if not _is_same_file(before.get(file.path), new_root, file)}
    gone = {path for path in before if path not in now}
    numbers = {path: f"{number}.txt" for number, path in enumerate(sorted(changed | gone))}
    sides = (workspace / "old", workspace / "new")
    for side, root, paths in ((sides[0], old_root, (changed | gone) & before.keys()), (sides[1], new_root, changed)):
        side.mkdir()
        for path in paths:
            _copy(root / path, side / numbers[path])
    paths_of = {number: path for path, number in numbers.items()}
    found = differences(*sides) if changed else []
    files: dict[str, FileChange] = {path: FileChange("", ()) for path in changed if path not in before}
    files.update((paths_of[new], FileChange(paths_of[first], hunks)) for first, new, hunks in found)
    return Changes(files)


def _is_same_file(known: str | None, root: Path, file: SourceFile) -> bool:
    if known is None or file.kind == "model":
        return known is not None
    return _is_same(known, root / file.path)


def _is_same(known: str, path: Path) -> bool:
    """Whether the content of a file has the id that git gave to a content."""
    try:
        data = read_regular(path, MOST_BYTES)
    except OSError:
        return False
    digest = hashlib.sha1(usedforsecurity=False) if len(known) == SHA1_DIGITS else hashlib.sha256()
    digest.update(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest() == known


def _copy(source: Path, target: Path) -> None:
    """A copy of a regular file; empty where it can no longer be read."""
    try:
        target.write_bytes(read_regular(source, MOST_BYTES))
    except OSError:
        target.write_bytes(b"")
