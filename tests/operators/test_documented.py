"""Verdicts from documents: what runs as far as they tell, what they refuse, and what nobody can tell without trying."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.knowledge.neuron_verdicts import load_neuron_verdicts, plain_operation
from analyzer.knowledge.operators import NEURON_GENERATIONS, operator_book
from analyzer.knowledge.targets import find_target, load_targets
from analyzer.model.effort import EntryPoint
from analyzer.operators.documented import DocumentedVerdicts
from analyzer.operators.predict import Predictor
from analyzer.scan import scan_repository

HEAD = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


def model(forward: str, init: str = "pass", more: str = "") -> str:
    body = "\n".join(f"        {line}" for line in forward.splitlines())
    made = "\n".join(f"        {line}" for line in init.splitlines())
    head = "class Model(nn.Module):\n    def __init__(self, act=nn.GELU, config=None):\n        super().__init__()\n"
    return f"{HEAD}{more}{head}{made}\n    def forward(self, x: torch.Tensor):\n{body}\n"


def predicted(tmp_path: Path, code: str, target: str = "inferentia2") -> EntryPoint:
    (tmp_path / "model.py").write_text(code)
    scan = scan_repository(tmp_path, workers=1)
    points = Predictor(scan.program, [target], scan.detection.findings).entry_points(target)
    return next(point for point in points if point.symbol.endswith(".Model"))


@pytest.mark.parametrize(
    ("forward", "init"),
    [
        ("return self.b(F.relu(self.a(x)))", "self.a = nn.Linear(4, 4)\nself.b = nn.LayerNorm(4)"),
        ("return self.act(self.conv(x)).mean(dim=(2, 3))", "self.conv = nn.Conv2d(3, 8, 3)\nself.act = act()"),
        ("n = x.size(0)\nreturn x.view(n, -1).contiguous().to(x.device).softmax(-1)", "pass"),
        ("return F.scaled_dot_product_attention(x, x, x, is_causal=True)", "pass"),
        (
            "for b in self.parts['h']:\n    x = b(x)\nreturn x",
            "self.parts = nn.ModuleDict(dict(h=nn.ModuleList([nn.Linear(4, 4)])))",
        ),
        ("return F.interpolate(x, scale_factor=2, mode='bilinear')", "pass"),
        ("return x.repeat_interleave(2, dim=1)", "pass"),
        ("return self.parts.a(x)", "self.parts = nn.ModuleDict(dict(a=nn.Linear(4, 4), b=config))"),
        ("return self.part(x)", "self.part = torch.nn.utils.weight_norm(nn.Conv1d(4, 4, 1))"),
    ],
)
def test_what_documents_carry_is_predicted_to_run_with_low_confidence(tmp_path: Path, forward: str, init: str) -> None:
    point = predicted(tmp_path, model(forward, init))
    assert point.prediction == "runs", point.reasons
    assert "low confidence" in point.reasons[0].message and "%" not in point.reasons[0].message


@pytest.mark.parametrize(
    ("forward", "traced", "native", "word"),
    [
        ("return x[torch.nonzero(x)]", "needs_changes", "runs", "torch.where"),
        ("return torch.where(x > 0)[0]", "needs_changes", "runs", "three arguments"),
        ("torch.distributed.nn.functional.all_reduce(x)\nreturn x", "unknown", "runs", "one core"),
        ("return torch.nn.attention.flex_attention.flex_attention(x, x, x)", "unknown", "unknown", "scaled_dot_product_attention"),
        ("return x.sort()[0]", "needs_changes", "runs", "topk"),
        ("return torch.fft.rfft(x).abs()", "needs_changes", "runs", "Fourier"),
        ("return F.grid_sample(x, x)", "needs_changes", "runs", "CPU"),
        ("return F.huber_loss(x, x)", "needs_changes", "runs", "smooth_l1_loss"),
        ("return torch.fmax(x, x)", "needs_changes", "runs", "torch.maximum"),
        ("if x.sum() > 0:\n    x = x + 1\nreturn x", "needs_changes", "runs", "example input"),
        ("return x * x.max().item()", "needs_changes", "runs", "example input"),
        ("return torch.view_as_complex(x)", "needs_changes", "unknown", "cosine and sine"),
        ("return x.double().sum()", "needs_changes", "unknown", "float32"),
        ("return x.to(torch.float64)", "needs_changes", "unknown", "float32"),
        ("return torch.zeros(3, dtype=torch.complex64) + x", "needs_changes", "unknown", "EVRF004"),
        ("return x.to(torch.float8_e4m3fn).float()", "needs_changes", "unknown", "Trn3"),
        ("return torch.topk(x, 20000)[0]", "needs_changes", "needs_changes", "16,384"),
        ("return F.max_pool2d(x, 2, dilation=2)", "needs_changes", "needs_changes", "EVRF018"),
        ("return F.interpolate(x, scale_factor=2, mode='bicubic')", "unknown", "runs", "bilinear"),
        ("return torch.ops.mine.op(x)", "unknown", "unknown", "torch.ops.mine.op"),
        ("return self.given(x)", "unknown", "unknown", "self.given"),
        ("return x.repeat_interleave(x, dim=1)", "unknown", "runs", "tensor of repeats"),
    ],
)
def test_the_same_code_on_both_ways(tmp_path: Path, forward: str, traced: str, native: str, word: str) -> None:
    code = model(forward, "self.given = config")
    found = {target: predicted(tmp_path, code, target) for target in ("inferentia2", "trainium2")}
    assert [point.prediction for point in found.values()] == [traced, native], found
    assert word in "; ".join(reason.message for reason in found["inferentia2"].reasons)
    if traced == "unknown":
        assert "torch_neuronx.analyze" in found["inferentia2"].reasons[-1].message


def test_fp8_is_a_matter_of_the_chip(tmp_path: Path) -> None:
    code = model("return x.to(torch.float8_e4m3fn).float()")
    assert predicted(tmp_path, code, "trainium3").prediction == "runs"


def test_what_only_a_setting_leads_to_is_no_prediction_that_it_runs(tmp_path: Path) -> None:
    point = predicted(tmp_path, model("if self.config.loud:\n    x = x.sort()[0]\nreturn x", "self.config = config"))
    assert point.prediction == "unknown"
    assert "Only where the code gets there" in point.reasons[0].message


def test_an_extension_behind_an_autograd_function_blocks(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text(
        "from setuptools import setup\nfrom torch.utils.cpp_extension import CUDAExtension\n"
        "setup(ext_modules=[CUDAExtension('mine._C', ['mine.cu'])])\n"
    )
    (tmp_path / "mine.cu").write_text("__global__ void k(float* a) { a[0] = 1; }\nvoid f(float* a) { k<<<1, 1>>>(a); }\n")
    more = (
        "from mine import _C\nclass Op(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
        "        return _C.f(x)\nop = Op.apply\n"
    )
    for target in ("inferentia2", "trainium2"):
        point = predicted(tmp_path, model("return op(x)", more=more), target)
        assert point.prediction == "blocked", point.reasons
        assert "NKI" in point.reasons[0].message


def test_what_is_called_is_followed_into_closures_bases_and_functions_that_make_modules(tmp_path: Path) -> None:
    refused = "class Inner(nn.Module):\n    def forward(self, x):\n        return F.grid_sample(x, x)\n"
    made = "def make():\n    return Inner()\n"
    closure = "def again(y):\n    return self.part(y)\nreturn again(x)"
    found = {
        "closure": predicted(tmp_path, model(closure, "self.part = Inner()", refused)),
        "made by a function": predicted(tmp_path, model("return self.part(x)", "self.part = make()", refused + made)),
        "default of a parameter": predicted(
            tmp_path, model("return self.act(x)", "self.act = act()", refused).replace("act=nn.GELU", "act=Inner")
        ),
    }
    assert {name: point.prediction for name, point in found.items()} == dict.fromkeys(found, "needs_changes")
    base = f"{HEAD}class Model(nn.LSTM):\n    def forward(self, x):\n        return super().forward(x)\n"
    point = predicted(tmp_path, base)
    assert point.prediction == "unknown" and "torch.nn.LSTM" in point.reasons[0].message


@pytest.mark.parametrize(
    ("forward", "init", "named"),
    [
        ("for part in self.parts:\n    x = part(x)\nreturn x", "self.parts = nn.ModuleList(given() for given in config)", "part"),
        ("return self.inner.part(x)", "self.inner = Inner()", "self.inner.part"),
        ("return self.table[0](x)", "self.table = config.layers", "self.table"),
        ("return self.norm[0](x)", "self.norm = config.layers", "self.norm"),
        ("return self.inner.encode(x)", "self.inner = config.make()", "self.inner.encode"),
        ("return self.part(x)", "self.part = elsewhere.build(config)", "elsewhere.build"),
        ("return self.parts[str(0)](x)", "self.parts = nn.ModuleDict({str(i): config(i) for i in range(3)})", "self.parts"),
    ],
)
def test_what_is_not_seen_is_named_and_never_said_to_run(tmp_path: Path, forward: str, init: str, named: str) -> None:
    inner = "class Inner(nn.Module):\n    def __init__(self, part=None):\n        super().__init__()\n        self.part = part\n"
    point = predicted(tmp_path, model(forward, init, f"import elsewhere\n{inner}"))
    assert point.prediction == "unknown"
    assert named in point.reasons[0].message


def test_a_kernel_that_is_launched_by_hand_blocks(tmp_path: Path) -> None:
    more = (
        "import triton\nimport triton.language as tl\n@triton.jit\ndef kernel(p, n: tl.constexpr):\n    pass\n"
        "def run(x):\n    kernel[(1,)](x, 4)\n    return x\n"
    )
    point = predicted(tmp_path, model("return run(x)", more=more))
    assert point.prediction == "blocked" and "NKI" in point.reasons[0].message


def test_a_model_whose_forward_is_left_to_subclasses_is_not_said_to_run(tmp_path: Path) -> None:
    assert predicted(tmp_path, model("raise NotImplementedError()")).prediction == "unknown"


def test_vllm_serves_no_modules_of_ones_own(tmp_path: Path) -> None:
    assert predicted(tmp_path, model("return x"), "trainium2-vllm").prediction == "unknown"


def test_every_neuron_target_has_a_way_and_every_lowering_its_documents() -> None:
    verdicts = load_neuron_verdicts()
    neuron = {target.id for target in load_targets() if target.knowledge.family == "neuron" and not target.is_claim}
    assert neuron == {target for path in verdicts.paths for target in path.targets}
    book = operator_book("inferentia2")
    path = verdicts.path_of("inferentia2")
    assert book is not None and path is not None
    known = DocumentedVerdicts("inferentia2", path, book, find_target("inferentia2").support).operations
    missing = {name for names, _ in verdicts.lowered.values() for name in names if plain_operation(name) not in known}
    assert missing == set()
    lists = [*verdicts.layers.values(), *verdicts.functions.values()]
    refused = {name for item in verdicts.refused for name in item.operators}
    named = {name for operators in lists for name in operators}
    assert named <= {*verdicts.lowered, *refused, *verdicts.nothing}
    assert set(NEURON_GENERATIONS) <= neuron


def test_a_method_that_is_kept_in_an_attribute_is_followed(tmp_path: Path) -> None:
    kept = "    def usual(self, x):\n        return {}\n"
    found = [
        predicted(tmp_path, model("return self.way(x)", "self.way = self.usual") + kept.format(given)).prediction
        for given in ("x * 2", "x.sort()[0]")
    ]
    assert found == ["runs", "needs_changes"]


@pytest.mark.parametrize("test", ["self.usual", "not self.usual"])
def test_what_a_property_gives_is_not_known_to_be_true(tmp_path: Path, test: str) -> None:
    kept = "    @property\n    def usual(self):\n        return self.given\n"
    forward = f"if {test}:\n    x = x.masked_select(x > 0)\nreturn x"
    assert predicted(tmp_path, model(forward) + kept).prediction == "unknown"


@pytest.mark.parametrize(
    ("head", "base", "method", "words"),
    [
        ("import flax.linen as nn\nimport jax.numpy as jnp\n", "nn.Module", "__call__", "jax.jit("),
        ("import tensorflow as tf\n", "tf.keras.Model", "call", "no longer officially supported"),
    ],
)
def test_other_frameworks_are_not_told_and_say_what_would_tell(
    tmp_path: Path, head: str, base: str, method: str, words: str
) -> None:
    code = f"{head}class Model({base}):\n    def {method}(self, x):\n        return x\n"
    for target, said in (("inferentia2", words), ("onnxruntime", "tf2onnx")):
        point = predicted(tmp_path, code, target)
        assert point.prediction == "unknown" and said in point.reasons[0].message
    assert "(aws-neuron/" in predicted(tmp_path, code).reasons[0].message


@pytest.mark.parametrize(
    ("forward", "init", "traced"),
    [
        ("self.cache[:, :2] = x\nreturn self.cache", "self.register_buffer('cache', torch.zeros(2, 4))", "unknown"),
        ("self.cache[:, 0:2] = x\nreturn self.cache * x", "self.cache = torch.zeros(2, 4).cuda()", "unknown"),
        ("self.cache.copy_(x)\nreturn self.cache", "self.register_buffer('cache', torch.zeros(2, 4))", "unknown"),
        ("self.cache = x\nreturn self.cache", "self.register_buffer('cache', torch.zeros(2, 4))", "unknown"),
        ("y = self.cache.clone()\ny[:, :2] = x\nreturn y", "self.register_buffer('cache', torch.zeros(2, 4))", "runs"),
        ("return self.cache + x", "self.register_buffer('cache', torch.zeros(2, 4))", "runs"),
        ("if self.training:\n    self.cache.copy_(x)\nreturn x", "self.register_buffer('cache', torch.zeros(2, 4))", "runs"),
    ],
)
def test_state_that_the_forward_pass_writes_cannot_be_told_where_it_is_traced(
    tmp_path: Path, forward: str, init: str, traced: str
) -> None:
    points = {target: predicted(tmp_path, model(forward, init), target) for target in ("inferentia2", "trainium2", "onnxruntime")}
    assert points["inferentia2"].prediction == traced, points["inferentia2"].reasons
    assert points["onnxruntime"].prediction == "runs"
    if traced == "unknown":
        assert "input_output_aliases" in points["inferentia2"].reasons[0].message
