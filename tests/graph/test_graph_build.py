"""The typed graph: calls through self, inheritance, instances and re-exports; kernels, entry points and deployment."""

from __future__ import annotations

from pathlib import Path

import pytest
from graph_repositories import edges, graph_of

CALLS = {
    "base.py": "class Base:\n    def run(self): pass\n    def step(self): self.run()\n",
    "pkg/__init__.py": "from .inner import Net, helper\n",
    "pkg/inner.py": "class Net:\n    def forward(self, x): return x\n    def go(self): pass\ndef helper(): pass\nnet = Net()\n",
    "use.py": (
        "import functools\nfrom base import Base\nfrom pkg import Net, helper\nfrom pkg.inner import net\n"
        "class Mine(Base):\n"
        "    def __init__(self, given: Net):\n        super().__init__()\n        self.net = Net()\n        self.given = given\n"
        "    def inherited(self): self.run()\n"
        "    def up(self): super().run()\n"
        "    def held(self): self.net.go()\n"
        "    def annotated(self): self.given.go()\n"
        "    def unknown(self, x): x.go()\n"
        "def reexport(): helper()\n"
        "def instance():\n    made = Net()\n    made.go()\n"
        "def called():\n    made = Net()\n    made(1)\n"
        "def other_module(): net.go()\n"
        "def callback(run): run(helper)\n"
        "def alias():\n    short = functools.partial(helper, 1)\n    short()\n"
        "@helper\ndef decorated(): pass\n"
    ),
}


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("function:use.py:Mine.inherited", "function:base.py:Base.run"),
        ("function:use.py:Mine.up", "function:base.py:Base.run"),
        ("function:use.py:Mine.held", "function:pkg/inner.py:Net.go"),
        ("function:use.py:Mine.annotated", "function:pkg/inner.py:Net.go"),
        ("function:use.py:reexport", "function:pkg/inner.py:helper"),
        ("function:use.py:instance", "function:pkg/inner.py:Net.go"),
        ("function:use.py:called", "class:pkg/inner.py:Net"),
        ("function:use.py:other_module", "function:pkg/inner.py:Net.go"),
        ("function:use.py:callback", "function:pkg/inner.py:helper"),
        ("function:use.py:alias", "function:pkg/inner.py:helper"),
        ("function:use.py:decorated", "function:pkg/inner.py:helper"),
    ],
)
def test_calls(tmp_path: Path, source: str, target: str) -> None:
    assert (source, target) in edges(graph_of(tmp_path, CALLS), "calls")


def test_what_is_not_known_is_counted_and_not_guessed(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, CALLS)
    assert not [edge for edge in graph.edges if edge.source == "function:use.py:Mine.unknown" and edge.kind == "calls"]
    assert dict(graph.unresolved)["calls"] == 2, "`x.go()` and `run(helper)`"


def test_every_edge_has_its_place(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, CALLS)
    assert all((tmp_path / edge.path).is_file() and edge.line >= 1 for edge in graph.edges)
    (edge,) = [edge for edge in graph.edges if edge.source == "function:use.py:reexport" and edge.kind == "calls"]
    assert (tmp_path / "use.py").read_text().splitlines()[edge.line - 1] == "def reexport(): helper()"


def test_from_a_call_to_the_library_under_a_kernel(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "setup.py": (
                "from setuptools import setup\nfrom torch.utils.cpp_extension import CUDAExtension\n"
                "setup(name='blur', ext_modules=[CUDAExtension('blur_cuda', ['blur.cu'])])\n"
            ),
            "blur.cu": (
                "#include <cublas_v2.h>\n__global__ void blur_kernel(float* x) { x[0] = 1; }\n"
                "void blur(float* x) { cublasSgemm(0); blur_kernel<<<1, 1>>>(x); }\n"
                'PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("blur", &blur); }\n'
            ),
            "run.py": "import blur_cuda\ndef run(x):\n    return blur_cuda.blur(x)\nif __name__ == '__main__':\n    run(1)\n",
        },
    )
    assert {
        ("entry-point:script:run.py:run", "module:run.py"),
        ("module:run.py", "function:run.py:run"),
        ("function:run.py:run", "operator:blur_cuda.blur"),
        ("extension:blur_cuda", "operator:blur_cuda.blur"),
        ("operator:blur_cuda.blur", "kernel:blur.cu:blur_kernel"),
        ("kernel:blur.cu:blur_kernel", "cuda-library:cublas"),
        ("build-target:setup.py:3", "extension:blur_cuda"),
        ("module:run.py", "extension:blur_cuda"),
    } <= {(edge.source, edge.target) for edge in graph.edges}


def test_an_operator_that_is_named_as_text(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "k.cu": "__global__ void sparse_kernel(float* x) {}\nvoid sparse_apply(float* x) { sparse_kernel<<<1, 1>>>(x); }\n",
            "k.cpp": 'TORCH_LIBRARY(fast, m) { m.def("sparse_apply(Tensor x) -> Tensor"); }\n'
                     'TORCH_LIBRARY_IMPL(fast, CUDA, m) { m.impl("sparse_apply", &sparse_apply); }\n',
            "use.py": "from helpers import operator\nclass Apply:\n    run = operator('sparse_apply')\n",
            "trace.py": "import torch\ntorch.cuda.nvtx.range_push('sparse_apply')\n",
            "helpers.py": "import torch\ndef operator(name):\n    return getattr(torch.ops.fast, name)\n",
        },
    )  # fmt: skip
    assert ("class:use.py:Apply", "operator:fast.sparse_apply") in edges(graph, "calls")
    assert not [edge for edge in graph.edges if edge.source == "module:trace.py" and edge.kind == "calls"], "only a word there"


def test_settings_that_name_modules_are_imports_of_who_loads_by_name(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "config.yaml": "device: cuda\nmodel:\n  target: models.net.Net\n",
            "models/net.py": "class Net: pass\n",
            "load.py": "import importlib\ndef load(name):\n    return importlib.import_module(name)\n",
        },
    )
    (edge,) = [edge for edge in graph.edges if edge.context == "configured"]
    assert (edge.source, edge.target, edge.path, edge.line) == ("module:load.py", "module:models/net.py", "config.yaml", 3)
    assert dict(graph.unresolved)["imports"] == 1


def test_where_it_starts_and_where_it_runs(tmp_path: Path) -> None:
    graph = graph_of(
        tmp_path,
        {
            "pyproject.toml": '[project]\nname = "x"\n[project.scripts]\nserve = "app:main"\n',
            "app.py": "import torch\nfrom fastapi import FastAPI\napp = FastAPI()\n@app.post('/x')\ndef x(): pass\ndef main(): pass\n",
            "train.py": "import torch\nif __name__ == '__main__':\n    torch.zeros(1).cuda()\n",
            "predict.py": "from cog import BasePredictor\nclass P(BasePredictor):\n    def predict(self): pass\n",
            "note.ipynb": '{"cells": [{"cell_type": "code", "source": ["import app"], "metadata": {}, "outputs": []}], "metadata": {}}',
            "Dockerfile": 'FROM nvidia/cuda:12.1.0-base\nCMD ["python", "train.py"]\n',
            ".github/workflows/ci.yml": "jobs:\n  gpu:\n    runs-on: gpu\n    steps:\n      - run: torchrun train.py\n      - run: serve\n",
            "main.tf": 'resource "aws_instance" "x" {\n  instance_type = "p4d.24xlarge"\n}\n',
            "model.yaml": "device: cuda\n",
            "load.py": "import torch\ndef load(cfg):\n    return torch.zeros(1).to(cfg.device)\n",
        },
    )  # fmt: skip
    kinds = {node.title: node.detail for node in graph.nodes if node.kind == "entry-point"}
    assert kinds == {
        "serve": "console-script", "x": "serving", "train": "script", "P": "serving", "note": "notebook", "ci.yml: gpu": "ci-job",
    }  # fmt: skip
    assert {
        ("deployment-file:Dockerfile", "image:nvidia/cuda:12.1.0-base"),
        ("deployment-file:Dockerfile", "entry-point:script:train.py:train"),
        ("deployment-file:main.tf", "instance-type:p4d.24xlarge"),
        ("entry-point:ci-job:.github/workflows/ci.yml:ci.yml: gpu", "entry-point:script:train.py:train"),
        ("entry-point:ci-job:.github/workflows/ci.yml:ci.yml: gpu", "entry-point:console-script:pyproject.toml:serve"),
    } <= edges(graph, "deploys")
    assert ("entry-point:console-script:pyproject.toml:serve", "function:app.py:main") in edges(graph, "starts")
    assert ("setting:model.yaml:1", "module:load.py") in edges(graph, "configures")


HOSTILE = {
    "circular bases": {"a.py": "class A(B): pass\nclass B(A):\n    def f(self): self.g()\nA().g()\n"},
    "a base that is itself": {"a.py": "class A(A):\n    def f(self): super().f()\n"},
    "values in a circle": {"a.py": "a = b\nb = c\nc = a\na()\nclass C:\n    def f(self):\n        self.x = self.y\n        self.y = self.x\n        self.x()\n"},
    "modules in a circle": {"a.py": "from b import x\nx()\n", "b.py": "from a import x\nx()\n"},
    "a module named as the standard library": {"json.py": "def dumps(): pass\n", "a.py": "import json\njson.dumps()\n"},
    "namespace packages": {"ns/one/a.py": "def f(): pass\n", "b.py": "from ns.one.a import f\nf()\n"},
    "the same package twice": {f"{v}p/{n}": t for v in ("", "copies/") for n, t in (("__init__.py", ""), ("m.py", "def f(): pass\n"))},
    "star imports": {"a.py": "from b import *\nf()\n", "b.py": "from a import *\ndef f(): pass\n"},
    "conditional imports": {"a.py": "try:\n    from b import f\nexcept ImportError:\n    from c import f\nf()\n", "b.py": "", "c.py": "def f(): pass"},
    "a function that returns itself": {"a.py": "def f(): return f\nf()()()()()()().g()\n"},
}  # fmt: skip


@pytest.mark.parametrize("sources", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_programs_end(tmp_path: Path, sources: dict[str, str]) -> None:
    graph = graph_of(tmp_path, sources)
    ids = {node.id for node in graph.nodes}
    assert {f"module:{name}" for name in sources} <= ids
    assert all(edge.source in ids and edge.target in ids for edge in graph.edges)


def test_a_long_chain_of_classes_and_values_is_no_recursion(tmp_path: Path) -> None:
    classes = "".join(f"class C{index}(C{index - 1}): pass\n" for index in range(1, 2000))
    values = "".join(f"v{index} = v{index - 1}\n" for index in range(1, 2000))
    graph_of(tmp_path, {"a.py": f"class C0:\n    def f(self): pass\n{classes}v0 = C1999()\n{values}v1999.f()\nC1999().f()\n"})
