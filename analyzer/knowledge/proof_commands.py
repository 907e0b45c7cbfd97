"""Loads what a proof of concept runs, from `rules/proof_of_concept.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from analyzer.knowledge.toml_reader import Table, read_rules_file

ANY = "*"


@dataclass(frozen=True, slots=True)
class TargetProof:
    """What is run for some targets."""

    targets: tuple[str, ...]
    serving: tuple[str, ...]
    training: tuple[str, ...]
    """() where nothing is written down for it."""
    compile_reported: str
    """What is published of compiling; "" where nothing is compiled ahead."""
    reference: str


@dataclass(frozen=True, slots=True)
class ProofCommands:
    """The commands by target, and how many instance hours they take."""

    hours: int
    hours_source: str
    by_targets: tuple[TargetProof, ...]

    def of(self, target_id: str) -> TargetProof:
        """What is run for a target; what is run for any where it has nothing of its own."""
        named = [proof for wanted in (target_id, ANY) for proof in self.by_targets if wanted in proof.targets]
        return named[0]


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


def _plan(table: Table) -> TargetProof:
    plan = TargetProof(
        table.texts("targets"), table.texts("commands"), table.texts("training", ()), table.text("compile_reported", ""),
        table.text("reference"),
    )  # fmt: skip
    table.finish()
    return plan
