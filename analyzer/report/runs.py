"""Stretches of a text that look different, kept as a few characters, so that thousands of quotes cost a page little.

Runs are a length in base 36 and a letter for each stretch, such as `6K1-5F`; lengths count what a browser counts, which is UTF-16
code units. The letters are K (keyword), S (string), C (comment), N (number), F (a name that is defined, built in or a decorator),
M (what a rewrite changes in a line) and - (anything else); the last plain stretch is left out. Whoever draws the text makes
elements of them: here, or in the script of the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

PLAIN = "-"
_RUN = re.compile(r"([0-9a-z]+)([A-Z-])")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def shown_length(text: str) -> int:
    """How long a browser takes a text to be."""
    return len(text) if text.isascii() else len(_units(text)) // 2


def runs_text(runs: Sequence[tuple[str, int]]) -> str:
    """Runs as they are kept, from letters and lengths."""
    last = max((n for n, (letter, length) in enumerate(runs) if letter != PLAIN and length), default=-1)
    return "".join(f"{_base36(length)}{letter}" for letter, length in runs[: last + 1] if length)


def marked(text: str, runs: str) -> Markup:
    """A text with an element around each of its runs; everything is escaped."""
    units = _units(text)
    parts, at = [], 0
    for found in _RUN.finditer(runs):
        end = at + 2 * int(found[1], 36)
        part = escape(_text(units[at:end]))
        parts.append(part if found[2] == PLAIN else Markup('<span class="h{}">{}</span>').format(found[2], part))
        at = end
    return Markup("").join([*parts, escape(_text(units[at:]))])


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _text(units: bytes) -> str:
    return units.decode("utf-16-le", "surrogatepass")


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
        if not number:
            return digits
