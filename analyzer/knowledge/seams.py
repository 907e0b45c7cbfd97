"""Loads `rules/seams.toml`: what a seam costs."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from analyzer.knowledge.toml_reader import Table, read_rules_file
from analyzer.model.assumption import Assumption
from analyzer.model.target import BASES


class SeamCosts(NamedTuple):
    """Person-days, and the same as assumptions to show."""

    adapter_days: tuple[float, float, float]
    """For one function that crosses: low, likely, high."""
    companion_days: float
    """For one module behind the seam that is not tied itself."""
    assumptions: tuple[Assumption, ...]


@lru_cache(maxsize=1)
def load_seam_costs() -> SeamCosts:
    """Read and check the figures. Raises `UserInputError` naming file and key."""
    document = read_rules_file("seams")
    adapter, companion = document.table("adapter_days"), document.table("companion_days")
    low, high = (adapter.number(name, low=0.001, high=100) for name in ("low", "high"))
    assumptions = (_assumption("adapter_days", adapter), _assumption("companion_days", companion))
    document.finish()
    return SeamCosts((low, float(assumptions[0].value), high), float(assumptions[1].value), assumptions)


def _assumption(name: str, table: Table) -> Assumption:
    value = table.number("value", low=0.001, high=100)
    found = Assumption(
        f"seams.{name}", table.text("title"), f"{value:g}", table.text("unit"), table.text("basis", choices=BASES),
        table.text("source"), table.text("as_of"),
    )  # fmt: skip
    table.finish()
    return found
