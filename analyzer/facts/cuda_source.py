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
_LIBRARY = re.compile(r"\b(cublas|cudnn|cufft|curand|cusparse|cusolver|nccl|cutlass|cub|thrust)(?=[A-Z:_])", re.IGNORECASE)


def read_cuda_source(text: str) -> tuple[Entry, ...]:
    """One `kernel` entry for the file (named `cuda-file`, value: its kernels), and one `library-call` a library."""
    lines = Lines(text)
    code = _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)
    code = _ATTRIBUTE.sub(" ", code)
    first = next((number for number, line in enumerate(lines.lines, 1) if line.strip()), 1)
    kernels = sorted(set(_KERNEL.findall(code)))
    span = Span(first, 1, first, len(lines.lines[first - 1].rstrip()) + 1)
    libraries = sorted({name.lower() for name in _LIBRARY.findall(code)})
    return (
        Entry("kernel", "cuda-file", ", ".join(kernels), span),
        Entry("launch", "cuda-file", str(len(_LAUNCH.findall(code))), span),
        *(Entry("library-call", name, "", span) for name in libraries),
    )
