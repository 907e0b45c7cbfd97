"""Kernels are work once: not for every launch, copy or instantiation of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzer.assess.kernel_work import KernelWork, Shares
from analyzer.knowledge.effort_constants import load_effort_constants
from analyzer.knowledge.kernel_kinds import load_kernel_kinds
from analyzer.model.finding import Finding, Origin
from analyzer.model.kernels import ExtensionModule, Kernel, KernelInventory
from analyzer.model.span import Span
from analyzer.model.target import EffortRange

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


def units(work: KernelWork, group: str, *findings: Finding, target: str = "trainium2") -> float:
    return work.shares(group, findings, target, CONSTANTS).likely


def test_a_launch_belongs_to_the_file_of_its_kernel_and_adds_nothing() -> None:
    work = KernelWork(KernelInventory((kernel("a", sites=(Origin("use.py", 7),)), kernel("b")), (), ()))
    source, call = finding("ops.cu", symbol="kernels: a, b"), finding("use.py", 7)
    assert work.group(source) == work.group(call) == "ops.cu"
    alone, called = units(work, "ops.cu", source), units(work, "ops.cu", source, call, call)
    one = units(KernelWork(KernelInventory((kernel("a"),), (), ())), "ops.cu", source)
    assert alone == called == pytest.approx(one * (1 + CONSTANTS.extra_kernel_weight))


def test_a_copy_belongs_to_the_original() -> None:
    work = KernelWork(KernelInventory((kernel("a", copies=(Origin("copy.cu", 1),)),), (), ()))
    assert work.group(finding("copy.cu", symbol="kernels: a")) == "ops.cu"


def test_calls_into_an_extension_count_only_if_it_has_no_kernels_of_its_own() -> None:
    work = KernelWork(KernelInventory((), (extension("_C", ("ops.cu:a",)), extension("_blas", ())), ()))
    call, library = finding("use.py", symbol="_C.f"), finding("use.py", symbol="_blas.gemm")
    assert (work.group(call), work.group(library)) == ("extension _C", "extension _blas")
    assert units(work, "extension _C", call) == 0
    assert units(work, "extension _blas", library, library) == load_kernel_kinds().way_of_others("trainium2").likely


def test_a_source_without_kernels_counts_little_and_an_instantiation_nothing() -> None:
    work = KernelWork(KernelInventory((), (), ("helpers.cu",)))
    assert units(work, "helpers.cu", finding("helpers.cu", symbol="kernels: ")) == pytest.approx(
        CONSTANTS.header_kernel_weight * load_kernel_kinds().way_of_others("trainium2").likely
    )
    assert units(work, "made.cu", finding("made.cu", symbol="kernels: ")) == 0


@pytest.mark.parametrize(
    ("name", "features", "libraries", "kind"),
    [
        ("scale_kernel", (), (), "elementwise"),
        ("march", (), (), "elementwise"),
        ("FusedSoftmaxForward", (), (), "reduction"),
        ("consume_padded", ("atomics",), (), "gather-scatter"),
        ("project", ("shared memory",), (), "reduction"),
        ("rms_norm_kernel", (), (), "reduction"),
        ("group_norm", ("atomics",), (), "reduction"),
        ("flash_fwd", ("tensor cores", "shared memory"), (), "attention"),
        ("project", ("tensor cores",), (), "tensor-core"),
        ("project", ("atomics",), (), "gather-scatter"),
        ("project", ("atomics",), ("cutlass",), "tensor-core"),
        ("project", (), ("nccl",), "communication"),
    ],
)
def test_a_kernel_is_told_by_its_name_and_by_what_it_uses(
    name: str, features: tuple[str, ...], libraries: tuple[str, ...], kind: str
) -> None:
    assert load_kernel_kinds().kind_of(kernel(name)._replace(features=features, libraries=libraries)).id == kind


def test_kinds_lengths_and_targets_make_the_difference() -> None:
    def work(name: str, lines: int, target: str) -> Shares:
        inventory = KernelInventory((kernel(name)._replace(lines=lines),), (), ())
        return KernelWork(inventory).shares("ops.cu", [finding("ops.cu", symbol=f"kernels: {name}")], target, CONSTANTS)

    assert work("gemm", 60, "trainium2").likely > work("softmax", 60, "trainium2").likely > work("scale", 60, "trainium2").likely
    assert work("gemm", 600, "trainium2").likely > work("gemm", 60, "trainium2").likely > work("gemm", 10, "trainium2").likely
    assert work("attention_fwd", 60, "trainium2").likely > work("attention_fwd", 60, "onnxruntime").likely
    assert "NKI" in work("attention_fwd", 60, "trainium2").way and "exported" in work("attention_fwd", 60, "onnxruntime").way
    found = work("attention_fwd", 0, "trainium2")
    assert found.likely == work("attention_fwd", 60, "trainium2").likely, "a macro hides where it ends: the usual size"
    effort = found.scaled(EffortRange(10, 30, 90, "item"))
    assert effort.low_days <= effort.likely_days <= effort.high_days and effort.low_days < 10 and effort.high_days > 90


def test_a_harder_kernel_beside_others_never_makes_a_file_cheaper() -> None:
    names = ["scale", "softmax", "attention_fwd", "gemm", "gather", "add"]
    source = finding("ops.cu", symbol="kernels: scale")
    totals = [
        units(KernelWork(KernelInventory(tuple(kernel(name) for name in names[:count]), (), ())), "ops.cu", source)
        for count in range(1, len(names) + 1)
    ]
    assert totals == sorted(totals)


def test_a_long_kernel_of_which_nothing_is_told_is_not_called_elementwise() -> None:
    assert load_kernel_kinds().kind_of(kernel("march")._replace(lines=112)).id == "other"
    assert load_kernel_kinds().kind_of(kernel("march")._replace(lines=0)).id == "other"
    assert load_kernel_kinds().kind_of(kernel("consume_padded")._replace(lines=112)).id == "other", "no sum, no add"
