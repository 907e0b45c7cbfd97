"""Reports of torch and of AWS Neuron's tools: recorded ones, and what is malformed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from analyzer.model.errors import UserInputError
from analyzer.opinions.read_opinion import read_opinion, read_opinions

FILES = Path(__file__).parents[2] / "fixtures" / "opinions"
ANALYSIS: dict[str, Any] = json.loads((FILES / "analyze-fails.json").read_text("utf-8"))
COMPILATION: dict[str, Any] = json.loads((FILES / "parallel-compile.json").read_text("utf-8"))


def refused(path: Path) -> UserInputError:
    with pytest.raises(UserInputError) as caught:
        read_opinion(str(path))
    return caught.value


@pytest.mark.parametrize(
    ("name", "kind", "outcome", "words"),
    [
        ("works.md", "onnx-export-report", "works", "Every step passed"),
        ("converts.md", "onnx-export-report", "converts", "not tried: Run onnx.checker"),
        ("branch.md", "onnx-export-report", "fails", "Could not guard on data-dependent expression"),
        ("unlowered.md", "onnx-export-report", "fails", "aten::linalg_eig: No decompositions registered"),
        ("draft-branch.txt", "draft-export-report", "fails", "Data dependent error"),
        ("draft-sound.txt", "draft-export-report", "captured", "without an issue"),
        ("analyze-passes.json", "neuron-analyze", "operators-pass", "the whole model was not compiled"),
        ("analyze-fails.json", "neuron-analyze", "fails", "aten::linalg_eigvals (at Lowering to HLO)"),
        ("analyze-training.json", "neuron-analyze", "fails", "aten::mul (at neuronx-cc)"),
        (
            "parallel-compile.json",
            "neuron-parallel-compile",
            "fails",
            "1 of 2 graphs were not compiled: MODULE_16141953836240613513",
        ),
        (
            "parallel-compile.log",
            "neuron-parallel-compile",
            "fails",
            "1 of 2 graphs were not compiled: MODULE_16141953836240613513",
        ),
    ],
)
def test_recorded_files(name: str, kind: str, outcome: str, words: str, tmp_path: Path) -> None:
    renamed = tmp_path / "x.onnx"  # the name says nothing
    renamed.write_bytes((FILES / name).read_bytes())
    opinion = read_opinion(str(renamed))
    assert (opinion.kind, opinion.outcome) == (kind, outcome)
    assert words in opinion.detail


def test_versions_operators_and_lines_of_an_export_report() -> None:
    opinion = read_opinion(str(FILES / "works.md"))
    assert any(part.startswith("torch 2.13") for part in opinion.made_with)
    assert [(item.name, item.sites, item.status) for item in opinion.operators] == [
        ("aten::linear", 1, "supported"), ("aten::relu", 1, "supported"), ("aten::topk", 1, "supported"),
    ]  # fmt: skip
    assert ("/home/user/project/model.py", 22, "forward", "return torch.topk(x, 2).values") in opinion.quotes


def test_an_operator_can_pass_and_fail() -> None:
    opinion = read_opinion(str(FILES / "analyze-training.json"))
    assert [(item.name, item.status) for item in opinion.operators if item.name == "aten::mul"] == [
        ("aten::mul", "supported"), ("aten::mul", "unsupported"),
    ]  # fmt: skip


def test_the_frames_of_a_call() -> None:
    assert read_opinion(str(FILES / "analyze-fails.json")).quotes[0] == ("/home/user/project/model.py", 34, "forward", "")
    assert read_opinion(str(FILES / "analyze-training.json")).quotes == (("train.py", 24, "", ""),)


@pytest.mark.parametrize("key", list(ANALYSIS))
def test_a_missing_key_of_an_analysis(tmp_path: Path, key: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({other: value for other, value in ANALYSIS.items() if other != key}))
    error = refused(path)
    assert (error.source, error.key, error.reason) == ("a.json", key, "is missing")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"neuronx_cc_version": 2}, "neuronx_cc_version"),
        ({"supported_operators": []}, "supported_operators"),
        ({"supported_operators": {"aten::mul": -1}}, "supported_operators.aten::mul"),
        ({"supported_operators": {"aten::mul": True}}, "supported_operators.aten::mul"),
        ({"unsupported_operators": "none"}, "unsupported_operators"),
        ({"unsupported_operators": [1]}, "unsupported_operators[0]"),
        ({"unsupported_operators": [{"kind": "aten::mul", "call": ""}]}, "unsupported_operators[0].failureAt"),
        ({"unsupported_operators": [{"kind": "a", "failureAt": "the moon", "call": ""}]}, "unsupported_operators[0].failureAt"),
        ({"supported_operators": {}, "unsupported_operators": []}, "supported_operators"),
    ],
)
def test_a_malformed_analysis(tmp_path: Path, change: dict[str, object], key: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**ANALYSIS, **change}))
    assert refused(path).key == key


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"compilation_report": {}}, "compilation_report"),
        ({"compilation_report": {"g": {"status": "yes"}}}, "compilation_report.g.status"),
        ({"compilation_summary": {"true": 2}}, "compilation_summary"),
        ({"compilation_summary": None}, "compilation_summary"),
    ],
)
def test_a_malformed_compilation(tmp_path: Path, change: dict[str, object], key: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(json.dumps({**COMPILATION, **change}))
    assert refused(path).key == key


def test_a_log_that_is_cut_off_or_has_no_summary(tmp_path: Path) -> None:
    text = (FILES / "parallel-compile.log").read_text("utf-8")
    path = tmp_path / "c.log"
    for cut in (text[: text.index('"status": false')], "INFO ||NEURON_PARALLEL_COMPILE||: Starting\n"):
        path.write_text(cut)
        assert refused(path).key == "compilation_summary"


def test_reports_that_are_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "r.md"
    path.write_text((FILES / "works.md").read_text("utf-8")[:150])
    assert refused(path).key == "status"
    path.write_text("x issue(s) found during export, and it was not able to soundly produce a graph\n")
    assert refused(path).key == "issues"


@pytest.mark.parametrize(
    "text", ['{"a": ' * 100_000, '{"supported_operators": ' + "[" * 200_000, "{", '{"a": 1e}', "{}", "[]", "hello", '{"a": 1}']
)
def test_other_text_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    assert refused(path).reason


def test_a_text_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with path.open("wb") as stream:
        stream.write(b"{" + b" " * 5000)
        stream.truncate(60_000_000)
    assert "larger than 50,000,000 bytes" in refused(path).reason


@pytest.mark.parametrize(
    "line", ["ErrorError" * 200_000, "- `a`: " + "x" * 900_000, "File " * 200_000, "(1" * 400_000, "\n" * 900_000, "a." * 400_000]
)
def test_no_text_takes_long(tmp_path: Path, line: str) -> None:
    import time

    path = tmp_path / "r.md"
    steps = (FILES / "works.md").read_text("utf-8").split("## Error messages")[0]
    started = time.monotonic()
    for text in (
        steps + "Errors grouped by operator:\n" + line, steps + 'File "a", line 1, in f\n' + line, "0 " + "No issues are found during export, and it was able to soundly produce a graph\n" + line,
    ):  # fmt: skip
        path.write_text(text)
        read_opinion(str(path))
    path.write_text(json.dumps({**ANALYSIS, "unsupported_operators": [{"kind": "a", "failureAt": "neuronx-cc", "call": line}]}))
    read_opinion(str(path))
    assert time.monotonic() - started < 10


def test_a_file_that_is_named_twice_counts_once() -> None:
    name = str(FILES / "works.md")
    assert len(read_opinions([name, name, f"{name}=model.Net"])) == 2


def test_links_of_the_users_own_are_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(FILES / "works.md")
    assert read_opinion(str(tmp_path / "link")).outcome == "works"
