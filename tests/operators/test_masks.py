"""Indexing with masks: what it does to a verdict on each way of running, and what only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.model.effort import EntryPoint
from analyzer.operators.predict import Predictor
from analyzer.scan import scan_repository

TARGETS = ("inferentia2", "inferentia1", "trainium2", "onnxruntime")


def predicted(tmp_path: Path, forward: str, more: str = "") -> dict[str, EntryPoint]:
    body = "\n".join(f"        {line}" for line in forward.splitlines())
    (tmp_path / "model.py").write_text(
        f"import torch\nfrom torch import nn\n{more}class Model(nn.Module):\n"
        f"    def __init__(self):\n        super().__init__()\n        self.names = {{'a': 1}}\n"
        f"    def forward(self, x: torch.Tensor, y: torch.Tensor, mask):\n{body}\n"
    )
    scan = scan_repository(tmp_path, workers=1)
    predictor = Predictor(scan.program, TARGETS, scan.detection.findings)
    return {target: next(p for p in predictor.entry_points(target) if p.symbol.endswith(".Model")) for target in TARGETS}


@pytest.mark.parametrize(
    "forward",
    [
        "return x[x > 0]",
        "chosen = x > 0\nreturn x[chosen]",
        "return x[~(x > 0)]",
        "return x[(x > 0) & (y < 3)]",
        "return x[:, x.eq(0)]",
        "return x[torch.isnan(x)]",
        "return x[y.to(torch.bool)]",
        "return x[torch.zeros_like(y, dtype=torch.bool)]",
        "chosen = (x > 0).view(-1)\nreturn x.view(-1)[chosen]",
        "return torch.stack([row[row > 0] for row in x])",
        "return kept(x, x > 0)",
        "return torch.where(x > 0)[0]",
        "return x.nonzero()",
        "return torch.argwhere(x)",
    ],
)
def test_a_size_that_the_data_decide_does_not_trace_and_does_export(tmp_path: Path, forward: str) -> None:
    found = predicted(tmp_path, forward, "def kept(values, which):\n    return values[which]\n")
    assert {target: point.prediction for target, point in found.items()} == {
        "inferentia2": "needs_changes", "inferentia1": "needs_changes", "trainium2": "runs", "onnxruntime": "runs",
    }  # fmt: skip
    assert "torch.where" in found["inferentia2"].reasons[0].message
    assert "compiles anew" in "; ".join(reason.message for reason in found["trainium2"].reasons)


@pytest.mark.parametrize(
    "forward",
    ["return x[mask]", "chosen = mask > 0.5\nreturn x[chosen]", "return x[mask.bool()]", "x[x > 0] = 0\nreturn x"],
)
def test_what_may_be_a_mask_is_no_prediction_that_it_traces(tmp_path: Path, forward: str) -> None:
    found = predicted(tmp_path, forward)
    assert (found["inferentia2"].prediction, found["onnxruntime"].prediction) == ("unknown", "runs")
    assert "mask" in found["inferentia2"].reasons[0].message


@pytest.mark.parametrize(
    "forward",
    [
        "return x[None]",
        "return x[..., 0]",
        "return x[:, None, 1:]",
        "return x[True]",
        "return x[y]",
        "return x[:, y.argmax(-1)]",
        "chosen = (x > 0).float()\nreturn x[chosen.long()]",
        "last = x.shape[0] - 1\nreturn x[last]",
        "key = 'a'\nreturn x * self.names[key]",
        "is_wide = len(x.shape) > 2\nreturn (x, y)[is_wide]",
        "x[:, 0] = 0\nreturn x",
        "x[y] = 0\nreturn x",
        "return torch.where(x > 0, x, y)",
        "return x * (x > 0)",
        "if False:\n    x = x[x > 0]\nreturn x",
    ],
)
def test_what_only_looks_like_a_mask(tmp_path: Path, forward: str) -> None:
    found = predicted(tmp_path, forward)
    assert {point.prediction for point in found.values()} == {"runs"}, [point.reasons for point in found.values()]
