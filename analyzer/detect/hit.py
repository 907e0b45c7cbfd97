"""A rule that holds at a place, before it is quoted and judged."""

from __future__ import annotations

from analyzer.link.extensions import NativeSymbol
from analyzer.link.guards import Guarding
from analyzer.model.finding import Origin
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.rule import Rule
from analyzer.model.span import Span

KERNEL_LIST = "kernels: "
"""How the symbol of a CUDA source begins, followed by the names of its kernels."""
NO_KERNEL = "none of its own"


class Hit(NamedTuple):
    """A rule that holds at a place; quoting turns it into a finding."""

    rule: Rule
    path: str
    span: Span
    statement: Span
    symbol: str
    guard: Guarding
    overridable: bool
    origin: Origin | None
    bound_to: NativeSymbol | tuple[str, int] | None = None
    """What a call ends in: a symbol of an extension, or a Python kernel as (path, scope)."""
    is_passed_on: bool = False
    """A variable that is only handed to a function of ours: what is done with it there is what counts."""
    via: tuple[Origin, ...] = ()
    """The places that passed the value on, from its origin to here."""
