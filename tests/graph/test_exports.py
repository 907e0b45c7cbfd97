"""The graph as GraphML, DOT, JSON and Mermaid, with hostile names in it."""

from __future__ import annotations

import io
import json

import networkx
import pytest

from analyzer.graph.exports import to_dot, to_graphml, to_mermaid
from analyzer.model.errors import UserInputError
from analyzer.model.graph import DependencyGraph, GraphEdge, GraphNode
from analyzer.report.graph_json import graph_to_json

NASTY = 'a"]; b -> c; \\" <script>\x00\x1b\n\udc80'
GRAPH = DependencyGraph(
    (GraphNode("kernel:k.cu:k", "kernel", "k", "k.cu", 3, 1, "blocker"), GraphNode(f"module:{NASTY}", "module", NASTY, "s/a.py", 1)),
    (GraphEdge(f"module:{NASTY}", "kernel:k.cu:k", "launches", "s/a.py", 7), GraphEdge(f"module:{NASTY}", "kernel:k.cu:k", "contains", "s/a.py", 1)),
    (("calls", 2),),
)  # fmt: skip


def test_graphml_is_read_back() -> None:
    read = networkx.read_graphml(io.BytesIO(to_graphml(GRAPH).encode("utf-8")))
    assert sorted(read.nodes) == ["kernel:k.cu:k", 'module:a"]; b -> c; \\" <script>\ufffd\ufffd\n\ufffd']
    assert read.nodes["kernel:k.cu:k"]["line"] == 3
    assert sorted((data["kind"], data["line"]) for *_, data in read.edges(data=True)) == [("contains", 1), ("launches", 7)]


def test_json_is_read_back_as_node_link() -> None:
    read = networkx.node_link_graph(json.loads(json.dumps(graph_to_json(GRAPH))), edges="links")
    assert read.is_multigraph() and read.number_of_edges() == 2 and read.graph["unresolved"] == {"calls": 2}
    assert read.nodes[f"module:{NASTY}"]["path"] == "s/a.py"


def test_dot_keeps_text_inside_its_quotes() -> None:
    dot = to_dot(GRAPH)
    rest = dot.replace("\\\\", "").replace('\\"', "")
    assert rest.count('"') % 2 == 0 and all(line.count('"') % 2 == 0 for line in rest.splitlines())
    assert "<script>" not in "".join(rest.split('"')[::2]), "nothing of a name stands outside of a string"
    assert 'label="s"' in dot


def test_mermaid_keeps_text_as_text_and_refuses_what_nobody_can_read() -> None:
    text = to_mermaid(GRAPH)
    assert "<script>" not in text and "n1 -->|launches| n0" in text
    edges = tuple(GraphEdge("module:a", f"module:{number}", "imports", "a", 1) for number in range(401))
    with pytest.raises(UserInputError, match="at most 400 edges and the graph has 401"):
        to_mermaid(DependencyGraph((), edges, ()))
