"""Tensors of a module that its forward pass writes: state from one call to the next, which a graph has only where it is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzer.model.facts import Local
from analyzer.operators.abstract import OperatorSite
from analyzer.operators.unseen import is_self_of_class

if TYPE_CHECKING:
    from analyzer.operators.walker import Walker

WRITTEN = "writing into a tensor that the module keeps"
KEPT = frozenset({"tensor", "static"})
NOT_THE_VALUES = frozenset({"requires_grad_", "share_memory_", "retain_grad_", "rename_", "detach_"})
"""Methods that work in place, and not on the elements."""


def state_sites(walker: Walker) -> Iterator[OperatorSite]:
    """The places of a function where a tensor of the instance is written: by keys, by a method, by a new value for a buffer."""
    owner, scope = walker.frame.owner, walker.frame.scope
    if owner is None:
        return
    written: list[tuple[int, int]] = []
    for use in walker.classes.indexed(walker.path).get(scope, ()):
        if use.kind == "put" and isinstance(use.target, Local) and len(use.target.attributes) == 1 and is_kept(walker, use.target):
            written.append((use.guard, use.span.line))
    for use in walker.classes.uses(walker.path).get(scope, ()):
        target = use.target
        last = target.attributes[-1] if isinstance(target, Local) and len(target.attributes) == 2 else ""
        in_place = last.endswith("_") and not last.endswith("__") and last not in NOT_THE_VALUES
        if in_place and isinstance(target, Local) and is_kept(walker, target._replace(attributes=target.attributes[:1])):
            written.append((use.guard, use.span.line))
    buffers = walker.interpreter.buffers_of(owner)
    for binding in walker.classes.changes(walker.path).get(scope, ()):
        if binding.kind in ("assign", "extend") and binding.target.removeprefix("self.") in buffers:
            written.append((binding.guard, binding.line))
    for guard, line in written:
        runs = walker.guard_truth(guard)
        if runs is not False:
            yield OperatorSite(WRITTEN, walker.path, line, runs is True)


def is_kept(walker: Walker, target: Local) -> bool:
    """Whether a name is an attribute of the instance that holds a tensor, or what is known when it is made."""
    owner = walker.frame.owner
    if owner is None or not is_self_of_class(walker, target):
        return False
    return walker.interpreter.attribute_of(owner, target.attributes[0], walker.depth).kind in KEPT
