"""Which Python values are compiled extensions, or symbols of one: followed through loaders, attributes and factories."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from analyzer.link.extensions import ANY_SYMBOL, Extension, ExtensionIndex, NativeSymbol
from analyzer.link.program import Program, bindings_of, definition_of
from analyzer.link.values import ValueFollower
from analyzer.model.facts import (
    MODULE_SCOPE,
    UNKNOWN,
    Argument,
    Binding,
    Called,
    Choice,
    External,
    Local,
    Member,
    Text,
    Value,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    _T = TypeVar("_T")

DEEPEST = 32
"""How many values may lead on to each other."""
_EXTENSION_WORD = re.compile(r"^_?(C|ext|[a-z0-9_]*_?(cuda|ext|kernels?|backend))$")


class ExtensionReader:
    """Answers which Python values are extensions, or symbols of one. Asked only where the repository builds any."""

    def __init__(self, program: Program, values: ValueFollower) -> None:
        self.program = program
        self.values = values
        self.index = ExtensionIndex(program, values)
        self.roots = frozenset(name.partition(".")[0] for name in self.index.by_name)
        """The first words of the names of all extensions."""
        self.has_cuda = any(found.is_cuda for found in (*self.index.by_name.values(), *self.index.namespaces.values()))
        self.known_extensions: dict[tuple[str, Value], Extension | None] = {}
        self.known_symbols: dict[tuple[str, Value], NativeSymbol | None] = {}
        self.known_names: dict[str, tuple[Extension, tuple[str, ...]] | None] = {}
        self.hands_out_nothing: set[tuple[str, int]] = set()
        """Functions of ours whose result is known to be no symbol, whatever they are called with."""
        self.open_questions = 0
        """How many values are being looked at, each because the one before leads to it."""
        self.gave_up: set[str] = set()

    def forget_answers(self) -> None:
        """Begin with an empty memory: limits make an answer depend on what was asked before."""
        self.known_extensions.clear()
        self.known_symbols.clear()
        self.hands_out_nothing.clear()

    # ---- extensions --------------------------------------------------------------------------------------------------

    def extension_of(self, path: str, value: Value) -> Extension | None:
        """The extension that a value is, or None."""
        if isinstance(value, External) and not self.may_lead_to_one(value.name):
            return None
        return self.remembered(self.known_extensions, self.find_extension, path, value)

    def remembered(
        self, known: dict[tuple[str, Value], _T | None], find: Callable[[str, Value], _T | None], path: str, value: Value
    ) -> _T | None:
        """An answer from memory, else found for it; None where values lead on to each other further than is followed."""
        key = (path, value)
        if key not in known:
            if self.open_questions >= DEEPEST:
                self.gave_up.add(path)
                return None
            self.open_questions += 1
            known[key] = None  # the answer for values that lead back to themselves
            known[key] = find(path, value)
            self.open_questions -= 1
        return known[key]

    def find_extension(self, path: str, value: Value) -> Extension | None:
        """The answer of `extension_of` that is then remembered."""
        if isinstance(value, External):
            named = self.split_name(value.name)
            if named is not None:
                return named[0] if not named[1] else None
            return self.through_module(path, value.name)
        if isinstance(value, Local):
            return self.first_extension(path, bindings_of(self.program, path, value))
        if isinstance(value, Called):
            return self.extension_of_call(path, value)
        if isinstance(value, Choice):
            return next((found for option in value.options if (found := self.extension_of(path, option))), None)
        return None

    def may_lead_to_one(self, name: str) -> bool:
        """Whether a dotted name can be an extension, or lead to one: few can, and that is told from its first word."""
        is_known = name.partition(".")[0] in self.roots or name.startswith("torch.ops.")
        return is_known or self.program.modules.may_be_ours(name)

    def through_module(self, path: str, name: str) -> Extension | None:
        """`from .backend import _C`: a name of another module of ours."""
        found = self.program.modules.split(name, path)
        if found is None or not found[1]:
            return None
        module, attributes = found
        if self.program.bound(module, MODULE_SCOPE, attributes[0]) and len(attributes) == 1:
            return self.extension_of(module, Local(MODULE_SCOPE, attributes[0]))
        leads_to = self.program.imported_path(module, attributes)
        if leads_to and leads_to != name:
            return self.extension_of(module, External(leads_to))
        is_missing = not leads_to and not self.program.bound(module, MODULE_SCOPE, attributes[0])
        if is_missing and len(attributes) == 1 and _EXTENSION_WORD.match(attributes[0]) and self.has_cuda:
            return Extension(name, True, False, module, 1, ())
        return None

    def split_name(self, name: str) -> tuple[Extension, tuple[str, ...]] | None:
        """The extension that a dotted name starts with, and what follows."""
        if name not in self.known_names:
            self.known_names[name] = self.find_name(name)
        return self.known_names[name]

    def find_name(self, name: str) -> tuple[Extension, tuple[str, ...]] | None:
        """The answer of `split_name` that is then remembered."""
        parts = name.split(".")
        if parts[:2] == ["torch", "ops"] and len(parts) > 2:
            namespace = self.index.namespaces.get(parts[2])
            return (namespace, tuple(parts[3:])) if namespace else None
        for first in range(len(parts)):
            if first and not self.program.modules.may_be_ours(parts[0]):
                break
            for last in range(len(parts), first, -1):
                found = self.index.by_name.get(".".join(parts[first:last]))
                if found is not None and (first == 0 or last - first > 1):
                    return found, tuple(parts[last:])
        return None

    def first_extension(self, path: str, bindings: Iterable[Binding]) -> Extension | None:
        """The extension that the first telling binding gives."""
        for binding in bindings:
            if binding.kind == "assign" and (found := self.extension_of(path, binding.value)):
                return found
        return None

    def extension_of_call(self, path: str, value: Called) -> Extension | None:
        """`load(...)`, `importlib.import_module("pkg._C")`, or a function of ours that returns an extension."""
        callee = value.callee
        if isinstance(callee, External):
            if callee.name in self.index.builders:
                for (owner, use), extension in self.index.loaded.items():
                    if owner == path and use.target == callee and use.arguments == value.arguments:
                        return extension
                return None
            if callee.name in ("importlib.import_module", "builtins.__import__") and value.arguments:
                return self.imported_by_name(path, value.arguments[0].value)
        function = definition_of(self.program, path, callee) if isinstance(callee, Local | External) else None
        if function is None:
            return None
        for binding in self.program.bound(function[0], function[1], "return"):
            if found := self.extension_of(function[0], binding.value):
                return self.named_by(path, value) or found
        return None

    def named_by(self, path: str, call: Called) -> Extension | None:
        """The extension whose name is an argument of a call: `get_plugin(module_name="blur")`."""
        texts = (flow.text for argument in call.arguments for flow in self.values.flows(path, argument.value))
        return next((self.index.by_name[text] for text in texts if text in self.index.by_name), None)

    def imported_by_name(self, path: str, value: Value) -> Extension | None:
        """The extension whose name a text is, or whose name alone begins with what is known of it."""
        for flow in self.values.flows(path, value):
            if not flow.is_prefix and flow.text in self.index.by_name:
                return self.index.by_name[flow.text]
            if flow.is_prefix and len(flow.text) > 2:
                fitting = [
                    found
                    for name, found in self.index.by_name.items()
                    if (name.startswith(flow.text) and len(flow.text) > name.rfind(".") + 1)  # more than the package
                    or (name.endswith("*") and flow.text.startswith(name[:-1]))
                ]
                if fitting:
                    return sorted(fitting, key=lambda found: (not found.is_cuda, found.name))[0]
        return None

    # ---- symbols -----------------------------------------------------------------------------------------------------

    def symbol_of(self, path: str, value: Value) -> NativeSymbol | None:
        """The symbol of an extension that a value is, or None."""
        if isinstance(value, External) and not self.may_lead_to_one(value.name):
            return None
        return self.remembered(self.known_symbols, self.find_symbol, path, value)

    def find_symbol(self, path: str, value: Value) -> NativeSymbol | None:
        """The answer of `symbol_of` that is then remembered."""
        if isinstance(value, External):
            return self.symbol_of_name(path, value.name)
        if isinstance(value, Local):
            return self.symbol_of_local(path, value)
        if isinstance(value, Called):
            return self.symbol_of_call(path, value)
        if isinstance(value, Choice):
            return next((found for option in value.options if (found := self.symbol_of(path, option))), None)
        if isinstance(value, Member) and value.attributes:
            extension = self.extension_of(path, value.owner)
            return NativeSymbol(extension, value.attributes[0]) if extension else None
        return None

    def symbol_in(self, path: str, table: Value) -> NativeSymbol | None:
        """A symbol that a dictionary of ours holds: `KERNELS["blur"](x)`, the dictionary being of this module or another."""
        if isinstance(table, External):
            found = self.program.modules.split(table.name, path)
            if found is None or len(found[1]) != 1 or found[0] not in self.program.imported:
                return None
            path, table = found[0], Local(MODULE_SCOPE, found[1][0])
        held = (value for mapping in self.values.mappings(path, table) for _, value in mapping.items)
        return next((symbol for value in held if (symbol := self.symbol_of(path, value))), None)

    def symbol_of_name(self, path: str, name: str) -> NativeSymbol | None:
        """A dotted name: an extension and what follows, or a name of a module of ours that stands for a symbol."""
        named = self.split_name(name)
        if named is not None:
            return NativeSymbol(named[0], named[1][0]) if named[1] else None
        head, _, last = name.rpartition(".")
        extension = self.through_module(path, head) if head else None
        if extension is not None:
            return NativeSymbol(extension, last)
        found = self.program.modules.split(name, path)
        if found is None or not found[1]:
            return None
        module, attributes = found
        if self.program.bound(module, MODULE_SCOPE, attributes[0]):
            return self.symbol_of(module, Local(MODULE_SCOPE, attributes[0], attributes[1:]))
        leads_to = self.program.imported_path(module, attributes)
        if leads_to is None and module in self.program.imported and self.is_binding_module(module):
            return NativeSymbol(Extension(name.rpartition(".")[0], True, False, module, 1, ()), attributes[0])
        return self.symbol_of(module, External(leads_to)) if leads_to and leads_to != name else None

    def symbol_of_local(self, path: str, value: Local) -> NativeSymbol | None:
        """`_C.forward`, `self._C.forward`, or a variable that holds a symbol."""
        for length in range(len(value.attributes) - 1, -1, -1):
            owner = Local(value.scope, value.name, value.attributes[:length])
            if length < len(value.attributes) and (extension := self.extension_of(path, owner)):
                return NativeSymbol(extension, value.attributes[length])
        for binding in bindings_of(self.program, path, value):
            if binding.kind == "assign" and (found := self.symbol_of(path, binding.value)):
                return found
        return None

    def symbol_called(self, path: str, callee: Value, arguments: tuple[Argument, ...]) -> NativeSymbol | None:
        """`symbol_of` for the result of a call, where the callee is one that can hand out a symbol."""
        if isinstance(callee, External) and callee.name in ("builtins.getattr", "functools.partial"):
            return self.symbol_of(path, Called(callee, arguments))
        function = definition_of(self.program, path, callee) if isinstance(callee, Local | External) else None
        if function is None or function in self.hands_out_nothing:
            return None
        found = self.symbol_of(path, Called(callee, arguments))
        if found is None and not self.open_questions:  # asked inside of another question, it may have been cut short
            self.hands_out_nothing.add(function)
        return found

    def symbol_of_call(self, path: str, value: Called) -> NativeSymbol | None:
        """`getattr(_C, name)`, `partial(_C.forward, ...)`, or a factory of ours that hands out a symbol."""
        callee = value.callee
        arguments = {argument.label: argument.value for argument in value.arguments}
        if isinstance(callee, External) and callee.name == "builtins.getattr" and "0" in arguments:
            extension = self.extension_of(path, arguments["0"])
            if extension is None:
                inner = self.symbol_of(path, arguments["0"])
                extension = inner.extension if inner else None
            named = [flow.text for flow in self.values.flows(path, arguments.get("1", UNKNOWN)) if not flow.is_prefix]
            return NativeSymbol(extension, named[0] if len(named) == 1 else ANY_SYMBOL) if extension else None
        if isinstance(callee, External) and callee.name == "functools.partial" and "0" in arguments:
            return self.symbol_of(path, arguments["0"])
        function = definition_of(self.program, path, callee) if isinstance(callee, Local | External) else None
        return self.handed_out(function, value.arguments) if function is not None else None

    def handed_out(self, function: tuple[str, int], arguments: tuple[Argument, ...]) -> NativeSymbol | None:
        """The symbol that a function returns, itself or as an inner function that only passes calls on to it."""
        path, scope = function
        for binding in self.program.bound(path, scope, "return"):
            found = self.symbol_of(path, binding.value) if not isinstance(binding.value, Called) else None
            if found is None and isinstance(binding.value, Called) and _is_getattr(binding.value):
                found = self.symbol_of(path, binding.value)
            inner = definition_of(self.program, path, binding.value) if isinstance(binding.value, Local) else None
            if found is None and inner is not None and self.program.python(inner[0]).scopes[inner[1]].kind == "function":
                found = self.passed_on(inner)
            if found is not None:
                named = [argument.value.text for argument in arguments if isinstance(argument.value, Text)]
                is_open = found.name == ANY_SYMBOL or len(named) == 1
                return NativeSymbol(found.extension, named[0] if is_open and named else found.name)
        return None

    def passed_on(self, inner: tuple[str, int]) -> NativeSymbol | None:
        """The symbol that an inner function calls and returns the result of."""
        for binding in self.program.bound(inner[0], inner[1], "return"):
            if isinstance(binding.value, Called) and (found := self.symbol_of(inner[0], binding.value.callee)):
                return found
        return None

    def is_binding_module(self, path: str) -> bool:
        """Whether most of what a module of ours defines are symbols of CUDA extensions, or extensions."""
        if path not in self.program.imported:
            return False  # one that was not read, where only some files are looked at
        names = [
            binding
            for binding in self.program.python(path).bindings
            if binding.scope == MODULE_SCOPE and binding.kind == "assign" and not binding.target.startswith("__")
        ]
        telling = sum(self.symbol_of(path, b.value) is not None or self.extension_of(path, b.value) is not None for b in names)
        return telling > 0 and telling * 2 >= len(names)


def _is_getattr(value: Called) -> bool:
    return isinstance(value.callee, External) and value.callee.name == "builtins.getattr"
