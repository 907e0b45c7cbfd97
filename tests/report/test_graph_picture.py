"""The picture of the graph: modules where they can be read, folders where there are too many."""

from __future__ import annotations

from analyzer.model.graph import GraphEdge, GraphNode, GraphSummary, Wave
from analyzer.report.graph_picture import MOST_CLUSTERS, cluster_names, draw_graph


def summary(count: int) -> GraphSummary:
    paths = [f"pkg/part{index % 30:02}/sub{index % 90:02}/m{index:04}.py" for index in range(count)]
    nodes = [GraphNode(f"module:{path}", "module", path, path, 1, 2, "minor", 1) for path in paths]
    kernel = GraphNode("kernel:k.cu:k", "kernel", "k", "k.cu", 1, 1, "blocker", count)
    edges = tuple(GraphEdge(node.id, kernel.id, "launches", node.path, 3) for node in nodes)
    half = count // 2
    waves = (Wave(1, tuple(paths[:half]), ()), Wave(2, tuple(paths[half:]), ()))
    return GraphSummary((*nodes, kernel), edges, waves, (), 0)


def test_few_modules_are_drawn_as_they_are() -> None:
    picture = draw_graph(summary(10))
    assert picture is not None and not picture.is_clustered and len(picture.boxes) == 11 and len(picture.lines) == 10


def test_two_thousand_modules_are_drawn_as_folders() -> None:
    picture = draw_graph(summary(2000))
    assert picture is not None and picture.is_clustered and picture.left_out == 0
    folders = [box for box in picture.boxes if box.kind == "module"]
    assert len(folders) == 30 and len(picture.lines) == 30, "one arrow from each folder to the kernel"
    assert folders[0].tip.startswith("pkg/part00 (67) (module): 134 findings")
    assert picture.height < 1200 and picture.width < 1200


def test_nothing_tied_has_no_picture() -> None:
    assert draw_graph(GraphSummary((), (), (), (), 0)) is None


def test_folders_are_as_deep_as_can_be_read() -> None:
    names = cluster_names([f"a/b{index % 3}/c{index}/m.py" for index in range(MOST_CLUSTERS + 1)])
    assert set(names.values()) == {"a/b0", "a/b1", "a/b2"}
    assert cluster_names(["m.py", "a/n.py"]) == {"m.py": "", "a/n.py": "a"}


def test_kernels_that_are_drawn_as_one_keep_their_arrows() -> None:
    module = GraphNode("module:m.py", "module", "m", "m.py", 1, 2, "blocker", 1)
    kernels = [GraphNode(f"kernel:csrc/k{n}.cu:k{n}", "kernel", f"k{n}", f"csrc/k{n}.cu", 1, 1, "blocker", 1) for n in range(5)]
    edges = tuple(GraphEdge(module.id, kernel.id, "launches", "m.py", 3) for kernel in kernels)
    picture = draw_graph(GraphSummary((module, *kernels), edges, (Wave(1, ("m.py",), ()),), (), 0))
    assert picture is not None and [box.label for box in picture.boxes] == ["csrc: 5 CUDA files", "m"]
    (line,) = picture.lines
    assert (picture.boxes[line.source].label, picture.boxes[line.target].label) == ("m", "csrc: 5 CUDA files")


def test_boxes_say_the_worst_of_their_findings() -> None:
    picture = draw_graph(summary(3))
    assert picture is not None and all("2 findings, the worst minor, " in box.tip for box in picture.boxes if box.kind == "module")
