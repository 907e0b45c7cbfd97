"""Custom GPU kernels as things that a person would move: each once, with all that hangs on it."""

from __future__ import annotations

from analyzer.model.finding import Origin
from analyzer.model.named_tuple import NamedTuple


class Kernel(NamedTuple):
    """One kernel of the repository, templated or copied as often as it may be.

    `language` is `cuda` (a CUDA source), `cuda-string` (CUDA C++ or PTX in a Python string), or one that embeds in
    Python: `triton`, `numba`, `cupy`, `warp`, `cute`, `cutile`, `helion`, `tilelang`. `lines` counts the source lines of
    its definition; 0 where a macro hides where it ends.
    """

    id: str
    name: str
    language: str
    path: str
    line: int
    lines: int
    is_template: bool
    features: tuple[str, ...]
    """What makes it hard to move: "shared memory", "tensor cores", "inline assembly" ..."""
    libraries: tuple[str, ...]
    """CUDA libraries that it, or the functions on the way to it, use."""
    extensions: tuple[str, ...]
    """Compiled modules, and operator namespaces, that contain it."""
    symbols: tuple[str, ...]
    """Names registered for Python that lead to it: `module.symbol`."""
    call_sites: tuple[Origin, ...]
    """Where Python code outside of kernels launches it or calls a symbol that leads to it."""
    copies: tuple[Origin, ...]
    """Where the same definition stands again."""
    fallback: str
    """How the callers get along without it ("x.is_cuda is checked, line 12"), or "" where some do not."""


class ExtensionModule(NamedTuple):
    """A compiled module, or a namespace of registered operators, that the repository builds or registers."""

    name: str
    kind: str
    """`module` or `operators`."""
    is_cuda: bool
    path: str
    line: int
    sources: tuple[str, ...]
    symbols: tuple[str, ...]
    kernels: tuple[str, ...]
    """Ids of the kernels that its sources and what they include define."""
    libraries: tuple[str, ...]


class KernelInventory(NamedTuple):
    """All kernels and extensions, sorted by id and name."""

    kernels: tuple[Kernel, ...]
    extensions: tuple[ExtensionModule, ...]
    host_files: tuple[str, ...]
    """CUDA sources that define functions but no kernel of their own: helpers and calls of CUDA libraries."""


NO_KERNELS = KernelInventory((), (), ())
