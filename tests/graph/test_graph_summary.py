"""Who hangs on what: blast radius over cycles, order of work, kernels, what can move today."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.graph.build import build_graph
from analyzer.graph.summary import summarize_graph
from analyzer.model.finding import Finding
from analyzer.model.graph import GraphSummary
from analyzer.model.span import Span
from analyzer.scan import scan_repository


def summary(root: Path, tied: str, **sources: str) -> GraphSummary:
    """The graph of modules, where those named in `tied` have a finding."""
    for name, source in sources.items():
        (root / f"{name}.py").write_text(source)
    scan = scan_repository(root, workers=1)
    span = Span(1, 1, 1, 1)
    finding = Finding(
        "r", "device", "device-placement", "minor", "high", "", span, span, None, None, "s", "", False, "", False, False,
        None, "f", None, None,
    )  # fmt: skip
    findings = [finding._replace(path=f"{name}.py") for name in tied.split()]
    return summarize_graph(build_graph(scan.program, findings, scan.inventory, False, scan.readers))


def radius(graph: GraphSummary, node_id: str) -> int:
    (node,) = [node for node in graph.nodes if node.id == node_id]
    return node.blast_radius


def test_a_cycle_with_a_caller_outside(tmp_path: Path) -> None:
    graph = summary(tmp_path, "leaf", a="import b", b="import a, leaf", caller="import a", leaf="", free="")
    assert radius(graph, "module:leaf.py") == 3
    assert radius(graph, "module:a.py") == 2, "the caller, and b through the cycle"
    assert graph.untied_modules == ("free.py",)


def test_order_of_work_puts_what_is_imported_first(tmp_path: Path) -> None:
    graph = summary(tmp_path, "top low other", top="import middle", middle="import low", low="", other="")
    assert [wave.modules for wave in graph.waves] == [("low.py", "other.py"), ("top.py",)]


def test_imports_inside_functions_make_no_cycle(tmp_path: Path) -> None:
    graph = summary(tmp_path, "a b", a="import b", b="def f():\n    import a")
    assert [(wave.modules, wave.cycles) for wave in graph.waves] == [(("b.py",), ()), (("a.py",), ())]
    assert radius(graph, "module:a.py") == 1, "but b does reach a when it runs"


def test_imports_for_type_checkers_bind_nothing(tmp_path: Path) -> None:
    graph = summary(tmp_path, "b", a="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import b", b="")
    assert radius(graph, "module:b.py") == 0


def test_start_up_cycles_are_one_step(tmp_path: Path) -> None:
    graph = summary(tmp_path, "a b", a="import b", b="import a")
    (wave,) = graph.waves
    assert wave.modules == ("a.py", "b.py") and wave.cycles == (("a.py", "b.py"),)


def test_kernels_packages_and_launches(tmp_path: Path) -> None:
    kernel = "import triton\n@triton.jit\ndef k(x):\n    pass\n"
    graph = summary(tmp_path, "k", k=kernel, user="from k import k\nk[1](2)")
    assert radius(graph, "kernel:k.py:k") == 2
    kinds = {(edge.source, edge.target): edge.kind for edge in graph.edges}
    assert kinds[("module:k.py", "kernel:k.py:k")] == "defines"
    assert kinds[("module:user.py", "kernel:k.py:k")] == "launches"
    assert kinds[("module:k.py", "package:triton")] == "imports"


@pytest.mark.parametrize("count", [3000])
def test_a_long_chain_is_no_recursion(tmp_path: Path, count: int) -> None:
    sources = {f"m{index}": f"import m{index + 1}" for index in range(count)}
    graph = summary(tmp_path, "m5", **sources)
    assert radius(graph, "module:m5.py") == 5
