"""Exact places and bounded work in files for deployment: containers, clusters, clouds, schedulers, model files."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.discover.kinds import TEXT_KINDS, kind_of
from analyzer.facts.artifact import MOST_BYTES, read_artifact
from analyzer.facts.build_files import read_bazel, read_cmake, read_cython, read_ini, read_make
from analyzer.facts.container import read_container, read_singularity
from analyzer.facts.infrastructure import read_jenkinsfile, read_protobuf_text, read_terraform
from analyzer.facts.instances import is_instance_type
from analyzer.facts.locks import read_lock
from analyzer.facts.positions import Lines
from analyzer.facts.read_file import read_file
from analyzer.facts.requirements import read_requirements
from analyzer.facts.shell import command_entries, read_batch, read_powershell, read_shell
from analyzer.facts.structured import read_json, read_toml_file, read_yaml
from analyzer.facts.toml_places import toml_leaves
from analyzer.model.facts import Entry
from analyzer.model.source import SourceFile
from analyzer.model.span import Span


def placed(entries: tuple[Entry, ...], kind: str) -> list[tuple[str, str, int]]:
    return [(entry.name, entry.value, entry.span.line) for entry in entries if entry.kind == kind]


def names(entries: tuple[Entry, ...], kind: str) -> list[str]:
    return [entry.name for entry in entries if entry.kind == kind]


# ---- shell -----------------------------------------------------------------------------------------------------------


def test_each_option_of_a_long_command_has_its_own_line() -> None:
    text = "docker run --rm \\\n  --gpus=all \\\n  -e NCCL_DEBUG=INFO \\\n  nvcr.io/nvidia/pytorch:24.05-py3 \\\n  nvidia-smi\n"
    entries = read_shell(text)
    assert ("docker", "--gpus all", 2) in placed(entries, "option")
    assert placed(entries, "environment") == [("NCCL_DEBUG", "INFO", 3)]
    assert placed(entries, "image") == [("nvcr.io/nvidia/pytorch:24.05-py3", "", 4)]
    assert placed(entries, "command")[1] == ("nvidia-smi", "", 5)
    assert placed(entries, "command")[0][1].count("\n") == 4


def test_quotes_substitutions_and_braces_do_not_derail() -> None:
    text = (
        'A=${B:="/data/${C}"}\nD="x $(nvidia-smi -L | wc -l) y"\nE=`nvcc --version`\necho "don\'t"  # nvidia-smi\n'
        "F='a\nb' nvidia-smi\n"
    )
    entries = read_shell(text)
    assert [(name, line) for name, _, line in placed(entries, "command") if name.startswith("nv")] == [
        ("nvidia-smi", 6), ("nvidia-smi", 2), ("nvcc", 3),
    ]  # fmt: skip
    assert [line for _, _, line in placed(entries, "environment")] == [1, 2, 3, 5]


def test_options_and_images_in_variables() -> None:
    text = 'ARGS=" \\\n  --a 1 \\\n  --kv-cache-dtype fp8 \\\n"\nexport IMAGE=nvcr.io/nvidia/pytorch:24.05-py3 B=/usr/local/cuda\n'
    entries = read_shell(text)
    assert ("ARGS", "--kv-cache-dtype fp8", 3) in placed(entries, "option")
    assert placed(entries, "image") == [("nvcr.io/nvidia/pytorch:24.05-py3", "", 5)]
    assert [(name, line) for name, _, line in placed(entries, "environment")] == [("ARGS", 1), ("IMAGE", 5), ("B", 5)]


def test_documents_in_scripts_are_read_where_a_shell_reads_them() -> None:
    text = "cat <<EOF\nnvidia-smi\nEOF\nbash <<'EOF'\nnvidia-smi -L\nEOF\ncat > job.sh <<EOF\nnvcc a.cu\nEOF\nnvidia-smi -q\n"
    entries = read_shell(text)
    assert [(n, v, line) for n, v, line in placed(entries, "command") if n.startswith("nv")] == [
        ("nvidia-smi", "-q", 10), ("nvidia-smi", "-L", 5), ("nvcc", "a.cu", 8),
    ]  # fmt: skip


def test_a_program_that_is_only_asked_for() -> None:
    entries = read_shell("if command -v nvcc >/dev/null 2>&1; then\n  which nvidia-smi\nfi\n")
    assert placed(entries, "command") == [("nvcc", "looked up", 1), ("nvidia-smi", "looked up", 2)]


def test_nested_command_lines() -> None:
    entries = read_shell(
        "ssh host 'CUDA_VISIBLE_DEVICES=0 python a.py'\nsrun --gres=gpu:2 bash -c \"nvcc a.cu\"\nxargs nvidia-smi\n"
    )
    assert ("CUDA_VISIBLE_DEVICES", "0", 1) in placed(entries, "environment")
    assert ("nvcc", "a.cu", 2) in placed(entries, "command")
    assert ("nvidia-smi", "", 3) in placed(entries, "command")


def test_what_is_installed() -> None:
    text = (
        "uv pip install -U vllm --torch-backend=cu128 --extra-index-url https://x.test/whl/cu128\n"
        "python -m pip install 'xformers>=0.0.20' ./a/mamba_ssm-2.2.4+cu12torch2.6-cp311-cp311-linux_x86_64.whl\n"
        "conda create -n x python=3.11 nvidia::cuda-nvcc=12.4 -c nvidia\npip uninstall -y triton\n"
        "apt-get install -y \\\n  libfoo \\\n  libcudnn9\nmodule load gcc cuda/12.1\npip install -r requirements.txt 'jax[cuda12]'\n"
    )
    entries = read_shell(text)
    assert placed(entries, "requirement") == [
        ("vllm", "", 1), ("xformers", ">=0.0.20", 2), ("mamba-ssm", "==2.2.4+cu12torch2.6", 2), ("python", "==3.11", 3),
        ("cuda-nvcc", "==12.4", 3), ("jax", "[cuda12]", 9),
    ]  # fmt: skip
    assert placed(entries, "index") == [
        ("", "torch-backend=cu128", 1), ("", "https://x.test/whl/cu128", 1), ("", "nvidia", 3),
    ]  # fmt: skip
    assert ("apt-get", "install libcudnn9", 7) in placed(entries, "option")
    assert ("module", "load cuda/12.1", 8) in placed(entries, "option")


def test_scheduler_directives_with_several_options() -> None:
    entries = read_shell(
        "#!/bin/bash\n#SBATCH -N 2 --gres=gpu:a100:4  # four\n#PBS -l select=1:ngpus=2\n#BSUB -gpu num=2\n# SBATCHING on\n"
    )
    assert ("scheduler.gres", "gpu:a100:4", 2) in placed(entries, "setting")
    assert ("scheduler.l", "select=1:ngpus=2", 3) in placed(entries, "setting")
    assert ("scheduler.gpu", "num=2", 4) in placed(entries, "setting")
    assert placed(entries, "instance") == [("a100", "4", 2)]


def test_windows_scripts() -> None:
    assert placed(read_batch("@echo off\nREM nvcc\nset CUDA_HOME=C:\\cuda\nnvcc -c a.cu\n"), "environment") == [
        ("CUDA_HOME", "C:\\cuda", 3)
    ]
    entries = read_powershell('$env:CUDA_PATH = "C:\\cuda"\n& "$p\\bin\\nvcc.exe" --version\n')
    assert placed(entries, "environment") == [("CUDA_PATH", "C:\\cuda", 1)]
    assert placed(entries, "command") == [("nvcc.exe", "--version", 2)]


def test_one_line_of_python() -> None:
    span = Span(7, 1, 9, 2)
    assert {entry.span for entry in command_entries("docker run --gpus all x \\\n y", span)} == {
        span._replace(end_line=7, end_column=2),
        span,
    }


# ---- containers ------------------------------------------------------------------------------------------------------


def test_dockerfile_stages_arguments_and_copies() -> None:
    text = (
        "ARG V=12.4\nARG BASE=nvcr.io/nvidia/pytorch:24.05-py3\nFROM --platform=linux/amd64 nvidia/cuda:${V}-base AS build\n"
        "FROM build AS second\nFROM ${BASE}\nCOPY --from=build /a /a\nCOPY --from=nvidia/cuda:${V:-1} /b /b\nFROM second\n"
        "FROM ${UNKNOWN:-nvidia/x}:1\n"
    )
    assert placed(read_container(text), "image") == [
        ("nvcr.io/nvidia/pytorch:24.05-py3", "", 2), ("nvidia/cuda:12.4-base", "", 3), ("nvcr.io/nvidia/pytorch:24.05-py3", "", 5),
        ("nvidia/cuda:12.4", "", 7), ("nvidia/x:1", "", 9),
    ]  # fmt: skip


def test_dockerfile_lines_comments_documents_and_vectors() -> None:
    text = (
        "# escape=`\nFROM x\nRUN a `\n  # between\n  && pip install cupy `\n  && nvcc -V\nRUN <<EOF\npip install apex\nEOF\n"
        'ENV A=1 `\n  NCCL_DEBUG=INFO\nENV CUDA_HOME /usr/local/cuda\nCMD ["nvidia-smi", "-L"]\nONBUILD RUN nvcc b.cu\n'
        "RUN python <<EOF\nnvidia-smi\nEOF\n"
    )
    entries = read_container(text)
    assert placed(entries, "requirement") == [("cupy", "", 5), ("apex", "", 8)]
    assert ("nvcc", "-V", 6) in placed(entries, "command")
    assert ("nvidia-smi", "-L", 13) in placed(entries, "command")
    assert ("nvcc", "b.cu", 14) in placed(entries, "command")
    assert [line for name, _, line in placed(entries, "command") if name == "nvidia-smi"] == [13]
    assert placed(entries, "environment") == [("A", "1", 10), ("NCCL_DEBUG", "INFO", 11), ("CUDA_HOME", "/usr/local/cuda", 12)]


def test_singularity() -> None:
    text = "Bootstrap: docker\nFrom: nvidia/cuda:12.4.1-base\n\n%post\n  pip install cupy\n%files\n  nvidia-smi\n"
    entries = read_singularity(text)
    assert placed(entries, "image") == [("nvidia/cuda:12.4.1-base", "", 2)]
    assert placed(entries, "requirement") == [("cupy", "", 5)]
    assert names(entries, "command") == ["pip"]
    assert read_singularity("LIBRARY cuda\nFrom: x\n") == ()


# ---- YAML ------------------------------------------------------------------------------------------------------------


def test_templates_are_read() -> None:
    text = (
        "{{- if .Values.on }}\nspec:\n  name: {{ .Release.Name }}\n  {{- with .Values.x }}\n  {{- toYaml . | nindent 2 }}\n  {{- end }}\n"
        "  limits:\n    nvidia.com/gpu: {{ .Values.gpus }}\n{{- end }}\n"
    )
    (gpu,) = [entry for entry in read_yaml(text) if entry.name == "spec.limits.nvidia.com/gpu"]
    assert gpu.span.line == 8
    broken = 'spec:\n  args: ["a",\n    "--x={{ .y }}",\n  {{ .z }}\n  limits:\n    nvidia.com/gpu: 2\n- image: nvcr.io/x\n'
    entries = read_yaml(broken)
    assert ("spec.limits.nvidia.com/gpu", "2", 6) in placed(entries, "setting")
    assert placed(entries, "image") == [("nvcr.io/x", "", 7)]


def test_conda_recipe_with_templates() -> None:
    text = (
        '{% set version = "1.0" %}\npackage:\n  version: {{ version }}\nrequirements:\n  host:\n    - cudatoolkit {{ cuda }}\n'
        "    - pytorch 2.1 *cuda*\n  run:\n    - conda-forge::cuda-version=12.4  # [linux]\n"
    )
    assert [(n, line) for n, _, line in placed(read_yaml(text, is_conda=True), "requirement")] == [
        ("cudatoolkit", 6), ("pytorch", 7), ("cuda-version", 9),
    ]  # fmt: skip


def test_lines_of_block_and_folded_scripts() -> None:
    text = 'run: |\n  echo\n\n  nvidia-smi\nscript: >\n  docker run\n  --gpus all x\nother: "bash\n  nvcc a.cu"\ncommand: "a &&\n  nvcc b.cu"\n'
    entries = read_yaml(text)
    assert [(n, line) for n, _, line in placed(entries, "command") if n.startswith("nv")] == [("nvidia-smi", 4), ("nvcc", 11)]
    assert ("docker", "--gpus all", 7) in placed(entries, "option")


def test_environment_lists_and_upper_case_keys() -> None:
    text = "env:\n  - name: A_B\n    value: cu128\n  - C_D=2\nENV_VARS:\n  NCCL_ALGO: Ring\n"
    assert placed(read_yaml(text), "environment") == [("A_B", "cu128", 2), ("C_D", "2", 4), ("NCCL_ALGO", "Ring", 6)]


def test_argument_vectors_have_a_line_each() -> None:
    text = 'args:\n  - --quantization\n  - awq\n  - --kv-cache-dtype=fp8\ncommand: ["sh", "-c", "nvidia-smi && x"]\nrunArgs: ["--gpus", "all"]\n'
    entries = read_yaml(text)
    assert ("args", "--quantization awq", 2) in placed(entries, "option")
    assert ("args", "--kv-cache-dtype fp8", 4) in placed(entries, "option")
    assert ("nvidia-smi", "", 5) in placed(entries, "command")
    assert ("runArgs", "--gpus all", 6) in placed(entries, "option")


# ---- JSON and TOML ---------------------------------------------------------------------------------------------------


def test_json_places_of_repeated_values_and_comments() -> None:
    text = '{\n  // gpu\n  "a": {"gpu": 1},\n  "b": [{"gpu_type": "nvidia-l4"},\n    {"gpu_type": "nvidia-l4"}],\n  "runArgs": ["--gpus", "all"],\n}\n'
    entries = read_json(text)
    assert [line for _, _, line in placed(entries, "instance")] == [4, 5]
    assert ("runArgs", "--gpus all", 6) in placed(entries, "option")
    assert ("a.gpu", "1", 3) in placed(entries, "setting")


def test_toml_places_of_repeated_values() -> None:
    text = (
        'a = "cu128" # cu128\n[t]\nb = "cu128"\n"c.d" = [\n  "cu128", # x\n  \'cu128\',\n]\n[[list]]\ne = { f = "cu128", g = 1 }\n'
        '[[list]]\ne.f = "cu128"\nh = """\ncu128 # no comment\n"""\ni = "x # cu128"\n'
    )
    expected = [
        ("a", "cu128", 1), ("t.b", "cu128", 3), ("t.c.d", "cu128", 5), ("t.c.d", "cu128", 6), ("list.e.f", "cu128", 9), ("list.e.g", "1", 9),
        ("list.e.f", "cu128", 11), ("list.h", "cu128 # no comment ", 12), ("list.i", "x # cu128", 15),
    ]  # fmt: skip
    assert placed(read_toml_file(text), "setting") == expected


def test_own_extras_are_no_requirements() -> None:
    text = '[project]\nname = "Fast_Ops"\n[project.optional-dependencies]\nall = ["fast-ops[cuda]", "cupy"]\n'
    assert names(read_toml_file(text), "requirement") == ["cupy"]


TOML_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x7f", min_codepoint=32), max_size=8)
TOML_VALUE = st.recursive(
    st.one_of(st.integers(-9, 99), st.booleans(), TOML_TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TOML_TEXT, inner, max_size=3)),
    max_leaves=8,
)


def as_toml(value: object, breaks: bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        gap = " # x ]\n " if breaks else ""
        return "[" + "".join(f"{as_toml(item, breaks)},{gap}" for item in value) + "]"
    assert isinstance(value, dict)
    return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {as_toml(item, False)}" for key, item in value.items()) + "}"


def leaf_texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in leaf_texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in leaf_texts(item)]
    return [str(value).lower() if isinstance(value, bool) else str(value)]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TOML_TEXT, TOML_VALUE, max_size=4), st.booleans())
def test_every_toml_value_is_found_once_in_order(document: dict[str, object], breaks: bool) -> None:
    text = "".join(f"{json.dumps(key, ensure_ascii=False)} = {as_toml(value, breaks)}\n" for key, value in document.items())
    assert tomli.loads(text) == document
    assert [leaf.text for leaf in toml_leaves(text, Lines(text), 10_000)] == leaf_texts(document)


# ---- requirements and locks ------------------------------------------------------------------------------------------


def test_requirement_forms() -> None:
    text = (
        "torch==2.6 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n-r base.txt\n-c constraints.txt\njax[cuda12] >= 0.4  # x\n"
        "git+https://h.test/NVlabs/tiny-cuda-nn/#subdirectory=bindings/torch\nflash-attn @ https://h.test/flash_attn-2.7+cu12.whl\n"
        "https://h.test/a/flash_attn-2.7.4+cu12torch2.6-cp311.whl\n"
    )
    assert placed(read_requirements(text), "requirement") == [
        ("torch", "==2.6", 1), ("jax", "[cuda12]>= 0.4", 6),
        ("tiny-cuda-nn", "git+https://h.test/NVlabs/tiny-cuda-nn/#subdirectory=bindings/torch", 7),
        ("flash-attn", "https://h.test/flash_attn-2.7+cu12.whl", 8), ("flash-attn", "==2.7.4+cu12torch2.6", 9),
    ]  # fmt: skip


def test_what_a_resolver_wrote_is_locked() -> None:
    text = "#\n# This file is autogenerated by pip-compile with Python 3.11\n#\nnvidia-cublas-cu12==12.4\n    # via torch\n"
    assert [(entry.kind, entry.name, entry.span.line) for entry in read_requirements(text)] == [("locked", "nvidia-cublas-cu12", 4)]
    exported = "".join(f'package{n}==1.{n} ; python_version >= "3.9"\n' for n in range(30))
    assert {entry.kind for entry in read_requirements(exported)} == {"locked"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'version = 1\n[[package]]\nname = "Torch"\nversion = "2.6.0+cu124"\ndependencies = [\n  { name = "x" },\n]\n',
            [("torch", "2.6.0+cu124", 3)],
        ),
        (
            '{\n    "_meta": {},\n    "default": {\n        "cupy": {\n            "version": "==13"\n        }\n    }\n}\n',
            [("cupy", "==13", 4)],
        ),
        ("package:\n- name: cuda-version\n  version: '12.4'\n", [("cuda-version", "12.4", 2)]),
        ("@EXPLICIT\nhttps://c.test/linux-64/cuda-nvcc-12.4.131-h1.conda#0a\n", [("cuda-nvcc", "12.4.131", 2)]),
    ],
)
def test_lock_files(text: str, expected: list[tuple[str, str, int]]) -> None:
    assert placed(read_lock(text), "locked") == expected


# ---- infrastructure --------------------------------------------------------------------------------------------------


def test_terraform() -> None:
    text = (
        'resource "aws_instance" "gpu" {\n  count = 2\n  instance_type = var.big ? "p4d.24xlarge" : "m5.large" # x\n'
        '  user_data = <<-EOT\n    #!/bin/sh\n    nvidia-smi\n  EOT\n  types = ["g5.xlarge",\n    "c5.large"]\n'
        '  limits = { "nvidia.com/gpu" = "1" }\n}\nmachine_type = "n1-standard-4"\nguest_accelerator { type = "nvidia-tesla-t4"\n count = 4 }\n'
    )
    entries = read_terraform(text)
    assert placed(entries, "instance") == [
        ("p4d.24xlarge", "2", 3), ("m5.large", "2", 3), ("g5.xlarge", "", 8), ("c5.large", "", 9), ("n1-standard-4", "", 12),
        ("nvidia-tesla-t4", "4", 13),
    ]  # fmt: skip
    assert ("nvidia-smi", "", 6) in placed(entries, "command")
    assert ("aws_instance.gpu.limits.nvidia.com/gpu", "1", 10) in placed(entries, "setting")


def test_accelerators_and_their_numbers() -> None:
    text = (
        "resources:\n  accelerators: A100:8\n  any_of:\n    - accelerators: {H100: 4}\n  gpu_type: nvidia-l4\n  gpu_count: 2\n  accelerator: cpu\n  gpu: true\n"
        "pool:\n  InstanceType: ml.g5.2xlarge\n  InstanceCount: 3\nkarp:\n  - key: karpenter.k8s.aws/instance-family\n    values: [g5, c7i]\n"
    )
    assert placed(read_yaml(text), "instance") == [
        ("a100", "8", 2), ("h100", "4", 4), ("nvidia-l4", "2", 5), ("ml.g5.2xlarge", "3", 10), ("g5", "", 14), ("c7i", "", 14),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "is_instance"),
    [
        ("p4d.24xlarge", True), ("ml.p5en.48xlarge", True), ("u-6tb1.metal", False), ("p6-b200.48xlarge", True), ("Standard_NC24ads_A100_v4", True),
        ("a2-highgpu-1g", True), ("g2-standard-12", True), ("BM.GPU.H100.8", True), ("gpu_8x_a100_80gb_sxm4", True), ("ecs.gn7i-c8g1.2xlarge", True),
        ("trn1.32xlarge", True), ("model.large", False), ("whisper.medium", False), ("v1.2xlarge-notes", False), ("standard_deviation", False),
    ],
)  # fmt: skip
def test_the_shape_of_instance_types(text: str, is_instance: bool) -> None:
    assert is_instance_type(text) is is_instance


def test_protobuf_text() -> None:
    text = 'name: "m" # c\nplatform: "tensorrt_plan"\ninstance_group [\n  { kind: KIND_GPU count: 2 gpus: [ 0, 1 ] },\n  { kind: KIND_CPU }\n]\noptimization { cuda { graphs: true } }\n'
    assert [row for row in placed(read_protobuf_text(text), "setting") if row[0] != "name"] == [
        ("platform", "tensorrt_plan", 2), ("instance_group.kind", "KIND_GPU", 4), ("instance_group.count", "2", 4), ("instance_group.gpus", "0", 4),
        ("instance_group.gpus", "1", 4), ("instance_group.kind", "KIND_CPU", 5), ("optimization.cuda.graphs", "true", 7),
    ]  # fmt: skip


def test_jenkinsfile() -> None:
    text = "agent { label 'gpu' }\nimage 'nvidia/cuda:12'\nargs '--gpus all'\nsh '''\n  nvidia-smi\n'''\n// sh 'nvcc'\n"
    entries = read_jenkinsfile(text)
    assert placed(entries, "setting") == [("agent.label", "gpu", 1)]
    assert placed(entries, "image") == [("nvidia/cuda:12", "", 2)]
    assert ("args", "--gpus all", 3) in placed(entries, "option")
    assert [(n, line) for n, _, line in placed(entries, "command") if n.startswith("nv")] == [("nvidia-smi", 5)]


# ---- build files -----------------------------------------------------------------------------------------------------


def test_cmake_lines_of_a_long_call() -> None:
    text = 'add_library(a\n  x.cpp\n  "y#z.cu" # comment\n)\nif(A AND (B OR C))\nendif()\nset(X "(")\n'
    rows = placed(read_cmake(text), "setting")
    assert rows == [("add_library", 'a\nx.cpp\n"y#z.cu"', 1), ("if", "A AND (B OR C)", 5), ("and", "B OR C", 5), ("endif", "", 6)]


def test_make_bazel_meson_cython() -> None:
    entries = read_make(
        "export CUDA_HOME ?= /usr\nLIBS = -lm \\\n  -lcudart\nall:\n\t@$(NVCC) -c \\\n\t  a.cu\n\t$(run) nvidia-smi\n"
    )
    assert placed(entries, "environment") == [("CUDA_HOME", "/usr", 1)]
    assert placed(entries, "setting") == [("LIBS", "-lm", 2), ("LIBS", "-lcudart", 3)]
    assert [(name, line) for name, _, line in placed(entries, "command")] == [("$(NVCC)", 5), ("${run}", 7)]
    entries = read_bazel('cuda_library(\n  name = "x", # "no"\n)\n')
    assert placed(entries, "setting") == [("bazel.call", "cuda_library", 1), ("bazel.label", "x", 2)]
    entries = read_cmake("executable('a', dependencies: [dependency('cuda')])\n")
    assert ("dependency", "'cuda'", 1) in placed(entries, "setting")
    entries = read_cython('cdef extern from "cuda.h":\n    int cuInit(int)\ncimport cupy # x\n')
    assert placed(entries, "setting") == [
        ("cython.extern", "cuda.h", 1),
        ("cython.call", "cuInit", 2),
        ("cython.cimport", "cupy", 3),
    ]


def test_ini_files() -> None:
    text = "[testenv]\ndeps =\n    gpu: cupy\nsetenv =\n    NCCL_DEBUG = INFO\ncommands = nvidia-smi\n[x]\nrequest_gpus = 2\n"
    entries = read_ini(text)
    assert placed(entries, "requirement") == [("cupy", "", 3)]
    assert placed(entries, "environment") == [("NCCL_DEBUG", "INFO", 5)]
    assert placed(entries, "command") == [("nvidia-smi", "", 6)]
    assert ("x.request_gpus", "2", 8) in placed(entries, "setting")


# ---- model files -----------------------------------------------------------------------------------------------------


def artifact(tmp_path: Path, name: str, data: bytes) -> list[tuple[str, str]]:
    path = tmp_path / name
    path.write_bytes(data)
    return [(entry.name, entry.value) for entry in read_artifact(path, name, len(data))]


def safetensors(length: int, header: bytes) -> bytes:
    return length.to_bytes(8, "little") + header + b"\0" * 16


HEADER = b'{"a":{"dtype":"F8_E4M3"},"b":{"dtype":"BF16"}}'


def torch_zip(names: list[str], padding: int = 0) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"\0" * padding)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.onnx", b"\x08\x09\0", [("onnx", "")]),
        ("a.onnx", b"just text", []),
        ("a.plan", b"ftrt\0\0", [("tensorrt-engine", "")]),
        ("a.plan", b"a plan in words", []),
        ("a.pt", torch_zip(["m/data.pkl", "m/version"]), [("torch-checkpoint", "zip")]),
        ("a.pt", torch_zip(["m/data.pkl", "m/code/__torch__.py"], 100_000), [("torchscript", "zip")]),
        ("a.pt", b"\x80\x02}q\0.", [("torch-checkpoint", "pickle")]),
        ("a.pt", b"1 2 3", []),
        ("a.pt", b"PK\x03\x04" + b"\xff" * 100_000, [("torch-checkpoint", "zip")]),
        ("a.safetensors", safetensors(len(HEADER), HEADER), [("safetensors", "BF16, F8_E4M3")]),
        ("a.safetensors", safetensors(2**60, HEADER), []),
        ("a.safetensors", b"\x01", []),
        ("a.gguf", b"GGUF\x03\0\0\0", [("gguf", "version 3")]),
        ("a.gguf", b"GGU", []),
        ("a.cubin", b"\x7fELF" + b"\0" * 14 + b"\xbe\0", [("cuda-binary", "cubin")]),
        ("a.cubin", b"\x7fELF" + b"\0" * 14 + b"\x3e\0", []),
        ("a.fatbin", b"\x50\xed\x55\xba", [("cuda-binary", "fatbin")]),
        ("a.ptx", b".version 8.4\n.target sm_80\n", [("ptx", "sm_80")]),
        ("a.ptx", b"a letter", []),
        ("libx_cuda.so", b"\x7fELF\0", [("cuda-library", "shared library")]),
        ("a.onnx", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", [("onnx", "git-lfs pointer")]),
        ("a.onnx", b"", []),
    ],
)
def test_model_files(tmp_path: Path, name: str, data: bytes, expected: list[tuple[str, str]]) -> None:
    assert artifact(tmp_path, name, data) == expected


def test_no_more_than_the_bound_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    class Counting(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            nonlocal read
            assert size is not None and size >= 0
            data = super().read(size)
            read += len(data)
            return data

    monkeypatch.setattr("analyzer.facts.artifact.open_regular", Counting)
    for data in (torch_zip(["m/data.pkl"], 300_000), safetensors(200_000, HEADER + b" " * 300_000)):
        path = tmp_path / "a.pt"
        path.write_bytes(data)
        read = 0
        read_artifact(path, "a.safetensors" if data[:2] != b"PK" else "a.pt", len(data))
        assert 0 < read <= MOST_BYTES


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["a.onnx", "a.plan", "a.pt", "a.safetensors", "a.gguf", "a.cubin", "a.ptx", "a_cuda.so"]),
    st.binary(max_size=200),
    st.sampled_from(
        [b"", b"PK\x03\x04", b"PK\x01\x02", b"GGUF", b"\x7fELF", b"\x80\x04", b"\xff" * 8 + b"{", b"\x10\0\0\0\0\0\0\0{"]
    ),
)
def test_any_model_file_gives_an_entry_or_none(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes, head: bytes
) -> None:
    assert len(artifact(tmp_path_factory.mktemp("model"), name, head + data)) <= 1


def test_a_model_file_that_became_a_link(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\x08\x09\0")
    (tmp_path / "a.onnx").symlink_to(tmp_path / "secret")
    read = read_file(tmp_path, SourceFile("a.onnx", "model", 3))
    assert read.entries == () and [problem.reason for problem in read.problems] == ["unreadable"]


# ---- bounds ----------------------------------------------------------------------------------------------------------

SEEDS = (
    '"', "'", "`", "$(", "${", "(", ")", "{", "}", "[", "{{", "{{a}}:", "<<A ", "<<A\n", "a(", "a=", "- ", "a: ", "&&", "\\\n", "/*", "#SBATCH -a\n",
    '"$(a "', "a\\\n#c\n", "FROM a\n", "1,", "a.b=", "label '", "{% ", "| ", "= ", "   ", "\n  ", "-gencode ", "cu1", "a/",
)  # fmt: skip


@pytest.mark.parametrize("kind", sorted(TEXT_KINDS - {"python", "notebook", "cuda", "cpp"}))
def test_long_lines_take_bounded_time(kind: str, tmp_path: Path) -> None:
    """Twice the text must not take four times as long: a sign of backtracking or of repeated searches."""
    for seed in SEEDS:
        took = []
        for size in (30_000, 120_000):
            (tmp_path / "file").write_text("cuda " + seed * (size // len(seed)))
            start = time.perf_counter()
            read_file(tmp_path, SourceFile("file", kind, size))
            took.append(time.perf_counter() - start)
        assert took[1] < 0.5 or took[1] < 9 * took[0], f"{kind} {seed!r}: {took}"


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(TEXT_KINDS)),
    st.lists(st.sampled_from([*SEEDS, "cuda", "\n", " ", "nvcc a.cu", "x: y", "EOF\n"]), max_size=30),
)
def test_any_mixture_gives_facts_or_a_problem(tmp_path_factory: pytest.TempPathFactory, kind: str, parts: list[str]) -> None:
    root = tmp_path_factory.mktemp("mixture")
    text = "".join(parts)
    (root / "file").write_text(text + "\ncuda")
    read = read_file(root, SourceFile("file", kind, 1))
    last = text.count("\n") + 3
    assert all(1 <= entry.span.line <= entry.span.end_line <= last for entry in read.entries)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("config.pbtxt", "protobuf"), ("Jenkinsfile", "jenkins"), ("uv.lock", "lock"), ("Pipfile.lock", "lock"), ("conda-lock.yml", "lock"),
        ("BUILD", "bazel"), ("x/defs.bzl", "bazel"), ("meson.build", "cmake"), ("train.pbs", "shell"), ("train.sub", "ini"), ("run.bat", "batch"),
        ("Dockerfile.py311", "container"), ("Dockerfile_template.py", "python"), ("dockerfile", "container"), ("image.def", "singularity"),
        ("main.tf", "terraform"), ("model.plan", "model"), ("lib_cuda_ops.so", "model"), ("libm.so", None), ("pytorch_model-00001.bin", "model"),
        ("data.bin", None), ("saved_model.pb", "model"), ("k.cubin", "model"), ("Cargo.lock", None), ("requirements-lock.txt", "requirements"),
    ],
)  # fmt: skip
def test_kinds_of_deployment_files(path: str, kind: str | None) -> None:
    assert kind_of(path) == kind


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "cuda:\n" + "- a\n" * 30_000),
        ("a.json", '{"gpu": [' + '"a",' * 30_000 + '"b"]}'),
        ("a.toml", "cuda = [" + "1," * 30_000 + "]\n"),
        ("a.tf", "cuda = [" + '"a",' * 30_000 + "]\n"),
        ("a.pbtxt", 'cuda: "a"\n' * 30_000),
        ("a.sh", "cuda\n" * 60_000),
    ],
)
def test_a_file_with_more_than_is_read_says_so(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    facts = read_file(tmp_path, SourceFile(name, kind_of(name) or "", len(text)))
    assert [problem.reason for problem in facts.problems] == ["too-many"]
    assert facts.entries and not any(entry.kind == "cut" for entry in facts.entries)


def test_a_quoted_command_among_the_words_of_a_vector() -> None:
    entries = read_container('FROM x\nCMD ["bash", "-c", "vllm serve model"]\n')
    assert [line for name, _, line in placed(entries, "command") if name == "vllm"] == [2]
