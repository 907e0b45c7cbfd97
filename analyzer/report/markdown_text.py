"""Text made harmless in Markdown, as GitHub and GitLab render it in comments."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from analyzer.report.printable import printable

LONGEST_SPAN = 300
LONGEST_WORDS = 2000
MOST_BYTES_OF_A_COMMENT = 60_000
"""GitHub refuses a comment of more than 65,536 characters."""
_LINK = re.compile(r"https://[A-Za-z0-9._~:/?#@!$&()*+,;=%-]+")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$])")
_ADDRESS = re.compile(r"(:(?=//)|www(?=\.))", re.IGNORECASE)
"""What GitHub makes a link of, without any markup."""
_REFERENCE = re.compile(r"(@|\\#(?=[0-9])|\bGH-(?=[0-9]))", re.IGNORECASE)
"""What GitHub takes for a person, or for an issue, whose page would then say so."""


def code(text: str, longest: int = LONGEST_SPAN) -> str:
    """Text of the repository as a code span: in it nothing is markup, a mention, or a link.

    What could end the span, or the cell of a table that it stands in, becomes an escape.
    """
    shown = printable(text, longest).replace("`", r"\u0060").replace("|", r"\u007c")
    return f"`{shown or ' '}`"


def prose(text: str) -> str:
    """Words of a rule: its code spans stay, anything else that could be markup is literal."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part.replace("|", "\\|") if index % 2 else _literal(part) for index, part in enumerate(parts))


def _literal(text: str) -> str:
    return _REFERENCE.sub(r"\1<!-- -->", _ADDRESS.sub(r"\1\\", _SPECIAL.sub(r"\\\1", text)))


def words(text: str, longest: int = LONGEST_WORDS) -> str:
    """Words that may quote the repository or a user's file: harmless, on one line, and not without end."""
    return prose(printable(text, longest))


def source(text: str) -> str:
    """A reference of ours: an address as a link, anything else as words."""
    shown = printable(text, LONGEST_WORDS)
    return f"<{shown}>" if _LINK.fullmatch(shown) else prose(shown)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], right: Collection[int] = ()) -> list[str]:
    """A table as lines, with an empty one behind it; cells are made harmless already. `right` are columns of figures."""
    marks = ["---:" if position in right else "---" for position in range(len(columns))]
    return ["| " + " | ".join(map(str, row)) + " |" for row in (columns, marks, *rows)] + [""]


def cut_at_a_line(text: str, most_bytes: int, why: str) -> str:
    """The text, or as many of its lines as there is room for and a last one that says why the others are missing."""
    if len(text.encode("utf-8", "replace")) <= most_bytes:
        return text
    last = f"\n**{why}**\n"
    room = most_bytes - len(last.encode("utf-8"))
    kept: list[str] = []
    for line in text.split("\n"):
        room -= len(line.encode("utf-8", "replace")) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, last])
