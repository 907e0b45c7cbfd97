"""The text of files that have something to report, cut into statements as they were written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from analyzer.facts.decoding import MOST_BYTES, FileProblemError, MalformedFileError, decode, read_bytes
from analyzer.model.facts import Cell, FileFacts
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.span import Span

LONGEST_QUOTE = 2000
LONGEST_LINE = 400
MOST_QUOTED_LINES = 40


class SourceText(NamedTuple):
    """The lines of a file, or of the module made of a notebook's code cells."""

    lines: tuple[str, ...]
    cells: tuple[Cell, ...]
    python: tuple[str, ...]
    """The same lines as Python reads them: without the magics of a notebook."""

    def statement(self, span: Span, column: int = 0) -> str:
        """The statement at a span, exactly as written but for its indentation; shortened if it is very long.

        Of a minified line only what stands around a column (or the beginning of the statement) is quoted.
        """
        last = min(span.end_line, span.line + MOST_QUOTED_LINES - 1)
        rows = list(self.lines[span.line - 1 : last])
        if not rows:
            return ""
        if self.is_minified(span):
            start = max((column or span.column) - 80, 0)
            rows = [rows[0][start : start + LONGEST_LINE]]
        text = dedented("\n".join(rows)).strip("\n").rstrip()
        return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + " …"

    def is_minified(self, span: Span) -> bool:
        """Whether a statement stands on one line that is too long to be quoted whole."""
        return span.end_line == span.line <= len(self.lines) and len(self.lines[span.line - 1]) > LONGEST_LINE

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
        cell = cell_at(self.cells, line)
        return (cell, line - cell.first_line + 1) if cell else None

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


def cell_at(cells: Sequence[Cell], line: int) -> Cell | None:
    """The cell that a line of a notebook's module belongs to."""
    index = bisect_right(cells, line, key=lambda cell: cell.first_line) - 1
    return cells[index] if index >= 0 and line < cells[index].first_line + cells[index].lines else None


def dedented(text: str) -> str:
    """Text without the indentation that its lines share; most statements have one line, which costs nothing."""
    if "\n" not in text:
        return text.lstrip()
    from textwrap import dedent

    return dedent(text)


def load_source(root: Path, facts: FileFacts) -> SourceText:
    """The text of a file that was read before; empty where it can no longer be read, and for model files."""
    if facts.kind == "model":
        return SourceText((), (), ())
    try:
        if facts.kind == "notebook":
            from analyzer.facts.notebook import notebook_lines
            from analyzer.facts.notebook_text import load_notebook

            written, python = notebook_lines(load_notebook(root / facts.path, MOST_BYTES, MOST_BYTES))
            return SourceText(written, facts.cells, python)
        lines = tuple(decode(read_bytes(root / facts.path), facts.kind).text.split("\n"))
    except (FileProblemError, MalformedFileError):
        return SourceText((), (), ())
    return SourceText(lines, facts.cells, lines)
