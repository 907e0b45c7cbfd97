"""What the dependency graph says, without the graph library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GraphNode:
    """`kind` is `module`, `package` (third-party distribution), `kernel` or `extension`."""

    id: str
    kind: str
    title: str
    path: str
    line: int
    findings: int
    worst_severity: str
    """"" where the node has no finding of its own."""
    blast_radius: int
    """Number of modules that reach this node through imports that run at start-up or inside functions."""


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """`kind` is `imports`, `defines`, `launches` or `uses`; evidence is the first place that says so."""

    source: str
    target: str
    kind: str
    context: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Wave:
    """Modules that can be moved together once all earlier waves are done. `cycles` are import cycles inside it."""

    index: int
    modules: tuple[str, ...]
    cycles: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class GraphSummary:
    """Nodes and edges sorted by id, and what follows from them."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    waves: tuple[Wave, ...]
    untied_modules: tuple[str, ...]
    """Modules that neither have a tie nor reach one: they can move today."""
    unresolved_calls: int
