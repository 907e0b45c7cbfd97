"""Where the program starts, with the modules that each start reaches through imports."""

from __future__ import annotations

from analyzer.model.effort import EntryPointCandidate
from analyzer.model.graph import PACKAGE_AROUND, TYPE_CHECKING_ONLY, DependencyGraph

PREDICTED_KINDS = ("console-script", "notebook", "script")
"""What is served is predicted by the model that it reaches, and a job of a workflow by what it starts."""
_NOT_FOLLOWED = (TYPE_CHECKING_ONLY, PACKAGE_AROUND)


def entry_point_candidates(graph: DependencyGraph) -> tuple[EntryPointCandidate, ...]:
    """The entry points that a prediction is made for, sorted by place."""
    imports: dict[str, list[str]] = {}
    started: dict[str, list[str]] = {}
    modules = {node.id: node.path for node in graph.nodes if node.kind == "module"}
    for edge in graph.edges:
        if edge.target in modules and edge.kind == "imports" and edge.context not in _NOT_FOLLOWED:
            imports.setdefault(edge.source, []).append(edge.target)
        elif edge.target in modules and edge.kind == "starts":
            started.setdefault(edge.source, []).append(edge.target)
    found = [
        EntryPointCandidate(node.path, node.line, node.title, node.detail, _reach(started.get(node.id, []), imports, modules))
        for node in graph.nodes
        if node.kind == "entry-point" and node.detail in PREDICTED_KINDS
    ]
    return tuple(sorted(found, key=lambda point: (point.path, point.line, point.symbol)))


def _reach(starts: list[str], imports: dict[str, list[str]], modules: dict[str, str]) -> tuple[str, ...]:
    """The paths of some modules and of everything that they import, directly or not."""
    seen: set[str] = set()
    stack = list(starts)
    while stack:
        name = stack.pop()
        if name not in seen:
            seen.add(name)
            stack.extend(imports.get(name, ()))
    return tuple(sorted(modules[name] for name in seen))
