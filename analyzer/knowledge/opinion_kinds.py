"""Loads `rules/opinions.toml`, which says for which targets a second opinion speaks; and the kernels of execution providers."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from analyzer.knowledge.data_files import data_folder
from analyzer.knowledge.operators import read_operators
from analyzer.knowledge.toml_reader import read_toml


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


class ProviderKernels(NamedTuple):
    """The operators that an execution provider has a kernel for, by one source."""

    name: str
    version: str
    source: str
    operators: frozenset[str]
    """`Conv`, and with the domain where it is another than ai.onnx: `com.microsoft::FusedMatMul`."""

    def domains(self) -> frozenset[str]:
        """The domains that the source says anything about."""
        return frozenset(name.partition("::")[0] if "::" in name else "" for name in self.operators)


@lru_cache(maxsize=1)
def load_opinion_kinds() -> OpinionKinds:
    """Read the file. Raises `UserInputError` where it is malformed."""
    document = read_toml("rules/opinions.toml", data_folder("rules").joinpath("opinions.toml"))
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


@lru_cache(maxsize=1)
def load_provider_kernels() -> tuple[ProviderKernels, ...]:
    """The tables of `rules/operators/onnxruntime-providers.toml`. Raises `UserInputError` where one is malformed."""
    document = read_operators("onnxruntime-providers")
    found = []
    for table in document.tables("provider"):
        found.append(
            ProviderKernels(table.text("name"), table.text("version"), table.text("source"), frozenset(table.texts("operators")))
        )
        table.finish()
    document.finish()
    return tuple(found)
