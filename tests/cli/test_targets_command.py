"""`offramp targets`, and targets named to `offramp scan`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from analyzer.cli.group import group
from analyzer.model.errors import UserInputError

DAY = ("--as-of", "2026-11-25")


def targets(*arguments: str) -> str:
    result = CliRunner().invoke(group, ["targets", *arguments, *DAY])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    (root / "a.py").write_text("import torch\nx = torch.zeros(3).cuda()\n")
    return root


def scan(root: Path, *arguments: str) -> tuple[dict[str, object], str]:
    result = CliRunner().invoke(group, ["scan", str(root), "--format", "json", "--no-progress", *arguments, *DAY])
    assert result.exit_code == 0, result.output
    report: dict[str, object] = json.loads(result.stdout)
    return report, result.stderr


def test_the_list_says_status_date_and_default() -> None:
    text = targets()
    assert "trainium2 *  AWS Trainium2 (native PyTorch); beta;" in text and "knowledge of 2026-10-19" in text
    assert "inferentia3  AWS Inferentia3 (unverified claim); claim;" in text
    assert "    onnxruntime-qnn  ONNX Runtime (QNN provider)" in text


def test_one_target_says_where_each_answer_comes_from() -> None:
    text = targets("trainium3")
    assert "Takes over from neuron-native, neuron, common" in text
    assert "from neuron-native)" in text and "from neuron)" in text
    assert "The way stays open through: device-agnostic PyTorch" in text
    assert "Ways to run there:" in text and "see trainium3-vllm" in text


def test_what_is_inferred_is_marked_and_nothing_rests_on_memory() -> None:
    shown = targets("openvino")
    assert "inferred: the source states the replacement" in shown and "memory: check" not in shown


def test_answers_older_than_a_year_say_so() -> None:
    assert "(Of 2025-11-17, more than a year before 2026-11-25.)" in targets("managed-api")
    assert "more than a year" not in targets("trainium2")


def test_lifecycle_of_a_day() -> None:
    text = targets("inferentia2", "--lifecycle")
    assert "maintenance only: Torch/XLA for inference on Inf2 and Trn1 (PyTorch 2.9); in effect since 2026-07-07" in text
    assert "2.31  2026-07-07  (but the list of releases says 2026-05-21" in text
    before = CliRunner().invoke(group, ["targets", "inferentia2", "--lifecycle", "--as-of", "2026-07-01"]).output
    assert "announced, on 2026-07-07 with 2.31" in before and "more were announced after 2026-07-01" in before


def test_packages_of_a_release() -> None:
    assert "torch-neuronx                        2.9.0.2.15.32035  Python 3.11, 3.12, 3.13" in targets(
        "inferentia2", "--packages", "--release", "2.31"
    )
    assert "Packages of release 2.32.0 (2026-08-17) for trainium2" in targets("trainium2", "--packages")
    assert "No table of packages is kept for rocm" in targets("rocm", "--packages")


def test_features_of_a_chip() -> None:
    assert "- dtype: float64: unsupported; instead: cast to float32" in targets("trainium2", "--features")


def test_json_holds_all_of_it() -> None:
    listed = json.loads(targets("--json"))
    assert len(listed) == 26 and listed[0]["support"]["jax-gpu"]["verdict"]
    assert json.loads(targets("maia", "--json", "--lifecycle"))["tables"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("inferentia",), "did you mean inferentia2"),
        (("--lifecycle",), "name a target"),
        (("inferentia2", "--release", "2.31"), "has a meaning with --packages only"),
        (("inferentia2", "--packages", "--release", "9.9"), "is no release with packages here"),
        (("rocm", "--packages", "--release", "9.9"), "no table of packages is kept for rocm"),
        (("rocm", "--as-of", "x"), "must be a date"),
    ],
)
def test_bad_input_is_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserInputError, match=message):
        CliRunner().invoke(group, ["targets", *arguments], catch_exceptions=False)


def test_the_default_set_stays_and_the_others_are_counted(repository: Path) -> None:
    report, messages = scan(repository)
    assert list(report["targets"]) == ["inferentia2", "onnxruntime", "trainium2"]  # type: ignore[call-overload]
    assert "22 more targets are known" in messages and messages.rstrip().splitlines()[-1].startswith("Finished:")


def test_named_targets_and_all(repository: Path) -> None:
    report, messages = scan(repository, "--target", "rocm", "--target", "gaudi")
    assert list(report["targets"]) == ["rocm", "gaudi"] and "more targets" not in messages  # type: ignore[call-overload]
    everything, _ = scan(repository, "--target", "all")
    assert len(everything["targets"]) == 25  # type: ignore[arg-type]


def test_a_claim_needs_a_word(repository: Path) -> None:
    with pytest.raises(UserInputError, match="--accept-claims"):
        CliRunner().invoke(group, ["scan", str(repository), "--target", "inferentia3"], catch_exceptions=False)
    report, _ = scan(repository, "--target", "inferentia3", "--accept-claims")
    claimed = report["targets"]["inferentia3"]  # type: ignore[index]
    assert claimed["verdict"] == "unknown" and claimed["blockers"] == []
    assert claimed["maturity"][0].startswith("Throughput: up to 2x that of Inferentia2 (unverified claim)")
