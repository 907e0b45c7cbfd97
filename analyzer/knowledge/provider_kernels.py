"""Loads which operators the execution providers of ONNX Runtime have kernels for."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from analyzer.knowledge.toml_reader import read_rules_file


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
def load_provider_kernels() -> tuple[ProviderKernels, ...]:
    """The tables of `rules/operators/onnxruntime-providers.toml`. Raises `UserInputError` where one is malformed."""
    document = read_rules_file("operators/onnxruntime-providers")
    found = []
    for table in document.tables("provider"):
        found.append(
            ProviderKernels(table.text("name"), table.text("version"), table.text("source"), frozenset(table.texts("operators")))
        )
        table.finish()
    document.finish()
    return tuple(found)
