"""Requirement lines, wherever they stand: requirements files, `pip install`, lists in pyproject and setup files."""

from __future__ import annotations

import re

from analyzer.facts.positions import Lines
from analyzer.model.facts import Entry
from analyzer.model.span import Span

_REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(.*)$")
_DIRECT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*@\s*(\S+)")
_INDEX = re.compile(r"^(?:-i|--index-url|--extra-index-url|-f|--find-links|--index|--default-index)(?:[ =]+)(\S+)")
_EGG = re.compile(r"#egg=([A-Za-z0-9._-]+)")
_REPOSITORY = re.compile(r"/([A-Za-z0-9._-]+?)(?:\.git)?(?:@[^/]*)?(?:#.*)?$")
_SPECIFIER = re.compile(r"^(\(|[<>=!~]=?|===|;|$)")


def normalized(name: str) -> str:
    """The comparable form of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_entry(text: str, span: Span) -> Entry | None:
    """The requirement or index that one line or word names, or None where it names neither."""
    text = text.strip()
    index = _INDEX.match(text)
    if index:
        return Entry("index", "", index.group(1).strip("'\""), span)
    if text.startswith(("-e ", "--editable ")):
        text = text.split(None, 1)[1]
    if text.startswith(("git+", "http://", "https://", "git://", "ssh://")):
        found = _EGG.search(text) or _REPOSITORY.search(text)
        return Entry("requirement", normalized(found.group(1)), text, span) if found else None
    if text.startswith("-"):
        return None
    if text.endswith(".whl"):
        name, _, version = text.rpartition("/")[2].partition("-")
        return Entry("requirement", normalized(name), f"=={version.partition('-')[0]}", span)
    direct = _DIRECT.match(text)
    if direct:
        return Entry("requirement", normalized(direct.group(1)), direct.group(2), span)
    found = _REQUIREMENT.match(text)
    if not found or not _SPECIFIER.match(found.group(3)):
        return None
    return Entry("requirement", normalized(found.group(1)), found.group(3).strip(), span)


def read_requirements(text: str) -> tuple[Entry, ...]:
    """The entries of a requirements or constraints file."""
    lines = Lines(text)
    entries = []
    for number, line in enumerate(lines.lines, 1):
        body = re.sub(r"(^|\s)#.*$", "", line).rstrip("\\ \t\r")
        body = re.split(r"\s--hash=", body)[0]
        if body.strip():
            entry = requirement_entry(body, lines.whole(number))
            if entry:
                entries.append(entry)
    return tuple(entries)
