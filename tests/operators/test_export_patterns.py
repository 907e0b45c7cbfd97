"""Patterns that are said to break an export: each with a hit, and a near miss that was measured to work."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.model.effort import EntryPoint
from analyzer.operators.predict import Predictor
from analyzer.scan import scan_repository

HEAD = (
    "import copy, math\nimport torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
    "from concurrent.futures import ThreadPoolExecutor\nfrom torchvision.ops import batched_nms, nms, roi_align\n"
    "from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence\n"
)


def predicted(tmp_path: Path, forward: str, init: str = "pass", target: str = "onnxruntime", other: str = "") -> EntryPoint:
    body = "\n".join(f"        {line}" for line in forward.splitlines())
    made = "\n".join(f"        {line}" for line in init.splitlines())
    code = f"class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n{made}\n    def forward(self, x: torch.Tensor):\n{body}\n"
    (tmp_path / "model.py").write_text(HEAD + other + code)
    points = Predictor(scan_repository(tmp_path, workers=1).program, [target]).entry_points(target)
    return next(point for point in points if point.symbol.endswith(".Model"))


PATTERNS = {
    "branch on a value": (
        "if x.sum() > 0:\n    x = x + 1\nreturn x",
        "branch-on-tensor-value",
        "if x.shape[0] > 2:\n    x = x + 1\nreturn x",
    ),
    "assertion on a value": (
        "torch._assert((x > 0).all(), 'no')\nreturn x",
        "branch-on-tensor-value",
        "assert x.dim() == 2\nreturn x",
    ),
    "loop as long as a value": (
        "for _ in range(x.max().item()):\n    x = x + 1\nreturn x",
        "tensor-value-as-number",
        "for row in x.tolist():\n    pass\nreturn x",
    ),
    "int of a value": ("n = int(x.max())\nreturn x + torch.zeros(n)", "tensor-value-as-number", "n = x.max().item()\nreturn x * n"),
    "math on a value": ("return x * math.sqrt(x.sum())", "tensor-value-as-number", "return x * math.sqrt(x.shape[-1])"),
    "masked_select": ("return x.masked_select(x > 0)", "operator-not-exported", "return x[x > 0]"),
    "nonzero": ("return torch.masked_select(x, x > 0)", "operator-not-exported", "return x.nonzero()"),
    "where with one argument": ("return x.kthvalue(1)[0]", "operator-not-exported", "return torch.where(x > 0)[0]"),
    "stable sort": ("return torch.sort(x, stable=True)[0]", "operator-not-exported", "return torch.sort(x)[0]"),
    "random with a generator": (
        "return x + torch.rand(2, generator=self.g)",
        "operator-not-exported",
        "return x + torch.rand(2) + torch.multinomial(x, 1)",
    ),
    "random order": ("return x[torch.randperm(4)]", "operator-not-exported", "return x + torch.randn_like(x)"),
    "nested tensors": ("return torch.nested.nested_tensor([x, x])", "nested-tensor", "return pad_sequence([x, x])"),
    "sparse tensors": ("return torch.sparse.mm(x.to_sparse(), x)", "sparse-tensor", "return x @ x"),
    "custom operators": ("return torch.ops.mylib.foo(x)", "custom-operator", "return torch.ops.aten.relu(x)"),
    "derivatives": ("return torch.func.grad(torch.sum)(x)", "function-transform", "return torch.vmap(torch.sin)(x)"),
    "NumPy in forward": ("return torch.from_numpy(x.detach().cpu().numpy())", "numpy-in-forward", "return x.detach().cpu()"),
    "copies": ("return copy.deepcopy(x)", "copy-in-forward", "y = copy.deepcopy([1, 2])\nreturn x * y[0]"),
    "threads": ("ThreadPoolExecutor().submit(print)\nreturn x", "thread-in-forward", "print(x)\nreturn x"),
    "batched box suppression": ("return batched_nms(x, x, x, 0.5)", "branch-on-tensor-value", "return roi_align(x, x, 2)"),
    "packed sequences": ("return pack_padded_sequence(x, x)", "tensor-value-as-number", "return pad_sequence([x])"),
    "collectives": (
        "torch.distributed.all_reduce(x)\nreturn x",
        "collective-in-forward",
        "r = torch.distributed.is_initialized()\nreturn x",
    ),
    "autocast on the CPU": (
        "with torch.autocast('cpu'):\n    return x @ x",
        "operator-not-exported",
        "with torch.autocast('cuda'):\n    return x @ x",
    ),
    "sizes not known": ("return x.median()", "operator-not-exported", "return torch.cdist(x, x)"),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_a_finding(tmp_path: Path, name: str) -> None:
    hit, rule, _ = PATTERNS[name]
    point = predicted(tmp_path, hit, "self.g = torch.Generator()")
    assert point.prediction in ("needs_changes", "blocked"), point.reasons
    assert rule in [reason.rule_id for reason in point.reasons], point.reasons


@pytest.mark.parametrize("name", PATTERNS)
def test_its_harmless_neighbour_is_none(tmp_path: Path, name: str) -> None:
    point = predicted(tmp_path, PATTERNS[name][2])
    assert point.prediction == "runs", point.reasons


@pytest.mark.parametrize(
    ("init", "forward", "other"),
    [
        ("self.l = nn.LSTM(4, 4)", "return self.l(x)[0]", ""),
        ("self.register_forward_hook(print)", "return x", ""),
        ("self.l = nn.Linear(2, 2)", "return F.relu(self.l(x)).clone().mul_(2)[0].add_(1)", ""),
        ("pass", "out = x\nfor _ in range(3):\n    out = torch.cat([out, x], 1)\nreturn out", ""),
        ("pass", "return torch.stft(x, 16, return_complex=True).abs()", ""),
        ("pass", "return torch.compile(torch.sin)(x)", ""),
        ("pass", "return torch.where(torch.cumsum(x.softmax(-1), -1) < 0.9, x, x * 0)", ""),
        (
            "pass",
            "return Own.apply(x)",
            "class Own(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        return x * 2\n",
        ),
    ],
)
def test_what_folklore_says_breaks_and_does_not(tmp_path: Path, init: str, forward: str, other: str) -> None:
    point = predicted(tmp_path, forward, init, other=other)
    assert point.prediction == "runs", point.reasons


def test_an_lstm_with_projections_is_refused(tmp_path: Path) -> None:
    point = predicted(tmp_path, "return self.l(x)[0]", "self.l = nn.LSTM(4, 4, proj_size=2)")
    assert point.prediction == "needs_changes"


def test_collectives_do_not_stand_against_neuron(tmp_path: Path) -> None:
    point = predicted(tmp_path, "torch.distributed.all_reduce(x)\nreturn x", target="trainium2")
    assert "collective-in-forward" not in [reason.rule_id for reason in point.reasons]


@pytest.mark.parametrize(
    ("pin", "is_said"), [("torch==2.1.0", False), ("torch>=2.0", True), ("torch==2.9.1", True), ("torch<2.5", False)]
)
def test_a_statement_counts_where_the_pinned_version_was_seen(tmp_path: Path, pin: str, is_said: bool) -> None:
    (tmp_path / "requirements.txt").write_text(f"{pin}\n")
    point = predicted(tmp_path, "return torch.ops.mylib.foo(x)")
    assert ("custom-operator" in [reason.rule_id for reason in point.reasons]) is is_said


def test_without_a_pin_the_reason_says_so(tmp_path: Path) -> None:
    point = predicted(tmp_path, "return torch.ops.mylib.foo(x)")
    assert "no version of it is pinned here" in point.reasons[0].message
