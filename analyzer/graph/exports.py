"""The graph in forms that other programs read: GraphML, DOT and Mermaid. JSON is written with the reports."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from analyzer.model.errors import UserInputError
from analyzer.model.graph import DependencyGraph, GraphNode

MOST_MERMAID_EDGES = 400
"""Mermaid itself refuses more than 500 edges, and nobody can read so many."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SHAPES = {
    "module": "box", "class": "box", "function": "box", "kernel": "hexagon", "extension": "component", "operator": "cds",
    "package": "folder", "cuda-library": "cylinder", "entry-point": "house", "setting": "note",
}  # fmt: skip
_COLOURS = {"blocker": "#8f1d1d", "major": "#a8480b", "minor": "#6d5a00"}


def to_graphml(graph: DependencyGraph) -> str:
    """GraphML, as Gephi, yEd, Cytoscape and networkx read it. Characters that XML does not allow are replaced."""
    import networkx

    written: networkx.MultiDiGraph[str] = networkx.MultiDiGraph()
    for node in graph.nodes:
        told = {"kind": node.kind, "title": _for_xml(node.title), "path": _for_xml(node.path), "detail": node.detail}
        weight = {"line": node.line, "findings": node.findings, "worst_severity": node.worst_severity}
        written.add_node(_for_xml(node.id), **told, **weight)
    for edge in graph.edges:
        said = {"kind": edge.kind, "context": edge.context, "path": _for_xml(edge.path), "line": edge.line}
        written.add_edge(_for_xml(edge.source), _for_xml(edge.target), key=edge.kind, **said)
    stream = io.BytesIO()
    networkx.write_graphml_xml(written, stream)
    return stream.getvalue().decode("utf-8") + "\n"


def _for_xml(value: str) -> str:
    return _NOT_XML.sub("\ufffd", value)


def to_dot(graph: DependencyGraph) -> str:
    """DOT, as Graphviz draws it: a cluster for each folder."""
    return "\n".join(_dot_lines(graph)) + "\n"


def _dot_lines(graph: DependencyGraph) -> Iterator[str]:
    yield "digraph dependencies {"
    yield '  rankdir="LR"; node [fontname="sans-serif", fontsize=10]; edge [color="#5b646d"];'
    folders: dict[str, list[GraphNode]] = {}
    for node in graph.nodes:
        folders.setdefault(node.path.rpartition("/")[0] if node.path else "", []).append(node)
    for number, folder in enumerate(sorted(folders)):
        if folder:
            yield f"  subgraph cluster_{number} {{ label={_quoted(folder)};"
        for node in folders[folder]:
            colour = _COLOURS.get(node.worst_severity, "#5b646d")
            label = _quoted(f"{node.title}\n{node.kind}")
            yield f'    {_quoted(node.id)} [label={label}, shape="{_SHAPES.get(node.kind, "ellipse")}", color="{colour}"];'
        if folder:
            yield "  }"
    for edge in graph.edges:
        evidence = _quoted(f"{edge.kind} {edge.path}:{edge.line}")
        yield f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [tooltip={evidence}];"
    yield "}"


def _quoted(text: str) -> str:
    """A string of DOT, which knows no other escapes than these in a quoted string."""
    clean = _for_xml(text)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", "\\n") + '"'


def to_mermaid(graph: DependencyGraph) -> str:
    """Mermaid, for a page of documentation. Raises `UserInputError` where the graph is too large to be read as one."""
    if len(graph.edges) > MOST_MERMAID_EDGES:
        raise UserInputError(
            "--output", ".mmd", f"Mermaid draws at most {MOST_MERMAID_EDGES} edges and the graph has {len(graph.edges)}; "
            "narrow it with --around NAME, or export GraphML or DOT",
        )  # fmt: skip
    names = {node.id: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = [f"  {names[node.id]}[{_mermaid_text(f'{node.kind}: {node.title}')}]" for node in graph.nodes]
    lines += [f"  {names[edge.source]} -->|{edge.kind}| {names[edge.target]}" for edge in graph.edges]
    return "\n".join(("flowchart LR", *lines)) + "\n"


def _mermaid_text(text: str) -> str:
    """A quoted label: what Mermaid or HTML would read as more than text is written as entities."""
    return '"' + "".join(letter if letter.isalnum() or letter in " ._-/:" else f"#{ord(letter)};" for letter in text) + '"'


def around(graph: DependencyGraph, node_id: str, dependents: frozenset[str], needed: frozenset[str]) -> DependencyGraph:
    """The part of a graph that hangs on a node or that it needs."""
    kept = dependents | needed | {node_id}
    nodes = tuple(node for node in graph.nodes if node.id in kept)
    edges = tuple(edge for edge in graph.edges if edge.source in kept and edge.target in kept)
    return DependencyGraph(nodes, edges, graph.unresolved)
