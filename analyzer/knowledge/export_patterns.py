"""Loads what breaks the export of models beyond single operators: surfaces of libraries and deciding arguments."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from analyzer.knowledge.toml_reader import Table, read_rules_file


class Surface(NamedTuple):
    """Names of a library whose use breaks an export, whatever the arguments."""

    names: tuple[str, ...]
    excepted: tuple[str, ...]
    """Names that are meant by `names` and yet work."""
    needs_tensor: bool
    """Whether it only counts where a tensor or module is passed."""
    rule: str
    targets: tuple[str, ...]
    """The targets that it is about; () for all."""
    operator: str
    note: str
    rewrite: str
    versions: str
    source: str


class DecidingArgument(NamedTuple):
    """An argument with which an operator is not exported."""

    names: tuple[str, ...]
    argument: str
    position: int
    values: tuple[str, ...]
    """Constants and imported names as written, `>1` for numbers above 1, `*` for anything but None."""
    targets: tuple[str, ...]
    operator: str
    note: str
    rewrite: str
    source: str
    rule: str = "operator-not-exported"


class WorkingForm(NamedTuple):
    """Layers that work with certain first arguments, although they do not in general."""

    names: tuple[str, ...]
    values: tuple[str, ...]
    note: str
    source: str


class Builder(NamedTuple):
    """Calls that make the model which a configuration describes."""

    names: tuple[str, ...]
    ending: str
    configuration_ending: str


class ExportPatterns(NamedTuple):
    """All of `rules/operators/patterns.toml` and `patterns-neuron.toml`."""

    surfaces: tuple[Surface, ...]
    arguments: tuple[DecidingArgument, ...]
    exceptions: tuple[WorkingForm, ...]
    builders: tuple[Builder, ...]
    by_shape: frozenset[str]
    """Names of which it hangs on the sizes of tensors whether they are exported."""
    cache_classes: tuple[str, ...]
    cache_attributes: tuple[str, ...]
    cache_note: str
    cache_rewrite: str


@lru_cache(maxsize=1)
def load_export_patterns() -> ExportPatterns:
    """The patterns, read once."""
    document, neuron = read_rules_file("operators/patterns"), read_rules_file("operators/patterns-neuron")
    cache = document.table("cache")
    found = ExportPatterns(
        tuple(_surface(table) for table in document.tables("surface")),
        tuple(_argument(table) for each in (document, neuron) for table in each.tables("argument")),
        tuple(_working(table) for table in document.tables("works")),
        tuple(_builder(table) for table in document.tables("builder")),
        frozenset(name for table in document.tables("shape") for name in _by_shape(table)),
        cache.texts("classes"), cache.texts("attributes"), cache.text("note"), cache.text("rewrite"),
    )  # fmt: skip
    for key in ("versions", "source", "as_of"):
        cache.text(key)
    cache.finish()
    document.finish()
    neuron.finish()
    return found


def _surface(table: Table) -> Surface:
    table.text("as_of")
    found = Surface(
        table.texts("names"), table.texts("excepted", ()),
        table.text("given", "", ("tensor", "")) == "tensor", table.text("rule"), table.texts("targets"),
        table.text("operator"), table.text("note"), table.text("rewrite"), table.text("versions"), table.text("source"),
    )  # fmt: skip
    table.finish()
    return found


def _builder(table: Table) -> Builder:
    for key in ("versions", "source", "as_of"):
        table.text(key)
    found = Builder(table.texts("names"), table.text("ending"), table.text("configuration_ending"))
    table.finish()
    return found


def _by_shape(table: Table) -> tuple[str, ...]:
    for key in ("note", "source", "as_of"):
        table.text(key)
    names = table.texts("names")
    table.finish()
    return names


def _argument(table: Table) -> DecidingArgument:
    table.text("as_of")
    found = DecidingArgument(
        table.texts("names"), table.text("argument"), table.integer("position", low=-1), table.texts("values"),
        table.texts("targets"),
        table.text("operator"), table.text("note"), table.text("rewrite"), table.text("source"),
        table.text("rule", "operator-not-exported"),
    )  # fmt: skip
    table.finish()
    return found


def _working(table: Table) -> WorkingForm:
    table.text("as_of")
    found = WorkingForm(table.texts("names"), table.texts("values"), table.text("note"), table.text("source"))
    table.finish()
    return found
