"""CUDA C++ sources: which kernels they define, how often they launch some, which CUDA libraries they call."""

from __future__ import annotations

import re

from analyzer.facts.positions import Lines
from analyzer.model.facts import Entry
from analyzer.model.span import Span

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_ATTRIBUTE = re.compile(
    r"__launch_bounds__\s*\([^()]*\)|__cluster_dims__\s*\([^()]*\)"
    r"|__attribute__\s*\(\([^()]*\)\)"
)
_KERNEL = re.compile(r"__global__\s+[^(){};]*?\b(\w+)\s*\(")
_LAUNCH = re.compile(r"\b(\w+)\s*(?:<[^;<>]*>)?\s*<<<")
LIBRARIES = ("cublas", "cudnn", "cufft", "curand", "cusparse", "cusolver", "nccl", "cutlass", "cub", "thrust")
_LIBRARY = {name: re.compile(rf"\b{name}(?=[A-Z:_])|\b{name}::", re.IGNORECASE if name == "nccl" else 0) for name in LIBRARIES}


def read_cuda_source(text: str) -> tuple[Entry, ...]:
    """One `kernel` entry for the file (named `cuda-file`, value: its kernels), and one `library-call` a library."""
    lines = Lines(text)
    code = _COMMENT.sub(" ", text)
    if "__global__" in code:
        code = _ATTRIBUTE.sub(" ", code)
    first = next((number for number, line in enumerate(lines.lines, 1) if line.strip()), 1)
    kernels = sorted(set(_KERNEL.findall(code))) if "__global__" in code else []
    launches = len(_LAUNCH.findall(code)) if "<<<" in code else 0
    span = Span(first, 1, first, len(lines.lines[first - 1].rstrip()) + 1)
    libraries = [name for name in LIBRARIES if name in code and _LIBRARY[name].search(code)]
    return (
        Entry("kernel", "cuda-file", ", ".join(kernels), span),
        Entry("launch", "cuda-file", str(launches), span),
        *(Entry("library-call", name, "", span) for name in sorted(libraries)),
    )
