"""The custom kernels of a repository as a list of things to move: bound from Python call site to CUDA library."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from analyzer.detect.detector import Detector
from analyzer.detect.hit import KERNEL_LIST, Hit
from analyzer.link.extensions import ANY_SYMBOL, Extension, NativeSymbol
from analyzer.link.guards import Guarding
from analyzer.link.program import Program
from analyzer.model.facts import External, NativeFacts, NativeFunction
from analyzer.model.finding import Origin
from analyzer.model.kernels import ExtensionModule, Kernel, KernelInventory
from analyzer.model.named_tuple import NamedTuple

DEEPEST_INCLUDE = 12


class _Call(NamedTuple):
    """A place where Python reaches a kernel."""

    place: Origin
    way_without: str


def take_inventory(program: Program, detector: Detector, hits: Iterable[Hit]) -> KernelInventory:
    """Every kernel once, with its extensions, registered names, callers and what they fall back on."""
    launches: dict[tuple[str, int], list[_Call]] = {}
    native: dict[NativeSymbol, list[_Call]] = {}
    for hit in hits:
        call = _Call(Origin(hit.path, hit.span.line), hit.guard.words if hit.guard.has_other_way else "")
        if isinstance(hit.bound_to, NativeSymbol):
            native.setdefault(hit.bound_to, []).append(call)
        elif hit.bound_to is not None:
            launches.setdefault(hit.bound_to, []).append(call)
    builder = _NativeInventory(program, detector, native)
    kernels = [*builder.kernels(), *_python_kernels(program, detector, launches), *_string_kernels(program)]
    return KernelInventory(
        tuple(sorted(kernels, key=lambda kernel: kernel.id)),
        tuple(sorted(builder.modules(), key=lambda found: found.name)),
        tuple(path for path, facts in program.files.items() if facts.native is not None and _is_host_file(facts.native)),
    )


def with_fallbacks(hits: Iterable[Hit], inventory: KernelInventory) -> list[Hit]:
    """The hits, those of a source guarded where every kernel in it has another way."""
    ways: dict[str, list[str]] = {}
    for kernel in inventory.kernels:
        for path in {kernel.path, *(copy.path for copy in kernel.copies)}:
            ways.setdefault(path, []).append(kernel.fallback)
    return [
        hit._replace(guard=Guarding(f"every caller has another way: {ways[hit.path][0]}", True))
        if hit.symbol.startswith(KERNEL_LIST) and not hit.guard.has_other_way and all(ways.get(hit.path, [""]))
        else hit
        for hit in hits
    ]


def _is_host_file(native: NativeFacts) -> bool:
    return any(function.name for function in native.functions) and not any(f.is_kernel for f in native.functions)


def _called(calls: Iterable[_Call]) -> tuple[tuple[Origin, ...], str]:
    """The places of calls, and what they fall back on, where all of them do."""
    found = sorted(set(calls), key=lambda call: (call.place.path, call.place.line, call.way_without))
    places = tuple(dict.fromkeys(call.place for call in found))
    return places, found[0].way_without if found and all(call.way_without for call in found) else ""


# ---- kernels in CUDA sources -----------------------------------------------------------------------------------------


class _NativeInventory:
    """Kernels in CUDA sources, and the extensions that they are compiled into."""

    def __init__(self, program: Program, detector: Detector, calls: dict[NativeSymbol, list[_Call]]) -> None:
        self.program = program
        self.index = detector.extensions.index
        self.calls: dict[tuple[str, str], list[_Call]] = {}
        """The calls of a symbol, by the names of its extension and of itself."""
        for symbol, found in calls.items():
            self.calls.setdefault((symbol.extension.name, symbol.name), []).extend(found)
        self.by_basename: dict[str, list[str]] = {}
        for path in self.index.native_paths:
            self.by_basename.setdefault(posixpath.basename(path), []).append(path)
        self.extensions = self.all_extensions()
        self.closures = {extension: self.with_includes(extension.sources) for extension in self.extensions}
        self.reached: dict[tuple[str, str], list[NativeSymbol]] = {}
        self.libraries: dict[tuple[str, str], set[str]] = {}
        for symbol in self.all_symbols():
            reach = self.index.reach_of(symbol)
            for kernel in reach.kernels:
                self.reached.setdefault(kernel, []).append(symbol)
                self.libraries.setdefault(kernel, set()).update(reach.libraries)

    def all_extensions(self) -> tuple[Extension, ...]:
        """Modules and operator namespaces; also those that only a call site knows, with what it was given to call."""
        found = {*self.index.by_name.values(), *self.index.namespaces.values()}
        return tuple(sorted(found, key=lambda extension: (extension.name, extension.path, extension.line)))

    def all_symbols(self) -> Iterator[NativeSymbol]:
        """Every registered name of every extension."""
        for extension in self.extensions:
            for name in self.index.symbols_of(extension):
                yield NativeSymbol(extension, name)

    def with_includes(self, sources: Iterable[str]) -> frozenset[str]:
        """The sources and every file of the repository that they include, directly or not."""
        seen: set[str] = set()
        frontier = [path for path in sources if path in self.program.files]
        for _ in range(DEEPEST_INCLUDE):
            seen.update(frontier)
            frontier = sorted({found for path in frontier for found in self.included(path)} - seen)
            if not frontier:
                break
        return frozenset(seen)

    def included(self, path: str) -> Iterator[str]:
        """The files of the repository that one file includes."""
        native = self.program.files[path].native
        for name in native.includes if native is not None else ():
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            if beside in self.program.files:
                yield beside
                continue
            tail = "/" + name.lstrip("./")
            yield from (found for found in self.by_basename.get(posixpath.basename(name), ()) if ("/" + found).endswith(tail))

    def kernels(self) -> Iterator[Kernel]:
        """Each definition once; the same text elsewhere is a copy of the first by path."""
        definitions: dict[tuple[str, str], list[tuple[str, NativeFunction]]] = {}
        for path in self.index.native_paths:
            native = self.program.files[path].native
            for function in native.functions if native is not None else ():
                if function.is_kernel:
                    identity = function.digest or f"{path}:{function.span.line}"
                    definitions.setdefault((function.name, identity), []).append((path, function))
        overloads: dict[str, int] = {}
        for (name, _), places in sorted(definitions.items(), key=lambda item: (item[1][0][0], item[1][0][1].span.line)):
            kernel = self.kernel(name, places)
            number = overloads[kernel.id] = overloads.get(kernel.id, 0) + 1
            yield kernel if number == 1 else kernel._replace(id=f"{kernel.id}#{number}")

    def kernel(self, name: str, places: list[tuple[str, NativeFunction]]) -> Kernel:
        """One kernel from the places of its definition."""
        path, function = places[0]
        symbols = sorted(
            {symbol for place, _ in places for symbol in self.reached.get((place, name), ())},
            key=lambda symbol: (symbol.extension.name, symbol.name),
        )
        calls = [call for symbol in symbols for call in self.calls_of(symbol)]
        call_sites, fallback = _called(calls)
        libraries = set(function.libraries).union(*(self.libraries.get((place, name), ()) for place, _ in places))
        return Kernel(
            id=f"{path}:{name}",
            name=name,
            language="cuda",
            path=path,
            line=function.span.line,
            lines=function.lines,
            is_template=function.is_template,
            features=function.features,
            libraries=tuple(sorted(libraries)),
            extensions=tuple(
                dict.fromkeys(
                    extension.name for extension in self.extensions if any(place in self.closures[extension] for place, _ in places)
                )
            ),
            symbols=tuple(dict.fromkeys(f"{symbol.extension.name}.{symbol.name}" for symbol in symbols)),
            call_sites=call_sites,
            copies=tuple(Origin(place, found.span.line) for place, found in places[1:]),
            fallback=fallback,
        )

    def calls_of(self, symbol: NativeSymbol) -> Iterator[_Call]:
        """The calls of a symbol, and those of an extension whose symbol is only known at run time."""
        for name in dict.fromkeys((symbol.name, ANY_SYMBOL)):
            yield from self.calls.get((symbol.extension.name, name), ())

    def modules(self) -> Iterator[ExtensionModule]:
        """Extensions with the kernels that they contain."""
        kernels = list(self.kernels())
        for extension in self.extensions:
            inside = self.closures[extension]
            own = [k for k in kernels if k.path in inside or any(copy.path in inside for copy in k.copies)]
            native = [self.program.files[path].native for path in sorted(inside)]
            yield ExtensionModule(
                name=extension.name,
                kind="operators" if extension.is_namespace else "module",
                is_cuda=extension.is_cuda,
                path=extension.path,
                line=extension.line,
                sources=extension.sources,
                symbols=self.index.symbols_of(extension),
                kernels=tuple(kernel.id for kernel in own),
                libraries=tuple(sorted({name for facts in native if facts is not None for name in facts.libraries})),
            )


# ---- kernels in Python -----------------------------------------------------------------------------------------------


def _python_kernels(program: Program, detector: Detector, launches: dict[tuple[str, int], list[_Call]]) -> Iterator[Kernel]:
    """Functions that a decorator or a call hands to a GPU compiler."""
    reader = detector.kernels
    features = reader.vocabulary.kernel_features
    for (path, index), maker in sorted(reader.decorated.items()):
        if (path, index) in reader.helpers:
            continue
        python = program.python(path)
        scope = python.scopes[index]
        used = {use.target.name for use in python.uses if use.scope == index and isinstance(use.target, External)}
        call_sites, fallback = _called(launches.get((path, index), ()))
        yield Kernel(
            id=f"{path}:{scope.qualified_name}",
            name=scope.qualified_name,
            language=reader.vocabulary.kernel_languages[maker.partition(".")[0]],
            path=path,
            line=scope.span.line,
            lines=scope.last_line - scope.span.line + 1,
            is_template=False,
            features=tuple(sorted({features[name] for name in used if name in features})),
            libraries=(),
            extensions=(),
            symbols=(),
            call_sites=call_sites,
            copies=(),
            fallback=fallback,
        )


def _string_kernels(program: Program) -> Iterator[Kernel]:
    """CUDA C++ in string constants of Python files."""
    for path, python in program.python_files():
        seen: set[str] = set()
        for literal in python.literals:
            if literal.role != "source":
                continue
            from analyzer.facts.native_source import kernel_names

            for name in kernel_names(literal.text) or ("",):
                key = f"{path}:{name or literal.span.line}"
                if key in seen:
                    continue
                seen.add(key)
                yield Kernel(
                    id=key, name=name, language="cuda-string", path=path, line=literal.span.line,
                    lines=literal.span.end_line - literal.span.line + 1, is_template=False, features=(), libraries=(),
                    extensions=(), symbols=(), call_sites=(), copies=(), fallback="",
                )  # fmt: skip
