"""Whether code runs whenever what is around it does."""

from __future__ import annotations

from analyzer.model.facts import NO_GUARD, PythonFacts

_GOES_ON = ("other", "survived")


def is_conditional(python: PythonFacts, guard: int) -> bool:
    """Whether code stands under a condition without which the program goes on; not one without which it refuses to."""
    while guard != NO_GUARD:
        if python.guards[guard].elsewhere in _GOES_ON:
            return True
        guard = python.guards[guard].parent
    return False


def conditional_lines(python: PythonFacts) -> frozenset[int]:
    """The lines on which nothing is used or imported but under a condition."""
    found: dict[int, bool] = {}
    places = [(use.span.line, use.guard) for use in python.uses]
    for line, guard in (*places, *((entry.span.line, entry.guard) for entry in python.imports)):
        found[line] = found.get(line, True) and is_conditional(python, guard)
    return frozenset(line for line, conditional in found.items() if conditional)
