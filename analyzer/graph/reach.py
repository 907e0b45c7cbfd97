"""Walks along the graph: who depends on a thing, what an entry point touches, and what nothing reaches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from analyzer.discover.kinds import is_test_path
from analyzer.model.errors import UserInputError
from analyzer.model.graph import (
    TYPE_CHECKING_ONLY,
    DependencyGraph,
    EntryPointTies,
    GraphEdge,
    GraphNode,
    GraphSummary,
    UnreachedCode,
)

LONGEST_CHAIN = 400
"""Steps of a chain that are told."""
MOST_TIED = 100
"""Tied modules of an entry point that a report names."""
MOST_NAMED = 8
"""Names that are told where a word means several nodes."""
CODE_KINDS = ("module", "class", "function")
_CUDA_KINDS = ("module", "kernel", "extension")

Walk = Mapping[str, GraphEdge | None]
"""What a walk found, in its order, each with the edge by which it was found first."""
Edges = Mapping[str, list[GraphEdge]]
Follows = Callable[[GraphEdge], bool]
Chain = tuple[GraphEdge, ...]
"""Edges from what depends to what it needs in the end."""


class ReachingStart(NamedTuple):
    """An entry point that needs a node."""

    node: GraphNode
    chain: Chain
    is_certain: bool
    """A chain of calls and of what is loaded leads to the node. Else only a module is loaded whose code can lead there, and no
    call of that code could be told."""


class BlastRadius(NamedTuple):
    """What would stop working without a node."""

    node: GraphNode
    dependents: tuple[GraphNode, ...]
    """Everything that depends on it, directly or not, itself left out; by id."""
    entry_points: tuple[ReachingStart, ...]
    """Where the program starts and needs it; the certain ones first."""


class EntryPointReach(NamedTuple):
    """What one entry point touches."""

    node: GraphNode
    state: str
    """`free`: nothing that it loads or calls is tied. `loaded`: a tied module or library is loaded, and no chain of calls into
    tied code was found. `called`: such a chain was found, or tied code runs while it is loaded. `unknown`: it was not bound to
    any code."""
    tied: tuple[GraphNode, ...]
    """The tied modules that it loads, by id."""
    kernels: tuple[GraphNode, ...]
    first: Chain
    """A shortest chain to tied code, where there is any."""


class Unreached(NamedTuple):
    """CUDA code that no entry point reaches."""

    node: GraphNode
    reached_by: str
    """The first of `OTHER_WAYS` that leads to it, or `nothing`."""


OTHER_WAYS = ("public", "script", "installed", "tests", "unbound")
"""What may lead to code that no entry point reaches: whoever installs the package and imports a public module; whoever starts a
file by hand that is in no package and that nothing imports; whoever imports an extension that the build installs; only tests;
and `unbound` for a kernel that no extension is known to contain, of which nothing can be told."""


class GraphReader:
    """A graph with its edges by both ends. What only type checkers read binds nothing."""

    def __init__(self, graph: DependencyGraph) -> None:
        self.graph = graph
        self.nodes: Mapping[str, GraphNode] = {node.id: node for node in graph.nodes}
        self.needs: dict[str, list[GraphEdge]] = {}
        self.needed_by: dict[str, list[GraphEdge]] = {}
        for edge in graph.edges:
            if edge.context != TYPE_CHECKING_ONLY:
                self.needs.setdefault(edge.dependent, []).append(edge)
                self.needed_by.setdefault(edge.needed, []).append(edge)

    # ---- walks -------------------------------------------------------------------------------------------------------

    def needed(self, starts: Iterable[str]) -> Walk:
        """Everything that some nodes need, themselves included; the nearest first."""
        return _walk(starts, self.needs, attrgetter("needed"))

    def dependents(self, starts: Iterable[str], follows: Follows | None = None) -> Walk:
        """Everything that depends on some nodes along the edges that are followed, themselves included; the nearest first."""
        return _walk(starts, self.needed_by, attrgetter("dependent"), follows)

    def chain_down(self, start: str, dependents: Walk, longest: int = LONGEST_CHAIN) -> Chain:
        """The edges from a dependent down to what `dependents` was asked about: a shortest chain, or so many steps of it."""
        found: list[GraphEdge] = []
        edge = dependents[start]
        while edge is not None and len(found) < longest:
            found.append(edge)
            edge = dependents[edge.needed]
        return tuple(found)

    # ---- questions ---------------------------------------------------------------------------------------------------

    def named(self, name: str) -> GraphNode:
        """The node that a word of the user means: an id, a path, a title, or its last part. Raises `UserInputError`."""
        if name in self.nodes:
            return self.nodes[name]
        for fits in (_is_module_of, _is_titled, _ends_with):
            found = [node for node in self.graph.nodes if fits(node, name)]
            if len(found) == 1:
                return found[0]
            if found:
                shown = ", ".join(node.id for node in found[:MOST_NAMED])
                more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
                raise UserInputError("NAME", name, f"means {len(found)} things; give one of {shown}{more}")
        raise UserInputError("NAME", name, "is nothing in the graph; `offramp graph export` lists what is")

    def blast_radius(self, node_id: str) -> BlastRadius:
        """What stops working without a node. Raises `KeyError` for an id that the graph does not have."""
        reached = self.dependents((node_id,))
        others = tuple(self.nodes[key] for key in sorted(reached) if key != node_id)
        starts = [ReachingStart(node, self.chain_down(node.id, reached), True) for node in others if node.kind == "entry-point"]
        holding = {f"module:{node.path}" for node in others if node.kind in CODE_KINDS} & set(self.nodes)
        loading = self.dependents(holding)
        starts.extend(
            ReachingStart(self.nodes[key], self.chain_down(key, loading), False)
            for key in sorted(loading)
            if self.nodes[key].kind == "entry-point" and key not in reached
        )
        return BlastRadius(self.nodes[node_id], others, tuple(starts))

    def entry_points(self) -> tuple[EntryPointReach, ...]:
        """Every entry point, and whether it touches CUDA.

        What is below each is worked out once over the condensation of cycles, with one bit for each tied module and kernel.
        """
        starts = [node for node in self.graph.nodes if node.kind == "entry-point"]
        below = _Below(self, starts)
        running = self.dependents(node.id for node in self.graph.nodes if is_run(node))
        loading = self.dependents(node.id for node in self.graph.nodes if node.is_tied)
        return tuple(self._reach(node, below, running, loading) for node in starts)

    def _reach(self, node: GraphNode, below: _Below, running: Walk, loading: Walk) -> EntryPointReach:
        found = below.nodes_of(node.id)
        tied = tuple(other for other in found if other.kind == "module")
        kernels = tuple(other for other in found if other.kind == "kernel")
        runs, loads = node.id in running, node.id in loading
        chain = self.chain_down(node.id, running if runs else loading) if loads else ()
        is_bound = any(self.nodes[edge.needed].kind in (*CODE_KINDS, "entry-point") for edge in self.needs.get(node.id, ()))
        state = "unknown" if not is_bound else "called" if runs else "loaded" if loads else "free"
        return EntryPointReach(node, state, tied, kernels, chain)

    def unreached(self) -> tuple[Unreached, ...]:
        """Tied modules, kernels and extensions that no entry point reaches; those that are test code are left out."""
        reached = self.needed(node.id for node in self.graph.nodes if node.kind == "entry-point")
        ways = {way: self.needed(starts) for way, starts in self._other_starts().items()}
        return tuple(
            Unreached(node, next((way for way in OTHER_WAYS if node.id in ways[way]), "nothing"))
            for node in self.graph.nodes
            if node.kind in _CUDA_KINDS and node.is_tied and node.id not in reached and not is_test_path(node.path)
        )

    def _other_starts(self) -> dict[str, list[str]]:
        """Where each of `OTHER_WAYS` begins."""
        code = [node for node in self.graph.nodes if node.kind in CODE_KINDS]
        public = public_modules(node.path for node in code if node.kind == "module")
        by_hand = {node.path for node in code if node.kind == "module" and self._may_be_started(node)}
        installed = {edge.target for edge in self.graph.edges if edge.kind == "builds"}
        operators = [edge.target for edge in self.graph.edges if edge.kind == "registers" and edge.source in installed]
        return {
            "public": [node.id for node in code if node.path in public],
            "script": [node.id for node in code if node.path in by_hand],
            "installed": [*installed, *operators],
            "tests": [node.id for node in code if is_test_path(node.path)],
            "unbound": [node.id for node in self.graph.nodes if node.kind == "kernel" and node.id not in self.needed_by],
        }

    def _may_be_started(self, node: GraphNode) -> bool:
        """Whether a module stands in no package and nothing imports it: only starting it by hand gives it a use."""
        folder = node.path.rpartition("/")[0]
        in_package = f"module:{folder}/__init__.py" in self.nodes
        imported = any(edge.kind == "imports" for edge in self.needed_by.get(node.id, ()))
        return not in_package and not imported and not is_test_path(node.path)


def _walk(starts: Iterable[str], edges: Edges, other_end: Callable[[GraphEdge], str], follows: Follows | None = None) -> Walk:
    seen: dict[str, GraphEdge | None] = dict.fromkeys(sorted(starts))
    frontier = deque(seen)
    while frontier:
        for edge in edges.get(frontier.popleft(), ()):
            end = other_end(edge)
            if end not in seen and (follows is None or follows(edge)):
                seen[end] = edge
                frontier.append(end)
    return seen


class _Below:
    """For some nodes, the tied modules and kernels that they need, directly or not; worked out from the bottom up."""

    def __init__(self, reader: GraphReader, starts: Iterable[GraphNode]) -> None:
        import networkx

        needed = reader.needed(node.id for node in starts)
        graph: networkx.DiGraph[str] = networkx.DiGraph()
        graph.add_nodes_from(needed)
        graph.add_edges_from((edge.dependent, edge.needed) for name in needed for edge in reader.needs.get(name, ()))
        nodes = (reader.nodes[name] for name in needed)
        self.marked = sorted(node for node in nodes if node.kind == "kernel" or (node.kind == "module" and node.is_tied))
        bit = {node.id: 1 << index for index, node in enumerate(self.marked)}
        self.bits: dict[str, int] = {}
        condensed = networkx.condensation(graph)
        members: Mapping[int, set[str]] = networkx.get_node_attributes(condensed, "members")
        wanted = {node.id for node in starts}
        known: dict[int, int] = {}
        waiting = dict(condensed.in_degree())
        for component in reversed(list(networkx.topological_sort(condensed))):
            bits = sum(bit.get(name, 0) for name in members[component])
            for below in condensed.successors(component):
                bits |= known[below]
                waiting[below] -= 1
                if not waiting[below]:
                    del known[below]
            if waiting[component]:
                known[component] = bits
            for name in members[component] & wanted:
                self.bits[name] = bits

    def nodes_of(self, start: str) -> list[GraphNode]:
        """The tied modules and kernels below a start, by id."""
        digits = bin(self.bits[start])[:1:-1]
        return [node for node, digit in zip(self.marked, digits, strict=False) if digit == "1"]


def with_reach(summary: GraphSummary, graph: DependencyGraph) -> GraphSummary:
    """The summary of a graph with what its entry points touch and what none of them reaches."""
    reader = GraphReader(graph)
    points = (
        EntryPointTies(
            point.node.path, point.node.line, point.node.title, point.node.detail, point.state,
            tuple(node.path for node in point.tied[:MOST_TIED]), len(point.tied), len(point.kernels),
        )
        for point in reader.entry_points()
    )  # fmt: skip
    unreached = (
        UnreachedCode(node.id, node.kind, node.title, node.path, node.line, item.reached_by)
        for item in reader.unreached()
        for node in (item.node,)
    )
    return replace(summary, entry_points=tuple(sorted(points)), unreached=tuple(unreached))


def public_modules(paths: Iterable[str]) -> frozenset[str]:
    """Modules that whoever installs the project can import: in a package, none of whose names begins with `_`."""
    known = frozenset(paths)
    return frozenset(path for path in known if _is_public(path, known))


def _is_public(path: str, known: Collection[str]) -> bool:
    folder = path.rpartition("/")[0]
    in_package = (f"{folder}/__init__.py" if folder else "__init__.py") in known
    names = path.removesuffix(".py").split("/")
    return in_package and not is_test_path(path) and not any(n.startswith("_") and not n.startswith("__") for n in names)


def is_run(node: GraphNode) -> bool:
    """Whether reaching a node means that tied code runs, and not only that its file is loaded."""
    if node.kind == "module":
        return node.detail not in ("", "info")
    return node.kind in ("class", "function", "kernel", "extension", "entry-point") and node.is_tied


def _is_module_of(node: GraphNode, name: str) -> bool:
    return node.kind == "module" and node.path == name


def _is_titled(node: GraphNode, name: str) -> bool:
    return name in (node.title, f"{node.path}:{node.title}")


def _ends_with(node: GraphNode, name: str) -> bool:
    return node.title.endswith((f".{name}", f"/{name}", f"::{name}"))
