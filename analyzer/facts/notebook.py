"""Notebooks: all code cells as one module, since they share one namespace, with a map back to each cell.

What a cell holds beside Python keeps its lines: a magic that runs a statement is replaced by white space before it, any
other by `pass`. So every place in the module is the same place in the cell as it was written.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from json import scanner
from typing import Any, NamedTuple

from analyzer.discover.kinds import kind_of
from analyzer.facts.container import read_container
from analyzer.facts.decoding import MalformedFileError
from analyzer.facts.magics import CellCode, code_of_cell
from analyzer.facts.native_source import kernel_names
from analyzer.facts.notebook_text import NotebookText
from analyzer.facts.parser_bombs import ParserBombError
from analyzer.facts.positions import Lines
from analyzer.facts.python import parse_tree
from analyzer.facts.requirements import read_requirements
from analyzer.facts.shell import command_entries, shell_entries
from analyzer.facts.structured import read_yaml
from analyzer.model.facts import Cell, Entry, Problem
from analyzer.model.span import Span

_PYTHON_LIKE = ("python", "ipython", "pyspark", "sage", "coconut", "xonsh")
_SURROGATES = re.compile("[\ud800-\udfff]")
_WRITTEN_FILES: dict[str, Callable[[str], tuple[Entry, ...]]] = {
    "requirements": read_requirements,
    "container": read_container,
    "yaml": read_yaml,
    "conda": lambda text: read_yaml(text, is_conda=True),
}


class Notebook(NamedTuple):
    """What a notebook says before its module is read as Python."""

    module: str
    cells: tuple[Cell, ...]
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


class _Source(NamedTuple):
    """A code cell as it was written: its number over all cells, its lines, and the line of the file of each."""

    number: int
    lines: list[str]
    file_lines: tuple[int, ...]


def read_notebook(path: str, notebook: NotebookText) -> Notebook:
    """The module made of all code cells, the cells, what their shell lines say, and cells that are not Python.

    Raises `MalformedFileError` where the file is not a notebook.
    """
    modules: list[str] = []
    cells: list[Cell] = []
    entries: list[Entry] = []
    problems: list[Problem] = []
    first_line = 1
    for source in _code_cells(notebook):
        cell = code_of_cell(source.lines)
        lines = list(cell.lines)
        problem = _syntax_problem("\n".join(lines))
        if problem and not cell.is_certain:
            lines = ["pass"] * len(lines)
        elif problem:
            problems.append(Problem(path, "syntax-error", f"cell {source.number}: {problem}", source.file_lines[0]))
            lines = ["pass"] * len(lines)
        cells.append(Cell(source.number, first_line, len(lines), source.file_lines))
        try:
            entries.extend(_cell_entries(cell, source.lines, first_line))
        except MalformedFileError as error:
            detail = f"cell {source.number}: {error.reason}"
            problems.append(Problem(path, "malformed", detail, source.file_lines[0]))
        modules.extend(lines)
        first_line += len(lines)
    return Notebook("\n".join(modules), tuple(cells), tuple(entries), tuple(problems))


def notebook_lines(notebook: NotebookText) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines of the module made of all code cells: as they were written, and as Python, line for line."""
    written: list[str] = []
    python: list[str] = []
    for source in _code_cells(notebook):
        lines = code_of_cell(source.lines).lines
        code = "\n".join(lines)
        if ('"""' in code or "'''" in code) and _syntax_problem(code):
            lines = ["pass"] * len(lines)  # a string that nothing closes would go on in the next cell
        written.extend(source.lines)
        python.extend(lines)
    return tuple(written), tuple(python)


def _syntax_problem(code: str) -> str:
    try:
        parse_tree(code)
    except SyntaxError as error:
        return error.msg
    except ParserBombError as error:
        return error.reason
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return ""


def _cell_entries(cell: CellCode, written: list[str], first_line: int) -> Iterator[Entry]:
    """What the shell lines of a cell say, and a file that it writes; spans are in the lines of the module."""
    for first, last, command in cell.commands:
        yield from command_entries(command, _span_of(written, first, last, first_line))
    if cell.shell_from is not None:
        lines = Lines("\n".join(written))
        start = lines.starts[cell.shell_from] if cell.shell_from < len(lines.starts) else len(lines.text)
        yield from shell_entries(lines.text, lambda first, end: _moved(lines.span(first, end), first_line - 1), start)
    if cell.file_name:
        text = "\n".join(written[1:])
        kind = kind_of(cell.file_name) or ""
        if kind == "cuda":
            kernels = kernel_names(text)
            if kernels:
                yield Entry("kernel", "cuda-file", ", ".join(kernels), _span_of(written, 0, 0, first_line))
        elif kind in _WRITTEN_FILES:
            for entry in _WRITTEN_FILES[kind](text):
                yield entry._replace(span=_moved(entry.span, first_line))


def _moved(span: Span, lines: int) -> Span:
    return span._replace(line=span.line + lines, end_line=span.end_line + lines)


def _span_of(written: list[str], first: int, last: int, first_line: int) -> Span:
    """The span of whole lines of a cell (0-based), in the lines of the module."""
    head = written[first]
    column = len(head) - len(head.lstrip()) + 1
    return Span(first_line + first, column, first_line + last, max(len(written[last].rstrip()), 1 if last > first else column) + 1)


# ---- the cells of the file -------------------------------------------------------------------------------------------


class _Placed(str):
    """A string of the file that knows where it begins."""

    __slots__ = ("offset",)
    offset: int


def _placed_string(text: str, end: int, strict: bool = True) -> tuple[str, int]:
    value, after = json.decoder.scanstring(text, end, strict)  # type: ignore[attr-defined]
    placed = _Placed(value)
    placed.offset = end
    return placed, after


def _number(text: str) -> int:
    return int(text) if len(text) < 20 else 0


class _Decoder(json.JSONDecoder):
    """Reads JSON whose string values are `_Placed`."""

    def __init__(self) -> None:
        super().__init__(strict=False, parse_int=_number)
        self.parse_string = _placed_string
        self.scan_once: Any = scanner.py_make_scanner(self)  # type: ignore[attr-defined]


def _code_cells(notebook: NotebookText) -> list[_Source]:
    try:
        document = _Decoder().decode(notebook.text)
    except ValueError as error:
        line = notebook.raw_line(getattr(error, "lineno", 0))
        raise MalformedFileError(f"not JSON: {error}", line) from None
    except RecursionError:
        raise MalformedFileError("nested too deeply", 0) from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if cells is None and isinstance(document, dict):  # formats 2 and 3
        sheets = document.get("worksheets")
        cells = [cell for sheet in sheets for cell in _list(_get(sheet, "cells"))] if isinstance(sheets, list) else None
    if not isinstance(cells, list):
        raise MalformedFileError("a notebook has a list of cells; this file has none", 0)
    language = _language(document)
    starts = [0, *(found.end() for found in re.finditer("\n", notebook.text))]
    found = []
    for index, cell in enumerate(cells):
        if _get(cell, "cell_type") == "code" and _is_python(_cell_language(cell) or language):
            written = next((cell[key] for key in ("source", "input", "code") if key in cell), "")
            source = _source(index, written, starts, notebook)
            if any(line.strip() for line in source.lines):
                found.append(source)
    return found


def _source(number: int, written: object, starts: list[int], notebook: NotebookText) -> _Source:
    """The lines of a cell, whose text is one string or a list of them, with the lines of the file where each begins."""
    parts = [part for part in _list(written) if isinstance(part, _Placed)] if not isinstance(written, _Placed) else [written]
    lines: list[list[str]] = [[]]
    places: list[int] = []
    for part in parts:
        place = notebook.raw_line(bisect_right(starts, part.offset))
        text = _SURROGATES.sub("\ufffd", part).replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
        first, *others = text.split("\n")
        if len(places) < len(lines):
            places.append(place)
        elif not lines[-1]:
            places[-1] = place
        if first:
            lines[-1].append(first)
        lines.extend([other] if other else [] for other in others)
        places.extend(place for _ in others)
    joined = ["".join(pieces) for pieces in lines]
    return _Source(number, _without_indent(joined), tuple(places))


def _without_indent(lines: list[str]) -> list[str]:
    """Lines of a cell that is indented as a whole, which notebooks accept, without that indentation."""
    first = next((line for line in lines if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return [line.removeprefix(indent) for line in lines] if indent else lines


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _get(value: object, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _language(document: object) -> str:
    """The language of the kernel, in lower case; "" where the notebook does not say."""
    for keys in (("language_info", "name"), ("kernelspec", "language"), ("kernelspec", "name")):
        name = _get(document, "metadata", *keys)
        if isinstance(name, str) and (keys != ("kernelspec", "name") or name in ("ir", "bash", "javascript")):
            return name.lower()
    return ""


def _cell_language(cell: object) -> str:
    for name in (_get(cell, "language"), _get(cell, "metadata", "vscode", "languageId")):
        if isinstance(name, str):
            return name.lower()
    return ""


def _is_python(language: str) -> bool:
    return not language or language.startswith(_PYTHON_LIKE)
