"""Lock files, line by line: what a resolver chose. Nobody asked for it by name, so it is `locked`, never required."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.facts.positions import Lines
from analyzer.facts.requirements import normalized
from analyzer.model.facts import Entry

_NAME = re.compile(r"^name = \"([^\"]{1,100})\"")
_VERSION = re.compile(r"^version = \"([^\"]{1,100})\"")
_YAML_NAME = re.compile(r"^[ \t]*(?:-[ \t]+)?name:[ \t]+[\"']?([A-Za-z0-9._-]{1,100})")
_YAML_VERSION = re.compile(r"^[ \t]+version:[ \t]+[\"']?([A-Za-z0-9._+!-]{1,100})")
_JSON_NAME = re.compile(r"^ {8}\"([A-Za-z0-9._-]{1,100})\": \{")
_JSON_VERSION = re.compile(r"^ {12}\"version\": \"([^\"]{1,100})\"")
_ADDRESS = re.compile(
    r"https?://[^\s\"'#]{1,300}/([A-Za-z0-9_.-]{1,120}?)-([A-Za-z0-9_.+!]{1,60})-[A-Za-z0-9_.]{1,60}\.(?:conda|tar\.bz2)"
)


def read_lock(text: str) -> tuple[Entry, ...]:
    """The packages of a lock file of poetry, uv, pdm, pipenv, conda-lock or pixi."""
    lines = Lines(text)
    if text.lstrip()[:1] == "{":
        return tuple(_pairs(lines, _JSON_NAME, _JSON_VERSION))
    if re.search(r"^\[\[package\]\]", text, re.MULTILINE):
        return tuple(_pairs(lines, _NAME, _VERSION))
    return (*_pairs(lines, _YAML_NAME, _YAML_VERSION), *_addresses(lines))


def _pairs(lines: Lines, name: re.Pattern[str], version: re.Pattern[str]) -> Iterator[Entry]:
    """Names with the version that follows them within a few lines."""
    for number, line in enumerate(lines.lines, 1):
        found = name.match(line)
        if not found:
            continue
        value = ""
        for later in lines.lines[number : number + 8]:
            if name.match(later):
                break
            given = version.match(later)
            if given:
                value = given.group(1)
                break
        yield Entry("locked", normalized(found.group(1)), value, lines.whole(number))


def _addresses(lines: Lines) -> Iterator[Entry]:
    """Explicit lists: one address a line."""
    for number, line in enumerate(lines.lines, 1):
        if len(line) < 1000 and "://" in line and (found := _ADDRESS.search(line)):
            yield Entry("locked", normalized(found.group(1)), found.group(2), lines.whole(number))
