"""Kernels are work once: not for every launch, copy or instantiation of them."""

from __future__ import annotations

from dataclasses import replace

from analyzer.assess.kernel_work import KernelWork
from analyzer.knowledge.effort_constants import load_effort_constants
from analyzer.model.finding import Finding, Origin
from analyzer.model.kernels import ExtensionModule, Kernel, KernelInventory
from analyzer.model.span import Span

CONSTANTS = replace(load_effort_constants(), draws=400)


def kernel(name: str, path: str = "ops.cu", sites: tuple[Origin, ...] = (), copies: tuple[Origin, ...] = ()) -> Kernel:
    return Kernel(f"{path}:{name}", name, "cuda", path, 1, 9, False, (), (), (), (), sites, copies, "")


def extension(name: str, kernels: tuple[str, ...]) -> ExtensionModule:
    return ExtensionModule(name, "module", True, "setup.py", 1, (), (), kernels, ())


def finding(path: str, line: int = 1, symbol: str = "_C.f", rule: str = "native-extension-call") -> Finding:
    span = Span(line, 1, line, 9)
    return Finding(
        rule, "kernels", "custom-cuda-kernel", "blocker", "high", path, span, span, None, None, symbol, "x", False, "",
        False, False, None, "0", None, None,
    )  # fmt: skip


def test_a_launch_belongs_to_the_file_of_its_kernel_and_adds_nothing() -> None:
    work = KernelWork(KernelInventory((kernel("a", sites=(Origin("use.py", 7),)), kernel("b")), (), ()))
    source, call = finding("ops.cu", symbol="kernels: a, b"), finding("use.py", 7)
    assert work.group(source) == work.group(call) == "ops.cu"
    both = 1 + CONSTANTS.extra_kernel_weight
    assert work.weight("ops.cu", [source], CONSTANTS) == work.weight("ops.cu", [source, call, call], CONSTANTS) == both


def test_a_copy_belongs_to_the_original() -> None:
    work = KernelWork(KernelInventory((kernel("a", copies=(Origin("copy.cu", 1),)),), (), ()))
    assert work.group(finding("copy.cu", symbol="kernels: a")) == "ops.cu"


def test_calls_into_an_extension_count_only_if_it_has_no_kernels_of_its_own() -> None:
    work = KernelWork(KernelInventory((), (extension("_C", ("ops.cu:a",)), extension("_blas", ())), ()))
    call, library = finding("use.py", symbol="_C.f"), finding("use.py", symbol="_blas.gemm")
    assert (work.group(call), work.group(library)) == ("extension _C", "extension _blas")
    assert work.weight("extension _C", [call], CONSTANTS) == 0
    assert work.weight("extension _blas", [library, library], CONSTANTS) == 1


def test_a_source_without_kernels_counts_little_and_an_instantiation_nothing() -> None:
    work = KernelWork(KernelInventory((), (), ("helpers.cu",)))
    assert work.weight("helpers.cu", [finding("helpers.cu", symbol="kernels: ")], CONSTANTS) == CONSTANTS.header_kernel_weight
    assert work.weight("made.cu", [finding("made.cu", symbol="kernels: ")], CONSTANTS) == 0
