"""Entry points: models before their parts, and functions that export or serve, by the model that each reaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.model.effort import EntryPoint
from analyzer.operators.predict import Predictor
from analyzer.scan import scan_repository

MODELS = (
    "import torch\nfrom torch import nn\n"
    "class Block(nn.Module):\n    def forward(self, x):\n        return x * 2\n"
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.block = Block()\n"
    "    def forward(self, x: torch.Tensor):\n        if x.sum() > 0:\n            x = self.block(x)\n        return x\n"
    "class Good(nn.Module):\n    def forward(self, x):\n        return x + 1\n"
)


def points(tmp_path: Path, code: str, target: str = "onnxruntime") -> dict[str, EntryPoint]:
    (tmp_path / "app.py").write_text(code)
    found = Predictor(scan_repository(tmp_path, workers=1).program, [target]).entry_points(target)
    return {point.symbol.partition(".")[2]: point for point in found}


def test_models_come_before_parts(tmp_path: Path) -> None:
    found = points(tmp_path, MODELS)
    assert [(name, point.kind) for name, point in found.items()] == [("Net", "model"), ("Good", "model"), ("Block", "part")]


@pytest.mark.parametrize(
    ("code", "name", "kind", "prediction"),
    [
        ("def out():\n    torch.onnx.export(Good().eval(), (1,), 'x.onnx')\n", "out", "export", "runs"),
        ("def out():\n    net = Net()\n    torch.jit.trace(net, 1)\n", "out", "export", "needs_changes"),
        ("from fastapi import FastAPI\napp = FastAPI()\nnet = Net().to('cuda')\n@app.post('/')\ndef ask(x):\n    return net(x)\n",
         "ask", "service", "needs_changes"),
        ("from ray import serve\n@serve.deployment\nclass Served:\n    def __init__(self):\n        self.net = Good()\n"
         "    def __call__(self, x):\n        return self.net(x)\n", "Served.__call__", "service", "runs"),
        ("class TritonPythonModel:\n    def initialize(self, args):\n        self.net = Good()\n"
         "    def execute(self, requests):\n        return self.net(requests)\n", "TritonPythonModel.execute", "service", "runs"),
    ],
)  # fmt: skip
def test_a_function_comes_to_what_its_model_comes_to(tmp_path: Path, code: str, name: str, kind: str, prediction: str) -> None:
    point = points(tmp_path, MODELS + code)[name]
    assert (point.kind, point.prediction) == (kind, prediction)
    assert point.reasons[0].rule_id == "reaches-model"


def test_a_model_from_a_hub_cannot_be_told_and_the_command_is(tmp_path: Path) -> None:
    code = (
        "from flask import Flask\nfrom transformers import pipeline\napp = Flask('a')\npipe = pipeline('text-generation')\n"
        "@app.route('/')\ndef ask(x):\n    return pipe(x)\n@app.route('/health')\ndef health():\n    return 'ok'\n"
    )
    found = points(tmp_path, code)
    assert list(found) == ["ask"]
    assert found["ask"].prediction == "unknown"
    assert "torch.onnx.export(" in found["ask"].reasons[-1].message


def test_a_model_that_cannot_be_told_names_the_command(tmp_path: Path) -> None:
    code = "import torch\nfrom torch import nn\nclass Net(nn.Module):\n    def forward(self, x: torch.Tensor, y=None, n=0):\n        if y.any():\n            x = x + 1\n        return x\n"
    code = code.replace("y=None", "y")
    point = points(tmp_path, code)["Net"]
    assert point.prediction == "unknown"
    assert "from app import Net" in point.reasons[-1].message


@pytest.mark.parametrize(
    ("code", "framework", "operator"),
    [
        ("import tensorflow as tf\nclass Net(tf.keras.Model):\n    def call(self, x):\n        return tf.nn.relu(x)\n", "TensorFlow", "tensorflow.nn.relu"),
        ("import flax.linen as nn\nimport jax\nclass Net(nn.Module):\n    def __call__(self, x):\n        return jax.nn.relu(x)\n", "JAX", "jax.nn.relu"),
    ],
)  # fmt: skip
def test_models_of_other_frameworks_list_their_operators(tmp_path: Path, code: str, framework: str, operator: str) -> None:
    (tmp_path / "app.py").write_text(code)
    predictor = Predictor(scan_repository(tmp_path, workers=1).program, ["onnxruntime"])
    (point,) = predictor.entry_points("onnxruntime")
    assert point.prediction == "unknown"
    assert point.reasons[0].message.startswith(f"{framework} code")
    assert [use.name for use in predictor.operators("onnxruntime")] == [operator]
