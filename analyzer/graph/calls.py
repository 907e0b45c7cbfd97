"""Which function or class of the repository a call means: through `self`, inheritance, instances, re-exports and aliases.

What one file and the repository's own classes cannot tell is answered with "not known", never with a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from analyzer.link.program import Program, bindings_of, class_of_self, definition_of
from analyzer.model.facts import MODULE_SCOPE, Called, Choice, External, Local, Member, Value

Definition = tuple[str, int]
"""(path, scope) of a function or class."""
DEEPEST = 8
"""How many values may lead on to each other."""
MOST_BASES = 64
MOST_OPTIONS = 8
_SUPER = External("builtins.super")
_PARTIAL = "functools.partial"
_METHODS_OF_OBJECT = frozenset(dir(object))


class Callee(NamedTuple):
    """What a call means, and how that was told: "", `method`, `inherited` or `instance`."""

    definition: Definition
    way: str


class Callees(NamedTuple):
    """All that a call may mean. `is_outside`: it leads out of the repository. Neither: it is not known."""

    found: tuple[Callee, ...]
    is_outside: bool = False


NOT_KNOWN = Callees(())
OUTSIDE = Callees((), True)


class CallReader:
    """Answers what calls mean. Every answer is remembered, and cycles of values or of classes end."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.known_callees: dict[tuple[str, Value], Callees] = {}
        self.known_classes: dict[tuple[str, Value], tuple[Definition, ...] | None] = {}
        self.known_orders: dict[Definition, tuple[tuple[Definition, ...], bool]] = {}

    # ---- callees -----------------------------------------------------------------------------------------------------

    def callees(self, path: str, target: Value, depth: int = DEEPEST) -> Callees:
        """What a callee means, or a name that is passed on to be called."""
        key = (path, target)
        if key not in self.known_callees:
            self.known_callees[key] = NOT_KNOWN  # the answer for values that lead back to themselves
            self.known_callees[key] = self.find_callees(path, target, depth - 1) if depth > 0 else NOT_KNOWN
        return self.known_callees[key]

    def find_callees(self, path: str, target: Value, depth: int) -> Callees:
        """The answer of `callees` that is then remembered."""
        if isinstance(target, Choice):
            return _joined([self.callees(path, option, depth) for option in target.options[:MOST_OPTIONS]])
        if isinstance(target, External):
            return self.callees_of_name(path, target, depth)
        if isinstance(target, Local):
            return self.callees_of_local(path, target, depth)
        if isinstance(target, Member) and len(target.attributes) == 1:
            return self.callees_of_member(path, target, depth)
        if isinstance(target, Called):
            if isinstance(target.callee, External) and target.callee.name == _PARTIAL and target.arguments:
                return self.callees(path, target.arguments[0].value, depth)
            return self.instance_call(self.classes_of(path, target, depth))
        return NOT_KNOWN

    def callees_of_name(self, path: str, target: External, depth: int) -> Callees:
        """A dotted name that an import leads to."""
        found = definition_of(self.program, path, target)
        if found is not None:
            return Callees((Callee(found, ""),))
        split = self.program.modules.split(target.name, path)
        if split is None:
            return OUTSIDE
        module, attributes = split
        if not attributes or module not in self.program.imported:
            return NOT_KNOWN
        if len(attributes) > 1:
            owner = External(target.name.rpartition(".")[0])
            return self.method_of(self.owners_of(path, owner, depth), attributes[-1], depth)
        if any(binding.kind == "assign" for binding in self.program.bound(module, MODULE_SCOPE, attributes[0])):
            return self.callees(module, Local(MODULE_SCOPE, attributes[0]), depth)
        leads_to = self.program.imported_path(module, attributes)
        return self.callees(module, External(leads_to), depth) if leads_to and leads_to != target.name else NOT_KNOWN

    def callees_of_local(self, path: str, target: Local, depth: int) -> Callees:
        """A name of this file, or an attribute of one."""
        found = definition_of(self.program, path, target)
        if found is not None:
            return Callees((Callee(found, ""),))
        bound = self.bound_values(path, target)
        if bound:
            return _joined([self.callees(path, value, depth) for value in bound])
        if target.attributes:
            owner = Local(target.scope, target.name, target.attributes[:-1])
            answer = self.method_of(self.owners_of(path, owner, depth), target.attributes[-1], depth)
            return self.without_outside_bases(answer) if is_self(self.program, path, owner) else answer
        return self.instance_call(self.classes_of(path, target, depth))

    def without_outside_bases(self, answer: Callees) -> Callees:
        """A method that a base from outside defines and an object calls on itself says nothing about its other methods."""
        found = tuple(callee for callee in answer.found if not (callee.way == "inherited" and self.is_class(callee.definition)))
        return Callees(found, answer.is_outside or len(found) < len(answer.found))

    def callees_of_member(self, path: str, target: Member, depth: int) -> Callees:
        """`super().run`, `make().run`."""
        name = target.attributes[0]
        owner = target.owner
        if isinstance(owner, Called) and owner.callee == _SUPER:
            return NOT_KNOWN  # who is asking decides: see `super_method`
        return self.method_of(self.owners_of(path, owner, depth), name, depth)

    def super_method(self, path: str, scope: int, name: str) -> Callees:
        """The method that `super().name` means inside a method."""
        owner = self.enclosing_class(path, scope)
        if owner is None:
            return NOT_KNOWN
        order, leads_outside = self.order_of(owner)
        return self.first_method(order[1:], name, leads_outside)

    def enclosing_class(self, path: str, scope: int) -> Definition | None:
        """The class around a function, however deep."""
        scopes = self.program.python(path).scopes
        while scope > MODULE_SCOPE:
            scope = scopes[scope].parent
            if scope >= 0 and scopes[scope].kind == "class":
                return path, scope
        return None

    def bound_values(self, path: str, target: Local) -> list[Value]:
        """What assignments give a name or attribute, where nothing else binds it."""
        found = bindings_of(self.program, path, target)
        return [binding.value for binding in found if binding.kind == "assign"][:MOST_OPTIONS]

    # ---- methods -----------------------------------------------------------------------------------------------------

    def method_of(self, owners: tuple[Definition, ...] | None, name: str, depth: int) -> Callees:
        """A method of any of some classes; None: the object comes from outside."""
        if owners is None:
            return OUTSIDE
        answers = []
        for owner in owners:
            order, leads_outside = self.order_of(owner)
            answer = self.first_method(order, name, leads_outside)
            if not answer.found and not answer.is_outside:
                answer = self.held_method(order, name, depth)
            answers.append(answer)
        return _joined(answers)

    def first_method(self, order: tuple[Definition, ...], name: str, leads_outside: bool) -> Callees:
        """The first method of that name. One that a base outside must define still belongs to the class: `Fn.apply`."""
        for place, (path, scope) in enumerate(order):
            found = definition_of(self.program, path, Local(scope, name))
            if found is not None:
                return Callees((Callee(found, "inherited" if place else "method"),))
        if leads_outside and order:
            return Callees((Callee(order[0], "inherited"),), True)
        return OUTSIDE if leads_outside or name in _METHODS_OF_OBJECT else NOT_KNOWN

    def held_method(self, order: tuple[Definition, ...], name: str, depth: int) -> Callees:
        """A callable that a class holds as an attribute: `self.net = Net()`, then `self.net(x)`."""
        values = [
            (path, binding.value)
            for path, scope in order
            for binding in self.program.bound(path, scope, name)
            if binding.kind == "assign"
        ]
        return _joined([self.callees(path, value, depth) for path, value in values[:MOST_OPTIONS]])

    def instance_call(self, classes: tuple[Definition, ...] | None) -> Callees:
        """A call of an object: its `__call__`, or where a base outside has that the class as a whole."""
        if classes is None:
            return OUTSIDE
        found: dict[Callee, None] = {}
        for owner in classes:
            answer = self.first_method(self.order_of(owner)[0], "__call__", False)
            for callee in answer.found or (Callee(owner, "instance"),):
                found[callee._replace(way="instance")] = None
        return Callees(tuple(found))

    def order_of(self, owner: Definition) -> tuple[tuple[Definition, ...], bool]:
        """A class and its bases of ours, nearest first, and whether some base stands outside. Circles end."""
        if owner not in self.known_orders:
            seen: dict[Definition, None] = {}
            frontier, leads_outside = [owner], False
            while frontier and len(seen) < MOST_BASES:
                current = frontier.pop(0)
                if current in seen:
                    continue
                seen[current] = None
                path, scope = current
                for base in self.program.python(path).scopes[scope].bases:
                    found = self.base_class(path, base)
                    if found is not None:
                        frontier.append(found)
                    else:
                        leads_outside = True
            self.known_orders[owner] = tuple(seen), leads_outside
        return self.known_orders[owner]

    def base_class(self, path: str, base: Value) -> Definition | None:
        """The class of ours that a base is; `Generic[T]`-like subscripts and calls are none."""
        found = definition_of(self.program, path, base) if isinstance(base, Local | External) else None
        return found if found is not None and self.is_class(found) else None

    def is_class(self, definition: Definition) -> bool:
        """Whether a definition is a class."""
        return self.program.python(definition[0]).scopes[definition[1]].kind == "class"

    # ---- what an object is -------------------------------------------------------------------------------------------

    def owners_of(self, path: str, value: Value, depth: int) -> tuple[Definition, ...] | None:
        """The classes whose methods an attribute of a value may be: of an object, or of the class itself."""
        if isinstance(value, Local) and not value.attributes:
            own = class_of_self(self.program.python(path), value)
            if own is not None:
                return ((path, own),)
        named = definition_of(self.program, path, value) if isinstance(value, Local | External) else None
        if named is not None:
            return (named,) if self.is_class(named) else ()
        return self.classes_of(path, value, depth)

    def classes_of(self, path: str, value: Value, depth: int) -> tuple[Definition, ...] | None:
        """The classes of ours that a value may be an object of; () where that is not known, None where it is from outside."""
        key = (path, value)
        if key not in self.known_classes:
            self.known_classes[key] = ()
            self.known_classes[key] = self.find_classes(path, value, depth - 1) if depth > 0 else ()
        return self.known_classes[key]

    def find_classes(self, path: str, value: Value, depth: int) -> tuple[Definition, ...] | None:
        """The answer of `classes_of` that is then remembered."""
        if isinstance(value, Called):
            return self.classes_made(path, value, depth)
        if isinstance(value, Choice):
            return _all_of([self.classes_of(path, option, depth) for option in value.options[:MOST_OPTIONS]])
        if isinstance(value, Local):
            return _all_of(list(self.classes_bound(path, value, depth)))
        if isinstance(value, External):
            split = self.program.modules.split(value.name, path)
            if split is None:
                return None
            module, attributes = split
            if len(attributes) == 1 and module in self.program.imported:
                if self.program.bound(module, MODULE_SCOPE, attributes[0]):
                    return self.classes_of(module, Local(MODULE_SCOPE, attributes[0]), depth)
                leads_to = self.program.imported_path(module, attributes)
                return self.classes_of(module, External(leads_to), depth) if leads_to and leads_to != value.name else ()
        return () if not isinstance(value, Member) else None if self.is_from_outside(path, value, depth) else ()

    def is_from_outside(self, path: str, value: Member, depth: int) -> bool:
        """An attribute of what an outside call returned is from outside as well."""
        return self.classes_of(path, value.owner, depth) is None

    def classes_made(self, path: str, value: Called, depth: int) -> tuple[Definition, ...] | None:
        """A class of ours that is called, or what a function of ours returns."""
        answer = self.callees(path, value.callee, depth)
        if not answer.found:
            return None if answer.is_outside else ()
        made: list[tuple[Definition, ...] | None] = []
        for callee in answer.found:
            where, scope = callee.definition
            if self.is_class(callee.definition):
                made.append((callee.definition,) if callee.way == "" else ())
                continue
            returned = [binding.value for binding in self.program.bound(where, scope, "return")][:MOST_OPTIONS]
            made.append(_all_of([self.classes_of(where, result, depth) for result in returned]))
        return _all_of(made)

    def classes_bound(self, path: str, value: Local, depth: int) -> Iterator[tuple[Definition, ...] | None]:
        """What assignments and annotations say that a variable, parameter or attribute is."""
        for binding in bindings_of(self.program, path, value)[:MOST_OPTIONS]:
            if binding.kind in ("assign", "with"):
                yield self.classes_of(path, binding.value, depth)
            elif binding.kind in ("parameter", "annotation"):
                yield self.annotated(path, binding.scope, binding.target, binding.value)
            else:
                yield ()

    def annotated(self, path: str, scope: int, name: str, value: Value) -> tuple[Definition, ...] | None:
        """The class that an annotation names."""
        parameters = self.program.python(path).scopes[scope].parameters
        annotation = next((parameter.annotation for parameter in parameters if parameter.name == name), value)
        found = definition_of(self.program, path, annotation) if isinstance(annotation, Local | External) else None
        if found is not None and self.is_class(found):
            return (found,)
        is_foreign = isinstance(annotation, External) and self.program.modules.split(annotation.name, path) is None
        return None if is_foreign else ()


def is_self(program: Program, path: str, value: Local) -> bool:
    """Whether a name is the first parameter of the method around it."""
    return not value.attributes and class_of_self(program.python(path), value) is not None


def _joined(answers: list[Callees]) -> Callees:
    found = dict.fromkeys(callee for answer in answers for callee in answer.found)
    return Callees(tuple(found)[:MOST_OPTIONS], bool(answers) and all(answer.is_outside for answer in answers))


def _all_of(answers: list[tuple[Definition, ...] | None]) -> tuple[Definition, ...] | None:
    """All classes that any answer names; None where all lead outside."""
    if answers and all(answer is None for answer in answers):
        return None
    return tuple(dict.fromkeys(found for answer in answers for found in answer or ()))[:MOST_OPTIONS]
