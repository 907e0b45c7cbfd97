"""Kernels written in Python: functions that a decorator, or a call, hands to a GPU compiler."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.knowledge.vocabulary import load_vocabulary
from analyzer.link.program import Program, definition_of
from analyzer.link.types import TypeReader
from analyzer.model.facts import MODULE_SCOPE, Called, External, Local, PythonFacts, Value


class KernelReader:
    """Answers which functions of the repository are kernels, and which code stands inside one."""

    def __init__(self, program: Program, types: TypeReader) -> None:
        self.program = program
        self.types = types
        self.vocabulary = load_vocabulary()
        self.makers = self.vocabulary.kernel_decorators | self.vocabulary.kernel_helper_decorators
        self.roots = frozenset(name.partition(".")[0] for name in self.makers)
        """The packages that make kernels."""
        self.decorated: dict[tuple[str, int], str] = {}
        """(path, scope) of every kernel function -> the dotted name of what makes it one."""
        self.inside: dict[str, frozenset[int]] = {}
        """Path -> the scopes that are, or stand in, a kernel: their code is moved with it, and is no tie of its own."""
        self.helpers: set[tuple[str, int]] = set()
        """Functions that only kernels call; what their code says belongs to those."""
        for path, python in program.python_files():
            for scope, maker in self.kernels_of(path, python):
                if maker in self.vocabulary.kernel_helper_decorators:
                    self.helpers.add((path, scope))
                else:
                    self.decorated[(path, scope)] = maker
        for path in {path for path, _ in (*self.decorated, *self.helpers)}:
            self.inside[path] = frozenset(self.scopes_inside(path))
        self.helpers.update(kernel for kernel in self.decorated if self.is_called_by_kernels_only(kernel))

    def kernels_of(self, path: str, python: PythonFacts) -> Iterator[tuple[int, str]]:
        """The kernel functions of a module: decorated ones, and those passed to a compiler by a call."""
        if not any(entry.module.partition(".")[0] in self.roots for entry in python.imports) and not self.reaches_makers(path):
            return
        for index, scope in enumerate(python.scopes):
            for decorator in scope.decorators:
                if maker := self.maker(path, decorator):
                    yield index, maker
                    break
        for binding in python.bindings:
            value = binding.value
            if isinstance(value, Called) and value.arguments and (maker := self.maker(path, value.callee)):
                first = value.arguments[0].value
                found = definition_of(self.program, path, first) if isinstance(first, Local) else None
                if found is not None and found[0] == path:
                    yield found[1], maker

    def reaches_makers(self, path: str) -> bool:
        """Whether a module imports something of ours that leads to a maker of kernels: `from .compat import triton`."""
        names = self.program.imported[path].values()
        return any(self.types.outside_name(path, name).partition(".")[0] in self.roots for name in names)

    def maker(self, path: str, value: Value) -> str:
        """The dotted name of the maker that a decorator is, called or not, or ""."""
        callee = value.callee if isinstance(value, Called) else value
        name = self.types.outside_name(path, callee.name) if isinstance(callee, External) else ""
        return name if name in self.makers else ""

    def scopes_inside(self, path: str) -> Iterator[int]:
        """The scopes of kernels and of everything that is defined in one."""
        kernels = {scope for owner, scope in (*self.decorated, *self.helpers) if owner == path}
        scopes = self.program.python(path).scopes
        within: set[int] = set()
        for index, scope in enumerate(scopes):  # an outer scope comes before those inside it
            if index in kernels or scope.parent in within:
                within.add(index)
                yield index

    def is_called_by_kernels_only(self, kernel: tuple[str, int]) -> bool:
        """Whether every known call of a kernel stands in another one: then it is a part of those."""
        sites = self.program.call_sites.get(kernel, ())
        return bool(sites) and all(site.use.kind == "call" and self.is_in_kernel(site.path, site.use.scope) for site in sites)

    def is_in_kernel(self, path: str, scope: int) -> bool:
        """Whether a scope is, or stands in, a kernel; a helper may also be what launches one."""
        while scope > MODULE_SCOPE:
            if (path, scope) in self.decorated:
                return True
            scope = self.program.python(path).scopes[scope].parent
        return False

    def kernel_of(self, path: str, target: Value) -> tuple[str, int] | None:
        """The kernel that a callee is, as (path, scope), or None."""
        if not self.decorated:
            return None
        found = definition_of(self.program, path, target)
        return found if found in self.decorated else None
