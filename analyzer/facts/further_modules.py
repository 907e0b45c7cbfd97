"""Modules that a look at some files asks for: read one by one, and remembered between runs once they are many."""

from __future__ import annotations

from contextlib import ExitStack

from analyzer.discover.files import DiscoverySettings, discover
from analyzer.discover.states import State
from analyzer.facts.read_file import read_file
from analyzer.model.facts import FileFacts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from analyzer.cache.store import Store

REMEMBERED_FROM_BYTES = 40_000
"""So much takes as long to read as the cache takes to be opened (measured: 20 ms); from there on it is asked."""


class FurtherModules:
    """Reads modules one by one as they are asked for; what they say is remembered once there are many."""

    def __init__(self, state: State, settings: DiscoverySettings | None, until_the_end: ExitStack) -> None:
        self.state = state
        self.settings = settings
        self.until_the_end = until_the_end
        self.bytes_read = 0
        self.store: Store | None = None
        self.kept: dict[bytes, bytes] = {}
        """What is to be stored at the end, all at once."""

    def read(self, path: str) -> FileFacts | None:
        """The facts of a module, None where it is not to be analysed."""
        self.state.provide((path,))
        found = discover(self.state.root, self.settings, (path,)).files
        if not found:
            return None
        file = found[0]
        is_few = self.bytes_read < REMEMBERED_FROM_BYTES
        self.bytes_read += file.size_bytes
        if self.bytes_read < REMEMBERED_FROM_BYTES:
            return read_file(self.state.root, file)
        from analyzer.facts.remembered import read_or_recall_one  # what it loads takes longer than to read a small file

        if is_few:
            from analyzer.cache.store import opened_store

            self.store = self.until_the_end.enter_context(opened_store())
            if self.store is not None:
                self.until_the_end.callback(self.store.put, self.kept)
        return read_or_recall_one(self.state.root, file, self.store, self.kept)
