"""Where something stands in a file."""

from __future__ import annotations

from analyzer.model.named_tuple import NamedTuple


class Span(NamedTuple):
    """A range of source text; lines and columns are 1-based, `end_column` is exclusive.

    Columns count characters (not bytes). In a notebook the lines are those of the cell.
    """

    line: int
    column: int
    end_line: int
    end_column: int
