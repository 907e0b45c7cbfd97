"""Patterns as in `.gitignore`, compiled so that no pattern, whoever wrote it, can take long to match.

A pattern comes from the scanned repository, and its wildcards are a classic trap: as ordinary regular expressions,
`*a*a*a*a*b` or `a/**/b/**/c/**/d` try every way to divide a path among their stars. A glob never needs that: what stands
between two stars can be taken where it first occurs, for good. Each such piece is therefore matched in a look-ahead and
then consumed by a back-reference, which cannot be tried again (Python has no other atomic group before 3.11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_PATTERN = 1000
MOST_PATTERNS = 10_000
_END_OF_SEGMENT = r"(?=/|\Z)"
_CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "lower": "a-z", "upper": "A-Z", "xdigit": "0-9a-fA-F",
    "space": r"\s", "blank": r" \t", "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
}  # fmt: skip


class IgnorePatterns:
    """Patterns in order; the last one that matches a path decides, as in git.

    A path is matched by itself: whoever walks a tree does not go into a folder that is ignored.
    """

    def __init__(self, lines: Iterable[str], strict: bool = False) -> None:
        """`strict` raises `ValueError` for a pattern without meaning; git passes over it, and so do we otherwise."""
        found: list[_Pattern] = []
        for number, line in enumerate(lines):
            pattern = _read(line, number)
            if pattern is not None:
                found.append(pattern)
            elif strict and line.strip() and not line.startswith("#"):
                raise ValueError(f"{line[:80]!r} matches nothing")
        self.patterns = found[-MOST_PATTERNS:][::-1]

    def verdict(self, path: str) -> bool | None:
        """Whether a path (a folder's ends with a slash) is matched (True), taken back (False), or not spoken of (None)."""
        pattern = self._deciding(path)
        return pattern.wanted if pattern is not None else None

    def deciding_line(self, path: str) -> int:
        """The index of the line that decides on a path, whatever it says; -1 where none speaks of it."""
        pattern = self._deciding(path)
        return pattern.line if pattern is not None else -1

    def _deciding(self, path: str) -> _Pattern | None:
        for pattern in self.patterns:
            if pattern.plain in path and pattern.matches(path):
                return pattern
        return None

    def covers(self, path: str) -> bool:
        """Whether a file, or a folder around it, is matched and not taken back."""
        folders = [path[: place + 1] for place, letter in enumerate(path) if letter == "/"]
        return any(self.verdict(folder) for folder in folders) or bool(self.verdict(path))


class _Pattern:
    """One line. Most of an ignore file's are told from a path by their plain text, and need not be compiled."""

    __slots__ = ("compiled", "expression", "line", "plain", "wanted")

    def __init__(self, plain: str, expression: str, wanted: bool, line: int) -> None:
        self.plain = plain
        """Text that stands in every path that it matches."""
        self.expression = expression
        self.wanted = wanted
        """Whether it ignores, or takes back."""
        self.line = line
        """The index of its line."""
        self.compiled: re.Pattern[str] | None = None

    def matches(self, path: str) -> bool:
        """Whether it matches a path."""
        if self.compiled is None:
            self.compiled = re.compile(self.expression, re.DOTALL)
        return self.compiled.match(path) is not None


def _plain_text(parts: Iterable[str]) -> str:
    """The longest text without wildcards in the parts of a pattern; "" where they hold a bracket or a backslash."""
    whole = "/".join(parts)
    return "" if "[" in whole or "\\" in whole else max(re.split(r"[*?/]", whole), key=len)


def _read(line: str, number: int) -> _Pattern | None:
    """The pattern of a line; None where the line says nothing."""
    body = line.rstrip("\r\n\t ")
    if line.startswith(body + " ") and body.endswith("\\"):
        body += " "
    if not body or len(body) > LONGEST_PATTERN or body.startswith("#"):
        return None
    is_wanted = not body.startswith("!")
    body = body if is_wanted else body[1:]
    only_folders = body.endswith("/")
    parts = body.rstrip("/").split("/") if only_folders else body.split("/")
    is_anchored = len(parts) > 1
    if is_anchored and not parts[0]:
        parts = parts[1:]
    elif not is_anchored and parts != [""]:
        parts = ["**", *parts]
    if not any(parts):
        return None
    expression = _Expression()
    if not expression.add_path(parts, only_folders):
        return None
    return _Pattern(_plain_text(parts), expression.text, is_wanted, number)


class _Expression:
    """A regular expression being put together."""

    def __init__(self) -> None:
        self.text = ""
        self.groups = 0

    def add_path(self, parts: list[str], only_folders: bool) -> bool:
        """A whole pattern; False where a part of it has no meaning."""
        runs: list[list[str]] = [[]]
        for part in parts:
            if part == "**":
                if runs[-1] or len(runs) == 1:
                    runs.append([])
            else:
                runs[-1].append(part)
        ends_open = len(runs) > 1 and not runs[-1]
        if ends_open:
            runs.pop()
        for index, run in enumerate(runs):
            is_last = index == len(runs) - 1
            pieces = [self.segment(part) for part in run]
            if None in pieces:
                return False
            body = "/".join(piece for piece in pieces if piece is not None)
            if index == 0:
                self.text += body + ("/" if body and not is_last else "")
            elif is_last:
                self.text += f"(?:[^/]+/)*?{body}"
            else:
                self.text += self.atomic(f"(?:[^/]+/)*?{body}/")
        if ends_open:
            self.text += "/.+" if self.text else ".+"
        self.text += r"/\Z" if only_folders else r"/?\Z"
        return True

    def atomic(self, body: str) -> str:
        """An atomic group."""
        self.groups += 1
        return f"(?=(?P<g{self.groups}>{body}))(?P=g{self.groups})"

    def segment(self, glob: str) -> str | None:
        """The expression of what stands between two slashes; None where it has no meaning."""
        if glob == "*":
            return "[^/]+"
        pieces = _pieces(glob)
        if pieces is None:
            return None
        text = pieces[0]
        for index, piece in enumerate(pieces[1:], 1):
            text += self.atomic(f"[^/]*?{piece}") if index < len(pieces) - 1 else f"[^/]*{piece}"
        return text + _END_OF_SEGMENT


def _pieces(glob: str) -> list[str] | None:
    """The expressions between the stars of a glob, each of which matches a fixed number of characters."""
    pieces = [""]
    position = 0
    while position < len(glob):
        character = glob[position]
        position += 1
        if character == "*":
            if pieces[-1] or len(pieces) == 1:  # several stars are one
                pieces.append("")
        elif character == "?":
            pieces[-1] += "[^/]"
        elif character == "[":
            found = _bracket(glob, position)
            if found is None:
                return None
            pieces[-1] += found[0]
            position = found[1]
        elif character == "\\":
            if position == len(glob):
                return None
            pieces[-1] += re.escape(glob[position])
            position += 1
        else:
            pieces[-1] += re.escape(character)
    return pieces


def _bracket(glob: str, position: int) -> tuple[str, int] | None:
    """The expression of a bracket that opened before `position`, and where it ends; None where it never does."""
    is_negated = glob[position : position + 1] in ("!", "^")
    position += is_negated
    inside = ""
    first = True
    while position < len(glob):
        character = glob[position]
        if character == "]" and not first:
            return (f"(?!/)[{'^' if is_negated else ''}{inside}]", position + 1) if inside else None
        first = False
        if glob.startswith("[:", position):
            end = glob.find(":]", position)
            name = glob[position + 2 : end] if end >= 0 else ""
            if name not in _CLASSES:
                return None
            inside += _CLASSES[name]
            position = end + 2
            continue
        low, position = _member(glob, position)
        if glob[position : position + 1] == "-" and glob[position + 1 : position + 2] not in ("", "]"):
            high, position = _member(glob, position + 1)
            if low > high:
                return None
            inside += f"{re.escape(low)}-{re.escape(high)}"
        else:
            inside += re.escape(low)
    return None


def _member(glob: str, position: int) -> tuple[str, int]:
    """One character of a bracket, and where the next begins."""
    if glob[position] == "\\" and position + 1 < len(glob):
        return glob[position + 1], position + 2
    return glob[position], position + 1
