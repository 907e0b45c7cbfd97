"""Verdicts on models: what is reached, what stops an exporter there, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.facts.codec import decode, encode
from analyzer.link.program import link
from analyzer.model.effort import EntryPoint
from analyzer.operators.predict import Predictor
from analyzer.scan import scan_repository

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


def predicted(tmp_path: Path, code: str, target: str = "onnxruntime") -> dict[str, EntryPoint]:
    (tmp_path / "model.py").write_text(HEAD + code)
    program = scan_repository(tmp_path, workers=1).program
    return {point.symbol.rpartition(".")[2]: point for point in Predictor(program, [target]).entry_points(target)}


def model(forward: str, init: str = "pass") -> str:
    body = "\n".join(f"        {line}" for line in forward.splitlines())
    made = "\n".join(f"        {line}" for line in init.splitlines())
    return f"class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n{made}\n    def forward(self, x: torch.Tensor, mask=None):\n{body}\n"


@pytest.mark.parametrize(
    "forward",
    [
        "return x.relu() + 1",
        "if x.shape[0] > 1:\n    x = x * 2\nreturn x",
        "if self.training and x.sum() > 0:\n    x = x * 2\nreturn x",
        "n = x.sum().item()\nreturn x * n",
        "return x[x > 0]",
        "idx = x.nonzero()\nreturn x[idx]",
        "if torch.jit.is_tracing() and x.any():\n    return x\nreturn x + 1",
        "if not torch.compiler.is_exporting():\n    assert (x > 0).all()\nreturn x",
        "if x.dtype == torch.float16 and torch.isinf(x).any():\n    x = x.clamp(-1, 1)\nreturn x",
        "out = []\nfor row in x:\n    out.append(row * 2)\nreturn torch.stack(out)",
        "return {'a': x, 'b': (x, x)}",
        "if isinstance(x, tuple):\n    x = torch.linalg.qr(x)[0]\nreturn x",
    ],
)
def test_what_exports_all_the_same(tmp_path: Path, forward: str) -> None:
    point = predicted(tmp_path, model(forward))["Model"]
    assert point.prediction == "runs", point.reasons


@pytest.mark.parametrize(
    ("forward", "rule", "line"),
    [
        ("if x.sum() > 0:\n    x = x * 2\nreturn x", "branch-on-tensor-value", 9),
        ("y = x.mean()\nwhile y < 3:\n    y = y * 2\nreturn y", "branch-on-tensor-value", 10),
        ("y = (x > 0).any()\nz = 1 if y else 2\nreturn x * z", "branch-on-tensor-value", 10),
        ("n = int(x.max())\nreturn torch.zeros(n)", "tensor-value-as-number", 9),
        ("return torch.cummax(x, 0)", "operator-not-exported", 9),
        ("return x.masked_select(x > 0)", "operator-not-exported", 9),
        ("return x.sort(stable=True)", "operator-not-exported", 9),
        ("torch.distributed.all_reduce(x)\nreturn x", "collective-in-forward", 9),
    ],
)
def test_what_does_not(tmp_path: Path, forward: str, rule: str, line: int) -> None:
    point = predicted(tmp_path, model(forward))["Model"]
    assert point.prediction == "needs_changes"
    assert (rule, line) in [(reason.rule_id, reason.line) for reason in point.reasons]


def test_a_branch_is_found_through_calls_submodules_and_arguments(tmp_path: Path) -> None:
    code = (
        "def helper(t, flag):\n    if flag:\n        return t * 2\n    return t\n"
        "class Inner(nn.Module):\n    def forward(self, x, flag):\n        return helper(x, flag)\n"
        "class Outer(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.blocks = nn.ModuleList([Inner() for _ in range(3)])\n"
        "    def forward(self, x: torch.Tensor):\n        flag = (x > 0).any().item()\n"
        "        for block in self.blocks:\n            x = block(x, flag)\n        return x\n"
    )
    points = predicted(tmp_path, code)
    assert points["Outer"].prediction == "needs_changes"
    assert [(reason.rule_id, reason.line) for reason in points["Outer"].reasons] == [("branch-on-tensor-value", 5)]
    assert points["Inner"].prediction == "runs", "for itself it is given no such flag"


def test_an_output_class_of_its_own_breaks_and_a_cache_is_named(tmp_path: Path) -> None:
    code = (
        "class KeyCache:\n    def __init__(self):\n        self.items = []\n"
        "class Settings:\n    use_cache: bool = True\n    is_decoder: bool = False\n"
        "class Out(dict):\n    pass\n"
        "class Generates(nn.Module):\n    def __init__(self, config: Settings):\n        super().__init__()\n        self.config = config\n"
        "    def forward(self, x: torch.Tensor, past=None, use_cache=None):\n"
        "        use_cache = use_cache if use_cache is not None else self.config.use_cache\n"
        "        if use_cache and past is None:\n            past = KeyCache()\n        return Out(y=x, past=past)\n"
        "class Encodes(nn.Module):\n    def __init__(self, config: Settings):\n        super().__init__()\n        self.config = config\n"
        "    def forward(self, x: torch.Tensor, past=None):\n        if self.config.is_decoder:\n            past = KeyCache()\n        return Out(y=x, past=past)\n"
    )
    points = predicted(tmp_path, code)
    assert [(reason.rule_id, reason.line) for reason in points["Generates"].reasons] == [("cache-in-output", 19)]
    assert points["Encodes"].prediction == "runs"


def test_what_only_may_be_reached_is_not_taken_for_certain(tmp_path: Path) -> None:
    point = predicted(tmp_path, model("if some_setting():\n    if x.any():\n        x = x * 2\nreturn x"))["Model"]
    assert point.prediction == "unknown"
    assert [reason.line for reason in point.reasons] == [10, 4]
    assert point.reasons[-1].rule_id == "to-know"


def test_arguments_decide_on_neuron_and_not_on_onnx(tmp_path: Path) -> None:
    code = model("return self.pool(x)", "self.pool = nn.MaxPool2d(3, dilation=2)")
    assert predicted(tmp_path, code, "inferentia2")["Model"].prediction == "needs_changes"
    assert predicted(tmp_path, code, "onnxruntime")["Model"].prediction == "runs"
    plain = model("return self.pool(x)", "self.pool = nn.MaxPool2d(3, dilation=1)")
    point = predicted(tmp_path, plain, "inferentia2")["Model"]
    assert point.prediction == "runs", "by default the window is not dilated"
    assert [reason.rule_id for reason in point.reasons] == ["predicted-from-documents"]


def test_documents_that_refuse_one_element_type_do_not_refuse_the_operator(tmp_path: Path) -> None:
    names = {"topk": "runs", "sort": "needs_changes", "nonzero": "needs_changes"}
    found = {name: predicted(tmp_path, model(f"return x.{name}(2)[0]"), "trainium1")["Model"].prediction for name in names}
    assert found == names


def test_operators_are_listed_with_status_and_places(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(HEAD + model("x = torch.sort(x)[0]\nx = torch.sort(x)[0]\nreturn F.gelu(x)"))
    program = scan_repository(tmp_path, workers=1).program
    predictor = Predictor(program, ["onnxruntime", "inferentia2"])
    onnx = {use.name: use for use in predictor.operators("onnxruntime")}
    neuron = {use.name: use for use in predictor.operators("inferentia2")}
    assert onnx["torch.nn.functional.gelu"].status == "supported" and "measured" in onnx["torch.nn.functional.gelu"].reference
    assert (neuron["torch.sort"].status, neuron["torch.sort"].sites) == ("unsupported", 2)
    assert predictor.operators("rocm") == () and predictor.entry_points("rocm") == ()


def test_a_package_scanned_from_within_knows_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "base.py").write_text(
        HEAD + "class Base(nn.Module):\n    def forward(self, x):\n        return x.masked_select(x > 0)\n"
    )
    (tmp_path / "top.py").write_text("from mine.base import Base\nclass Top(Base):\n    pass\n")
    program = scan_repository(tmp_path, workers=1).program
    symbols = {point.symbol for point in Predictor(program, ["onnxruntime"]).entry_points("onnxruntime")}
    assert any(symbol.endswith("Top") for symbol in symbols)


def test_models_that_call_themselves_end(tmp_path: Path) -> None:
    code = (
        "class Loop(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.inner = Loop()\n"
        "    def forward(self, x: torch.Tensor):\n        y = x\n        for _ in range(3):\n            y = self.inner(y)\n            x = y + x\n"
        "        return self.forward(x)\n"
    )
    assert predicted(tmp_path, code)["Loop"].prediction == "runs"


def test_signatures_for_type_checkers_are_not_the_forward_pass(tmp_path: Path) -> None:
    code = (
        "from typing import overload\nclass Model(nn.Module):\n    @overload\n    def forward(self, x: torch.Tensor) -> int: ...\n"
        "    @overload\n    def forward(self, x: torch.Tensor, y: int) -> int: ...\n"
        "    def forward(self, x, y=None):\n        return x.masked_select(x > 0)\n"
    )
    point = predicted(tmp_path, code)["Model"]
    assert point.prediction == "needs_changes" and [reason.line for reason in point.reasons] == [11]


def test_what_runs_says_what_it_was_measured_with(tmp_path: Path) -> None:
    (reason,) = predicted(tmp_path, model("return x + 1"))["Model"].reasons
    assert reason.rule_id == "predicted-from-measurements" and "onnxruntime 1." in reason.message


def test_facts_that_came_from_another_process_say_the_same(tmp_path: Path) -> None:
    """Read here, equal values are several objects; read elsewhere, they are one."""
    (tmp_path / "model.py").write_text(
        HEAD
        + """
def sample(features, points, **options):
    return F.grid_sample(features, points.unsqueeze(2), **options)

class Head(nn.Module):
    def forward(self, features: list[torch.Tensor], points: torch.Tensor):
        found = []
        for image, own in enumerate(points):
            for feature in features:
                scaled = own / torch.tensor([1.0, 2.0])
                found.append(
                    sample(
                        feature[image].unsqueeze(0),
                        scaled.unsqueeze(0),
                        align_corners=False,
                    )
                    .squeeze(0)
                    .transpose(1, 0)
                )
        return torch.cat(found, dim=0)
"""
    )
    program = scan_repository(tmp_path, workers=1).program
    handed_over = link([decode(encode(facts)) for facts in program.files.values()])
    sites = [Predictor(each, ["inferentia2"]).sites for each in (program, handed_over)]
    assert sites[0] == sites[1] and any(sites[0].values())
