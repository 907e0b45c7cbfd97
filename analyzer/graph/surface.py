"""Finds the public names of a library that do not work without CUDA."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from analyzer.graph.conditions import conditional_lines
from analyzer.graph.reach import CODE_KINDS, GraphReader, public_modules
from analyzer.link.program import Program, definition_of
from analyzer.model.facts import MODULE_SCOPE, External, Scope
from analyzer.model.finding import Finding
from analyzer.model.graph import BY_CONFIGURATION, GraphEdge, GraphNode
from analyzer.model.rule import SEVERITIES
from analyzer.model.surface import TiedName

AT_ONCE = frozenset({"__init__", "__new__", "__post_init__", "__call__", "forward", "setup"})
"""Methods that whoever makes or calls an object runs; all others are names of their own."""
HARD = ("major", "blocker")
"""Severities that need CUDA: what is minor is a default or a call that does nothing elsewhere, and is left out."""
MOST_STEPS = 8
_IMPORT_RULE = "-import"
"""How the ids of rules end that are about a package whose import fails where CUDA is missing."""
LIBRARY_CAPABILITY = "fused-op-library"
"""What an application relies on whose library ends in a kernel of its own: not the kernel, but the library."""


class _Public(NamedTuple):
    """One public name."""

    name: str
    definition: tuple[str, int]
    is_method: bool


def tied_names(
    program: Program, reader: GraphReader, findings: Mapping[str, list[Finding]], packages: Collection[str] = ()
) -> tuple[tuple[TiedName, ...], int]:
    """The public names that need CUDA, sorted, and how many public names there are.

    `findings` are by path; `packages` are the import packages that count, all where none is named.
    """
    ends = {node.id: node for node in reader.graph.nodes if _is_end(node, program, findings)}
    reached = reader.dependents(ends, _is_needed)
    public = [item for item in _public_names(program) if not packages or item.name.partition(".")[0] in packages]
    by_place = {(node.kind, node.path, node.title): node.id for node in reader.graph.nodes if node.kind in ("function", "class")}
    aliases = _aliases(program, {item.definition for item in public})
    found: dict[str, TiedName] = {}
    constructed: set[tuple[str, int]] = set()
    for item in sorted(public, key=lambda item: (item.is_method, item.name)):
        path, scope = item.definition
        own = program.python(path).scopes[scope]
        node_id = by_place.get((own.kind, path, own.qualified_name), "")
        if node_id not in reached or (item.is_method and (path, own.parent) in constructed):
            continue
        if own.kind == "class":
            constructed.add(item.definition)
        chain = reader.chain_down(node_id, reached, len(reached))
        end = ends[chain[-1].needed if chain else node_id]
        severity, capability, cause = _cause(program, end, findings.get(end.path, []))
        through = tuple(dict.fromkeys(f"{edge.path}:{edge.line}" for edge in chain))[:MOST_STEPS]
        also = aliases.get((path, own.parent if item.is_method else scope), ())
        others = tuple(f"{name}.{item.name.rpartition('.')[2]}" for name in also) if item.is_method else also
        found[item.name] = TiedName(
            item.name, tuple(sorted(set(others) - {item.name})), item.is_method, severity, capability, cause, through
        )
    return tuple(found[name] for name in sorted(found)), len(public)


# ---- what needs CUDA -------------------------------------------------------------------------------------------------


def _is_end(node: GraphNode, program: Program, findings: Mapping[str, list[Finding]]) -> bool:
    """Whether something fails at a node without CUDA: a kernel, or a call or import that no check stands around."""
    if node.kind in ("kernel", "extension"):
        return node.worst_severity in HARD
    return node.kind in CODE_KINDS and node.worst_severity in HARD and bool(_failures(program, node, findings.get(node.path, [])))


def _failures(program: Program, node: GraphNode, findings: list[Finding]) -> list[Finding]:
    """What fails in the lines of a function or class; of a module only imports at its top, which whoever imports it runs."""
    hard = [
        item
        for item in findings
        if item.severity in HARD and item.suppressed is None and not item.guarded and not _is_own_code(program, item)
    ]
    python = program.python(node.path)
    conditional = conditional_lines(python) if hard else frozenset()
    hard = [item for item in hard if item.span.line not in conditional]
    if node.kind == "module":
        lines = {entry.span.line for entry in python.imports if entry.context == "top"}
        return [item for item in hard if item.span.line in lines and item.rule_id.endswith(_IMPORT_RULE)]
    scopes = [scope for scope in python.scopes if scope.kind in ("class", "function")]
    first = next((s for s in scopes if s.span.line == node.line and s.qualified_name == node.title), None)
    if first is None:
        return []
    inner = [scope for scope in scopes if scope.kind == "function" and first.span.line < scope.span.line <= first.last_line]
    return [item for item in hard if _covers(first, item) and not any(_covers(scope, item) for scope in inner)]


def _is_own_code(program: Program, finding: Finding) -> bool:
    """Whether what was found is a module or definition of the library itself: rules know it from the outside, we see inside."""
    symbol = External(finding.symbol)
    return program.modules.find(symbol.name, finding.path) is not None or definition_of(program, finding.path, symbol) is not None


def _covers(scope: Scope, finding: Finding) -> bool:
    return scope.span.line <= finding.span.line <= scope.last_line


def _is_needed(edge: GraphEdge) -> bool:
    """Whether the dependent end always needs the other: no import that may fail, no method that is only there."""
    if edge.kind == "contains" and edge.target.startswith("function:"):
        return edge.target.rpartition(".")[2].partition("#")[0] in AT_ONCE
    return not edge.has_other_way and edge.context not in _NOT_SURE


_NOT_SURE = ("try", "callback", "named", BY_CONFIGURATION)
"""Imports that may fail, functions that are handed on or only named, and what a configuration may name."""


def _cause(program: Program, end: GraphNode, findings: list[Finding]) -> tuple[str, str, str]:
    """Severity, capability and words of what a chain ends in."""
    if end.kind in ("kernel", "extension"):
        return "major", LIBRARY_CAPABILITY, f"{end.kind} {end.title}, {end.path}:{end.line}"
    own = _failures(program, end, findings)
    worst = max(own, key=lambda item: (SEVERITIES.index(item.severity), -item.span.line), default=None)
    if worst is None:
        return "major", LIBRARY_CAPABILITY, f"{end.kind} {end.title}, {end.path}:{end.line}"
    return "major", worst.capability, f"{worst.symbol} ({worst.rule_id}), {worst.path}:{worst.span.line}"


# ---- what is public --------------------------------------------------------------------------------------------------


def _public_names(program: Program) -> Iterator[_Public]:
    """Functions and classes at the top of public modules, and the methods of those classes."""
    for path in sorted(public_modules(path for path, _ in program.python_files())):
        shown = program.modules.shown_name(path)
        for index, scope in enumerate(program.python(path).scopes):
            if scope.kind in ("function", "class") and scope.parent == MODULE_SCOPE and not scope.qualified_name.startswith("_"):
                yield _Public(f"{shown}.{scope.qualified_name}", (path, index), False)
                if scope.kind == "class":
                    yield from _methods(program, path, index, f"{shown}.{scope.qualified_name}")


def _methods(program: Program, path: str, owner: int, name: str) -> Iterator[_Public]:
    scopes: tuple[Scope, ...] = program.python(path).scopes
    for index in program.methods.get((path, owner), ()):
        method = scopes[index].qualified_name.rpartition(".")[2]
        if not method.startswith("_") and method not in AT_ONCE:
            yield _Public(f"{name}.{method}", (path, index), True)


def _aliases(program: Program, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], tuple[str, ...]]:
    """Other public names of public definitions: what the `__init__` of public packages imports of them."""
    found: dict[tuple[str, int], list[str]] = {}
    for path in sorted(public_modules(path for path, _ in program.python_files())):
        if not path.endswith("__init__.py"):
            continue
        shown = program.modules.shown_name(path)
        for (scope, alias), leads_to in sorted(program.imported.get(path, {}).items()):
            if scope == MODULE_SCOPE and not alias.startswith("_"):
                definition = definition_of(program, path, External(leads_to))
                if definition in wanted and definition is not None:
                    found.setdefault(definition, []).append(f"{shown}.{alias}")
    return {definition: tuple(names) for definition, names in found.items()}
