"""What is collected on one walk over the repository, before it is put together: places that say something."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from analyzer.knowledge.workload import Signal
from analyzer.model.facts import FileFacts
from analyzer.model.workload import Evidence
from analyzer.quote.source_text import cell_at

_ASIDE = re.compile(
    r"(^|/)(examples?|benchmarks?|docs?|tutorials?|demos?|playground|notebooks?|samples?|contrib|third_?party|scripts?|recipes)(/|$)",
    re.IGNORECASE,
)
"""Folders beside what a repository is for."""


class Seen(NamedTuple):
    """A signal at a place; `detail` is the value beside it, where the signal asks for one."""

    signal: Signal
    is_hint: bool
    detail: str
    evidence: Evidence


class SeenModel(NamedTuple):
    """The id of a model at a place."""

    id: str
    is_prefix: bool
    architecture: str
    dtype: str
    evidence: Evidence


class SeenLimit(NamedTuple):
    """A number that bounds what is held at once."""

    kind: str
    value: int
    evidence: Evidence


class Sightings:
    """The places, in the order of the walk."""

    def __init__(self) -> None:
        self.signals: list[Seen] = []
        self.models: list[SeenModel] = []
        self.limits: list[SeenLimit] = []
        self.dtypes: list[tuple[str, Evidence]] = []


def is_aside(path: str) -> bool:
    """Whether a path is of an example, a benchmark or documentation."""
    return _ASIDE.search(path) is not None


def file_line(facts: FileFacts, line: int) -> int:
    """The line of the file; of a notebook that of the raw file, where it is known."""
    cell = cell_at(facts.cells, line)
    if cell is None:
        return max(line, 1)
    inside = line - cell.first_line
    return cell.file_lines[inside] if inside < len(cell.file_lines) else 1


def strength_of(places: Iterable[tuple[bool, str]]) -> str:
    """`found`, `examples` or `hint`, of (is a hint, path) of every place; what examples show and the code hints at is found."""
    known = list(places)
    if all(is_hint for is_hint, _ in known):
        return "hint"
    return "examples" if all(is_aside(path) for _, path in known) else "found"
