"""Light type inference: what made an object, as a dotted outside name."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.link.program import Program, class_of_self, definition_of
from analyzer.model.facts import Binding, Called, Choice, External, Formatted, Local, Mapping, Member, Sequence, Text, Value

OWN = "<own>"
"""The type of an object of the repository's own."""


class TypeReader:
    """Answers what made a value."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.outside_names: dict[tuple[str, str], str] = {}

    def type_of(self, path: str, value: Value, depth: int = 6) -> str:
        """The dotted name of what made a value (`torch.cuda.Stream`), `<own>` for one of ours, or ""."""
        if depth <= 0:
            return ""
        if isinstance(value, Text | Formatted):
            return "builtins.str"
        if isinstance(value, Mapping):
            return "builtins.dict"
        if isinstance(value, Sequence):
            return "builtins.list"
        if isinstance(value, External):
            return self.outside_name(path, value.name)
        if isinstance(value, Called):
            return self.type_of_call(path, value, depth)
        if isinstance(value, Local):
            return self.type_of_local(path, value, depth)
        if isinstance(value, Choice):
            return next((found for option in value.options if (found := self.type_of(path, option, depth - 1))), "")
        if isinstance(value, Member):
            return self.type_of(path, value.owner, depth - 1)
        return ""

    def outside_name(self, path: str, name: str) -> str:
        """A dotted name as seen from outside: through re-exports of the repository; `<own>` if it is ours."""
        if name.partition(".")[0] not in self.program.modules.top_names:
            return name
        key = (path, name)
        if key not in self.outside_names:
            self.outside_names[key] = OWN  # the answer for names that lead back to themselves
            self.outside_names[key] = self.resolved_outside_name(path, name)
        return self.outside_names[key]

    def resolved_outside_name(self, path: str, name: str) -> str:
        """The answer of `outside_name` that is then remembered."""
        found = self.program.modules.split(name, path)
        if found is None:
            return name
        module, attributes = found
        leads_to = self.program.imported_path(module, attributes)
        return self.outside_name(module, leads_to) if leads_to and leads_to != name else OWN

    def type_of_call(self, path: str, value: Called, depth: int) -> str:
        """A constructor or factory; methods of a known object are taken to return the same kind of object."""
        callee = value.callee
        if isinstance(callee, External):
            return self.outside_name(path, callee.name)
        if isinstance(callee, Local) and not callee.attributes:
            found = definition_of(self.program, path, callee)
            if found is not None:
                if self.program.python(found[0]).scopes[found[1]].kind == "class":
                    return OWN
                for binding in self.program.bound(found[0], found[1], "return"):
                    if known := self.type_of(found[0], binding.value, depth - 1):
                        return known
            return ""
        if isinstance(callee, Local):
            return self.type_of(path, Local(callee.scope, callee.name, callee.attributes[:-1]), depth - 1)
        if isinstance(callee, Member):
            return self.type_of(path, callee.owner, depth - 1)
        return ""

    def type_of_local(self, path: str, value: Local, depth: int) -> str:
        """A variable by its bindings, a parameter by its annotation, an attribute of self by the class's methods."""
        if value.attributes:
            owner = class_of_self(self.program.python(path), value)
            bindings = list(self.program.bound(path, value.scope, ".".join((value.name, *value.attributes))))
            if owner is not None and len(value.attributes) == 1:
                for index in self.program.methods.get((path, owner), ()):
                    bindings.extend(self.program.bound(path, index, f"{value.name}.{value.attributes[0]}"))
            return self.first_type(path, bindings, depth)
        return self.first_type(path, self.program.bound(path, value.scope, value.name), depth)

    def first_type(self, path: str, bindings: Iterable[Binding], depth: int) -> str:
        """The type that the first telling binding gives."""
        for binding in bindings:
            if binding.kind == "parameter":
                scope = self.program.python(path).scopes[binding.scope]
                for parameter in scope.parameters:
                    if parameter.name == binding.target and isinstance(parameter.annotation, External):
                        return self.outside_name(path, parameter.annotation.name)
            elif binding.kind in ("assign", "with") and (found := self.type_of(path, binding.value, depth - 1)):
                return found
            elif binding.kind == "definition":
                return OWN
        return ""
