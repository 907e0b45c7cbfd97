"""Walks along a typed graph: who depends on a thing, what a thing needs, and by which chain of places."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from analyzer.discover.kinds import is_test_path
from analyzer.model.graph import DependencyGraph, GraphEdge, GraphNode

LONGEST_CHAIN = 400
"""Steps of a chain that are told; a longer one is cut in the middle of nowhere, which is said."""


class Way(NamedTuple):
    """One chain of edges, from what depends to what it needs in the end."""

    edges: tuple[GraphEdge, ...]


class BlastRadius(NamedTuple):
    """What would stop working without a node."""

    node: GraphNode
    dependents: tuple[GraphNode, ...]
    """Everything that depends on it, directly or not, itself left out; by id."""
    entry_points: tuple[tuple[GraphNode, Way], ...]
    """Those of them where the program starts, each with a shortest chain down to the node."""
    is_only_tested: bool
    """Some code reaches it, and all of that is test code."""


class EntryPointReach(NamedTuple):
    """What one entry point touches."""

    node: GraphNode
    state: str
    """`free`: nothing that it imports or calls, directly or not, is tied. `imported`: a module that it loads is tied, and no
    chain of calls into tied code was found. `called`: such a chain was found. `unknown`: it was not bound to any code."""
    tied: tuple[GraphNode, ...]
    """The tied modules that it loads, by id."""
    kernels: tuple[GraphNode, ...]
    first: Way
    """A shortest chain to tied code, where there is any."""


class Unreached(NamedTuple):
    """CUDA code that no entry point reaches."""

    node: GraphNode
    reached_by: str
    """`nothing`, `tests`, or `public`: nothing here reaches it, but whoever installs the package can import it."""


class GraphReader:
    """A graph with its edges by both ends. What only type checkers read binds nothing."""

    def __init__(self, graph: DependencyGraph) -> None:
        self.graph = graph
        self.nodes: Mapping[str, GraphNode] = {node.id: node for node in graph.nodes}
        self.needs: dict[str, list[GraphEdge]] = {}
        self.needed_by: dict[str, list[GraphEdge]] = {}
        for edge in graph.edges:
            if edge.context != "type-checking":
                self.needs.setdefault(edge.dependent, []).append(edge)
                self.needed_by.setdefault(edge.needed, []).append(edge)

    # ---- walks -------------------------------------------------------------------------------------------------------

    def needed(self, starts: Iterable[str]) -> dict[str, GraphEdge | None]:
        """Everything that some nodes need, themselves included, each with the edge by which it was first reached."""
        return self._walk(starts, self.needs, forwards=True)

    def dependents(self, starts: Iterable[str]) -> dict[str, GraphEdge | None]:
        """Everything that depends on some nodes, themselves included, each with the edge to the next one down."""
        return self._walk(starts, self.needed_by, forwards=False)

    def _walk(self, starts: Iterable[str], edges: Mapping[str, list[GraphEdge]], forwards: bool) -> dict[str, GraphEdge | None]:
        seen: dict[str, GraphEdge | None] = dict.fromkeys(sorted(starts))
        frontier = deque(seen)
        while frontier:
            for edge in edges.get(frontier.popleft(), ()):
                other = edge.needed if forwards else edge.dependent
                if other not in seen:
                    seen[other] = edge
                    frontier.append(other)
        return seen

    def chain_down(self, start: str, dependents: Mapping[str, GraphEdge | None]) -> Way:
        """The edges from a dependent down to what `dependents` was asked about."""
        found: list[GraphEdge] = []
        edge = dependents[start]
        while edge is not None and len(found) < LONGEST_CHAIN:
            found.append(edge)
            edge = dependents[edge.needed]
        return Way(tuple(found))

    def chain_up(self, end: str, needed: Mapping[str, GraphEdge | None]) -> Way:
        """The edges from what `needed` was asked about to one of the things that it needs."""
        found: list[GraphEdge] = []
        edge = needed[end]
        while edge is not None and len(found) < LONGEST_CHAIN:
            found.append(edge)
            edge = needed[edge.dependent]
        return Way(tuple(reversed(found)))

    # ---- questions ---------------------------------------------------------------------------------------------------

    def named(self, name: str) -> tuple[GraphNode, ...]:
        """The nodes that a word of the user means: by id, else by title or path, else by the end of the title."""
        if name in self.nodes:
            return (self.nodes[name],)
        exact = tuple(node for node in self.graph.nodes if name in (node.title, node.path, f"{node.path}:{node.title}"))
        by_path = tuple(node for node in exact if node.kind == "module" and node.path == name)
        if by_path or exact:
            return by_path or exact
        return tuple(node for node in self.graph.nodes if node.title.endswith((f".{name}", f"/{name}")))

    def blast_radius(self, node_id: str) -> BlastRadius:
        """What stops working without a node. Raises `KeyError` for an id that the graph does not have."""
        node = self.nodes[node_id]
        reached = self.dependents((node_id,))
        others = tuple(self.nodes[key] for key in sorted(reached) if key != node_id)
        starts = [other for other in others if other.kind == "entry-point"]
        code = [other for other in others if other.kind in ("module", "class", "function")]
        return BlastRadius(
            node, others, tuple((start, self.chain_down(start.id, reached)) for start in starts),
            is_only_tested=bool(code) and all(is_test_path(other.path) for other in code),
        )  # fmt: skip

    def entry_points(self) -> tuple[EntryPointReach, ...]:
        """Every entry point, and whether it touches CUDA."""
        return tuple(self._reach(node) for node in self.graph.nodes if node.kind == "entry-point")

    def _reach(self, node: GraphNode) -> EntryPointReach:
        needed = self.needed((node.id,))
        found = [self.nodes[key] for key in needed if key != node.id]
        tied = sorted((other for other in found if other.kind == "module" and other.is_tied), key=lambda other: other.id)
        kernels = sorted((other for other in found if other.kind == "kernel"), key=lambda other: other.id)
        # in the order of the walk, so that the first is the nearest
        called = [other for other in found if is_run(other)]
        first = called[0] if called else next((other for other in found if other.is_tied), None)
        bound = any(other.kind in ("module", "entry-point") for other in found)
        state = "unknown" if not bound else "called" if called else "imported" if first else "free"
        return EntryPointReach(node, state, tuple(tied), tuple(kernels), self.chain_up(first.id, needed) if first else Way(()))

    def unreached(self, public: Collection[str]) -> tuple[Unreached, ...]:
        """Tied modules, functions, classes, extensions and kernels that no entry point outside of tests reaches.

        `public` are the paths of modules that whoever installs the project can import: of those only the caution can be said.
        A function is listed only where its whole module is not.
        """
        starts = [node.id for node in self.graph.nodes if node.kind == "entry-point"]
        reached = self.needed(starts)
        from_tests = self.needed(f"module:{path}" for path in self.test_modules())
        from_public = self.needed(
            node.id for node in self.graph.nodes if node.path in public and node.kind in ("module", "class", "function")
        )
        found = []
        for node in self.graph.nodes:
            if node.kind not in ("module", "kernel", "extension") or not node.is_tied or node.id in reached:
                continue
            if is_test_path(node.path):
                continue
            by = "public" if node.id in from_public else "tests" if node.id in from_tests else "nothing"
            found.append(Unreached(node, by))
        return tuple(found)

    def test_modules(self) -> tuple[str, ...]:
        """The paths of test code."""
        return tuple(node.path for node in self.graph.nodes if node.kind == "module" and is_test_path(node.path))


def is_run(node: GraphNode) -> bool:
    """Whether reaching a node means that tied code runs, and not only that its file is loaded."""
    if node.kind == "module":
        return node.detail not in ("", "info")
    return node.kind in ("class", "function", "kernel", "operator", "extension") and node.is_tied
