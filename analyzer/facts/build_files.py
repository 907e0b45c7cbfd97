"""CMake, Makefiles, INI files and Terraform, line by line."""

from __future__ import annotations

import re

from analyzer.facts.positions import Lines
from analyzer.facts.requirements import requirement_entry
from analyzer.facts.shell import command_entries, logical_lines
from analyzer.model.facts import Entry
from analyzer.model.span import Span

_CMAKE = re.compile(r"(?<![\w$])([A-Za-z_][A-Za-z0-9_]*)\s*\(((?:[^()]|\([^()]*\))*)\)")
_MAKE_VARIABLE = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*)\s*[:?+]?=\s*(.*)$")
_KEY_VALUE = re.compile(r"^\s*([A-Za-z0-9_.\"-]+)\s*[=:]\s*(.*)$")
_SECTION = re.compile(r"^\s*\[([^\]]+)\]")
_BLOCK = re.compile(r"^\s*(?:resource|data|variable|module)?\s*\"?([\w.-]+)\"?(?:\s+\"([^\"]+)\")?\s*\{")


def read_cmake(text: str) -> tuple[Entry, ...]:
    """Each CMake command as a setting: the command's name in lower case, and its arguments."""
    bare = re.sub(r"#[^\n]*", lambda match: " " * len(match.group(0)), text)
    lines = Lines(bare)
    return tuple(
        Entry(
            "setting",
            found.group(1).lower(),
            " ".join(found.group(2).split())[:2000],
            lines.span(found.start(), found.end()),
        )
        for found in _CMAKE.finditer(bare)
    )


def read_make(text: str) -> tuple[Entry, ...]:
    """Variables as settings, recipes as commands."""
    lines = Lines(text)
    entries: list[Entry] = []
    for line, first, last in logical_lines(lines):
        span = Span(first, lines.whole(first).column, last, lines.whole(last).end_column)
        if line.startswith("\t"):
            entries.extend(command_entries(line.strip().lstrip("@-+"), span))
            continue
        found = _MAKE_VARIABLE.match(line.split("#", 1)[0].strip())
        if found:
            entries.append(Entry("setting", found.group(1), found.group(2), span))
    return tuple(entries)


def read_ini(text: str) -> tuple[Entry, ...]:
    """`key = value` lines as settings; requirement lists of setup.cfg as requirements."""
    lines = Lines(text)
    entries: list[Entry] = []
    section, key = "", ""
    for number, line in enumerate(lines.lines, 1):
        if not line.strip() or line.lstrip().startswith(("#", ";")):
            continue
        found = _SECTION.match(line)
        if found:
            section, key = found.group(1).strip(), ""
            continue
        pair = _KEY_VALUE.match(line)
        in_list = line[:1].isspace() and bool(key)
        if in_list and ("requires" in key or "extras_require" in section):
            entry = requirement_entry(re.sub(r"\s#.*$", "", line), lines.whole(number))
            if entry:
                entries.append(entry)
        elif pair and not in_list:
            key = pair.group(1)
            entries.append(Entry("setting", f"{section}.{key}".strip("."), pair.group(2).strip(), lines.whole(number)))
    return tuple(entries)


def read_terraform(text: str) -> tuple[Entry, ...]:
    """`key = value` lines as settings under the names of their blocks."""
    lines = Lines(text)
    entries: list[Entry] = []
    blocks: list[str] = []
    for number, line in enumerate(lines.lines, 1):
        bare = line.split("#", 1)[0].rstrip()
        block = _BLOCK.match(bare)
        if block:
            blocks.append(block.group(2) or block.group(1))
        elif pair := _KEY_VALUE.match(bare):
            value = pair.group(2).strip().strip('"')
            entries.append(Entry("setting", ".".join([*blocks[-3:], pair.group(1)]), value, lines.whole(number)))
        if bare.strip() == "}" and blocks:
            blocks.pop()
    return tuple(entries)
