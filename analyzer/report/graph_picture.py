"""The dependency graph as a picture: tied modules, kernels and libraries in columns, what is needed to the right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analyzer.discover.kinds import is_test_path
from analyzer.model.counted import counted
from analyzer.model.graph import GraphNode, GraphSummary
from analyzer.model.rule import SEVERITIES
from analyzer.report.printable import printable

COLUMN_WIDTH = 236
ROW_HEIGHT = 30
BOX_WIDTH = 196
BOX_HEIGHT = 22
MOST_IN_COLUMN = 24
GROUPED_FROM = 4
"""So many kernel files of one folder are shown as one box."""
LONGEST_LABEL = 26
MOST_MODULES = 60
"""With more tied modules than that, folders are drawn in their place."""
MOST_CLUSTERS = 40
DEEPEST_CLUSTER = 5


@dataclass(frozen=True, slots=True)
class Box:
    """A node with the corner of its box; lines name it by its number."""

    number: int
    x: int
    y: int
    label: str
    tip: str
    kind: str
    severity: str


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as a path from the right of one box to the left of another."""

    path: str
    kind: str
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the template places; `left_out` counts nodes that did not fit."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int
    left_out: int
    headings: tuple[tuple[int, str], ...]
    is_clustered: bool


def draw_graph(graph: GraphSummary) -> Picture | None:
    """Lay out the tied part of the graph; None where nothing is tied."""
    waves = {f"module:{path}": wave.index for wave in graph.waves for path in wave.modules}
    is_clustered = len(waves) > MOST_MODULES
    if is_clustered:
        graph, waves = _clustered(graph, waves)
    nodes, group_of = _with_grouped_kernels(graph.nodes)
    shown = {
        node.id: node for node in nodes if node.id in waves or node.kind == "kernel" or (node.kind == "package" and node.findings)
    }
    if not shown:
        return None
    columns = [_most_telling(shown, column) for column in _columns(shown, waves)]
    kept = {node_id: shown[node_id] for column in columns for node_id in column}
    places: dict[str, tuple[int, int]] = {}
    tallest = max(len(members) for members in columns)
    for column, members in enumerate(columns):
        top = 28 + (tallest - len(members)) * ROW_HEIGHT // 2
        for row, node_id in enumerate(members):
            places[node_id] = (column * COLUMN_WIDTH + 4, top + row * ROW_HEIGHT)
    numbers = {node_id: number for number, node_id in enumerate(sorted(places))}
    boxes = tuple(_box(number, kept[node_id], places[node_id]) for node_id, number in numbers.items())
    ends = {
        (group_of.get(edge.source, edge.source), group_of.get(edge.target, edge.target)): edge.kind
        for edge in graph.edges
        if edge.context != "type-checking"
    }
    lines = tuple(
        Line(_curve(places[source], places[target]), kind, numbers[source], numbers[target])
        for (source, target), kind in ends.items()
        if source in places and target in places and source != target
    )
    height = 28 + tallest * ROW_HEIGHT + 8
    names = [f"Step {index}" for index in sorted({waves[n] for n in kept if n in waves}, reverse=True)]
    headings = (*names, "Kernels and libraries")[: len(columns)]
    return Picture(
        boxes, lines, len(columns) * COLUMN_WIDTH, height, len(shown) - len(kept),
        tuple((column * COLUMN_WIDTH + 4, name) for column, name in enumerate(headings)), is_clustered,
    )  # fmt: skip


def cluster_names(paths: Sequence[str], most: int = MOST_CLUSTERS) -> dict[str, str]:
    """The folder under which each file is shown: as deep as leaves no more of them than can be read."""
    best = dict.fromkeys(paths, "")
    for depth in range(1, DEEPEST_CLUSTER + 1):
        found = {path: "/".join(path.split("/")[:-1][:depth]) for path in paths}
        if len(set(found.values())) > most:
            break
        best = found
    return best


def _clustered(graph: GraphSummary, waves: Mapping[str, int]) -> tuple[GraphSummary, dict[str, int]]:
    """The graph with a node for each folder of tied modules that are no tests, in the step of most of its findings."""
    tied = {node.id: node for node in graph.nodes if node.id in waves and not is_test_path(node.path)}
    names = cluster_names([node.path for node in tied.values()])
    cluster_of = {node_id: f"module:{names[node.path]}/" for node_id, node in tied.items()}
    members: dict[str, list[GraphNode]] = {}
    for node_id, node in tied.items():
        members.setdefault(cluster_of[node_id], []).append(node)
    nodes = [node for node in graph.nodes if node.id not in waves]
    nodes.extend(_cluster(cluster, own) for cluster, own in sorted(members.items()))
    ends = {(cluster_of.get(edge.source, edge.source), cluster_of.get(edge.target, edge.target)): edge for edge in graph.edges}
    edges = [edge._replace(source=source, target=target) for (source, target), edge in sorted(ends.items()) if source != target]
    return replace(graph, nodes=tuple(nodes), edges=tuple(edges)), {name: _main_step(own, waves) for name, own in members.items()}


def _main_step(nodes: Iterable[GraphNode], waves: Mapping[str, int]) -> int:
    findings: Counter[int] = Counter()
    for node in nodes:
        findings[waves[node.id]] += node.findings
    return max(findings, key=lambda step: (findings[step], -step))


def _cluster(cluster: str, nodes: list[GraphNode]) -> GraphNode:
    """One folder as a node."""
    folder = cluster.removeprefix("module:").rstrip("/")
    worst = max((node.worst_severity for node in nodes), key=SEVERITIES.index)
    title = f"{folder or '(root)'} ({len(nodes)})"
    radius = max(node.blast_radius for node in nodes)
    return GraphNode(cluster, "module", title, folder, 0, sum(node.findings for node in nodes), worst, radius)


def _with_grouped_kernels(nodes: Iterable[GraphNode]) -> tuple[list[GraphNode], dict[str, str]]:
    """The nodes, where many kernel files of one folder become one; and of which group each of these is."""
    group_of: dict[str, str] = {}
    folders: dict[str, list[GraphNode]] = {}
    others: list[GraphNode] = []
    for node in nodes:
        if node.kind == "kernel" and node.path.endswith((".cu", ".cuh")):
            folders.setdefault(node.path.rpartition("/")[0], []).append(node)
        else:
            others.append(node)
    for folder, members in sorted(folders.items()):
        if len(members) < GROUPED_FROM:
            others.extend(members)
            continue
        title = f"{folder.rpartition('/')[2] or 'root'}: {len(members)} CUDA files"
        findings, radius = sum(m.findings for m in members), max(m.blast_radius for m in members)
        others.append(GraphNode(f"kernels:{folder}", "kernel", title, folder, 0, findings, "blocker", radius))
        group_of.update((member.id, f"kernels:{folder}") for member in members)
    return others, group_of


def _most_telling(nodes: Mapping[str, GraphNode], column: list[str]) -> list[str]:
    """The members of a column that fit, in the column's order."""
    ranked = set(sorted(column, key=lambda node_id: (-_weight(nodes[node_id]), node_id))[:MOST_IN_COLUMN])
    return [node_id for node_id in column if node_id in ranked]


def _weight(node: GraphNode) -> int:
    order = {"blocker": 1000, "major": 300, "minor": 100}
    return order.get(node.worst_severity, 0) + min(node.findings, 90) + min(node.blast_radius, 90)


def _columns(kept: Mapping[str, GraphNode], waves: Mapping[str, int]) -> list[list[str]]:
    """What is moved last on the left, kernels and libraries on the right: arrows run from left to right."""
    steps = sorted({waves[node_id] for node_id in kept if node_id in waves}, reverse=True)
    columns = [sorted((n for n in kept if waves.get(n) == step), key=lambda n: (kept[n].path, n)) for step in steps]
    rest = sorted((n for n in kept if n not in waves), key=lambda n: (kept[n].kind, n))
    return [*columns, rest] if rest else columns


def _box(number: int, node: GraphNode, place: tuple[int, int]) -> Box:
    title = printable(node.title, 300)
    name = title if len(title) <= LONGEST_LABEL else "…" + title[-(LONGEST_LABEL - 1) :]
    reached = counted(node.blast_radius, "module reaches", "modules reach")
    worst = f", the worst {node.worst_severity}" if node.findings and node.worst_severity else ""
    tip = f"{title} ({node.kind}): {counted(node.findings, 'finding')}{worst}, {reached} it"
    return Box(number, place[0], place[1], name, tip, node.kind, node.worst_severity or "none")


def _curve(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT // 2
    x2, y2 = end[0], end[1] + BOX_HEIGHT // 2
    if x2 <= start[0]:  # back or inside a column: leave and arrive on the left
        x1 = start[0]
        return f"M{x1} {y1}C{x1 - 26} {y1} {x2 - 26} {y2} {x2} {y2}"
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"
