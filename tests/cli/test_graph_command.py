"""`offramp graph` and `offramp export-surface`: every question answers, in words and as JSON, and bad input is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyzer.cli.group import group
from analyzer.model.errors import UserInputError

sys.path.insert(0, str(Path(__file__).parents[1] / "graph"))
from graph_repositories import BLUR, written


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("repository"), BLUR)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(group, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (["blast-radius", "blur_kernel"], "Entry points that stop working without it: 1\n  serve, serve.py:1\n      "),
        (["entry-points"], "1 touch no CUDA: they can move today\n  words (script), words.py:1"),
        (["unreached"], "1: in an extension that the build installs and that nothing here calls\n  kernel old_kernel, blur.cu:3"),
        (["order", "--people", "3"], "Working days with 3 people:"),
        (["seams"], "2 of 2 candidates are worth it"),
        (["what-if", "--cheapest", "2"], "After 2 items of"),
        (["hot-spots"], "no git history was found; by imports alone"),
        (["export"], "2 kernel, "),
    ],
)
def test_every_question_answers(root: Path, question: list[str], words: str) -> None:
    name, *rest = question
    assert words in run("graph", name, str(root), *rest)
    if name != "export":
        assert json.loads(run("graph", name, str(root), *rest, "--json"))


@pytest.mark.parametrize(("ending", "head"), [("graphml", "<?xml"), ("dot", "digraph"), ("json", "{"), ("mmd", "flowchart")])
def test_exports(root: Path, tmp_path: Path, ending: str, head: str) -> None:
    file = tmp_path / f"graph.{ending}"
    run("graph", "export", str(root), "-o", str(file))
    assert file.read_text("utf-8").startswith(head)


def test_the_part_around_a_name(root: Path) -> None:
    part = json.loads(run("graph", "export", str(root), "--format", "json", "--calls", "--around", "blur_kernel"))
    names = {node["title"] for node in part["nodes"]}
    assert "soften" in names and "cublas" in names and "title" not in names and "old_kernel" not in names


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["graph", "blast-radius", "{root}", "nothing-there"], "is nothing in the graph"),
        (["graph", "what-if", "{root}"], "--cheapest N, or --item ID"),
        (["graph", "what-if", "{root}", "--item", "x"], "is no work item"),
        (["graph", "order", "{root}", "--target", "moon"], "there is no such target"),
        (["graph", "entry-points", "{root}/nowhere"], "nowhere"),
        (["graph", "export", "{root}", "-o", "{root}/x.png"], "unknown ending"),
        (["export-surface", "{root}"], "has no metadata that names it"),
        (["export-surface", "{root}", "--library", "x", "-o", "{root}/x.json"], "must end in .toml"),
        (["scan", "{root}", "--surface", "nobody"], "none is shipped of that name"),
    ],
)
def test_bad_input_is_refused(root: Path, arguments: list[str], reason: str) -> None:
    with pytest.raises(UserInputError) as caught:
        CliRunner().invoke(group, [argument.format(root=root) for argument in arguments], catch_exceptions=False)
    assert reason in str(caught.value)


def test_a_surface_is_exported_and_taken_in(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "pic.toml"
    run("export-surface", str(root), "--library", "pic", "--release", "1.0", "--as-of", "2026-11-25", "-o", str(file))
    assert 'name = "pic.filters.soften"' in file.read_text("utf-8") and 'version = "1.0"' in file.read_text("utf-8")
    app = written(tmp_path / "app", {"app.py": "from pic.filters import soften\nsoften(1)\n"})
    report = json.loads(run("scan", str(app), "--surface", str(file), "--format", "json", "--quiet", "--no-cache"))
    (finding,) = report["findings"]
    assert finding["rule_id"] == "cuda-under-pic-filters-soften" and "pic 1.0" in report["rules"][finding["rule_id"]]["why"]
