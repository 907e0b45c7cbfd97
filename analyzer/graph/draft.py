"""A graph while it is being put together: nodes by id, the first evidence of every edge, and what was not resolved."""

from __future__ import annotations

from collections import Counter

from analyzer.model.graph import DependencyGraph, GraphEdge, GraphNode


class Draft:
    """Collects nodes and edges; an edge to or from a node that never came is left out at the end."""

    def __init__(self) -> None:
        self.nodes: dict[str, GraphNode] = {}
        self.edges: dict[tuple[str, str, str], GraphEdge] = {}
        self.unresolved: Counter[str] = Counter({"bases": 0, "calls": 0, "commands": 0, "imports": 0})

    def add(self, node: GraphNode) -> str:
        """Add a node, unless its id is known; its id."""
        self.nodes.setdefault(node.id, node)
        return node.id

    def connect(
        self, source: str, target: str, kind: str, path: str, line: int, context: str = "", has_other_way: bool = False
    ) -> None:
        """Add an edge; the first place that says so is kept, but for one that is guarded where another is not."""
        key = (source, target, kind)
        known = self.edges.get(key)
        if source != target and (known is None or (known.has_other_way and not has_other_way)):
            self.edges[key] = GraphEdge(source, target, kind, path, line, context, has_other_way)

    def finished(self) -> DependencyGraph:
        """The graph, in the order of its ids."""
        edges = (self.edges[key] for key in sorted(self.edges) if key[0] in self.nodes and key[1] in self.nodes)
        return DependencyGraph(
            tuple(self.nodes[node_id] for node_id in sorted(self.nodes)), tuple(edges), tuple(sorted(self.unresolved.items()))
        )
