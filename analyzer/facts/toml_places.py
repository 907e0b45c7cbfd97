"""The values of a TOML text with their places: the parser used for validity knows none.

The text is valid where this is called. What cannot be read ends the walk: no value is ever given a guessed place.
"""

from __future__ import annotations

import re
from contextlib import suppress

from analyzer.facts.leaves import LONGEST_KEY, Block, Leaf
from analyzer.facts.positions import Lines
from analyzer.model.span import Span

_SPACE = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"([^"\\\n]*(?:\\.[^"\\\n]*)*)"')
_LITERAL = re.compile(r"'([^'\n]*)'")
_SCALAR = re.compile(r"\d{4}-\d\d-\d\d[ Tt]\d\d:\d\d[^\s,\]}#]*|[^\s,\]}#]+")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "e": "\x1b"}


class _StopError(Exception):
    """Something that is not TOML, or that nests too deeply."""


def toml_leaves(text: str, lines: Lines, most: int) -> list[Leaf]:
    """The values of a valid TOML text in their order, with dotted keys; list indices are left out."""
    reader = _Reader(text, lines, most)
    with suppress(_StopError, RecursionError):
        reader.document()
    return reader.leaves


class _Reader:
    def __init__(self, text: str, lines: Lines, most: int) -> None:
        self.text = text
        self.lines = lines
        self.most = most
        self.position = 0
        self.groups = 0
        self.leaves: list[Leaf] = []

    def document(self) -> None:
        """All tables."""
        table: tuple[str, ...] = ()
        group = 0
        while True:
            self.skip(_SPACE)
            if self.position >= len(self.text) or len(self.leaves) >= self.most:
                return
            if self.text[self.position] == "[":
                brackets = 2 if self.text.startswith("[[", self.position) else 1
                self.position += brackets
                table = self.key()
                self.expect("]" * brackets)
                self.groups += 1
                group = self.groups
            else:
                self.pair(table, group)

    def skip(self, pattern: re.Pattern[str]) -> None:
        """Step over white space, and comments where the pattern says so."""
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()

    def expect(self, mark: str) -> None:
        """Step over a mark."""
        self.skip(_BLANK)
        if not self.text.startswith(mark, self.position):
            raise _StopError
        self.position += len(mark)

    def key(self) -> tuple[str, ...]:
        """A dotted key."""
        parts: list[str] = []
        while True:
            self.skip(_BLANK)
            found = _BARE.match(self.text, self.position)
            if found:
                parts.append(found.group())
            else:
                found = _BASIC.match(self.text, self.position) or _LITERAL.match(self.text, self.position)
                if found is None:
                    raise _StopError
                parts.append(_plain(found.group(1)) if found.group()[0] == '"' else found.group(1))
            self.position = found.end()
            self.skip(_BLANK)
            if self.text[self.position : self.position + 1] != ".":
                return tuple(part[:LONGEST_KEY] for part in parts)
            self.position += 1

    def pair(self, table: tuple[str, ...], group: int) -> None:
        """`key = value`."""
        start = self.position
        keys = (*table, *self.key())
        self.expect("=")
        self.skip(_BLANK)
        self.value(keys, start, group, False)

    def value(self, keys: tuple[str, ...], start: int, group: int, is_item: bool) -> None:
        """Any value; `start` is where its key stands."""
        text, first = self.text, self.position
        mark = text[first : first + 1]
        if mark == "[":
            self.array(keys)
            return
        if mark == "{":
            self.inline_table(keys)
            return
        block = None
        if text.startswith(('"""', "'''"), first):
            close = self.long_end(first)
            content = text[first + 3 : close - 3]
            if "\n" in content:
                block = Block(first + 3, close - 3, False)
            value = content.removeprefix("\n")
            self.position = close
        else:
            found = (_BASIC if mark == '"' else _LITERAL if mark == "'" else _SCALAR).match(text, first)
            if found is None:
                raise _StopError
            value = _plain(found.group(1)) if mark == '"' else found.group(1) if mark == "'" else found.group()
            self.position = found.end()
        self.leaves.append(Leaf(keys, value, self.span(start, block), group, is_item, block))

    def span(self, start: int, block: Block | None) -> Span:
        """From the key to the end of the value; to the end of the first line of a long one."""
        span = self.lines.span(start, self.position)
        if block is None and span.end_line == span.line:
            return span
        return Span(span.line, span.column, span.line, len(self.lines.lines[span.line - 1].rstrip()) + 1)

    def long_end(self, first: int) -> int:
        """The end of a string of several lines, marks included."""
        mark = self.text[first : first + 3]
        at = first + 3
        while True:
            close = self.text.find(mark, at)
            if close < 0:
                raise _StopError
            slashes = 0
            while mark[0] == '"' and self.text[close - 1 - slashes] == "\\":
                slashes += 1
            if slashes % 2:
                at = close + 1
                continue
            end = close + 3
            while self.text[end : end + 1] == mark[0] and end < close + 5:  # a quotation mark may stand before the end
                end += 1
            return end

    def array(self, keys: tuple[str, ...]) -> None:
        """`[a, b]`: each value at its own place."""
        self.position += 1
        self.groups += 1
        group = self.groups
        while True:
            self.skip(_SPACE)
            if self.text[self.position : self.position + 1] == "]":
                self.position += 1
                return
            self.value(keys, self.position, group, True)
            self.skip(_SPACE)
            if self.text[self.position : self.position + 1] == ",":
                self.position += 1
            elif self.text[self.position : self.position + 1] != "]":
                raise _StopError

    def inline_table(self, keys: tuple[str, ...]) -> None:
        """`{ a = 1, b = 2 }`."""
        self.position += 1
        self.groups += 1
        group = self.groups
        while True:
            self.skip(_SPACE)
            mark = self.text[self.position : self.position + 1]
            if mark == "}":
                self.position += 1
                return
            if mark == ",":
                self.position += 1
            elif mark:
                self.pair(keys, group)
            else:
                raise _StopError


def _plain(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    digits = found.group(1) or found.group(2)
    if digits:
        number = int(digits, 16)
        return chr(number) if number < 0x110000 else "?"
    return _ESCAPES.get(found.group(3), found.group(3))
