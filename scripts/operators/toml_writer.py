"""Writes the few shapes of TOML that the operator tables need, the same bytes for the same values."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable


def text(value: str) -> str:
    """A basic string."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def texts(values: Iterable[str]) -> str:
    """An array of strings, wrapped where it is long."""
    shown = [text(value) for value in values]
    line = ", ".join(shown)
    if len(line) < 110:
        return f"[{line}]"
    rows: list[str] = [""]
    for item in shown:
        if rows[-1] and len(rows[-1]) + len(item) > 116:
            rows.append("")
        rows[-1] += f"{item}, "
    return "[\n" + "\n".join(f"  {row.rstrip()}" for row in rows) + "\n]"


def comment(words: str) -> str:
    """Comment lines."""
    return "".join(f"# {line}\n" for line in textwrap.wrap(" ".join(words.split()), 116))
