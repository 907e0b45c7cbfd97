"""What the report says about the graph: who hangs on what, the order of work, and what can move today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from analyzer.model.graph import (
    BY_CONFIGURATION,
    PACKAGE_AROUND,
    STARTUP_CONTEXTS,
    TYPE_CHECKING_ONLY,
    DependencyGraph,
    GraphEdge,
    GraphSummary,
    Wave,
)

if TYPE_CHECKING:
    import networkx

_MODULE = "module:"


def summarize_graph(graph: DependencyGraph) -> GraphSummary:
    """The graph with its answers. Nodes and edges keep their order, so the same graph gives the same bytes."""
    needs = needs_graph(graph)
    radius = blast_radius(needs)
    tied = tied_modules(graph)
    return GraphSummary(
        nodes=tuple(node._replace(blast_radius=radius[node.id]) for node in graph.nodes),
        edges=graph.edges,
        waves=order_of_work(graph, tied),
        untied_modules=untied_modules(needs, (node.id for node in graph.nodes if node.is_tied)),
        unresolved_calls=dict(graph.unresolved)["calls"],
    )


def tied_modules(graph: DependencyGraph) -> frozenset[str]:
    """The ids of the modules with something to change in their own lines."""
    return frozenset(node.id for node in graph.nodes if node.kind == "module" and node.is_tied)


def needs_graph(graph: DependencyGraph) -> networkx.DiGraph[str]:
    """An arc from everything to what it needs.

    What only type checkers read binds nothing. That a module's package is loaded before it is left out here: it would tie
    every module of a package whose `__init__` gathers its parts to all the others; and so is what a configuration may name.
    """
    import networkx  # costs more than a small scan

    found: networkx.DiGraph[str] = networkx.DiGraph()
    found.add_nodes_from(node.id for node in graph.nodes)
    found.add_edges_from((edge.dependent, edge.needed) for edge in graph.edges if binds(edge))
    return found


def binds(edge: GraphEdge) -> bool:
    """Whether one end of an edge works only with the other: see `needs_graph`."""
    return edge.context not in (TYPE_CHECKING_ONLY, PACKAGE_AROUND, BY_CONFIGURATION)


def blast_radius(needs: networkx.DiGraph[str]) -> dict[str, int]:
    """For every node the number of other modules that reach it: how many would stop working without it.

    Computed once over the condensation of cycles with one bit a module, so that a cycle costs nothing extra; a component's
    bits are let go when all that it needs has them.
    """
    import networkx

    condensed = networkx.condensation(needs)
    members: Mapping[int, set[str]] = networkx.get_node_attributes(condensed, "members")
    bit = {name: 1 << index for index, name in enumerate(sorted(n for n in needs if n.startswith(_MODULE)))}
    reach: dict[int, int] = {}
    waiting = dict(condensed.out_degree())
    answer: dict[str, int] = {}
    for component in networkx.topological_sort(condensed):
        reaching = sum(bit.get(name, 0) for name in members[component])
        for predecessor in condensed.predecessors(component):
            reaching |= reach[predecessor]
            waiting[predecessor] -= 1
            if not waiting[predecessor]:
                del reach[predecessor]
        if waiting[component]:
            reach[component] = reaching
        for name in members[component]:
            answer[name] = (reaching & ~bit.get(name, 0)).bit_count()
    return answer


def startup_imports(graph: DependencyGraph) -> networkx.DiGraph[str]:
    """Modules, with an arc to each module that they import when they are loaded: what is imported is moved first.

    Left out is what orders nothing: imports inside functions, and that a module imports the package that it stands in, whose
    `__init__` gathers it. Either makes cycles of hundreds of modules that nobody has to move at once.
    """
    import networkx

    found: networkx.DiGraph[str] = networkx.DiGraph()
    found.add_nodes_from(node.id for node in graph.nodes if node.kind == "module")
    found.add_edges_from(
        (edge.source, edge.target)
        for edge in graph.edges
        if edge.kind == "imports"
        and edge.context in STARTUP_CONTEXTS
        and edge.target.startswith(_MODULE)
        and not is_around(edge.target, edge.source)
    )
    return found


def is_around(package: str, module: str) -> bool:
    """Whether a node is the `__init__` of a package that a module stands in."""
    return package.endswith("/__init__.py") and module.startswith(package.removesuffix("__init__.py"))


def order_of_work(graph: DependencyGraph, tied: Iterable[str]) -> tuple[Wave, ...]:
    """Modules with ties, in waves: a module comes after all tied modules that it imports at start-up."""
    import networkx

    wanted = frozenset(tied)
    condensed = networkx.condensation(startup_imports(graph))
    members: Mapping[int, set[str]] = networkx.get_node_attributes(condensed, "members")
    level: dict[int, int] = {}
    waves: dict[int, list[int]] = {}
    for component in reversed(list(networkx.topological_sort(condensed))):
        below = max((level[successor] for successor in condensed.successors(component)), default=0)
        is_tied = not members[component].isdisjoint(wanted)
        level[component] = below + is_tied
        if is_tied:
            waves.setdefault(level[component], []).append(component)
    return tuple(_wave(index, [members[component] for component in waves[index]], wanted) for index in sorted(waves))


def _wave(index: int, components: Iterable[set[str]], tied: frozenset[str]) -> Wave:
    parts = [tuple(sorted(name.removeprefix(_MODULE) for name in component)) for component in components]
    modules = sorted(name for part in parts for name in part if _MODULE + name in tied)
    return Wave(index, tuple(modules), tuple(sorted(part for part in parts if len(part) > 1)))


def untied_modules(needs: networkx.DiGraph[str], tied: Iterable[str]) -> tuple[str, ...]:
    """The paths of modules that are not tied and reach nothing that is, no library or kernel either: they can move today."""
    reached: set[str] = set()
    stack = sorted(tied)
    while stack:
        name = stack.pop()
        if name not in reached:
            reached.add(name)
            stack.extend(needs.predecessors(name))
    return tuple(sorted(name.removeprefix(_MODULE) for name in needs if name.startswith(_MODULE) and name not in reached))
