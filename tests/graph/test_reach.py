"""Who depends on a kernel, what entry points touch, and what nothing reaches."""

from __future__ import annotations

from pathlib import Path

import pytest
from graph_repositories import BLUR, graph_of

from analyzer.graph.reach import GraphReader, public_modules
from analyzer.model.errors import UserInputError


@pytest.fixture
def reader(tmp_path: Path) -> GraphReader:
    return GraphReader(graph_of(tmp_path, BLUR))


def test_what_stops_working_without_a_kernel(reader: GraphReader) -> None:
    radius = reader.blast_radius(reader.named("blur_kernel").id)
    starts = [(start.node.path, start.is_certain) for start in radius.entry_points]
    assert starts == [("serve.py", True), ("sharp.py", False)], "sharp.py loads filters.py and calls nothing that needs it"
    names = {(node.kind, node.title) for node in radius.dependents if node.kind in ("function", "operator")}
    assert names == {("operator", "blur_cuda.blur"), ("function", "soften"), ("function", "main"), ("function", "test_soften")}


def test_a_chain_leads_from_the_start_to_the_kernel(reader: GraphReader) -> None:
    certain = reader.blast_radius(reader.named("blur_kernel").id).entry_points[0]
    steps = [(edge.dependent.rpartition(":")[2], edge.needed.rpartition(":")[2]) for edge in certain.chain]
    assert steps == [
        ("serve", "main"), ("main", "soften"), ("soften", "blur_cuda.blur"), ("blur_cuda.blur", "blur_kernel"),
    ]  # fmt: skip
    assert [(edge.path, edge.line) for edge in certain.chain][:3] == [("serve.py", 5), ("serve.py", 3), ("pic/filters.py", 3)]


def test_what_entry_points_touch(reader: GraphReader) -> None:
    states = {point.node.path: point.state for point in reader.entry_points()}
    assert states == {"serve.py": "called", "sharp.py": "called", "words.py": "free"}
    sharp = next(point for point in reader.entry_points() if point.node.path == "sharp.py")
    assert not sharp.kernels, "importing the extension runs tied code; no kernel is called"


def test_code_that_no_entry_point_reaches(reader: GraphReader) -> None:
    found = {item.node.title: item.reached_by for item in reader.unreached()}
    assert found == {"old_kernel": "installed", "pic._private": "nothing", "by_hand": "script", "setup": "script"}


def test_what_only_tests_reach(tmp_path: Path) -> None:
    sources = {
        "p/__init__.py": "", "p/_k.py": "import triton\n@triton.jit\ndef k(x): pass\ndef run(): k[1](2)\n",
        "tests/test_k.py": "from p._k import run\ndef test_run(): run()\n",
    }  # fmt: skip
    reader = GraphReader(graph_of(tmp_path, sources))
    assert {item.reached_by for item in reader.unreached()} == {"tests"}


def test_a_cycle_with_a_caller_outside_is_tainted(tmp_path: Path) -> None:
    sources = {
        "a.py": "import b\ndef f(): b.g()\n", "b.py": "import torch, a\ndef g(): a.f(); torch.cuda.synchronize()\n",
        "c.py": "import a\nif __name__ == '__main__':\n    a.f()\n",
    }  # fmt: skip
    (point,) = GraphReader(graph_of(tmp_path, sources)).entry_points()
    assert point.state == "called" and [edge.needed for edge in point.first][-1] == "function:b.py:g"


@pytest.mark.parametrize(
    ("name", "reason"), [("nowhere", "is nothing in the graph"), ("_kernel", "is nothing"), ("x", "is nothing")]
)
def test_a_name_that_is_not_there(reader: GraphReader, name: str, reason: str) -> None:
    with pytest.raises(UserInputError, match=reason):
        reader.named(name)


def test_importing_a_script_does_not_start_it(tmp_path: Path) -> None:
    sources = {
        "tool.py": "import torch\ndef helper(): pass\nif __name__ == '__main__':\n    torch.cuda.synchronize()\n",
        "user.py": "from tool import helper\nif __name__ == '__main__':\n    helper()\n",
    }
    states = {point.node.path: point.state for point in GraphReader(graph_of(tmp_path, sources)).entry_points()}
    assert states == {"tool.py": "called", "user.py": "loaded"}


def test_a_name_of_several_things(tmp_path: Path) -> None:
    reader = GraphReader(graph_of(tmp_path, {"a.py": "def f(): pass\n", "b.py": "def f(): pass\n"}))
    with pytest.raises(UserInputError, match=r"means 2 things; give one of function:a\.py:f, function:b\.py:f"):
        reader.named("f")


def test_public_modules() -> None:
    paths = ["p/__init__.py", "p/a.py", "p/_b.py", "p/tests/__init__.py", "p/tests/test_a.py", "c.py", "q/d.py"]
    assert public_modules(paths) == {"p/__init__.py", "p/a.py"}
