"""A function being walked, and what walking it tells."""

from __future__ import annotations

from typing import NamedTuple

from analyzer.model.facts import (
    External,
    Sequence,
    Value,
)
from analyzer.operators.abstract import (
    FALSE,
    GIVEN,
    NONE,
    PERHAPS_MASK,
    STATIC,
    TRUE,
    UNKNOWN,
    Abstract,
    ClassPlace,
    Finding,
    OperatorSite,
    join,
)

DEEPEST_CALL = 24
DEEPEST_VALUE = 14
DEEPEST_KEPT = 8
"""Depth up to which what a name stands for is remembered: deeper, the limit may have cut it short."""
MOST_FINDINGS = 24
MOST_SITES = 400
MOST_FRAMES = 3000
"""Functions walked for one entry point; a model that leads on further is said to be known in part."""
ONE_OF_MANY = frozenset({"library-operator"})
"""Rules about layers of which models with alternatives nearly always have some."""
MOST_ADDED = 12
OPERATOR_PACKAGES = ("torch.", "einops.", "torchvision.ops.", "torchaudio.", "jax.", "tensorflow.")
EMPTY = Sequence(())
HALF_TYPES = ("torch.float16", "torch.bfloat16", "torch.half")
MOST_FIELDS = 6
"""Elements up to which a tuple is told apart when it is passed on."""
TENSOR_ANNOTATIONS = frozenset({"Tensor", "FloatTensor", "LongTensor", "BoolTensor", "IntTensor"})


COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")
"""Operators that compare constants, as in settings at their defaults."""


class Frame(NamedTuple):
    """A function being walked: whose method, with which arguments."""

    path: str
    scope: int
    owner: ClassPlace | None
    """The class of the instance, which may inherit the method."""
    arguments: tuple[tuple[str, Abstract], ...]


class Outcome(NamedTuple):
    """What walking a function tells."""

    findings: tuple[Finding, ...]
    returns: Abstract
    sites: tuple[OperatorSite, ...] = ()
    """What was called outside of the repository, one place a name."""


NOTHING = Outcome((), UNKNOWN)


def identity(left: Abstract, right: Abstract, positive: bool) -> Abstract:
    """`is` and `is not`, which in such code ask for None."""
    if left.kind == "const" and right.kind == "const":
        return TRUE if (left.const is right.const) == positive else FALSE
    if NONE in (left, right):
        other = right if left == NONE else left
        if other in (GIVEN, PERHAPS_MASK):
            return FALSE if positive else TRUE
        if other.kind in ("unknown", "static", "scalar", "config"):
            return UNKNOWN
        return FALSE if positive else TRUE
    return STATIC


def compared(operator: str, left: object, right: object) -> Abstract:
    """A comparison of two constants; not known where they cannot be compared."""
    if operator in ("==", "!="):
        return TRUE if (left == right) == (operator == "==") else FALSE
    if operator in ("in", "not in"):
        holds = left in right if isinstance(left, str) and isinstance(right, str) else None
        return STATIC if holds is None else TRUE if holds == (operator == "in") else FALSE
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return STATIC
    is_less, is_same = left < right, left == right
    return TRUE if (is_same and "=" in operator) or (not is_same and is_less == (operator[0] == "<")) else FALSE


def joined_lists(operands: list[Abstract]) -> Abstract:
    """Lists added to each other, or repeated: what is in any of them."""
    inner = [value for operand in operands for _, value in operand.fields if operand.kind in ("record", "container")]
    return Abstract("record", None, tuple((f"#{index}", value) for index, value in enumerate(dict.fromkeys(inner))))


def element_of(owner: Abstract) -> Abstract:
    """Some element of a tuple or list; where they are modules, all of them, one after the other."""
    values = [value for _, value in owner.fields]
    values += [inner for value in values if value.kind == "record" for _, inner in value.fields]
    modules = [value for value in dict.fromkeys(values) if value.kind in ("module", "container", "layer")]
    if modules:
        return Abstract("container", None, tuple((f"#{index}", value) for index, value in enumerate(modules)))
    return join([value for _, value in owner.fields])


def without_objects(value: Abstract) -> Abstract:
    """A value that may not come about, without what would make it certain that an export fails; caches are kept."""
    if value.kind == "object":
        return value if value.const else UNKNOWN
    if value.kind == "record":
        return value._replace(fields=tuple((name, without_objects(inner)) for name, inner in value.fields))
    return value


def is_tensor_annotation(annotation: Value) -> bool:
    """Whether a parameter is said to be a tensor, and not perhaps None."""
    return isinstance(annotation, External) and annotation.name.rpartition(".")[2] in TENSOR_ANNOTATIONS
