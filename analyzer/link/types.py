"""Light type inference: what may have made an object, as dotted outside names."""

from __future__ import annotations

import builtins
from collections.abc import Iterable

from analyzer.link.program import Program, bindings_of, class_of_self, definition_of
from analyzer.model.facts import (
    ELEMENT,
    Binding,
    Called,
    Choice,
    Constant,
    External,
    Formatted,
    Item,
    Local,
    Mapping,
    Member,
    Sequence,
    Text,
    Value,
)

OWN = "<own>"
"""The type of an object of the repository's own."""
UNKNOWN_TYPE = ""
DEEPEST_TYPE = 12
MOST_TYPES = 8
MOST_CALLERS = 16
MOST_DOTS = 32
"""Modules that import attributes of each other's attributes make names that only grow."""
BUILTIN_NAMES = frozenset(dir(builtins)) | {"super"}
_ITERATION_HELPERS = frozenset(
    {"builtins.reversed", "builtins.sorted", "builtins.list", "builtins.tuple", "builtins.iter", "builtins.set"}
)


class TypeReader:
    """Answers what may have made a value. A name bound in several places may be any of what they give it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.outside_names: dict[tuple[str, str], str] = {}
        self.foreign: dict[str, str] = {}
        self.known: dict[tuple[str, Value], tuple[str, ...]] = {}

    def forget_answers(self) -> None:
        """Begin with an empty memory: limits make an answer depend on what was asked before."""
        self.known.clear()

    def type_of(self, path: str, value: Value) -> str:
        """The first thing known to make a value (`torch.cuda.Stream`), `<own>` for one of ours, or ""."""
        return next((found for found in self.types_of(path, value) if found), UNKNOWN_TYPE)

    def types_of(self, path: str, value: Value, depth: int = DEEPEST_TYPE) -> tuple[str, ...]:
        """Everything that may have made a value; "" among them says that it may also be something unknown."""
        if isinstance(value, Text | Formatted):
            return ("builtins.str",)
        if isinstance(value, Mapping):
            return ("builtins.dict",)
        if isinstance(value, Sequence):
            return ("builtins.list",)
        if isinstance(value, Constant):
            return () if value.text == "None" else ("builtins.int",)
        if isinstance(value, External):
            return (self.outside_name(path, value.name),)
        if depth <= 0 or not isinstance(value, Called | Local | Choice | Member | Item):
            return (UNKNOWN_TYPE,)
        key = (path, value)
        if key not in self.known:
            self.known[key] = ()  # a value that leads back to itself adds nothing to what else it may be
            self.known[key] = tuple(dict.fromkeys(self.find(path, value, depth - 1)))[:MOST_TYPES]
        return self.known[key]

    def find(self, path: str, value: Called | Local | Choice | Member | Item, depth: int) -> Iterable[str]:
        """The answer of `types_of` that is then remembered."""
        if isinstance(value, Called):
            return self.types_of_call(path, value, depth)
        if isinstance(value, Local):
            return self.types_of_local(path, value, depth)
        if isinstance(value, Choice):
            return (found for option in value.options for found in self.types_of(path, option, depth))
        if isinstance(value, Item) or value.attributes[-1:] == (ELEMENT,):
            return self.types_of_element(path, value.owner, depth)
        return self.types_of(path, value.owner, depth)

    # ---- names -------------------------------------------------------------------------------------------------------

    def outside(self, path: str, value: Value) -> str:
        """The dotted name outside the repository that a value means, or ""."""
        name = self.outside_name(path, value.name) if isinstance(value, External) else ""
        return "" if name == OWN else name

    def outside_name(self, path: str, name: str) -> str:
        """A dotted name as seen from outside: through re-exports of the repository; `<own>` if it is ours.

        A chain of re-exports may be as long as the repository, so it is walked in a loop.
        """
        trail: list[tuple[str, str]] = []
        answer: str | None = None
        while answer is None:
            if not self.program.modules.may_be_ours(name):
                answer = self.foreign.get(name)
                if answer is None:
                    answer = self.foreign[name] = _from_outside(name)
            elif not _from_outside(name):
                answer = UNKNOWN_TYPE
            elif (path, name) in self.outside_names or name.count(".") > MOST_DOTS:
                answer = self.outside_names.get((path, name), OWN)
            else:
                trail.append((path, name))
                self.outside_names[path, name] = OWN  # the answer for names that lead back to themselves
                found = self.program.modules.split(name, path)
                leads_to = self.program.imported_path(*found) if found is not None else None
                if found is None:
                    answer = name
                elif leads_to is None or leads_to == name:
                    answer = OWN
                else:
                    path, name = found[0], leads_to
        self.outside_names.update(dict.fromkeys(trail, answer))
        return answer

    # ---- calls and containers ----------------------------------------------------------------------------------------

    def types_of_call(self, path: str, value: Called, depth: int) -> Iterable[str]:
        """A constructor or factory; methods of a known object are taken to return the same kind of object."""
        callee = value.callee
        function = self.function_of(path, callee)
        if function is not None:
            return self.types_returned(function, depth)
        if isinstance(callee, External):
            return (self.outside_name(path, callee.name),)
        if isinstance(callee, Local) and callee.attributes:
            return self.types_of(path, Local(callee.scope, callee.name, callee.attributes[:-1]), depth)
        if isinstance(callee, Member):
            owner = Member(callee.owner, callee.attributes[:-1]) if len(callee.attributes) > 1 else callee.owner
            return self.types_of(path, owner, depth)
        return (UNKNOWN_TYPE,)

    def function_of(self, path: str, callee: Value) -> tuple[str, int] | None:
        """The function or class of ours that is called, methods of `self` included."""
        if isinstance(callee, Local) and len(callee.attributes) == 1:
            owner = class_of_self(self.program.python(path), callee)
            return definition_of(self.program, path, Local(owner, callee.attributes[0])) if owner is not None else None
        return definition_of(self.program, path, callee) if isinstance(callee, Local | External) else None

    def types_returned(self, function: tuple[str, int], depth: int) -> Iterable[str]:
        """What a function of ours returns; an instance of ours where it is a class."""
        path, scope = function
        if self.program.python(path).scopes[scope].kind == "class":
            return (OWN,)
        returned = self.program.bound(path, scope, "return")
        found = [name for binding in returned for name in self.types_of(path, binding.value, depth)]
        return found or (UNKNOWN_TYPE,)

    def types_of_element(self, path: str, owner: Value, depth: int) -> Iterable[str]:
        """What a loop over a container, or a subscript of it, gives: known for lists that are written out."""
        if isinstance(owner, Called) and isinstance(owner.callee, External) and owner.callee.name in _ITERATION_HELPERS:
            first = next((argument.value for argument in owner.arguments if argument.label == "0"), None)
            return self.types_of_element(path, first, depth - 1) if first is not None and depth > 0 else (UNKNOWN_TYPE,)
        if isinstance(owner, Sequence):
            return [name for item in owner.items for name in self.types_of(path, item, depth)]
        if isinstance(owner, Mapping):
            return [name for _, item in owner.items for name in self.types_of(path, item, depth)]
        if isinstance(owner, Local):
            written = [binding.value for binding in bindings_of(self.program, path, owner) if binding.kind == "assign"]
            shown = [value for value in written if isinstance(value, Sequence | Mapping)]
            if shown and depth > 0:
                return [name for value in shown for name in self.types_of_element(path, value, depth - 1)]
        return (UNKNOWN_TYPE,)

    # ---- variables ---------------------------------------------------------------------------------------------------

    def types_of_local(self, path: str, value: Local, depth: int) -> Iterable[str]:
        """A variable by its bindings, a parameter by its annotation, an attribute of self by the class's methods."""
        bindings = bindings_of(self.program, path, value)
        if not bindings:
            return (UNKNOWN_TYPE,)
        return (name for binding in bindings for name in self.types_bound(path, binding, depth))

    def types_bound(self, path: str, binding: Binding, depth: int) -> Iterable[str]:
        """What one binding gives."""
        if binding.kind == "parameter":
            scope = self.program.python(path).scopes[binding.scope]
            for parameter in scope.parameters:
                if parameter.name == binding.target and isinstance(parameter.annotation, External):
                    return (self.outside_name(path, parameter.annotation.name),)
            return self.types_passed(path, binding, depth)
        if binding.kind in ("assign", "with", "for"):
            return self.types_of(path, binding.value, depth)
        if binding.kind == "annotation" and isinstance(binding.value, External):
            return (self.outside_name(path, binding.value.name),)
        return (OWN,) if binding.kind == "definition" else ()

    def types_passed(self, path: str, binding: Binding, depth: int) -> Iterable[str]:
        """What the repository's own calls pass to a parameter; others may always pass something else."""
        found: list[str] = [UNKNOWN_TYPE]
        for site in self.program.call_sites.get((path, binding.scope), ())[:MOST_CALLERS]:
            argument = self.program.argument_of(path, binding, site.use)
            if argument is not None:
                found.extend(self.types_of(site.path, argument.value, depth))
        return found


def _from_outside(name: str) -> str:
    """A name that is none of ours; "" for one that nothing in its module binds."""
    is_unbound = name.startswith("builtins.") and name.split(".")[1] not in BUILTIN_NAMES
    return UNKNOWN_TYPE if is_unbound else name
