"""Names that come from `from module import *`: rewritten to the names that they stand for, before anything is linked.

Only modules with such an import pay for it. A name that a module of ours exports is that name; one that none of ours
exports is ascribed to a module from outside only if there is exactly one, since two could both have it.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping as Table

from analyzer.link.modules import Modules
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
from analyzer.model.named_tuple import NamedTuple

MOST_MODULES = 256
"""How many modules one name is looked for in, from one star import on."""
_BUILTIN = "builtins."
_REAL_BUILTINS = frozenset(dir(builtins))


def resolve_star_imports(files: Table[str, PythonFacts], modules: Modules) -> tuple[dict[str, PythonFacts], frozenset[str]]:
    """The same facts, with names from star imports resolved where that can be told, and the files where that went too far."""
    exports = _Exports(files, modules)
    resolved = {path: _Rewriter(path, python, exports).rewritten() for path, python in files.items()}
    return resolved, frozenset(exports.gave_up)


class _Module(NamedTuple):
    """What decides which names a module exports."""

    names: frozenset[str]
    """What it binds or imports by name."""
    listed: frozenset[str]
    """Its `__all__`; empty where it has none that can be read."""
    stars: tuple[str, ...]
    """The modules of ours from which it imports everything."""

    def lets_out(self, name: str) -> bool:
        """Whether a name, had the module got it, would be exported: by its `__all__`, else if it is public."""
        return name in self.listed if self.listed else not name.startswith("_")


class _Exports:
    """Which names each module of the repository gives to those that import everything from it."""

    def __init__(self, files: Table[str, PythonFacts], modules: Modules) -> None:
        self.files = files
        self.modules = modules
        self.read: dict[str, _Module] = {}
        self.known: dict[tuple[str, str], bool] = {}
        self.gave_up: set[str] = set()

    def has(self, path: str, name: str) -> bool:
        """Whether a module exports a name, its own or one of its star imports'. Chains are walked in a loop."""
        seen: set[str] = set()
        waiting = [iter((path,))]
        trail: list[str] = []
        """The modules on the way to the one that is looked at."""
        while waiting:
            at = next(waiting[-1], None)
            if at is None:
                waiting.pop()
                del trail[len(waiting) - 1 :]
                continue
            if at in seen:
                continue
            if len(seen) >= MOST_MODULES:
                self.gave_up.add(path)
                return False
            seen.add(at)
            trail.append(at)
            answer = self.known.get((at, name))
            if answer is None and not self.module(at).lets_out(name):
                answer = False
            if answer or (answer is None and name in self.module(at).names):
                self.known.update(((passed, name), True) for passed in trail)
                return True
            waiting.append(iter(self.module(at).stars if answer is None else ()))
        self.known.update(((passed, name), False) for passed in seen)
        return False

    def module(self, path: str) -> _Module:
        """What decides over the exports of a module, read once."""
        if path not in self.read:
            python = self.files[path]
            own = [b for b in python.bindings if b.scope == MODULE_SCOPE]
            lists = [b.value for b in own if b.target == "__all__" and isinstance(b.value, Sequence)]
            imports = [entry for entry in python.imports if entry.scope == MODULE_SCOPE]
            names = {b.target for b in own if b.target.isidentifier() and b.kind != "return"}
            found = [self.modules.find(entry.module, path) for entry in imports if entry.name == "*"]
            self.read[path] = _Module(
                frozenset(names | {entry.alias for entry in imports if entry.alias and entry.name != "*"}),
                frozenset(item.text for shown in lists for item in shown.items if isinstance(item, Text)),
                tuple(module for module in found if module is not None and module in self.files),
            )
        return self.read[path]


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
            elif path in self.exports.files and self.exports.has(path, name):
                return module
        return outside[0] if len(outside) == 1 else ""
