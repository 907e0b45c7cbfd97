"""Text that was written by others, made harmless to show. Apart, so that a short command loads nothing else."""

from __future__ import annotations

import unicodedata

LONGEST_SHOWN = 2000


def printable(text: str, longest: int = LONGEST_SHOWN, keep_lines: bool = False) -> str:
    """Text of the repository made harmless to show: control and direction-changing characters become escapes.

    A name could otherwise clear a terminal, read backwards in a browser, or pretend to be the next line of the report:
    only source code keeps its lines.
    """
    shown = text if len(text) <= longest else f"{text[:longest]} … ({len(text) - longest} characters more)"
    if shown.isascii() and shown.isprintable():
        return shown
    kept = "\n\t" if keep_lines else ""
    return "".join(
        character if character in kept or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        else f"\\u{ord(character):04x}"
        for character in shown
    )  # fmt: skip


def in_a_log(text: str) -> str:
    """A line, already printable, that no build server takes for a command of its own: `::error::`, `##[group]`, `##vso[`."""
    shown = text.replace("##", r"#\u0023")
    return f"./{shown}" if shown.lstrip().startswith("::") else shown
