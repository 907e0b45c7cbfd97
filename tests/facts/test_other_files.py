"""Facts of files other than Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer.facts.build_files import read_cmake, read_ini, read_make
from analyzer.facts.container import read_container
from analyzer.facts.native_source import read_native_source
from analyzer.facts.read_file import read_file
from analyzer.facts.requirements import read_requirements
from analyzer.facts.shell import read_shell
from analyzer.facts.structured import read_json, read_toml_file, read_yaml
from analyzer.model.facts import Entry
from analyzer.model.source import SourceFile


def named(entries: tuple[Entry, ...], kind: str) -> list[tuple[str, str]]:
    return [(entry.name, entry.value) for entry in entries if entry.kind == kind]


def test_requirements() -> None:
    text = "torch==2.6.0+cu124  # pinned\n--extra-index-url https://x.test/whl/cu124\nFlash_Attn>=2\n-e git+https://h.test/a/apex.git\n\n# c\n"
    entries = read_requirements(text)
    assert named(entries, "requirement") == [
        ("torch", "==2.6.0+cu124"), ("flash-attn", ">=2"), ("apex", "git+https://h.test/a/apex.git"),
    ]  # fmt: skip
    assert named(entries, "index") == [("", "https://x.test/whl/cu124")]
    assert entries[0].span.line == 1 and entries[3].span.line == 4


def test_container_fills_in_build_arguments_and_joins_lines() -> None:
    text = "ARG V=12.4\nFROM nvidia/cuda:${V}-base AS b\nFROM b\nENV A=1 B=2\nRUN apt-get update && \\\n    pip install cupy-cuda12x \\\n    && nvcc -V\n"
    entries = read_container(text)
    assert named(entries, "image") == [("nvidia/cuda:12.4-base", "")]
    assert named(entries, "requirement") == [("cupy-cuda12x", "")]
    assert ("nvcc", "-V") in named(entries, "command")
    assert ("B", "2") in named(entries, "environment")


def test_shell() -> None:
    text = "#!/bin/sh\n#SBATCH --gres=gpu:4\nexport NCCL_DEBUG=INFO\nCUDA_VISIBLE_DEVICES=0 python t.py | tee log\n# nvidia-smi\n/usr/bin/nvidia-smi -L\n"
    entries = read_shell(text)
    assert named(entries, "setting") == [("scheduler.gres", "gpu:4")]
    assert named(entries, "environment") == [("NCCL_DEBUG", "INFO"), ("CUDA_VISIBLE_DEVICES", "0")]
    assert [name for name, _ in named(entries, "command")] == ["python", "tee", "nvidia-smi"]


def test_yaml() -> None:
    text = "spec:\n  containers:\n  - image: nvcr.io/x\n    env:\n    - name: NVIDIA_VISIBLE_DEVICES\n      value: all\n    resources:\n      limits:\n        nvidia.com/gpu: 1\n    command: [nvidia-smi, -L]\n"
    entries = read_yaml(text)
    assert named(entries, "image") == [("nvcr.io/x", "")]
    assert ("NVIDIA_VISIBLE_DEVICES", "all") in named(entries, "environment")
    assert ("spec.containers.resources.limits.nvidia.com/gpu", "1") in named(entries, "setting")
    assert named(entries, "command") == [("nvidia-smi", "-L")]
    (gpu,) = [entry for entry in entries if entry.name.endswith("nvidia.com/gpu")]
    assert gpu.span.line == 9


def test_yaml_steps_keep_their_lines() -> None:
    entries = read_yaml("jobs:\n  a:\n    steps:\n    - run: |\n        echo\n        nvidia-smi\n")
    (smi,) = [entry for entry in entries if entry.name == "nvidia-smi"]
    assert smi.span.line == 6


def test_yaml_anchors_do_not_explode() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefghij", "bcdefghijk", strict=False)
    )
    assert len(read_yaml(bomb)) < 25_000


def test_json() -> None:
    entries = read_json('{\n "a": [{"gpu_type": "nvidia-l4"}],\n "b": 1\n}')
    assert [(e.name, e.value, e.span.line) for e in entries if e.kind == "setting"] == [("a.gpu_type", "nvidia-l4", 2)]


def test_conda() -> None:
    entries = read_yaml("channels: [nvidia]\ndependencies:\n  - cudatoolkit=11.8\n  - pip:\n    - cupy\n", is_conda=True)
    assert named(entries, "requirement") == [("cudatoolkit", "==11.8"), ("cupy", "")]
    assert named(entries, "index") == [("", "nvidia")]


def test_toml() -> None:
    text = '[project]\ndependencies = [\n  "torch>=2",\n  "cupy-cuda12x",\n]\n[tool.poetry.dependencies]\nxformers = "^0.0.28"\n'
    entries = read_toml_file(text)
    assert [(e.name, e.span.line) for e in entries if e.kind == "requirement"] == [
        ("torch", 3),
        ("cupy-cuda12x", 4),
        ("xformers", 7),
    ]


def test_setup_cfg_cmake_make() -> None:
    assert named(read_ini("[options]\ninstall_requires =\n  torch\n  cupy>=12\n"), "requirement") == [
        ("torch", ""),
        ("cupy", ">=12"),
    ]
    assert named(read_cmake("# enable_language(CUDA)\nproject(x LANGUAGES CXX CUDA)\n"), "setting") == [
        ("project", "x LANGUAGES CXX CUDA")
    ]
    assert named(read_make("ARCH := sm_80\nall:\n\t@nvcc -arch=$(ARCH) a.cu\n"), "command") == [("nvcc", "-arch=$(ARCH) a.cu")]


def test_cuda_source_counts_kernels_not_comments() -> None:
    text = "// __global__ void no()\n#include <cublas_v2.h>\n__global__ void __launch_bounds__(256) yes(int n) {}\nvoid f() { yes<<<1, 2>>>(3); cublasSgemm(); }\n"
    entries, native = read_native_source(text, is_cuda=True)
    assert named(entries, "kernel") == [("cuda-file", "yes")]
    assert native is not None and native.libraries == ("cublas",) and native.includes == ("cublas_v2.h",)
    kernel, launcher = native.functions
    assert (kernel.name, kernel.is_kernel, kernel.span.line) == ("yes", True, 3)
    assert (launcher.name, launcher.launches, launcher.libraries) == ("f", ("yes",), ("cublas",))


def test_what_a_source_registers_for_python() -> None:
    text = """
static void run(int n) { k<float><<<n, 1>>>(n); }
PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("forward", &run, "doc"); // m.def("no", &run)
}
TORCH_LIBRARY(mine, m) { m.def("op(Tensor x) -> Tensor"); }
TORCH_LIBRARY_IMPL(mine, CUDA, m) { m.impl("op", TORCH_FN(ns::run)); }
static auto r = torch::RegisterOperators().op("old::op2", &run);
"""
    _, native = read_native_source(text, is_cuda=False)
    assert native is not None and native.functions[0].launches == ("k",)
    assert [(r.kind, r.owner, r.symbol, r.function, r.device) for r in native.registrations if r.symbol] == [
        ("module", "TORCH_EXTENSION_NAME", "forward", "run", ""),
        ("operator", "mine", "op", "", ""),
        ("operator", "mine", "op", "run", "CUDA"),
        ("operator", "old", "op2", "run", ""),
    ]


def notebook(*cells: str) -> str:
    return json.dumps(
        {"cells": [{"cell_type": "markdown", "source": "# cuda"}] + [{"cell_type": "code", "source": cell} for cell in cells]},
        indent=1,
    )


def test_notebook_cells_share_one_namespace(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text(notebook("%matplotlib inline\nimport torch as t", "!pip install cupy\nt.cuda.synchronize()"))
    read = read_file(tmp_path, SourceFile("n.ipynb", "notebook", 1))
    assert read.problems == () and read.python is not None
    assert [cell.number for cell in read.cells] == [1, 2]
    assert any(getattr(use.target, "name", "") == "torch.cuda.synchronize" and use.span.line == 4 for use in read.python.uses)
    assert named(read.entries, "requirement") == [("cupy", "")]


def test_a_broken_cell_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text(notebook("def (:", "import torch\ntorch.cuda.synchronize()"))
    read = read_file(tmp_path, SourceFile("n.ipynb", "notebook", 1))
    assert [problem.reason for problem in read.problems] == ["syntax-error"]
    assert read.python is not None and read.python.uses


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.py", b"print 'hello'\n", "python-2"),
        ("a.py", b"def f(:\n", "syntax-error"),
        ("a.py", b"x = '\xff'\n", "encoding"),
        ("a.py", b"# -*- coding: no-such-codec -*-\n", "encoding"),
        ("a.py", b"x = 1\0\n", "nul-byte"),
        ("a.py", b"x = " + b"(" * 5000 + b")" * 5000, ("syntax-error", "too-deep")),
        ("a.py", b"x = " + b"-" * 50000 + b"1\n", ("syntax-error", "too-deep")),
        ("a.ipynb", b"{", "malformed"),
        ("a.ipynb", b"[]", "malformed"),
        ("a.ipynb", b"[" * 100_000, "malformed"),
        ("pyproject.toml", b"[project\n", "malformed"),
        ("a.yaml", b"cuda: [\n", "malformed"),
    ],
)
def test_a_broken_file_is_a_problem_with_a_reason(tmp_path: Path, name: str, data: bytes, reason: str | tuple[str, ...]) -> None:
    from analyzer.discover.kinds import kind_of

    (tmp_path / name).write_bytes(data)
    read = read_file(tmp_path, SourceFile(name, kind_of(name) or "", len(data)))
    (problem,) = read.problems
    assert problem.reason in ((reason,) if isinstance(reason, str) else reason)


def test_declared_encoding_is_honoured(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes("# coding: latin-1\nx = 'é'\n".encode("latin-1"))
    assert read_file(tmp_path, SourceFile("a.py", "python", 1)).problems == ()


def test_a_link_that_appears_after_the_walk_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x = 1")
    (tmp_path / "a.py").symlink_to(tmp_path / "secret")
    (problem,) = read_file(tmp_path, SourceFile("a.py", "python", 1)).problems
    assert problem.reason == "unreadable"
