"""What IPython adds to Python in a cell: magics, shell lines, requests for help."""

from __future__ import annotations

import re
from typing import NamedTuple

from analyzer.discover.kinds import kind_of

STATEMENT_MAGICS = {
    "time": "", "timeit": "nrp", "prun": "lsTD", "memit": "rti", "mprun": "fT", "lprun": "fmTDzu", "debug": "b", "capture": None,
}  # fmt: skip
"""Magics whose rest of the line is code (None: it is not), with the letters of the options that take a value."""
_PYTHON_CELLS = frozenset({*STATEMENT_MAGICS, "python", "python3", "pypy", "px"})
_SHELL_CELLS = frozenset({"bash", "sh", "zsh", "shell", "system", "sx", "!"})
_CUDA_CELLS = frozenset({"cu", "cuda", "nvcc", "cuda_group_save"})
_FOREIGN_CELLS = frozenset(
    {"html", "javascript", "js", "latex", "markdown", "md", "svg", "r", "sql", "bigquery", "perl", "ruby", "julia", "cython",
     "cpp", "c", "fortran", "scala", "sparksql", "ai", "mermaid", "dot", "css", "typescript", "script"}
)  # fmt: skip
_FIRST_LINE_LANGUAGES = frozenset({"sh", "bash", "sql", "r", "scala", "md", "fs"})
"""Written with one `%` on some platforms, for the whole cell."""
_INSTALLERS = frozenset({"pip", "conda", "mamba", "micromamba", "uv"})
_CELL_MAGIC = re.compile(r"\s*%%(!|\w+)[ \t]*(.*)")
_LINE_MAGIC = re.compile(r"%(\w+)(?:[ \t]+(.*))?$")
_ASSIGNED = re.compile(r"([A-Za-z_][\w., \t\[\]]*=(?!=)[ \t]*)([!%])(.*)$")
_HELP = re.compile(r"(?:\?.*|[%A-Za-z_*][\w.*\[\]]*\?\??[ \t]*)$")
_COMPOUND = re.compile(r"(?:for|while|with|if|try|def|class|async|match)\b")
_TOKEN = re.compile(r"#.*|'''|\"\"\"|'(?:[^'\\]|\\.)*'?|\"(?:[^\"\\]|\\.)*\"?|[()\[\]{}]")
_TRIPLE = {"'''": re.compile(r"(?:[^\\']|\\.|'(?!''))*'''"), '"""': re.compile(r'(?:[^\\"]|\\.|"(?!""))*"""')}
_EXECUTABLE = re.compile(r"\{\s*sys\.executable\s*\}|\$sys\.executable\b")


class CellCode(NamedTuple):
    """A cell as Python, line for line, and what else it says. Line numbers are 0-based."""

    lines: list[str]
    commands: list[tuple[int, int, str]]
    """(first line, last line, command for a shell)."""
    shell_from: int | None
    """The line from which on the cell is a shell script."""
    file_name: str
    """A file that the cell writes, or that it is like (`.cu`)."""
    is_certain: bool
    """The cell is meant to be Python: if it does not parse, that is a problem."""


def code_of_cell(written: list[str]) -> CellCode:
    """Tell Python from everything else in a cell."""
    first = next((number for number, line in enumerate(written) if line.strip()), 0)
    magic = _CELL_MAGIC.match(written[first])
    if magic:
        return _cell_of_magic(written, first, magic.group(1), magic.group(2).strip())
    line = _LINE_MAGIC.match(written[first].strip())
    if line and line.group(1).lower() in _FIRST_LINE_LANGUAGES and any(other.strip() for other in written[first + 1 :]):
        return _cell_of_magic(written, first, line.group(1), line.group(2) or "")
    return _cell_of_python(written, 0)


def _cell_of_magic(written: list[str], first: int, name: str, rest: str) -> CellCode:
    nothing = ["pass"] * len(written)
    if name in ("writefile", "file"):
        file_name = rest.rsplit(maxsplit=1)[-1].strip("'\"") if rest else ""
        kind = kind_of(file_name)
        if kind == "python":  # it is written to be imported or run: as much a part of the repository as any cell
            return _cell_of_python(written, first + 1)
        return CellCode(nothing, [], first + 1 if kind == "shell" else None, file_name, False)
    if name in _SHELL_CELLS or (name == "script" and rest.split()[:1] in (["bash"], ["sh"], ["zsh"])):
        return CellCode(nothing, [], first + 1, "", False)
    if name in _CUDA_CELLS:
        return CellCode(nothing, [], None, "cell.cu", False)
    if name.lower() in _FOREIGN_CELLS:
        return CellCode(nothing, [], None, "", False)
    cell = _cell_of_python(written, first + 1)
    code = _statement(written[first], name, 2) if name in STATEMENT_MAGICS else None
    cell.lines[first] = code or "pass"
    return cell._replace(is_certain=name in _PYTHON_CELLS)


def _cell_of_python(written: list[str], start: int) -> CellCode:
    """Lines from `start` on as Python; those before are blank."""
    lines = ["pass"] * start + written[start:]
    commands: list[tuple[int, int, str]] = []
    state = _State()
    number = start
    while number < len(lines):
        last = number
        if state.is_at_statement:
            while last + 1 < len(lines) and lines[last].endswith("\\") and _escapes(lines[number]):
                last += 1
            code, command = _without_magic(lines[number], lines[number : last + 1])
            if command:
                commands.append((number, last, command))
            if code is not None and code.endswith("\\"):  # a statement that goes on by itself
                lines[number], last = code, number
            elif code is not None:
                lines[number : last + 1] = [code, *[""] * (last - number)]
        state.read(lines[number])
        number = last + 1
    return CellCode(lines, commands, None, "", True)


def _escapes(line: str) -> bool:
    return line.lstrip().startswith(("!", "%")) or _ASSIGNED.match(line.lstrip()) is not None


def _without_magic(line: str, joined: list[str]) -> tuple[str | None, str]:
    """What stands for a line in Python (None where it is Python), and the command for a shell that it holds.

    `joined` holds the lines that continue it, itself included.
    """
    body = line.strip()
    indent = line[: len(line) - len(line.lstrip())]
    assigned = _ASSIGNED.match(body)
    if assigned:
        whole = _joined(joined)[assigned.start(2) :]
        if assigned.group(2) == "!":
            return f"{indent}{assigned.group(1)}None", _command(whole[1:])
        code = _statement(line, "", len(indent) + assigned.start(2) + 1, is_value=True)
        return code or f"{indent}{assigned.group(1)}None", _magic_command(whole)
    if body.startswith("!"):
        return f"{indent}pass", _command(_joined(joined).lstrip("!"))
    if body.startswith("%"):
        magic = _LINE_MAGIC.match(body)
        name = magic.group(1) if magic else ""
        return _statement(line, name, len(indent) + 1) or f"{indent}pass", _magic_command(_joined(joined))
    if _HELP.match(body) or body.startswith((",", ";", "/")):
        return f"{indent}pass", ""
    return None, ""


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip().removesuffix("\\").strip() for line in lines)


def _command(text: str) -> str:
    return _EXECUTABLE.sub("python", text.strip())


def _magic_command(text: str) -> str:
    """The command for a shell that a line magic stands for, or ""."""
    magic = _LINE_MAGIC.match(text)
    if magic is None:
        return ""
    name, rest = magic.group(1), (magic.group(2) or "").strip()
    if name in _INSTALLERS:
        return f"{name} {rest}"
    if name in ("sx", "system", "sh", "bash"):
        return _command(rest)
    if name == "run":
        return f"python {rest}"
    if name in ("env", "set_env"):
        variable, _, value = rest.replace("=", " ", 1).partition(" ")
        return f"export {variable}={value.strip()}" if value else ""
    return ""


def _statement(line: str, name: str, position: int, is_value: bool = False) -> str | None:
    """The line with the magic before its statement made white space, or None where it runs no statement.

    `position` is where the name of the magic begins.
    """
    if is_value:
        found = re.match(r"\w+", line[position:])
        name = found.group() if found else ""
    options = STATEMENT_MAGICS.get(name)
    if options is None:
        return None
    start = line.index(name, position) + len(name)
    while found := re.compile(r"[ \t]+-(-?\w[\w-]*)(?:=\S*)?").match(line, start):
        start = found.end()
        letters = found.group(1)
        if len(letters) == 1 and letters in options and (value := re.compile(r"[ \t]+\S+").match(line, start)):
            start = value.end()
    start += len(line[start:]) - len(line[start:].lstrip())
    statement = line[start:]
    if not statement or statement.startswith("#"):
        return None
    indent = line[: len(line) - len(line.lstrip())]
    if is_value:
        head = line[: position - 1]
        return head + " " * (start - len(head)) + statement
    if _COMPOUND.match(statement):
        return indent + statement
    return f"{indent}{'if 1:':<{start - len(indent)}}{statement}"


class _State:
    """Whether the next line begins a statement: not inside brackets or a string, nor after a backslash."""

    def __init__(self) -> None:
        self.depth = 0
        self.triple = ""
        self.is_continued = False

    @property
    def is_at_statement(self) -> bool:
        """A magic is only one at the beginning of a statement."""
        return not (self.depth or self.triple or self.is_continued)

    def read(self, line: str) -> None:
        """Take note of what a line opens and closes."""
        position = 0
        while position <= len(line):
            if self.triple:
                closing = _TRIPLE[self.triple].match(line, position)
                if closing is None:
                    return
                self.triple = ""
                position = closing.end()
            found = _TOKEN.search(line, position)
            if found is None:
                break
            token = found.group()
            position = found.end()
            if token in _TRIPLE:
                self.triple = token
            elif token in ("(", "[", "{"):
                self.depth += 1
            elif token in (")", "]", "}"):
                self.depth = max(self.depth - 1, 0)
            elif token.startswith("#"):
                self.is_continued = False
                return
        self.is_continued = line.endswith("\\")
