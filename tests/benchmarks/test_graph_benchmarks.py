"""The benchmarks of the graph: our side of the comparison with grimp, and the made repositories."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from graph_scale import COLUMNS, made, measured
from import_edges import Comparison, our_edges


def test_our_import_edges_are_those_that_are_written(tmp_path: Path) -> None:
    package = tmp_path / "p"
    package.mkdir()
    (package / "__init__.py").write_text("from .a import f\n")
    (package / "a.py").write_text(
        "import os\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p import b\ndef f(): pass\n"
    )
    (package / "b.py").write_text("import p.a\nimport json\ndef g():\n    from . import c\n")
    (package / "c.py").write_text("")
    (tmp_path / "other.py").write_text("import p.a\n")
    assert our_edges(package) == {("p", "p.a"), ("p.a", "p.b"), ("p.b", "p.a"), ("p.b", "p.c")}


def test_agreement_counts_what_either_side_has_alone() -> None:
    assert Comparison("p", 98, [("a", "b")], [("b", "a")], 5).agreement == 0.98
    assert Comparison("p", 0, [], [], 0).agreement == 0.0


def test_a_made_repository_is_python_and_every_question_is_asked(tmp_path: Path) -> None:
    root = made(tmp_path, 120)
    files = sorted(root.rglob("*.py"))
    assert len([file for file in files if file.name.startswith("m")]) == 120
    for file in files:
        ast.parse(file.read_text())
    spent = measured(root)
    assert set(COLUMNS) < set(spent) and spent["modules"] == len(files) and spent["edges"] > 1000
