"""What answers questions about a linked program: made once, since part of it is indexes of the whole repository."""

from __future__ import annotations

from analyzer.link.extension_calls import ExtensionReader
from analyzer.link.guards import GuardReader
from analyzer.link.kernels import KernelReader
from analyzer.link.program import Program
from analyzer.link.types import TypeReader
from analyzer.link.values import ValueFollower


class Readers:
    """One of each. Whoever asks many questions begins with `forget_answers`."""

    def __init__(self, program: Program) -> None:
        self.guards = GuardReader(program)
        self.values = ValueFollower(program, self.guards)
        self.types = TypeReader(program)
        self.kernels = KernelReader(program, self.types)
        self.extensions = ExtensionReader(program, self.values)

    def forget_answers(self) -> None:
        """Begin with an empty memory: limits make an answer depend on what was asked before."""
        for reader in (self.values, self.guards, self.types, self.extensions):
            reader.forget_answers()
