"""The files of a repository, before anything is read out of them."""

from __future__ import annotations

from analyzer.model.named_tuple import NamedTuple


class SourceFile(NamedTuple):
    """A file to analyse: POSIX path relative to the root, kind (`python`, `notebook`, `requirements` ...), size."""

    path: str
    kind: str
    size_bytes: int
    most_kept_bytes: int = 5_000_000
    """How much of it may be kept in memory: only a notebook can be larger, by what its cells once printed."""


class SkippedFile(NamedTuple):
    """A file or folder that was left out, with a stable reason and a human one."""

    path: str
    reason: str
    """`ignored`, `excluded`, `too-large`, `binary`, `vendored`, `link`, `unreadable` or `special`."""
    detail: str


class Discovery(NamedTuple):
    """All files of a root, sorted by path."""

    root: str
    files: tuple[SourceFile, ...]
    skipped: tuple[SkippedFile, ...]
