"""The vocabulary in which rules and targets meet."""

from __future__ import annotations

from analyzer.model.named_tuple import NamedTuple


class Capability(NamedTuple):
    """A word of the vocabulary between rules and targets: something that code relies on."""

    id: str
    title: str
    description: str
    kind: str = ""
    """`library`: findings are grouped by the library they are about; `kernel`: by the kernel. `query`: code asks
    there what device it has. `engine`: what runs the models; no tie to CUDA by itself, but work where the target lacks it.
    `framework`: the same of what models are written in, where it is one of the repository's main ones."""
