"""Which functions of the repository are passed on as values, so that not all of their calls can be told."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.link.program import Program
from analyzer.model.facts import Local


def functions_handed_out(program: Program) -> frozenset[tuple[str, int]]:
    """The functions, as (path, scope), that are arguments, are returned, or are kept under another name."""
    return frozenset(_handed_out(program))


def _handed_out(program: Program) -> Iterator[tuple[str, int]]:
    for path, python in program.python_files():
        given = [argument.value for use in python.uses for argument in use.arguments]
        given.extend(binding.value for binding in python.bindings if binding.kind in ("assign", "return", "extend"))
        for value in given:
            if isinstance(value, Local) and not value.attributes:
                bound = program.bound(path, value.scope, value.name)
                if bound and bound[0].kind == "definition" and isinstance(bound[0].value, Local):
                    yield path, bound[0].value.scope
