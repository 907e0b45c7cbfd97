"""Build files: CMake, Meson and Bazel as calls, Makefiles, INI files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.facts.instances import accelerator_entries, names_accelerators
from analyzer.facts.positions import Lines
from analyzer.facts.requirements import LONGEST_REQUIREMENT, requirement_entry
from analyzer.facts.shell import command_entries, shell_entries
from analyzer.model.facts import Entry
from analyzer.model.span import Span

LONGEST_VALUE = 2000
LONGEST_CALL = 20_000
LONGEST_INNER_CALL = 300
LONGEST_NAME = 200

_CALL = re.compile(r"(?<![\w$.])([A-Za-z_][A-Za-z0-9_]{0,80})[ \t]*\(")
_MAKE_VARIABLE = re.compile(r"^[ \t]*(?:export[ \t]+|override[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:[:?+!]{0,2}=)[ \t]*(.*)$")
_MAKE_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_KEY_VALUE = re.compile(r"^\s*([A-Za-z0-9_.\"-]+)\s*[=:]\s*(.*)$")
_SECTION = re.compile(r"^\s*\[([^\]]+)\]")
_ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_ENVIRONMENT_PAIR = re.compile(r"(?<![\w.])([A-Za-z_][A-Za-z0-9_]{0,99})[ \t]*=[ \t]*(\S.*)$")
_CYTHON_EXTERN = re.compile(r"cdef\s+extern\s+from\s+[\"'<]([^\"'>\n]{1,200})[\"'>]")
_CYTHON_CIMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+cimport|cimport\s+([\w.]+))")
_CYTHON_IMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+import\b|import\s+([\w.]+))")
_CYTHON_CALL = re.compile(r"(?<![\w.])((?:cuda|cublas|cudnn|nccl|cufft|curand|cusparse|cusolver|nvrtc|nvtx|cu)[A-Z]\w{2,60})\s*\(")


# ---- CMake and Meson -------------------------------------------------------------------------------------------------


def read_cmake(text: str) -> tuple[Entry, ...]:
    """Each CMake (or Meson) command as a setting: its name in lower case, and its arguments with their line breaks."""
    bare = _without_comments(text)
    lines = Lines(bare)
    return tuple(_calls(bare, lines))


def _without_comments(text: str) -> str:
    """The text with comments blanked; a `#` in a quoted string is none."""
    pieces: list[str] = []
    for line in text.split("\n"):
        mark = line.find("#")
        while mark >= 0 and line.count('"', 0, mark) % 2:
            mark = line.find("#", mark + 1) if mark < LONGEST_VALUE else -1
        pieces.append(line if mark < 0 else line[:mark] + " " * (len(line) - mark))
    return "\n".join(pieces)


def _calls(text: str, lines: Lines) -> Iterator[Entry]:
    """Every call; one inside of another (Meson has them) only where it is short."""
    closes = _closing_brackets(text)
    last_close = -1
    for found in _CALL.finditer(text):
        close = closes.get(found.end() - 1, -1)
        if close < 0:
            continue
        is_inner = found.start() < last_close
        last_close = max(close, last_close)
        if is_inner and close - found.end() > LONGEST_INNER_CALL:
            continue
        name = found.group(1).lower()
        last = min(close, found.end() + LONGEST_CALL)
        arguments = "\n".join(_plain(line) for line in text[found.end() : last].split("\n"))
        place = lines.span(found.start(), close + 1)
        yield Entry("setting", name, arguments.rstrip(), place if place.end_line == place.line else lines.whole(place.line))


def _plain(arguments: str) -> str:
    return " ".join(arguments[: LONGEST_VALUE * 2].split())[:LONGEST_VALUE]


def _closing_brackets(text: str) -> dict[int, int]:
    """Where each bracket is closed."""
    closes: dict[int, int] = {}
    stack: list[int] = []
    for found in re.finditer(r"[()]", text):
        if found.group() == "(":
            stack.append(found.start())
        elif stack:
            closes[stack.pop()] = found.start()
    return closes


# ---- Bazel -----------------------------------------------------------------------------------------------------------

_LABEL = re.compile(r"\"([^\"\n]{1,200})\"|'([^'\n]{1,200})'")


def _bare_lines(text: str) -> Iterator[tuple[str, Span]]:
    """The lines that hold more than a `#` comment, without it."""
    lines = Lines(text)
    for number, line in enumerate(lines.lines, 1):
        bare = line.split("#", 1)[0][:LONGEST_VALUE]
        if bare.strip():
            yield bare, lines.whole(number)


def read_bazel(text: str) -> tuple[Entry, ...]:
    """Bazel files, line by line: calls as `bazel.call`, strings as `bazel.label`."""
    entries: list[Entry] = []
    for bare, span in _bare_lines(text):
        entries.extend(Entry("setting", "bazel.call", found.group(1), span) for found in _CALL.finditer(bare))
        entries.extend(Entry("setting", "bazel.label", found.group(1) or found.group(2), span) for found in _LABEL.finditer(bare))
    return tuple(entries)


# ---- make ------------------------------------------------------------------------------------------------------------


def read_make(text: str) -> tuple[Entry, ...]:
    """Variables as settings, each line of a long one by itself; recipes as commands."""
    lines = Lines(text)
    entries: list[Entry] = []
    number = 1
    while number <= len(lines.lines):
        first = number
        while lines.lines[number - 1].rstrip().endswith("\\") and number < len(lines.lines):
            number += 1
        start, end = lines.starts[first - 1], lines.starts[number - 1] + len(lines.lines[number - 1])
        number += 1
        line = lines.lines[first - 1]
        if line.startswith("\t"):
            entries.extend(_recipe(text[start:end], start, lines))
            continue
        found = _MAKE_VARIABLE.match(line.split("#", 1)[0].rstrip()[:LONGEST_VALUE])
        if not found:
            continue
        name, value = found.group(1), found.group(2).rstrip("\\").strip()
        kind = "environment" if line.lstrip().startswith("export ") else "setting"
        entries.append(Entry(kind, name, value[:LONGEST_VALUE], lines.whole(first)))
        for later in range(first + 1, number):
            part = lines.lines[later - 1].strip().rstrip("\\").strip()
            if part and not part.startswith("#"):
                entries.append(Entry("setting", name, part[:LONGEST_VALUE], lines.whole(later)))
    return tuple(entries)


def _recipe(body: str, start: int, lines: Lines) -> Iterator[Entry]:
    """A line of a recipe: `$(name)` is a variable of make, not a substitution of the shell."""
    body = _MAKE_REFERENCE.sub(_shell_variable, body)
    offset = start + len(body) - len(body.lstrip("\t @-+"))
    yield from shell_entries(body.lstrip("\t @-+"), lambda first, end: lines.span(offset + first, offset + end))


def _shell_variable(found: re.Match[str]) -> str:
    return found.group() if found.group(1).isupper() else f"${{{found.group(1)}}}"


# ---- INI -------------------------------------------------------------------------------------------------------------


def read_ini(text: str) -> tuple[Entry, ...]:
    """`key = value` lines as settings; requirement lists of setup.cfg and tox.ini; submit files of HTCondor."""
    lines = Lines(text)
    entries: list[Entry] = []
    section, key = "", ""
    for number, line in enumerate(lines.lines, 1):
        if not line.strip() or line.lstrip().startswith(("#", ";")) or len(line) > 4 * LONGEST_VALUE:
            continue
        found = _SECTION.match(line)
        if found:
            section, key = found.group(1).strip()[:LONGEST_NAME], ""
            continue
        span = lines.whole(number)
        if line[:1].isspace() and key:
            entries.extend(_ini_item(section, key, line.strip(), span))
            continue
        pair = _KEY_VALUE.match(line)
        if pair:
            key, value = pair.group(1)[:LONGEST_NAME], pair.group(2).strip()
            dotted = f"{section}.{key}".strip(".")
            entries.append(Entry("setting", dotted, value[:LONGEST_VALUE], span))
            if _ENVIRONMENT_NAME.fullmatch(key):
                entries.append(Entry("environment", key, value, span))
            elif value and _lists_requirements(section, key):
                entries.extend(_ini_item(section, key, value, span))
            elif value and names_accelerators((key,)):
                entries.extend(accelerator_entries(value.strip("\"'"), {}, span))
            elif value and key in ("commands", "setenv", "set_env", "passenv", "environment"):
                entries.extend(_ini_item(section, key, value, span))
    return tuple(entries)


def _lists_requirements(section: str, key: str) -> bool:
    return "requires" in key or "extras_require" in section or key in ("deps", "dependencies", "requirements")


def _ini_item(section: str, key: str, text: str, span: Span) -> Iterator[Entry]:
    text = re.split(r"\s[#;]", text, maxsplit=1)[0].strip()
    if _lists_requirements(section, key) and len(text) <= LONGEST_REQUIREMENT:
        if key == "deps" and ": " in text:
            text = text.partition(": ")[2]
        entry = requirement_entry(text, span)
        if entry:
            yield entry
    elif key in ("setenv", "set_env", "environment", "passenv", "pass_env"):
        assigned = _ENVIRONMENT_PAIR.search(text)
        if assigned:
            yield Entry("environment", assigned.group(1), assigned.group(2).strip(), span)
        else:
            names = re.split(r"[\s,]+", text)
            yield from (Entry("environment", name, "", span) for name in names if _ENVIRONMENT_NAME.fullmatch(name))
    elif key.startswith("commands"):
        yield from command_entries(text, span)


# ---- Cython ----------------------------------------------------------------------------------------------------------


def read_cython(text: str) -> tuple[Entry, ...]:
    """What a Cython module takes from C headers and from other modules' C level, and the CUDA functions that it calls."""
    entries: list[Entry] = []
    for bare, span in _bare_lines(text):
        if found := _CYTHON_EXTERN.search(bare):
            entries.append(Entry("setting", "cython.extern", found.group(1), span))
        elif found := _CYTHON_CIMPORT.match(bare):
            entries.append(Entry("setting", "cython.cimport", found.group(1) or found.group(2), span))
        elif found := _CYTHON_IMPORT.match(bare):
            entries.append(Entry("setting", "cython.import", found.group(1) or found.group(2), span))
        else:
            entries.extend(Entry("setting", "cython.call", found.group(1), span) for found in _CYTHON_CALL.finditer(bare))
    return tuple(entries)
