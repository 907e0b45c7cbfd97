"""Loads how functions that export or serve a model are known."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from analyzer.knowledge.toml_reader import Table, read_rules_file


class Route(NamedTuple):
    """Decorators of functions that answer requests."""

    makers: tuple[str, ...]
    methods: tuple[str, ...]
    names: tuple[str, ...]


class Handler(NamedTuple):
    """Classes whose methods a server calls."""

    bases: tuple[str, ...]
    decorators: tuple[str, ...]
    class_names: tuple[str, ...]
    methods: tuple[str, ...]


class Serving(NamedTuple):
    """All of `rules/operators/serving.toml`."""

    exports: tuple[str, ...]
    routes: tuple[Route, ...]
    handlers: tuple[Handler, ...]
    hub: tuple[str, ...]
    hub_excepted: tuple[str, ...]


@lru_cache(maxsize=1)
def load_serving() -> Serving:
    """The names, read once."""
    document = read_rules_file("operators/serving")
    hubs = [_finished(table, table.texts("names"), table.texts("excepted")) for table in document.tables("hub")]
    found = Serving(
        tuple(name for table in document.tables("export") for name in _finished(table, table.texts("names"))[0]),
        tuple(Route(*_finished(table, table.texts("makers"), table.texts("methods"), table.texts("names")))
              for table in document.tables("route")),
        tuple(Handler(*_finished(table, table.texts("bases"), table.texts("decorators"), table.texts("class_names"),
                                 table.texts("methods"))) for table in document.tables("handler")),
        tuple(name for names, _ in hubs for name in names), tuple(name for _, excepted in hubs for name in excepted),
    )  # fmt: skip
    document.finish()
    return found


def _finished(table: Table, *lists: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    table.text("source")
    table.text("as_of")
    table.finish()
    return lists
