"""The states of a repository that can be looked at: the files as they are, or what is staged for the next commit."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from analyzer.discover.files import folders_around
from analyzer.discover.git import Blob, Git
from analyzer.discover.revision import lay_out


class State(Protocol):
    """A state whose files lie below a folder, some of them only once they are asked for."""

    @property
    def root(self) -> Path:
        """The folder."""
        ...

    def exists(self, path: str) -> bool:
        """Whether there is a regular file, or a folder, of this path."""
        ...

    def provide(self, paths: Iterable[str]) -> None:
        """Make sure that files lie below the folder."""
        ...


class WorkTree:
    """The files as they are."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def exists(self, path: str) -> bool:
        """Whether there is a regular file, or a folder, that is no link."""
        try:
            mode = (self.root / path).lstat().st_mode
        except (OSError, ValueError):
            return False
        return stat.S_ISREG(mode) or stat.S_ISDIR(mode)

    def provide(self, paths: Iterable[str]) -> None:
        """They are there."""


class StagedTree:
    """What is staged, laid out in an empty folder as far as it is asked for."""

    def __init__(self, git: Git, blobs: Iterable[Blob], folder: Path, largest_file_bytes: int) -> None:
        self.git = git
        self.root = folder
        self.largest_file_bytes = largest_file_bytes
        self.blobs = {blob.path: blob for blob in blobs}
        self.folders = {folder for path in self.blobs for folder in folders_around(path)}
        self.provided: set[str] = set()

    def exists(self, path: str) -> bool:
        """Whether a file, or something in a folder, is staged."""
        return path in self.blobs or path in self.folders

    def provide(self, paths: Iterable[str]) -> None:
        """Write what is not there yet, with the ignore files around it."""
        wanted = {path for path in paths if path in self.blobs}
        wanted |= {f"{folder}/.gitignore" for path in wanted for folder in folders_around(path)} | {".gitignore"}
        missing = sorted((wanted & self.blobs.keys()) - self.provided)
        if missing:
            lay_out(self.git, tuple(self.blobs[path] for path in missing), self.root, self.largest_file_bytes)
            self.provided.update(missing)
