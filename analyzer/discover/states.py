"""The states of a repository that can be looked at: the files as they are, or what is staged for the next commit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


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

    def provide_all(self) -> None:
        """The same for all files."""
        ...


class WorkTree:
    """The files as they are."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.place = str(root)

    def exists(self, path: str) -> bool:
        """Whether there is a regular file, or a folder, that is no link."""
        try:
            mode = os.lstat(f"{self.place}/{path}").st_mode  # asked a thousand times for a commit: a Path takes as long again
        except (OSError, ValueError):
            return False
        return stat.S_ISREG(mode) or stat.S_ISDIR(mode)

    def provide(self, paths: Iterable[str]) -> None:
        """They are there."""

    def provide_all(self) -> None:
        """They are there."""
