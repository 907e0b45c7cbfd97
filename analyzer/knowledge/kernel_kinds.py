"""Loads `rules/kernel_work.toml`: kinds of kernels, and which share of a rewrite each takes on a target."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from analyzer.knowledge.toml_reader import Table, read_rules_file
from analyzer.model.assumption import Assumption
from analyzer.model.kernels import Kernel
from analyzer.model.target import BASES

GROUPS = ("neuron", "onnx", "torch")
LAST_GROUP = "torch"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class KernelWay(NamedTuple):
    """How a kind of kernel gets to a target: `low`, `likely` and `high` are shares of writing it anew."""

    way: str
    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True)
class KernelKind:
    """Something that kernels do, and what tells that a kernel does it."""

    id: str
    title: str
    words: re.Pattern[str] | None
    libraries: frozenset[str]
    features: frozenset[str]
    most_lines: int
    """A kernel of no more lines does this, whatever its name; 0 where length tells nothing."""
    ways: dict[str, KernelWay]
    """By group of targets."""

    def is_named(self, name: str) -> bool:
        """Whether a kernel's name says that it does this."""
        return bool(self.words and self.words.search(_CAMEL.sub("_", name).lower()))

    def is_used(self, kernel: Kernel) -> bool:
        """Whether the libraries or features that a kernel uses say that it does this."""
        return bool(self.libraries & set(kernel.libraries) or self.features & set(kernel.features))

    @property
    def is_last(self) -> bool:
        """Whether it stands for all kernels of which nothing is told."""
        return not (self.words or self.libraries or self.features or self.most_lines)


@dataclass(frozen=True, slots=True)
class KernelKinds:
    """All kinds in the order in which they are tried, and how the length of a kernel counts."""

    kinds: tuple[KernelKind, ...]
    groups: dict[str, str]
    """The group of each target that is named in one."""
    reference_lines: float
    exponent: float
    least: float
    most: float
    assumptions: tuple[Assumption, ...]

    def kind_of(self, kernel: Kernel) -> KernelKind:
        """The kind that the name tells, else what the kernel uses, else its length; the last one of the file where nothing does."""
        named = (kind for kind in self.kinds if kind.is_named(kernel.name))
        used = (kind for kind in self.kinds if kind.is_used(kernel))
        short = (kind for kind in self.kinds if 0 < kernel.lines <= kind.most_lines)
        return next(chain(named, used, short), self.kinds[-1])

    def way(self, kernel: Kernel, target_id: str) -> KernelWay:
        """How a kernel gets to a target."""
        return self.kind_of(kernel).ways[self.groups.get(target_id, LAST_GROUP)]

    def way_of_others(self, target_id: str) -> KernelWay:
        """How compiled code of which nothing is told gets to a target."""
        return self.kinds[-1].ways[self.groups.get(target_id, LAST_GROUP)]

    def size_factor(self, lines: int) -> float:
        """Work of a kernel of so many lines against one of the usual size: (lines / reference)^exponent, within bounds."""
        if lines <= 0:
            return 1.0
        return min(max(math.pow(lines / self.reference_lines, self.exponent), self.least), self.most)


@lru_cache(maxsize=1)
def load_kernel_kinds() -> KernelKinds:
    """Read and check the file. Raises `UserInputError` naming file and key."""
    document = read_rules_file("kernel_work")
    as_of, basis, source = document.text("as_of"), document.text("basis", choices=BASES), document.text("source")
    size = document.table("size")
    groups = {}
    for name, table in document.table("group").named_tables():
        if name not in GROUPS:
            raise table.fail("", f"must be one of {', '.join(GROUPS)}")
        table.text("title")
        groups.update(dict.fromkeys(table.texts("targets"), name))
        table.finish()
    kinds = tuple(_kind(table) for table in document.tables("kind"))
    if not kinds or not kinds[-1].is_last:
        raise document.fail("kind", "must end with one that fits every kernel: no words, libraries or features")
    found = KernelKinds(
        kinds, groups,
        size.number("reference_lines", low=1), size.number("exponent", high=1), size.number("least", low=0.01, high=1),
        size.number("most", low=1, high=100), (),
    )  # fmt: skip
    size_source = size.text("source")
    size.finish()
    document.finish()
    return KernelKinds(
        found.kinds, found.groups, found.reference_lines, found.exponent, found.least, found.most,
        tuple(_assumptions(found, as_of, basis, source, size_source)),
    )  # fmt: skip


def _kind(table: Table) -> KernelKind:
    words = table.texts("words")
    kind = KernelKind(
        table.text("id"), table.text("title"),
        _pattern(words),
        frozenset(table.texts("libraries")), frozenset(table.texts("features")), table.integer("most_lines", 0, high=1000),
        {group: _way(table.table(group)) for group in GROUPS},
    )  # fmt: skip
    table.finish()
    return kind


def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Finds words at the start of a part of a name, those with a star anywhere in it."""
    if not words:
        return None
    return re.compile("|".join(re.escape(w[1:]) if w.startswith("*") else rf"(?<![a-z]){re.escape(w)}" for w in words))


def _way(table: Table) -> KernelWay:
    way = KernelWay(
        table.text("way"), table.number("low", low=0.001, high=10), table.number("likely", low=0.001, high=10),
        table.number("high", low=0.001, high=10),
    )  # fmt: skip
    if not way.low <= way.likely <= way.high:
        raise table.fail("likely", "must lie between low and high")
    table.finish()
    return way


def _assumptions(kinds: KernelKinds, as_of: str, basis: str, source: str, size_source: str) -> list[Assumption]:
    value = f"(lines / {kinds.reference_lines:g}) ^ {kinds.exponent:g}, {kinds.least:g} to {kinds.most:g}"
    rows = [Assumption("effort.kernel_size", "Work of a kernel by its length", value, "times", basis, size_source, as_of)]
    for kind in kinds.kinds:
        for group, way in kind.ways.items():
            share = f"{way.low:g} to {way.high:g}, most likely {way.likely:g}"
            title = f"Share of a rewrite that a kernel takes, {group} targets: {kind.title}"
            rows.append(Assumption(f"effort.kernel.{kind.id}.{group}", title, share, "share", basis, source, as_of))
    return rows
