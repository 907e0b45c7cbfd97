"""Kernels as things to move: bound from the Python call to the CUDA library, copies once, with what they fall back on."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.model.kernels import Kernel, KernelInventory
from analyzer.scan import scan_repository

SETUP = """
from setuptools import setup
from torch.utils.cpp_extension import CUDAExtension
import glob, os
here = os.path.dirname(os.path.abspath(__file__))
sources = [os.path.join(here, "csrc", "bind.cpp")]
sources += glob.glob(os.path.join(here, "csrc", "**", "*.cu"), recursive=True)
sources.append("extra.cu")
setup(ext_modules=[CUDAExtension("pkg._C", sorted(sources))])
"""
BIND = """
#include <torch/extension.h>
#include "ops.h"
PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) {
  m.def("scale", &scale);
  m.def("matmul", &matmul);
}
"""
SCALE = """
#include "deep/fill.cuh"
// __global__ void not_this_one() {}
template <int N>
__global__ void __launch_bounds__(256) scale_kernel(float* x) {
  __shared__ float tile[32];
  x[threadIdx.x] *= N;
}
#define HALF(NAME) __global__ void NAME(float* x)
HALF(macro_kernel) { x[0] = 1; }
void launch(float* x) {
  auto kernel = &scale_kernel<4>;
  kernel<<<1, 2>>>(x);
  macro_kernel<<<1, 2>>>(x);
}
at::Tensor scale(at::Tensor x) { launch(x.data_ptr<float>()); return x; }
at::Tensor matmul(at::Tensor x) { cublasSgemm(); return x; }
"""
USE = """
import torch
from pkg import _C

class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        if x.is_cuda:
            return _C.scale(x)
        return x * 4
"""


@pytest.fixture
def inventory(tmp_path: Path) -> KernelInventory:
    files = {
        "setup.py": SETUP, "csrc/bind.cpp": BIND, "csrc/deep/scale.cu": SCALE, "csrc/deep/fill.cuh": FILL,
        "extra.cu": FILL, "pkg/__init__.py": "", "pkg/use.py": USE, "pkg/tri.py": TRITON, "pkg/text.py": TEXT,
    }  # fmt: skip
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return scan_repository(tmp_path, workers=1).inventory


FILL = "__global__ void fill_kernel(float* x) {\n  /* a comment */ x[0] = 0;\n}\n"
TRITON = """
import triton
import triton.language as tl

@triton.autotune(configs=[], key=["n"])
@triton.jit
def add(x, n):
    tl.atomic_add(x, tl.sum(n))
    helper(x)

@triton.jit
def helper(x):
    pass

def run(x):
    add[(1,)](x, 3)
"""
TEXT = (
    'import cupy\nk = cupy.RawKernel(r"""extern "C" __global__ void blur(float* x) { x[0] = 0; }""", "blur")\nk((1,), (1,), ())\n'
)


def kernel(inventory: KernelInventory, name: str) -> Kernel:
    (found,) = [item for item in inventory.kernels if item.name == name]
    return found


def test_an_extension_knows_its_sources_symbols_kernels_and_libraries(inventory: KernelInventory) -> None:
    (module,) = inventory.extensions
    assert (module.name, module.kind, module.is_cuda, module.path, module.line) == ("pkg._C", "module", True, "setup.py", 9)
    assert module.sources == ("csrc/bind.cpp", "csrc/deep/scale.cu", "extra.cu")
    assert module.symbols == ("matmul", "scale")
    assert module.libraries == ("cublas",)
    assert {name.rpartition(":")[2] for name in module.kernels} == {"scale_kernel", "macro_kernel", "fill_kernel"}


def test_a_kernel_is_bound_to_its_callers(inventory: KernelInventory) -> None:
    scale = kernel(inventory, "scale_kernel")
    assert (scale.symbols, scale.is_template, scale.lines, scale.features) == (("pkg._C.scale",), True, 4, ("shared memory",))
    assert [(site.path, site.line) for site in scale.call_sites] == [("pkg/use.py", 9)]
    assert scale.fallback.startswith("`is_cuda` is checked")
    assert kernel(inventory, "macro_kernel").symbols == ("pkg._C.scale",)


def test_copies_of_a_definition_are_one_kernel(inventory: KernelInventory) -> None:
    fill = kernel(inventory, "fill_kernel")
    assert fill.path == "csrc/deep/fill.cuh"
    assert [(copy.path, copy.line) for copy in fill.copies] == [("extra.cu", 1)]
    assert fill.call_sites == () and fill.fallback == ""


def test_kernels_in_python_and_in_strings(inventory: KernelInventory) -> None:
    add = kernel(inventory, "add")
    assert (add.language, add.path, add.features) == ("triton", "pkg/tri.py", ("atomics", "reductions"))
    assert [(site.path, site.line) for site in add.call_sites] == [("pkg/tri.py", 16)]
    assert "helper" not in {item.name for item in inventory.kernels}  # a part of the kernel that calls it
    assert kernel(inventory, "blur").language == "cuda-string"


def test_sources_with_functions_but_no_kernel_are_host_files(inventory: KernelInventory) -> None:
    assert inventory.host_files == ()


def test_nothing_is_a_kernel_in_comments(inventory: KernelInventory) -> None:
    assert "not_this_one" not in {item.name for item in inventory.kernels}


MIXED = """
#include <torch/extension.h>
at::Tensor nms_cpu(at::Tensor x) { return x; }
at::Tensor nms(at::Tensor x) { return x.is_cuda() ? nms_cuda(x) : nms_cpu(x); }
int count(at::Tensor x) { return 3; }
int tally(pybind11::object x);
PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("nms", &nms); m.def("count", &count); m.def("tally", &tally); }
"""
ON_THE_GPU = (
    "__global__ void nms_kernel(float* x) { x[0] = 1; }\nat::Tensor nms_cuda(at::Tensor x) { nms_kernel<<<1, 1>>>(x); return x; }\n"
)
CALLS = "try:\n    import _mixed as _C\nexcept ImportError:\n    from pkg.backend import _C\n_C.nms(1)\n_C.count(1)\n_C.tally(1)\nprint(_C.__file__)\n"


def test_host_code_of_a_mixed_extension_is_none_and_a_way_on_the_cpu_is_told(tmp_path: Path) -> None:
    setup = "from torch.utils.cpp_extension import CUDAExtension\nbase = ['mixed.cpp', 'tally.cpp']\nif 1:\n    s = base + ['gpu.cu']\nCUDAExtension('_mixed', s)\n"
    loaded = "from torch.utils.cpp_extension import load\n_C = load(name='_mixed', sources=['../mixed.cpp', '../tally.cpp', '../gpu.cu'])\n"
    files = {
        "setup.py": setup,
        "mixed.cpp": MIXED,
        "tally.cpp": "#include <vector>\nint tally(pybind11::object x) { return 1; }\n",
        "gpu.cu": ON_THE_GPU,
        "pkg/__init__.py": "",
        "pkg/backend.py": loaded,
        "use.py": CALLS,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    scan = scan_repository(tmp_path, workers=1)
    calls = [f for f in scan.detection.findings if f.rule_id == "native-extension-call" and f.path == "use.py"]
    assert [(finding.span.line, finding.severity) for finding in calls] == [(5, "major")]
    assert "nms_cpu" in calls[0].guard
    assert kernel(scan.inventory, "nms_kernel").fallback.startswith("the extension has another way: nms_cpu")
