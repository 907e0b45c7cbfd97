"""Names that come from `from module import *`: rewritten to the names that they stand for, before anything is linked.

Only modules with such an import pay for it. A name that a module of ours exports is that name; one that none of ours
exports is ascribed to a module from outside only if there is exactly one, since two could both have it.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping as Table

from analyzer.link.modules import ModuleIndex
from analyzer.model.facts import (
    MODULE_SCOPE,
    Argument,
    Called,
    Choice,
    Condition,
    External,
    Formatted,
    Item,
    Mapping,
    Member,
    PythonFacts,
    Sequence,
    Text,
    Value,
)

_BUILTIN = "builtins."
_REAL_BUILTINS = frozenset(dir(builtins))


def resolve_star_imports(files: Table[str, PythonFacts], modules: ModuleIndex) -> dict[str, PythonFacts]:
    """The same facts, with names from star imports resolved where that can be told."""
    exports = _Exports(files, modules)
    return {path: _Rewriter(path, python, exports).rewritten() for path, python in files.items()}


class _Exports:
    """What each module of the repository gives to those that import everything from it."""

    def __init__(self, files: Table[str, PythonFacts], modules: ModuleIndex) -> None:
        self.files = files
        self.modules = modules
        self.known: dict[str, frozenset[str]] = {}

    def of(self, path: str) -> frozenset[str]:
        """The names that a module exports: its `__all__`, or all public ones, those of its own star imports included."""
        if path not in self.known:
            self.known[path] = frozenset()  # the answer for modules that import each other
            self.known[path] = self.find(path)
        return self.known[path]

    def find(self, path: str) -> frozenset[str]:
        """The answer of `of` that is then remembered."""
        python = self.files[path]
        names: set[str] = set()
        listed: set[str] = set()
        for binding in python.bindings:
            if binding.scope == MODULE_SCOPE and binding.target == "__all__" and isinstance(binding.value, Sequence):
                listed.update(item.text for item in binding.value.items if isinstance(item, Text))
            elif binding.scope == MODULE_SCOPE and binding.target.isidentifier() and binding.kind != "return":
                names.add(binding.target)
        for entry in python.imports:
            if entry.scope != MODULE_SCOPE:
                continue
            if entry.name == "*":
                found = self.modules.find(entry.module, path)
                names.update(self.of(found) if found is not None and found in self.files else ())
            elif entry.alias:
                names.add(entry.alias)
        return frozenset(names & listed if listed else (name for name in names if not name.startswith("_")))


class _Rewriter:
    """Rewrites one module."""

    def __init__(self, path: str, python: PythonFacts, exports: _Exports) -> None:
        self.path = path
        self.python = python
        self.exports = exports
        self.stars = [entry.module for entry in python.imports if entry.name == "*"]
        self.known: dict[str, str] = {}

    def rewritten(self) -> PythonFacts:
        """The facts of the module; the very same object where it imports nothing by star."""
        if not self.stars:
            return self.python
        value = self.value
        python = self.python
        return python._replace(
            scopes=tuple(
                scope._replace(
                    bases=tuple(map(value, scope.bases)),
                    decorators=tuple(map(value, scope.decorators)),
                    parameters=tuple(
                        parameter._replace(
                            default=None if parameter.default is None else value(parameter.default),
                            annotation=value(parameter.annotation),
                        )
                        for parameter in scope.parameters
                    ),
                )
                for scope in python.scopes
            ),
            bindings=tuple(binding._replace(value=value(binding.value)) for binding in python.bindings),
            uses=tuple(use._replace(target=value(use.target), arguments=self.arguments(use.arguments)) for use in python.uses),
            literals=tuple(literal._replace(other=value(literal.other)) for literal in python.literals),
            guards=tuple(guard._replace(test=value(guard.test)) for guard in python.guards),
        )

    def arguments(self, arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
        """Arguments with their values rewritten."""
        return tuple(argument._replace(value=self.value(argument.value)) for argument in arguments)

    def value(self, value: Value) -> Value:
        """A value with every name in it rewritten; values are nested to a bounded depth."""
        if isinstance(value, External):
            return External(self.name(value.name))
        if isinstance(value, Called):
            return Called(self.value(value.callee), self.arguments(value.arguments))
        if isinstance(value, Member | Item):
            return value._replace(owner=self.value(value.owner))
        if isinstance(value, Choice):
            test = None if value.test is None else self.value(value.test)
            return Choice(tuple(map(self.value, value.options)), test)
        if isinstance(value, Formatted):
            return Formatted(value.prefix, tuple(map(self.value, value.rest)))
        if isinstance(value, Sequence):
            return Sequence(tuple(map(self.value, value.items)))
        if isinstance(value, Condition):
            return value._replace(operands=tuple(map(self.value, value.operands)))
        if isinstance(value, Mapping):
            return Mapping(tuple((key, self.value(item)) for key, item in value.items))
        return value

    def name(self, dotted: str) -> str:
        """The dotted name that an unbound name stands for; itself where it is a builtin or cannot be told."""
        if not dotted.startswith(_BUILTIN):
            return dotted
        first, _, rest = dotted.removeprefix(_BUILTIN).partition(".")
        if first in _REAL_BUILTINS:
            return dotted
        if first not in self.known:
            self.known[first] = self.source_of(first)
        module = self.known[first]
        return dotted if not module else ".".join(filter(None, (module, first, rest)))

    def source_of(self, name: str) -> str:
        """The module that gives a name: the last of ours that exports it, else the only one from outside."""
        outside = []
        for module in reversed(self.stars):
            path = self.exports.modules.find(module, self.path)
            if path is None:
                outside.append(module)
            elif path in self.exports.files and name in self.exports.of(path):
                return module
        return outside[0] if len(outside) == 1 else ""
