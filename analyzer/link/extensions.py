"""Compiled extensions: what is built, what it registers, which kernels that leads to, and which Python values call it.

Bound by module and symbol, never by the name of a method: a call counts only where its receiver was followed to an
extension module, to an operator namespace or to a function of the repository that hands one out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.knowledge.vocabulary import load_vocabulary
from analyzer.link.extension_sources import SourceLists
from analyzer.link.program import Program
from analyzer.link.values import ValueFollower
from analyzer.model.facts import (
    UNKNOWN,
    Constant,
    External,
    Local,
    NativeFunction,
    Registration,
    Use,
    Value,
)
from analyzer.model.named_tuple import NamedTuple

ANY_SYMBOL = "*"
_CUDA_NAME = re.compile(r"cuda|gpu|kernel|launch|nccl", re.IGNORECASE)
_HOST_NAME = re.compile(r"(_cpu|_CPU|Cpu|CPU)(_|$)|^cpu_")
DEEPEST = 8
_EXTENSION_WORD = re.compile(r"^_?(C|ext|[a-z0-9_]*_?(cuda|ext|kernels?|backend))$")
_EXTENSION_MACRO = "TORCH_EXTENSION_NAME"


def _is_cuda_name(name: str) -> bool:
    """Whether a function that was not found is named as one that runs on a GPU."""
    return _CUDA_NAME.search(name) is not None and _HOST_NAME.search(name) is None


class Extension(NamedTuple):
    """A compiled module, or (`is_namespace`) a namespace of `torch.ops`, that the repository builds."""

    name: str
    is_cuda: bool
    is_namespace: bool
    path: str
    line: int
    sources: tuple[str, ...]
    """Files of the repository that it is compiled from, where they could be told."""


class NativeSymbol(NamedTuple):
    """A name of an extension: something that Python can call."""

    extension: Extension
    name: str


class Reach(NamedTuple):
    """What a native function leads to."""

    kernels: tuple[tuple[str, str], ...]
    """(path, name) of the kernels that it launches, itself or through others."""
    libraries: tuple[str, ...]
    is_host_only: bool = False
    """All of it was found, and none of it is CUDA."""
    host_way: str = ""
    """A function on the way that does the same on the CPU, or "CPU" where one is registered for it."""


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
        self.source_lists = SourceLists(program)
        self.native_paths = self.source_lists.native_paths
        modules = {name.rpartition(".")[0] for name in self.builders}
        self.build_files = frozenset(
            path for path, python in program.python_files() if any(entry.module in modules for entry in python.imports)
        )
        self.known_reach: dict[tuple[str, str], Reach] = {}
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
        if isinstance(target, Local) and not target.attributes and path in self.build_files:
            return {flow.text for flow in self.values.flows(path, target)} & self.builders.keys()
        return set()

    def extensions_of(self, path: str, use: Use, builders: set[str]) -> Iterator[Extension]:
        """The extensions that one call builds; several where its name has several values, or comes from callers."""
        arguments = {argument.label: argument.value for argument in use.arguments}
        name = arguments.get("name", arguments.get("0"))
        given = arguments.get("sources", arguments.get("1", UNKNOWN))
        always = any(self.builders[builder] == "cuda" for builder in builders)
        sites = list(self.sites_that_name(path, name, given)) if isinstance(name, Local) else []
        for place, line, called, sources, labels in sites or [(path, use.span.line, name, given, frozenset(arguments))]:
            flows = self.values.flows(place, called) if called is not None else ()
            names = {flow.text + "*" * flow.is_prefix for flow in flows}
            files = self.source_lists.sources(place, sources)
            is_cuda = (
                always
                or any(file.endswith(".cu") for file in files)
                or self.source_lists.names_cuda(place, sources)
                or bool({"extra_cuda_cflags", "cuda_sources"} & labels)
                or arguments.get("with_cuda") == Constant("True")
            )
            for found in sorted(names) or ([f"<built at {place}:{line}>"] if is_cuda else []):
                extension = Extension(found, is_cuda, False, place, line, files)
                self.loaded[(path, use)] = extension
                yield extension

    def is_host_build(self, path: str, use: Use, name: str) -> bool:
        """Whether a call builds an extension that is known to have no CUDA source."""
        if self.builders.get(name) != "any":
            return False
        built = self.loaded.get((path, use))
        if built is not None:
            return not built.is_cuda and bool(built.sources)
        arguments = {argument.label: argument.value for argument in use.arguments}
        given = arguments.get("sources", arguments.get("1", UNKNOWN))
        return bool(self.source_lists.sources(path, given)) and not self.source_lists.names_cuda(path, given)

    def sites_that_name(
        self, path: str, name: Local, sources: Value
    ) -> Iterator[tuple[str, int, Value | None, Value, frozenset[str]]]:
        """The calls of a function of ours that builds whatever it is told to: (path, line, name, sources, labels) of each."""
        for binding in self.program.bound(path, name.scope, name.name) if not name.attributes else ():
            if binding.kind != "parameter":
                return
            for site in self.program.call_sites.get((path, binding.scope), ()):
                named = self.program.argument_of(path, binding, site.use)
                listed = None
                for other in self.program.bound(path, binding.scope, sources.name) if isinstance(sources, Local) else ():
                    listed = listed or (self.program.argument_of(path, other, site.use) if other.kind == "parameter" else None)
                if named is not None:
                    labels = frozenset(argument.label for argument in site.use.arguments)
                    given = listed.value if listed is not None else UNKNOWN
                    yield site.path, site.use.span.line, named.value, given, labels

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
            own = {path for path, _ in found}
            sources = own.union(*(module.sources for module in self.by_name.values() if own & set(module.sources)))
            path, registration = found[0]
            yield Extension(name, is_cuda, True, path, registration.span.line, tuple(sorted(sources)))

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
        may_be_cuda = function not in self.functions and not _HOST_NAME.search(function)
        stack = [function]
        while stack:
            name = stack.pop()
            if name in seen:
                continue
            seen.add(name)
            may_be_cuda = may_be_cuda or (name not in self.functions and _is_cuda_name(name))
            for path, found in self.functions.get(name, ()):
                if sources and path not in sources and not path.endswith((".h", ".cuh", ".hpp")):
                    continue
                libraries.update(found.libraries)
                may_be_cuda = may_be_cuda or path.endswith((".cu", ".cuh"))
                if found.is_kernel:
                    kernels.add((path, found.name))
                stack.extend(found.launches)
                stack.extend(call for call in found.calls if call in self.functions or _is_cuda_name(call))
        host_ways = sorted(name for name in seen if name in self.functions and _HOST_NAME.search(name))
        return Reach(
            tuple(sorted(kernels)),
            tuple(sorted(libraries)),
            is_host_only=not (kernels or libraries or may_be_cuda),
            host_way=host_ways[0] if host_ways else "",
        )

    def registered_in(self, extension: Extension) -> Iterator[Registration]:
        """What an extension registers: by its sources, or where they are not known by its name."""
        last = extension.name.rpartition(".")[2]
        for path, registration in self.registrations:
            is_inside = path in extension.sources or (not extension.sources and registration.owner == last)
            if is_inside and registration.symbol and (registration.kind == "operator") == extension.is_namespace:
                yield registration

    def symbols_of(self, extension: Extension) -> tuple[str, ...]:
        """The names that an extension makes callable from Python, sorted."""
        return tuple(sorted({registration.symbol for registration in self.registered_in(extension)}))

    def reach_of(self, symbol: NativeSymbol) -> Reach:
        """The kernels and libraries behind a registered symbol."""
        key = (symbol.extension.name, symbol.name)
        if key not in self.known_reach:
            self.known_reach[key] = self.find_reach(symbol)
        return self.known_reach[key]

    def find_reach(self, symbol: NativeSymbol) -> Reach:
        """The answer of `reach_of` that is then remembered."""
        own = [registration for registration in self.registered_in(symbol.extension) if registration.symbol == symbol.name]
        functions = sorted({registration.function or registration.symbol for registration in own})
        reached = [self.reach(function, symbol.extension.sources) for function in functions]
        named = [found.host_way for found in reached if found.host_way]
        return Reach(
            tuple(sorted({kernel for found in reached for kernel in found.kernels})),
            tuple(sorted({library for found in reached for library in found.libraries})),
            is_host_only=bool(reached)
            and all(
                found.is_host_only or (_HOST_NAME.search(function) and not found.kernels and not found.libraries)
                for function, found in zip(functions, reached, strict=True)
            ),
            host_way="CPU" if any(registration.device == "CPU" for registration in own) else (named[0] if named else ""),
        )
