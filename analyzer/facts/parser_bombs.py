"""Source on which Python's own parser takes quadratic time or memory. Nobody writes it but to bring a reader down.

Each test is one pass over the text, and most texts do not even get that far.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

MOST_DOTS = 100
"""In the name of an imported module: the parser keeps every beginning of it (200,000 dots are 20 GB)."""
MOST_REPLACED = 5_000
"""Fields in one f-string: up to Python 3.11 each is looked for from the beginning."""
MOST_COMBINING = 100
"""Accents on one letter: names are normalised, which sorts them one by one."""

_IMPORT = r"(?:^|[;:])[ \t\f]*(?:import|from)[ \t\f\\]([^\n\\]*(?:\\\n[^\n\\]*)*)"
_BETWEEN_NAMES = r"[,;()#]|\bas\b|\bimport\b"
_FORMATTED = (
    r"#[^\n]*"
    r'|([A-Za-z]{0,3})(?:"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\Z)'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\Z)"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|(?=\n)|\Z)'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|(?=\n)|\Z))"
)
"""Expressions that hardly any text needs are compiled when one does: a hook loads this module for every commit."""
_WIDE_RUN = re.compile(rf"[^\x00-\x7f]{{{MOST_COMBINING}}}")


class ParserBombError(Exception):
    """Carries what the source has too much of, and the line."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line


def refuse_bombs(text: str) -> None:
    """Raise `ParserBombError` for source that is better not parsed."""
    if _may_have_long_names(text):
        for found in re.finditer(_IMPORT, text, re.MULTILINE):
            if found.group(1).count(".") > MOST_DOTS and _dots_in_name(found.group(1)) > MOST_DOTS:
                raise ParserBombError("imports a module whose name has too many parts", _line(text, found.start()))
    if text.count("{") > MOST_REPLACED:
        for start, count in _fields_of_strings(text):
            if count > MOST_REPLACED:
                raise ParserBombError("has too many fields in one f-string", _line(text, start))
    if not text.isascii() and _WIDE_RUN.search(text):
        accents = _combining().search(text)
        if accents:
            raise ParserBombError("has too many accents on one letter", _line(text, accents.start()))


def _may_have_long_names(text: str) -> bool:
    """Whether an import may name a module with too many parts: it would stand on one line, or go on after backslashes."""
    if text.count(".") <= MOST_DOTS:
        return False
    return "\\\n" in text or any(len(line) > MOST_DOTS and line.count(".") > MOST_DOTS for line in text.split("\n"))


def _dots_in_name(names: str) -> int:
    """The most dots that one of the names in an import has inside of it."""
    flat = names.replace("\\\n", "")
    return max(name.strip(" .\t\f").count(".") for name in re.split(_BETWEEN_NAMES, flat))


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _fields_of_strings(text: str) -> Iterator[tuple[int, int]]:
    for found in re.finditer(_FORMATTED, text, re.DOTALL):
        if "f" in (found.group(1) or "").lower():
            yield found.start(), text.count("{", found.start(), found.end())


@lru_cache(maxsize=1)
def _combining() -> re.Pattern[str]:
    """A run of combining characters: the ones with a class, by which normalisation sorts them."""
    ranges: list[list[int]] = []
    for code in range(0x300, min(sys.maxunicode, 0x1FFFF)):
        if unicodedata.combining(chr(code)):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    inside = "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
    return re.compile(f"[{inside}]{{{MOST_COMBINING}}}")
