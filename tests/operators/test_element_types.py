"""Element types that are written out, are defaults, or are kept: used in the verdict where the target lacks them, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.operators.predict import Predictor
from analyzer.scan import scan_repository

TARGETS = ("inferentia2", "inferentia1", "trainium3", "onnxruntime")
REFUSED = {"inferentia2": "needs_changes", "inferentia1": "needs_changes", "trainium3": "unknown", "onnxruntime": "runs"}
TAKEN = dict.fromkeys(TARGETS, "runs")


def predicted(tmp_path: Path, forward: str, init: str = "pass") -> dict[str, str]:
    (tmp_path / "model.py").write_text(
        "import torch\nfrom torch import nn\nWIDE = torch.float64\nclass Model(nn.Module):\n"
        "    def __init__(self, wide=torch.float64, usual=torch.float32):\n        super().__init__()\n"
        f"        self.wide = wide\n        self.usual = usual\n        {init}\n"
        f"    def forward(self, x: torch.Tensor, y: torch.Tensor):\n        {forward}\n"
    )
    scan = scan_repository(tmp_path, workers=1)
    predictor = Predictor(scan.program, TARGETS, scan.detection.findings)
    return {target: next(p.prediction for p in predictor.entry_points(target) if p.symbol.endswith(".Model")) for target in TARGETS}


@pytest.mark.parametrize(
    ("forward", "init"),
    [
        ("return x.double()", "pass"),
        ("return x.to(dtype=torch.float64)", "pass"),
        ("return x.type(torch.DoubleTensor)", "pass"),
        ("return x.to(WIDE)", "pass"),
        ("return x.to(self.wide)", "pass"),
        ("return torch.zeros(3, dtype=torch.float64) + x", "pass"),
        ("return self.a(x)", "self.a = nn.Linear(3, 3, dtype=torch.float64)"),
        ("return self.a(x)", "self.a = nn.Linear(3, 3).double()"),
        ("return self.a(x)", "self.a = nn.LayerNorm(3).to(torch.float64)"),
        ("return x.to(torch.complex64).abs()", "pass"),
        ("return x.cfloat().abs()", "pass"),
        ("return torch.view_as_complex(x).abs()", "pass"),
        ("return torch.polar(x, y).abs()", "pass"),
    ],
)
def test_types_that_neuron_lacks(tmp_path: Path, forward: str, init: str) -> None:
    assert predicted(tmp_path, forward, init) == REFUSED


@pytest.mark.parametrize(
    ("forward", "init"),
    [
        ("return x.to(self.usual)", "pass"),
        ("return x.to(y.dtype)", "pass"),
        ("return x.to(torch.int64)", "pass"),
        ("return x.float()", "pass"),
        ("return x.to(torch.bfloat16)", "pass"),
        ("return self.a(x)", "self.a = nn.Linear(3, 3).half()"),
        ("return self.a(x)", "self.a = nn.Linear(3, 3, dtype=torch.float32).to('cpu')"),
    ],
)
def test_types_that_all_have(tmp_path: Path, forward: str, init: str) -> None:
    assert predicted(tmp_path, forward, init) == TAKEN


def test_a_convolution_in_float64_has_no_kernel_in_onnx_runtime(tmp_path: Path) -> None:
    for init in ("self.a = nn.Conv2d(3, 3, 1, dtype=torch.float64)", "self.a = nn.Conv2d(3, 3, 1).double()"):
        assert predicted(tmp_path, "return self.a(x)", init)["onnxruntime"] == "needs_changes"
    assert predicted(tmp_path, "return self.a(x)", "self.a = nn.Conv2d(3, 3, 1).float()")["onnxruntime"] == "runs"


def test_8_bit_floats_are_a_matter_of_the_chip(tmp_path: Path) -> None:
    found = predicted(tmp_path, "return x.to(torch.float8_e4m3fn).float()")
    assert (found["inferentia1"], found["inferentia2"], found["trainium3"]) == ("needs_changes", "needs_changes", "runs")
