"""Builds the graph of modules, third-party packages and custom kernels, and answers what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from analyzer.knowledge.vocabulary import load_vocabulary
from analyzer.link.program import Program, definition_of
from analyzer.model.facts import External, Local, PythonFacts, Use, Value
from analyzer.model.finding import Finding
from analyzer.model.graph import GraphEdge, GraphNode, GraphSummary, Wave
from analyzer.model.rule import SEVERITIES

if TYPE_CHECKING:
    import networkx

RUNNING_CONTEXTS = ("top", "try", "function")
"""Kinds of import that run; what is only read by type checkers hangs on nothing."""
STARTUP_CONTEXTS = ("top", "try")


def summarize_graph(program: Program, findings: Iterable[Finding], libraries: Collection[str]) -> GraphSummary:
    """The graph and its answers; `libraries` are the capabilities whose findings are about a package.

    Nodes and edges are sorted by id, so the same program gives the same bytes.
    """
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    nodes = _nodes(program, by_path, libraries)
    edges = _edges(program, nodes)
    graph = _networkx_graph(nodes, edges)
    radius = blast_radius(graph)
    tied = {node_id for node_id in nodes if nodes[node_id].worst_severity not in ("", "info")}
    waves = order_of_work(graph, tied)
    finished = tuple(
        GraphNode(node.id, node.kind, node.title, node.path, node.line, node.findings, node.worst_severity, radius[node.id])
        for node in (nodes[key] for key in sorted(nodes))
    )
    return GraphSummary(finished, edges, waves, untied_modules(graph, nodes, tied), program.unresolved_calls)


# ---- nodes and edges -------------------------------------------------------------------------------------------------


def _nodes(program: Program, by_path: Mapping[str, list[Finding]], capabilities: Collection[str]) -> dict[str, GraphNode]:
    nodes: dict[str, GraphNode] = {}
    for path, facts in program.files.items():
        own = [finding for finding in by_path.get(path, []) if finding.suppressed is None or finding.suppressed.kind == "todo"]
        if facts.python is not None:
            nodes[f"module:{path}"] = GraphNode(
                f"module:{path}", "module", program.modules.shown_name(path), path, 1,
                len(own), _worst(own), 0,
            )  # fmt: skip
            for name, line in python_kernels(facts.python):
                node_id = f"kernel:{path}:{name}"
                nodes[node_id] = GraphNode(node_id, "kernel", name, path, line, 1, "blocker", 0)
        for entry in facts.entries:
            if entry.kind == "kernel":
                node_id = f"kernel:{path}"
                nodes[node_id] = GraphNode(
                    node_id, "kernel", path.rpartition("/")[2], path, entry.span.line, len(own), _worst(own), 0
                )
    libraries = Counter(
        (finding.symbol.partition(".")[0], finding.severity)
        for path in sorted(by_path)
        for finding in by_path[path]
        if finding.capability in capabilities
    )
    for edge in program.imports:
        if not edge.is_internal:
            node_id = f"package:{edge.target}"
            severities = [severity for (name, severity), _ in sorted(libraries.items()) if name == edge.target]
            count = sum(number for (name, _), number in libraries.items() if name == edge.target)
            worst = max(severities, key=SEVERITIES.index) if severities else ""
            nodes.setdefault(node_id, GraphNode(node_id, "package", edge.target, "", 0, count, worst, 0))
    return nodes


def _worst(findings: list[Finding]) -> str:
    return max((finding.severity for finding in findings), key=SEVERITIES.index, default="")


def python_kernels(python: PythonFacts) -> list[tuple[str, int]]:
    """Functions that a decorator makes a GPU kernel, with their lines."""
    kernels = []
    for scope in python.scopes:
        if scope.kind == "function" and any(_kernel_decorator(value) for value in scope.decorators):
            kernels.append((scope.qualified_name, scope.span.line))
    return kernels


def _kernel_decorator(value: Value) -> bool:
    callee = getattr(value, "callee", value)
    return isinstance(callee, External) and callee.name in load_vocabulary().kernel_decorators


def _edges(program: Program, nodes: Mapping[str, GraphNode]) -> tuple[GraphEdge, ...]:
    edges: dict[tuple[str, str, str], GraphEdge] = {}

    def add(source: str, target: str, kind: str, context: str, path: str, line: int) -> None:
        if source in nodes and target in nodes and source != target:
            edges.setdefault((source, target, kind), GraphEdge(source, target, kind, context, path, line))

    ordered = sorted(program.imports, key=lambda edge: (edge.source, _context_rank(edge.context), edge.line, edge.target))
    for edge in ordered:
        target = f"module:{edge.target}" if edge.is_internal else f"package:{edge.target}"
        add(f"module:{edge.source}", target, "imports", edge.context, edge.source, edge.line)
    for node in nodes.values():
        if node.kind == "kernel" and f"module:{node.path}" in nodes:
            add(f"module:{node.path}", node.id, "defines", "", node.path, node.line)
    for path, facts in program.files.items():
        if facts.python is not None:
            for use in facts.python.uses:
                for target in _launched(program, path, use):
                    add(f"module:{path}", target, "launches", "", path, use.span.line)
    return tuple(edges[key] for key in sorted(edges))


def _context_rank(context: str) -> int:
    return ("top", "try", "function", "type-checking").index(context)


def _launched(program: Program, path: str, use: Use) -> Iterable[str]:
    if use.kind == "launch" and isinstance(use.target, Local | External):
        found = definition_of(program, path, use.target)
        if found is not None:
            yield f"kernel:{found[0]}:{program.python(found[0]).scopes[found[1]].qualified_name}"


# ---- questions -------------------------------------------------------------------------------------------------------


def _networkx_graph(nodes: Mapping[str, GraphNode], edges: Iterable[GraphEdge]) -> networkx.DiGraph[str]:
    import networkx  # costs more than a small scan

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(sorted(nodes))
    for edge in edges:
        if edge.context != "type-checking":
            startup = edge.kind != "imports" or edge.context in STARTUP_CONTEXTS
            graph.add_edge(edge.source, edge.target, startup=startup)
    return graph


def blast_radius(graph: networkx.DiGraph[str]) -> dict[str, int]:
    """For every node the number of modules that reach it: how many would stop working without it.

    Computed once over the condensation of cycles with one bit a module, so that a cycle costs nothing extra and ten
    thousand modules take megabytes.
    """
    import networkx

    condensed = networkx.condensation(graph)
    members: Mapping[int, set[str]] = networkx.get_node_attributes(condensed, "members")
    bit = {name: 1 << index for index, name in enumerate(sorted(n for n in graph if n.startswith("module:")))}
    reach: dict[int, int] = {}
    answer: dict[str, int] = {}
    for component in networkx.topological_sort(condensed):
        own = sum(bit.get(name, 0) for name in members[component])
        above = 0
        for predecessor in condensed.predecessors(component):
            above |= reach[predecessor]
        reach[component] = above | own
        for name in members[component]:
            answer[name] = ((above | own) & ~bit.get(name, 0)).bit_count()
    return answer


def order_of_work(graph: networkx.DiGraph[str], tied: set[str]) -> tuple[Wave, ...]:
    """Modules with ties, in waves: a module comes after all tied modules that it imports at start-up.

    Only imports that run at start-up order the work; imports inside functions make cycles that mean nothing.
    """
    import networkx

    startup: networkx.DiGraph[str] = networkx.DiGraph()
    startup.add_nodes_from(name for name in graph if name.startswith("module:"))
    startup.add_edges_from(
        (source, target)
        for source, target, data in graph.edges(data=True)
        if data["startup"] and source.startswith("module:") and target.startswith("module:")
    )
    condensed = networkx.condensation(startup)
    members: Mapping[int, set[str]] = networkx.get_node_attributes(condensed, "members")
    level: dict[int, int] = {}
    waves: dict[int, list[int]] = {}
    for component in reversed(list(networkx.topological_sort(condensed))):
        below = max((level[successor] for successor in condensed.successors(component)), default=0)
        is_tied = bool(members[component] & tied)
        level[component] = below + is_tied
        if is_tied:
            waves.setdefault(level[component], []).append(component)
    return tuple(
        Wave(
            index,
            tuple(sorted(name.removeprefix("module:") for component in waves[index] for name in members[component] & tied)),
            tuple(
                sorted(
                    tuple(sorted(name.removeprefix("module:") for name in members[component]))
                    for component in waves[index]
                    if len(members[component]) > 1
                )
            ),
        )
        for index in sorted(waves)
    )


def untied_modules(graph: networkx.DiGraph[str], nodes: Mapping[str, GraphNode], tied: set[str]) -> tuple[str, ...]:
    """Modules that have no tie and reach none: they can move today."""
    reversed_graph = graph.reverse(copy=False)
    reached: set[str] = set()
    stack = sorted(tied)
    while stack:
        name = stack.pop()
        if name not in reached:
            reached.add(name)
            stack.extend(reversed_graph.successors(name))
    return tuple(sorted(nodes[name].path for name in nodes if name.startswith("module:") and name not in reached))
