"""The kind of a file, by its name alone."""

from __future__ import annotations

import re
from functools import lru_cache

BY_SUFFIX = {
    ".py": "python", ".pyw": "python", ".ipynb": "notebook", ".pyx": "cython", ".pxd": "cython", ".pxi": "cython",
    ".cu": "cuda", ".cuh": "cuda",
    ".c": "cpp", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".h": "cpp", ".hpp": "cpp",
    ".sh": "shell", ".bash": "shell", ".zsh": "shell", ".ksh": "shell", ".csh": "shell", ".fish": "shell", ".slurm": "shell",
    ".sbatch": "shell", ".pbs": "shell", ".lsf": "shell", ".sge": "shell", ".qsub": "shell", ".env": "shell",
    ".bat": "batch", ".cmd": "batch", ".ps1": "powershell",
    ".yml": "yaml", ".yaml": "yaml", ".json": "json", ".jsonc": "json", ".toml": "toml", ".cfg": "ini", ".ini": "ini",
    ".sub": "ini", ".condor": "ini",
    ".cmake": "cmake", ".mk": "make", ".bzl": "bazel", ".bazel": "bazel",
    ".tf": "terraform", ".hcl": "terraform", ".tfvars": "terraform", ".nomad": "terraform",
    ".dockerfile": "container", ".containerfile": "container", ".def": "singularity", ".pbtxt": "protobuf",
    ".jenkinsfile": "jenkins",
    ".onnx": "model", ".engine": "model", ".plan": "model", ".trt": "model", ".timing_cache": "model", ".pt": "model",
    ".pth": "model", ".ckpt": "model", ".torchscript": "model", ".safetensors": "model", ".gguf": "model", ".cubin": "model",
    ".fatbin": "model", ".ptx": "model",
}  # fmt: skip


@lru_cache(maxsize=1)
def _by_name() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Kinds by the whole name. Made when the first such name comes up: a check of sources never needs them."""
    return (
        (re.compile(r"(^|/)((poetry|uv|pdm|pixi|Pipfile)\.lock|conda-lock\.ya?ml)$"), "lock"),
        (re.compile(r"conda[^/]*\.lock$|-(64|aarch64)\.lock$"), "lock"),
        (re.compile(r"(requirements|constraints)[^/]*\.(txt|in)$", re.IGNORECASE), "requirements"),
        (re.compile(r"(^|/)requirements/[^/]*\.(txt|in)$", re.IGNORECASE), "requirements"),
        (re.compile(r"(^|/)requirements[^/]*\.lock$"), "requirements"),
        (re.compile(r"(^|/)([Dd]ockerfile|[Cc]ontainerfile)([._-](?![^/]*\.(py|md|sh|rst|json|ya?ml)$)[^/]*)?$"), "container"),
        (re.compile(r"(^|/)(conda[^/]*|environment[^/]*|env)\.ya?ml$"), "conda"),
        (re.compile(r"(^|/)(meta|recipe)\.ya?ml$"), "conda"),
        (re.compile(r"(^|/)(conda_envs?|conda-envs?|conda/environments)/[^/]*\.ya?ml$"), "conda"),
        (re.compile(r"(^|/)CMakeLists\.txt$|\.cmake\.in$"), "cmake"),
        (re.compile(r"(^|/)meson(\.build|_options\.txt|\.options)$"), "cmake"),
        (re.compile(r"(^|/)([Mm]akefile|GNUmakefile)[^/]*$"), "make"),
        (re.compile(r"(^|/)(BUILD|WORKSPACE)(\.bazel)?$"), "bazel"),
        (re.compile(r"(^|/)Jenkinsfile[^/]*$"), "jenkins"),
        (re.compile(r"(^|/)Pipfile$"), "toml"),
        (re.compile(r"(^|/)\.env[^/]*$"), "shell"),
        (re.compile(r"(^|/)(pytorch_model|adapter_model|diffusion_pytorch_model|consolidated)[^/]*\.bin$"), "model"),
        (re.compile(r"(^|/)(saved_model|[^/]*(frozen|graph|inference)[^/]*)\.pb$"), "model"),
        (re.compile(r"(^|/)[^/]*(cuda|cudnn|cublas|nccl|tensorrt|nvinfer)[^/]*\.so$", re.IGNORECASE), "model"),
        (re.compile(r"(^|/)[^/]*(timing|tensorrt|trt)[^/]*\.cache$", re.IGNORECASE), "model"),
    )  # fmt: skip


_SOURCES = frozenset({"python", "notebook", "cython", "cuda", "cpp"})
"""What a suffix alone decides: `Makefile.py` is Python."""

TEXT_KINDS = frozenset(
    {"python", "notebook", "cython", "cuda", "cpp", "shell", "batch", "powershell", "yaml", "json", "toml", "ini", "cmake",
     "make", "bazel", "terraform", "protobuf", "jenkins", "singularity", "container", "conda", "requirements", "lock"}
)  # fmt: skip


def kind_of(path: str) -> str | None:
    """The kind of a POSIX path, or None for files that say nothing about CUDA (prose, data, pictures ...)."""
    name = path.rsplit("/", 1)[-1]
    dot = name.rfind(".")
    by_suffix = BY_SUFFIX.get(name[dot:].lower()) if dot >= 0 else None
    if by_suffix in _SOURCES:
        return by_suffix
    return next((kind for pattern, kind in _by_name() if pattern.search(path)), by_suffix)


_TESTS = re.compile(r"(^|/)(tests?|testing|unittests?)(/|$)|(^|/)(test_[^/]*|[^/]*_tests?|conftest)\.py$", re.IGNORECASE)


@lru_cache(maxsize=65536)
def is_test_path(path: str) -> bool:
    """Whether a path is test code by the usual conventions."""
    return _TESTS.search(path) is not None
