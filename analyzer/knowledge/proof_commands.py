"""Loads what a proof of concept runs, from `rules/proof_of_concept.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from analyzer.knowledge.toml_reader import Table, read_rules_file

ANY = "*"


@dataclass(frozen=True, slots=True)
class ProofCommands:
    """The commands by target, and how many instance hours they take."""

    hours: int
    hours_source: str
    by_targets: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...]
    """(targets, commands, reference)."""

    def of(self, target_id: str) -> tuple[tuple[str, ...], str]:
        """The commands of a target and their reference."""
        for wanted in (target_id, ANY):
            for targets, commands, reference in self.by_targets:
                if wanted in targets:
                    return commands, reference
        return (), ""


@lru_cache(maxsize=1)
def load_proof_commands() -> ProofCommands:
    """All of them. Raises `UserInputError` for a broken file."""
    document = read_rules_file("proof_of_concept")
    span = document.table("hours")
    _, likely, _ = (span.integer(end, low=1, high=10_000) for end in ("low", "likely", "high"))
    commands = ProofCommands(
        likely, document.text("hours_source"), tuple(_plan(table) for table in document.tables("plan"))
    )  # fmt: skip
    document.finish()
    return commands


def _plan(table: Table) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    plan = (table.texts("targets"), table.texts("commands"), table.text("reference"))
    table.finish()
    return plan
