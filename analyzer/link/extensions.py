"""Compiled extensions: what is built, what it registers, which kernels that leads to, and which Python values call it.

Bound by module and symbol, never by the name of a method: a call counts only where its receiver was followed to an
extension module, to an operator namespace or to a function of the repository that hands one out.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from analyzer.knowledge.vocabulary import load_vocabulary
from analyzer.link.program import Program, class_of_self, definition_of
from analyzer.link.values import ValueFollower
from analyzer.model.facts import (
    MODULE_SCOPE,
    UNKNOWN,
    Argument,
    Binding,
    Called,
    Choice,
    Constant,
    External,
    Formatted,
    Local,
    Mapping,
    Member,
    NativeFunction,
    Registration,
    Sequence,
    Text,
    Use,
    Value,
)

NATIVE_SUFFIXES = (".cu", ".cuh", ".cpp", ".cc", ".cxx", ".c", ".hip", ".mm")
ANY_SYMBOL = "*"
DEEPEST = 8
_EXTENSION_WORD = re.compile(r"^_?(C|ext|[a-z0-9_]*_?(cuda|ext|kernels?|backend))$")
_EXTENSION_MACRO = "TORCH_EXTENSION_NAME"


@dataclass(frozen=True, slots=True)
class Extension:
    """A compiled module, or (`is_namespace`) a namespace of `torch.ops`, that the repository builds."""

    name: str
    is_cuda: bool
    is_namespace: bool
    path: str
    line: int
    sources: tuple[str, ...]
    """Files of the repository that it is compiled from, where they could be told."""


@dataclass(frozen=True, slots=True)
class NativeSymbol:
    """A name of an extension: something that Python can call."""

    extension: Extension
    name: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What a native function leads to."""

    kernels: tuple[tuple[str, str], ...]
    """(path, name) of the kernels that it launches, itself or through others."""
    libraries: tuple[str, ...]


class ExtensionIndex:
    """All extensions of a repository, by name; answers which kernels a registered symbol leads to."""

    def __init__(self, program: Program, values: ValueFollower) -> None:
        self.program = program
        self.values = values
        self.builders = load_vocabulary().extension_builders
        self.functions: dict[str, list[tuple[str, NativeFunction]]] = {}
        self.registrations: list[tuple[str, Registration]] = []
        for path, facts in program.files.items():
            if facts.native is not None:
                for function in facts.native.functions:
                    self.functions.setdefault(function.name, []).append((path, function))
                self.registrations.extend((path, registration) for registration in facts.native.registrations)
        self.native_paths = tuple(path for path, facts in program.files.items() if facts.kind in ("cuda", "cpp"))
        self.loaded: dict[tuple[str, Use], Extension] = {}
        """Extensions that a call compiles and returns at run time."""
        self.by_name: dict[str, Extension] = {}
        for extension in sorted(self.built(), key=lambda found: (not found.is_cuda, found.path, found.line)):
            self.by_name.setdefault(extension.name, extension)
        for extension in self.registered():
            known = self.by_name.get(extension.name)
            if known is None or (extension.is_cuda and not known.is_cuda and not known.sources):
                self.by_name[extension.name] = extension
        self.namespaces = {extension.name: extension for extension in self.operator_namespaces()}

    # ---- what is built -----------------------------------------------------------------------------------------------

    def built(self) -> Iterator[Extension]:
        """Extensions of `CUDAExtension(...)`, `load(...)` and their kin, from the arguments as they are written."""
        for path, python in self.program.python_files():
            for use in python.uses:
                if use.kind == "call" and use.arguments:
                    builders = self.builders_of(path, use)
                    if builders:
                        yield from self.extensions_of(path, use, builders)

    def builders_of(self, path: str, use: Use) -> set[str]:
        """The builders that a call may be a call of: `Extension = CUDAExtension if cuda else CppExtension`."""
        target = use.target
        if isinstance(target, External):
            return {target.name} & self.builders.keys()
        if isinstance(target, Local) and not target.attributes and any(a.label == "sources" for a in use.arguments):
            return {flow.text for flow in self.values.flows(path, target)} & self.builders.keys()
        return set()

    def extensions_of(self, path: str, use: Use, builders: set[str]) -> Iterator[Extension]:
        """The extensions that one call builds; several where its name has several values."""
        arguments = {argument.label: argument.value for argument in use.arguments}
        name = arguments.get("name", arguments.get("0"))
        names = sorted({flow.text for flow in self.values.flows(path, name) if not flow.is_prefix}) if name is not None else []
        fragments = sorted(set(self.source_fragments(path, arguments.get("sources", arguments.get("1", UNKNOWN)), DEEPEST)))
        sources = self.resolved_sources(path, fragments)
        is_cuda = (
            any(self.builders[builder] == "cuda" for builder in builders)
            or any(fragment.endswith((".cu", '.cu"')) or "*.cu" in fragment for fragment in fragments)
            or any(source.endswith(".cu") for source in sources)
            or bool({"extra_cuda_cflags", "cuda_sources"} & arguments.keys())
            or arguments.get("with_cuda") == Constant("True")
        )
        for found in names or ([f"<built at {path}:{use.span.line}>"] if is_cuda else []):
            extension = Extension(found, is_cuda, False, path, use.span.line, sources)
            self.loaded[(path, use)] = extension
            yield extension

    def source_fragments(self, path: str, value: Value, depth: int) -> Iterator[str]:
        """Every text in the expression that names sources, whatever joins them: lists, globs, joined paths, variables."""
        if depth <= 0:
            return
        if isinstance(value, Text):
            yield value.text
        elif isinstance(value, Formatted):
            yield value.prefix
        elif isinstance(value, Sequence):
            for item in value.items:
                yield from self.source_fragments(path, item, depth - 1)
        elif isinstance(value, Called):
            for argument in value.arguments:
                yield from self.source_fragments(path, argument.value, depth - 1)
        elif isinstance(value, Choice):
            for option in value.options:
                yield from self.source_fragments(path, option, depth - 1)
        elif isinstance(value, Local) and not value.attributes:
            for binding in self.program.bound(path, value.scope, value.name):
                yield from self.source_fragments(path, binding.value, depth - 1)
        elif isinstance(value, Mapping):
            for _, item in value.items:
                yield from self.source_fragments(path, item, depth - 1)

    def resolved_sources(self, path: str, fragments: Iterable[str]) -> tuple[str, ...]:
        """The native files that fragments of source lists mean, looked for beside the building file and below it."""
        folder = posixpath.dirname(path)
        found: set[str] = set()
        for fragment in fragments:
            if not fragment.rstrip("*").endswith(NATIVE_SUFFIXES):
                continue
            wanted = posixpath.normpath(posixpath.join(folder, fragment))
            if "*" in fragment:
                pattern = re.compile(r"(?:^|.*/)" + re.escape(fragment.lstrip("./")).replace(r"\*\*", ".*").replace(r"\*", "[^/]*"))
                found.update(p for p in self.native_paths if p.startswith(folder) and pattern.fullmatch(p))
            elif wanted in self.program.files:
                found.add(wanted)
            else:
                tail = "/" + fragment.lstrip("./")
                found.update(p for p in self.native_paths if p.endswith(tail) and p.startswith(folder))
        return tuple(sorted(found))

    # ---- what is registered ------------------------------------------------------------------------------------------

    def registered(self) -> Iterator[Extension]:
        """pybind11 modules that carry their name in the source."""
        for path, registration in self.registrations:
            if registration.kind == "module" and not registration.symbol and registration.owner != _EXTENSION_MACRO:
                yield Extension(registration.owner, self.leads_to_cuda(path), False, path, registration.span.line, (path,))

    def operator_namespaces(self) -> Iterator[Extension]:
        """Namespaces of `torch.ops`; one that is named by a macro goes by the module built from its file."""
        paths: dict[str, list[tuple[str, Registration]]] = {}
        for path, registration in self.registrations:
            if registration.kind != "operator":
                continue
            names = [registration.owner]
            if registration.owner == _EXTENSION_MACRO or registration.owner.isupper():
                names = [ext.name.rpartition(".")[2] for ext in self.by_name.values() if path in ext.sources]
            for name in names:
                paths.setdefault(name, []).append((path, registration))
        for name in sorted(paths):
            found = paths[name]
            is_cuda = any(registration.device == "CUDA" or self.leads_to_cuda(path) for path, registration in found)
            path, registration = found[0]
            yield Extension(name, is_cuda, True, path, registration.span.line, tuple(sorted({path for path, _ in found})))

    def leads_to_cuda(self, path: str) -> bool:
        """Whether a native file is CUDA, or registers a function that reaches a kernel or a CUDA library."""
        if path.endswith((".cu", ".cuh")):
            return True
        functions = {registration.function for owner, registration in self.registrations if owner == path}
        reached = [self.reach(function) for function in sorted(functions) if function]
        return any(found.kernels or found.libraries for found in reached)

    def reach(self, function: str, sources: tuple[str, ...] = ()) -> Reach:
        """The kernels and CUDA libraries that a native function leads to, within some sources where they are known."""
        kernels: set[tuple[str, str]] = set()
        libraries: set[str] = set()
        seen: set[str] = set()
        stack = [function]
        while stack:
            name = stack.pop()
            if name in seen:
                continue
            seen.add(name)
            for path, found in self.functions.get(name, ()):
                if sources and path not in sources and not path.endswith((".h", ".cuh", ".hpp")):
                    continue
                libraries.update(found.libraries)
                if found.is_kernel:
                    kernels.add((path, found.name))
                stack.extend(found.launches)
                stack.extend(call for call in found.calls if call in self.functions)
        return Reach(tuple(sorted(kernels)), tuple(sorted(libraries)))

    def reach_of(self, symbol: NativeSymbol) -> Reach:
        """The kernels and libraries behind a registered symbol."""
        extension = symbol.extension
        functions = {
            registration.function or registration.symbol
            for path, registration in self.registrations
            if registration.symbol == symbol.name
            and (not extension.sources or path in extension.sources)
            and (registration.owner in (extension.name.rpartition(".")[2], _EXTENSION_MACRO) or path in extension.sources)
        }
        reached = [self.reach(function, extension.sources) for function in sorted(functions)]
        return Reach(
            tuple(sorted({kernel for found in reached for kernel in found.kernels})),
            tuple(sorted({library for found in reached for library in found.libraries})),
        )


class ExtensionReader:
    """Answers which Python values are extensions, or symbols of one. Asked only where the repository builds any."""

    def __init__(self, program: Program, values: ValueFollower) -> None:
        self.program = program
        self.values = values
        self.index = ExtensionIndex(program, values)
        self.has_cuda = any(found.is_cuda for found in (*self.index.by_name.values(), *self.index.namespaces.values()))
        self.known_extensions: dict[tuple[str, Value], Extension | None] = {}
        self.known_symbols: dict[tuple[str, Value], NativeSymbol | None] = {}

    # ---- extensions --------------------------------------------------------------------------------------------------

    def extension_of(self, path: str, value: Value) -> Extension | None:
        """The extension that a value is, or None."""
        key = (path, value)
        if key not in self.known_extensions:
            self.known_extensions[key] = None  # the answer for values that lead back to themselves
            self.known_extensions[key] = self.find_extension(path, value)
        return self.known_extensions[key]

    def find_extension(self, path: str, value: Value) -> Extension | None:
        """The answer of `extension_of` that is then remembered."""
        if isinstance(value, External):
            named = self.split_name(path, value.name)
            if named is not None:
                return named[0] if not named[1] else None
            return self.through_module(path, value.name)
        if isinstance(value, Local):
            return self.first_extension(path, self.bindings_of(path, value))
        if isinstance(value, Called):
            return self.extension_of_call(path, value)
        if isinstance(value, Choice):
            return next((found for option in value.options if (found := self.extension_of(path, option))), None)
        return None

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

    def split_name(self, path: str, name: str) -> tuple[Extension, tuple[str, ...]] | None:
        """The extension that a dotted name starts with, and what follows."""
        parts = name.split(".")
        if parts[:2] == ["torch", "ops"] and len(parts) > 2:
            namespace = self.index.namespaces.get(parts[2])
            return (namespace, tuple(parts[3:])) if namespace else None
        for first in range(len(parts)):
            if first and parts[0] not in self.program.modules.top_names:
                break
            for last in range(len(parts), first, -1):
                found = self.index.by_name.get(".".join(parts[first:last]))
                if found is not None and (first == 0 or last - first > 1):
                    return found, tuple(parts[last:])
        return None

    def bindings_of(self, path: str, value: Local) -> Iterable[Binding]:
        """What gives a name, or an attribute of `self`, its value."""
        if not value.attributes:
            return self.program.bound(path, value.scope, value.name)
        if len(value.attributes) > 1:
            return ()
        owner = class_of_self(self.program.python(path), value)
        found = list(self.program.bound(path, value.scope, f"{value.name}.{value.attributes[0]}"))
        if owner is not None:
            found.extend(self.program.bound(path, owner, value.attributes[0]))
            for method in self.program.methods.get((path, owner), ()):
                found.extend(self.program.bound(path, method, f"{value.name}.{value.attributes[0]}"))
        return found

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
                return found
        return None

    def imported_by_name(self, path: str, value: Value) -> Extension | None:
        """The extension whose name a text is, or whose name alone begins with what is known of it."""
        for flow in self.values.flows(path, value):
            if not flow.is_prefix and flow.text in self.index.by_name:
                return self.index.by_name[flow.text]
            if flow.is_prefix and len(flow.text) > 2:
                fitting = [found for name, found in self.index.by_name.items() if name.startswith(flow.text)]
                if fitting:
                    return sorted(fitting, key=lambda found: (not found.is_cuda, found.name))[0]
        return None

    # ---- symbols -----------------------------------------------------------------------------------------------------

    def symbol_of(self, path: str, value: Value) -> NativeSymbol | None:
        """The symbol of an extension that a value is, or None."""
        key = (path, value)
        if key not in self.known_symbols:
            self.known_symbols[key] = None
            self.known_symbols[key] = self.find_symbol(path, value)
        return self.known_symbols[key]

    def find_symbol(self, path: str, value: Value) -> NativeSymbol | None:
        """The answer of `symbol_of` that is then remembered."""
        if isinstance(value, External):
            return self.symbol_of_name(path, value.name)
        if isinstance(value, Local):
            return self.symbol_of_local(path, value)
        if isinstance(value, Called):
            return self.symbol_of_call(path, value)
        if isinstance(value, Member) and value.attributes:
            extension = self.extension_of(path, value.owner)
            return NativeSymbol(extension, value.attributes[0]) if extension else None
        return None

    def symbol_of_name(self, path: str, name: str) -> NativeSymbol | None:
        """A dotted name: an extension and what follows, or a name of a module of ours that stands for a symbol."""
        named = self.split_name(path, name)
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
        for binding in self.bindings_of(path, value):
            if binding.kind == "assign" and (found := self.symbol_of(path, binding.value)):
                return found
        return None

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
        names = [
            binding
            for binding in self.program.python(path).bindings
            if binding.scope == MODULE_SCOPE and binding.kind == "assign" and not binding.target.startswith("__")
        ]
        telling = sum(self.symbol_of(path, b.value) is not None or self.extension_of(path, b.value) is not None for b in names)
        return telling > 0 and telling * 2 >= len(names)


def _is_getattr(value: Called) -> bool:
    return isinstance(value.callee, External) and value.callee.name == "builtins.getattr"
