"""An ONNX model beside a repository, and the look at one by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from onnx import helper
from onnx_files import model, saved
from test_placement import points, report_of

from analyzer.opinions.placement import outcome_on

ROOT = Path(__file__).parents[2]
NODES = [helper.make_node("Relu", ["x"], ["y"]), helper.make_node("NonZero", ["y"], ["z"])]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "analyzer", *arguments], capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "net.py").write_text(
        "import torch\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        return torch.relu(x).nonzero()\n"
    )
    return folder


def of_net(tmp_path: Path) -> str:
    made = model(NODES)
    node = made.graph.node[0]
    node.metadata_props.add(key="pkg.torch.onnx.class_hierarchy", value="['net.Net', 'aten.relu.default']")
    trace = 'File "/w/project/net.py", line 4, in forward\n    return torch.relu(x).nonzero()'
    node.metadata_props.add(key="pkg.torch.onnx.stack_trace", value=trace)
    return saved(tmp_path, made)


def test_a_model_speaks_for_its_class_on_every_provider(project: Path, tmp_path: Path) -> None:
    targets = ("onnxruntime", "onnxruntime-coreml", "onnxruntime-cuda", "inferentia2")
    report = report_of(project, of_net(tmp_path), targets=targets)
    (placed,) = report.second_opinions
    assert (placed.entry_point, placed.targets) == ("net.Net", targets[:3])
    assert "1 line of this repository" in placed.same_source
    assert points(report, "onnxruntime")["net.Net"].measured[0].outcome == "converts"
    assert "1 of 2 nodes without a kernel in CoreML" in outcome_on(placed, "onnxruntime-coreml")[1]
    assert "has a kernel for every operator" in outcome_on(placed, "onnxruntime-cuda")[1]


def test_operators_of_one_provider_alone(project: Path, tmp_path: Path) -> None:
    node = helper.make_node("QMoE", ["x"], ["y"], domain="com.microsoft")
    path = saved(
        tmp_path,
        model([*NODES, helper.make_node("NhwcConv", ["x"], ["y"], domain="com.microsoft"), node], domains=("com.microsoft",)),
    )
    (placed,) = report_of(project, f"{path}=net.Net", targets=("onnxruntime", "onnxruntime-cuda")).second_opinions
    assert (
        placed.opinion.outcome == "fails" and "com.microsoft::NhwcConv: CPUExecutionProvider has no kernel" in placed.opinion.detail
    )
    assert outcome_on(placed, "onnxruntime-cuda")[0] == "converts"


def test_the_look_at_a_model(tmp_path: Path) -> None:
    path = of_net(tmp_path)
    text = run("targets", "onnxruntime", "--onnx", path).stdout
    assert "2 nodes of 2 operators" in text
    assert "- CoreMLExecutionProvider(MLProgram) (1.23.0-dev): no kernel for 1 of 2 nodes: NonZero" in text
    one = json.loads(run("targets", "onnxruntime-qnn", "--onnx", path, "--json").stdout)
    assert {item["name"] for item in one["providers"]} == {"QNNExecutionProvider", "CPUExecutionProvider"}


def test_the_look_at_what_is_none(tmp_path: Path) -> None:
    for arguments, words in (
        (("inferentia2", "--onnx", of_net(tmp_path)), "runs no ONNX models through ONNX Runtime"),
        (("onnxruntime", "--onnx", str(ROOT / "fixtures/opinions/works.md")), "is no ONNX model"),
        (("onnxruntime", "--onnx", str(tmp_path / "none")), "cannot be read"),
        (("--onnx", "x"), "name a target"),
    ):
        found = run("targets", *arguments)
        assert found.returncode == 2 and words in found.stderr and "Traceback" not in found.stderr
