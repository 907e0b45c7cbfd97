"""Notebooks: all code cells as one module, since they share one namespace, with a map back to each cell."""

from __future__ import annotations

import ast
import json
import re

from analyzer.facts.positions import Lines
from analyzer.facts.shell import command_entries
from analyzer.facts.structured import MalformedFileError
from analyzer.model.facts import Cell, Entry, Problem
from analyzer.model.span import Span

_MAGIC = re.compile(r"^(\s*)([%!?].*|.*\?\s*)$")
_SHELL = re.compile(r"^\s*(?:!|%pip\b|%conda\b|%env\b|%sx\b|%system\b)\s*(.*)$")
_OTHER_LANGUAGE = re.compile(r"^\s*%%(?!(time|timeit|capture|prun)\b)(\w+)")


def read_notebook(path: str, text: str) -> tuple[str, tuple[Cell, ...], tuple[Entry, ...], tuple[Problem, ...]]:
    """The module made of all code cells, the cells, what their shell lines say, and cells that are not Python.

    Raises `MalformedFileError` where the file is not a notebook.
    """
    raw = Lines(text)
    sources: list[str] = []
    cells: list[Cell] = []
    entries: list[Entry] = []
    problems: list[Problem] = []
    first_line, raw_line = 1, 1
    for index, source in _code_cells(text):
        file_lines, raw_line = _raw_lines(raw, source, raw_line)
        code, shell = _without_magics(source)
        problem = _syntax_problem(code)
        if problem:
            problems.append(Problem(path, "syntax-error", f"cell {index}: {problem}", file_lines[0] if file_lines else 0))
            code = "\n".join("pass" for _ in code.split("\n"))
        lines = code.count("\n") + 1
        cells.append(Cell(index, first_line, lines, file_lines))
        for number, command in shell:
            line = first_line + number
            entries.extend(command_entries(command, Span(line, 1, line, len(command) + 2)))
        sources.append(code)
        first_line += lines
    return "\n".join(sources), tuple(cells), tuple(entries), tuple(problems)


def notebook_source(text: str) -> str:
    """The module made of all code cells as they were written, magics included, line for line like the one read."""
    return "\n".join(source for _, source in _code_cells(text))


def _code_cells(text: str) -> list[tuple[int, str]]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise MalformedFileError(f"not JSON: {error}", getattr(error, "lineno", 0)) from None
    except RecursionError:
        raise MalformedFileError("nested too deeply", 0) from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if cells is None and isinstance(document, dict):  # format 3 and older
        sheets = document.get("worksheets")
        cells = [cell for sheet in sheets for cell in sheet.get("cells", [])] if isinstance(sheets, list) else None
    if not isinstance(cells, list):
        raise MalformedFileError("a notebook has a list of cells; this file has none", 0)
    found = []
    for index, cell in enumerate(cells):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            if isinstance(source, list):
                source = "".join(part for part in source if isinstance(part, str))
            if isinstance(source, str) and source.strip():
                found.append((index, source.replace("\r\n", "\n").replace("\0", "")))
    return found


def _raw_lines(raw: Lines, source: str, start: int) -> tuple[tuple[int, ...], int]:
    """The line in the raw file of each line of a cell, where the file has one line of source a line."""
    found: list[int] = []
    position = start
    for line in source.split("\n"):
        wanted = {json.dumps(line, ensure_ascii=flag)[1:-1] for flag in (True, False)}
        for number in range(position, min(position + 5000, len(raw.lines)) + 1):
            text = raw.lines[number - 1].strip().rstrip(",")
            body = text[1:-1] if text[:1] == '"' else ""
            if body.removesuffix("\\n") in wanted and text[:1] == '"':
                found.append(number)
                position = number + 1
                break
        else:
            return (), start
    return tuple(found), position


def _without_magics(source: str) -> tuple[str, list[tuple[int, str]]]:
    """The cell with magics replaced by `pass`, line for line, and its shell lines."""
    lines = source.split("\n")
    other = _OTHER_LANGUAGE.match(lines[0])
    if other:
        is_shell = other.group(2) in ("bash", "sh", "script")
        shell = [(number, line) for number, line in enumerate(lines[1:], 1) if line.strip()] if is_shell else []
        return "\n".join("pass" for _ in lines), shell
    shell = []
    for number, line in enumerate(lines):
        if _MAGIC.match(line):
            command = _SHELL.match(line)
            if command:
                shell.append((number, re.sub(r"^\s*%(pip|conda)\b", r"\1", line) if "%" in line[:4] else command.group(1)))
            lines[number] = re.match(r"\s*", line)[0] + "pass"  # type: ignore[index]
    return "\n".join(lines), shell


def _syntax_problem(code: str) -> str:
    try:
        ast.parse(code)
    except SyntaxError as error:
        return error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return ""
