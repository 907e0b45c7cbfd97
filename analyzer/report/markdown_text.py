"""Text made harmless in Markdown, as GitHub and GitLab render it in comments."""

from __future__ import annotations

import re

from analyzer.report.printable import printable

LONGEST_SPAN = 300
_SPECIAL = re.compile(r"([\\*_{}\[\]<>#|~&$])")


def code(text: str) -> str:
    """Text of the repository as a code span: in it nothing is markup, a mention, or a link.

    What could end the span, or the cell of a table that it stands in, becomes an escape.
    """
    shown = printable(text, LONGEST_SPAN).replace("`", r"\u0060").replace("|", r"\u007c")
    return f"`{shown or ' '}`"


def prose(text: str) -> str:
    """Words of a rule: its code spans stay, anything else that could be markup is literal."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        part.replace("|", "\\|") if index % 2 else _SPECIAL.sub(r"\\\1", part).replace("@", "@<!-- -->")
        for index, part in enumerate(parts)
    )
