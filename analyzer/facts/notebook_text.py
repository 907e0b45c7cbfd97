"""The text of a notebook without what its cells once printed.

Outputs are pictures and tables that may weigh a hundred megabytes beside a few lines of code. They are left out while the
file streams by, so that memory is bounded by what is kept, and the lines that went with them are remembered, so that a
place in the rest can still be named by its line in the raw file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from analyzer.discover.raw_files import encoding_of, open_regular
from analyzer.facts.decoding import FileProblemError, decode

CHUNK_BYTES = 1 << 18
_LEFT_OUT = re.compile(rb'"(?:outputs|attachments|widgets)"\s{0,64}:\s{0,64}(?=[\[{"])')
"""A key whose value is left out. Inside a string its quotes would be escaped, so this is never a piece of one."""
_LONGEST_MATCH = 256
_NESTED = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{}]', re.DOTALL)
_STRING_END = re.compile(rb'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


class NotebookText(NamedTuple):
    """The JSON that is kept, with `null` for what is left out."""

    text: str
    lines: int
    """Of the whole file."""
    left_out_bytes: int
    cuts: tuple[tuple[int, int], ...]
    """(line of the text, lines of the file left out so far), each holding for what comes after."""
    doubt: str
    doubt_line: int

    def raw_line(self, line: int) -> int:
        """The line in the file of a line of the text."""
        index = bisect_right(self.cuts, (line, -1)) - 1
        return line + (self.cuts[index][1] if index >= 0 else 0)


def load_notebook(path: Path, most_kept: int, most_bytes: int) -> NotebookText:
    """Read a notebook. Raises `FileProblemError` where it cannot be read, or where too much of it is no output."""
    try:
        with open_regular(path) as stream:
            head = stream.read(CHUNK_BYTES)
            encoding = encoding_of(head)
            if encoding not in ("utf-8", "utf-8-sig"):
                whole = decode(head + stream.read(most_kept), "notebook")
                return lean([whole.text.encode("utf-8", "replace")], most_kept)._replace(doubt=whole.doubt, doubt_line=whole.line)
            return lean(_chunks(head, iter(lambda: stream.read(CHUNK_BYTES), b""), most_bytes), most_kept)
    except OSError as error:
        raise FileProblemError("unreadable", error.strerror or str(error)) from None


def _chunks(head: bytes, rest: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    size = len(head)
    yield head
    for chunk in rest:
        size += len(chunk)
        if size > most_bytes:
            raise FileProblemError("unreadable", "grew while it was read")
        yield chunk


def lean(chunks: Iterable[bytes], most_kept: int) -> NotebookText:
    """Leave out what is not needed, as it streams by."""
    reader = _Reader(most_kept)
    for chunk in chunks:
        reader.feed(chunk)
    return reader.finish()


class _Reader:
    """A filter over the bytes of a JSON text: it copies, or skips the one value that it is in."""

    def __init__(self, most_kept: int) -> None:
        self.most_kept = most_kept
        self.kept = bytearray()
        self.waiting = b""
        """The end of what was fed, which may be the beginning of a key."""
        self.depth = 0
        """How many brackets of the value being skipped are open; 0 while copying."""
        self.in_string = False
        self.left_out = 0
        self.cuts: list[tuple[int, int]] = []
        self.kept_lines = self.skipped_lines = self.counted = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        data, self.waiting = self.waiting + chunk, b""
        position = 0
        while position < len(data):
            if self.in_string:
                position = self.skip_string(data, position)
            elif self.depth:
                position = self.skip_nested(data, position)
            else:
                position = self.copy(data, position)
        if len(self.kept) > self.most_kept:
            raise FileProblemError("too-large", f"more than {self.most_kept:,} bytes besides outputs")

    def copy(self, data: bytes, position: int) -> int:
        """Keep everything up to the next value that is left out."""
        found = _LEFT_OUT.search(data, position)
        if found is None:
            safe = max(len(data) - _LONGEST_MATCH, position)
            self.kept += data[position:safe]
            self.waiting = data[safe:]
            return len(data)
        self.kept += data[position : found.end()] + b"null"
        self.kept_lines += self.kept.count(b"\n", self.counted)
        self.counted = len(self.kept)
        first = data[found.end() : found.end() + 1]
        self.in_string = first == b'"'
        self.depth = 0 if self.in_string else 1
        self.skipped(first)
        return found.end() + 1

    def skipped(self, data: bytes) -> None:
        """Count what is left out."""
        self.left_out += len(data)
        lines = data.count(b"\n")
        if lines:
            self.skipped_lines += lines
            here = (self.kept_lines + 1, self.skipped_lines)
            if self.cuts and self.cuts[-1][0] == here[0]:
                self.cuts[-1] = here
            else:
                self.cuts.append(here)

    def skip_nested(self, data: bytes, position: int) -> int:
        """Skip to where the value ends, or to the end of the data."""
        for found in _NESTED.finditer(data, position):
            token = found.group()
            if token in (b"[", b"{"):
                self.depth += 1
            elif token in (b"]", b"}"):
                self.depth -= 1
                if self.depth == 0:
                    self.skipped(data[position : found.end()])
                    return found.end()
            elif token == b'"':  # a string that goes on in the next chunk
                self.in_string = True
                self.skipped(data[position : found.end()])
                return found.end()
        self.skipped(data[position:])
        return len(data)

    def skip_string(self, data: bytes, position: int) -> int:
        """Skip to where the string ends, or to the end of the data."""
        found = _STRING_END.match(data, position) if data.find(b'"', position) >= 0 else None
        if found:
            self.in_string = False
            self.skipped(data[position : found.end()])
            return found.end()
        backslashes = len(data) - len(data[position:].rstrip(b"\\")) - position
        if backslashes % 2:  # the letter that belongs to it is in the next chunk
            self.waiting = b"\\"
        self.skipped(data[position : len(data) - len(self.waiting)])
        return len(data)

    def finish(self) -> NotebookText:
        """What was kept, once everything has been fed."""
        if not self.depth and not self.in_string:
            self.kept += self.waiting
        decoded = decode(bytes(self.kept), "notebook")
        text = decoded.text
        lines = text.count("\n") + self.skipped_lines + (bool(text) and not text.endswith("\n"))
        return NotebookText(text, lines, self.left_out, tuple(self.cuts), decoded.doubt, decoded.line)
