"""The kind of a file, by its name alone."""

from __future__ import annotations

import re

BY_SUFFIX = {
    ".py": "python", ".pyw": "python", ".ipynb": "notebook", ".pyx": "cython", ".pxd": "cython",
    ".cu": "cuda", ".cuh": "cuda",
    ".c": "cpp", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".h": "cpp", ".hpp": "cpp",
    ".sh": "shell", ".bash": "shell", ".zsh": "shell", ".slurm": "shell", ".sbatch": "shell", ".bat": "shell",
    ".ps1": "shell", ".env": "shell",
    ".yml": "yaml", ".yaml": "yaml", ".json": "json", ".toml": "toml", ".cfg": "ini", ".ini": "ini",
    ".cmake": "cmake", ".mk": "make", ".tf": "terraform", ".dockerfile": "container",
    ".onnx": "model", ".engine": "model", ".plan": "model", ".pt": "model", ".pth": "model",
    ".safetensors": "model", ".gguf": "model",
}  # fmt: skip

_BY_NAME = (
    (re.compile(r"(requirements|constraints)[^/]*\.(txt|in)$", re.IGNORECASE), "requirements"),
    (re.compile(r"(^|/)requirements/[^/]*\.(txt|in)$", re.IGNORECASE), "requirements"),
    (re.compile(r"(^|/)(Dockerfile|Containerfile)[^/]*$|\.Dockerfile$"), "container"),
    (re.compile(r"(^|/)(conda[^/]*|environment[^/]*)\.ya?ml$"), "conda"),
    (re.compile(r"(^|/)(meta)\.ya?ml$"), "conda"),
    (re.compile(r"(^|/)CMakeLists\.txt$"), "cmake"),
    (re.compile(r"(^|/)([Mm]akefile|GNUmakefile)[^/]*$"), "make"),
    (re.compile(r"(^|/)Pipfile$"), "toml"),
    (re.compile(r"(^|/)\.env[^/]*$"), "shell"),
)  # fmt: skip

TEXT_KINDS = frozenset(
    {"python", "notebook", "cython", "cuda", "cpp", "shell", "yaml", "json", "toml", "ini", "cmake", "make",
     "terraform", "container", "conda", "requirements"}
)  # fmt: skip


def kind_of(path: str) -> str | None:
    """The kind of a POSIX path, or None for files that say nothing about CUDA (prose, data, pictures ...)."""
    for pattern, kind in _BY_NAME:
        if pattern.search(path):
            return kind
    name = path.rsplit("/", 1)[-1]
    dot = name.rfind(".")
    return BY_SUFFIX.get(name[dot:].lower()) if dot >= 0 else None


_TESTS = re.compile(r"(^|/)(tests?|testing|unittests?)(/|$)|(^|/)(test_[^/]*|[^/]*_tests?|conftest)\.py$", re.IGNORECASE)


def is_test_path(path: str) -> bool:
    """Whether a path is test code by the usual conventions."""
    return _TESTS.search(path) is not None
