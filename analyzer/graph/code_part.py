"""Modules, classes, functions and Python kernels, with imports, inheritance and calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analyzer.graph.calls import Callees, CallReader, Definition
from analyzer.graph.conditions import is_conditional
from analyzer.graph.draft import Draft
from analyzer.link.program import ImportEdge, Program
from analyzer.model.facts import (
    MODULE_SCOPE,
    NO_GUARD,
    Called,
    Condition,
    External,
    Local,
    Member,
    PythonFacts,
    Text,
    Use,
    Value,
)
from analyzer.model.finding import Finding
from analyzer.model.graph import BY_CONFIGURATION, GraphNode
from analyzer.model.rule import SEVERITIES

_SHOWN_SCOPES = ("class", "function")
_CONTEXT_RANKS = {"top": 0, "try": 1, "function": 2, "type-checking": 3}
_DYNAMIC_IMPORTS = frozenset({External("importlib.import_module"), External("importlib.__import__")})
_CONFIGURATION_KINDS = frozenset({"yaml", "json", "toml", "ini"})
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*){1,12}")
_NAME, _MAIN = External("builtins.__name__"), Text("__main__")
_STARTED = (Condition("==", (_NAME, _MAIN)), Condition("==", (_MAIN, _NAME)))
MOST_CONFIGURED = 500
"""Modules that configuration files name."""


class CodePart:
    """Adds the nodes of Python code to a draft, and knows afterwards which node a scope belongs to."""

    def __init__(self, program: Program, draft: Draft, kernels: Mapping[Definition, str], with_calls: bool) -> None:
        """`kernels` are the ids of functions that are GPU kernels. Without calls everything else belongs to its module."""
        self.program = program
        self.with_calls = with_calls
        self.draft = draft
        self.kernels = kernels
        self.calls = CallReader(program)
        self.owner: dict[Definition, str] = {}
        """(path, scope) -> the id of the innermost class, function, kernel or module around it."""
        self.starts: dict[str, list[tuple[int, int, int]]] = {}
        """First line, last line and index of the scopes of files that were asked about."""
        self.main_guards: dict[str, frozenset[int]] = {}
        """The guards `if __name__ == "__main__"` of files that were asked about, and those inside."""

    def add_nodes(self, findings: Mapping[str, list[Finding]]) -> None:
        """Modules, classes and functions, each with the findings of its own lines."""
        for path, python in self.program.python_files():
            module = f"module:{path}"
            self.owner[path, MODULE_SCOPE] = module
            numbers: dict[str, int] = {}
            held: dict[str, list[Finding]] = {}
            places = list(self.scope_ids(path, python, numbers)) if self.with_calls else []
            whole = findings.get(path, [])
            for finding in whole:
                held.setdefault(self.innermost(path, python, finding.span.line), []).append(finding)
            title = self.program.modules.shown_name(path)
            started = self.lines_when_started(path, python) if held.get(module) else frozenset()
            top = worst([finding for finding in held.get(module, ()) if finding.span.line not in started])
            self.draft.add(GraphNode(module, "module", title, path, 1, len(whole), worst(whole), detail=top))
            for node_id, kind, name, line in places:
                own = held.get(node_id, [])
                if kind != "kernel":  # those are added with the inventory
                    self.draft.add(GraphNode(node_id, kind, name, path, line, len(own), worst(own)))

    def scope_ids(self, path: str, python: PythonFacts, numbers: dict[str, int]) -> Iterator[tuple[str, str, str, int]]:
        """(id, kind, title, line) of every class and function; what stands in other scopes belongs to the one around."""
        for index, scope in enumerate(python.scopes):
            if index == MODULE_SCOPE:
                continue
            if scope.kind not in _SHOWN_SCOPES:
                self.owner[path, index] = self.owner[path, scope.parent]
                continue
            name = scope.qualified_name
            number = numbers[name] = numbers.get(name, 0) + 1
            node_id = self.kernels.get((path, index), f"{scope.kind}:{path}:{name}" + (f"#{number}" if number > 1 else ""))
            self.owner[path, index] = node_id
            yield node_id, "kernel" if (path, index) in self.kernels else scope.kind, name, scope.span.line

    def innermost(self, path: str, python: PythonFacts, line: int) -> str:
        """The id of the innermost scope around a line."""
        starts = self.starts.get(path)
        if starts is None:
            starts = self.starts[path] = [
                (scope.span.line, scope.last_line, index)
                for index, scope in enumerate(python.scopes)
                if scope.kind in _SHOWN_SCOPES
            ]
        best = MODULE_SCOPE
        for first, last, index in starts:
            if first > line:
                break
            if line <= last:
                best = index
        return self.owner.get((path, best), "")

    # ---- what only runs when a file is started ---------------------------------------------------------------------

    def starting_guards(self, path: str, python: PythonFacts) -> frozenset[int]:
        """The guards under which code runs when a file is started, and not when it is imported."""
        if path not in self.main_guards:
            found: set[int] = set()
            for index, guard in enumerate(python.guards):  # what a guard stands in comes before it
                if guard.parent in found or (guard.kind == "if" and guard.test in _STARTED):
                    found.add(index)
            self.main_guards[path] = frozenset(found)
        return self.main_guards[path]

    def lines_when_started(self, path: str, python: PythonFacts) -> frozenset[int]:
        """The lines at the top of a file that only run when it is started."""
        guards = self.starting_guards(path, python)
        spans = [python.statements[use.statement] for use in python.uses if use.guard in guards and use.scope == MODULE_SCOPE]
        return frozenset(line for span in spans for line in range(span.line, span.end_line + 1))

    def source_of(self, path: str, scope: int, guard: int) -> str:
        """The node that something in a scope belongs to: the entry point, for what only runs when the file is started."""
        if scope == MODULE_SCOPE and guard != NO_GUARD and guard in self.starting_guards(path, self.program.python(path)):
            return f"entry-point:script:{path}:{self.program.modules.shown_name(path)}"
        return self.owner[path, scope]

    def passes(self, path: str, guard: int) -> bool:
        """Whether the program goes on without what stands under a guard."""
        return guard != NO_GUARD and is_conditional(self.program.python(path), guard)

    # ---- edges -------------------------------------------------------------------------------------------------------

    def node_of(self, path: str, scope: int) -> str:
        """The node that a scope belongs to."""
        return self.owner.get((path, scope)) or f"module:{path}"

    def add_edges(self, about_libraries: Mapping[str, list[Finding]]) -> None:
        """Everything that Python code says; the findings about libraries are by the name that is imported."""
        self.add_imports(about_libraries)
        self.add_configured_imports()
        if not self.with_calls:
            self.draft.unresolved["calls"] = self.program.unresolved_calls
            return
        for path, python in self.program.python_files():
            self.add_structure(path, python)
            for use in python.uses:
                self.add_use(path, use)

    def add_imports(self, about_libraries: Mapping[str, list[Finding]]) -> None:
        """Imports as they are written, and the packages around each module, whose `__init__` runs first."""
        edges = sorted(self.program.imports, key=lambda edge: (edge.source, _CONTEXT_RANKS[edge.context], edge.line, edge.target))
        resolved: dict[str, set[int]] = {}
        for edge in edges:
            resolved.setdefault(edge.source, set()).add(edge.line)
            target = f"module:{edge.target}"
            if not edge.is_internal:
                own = about_libraries.get(edge.target, [])
                target = self.draft.add(GraphNode(f"package:{edge.target}", "package", edge.target, "", 0, len(own), worst(own)))
            self.connect_import(edge, target)
        for path, python in self.program.python_files():
            package = self.package_of(path)
            if package:
                self.draft.connect(f"module:{path}", f"module:{package}", "imports", path, 1, "package")
            relative = {entry.span.line for entry in python.imports if entry.level}
            self.draft.unresolved["imports"] += len(relative - resolved.get(path, set()))

    def connect_import(self, edge: ImportEdge, target: str) -> None:
        """An edge from the module, or where there are functions from the one that the import stands in."""
        source, has_other_way = f"module:{edge.source}", False
        if self.with_calls:
            for entry in self.program.python(edge.source).imports:
                if entry.span.line == edge.line:
                    source = self.source_of(edge.source, entry.scope, entry.guard)
                    has_other_way = self.passes(edge.source, entry.guard)
                    break
        self.draft.connect(source, target, "imports", edge.source, edge.line, edge.context, has_other_way)

    def package_of(self, path: str) -> str:
        """The `__init__` of the package that a module stands in, or of the one around it; "" where there is none."""
        folder, _, name = path.rpartition("/")
        if name == "__init__.py":
            folder = folder.rpartition("/")[0] if "/" in folder else ""
        found = f"{folder}/__init__.py" if folder else ""
        return found if found in self.program.files else ""

    def add_structure(self, path: str, python: PythonFacts) -> None:
        """What contains what, bases, and decorators, which run whenever what they decorate does."""
        for index, scope in enumerate(python.scopes):
            if scope.kind not in _SHOWN_SCOPES:
                continue
            own = self.owner[path, index]
            around = self.owner[path, scope.parent]
            self.draft.connect(f"module:{path}", own, "defines", path, scope.span.line)
            if not around.startswith("module:"):
                self.draft.connect(around, own, "contains", path, scope.span.line)
            for base in scope.bases:
                found = self.calls.base_class(path, base)
                if found is not None:
                    self.draft.connect(own, self.owner[found], "inherits", path, scope.span.line)
                elif not isinstance(base, External) or self.program.modules.split(base.name, path) is not None:
                    self.draft.unresolved["bases"] += 1
            for decorator in scope.decorators:
                callee = decorator.callee if isinstance(decorator, Called) else decorator
                self.connect_all(own, self.calls.callees(path, callee), path, scope.span.line, "decorator")

    def add_use(self, path: str, use: Use) -> None:
        """A call, a launch, or a function that is handed on to be called."""
        source = self.source_of(path, use.scope, use.guard)
        guarded = self.passes(path, use.guard)
        if use.kind in ("call", "launch"):
            answer = self.answer(path, use)
            self.connect_all(source, answer, path, use.span.line, "", guarded)
            if not answer.found and not answer.is_outside:
                self.draft.unresolved["calls"] += 1
            for argument in use.arguments:
                if isinstance(argument.value, Local | External) and self.may_be_function(path, argument.value):
                    self.connect_all(source, self.calls.callees(path, argument.value), path, use.span.line, "callback", guarded)
        elif use.kind in ("read", "decorator") and self.may_be_function(path, use.target):
            answer = self.calls.callees(path, use.target)
            if use.kind == "read":  # a class that is only named, as in an annotation, is not made
                answer = answer._replace(found=tuple(found for found in answer.found if not self.calls.is_class(found.definition)))
            context = "callback" if use.kind == "read" else "decorator"
            self.connect_all(source, answer, path, use.span.line, context, guarded)

    def may_be_function(self, path: str, value: Value) -> bool:
        """Whether a mentioned name can be a function or class of ours: only plain names and names of our modules."""
        if isinstance(value, External):
            return self.program.modules.may_be_ours(value.name)
        return isinstance(value, Local) and len(value.attributes) <= 1 and self.is_definition(path, value)

    def is_definition(self, path: str, value: Local) -> bool:
        """Whether a local name is bound by a definition; an attribute is looked up among methods."""
        if value.attributes:
            return True
        return any(binding.kind == "definition" for binding in self.program.bound(path, value.scope, value.name))

    def answer(self, path: str, use: Use) -> Callees:
        """What a call means; `super().run` depends on the method that it stands in."""
        target = use.target
        owner = target.owner if isinstance(target, Member) else None
        if isinstance(target, Member) and isinstance(owner, Called) and owner.callee == External("builtins.super"):
            return self.calls.super_method(path, use.scope, target.attributes[0])
        return self.calls.callees(path, target)

    def connect_all(self, source: str, answer: Callees, path: str, line: int, context: str, has_other_way: bool = False) -> None:
        """Edges to all that a call may mean; that of a kernel is a launch."""
        has_other_way = has_other_way or len(answer.found) > 1
        for callee in answer.found:
            target = self.owner.get(callee.definition)
            if target is not None:
                kind = "launches" if target.startswith("kernel:") and context in ("", "callback") else "calls"
                self.draft.connect(source, target, kind, path, line, context or callee.way, has_other_way)

    # ---- imports by a name -------------------------------------------------------------------------------------------

    def add_configured_imports(self) -> None:
        """`importlib.import_module("pkg.module")`, and of a name made at run time: what configuration files name can be meant."""
        by_configuration = self.named_in_configuration()
        for path, python in self.program.python_files():
            if not any(entry.module == "importlib" for entry in python.imports):
                continue
            for use in python.uses:
                if use.kind == "call" and use.target in _DYNAMIC_IMPORTS and use.arguments:
                    self.add_dynamic_import(path, use, by_configuration)

    def add_dynamic_import(self, path: str, use: Use, by_configuration: Mapping[str, tuple[str, int]]) -> None:
        """One import by a name; one that is made at run time is counted."""
        first = use.arguments[0].value
        if isinstance(first, Text):
            found = self.program.modules.find(first.text, path)
            if found is not None:
                self.draft.connect(f"module:{path}", f"module:{found}", "imports", path, use.span.line, "dynamic")
            return
        self.draft.unresolved["imports"] += 1
        for found, (file, line) in by_configuration.items():
            self.draft.connect(f"module:{path}", f"module:{found}", "imports", file, line, BY_CONFIGURATION)

    def named_in_configuration(self) -> dict[str, tuple[str, int]]:
        """The modules that settings name (`target: pkg.module.Class`), each with the first place."""
        found: dict[str, tuple[str, int]] = {}
        for path, facts in self.program.files.items():
            if facts.kind not in _CONFIGURATION_KINDS:
                continue
            for entry in facts.entries:
                if entry.kind == "setting" and _DOTTED.fullmatch(entry.value):
                    split = self.program.modules.split(entry.value, path)
                    if split is not None and len(split[1]) <= 1 and len(found) < MOST_CONFIGURED:
                        found.setdefault(split[0], (path, entry.span.line))
        return found


def worst(findings: list[Finding]) -> str:
    """The worst severity, "" where there is none."""
    return max((finding.severity for finding in findings), key=SEVERITIES.index, default="")
