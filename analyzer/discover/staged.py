"""What is staged for the next commit, as a state that can be looked at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from analyzer.discover.files import folders_around
from analyzer.discover.git import Blob, Git
from analyzer.discover.revision import lay_out


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
            lay_out(self.git, (self.blobs[path] for path in missing), self.root, self.largest_file_bytes)
            self.provided.update(missing)

    def provide_all(self) -> None:
        """Write everything that is not there yet."""
        self.provide(self.blobs)
