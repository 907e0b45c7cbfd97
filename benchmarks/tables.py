"""Markdown tables, and the marks between which a document holds them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

NOTHING = "–"
NOT_RUN = "not run"

Row = Sequence[str]


def table(head: Row, rows: Sequence[Row]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(document: str, tables: Mapping[str, str], kind: str) -> str:
    """A document with the tables between `<!-- KIND: NAME -->` and `<!-- KIND: end -->`; other names are passed over."""
    for name, text in tables.items():
        head, mark, rest = document.partition(f"<!-- {kind}: {name} -->\n")
        _, end, tail = rest.partition(f"<!-- {kind}: end -->")
        if mark and end:
            document = f"{head}{mark}{text}\n{end}{tail}"
    return document


def write_into(paths: Sequence[Path], tables: Mapping[str, str], kind: str) -> None:
    """Put tables between their marks in files."""
    for path in paths:
        path.write_text(written(path.read_text("utf-8"), tables, kind), "utf-8")


def note(message: str) -> None:
    """Progress and problems go to standard error."""
    print(message, file=sys.stderr, flush=True)
