"""The whole repository as one value: facts of every file, with the tables that look-ups across files need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from analyzer.link.modules import Modules, index_modules
from analyzer.link.star_imports import resolve_star_imports
from analyzer.model.facts import (
    MODULE_SCOPE,
    Argument,
    Binding,
    Constant,
    External,
    FileFacts,
    Local,
    PythonFacts,
    Text,
    Use,
    Value,
)
from analyzer.model.named_tuple import NamedTuple

_NOTHING: Mapping[tuple[int, str], tuple[Binding, ...]] = {}
_NO_NAMES: Mapping[tuple[int, str], str] = {}


class Option(NamedTuple):
    """A command-line option or configuration field with the default that users can override."""

    name: str
    default: Value | None
    path: str
    line: int
    scope: int


class CallSite(NamedTuple):
    """A call of a function of the repository."""

    path: str
    use: Use


class ImportEdge(NamedTuple):
    """One import: `target` is a path of the repository, or the top-level name of something outside."""

    source: str
    target: str
    is_internal: bool
    context: str
    line: int


class Program(NamedTuple):
    """The linked repository. Tables are built once and only read afterwards."""

    files: Mapping[str, FileFacts]
    modules: Modules
    bindings: Mapping[str, Mapping[tuple[int, str], tuple[Binding, ...]]]
    """Path -> (scope, target) -> bindings in source order."""
    imported: Mapping[str, Mapping[tuple[int, str], str]]
    """Path -> (scope, alias) -> the dotted name that an import binds the alias to."""
    methods: Mapping[tuple[str, int], tuple[int, ...]]
    """(path, class scope) -> the scopes of the functions defined in its body."""
    attributes: Mapping[tuple[str, int, str], tuple[tuple[int, tuple[Binding, ...]], ...]]
    """(path, class scope, dotted target such as `self.device`) -> (scope, bindings) of every method that binds it."""
    options: Mapping[str, tuple[Option, ...]]
    """Command-line options of the whole repository by name."""
    call_sites: Mapping[tuple[str, int], tuple[CallSite, ...]]
    """(path, function scope) -> its calls, where the callee could be resolved by name."""
    imports: tuple[ImportEdge, ...]
    unresolved_calls: int
    gave_up: frozenset[str] = frozenset()
    """Files whose star imports lead on further than is followed."""
    read_module: Callable[[str], None] | None = None
    """Adds a module to the tables, where only some files of the repository were read at first."""

    def python(self, path: str) -> PythonFacts:
        """The Python facts of a file that has them."""
        facts = self.files[path].python
        if facts is None:
            raise KeyError(path)
        return facts

    def python_files(self) -> Iterable[tuple[str, PythonFacts]]:
        """All files with Python facts, by path."""
        return ((path, facts.python) for path, facts in self.files.items() if facts.python is not None)

    def bound(self, path: str, scope: int, target: str) -> tuple[Binding, ...]:
        """The bindings of a name, dotted attribute or item in a scope."""
        return self.bindings.get(path, _NOTHING).get((scope, target), ())

    def require(self, path: str, value: Value) -> None:
        """Make sure that the module which an imported name leads to has been read; of a whole program all have."""
        found = self.modules.split(value.name, path) if self.read_module and isinstance(value, External) else None
        if found is not None and self.read_module:
            self.read_module(found[0])

    def argument_of(self, path: str, binding: Binding, use: Use) -> Argument | None:
        """The argument of a call that the parameter of a binding receives."""
        scopes = self.python(path).scopes
        scope = scopes[binding.scope]
        names = [parameter.name for parameter in scope.parameters]
        position = names.index(binding.target) if binding.target in names else -1
        is_method = scope.parent >= 0 and scopes[scope.parent].kind == "class"
        return argument_for(use, binding.target, position - is_method)

    def imported_path(self, path: str, attributes: tuple[str, ...]) -> str | None:
        """The dotted name that attributes of a module lead to, where the first of them is imported into it, or an alias."""
        head = self.imported.get(path, _NO_NAMES).get((MODULE_SCOPE, attributes[0])) if attributes else None
        if head is None and attributes:
            values = [binding.value for binding in self.bound(path, MODULE_SCOPE, attributes[0]) if binding.kind == "assign"]
            names = [value.name for value in values if isinstance(value, External)]
            if names and len(names) == len(values) and len({name.partition(".")[0] for name in names}) == 1:
                head = names[0]
        return ".".join((head, *attributes[1:])) if head else None


def link(files: Iterable[FileFacts], modules: Modules | None = None) -> Program:
    """Build the tables of a repository; cost is linear in the number of facts. Its modules are the files, unless given."""
    by_path = {facts.path: facts for facts in sorted(files, key=lambda facts: facts.path)}
    as_read = {path: facts.python for path, facts in by_path.items() if facts.python is not None}
    modules = modules or index_modules(as_read, by_path, own_package(as_read))
    with_python, gave_up = resolve_star_imports(as_read, modules)
    by_path.update((path, by_path[path]._replace(python=python)) for path, python in with_python.items())
    bindings = {path: index_bindings(python.bindings) for path, python in with_python.items()}
    imported = {path: imported_names(python) for path, python in with_python.items()}
    methods = methods_of(with_python)
    attributes = attributes_of(with_python, bindings)
    options = _options(with_python, by_path)
    unlinked = Program(by_path, modules, bindings, imported, methods, attributes, options, {}, (), 0, gave_up)
    call_sites, unresolved = _call_sites(unlinked, with_python)
    return unlinked._replace(call_sites=call_sites, imports=_import_edges(with_python, modules), unresolved_calls=unresolved)


def own_package(files: Mapping[str, PythonFacts]) -> str:
    """The name of the package whose own folder was given, by what its modules call it when they import each other."""
    if "__init__.py" not in files:
        return ""
    inside = {path.partition("/")[0].removesuffix(".py") for path in files}
    folders = {path.partition("/")[0] for path in files if "/" in path}
    votes: dict[str, int] = {}
    for python in files.values():
        for entry in python.imports:
            head, _, rest = entry.module.partition(".")
            is_module = head in inside and (head in folders or not rest)  # `a.b` is no module of ours where `a` is a plain file
            if not entry.level and not is_module and (rest.partition(".")[0] or entry.name) in inside:
                votes[head] = votes.get(head, 0) + 1
    return max(sorted(votes), key=lambda name: votes[name]) if votes else ""


def index_bindings(bindings: tuple[Binding, ...]) -> dict[tuple[int, str], tuple[Binding, ...]]:
    """The bindings of a module by (scope, target), in source order."""
    index: dict[tuple[int, str], list[Binding]] = {}
    for binding in bindings:
        index.setdefault((binding.scope, binding.target), []).append(binding)
    return {key: tuple(sorted(found, key=lambda binding: binding.line)) for key, found in index.items()}


def imported_names(python: PythonFacts) -> dict[tuple[int, str], str]:
    """(scope, alias) -> the dotted name that an import binds the alias to."""
    found: dict[tuple[int, str], str] = {}
    for entry in python.imports:
        if entry.name == "*":
            continue
        plain = entry.module.partition(".")[0]
        name = f"{entry.module}.{entry.name}".strip(".") if entry.name else (plain if entry.alias == plain else entry.module)
        found.setdefault((entry.scope, entry.alias), name)
    return found


def methods_of(files: Mapping[str, PythonFacts]) -> dict[tuple[str, int], tuple[int, ...]]:
    """(path, class scope) -> the scopes of the functions defined in its body."""
    found: dict[tuple[str, int], list[int]] = {}
    for path, python in files.items():
        for index, scope in enumerate(python.scopes):
            if scope.kind == "function" and scope.parent >= 0 and python.scopes[scope.parent].kind == "class":
                found.setdefault((path, scope.parent), []).append(index)
    return {owner: tuple(indices) for owner, indices in found.items()}


def attributes_of(
    files: Mapping[str, PythonFacts], bindings: Mapping[str, Mapping[tuple[int, str], tuple[Binding, ...]]]
) -> dict[tuple[str, int, str], tuple[tuple[int, tuple[Binding, ...]], ...]]:
    """(path, class scope, `self.name`) -> the methods that bind the attribute, each with its bindings."""
    found: dict[tuple[str, int, str], list[tuple[int, tuple[Binding, ...]]]] = {}
    for path, python in files.items():
        scopes = python.scopes
        for (index, target), bound in bindings[path].items():
            scope = scopes[index]
            if "." in target and scope.kind == "function" and scope.parent >= 0 and scopes[scope.parent].kind == "class":
                found.setdefault((path, scope.parent, target), []).append((index, bound))
    return {key: tuple(sorted(methods)) for key, methods in found.items()}


# ---- options ---------------------------------------------------------------------------------------------------------

OVERLOADS = (External("typing.overload"), External("typing_extensions.overload"))
_OPTION_MAKERS = (
    "add_argument",
    "add_option",
    "option",
    "argument",
    "define_string",
    "DEFINE_string",
    "DEFINE_enum",
    "DEFINE_boolean",
    "DEFINE_bool",
)


_CONFIGURATION_KINDS = frozenset({"yaml", "json", "toml", "ini"})
_DEVICE_SETTING = r"(cuda|gpu|cpu|mps|xpu|npu|hpu|tpu|xla|auto)(:.*)?$"


def _options(files: Mapping[str, PythonFacts], all_files: Mapping[str, FileFacts]) -> dict[str, tuple[Option, ...]]:
    """Command-line options, and settings of configuration files that hold a device, by their last name."""
    found: dict[str, list[Option]] = {}
    for path, facts in all_files.items():
        if facts.kind in _CONFIGURATION_KINDS and not path.startswith("."):
            for entry in facts.entries:
                if entry.kind == "setting" and re.match(_DEVICE_SETTING, entry.value, re.IGNORECASE):
                    name = entry.name.rpartition(".")[2].replace("-", "_")
                    found.setdefault(name, []).append(Option(name, Text(entry.value), path, entry.span.line, MODULE_SCOPE))
    for path, python in files.items():
        for use in python.uses:
            if use.kind in ("call", "decorator") and _last_name(use.target) in _OPTION_MAKERS:
                for option in _option_of(path, use):
                    found.setdefault(option.name, []).append(option)
    return {name: tuple(options) for name, options in sorted(found.items())}


def _last_name(target: Value) -> str:
    if isinstance(target, External):
        return target.name.rpartition(".")[2]
    attributes = getattr(target, "attributes", ())
    return attributes[-1] if attributes else ""


def _option_of(path: str, use: Use) -> Iterable[Option]:
    names = [argument.value.text for argument in use.arguments if argument.label.isdigit() and isinstance(argument.value, Text)]
    keywords = {argument.label: argument.value for argument in use.arguments}
    destination = keywords.get("dest")
    if isinstance(destination, Text):
        names = [destination.text]
    long_names = [name for name in names if name.startswith("--")] or names[:1]
    default = keywords.get("default")
    action = keywords.get("action")
    if default is None and isinstance(action, Text) and action.text == "store_true":
        default = Constant("False")
    if default is None and isinstance(keywords.get("is_flag"), Constant):
        default = Constant("False")
    if _last_name(use.target).startswith("DEFINE_") and len(use.arguments) > 1:
        default = use.arguments[1].value
    for name in long_names:
        clean = name.split("/")[0].lstrip("-").replace("-", "_")
        yield Option(clean, default, path, use.span.line, use.scope)


# ---- calls and imports -----------------------------------------------------------------------------------------------


def definition_of(program: Program, path: str, target: Value, depth: int = 6) -> tuple[str, int] | None:
    """The function or class of the repository that a name means, as (path, scope), through imports and re-exports."""
    if depth <= 0:
        return None
    if isinstance(target, Local):
        if target.name == "" and not target.attributes:
            return path, target.scope
        if target.attributes:
            return None
        bound = program.bound(path, target.scope, target.name)
        made = [item.value.scope for item in bound if item.kind == "definition" and isinstance(item.value, Local)]
        if len(made) > 1:  # signatures for type checkers stand before the function that they are of
            scopes = program.python(path).scopes
            made = [scope for scope in made if not set(OVERLOADS).intersection(scopes[scope].decorators)] or made
        return (path, made[0]) if made else None
    if isinstance(target, External):
        return _definition_of_external(program, path, target.name, depth)
    return None


def _definition_of_external(program: Program, path: str, name: str, depth: int) -> tuple[str, int] | None:
    found = program.modules.split(name, path)
    if found is None or not found[1]:
        return None
    module, attributes = found
    if module not in program.imported:
        return None
    first = definition_of(program, module, Local(MODULE_SCOPE, attributes[0]), depth - 1)
    if first is None:
        leads_to = program.imported_path(module, attributes)
        return definition_of(program, module, External(leads_to), depth - 1) if leads_to else None
    for attribute in attributes[1:]:
        inner = definition_of(program, module, Local(first[1], attribute), depth - 1)
        if inner is None:
            return None
        first = inner
    return first


def _call_sites(program: Program, files: Mapping[str, PythonFacts]) -> tuple[dict[tuple[str, int], tuple[CallSite, ...]], int]:
    sites: dict[tuple[str, int], list[CallSite]] = {}
    unresolved = 0
    for path, python in files.items():
        memo: dict[Value, tuple[str, int] | None] = {}
        for use in python.uses:
            if use.kind not in ("call", "launch"):
                continue
            target = use.target
            if isinstance(target, Local) and target.attributes:
                found = _method_of_self(program, path, python, target)
            else:
                if target not in memo:
                    memo[target] = definition_of(program, path, target)
                found = memo[target]
            if found is None:
                unresolved += isinstance(target, Local)
            else:
                sites.setdefault(found, []).append(CallSite(path, use))
                _add_constructor(program, found, path, use, sites)
    return {key: tuple(found) for key, found in sites.items()}, unresolved


def _add_constructor(
    program: Program, found: tuple[str, int], path: str, use: Use, sites: dict[tuple[str, int], list[CallSite]]
) -> None:
    """A call of a class is a call of its `__init__`."""
    if program.python(found[0]).scopes[found[1]].kind == "class":
        init = definition_of(program, found[0], Local(found[1], "__init__"))
        if init:
            sites.setdefault(init, []).append(CallSite(path, use))


def _method_of_self(program: Program, path: str, python: PythonFacts, target: Local) -> tuple[str, int] | None:
    if len(target.attributes) != 1:
        return None
    owner = class_of_self(python, target)
    return definition_of(program, path, Local(owner, target.attributes[0])) if owner is not None else None


def class_of_self(python: PythonFacts, target: Local) -> int | None:
    """The class scope that `self` (the first parameter of a method) stands for."""
    scope = python.scopes[target.scope]
    if scope.kind != "function" or not scope.parameters or scope.parameters[0].name != target.name:
        return None
    return scope.parent if scope.parent >= 0 and python.scopes[scope.parent].kind == "class" else None


def bindings_of(program: Program, path: str, value: Local) -> list[Binding]:
    """What gives a variable, or an attribute, its value; for an attribute of `self` in every method of the class."""
    if not value.attributes:
        return list(program.bound(path, value.scope, value.name))
    target = ".".join((value.name, *value.attributes))
    found = list(program.bound(path, value.scope, target))
    owner = class_of_self(program.python(path), value) if len(value.attributes) == 1 else None
    if owner is not None:
        found.extend(program.bound(path, owner, value.attributes[0]))
        for index, bound in program.attributes.get((path, owner, target), ()):
            if index != value.scope:
                found.extend(bound)
    return found


def argument_for(use: Use, parameter: str, position: int) -> Argument | None:
    """The argument of a call that a parameter receives."""
    for argument in use.arguments:
        if argument.label == parameter or argument.label == str(position):
            return argument
    return None


def _import_edges(files: Mapping[str, PythonFacts], modules: Modules) -> tuple[ImportEdge, ...]:
    edges: set[ImportEdge] = set()
    for path, python in files.items():
        for entry in python.imports:
            names = [f"{entry.module}.{entry.name}".strip("."), entry.module] if entry.name else [entry.module]
            target = next((found for name in names if name and (found := modules.find(name, path))), None)
            if target is None and entry.level:
                continue
            edges.add(ImportEdge(path, target or entry.module.split(".")[0], target is not None, entry.context, entry.span.line))
    return tuple(sorted(edges, key=lambda edge: (edge.source, edge.line, edge.target, edge.context)))
