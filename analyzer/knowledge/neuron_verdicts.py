"""Loads how statements about operators become a verdict on a model, by way of running on AWS Neuron."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from analyzer.knowledge.toml_reader import Table, read_rules_file

EFFECTS = ("change", "open", "note", "")
"""Needs changes, cannot be told, runs and is mentioned, means nothing there."""
UNDOCUMENTED = ("open", "fallback", "never")


class SoftwarePath(NamedTuple):
    """A way of getting a model onto a chip."""

    id: str
    title: str
    targets: tuple[str, ...]
    undocumented: str
    """What an operator means that no document names: `open`; `fallback`, it runs on the CPU; `never`, no module runs there."""
    predicted: str
    fallback: str
    command: str
    """What to run to know."""
    source: str


class Refused(NamedTuple):
    """Operators that documents speak against, with the rewrite that they name."""

    operators: tuple[str, ...]
    """Without a namespace; one that ends in `*` stands for all that begin alike."""
    effects: dict[str, str]
    note: str
    rewrite: str
    source: str


class Effect(NamedTuple):
    """What a rule about a model's code means on each way."""

    rules: tuple[str, ...]
    effects: dict[str, str]
    notes: dict[str, str]
    source: str


class NeuronVerdicts(NamedTuple):
    """All of `rules/operators/neuron-verdicts.toml`."""

    paths: tuple[SoftwarePath, ...]
    lowered: dict[str, tuple[tuple[str, ...], str]]
    """Operator -> (HLO operations that it becomes, a condition)."""
    implied: dict[str, str]
    """HLO operation that a page other than the list names -> that page."""
    layers: dict[str, tuple[str, ...]]
    functions: dict[str, tuple[str, ...]]
    nothing: frozenset[str]
    nothing_prefixes: tuple[str, ...]
    refused: tuple[Refused, ...]
    effects: tuple[Effect, ...]
    other_frameworks: dict[str, str]
    """Framework -> what is said of it, and what to run to know."""
    source: str

    def path_of(self, target_id: str) -> SoftwarePath | None:
        """The way that a target stands for; None for one that is not Neuron."""
        return next((path for path in self.paths if target_id in path.targets), None)


@lru_cache(maxsize=1)
def load_neuron_verdicts() -> NeuronVerdicts:
    """The whole table, read once."""
    document = read_rules_file("operators/neuron-verdicts")
    document.text("as_of")
    nothing = document.table("nothing")
    nothing.text("note")
    layers, functions = document.table("layers"), document.table("functions")
    found = NeuronVerdicts(
        tuple(_path(table) for table in document.tables("path")),
        dict(item for table in document.tables("lowered") for item in _lowered(table)),
        dict(item for table in document.tables("implied") for item in _implied(table)),
        {name: layers.texts(name) for name in list(layers.values)},
        {name: functions.texts(name) for name in list(functions.values)},
        frozenset(nothing.texts("operators")),
        nothing.texts("prefixes"),
        tuple(_refused(table) for table in document.tables("refused")),
        tuple(_effect(table) for table in document.tables("effect")),
        dict(_other(table) for table in document.tables("other_framework")),
        document.text("source"),
    )
    nothing.finish()
    document.finish()
    return found


def _path(table: Table) -> SoftwarePath:
    found = SoftwarePath(
        table.text("id"), table.text("title"), table.texts("targets"), table.text("undocumented", choices=UNDOCUMENTED),
        table.text("predicted"), table.text("fallback"), table.text("command"), table.text("source"),
    )  # fmt: skip
    table.finish()
    return found


def _lowered(table: Table) -> list[tuple[str, tuple[tuple[str, ...], str]]]:
    meaning = (table.texts("hlo"), table.text("note", ""))
    found = [(name, meaning) for name in table.texts("operators")]
    table.finish()
    return found


def _implied(table: Table) -> list[tuple[str, str]]:
    table.text("note")
    source = table.text("source")
    found = [(plain_operation(name), source) for name in table.texts("hlo")]
    table.finish()
    return found


def _effects(table: Table) -> dict[str, str]:
    return {path: table.text(path, choices=EFFECTS) for path in ("traced", "native", "inf1")}


def _refused(table: Table) -> Refused:
    found = Refused(table.texts("operators"), _effects(table), table.text("note"), table.text("rewrite"), table.text("source"))
    table.finish()
    return found


def _effect(table: Table) -> Effect:
    notes = {"traced": table.text("traced_note"), "native": table.text("native_note")}
    notes["inf1"] = table.text("inf1_note", notes["traced"])
    found = Effect(table.texts("rules"), _effects(table), notes, table.text("source"))
    table.finish()
    return found


def _other(table: Table) -> tuple[str, str]:
    found = table.text("name"), f"{table.text('note')} ({table.text('source')}). To know: {table.text('command')}"
    table.finish()
    return found


def plain_operation(name: str) -> str:
    """An HLO operation's name as all pages spell it alike: `reduce-window`, `ReduceWindow` -> `reducewindow`."""
    return name.lower().replace("-", "").replace("_", "")
