"""Small repositories that tests of the graph scan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from analyzer.graph.build import build_graph
from analyzer.model.graph import DependencyGraph
from analyzer.scan import Scan, scan_repository

BLUR = {
    "setup.py": (
        "from setuptools import setup\nfrom torch.utils.cpp_extension import CUDAExtension\n"
        "setup(name='blur', ext_modules=[CUDAExtension('blur_cuda', ['blur.cu'])])\n"
    ),
    "blur.cu": (
        "#include <cublas_v2.h>\n__global__ void blur_kernel(float* x) { x[0] = 1; }\n"
        "__global__ void old_kernel(float* x) { x[0] = 2; }\n"
        "void blur(float* x) { cublasSgemm(0); blur_kernel<<<1, 1>>>(x); }\n"
        "void old(float* x) { old_kernel<<<1, 1>>>(x); }\n"
        'PYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("blur", &blur); m.def("old", &old); }\n'
    ),
    "pic/__init__.py": "",
    "pic/filters.py": "import blur_cuda\ndef soften(x):\n    return blur_cuda.blur(x)\ndef sharpen(x):\n    return x\n",
    "pic/_private.py": "import torch\ndef f():\n    torch.cuda.synchronize()\n",
    "pic/text.py": "def title(x):\n    return x.title()\n",
    "serve.py": "from pic import filters\ndef main(x):\n    filters.soften(x)\nif __name__ == '__main__':\n    main(1)\n",
    "sharp.py": "from pic import filters\nif __name__ == '__main__':\n    filters.sharpen(1)\n",
    "words.py": "from pic import text\nif __name__ == '__main__':\n    text.title('x')\n",
    "by_hand.py": "import torch\ntorch.cuda.synchronize()\n",
    "tests/test_filters.py": "from pic.filters import soften\ndef test_soften():\n    assert soften(1)\n",
}
"""An extension with two kernels; one entry point calls one of them, one only loads what could, one has nothing to do with it."""


def written(root: Path, sources: Mapping[str, str]) -> Path:
    """Write files below a folder."""
    for name, source in sources.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return root


def graph_of_scan(scan: Scan, with_calls: bool = True) -> DependencyGraph:
    """The graph of what was scanned."""
    return build_graph(scan.program, scan.detection.findings, scan.inventory, with_calls, scan.readers)


def graph_of(root: Path, sources: Mapping[str, str], with_calls: bool = True) -> DependencyGraph:
    """The graph of some files."""
    return graph_of_scan(scan_repository(written(root, sources), workers=1), with_calls)


def edges(graph: DependencyGraph, *kinds: str) -> set[tuple[str, str]]:
    """The ends of all edges of some kinds."""
    return {(edge.source, edge.target) for edge in graph.edges if edge.kind in kinds}
