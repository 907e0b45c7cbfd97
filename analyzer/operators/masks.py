"""Indexing with masks: what it gives has as many elements as the data say, which exporters take and tracing compilers do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzer.model.facts import ARITHMETIC, BITWISE, Argument, Called, Condition, External, Local, Member, Use, Value
from analyzer.operators.abstract import MASK, PERHAPS_MASK, Abstract, OperatorSite

if TYPE_CHECKING:
    from analyzer.operators.walker import Walker

BY_MASK = "indexing with a mask"
PERHAPS_BY_MASK = "indexing with what may be a mask"
PUT_BY_MASK = "assignment to what a mask selects"
INDEXED = frozenset({"tensor", "unknown", "static", "scalar"})
"""What can be indexed with a mask: tensors, and what may be one."""
BOOLEAN_TYPES = ("torch.bool", "torch.BoolTensor", "torch.cuda.BoolTensor")
_COMPARISONS = frozenset(
    {"eq", "ne", "lt", "le", "gt", "ge", "less", "less_equal", "greater", "greater_equal", "not_equal", "isnan", "isinf",
     "isfinite", "isneginf", "isposinf", "isclose", "isin", "logical_and", "logical_or", "logical_xor", "logical_not", "any", "all"}
)  # fmt: skip
"""Functions and methods of tensors that give booleans."""
_SAME_TYPE = frozenset(
    {"view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "expand", "expand_as", "repeat", "permute", "transpose",
     "t", "contiguous", "clone", "detach", "flip", "roll", "cuda", "cpu", "view_as", "reshape_as", "movedim", "swapaxes", "chunk",
     "split", "unbind", "narrow", "select", "index_select", "gather", "masked_fill", "masked_fill_", "repeat_interleave", "tril",
     "triu", "stack", "cat", "concat", "broadcast_to", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not"}
)  # fmt: skip
"""Functions and methods whose result has the element type of their first tensor."""


def is_boolean_type(value: Value) -> bool:
    """Whether an argument, or an annotation, means the type of booleans."""
    return isinstance(value, External) and value.name in (*BOOLEAN_TYPES, "builtins.bool")


def typed_method(owner: Abstract, name: str, given: tuple[Argument, ...], made: Abstract) -> Abstract:
    """What a method of a tensor gives, with what is known of its element type."""
    if owner.kind != "tensor":
        return PERHAPS_MASK if owner.kind == "unknown" and made.kind == "unknown" and _gives_booleans(name, given) else made
    if made.kind != "tensor":
        return made
    if name in ("to", "type"):
        is_kept = owner == MASK and not any(_names_a_type(argument) for argument in given)
        return MASK if is_kept or _gives_booleans(name, given) else made
    return MASK if _gives_booleans(name, given) or (owner == MASK and name in _SAME_TYPE) else made


def typed_function(name: str, given: tuple[Argument, ...], values: list[Abstract], made: Abstract) -> Abstract:
    """What a function of torch gives, with what is known of its element type."""
    last = name.rpartition(".")[2]
    if made.kind != "tensor" or name.count(".") != 1:
        return made
    is_same = last in _SAME_TYPE and bool(values) and _first_tensor(values[0]) == MASK
    return MASK if is_same or _gives_booleans(last, given) else made


def of_condition(operator: str, operands: list[Abstract], made: Abstract) -> Abstract:
    """What a comparison gives, or what masks are put together by: booleans where it gives a tensor."""
    is_comparison = operator not in (ARITHMETIC, BITWISE)
    is_of_masks = all(operand == MASK for operand in operands) or (operator == BITWISE and MASK in operands)
    if made.kind == "tensor" and (is_comparison or is_of_masks):
        return MASK
    may_be = is_comparison or (operator == BITWISE and PERHAPS_MASK in operands)
    return PERHAPS_MASK if made.kind == "unknown" and may_be else made


def mask_sites(walker: Walker) -> Iterator[OperatorSite]:
    """The places of a function where something is read, or written, by a mask."""
    for use in walker.classes.indexed(walker.path).get(walker.frame.scope, ()):
        runs = walker.guard_truth(use.guard)
        if runs is False:
            continue
        sure = [likeness(walker, argument.value, use) for argument in use.arguments]
        if not any(sure) or walker.value(use.target, use.span.line, 1).kind not in INDEXED:
            continue
        is_mask = any(item == "mask" for item in sure)
        if use.kind == "put":
            if is_mask:
                yield OperatorSite(PUT_BY_MASK, walker.path, use.span.line, runs is True)
        else:
            yield OperatorSite(BY_MASK if is_mask else PERHAPS_BY_MASK, walker.path, use.span.line, runs is True)


def likeness(walker: Walker, key: Value, use: Use) -> str:
    """`mask` for a tensor of booleans, `perhaps` for what its name or the way it is made says may be one, "" for anything else."""
    found = walker.value(key, use.span.line, 1)
    if found == MASK:
        return "mask"
    if found.kind not in ("tensor", "unknown"):
        return ""
    is_made_so = found == PERHAPS_MASK or (found.kind == "unknown" and _is_bitwise(key))
    return "perhaps" if is_made_so or _is_named_mask(key) else ""


def _is_bitwise(key: Value) -> bool:
    return isinstance(key, Condition) and key.operator == BITWISE


def _is_named_mask(key: Value) -> bool:
    name = (key.name, *key.attributes)[-1] if isinstance(key, Local) else key.attributes[-1] if isinstance(key, Member) else ""
    return name.rstrip("_0123456789s").lower().endswith("mask")


def _gives_booleans(name: str, given: tuple[Argument, ...]) -> bool:
    if name in ("to", "type"):
        return any(is_boolean_type(argument.value) for argument in given)
    return name in _COMPARISONS or name == "bool" or any(item.label == "dtype" and is_boolean_type(item.value) for item in given)


def _names_a_type(argument: Argument) -> bool:
    """Whether an argument of `to` is an element type, or that of another tensor."""
    value = argument.value
    if argument.label == "dtype" or (isinstance(value, External) and value.name.startswith(("torch.", "builtins."))):
        return not (isinstance(value, External) and value.name.endswith(".device"))
    last = value.attributes[-1:] if isinstance(value, Local | Member) else ()
    return last == ("dtype",) or (isinstance(value, Local) and "dtype" in value.name) or isinstance(value, Called)


def _first_tensor(value: Abstract) -> Abstract:
    """A tensor, or the first of several."""
    return value.fields[0][1] if value.kind == "record" and value.fields else value
