"""Loads `rules/opinions.toml`, which says for which targets a second opinion speaks."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from analyzer.knowledge.toml_reader import read_rules_file


class OpinionKind(NamedTuple):
    """A kind of file that can be read as a second opinion."""

    id: str
    title: str
    targets: tuple[str, ...]
    """Ids of targets, `*` for any ending."""
    reference: str
    as_of: str


class OpinionKinds(NamedTuple):
    """All kinds, and the execution providers that a target means."""

    kinds: dict[str, OpinionKind]
    providers: dict[str, tuple[str, ...]]
    """By target id."""


@lru_cache(maxsize=1)
def load_opinion_kinds() -> OpinionKinds:
    """Read the file. Raises `UserInputError` where it is malformed."""
    document = read_rules_file("opinions")
    kinds = {}
    for table in document.tables("kind"):
        kind = OpinionKind(
            table.text("id"), table.text("title"), table.texts("targets"), table.text("reference"), table.text("as_of")
        )
        kinds[kind.id] = kind
        table.finish()
    own = document.table("providers")
    providers = {target: own.texts(target) for target in own.values}
    document.finish()
    return OpinionKinds(kinds, providers)
