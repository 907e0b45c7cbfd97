"""Second opinions in a report: for whom they speak, whether they are of this source, and where they differ from the prediction."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from git_repository import committed

from analyzer.discover.files import DiscoverySettings
from analyzer.knowledge.data_files import data_folder
from analyzer.model.errors import UserInputError
from analyzer.model.report import Report
from analyzer.opinions.read_opinion import read_opinions
from analyzer.pipeline import build_report
from analyzer.report.render import render

FILES = Path(__file__).parents[2] / "fixtures" / "opinions"
ROOT = Path(__file__).parents[2]


def report_of(root: Path, *named: str, targets: tuple[str, ...] = ("onnxruntime", "inferentia2")) -> Report:
    opinions = read_opinions([str(FILES / name) if not Path(name).is_absolute() else name for name in named])
    return build_report(root, DiscoverySettings(), targets, None, 1, datetime.date(2026, 11, 1), opinions=opinions)


def points(report: Report, target: str) -> dict[str, Any]:
    found = next(item for item in report.targets if item.target_id == target)
    return {point.symbol: point for point in found.entry_points}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FILES / "project", tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("branch.md", "model.Branching"),
        ("unlowered.md", "model.Unlowered"),
        ("draft-branch.txt", "model.Branching"),
        ("analyze-fails.json", "model.Unlowered"),
    ],
)
def test_the_file_tells_the_entry_point(project: Path, name: str, symbol: str) -> None:
    (placed,) = report_of(project, name).second_opinions
    assert placed.entry_point == symbol
    assert "1 line of this repository that it names found here" in placed.same_source


def test_what_quotes_a_part_is_about_the_model_that_it_is_a_part_of(project: Path) -> None:
    (placed,) = report_of(project, "works.md").second_opinions
    assert placed.entry_point == "model.Net"
    (placed,) = report_of(project, "works.md=Block").second_opinions
    assert placed.entry_point == "model.Block", "unless the user says so"


def test_where_a_symbol_means_two_the_user_is_asked(project: Path) -> None:
    shutil.copy(project / "model.py", project / "other.py")
    with pytest.raises(UserInputError) as caught:
        report_of(project, "works.md=Net")
    assert "means model.Net, other.Net; name one" in caught.value.reason


def test_a_symbol_that_is_not_there(project: Path) -> None:
    with pytest.raises(UserInputError) as caught:
        report_of(project, "works.md=model.Nett")
    assert (caught.value.source, caught.value.key) == ("works.md", "model.Nett") and "near: model.Net" in caught.value.reason


def test_measured_stands_beside_predicted(project: Path) -> None:
    report = report_of(project, "works.md=Net", "branch.md")
    net, branching = points(report, "onnxruntime")["model.Net"], points(report, "onnxruntime")["model.Branching"]
    assert (net.prediction, net.measured[0].outcome, net.measured[0].disagrees) == ("runs", "works", False)
    assert (branching.prediction, branching.measured[0].outcome, branching.measured[0].disagrees) == (
        "needs_changes",
        "fails",
        False,
    )
    assert points(report, "onnxruntime")["model.Block"].measured == ()
    assert points(report, "inferentia2")["model.Net"].measured == ()  # no opinion on that target


def test_a_disagreement_is_shown_everywhere(project: Path) -> None:
    report = report_of(project, "analyze-fails.json", "works.md=Branching")
    words = "model.Branching was predicted as needs_changes, and the measurement says works"
    assert any(words in line for placed in report.second_opinions for line in placed.disagreements)
    parsed = json.loads(render(report, "json"))
    schema = json.loads(data_folder("report_templates").joinpath("report.schema.json").read_text("utf-8"))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(parsed)) == []
    by_symbol = {point["symbol"]: point for point in parsed["targets"]["onnxruntime"]["entry_points"]}
    assert by_symbol["model.Branching"]["measured"][0]["disagrees"] is True
    page = render(report, "html")
    assert words in page and "differs: ran there, with the same values" in page


def test_operators_that_the_tables_judge_otherwise(project: Path) -> None:
    text = (FILES / "analyze-passes.json").read_text("utf-8").replace('"aten::relu": 1', '"aten::fft_fft": 1')
    path = project.parent / "a.json"
    path.write_text(text)
    (placed,) = report_of(project, str(path)).second_opinions
    assert any(
        "inferentia2: aten::fft_fft is unsupported by the tables and supported by the measurement" in line
        for line in placed.disagreements
    )


def test_source_that_has_moved_is_the_same_source(project: Path) -> None:
    path = project / "model.py"
    path.write_text("# a line more\n" + path.read_text("utf-8"))
    (placed,) = report_of(project, "branch.md").second_opinions
    assert "1 of them elsewhere" in placed.same_source


@pytest.mark.parametrize("name", ["branch.md", "draft-branch.txt", "analyze-fails.json"])
def test_other_source_is_refused(project: Path, name: str) -> None:
    path = project / "model.py"
    text = path.read_text("utf-8").replace("x.sum() > 0", "x.mean() > 0")
    path.write_text(
        text.replace("def forward", "def unlike").replace("def unlike(self, x):\n        if", "def forward(self, x):\n        if")
    )
    with pytest.raises(UserInputError) as caught:
        report_of(project, name)
    assert caught.value.source == name and caught.value.key == "model.py" and "made from other source" in caught.value.reason


def test_libraries_are_no_source_of_the_repository(project: Path) -> None:
    shutil.move(project / "model.py", project / "other.py")
    (placed,) = report_of(project, "works.md").second_opinions
    assert "whether it is of this source is not known" in placed.same_source


def test_a_commit_is_compared(project: Path) -> None:
    head = committed(project)
    path = project.parent / "a.json"
    values = json.loads((FILES / "analyze-passes.json").read_text("utf-8"))
    path.write_text(json.dumps({**values, "git_commit": head[:12]}))
    (placed,) = report_of(project, str(path)).second_opinions
    assert f"made for this commit, {head[:12]}" in placed.same_source
    for wrong, words in (("0" * 40, "made for another commit than this one"), ("v1.2", "must be the id of a commit")):
        path.write_text(json.dumps({**values, "git_commit": wrong}))
        with pytest.raises(UserInputError) as caught:
            report_of(project, str(path))
        assert (caught.value.source, caught.value.key) == ("a.json", "git_commit") and words in caught.value.reason


def test_a_folder_without_commits_cannot_be_compared(project: Path) -> None:
    path = project.parent / "a.json"
    path.write_text(json.dumps({**json.loads((FILES / "analyze-passes.json").read_text("utf-8")), "revision": "a" * 40}))
    (placed,) = report_of(project, str(path)).second_opinions
    assert "no commit to compare it with" in placed.same_source


def test_settings_name_files_of_the_repository_only(project: Path) -> None:
    shutil.copy(FILES / "branch.md", project / "branch.md")
    (project / "offramp.toml").write_text('second-opinions = ["branch.md=Branching"]\n')
    found = run(project)
    assert found.returncode == 0 and json.loads(found.stdout)["second_opinions"][0]["entry_point"] == "model.Branching"
    (project / "link.md").symlink_to(FILES / "works.md")
    for named in ("../works.md", "link.md", "none.md", "/etc/hosts", ""):
        (project / "offramp.toml").write_text(f"second-opinions = [{json.dumps(named)}]\n")
        found = run(project)
        assert found.returncode == 2 and "second-opinions" in found.stderr and "Traceback" not in found.stderr, named


def run(root: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "analyzer", "scan", str(root), "--format", "json", "--quiet", *more]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_the_command_line_refuses_before_it_scans(project: Path) -> None:
    found = run(project / "missing", "--second-opinion", str(project / "none.onnx"))
    assert found.returncode == 2 and "none.onnx" in found.stderr
    found = run(project, "--second-opinion", str(FILES / "README.md"))
    assert found.returncode == 2 and "README.md: is none of the files that can be read" in found.stderr


def test_a_remembered_report_is_of_the_same_opinions(project: Path) -> None:
    path = project.parent / "a.json"
    shutil.copy(FILES / "analyze-passes.json", path)
    first = json.loads(run(project, "--second-opinion", str(path)).stdout)
    shutil.copy(FILES / "analyze-fails.json", path)
    second = json.loads(run(project, "--second-opinion", str(path)).stdout)
    assert first["second_opinions"][0]["outcome"] == "operators-pass" and second["second_opinions"][0]["outcome"] == "fails"
    assert json.loads(run(project).stdout)["second_opinions"] == []
