"""The text of files that have something to report, cut into statements as they were written."""

from __future__ import annotations

import textwrap
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from analyzer.facts.decoding import MOST_BYTES, FileProblemError, decode, read_bytes
from analyzer.facts.notebook import notebook_lines
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
    python: tuple[str, ...]
    """The same lines as Python reads them: without the magics of a notebook."""

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
        index = bisect_right(self.cells, line, key=lambda cell: cell.first_line) - 1
        if index < 0 or line >= self.cells[index].first_line + self.cells[index].lines:
            return None
        return self.cells[index], line - self.cells[index].first_line + 1

    def begins_cell(self, line: int) -> bool:
        """Whether a line is the first of a cell: the line above it belongs to another."""
        placed = self.place_in_cell(line)
        return placed is not None and placed[1] == 1

    def shown_line(self, line: int) -> int:
        """The line as it is shown: in a notebook, of its cell."""
        placed = self.place_in_cell(line)
        return placed[1] if placed else line

    def file_line(self, line: int) -> int:
        """The line in the file, where it is known."""
        placed = self.place_in_cell(line)
        if placed is None:
            return line
        return placed[0].file_lines[placed[1] - 1] if placed[0].file_lines else 0


def dedented(text: str) -> str:
    """Text without the indentation that its lines share; most statements have one line, which costs nothing."""
    return textwrap.dedent(text) if "\n" in text else text.lstrip()


def load_source(root: Path, facts: FileFacts) -> SourceText:
    """The text of a file that was read before; empty where it can no longer be read, and for model files."""
    if facts.kind == "model":
        return SourceText((), (), ())
    try:
        if facts.kind == "notebook":
            written, python = notebook_lines(load_notebook(root / facts.path, MOST_BYTES, MOST_BYTES))
            return SourceText(written, facts.cells, python)
        lines = tuple(decode(read_bytes(root / facts.path), facts.kind).text.split("\n"))
    except (FileProblemError, MalformedFileError):
        return SourceText((), (), ())
    return SourceText(lines, facts.cells, lines)
