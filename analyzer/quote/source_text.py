"""The text of files that have something to report, cut into statements as they were written."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

from analyzer.facts.decoding import MOST_BYTES, FileProblemError, decode, read_bytes
from analyzer.facts.notebook import notebook_source
from analyzer.facts.notebook_text import load_notebook
from analyzer.facts.structured import MalformedFileError
from analyzer.model.facts import Cell, FileFacts
from analyzer.model.span import Span

LONGEST_QUOTE = 2000
MOST_QUOTED_LINES = 40


@dataclass(frozen=True, slots=True)
class SourceText:
    """The lines of a file, or of the module made of a notebook's code cells."""

    lines: tuple[str, ...]
    cells: tuple[Cell, ...]

    def statement(self, span: Span) -> str:
        """The statement at a span, exactly as written but for its indentation; shortened if it is very long."""
        last = min(span.end_line, span.line + MOST_QUOTED_LINES - 1)
        rows = list(self.lines[span.line - 1 : last])
        if not rows:
            return ""
        if span.end_line == span.line and len(rows[0]) > 400:  # a minified line: quote around the place
            start = max(span.column - 80, 0)
            rows = [rows[0][start : start + 400]]
        text = dedented("\n".join(rows)).strip("\n").rstrip()
        return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + " …"

    def slice(self, span: Span) -> str:
        """The text of a span, to the character."""
        if span.line == span.end_line:
            return self.lines[span.line - 1][span.column - 1 : span.end_column - 1]
        first, last = self.lines[span.line - 1][span.column - 1 :], self.lines[span.end_line - 1][: span.end_column - 1]
        return "\n".join((first, *self.lines[span.line : span.end_line - 1], last))

    def block(self, span: Span) -> str:
        """The whole lines of a span."""
        return "\n".join(self.lines[span.line - 1 : span.end_line])

    def place_in_cell(self, line: int) -> tuple[Cell, int] | None:
        """The notebook cell that a line of the module belongs to, and the line inside the cell."""
        for cell in self.cells:
            if cell.first_line <= line < cell.first_line + cell.lines:
                return cell, line - cell.first_line + 1
        return None


def dedented(text: str) -> str:
    """Text without the indentation that its lines share; most statements have one line, which costs nothing."""
    return textwrap.dedent(text) if "\n" in text else text.lstrip()


def load_source(root: Path, facts: FileFacts) -> SourceText:
    """The text of a file that was read before; empty where it can no longer be read, and for model files."""
    if facts.kind == "model":
        return SourceText((), ())
    try:
        if facts.kind == "notebook":
            text = notebook_source(load_notebook(root / facts.path, MOST_BYTES, MOST_BYTES))
        else:
            text = decode(read_bytes(root / facts.path), facts.kind).text
    except (FileProblemError, MalformedFileError):
        return SourceText((), ())
    return SourceText(tuple(text.split("\n")), facts.cells)
