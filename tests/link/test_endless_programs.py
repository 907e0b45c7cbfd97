"""Repositories that were made to be followed for ever: chains as long as the repository, and names bound thousands of times.

Each is large enough to end a walk that recurses, or to take minutes where work is quadratic; nothing is timed but the whole,
generously.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONG = 1_500
EXTENSION = {
    "setup.py": "from torch.utils.cpp_extension import CUDAExtension\nCUDAExtension('ext', sources=['k.cu'])\n",
    "k.cu": "__global__ void k() {}\n",
}


def chain(line: str, last: str, **others: str) -> dict[str, str]:
    """Modules `m0`, `m1`, ... of which each has the line, with the number of the next."""
    files = {f"m{i}.py": line.format(i + 1) for i in range(LONG)}
    return {**files, f"m{LONG}.py": last, **{f"{name}.py": text for name, text in others.items()}}


def names(first: str, last: str, count: int = LONG) -> str:
    """Variables `x0`, `x1`, ... of which each is the one before."""
    return first + "".join(f"x{i + 1} = x{i}\n" for i in range(count)) + last.format(count)


def functions(body: str, last: str, call: str) -> str:
    """Functions `f0`, `f1`, ... of which each leads to the next."""
    return "".join(f"def f{i}(a):\n    {body.format(i + 1)}\n" for i in range(LONG)) + f"def f{LONG}(a):\n    {last}\n{call}"


def ring(size: int) -> str:
    """A CUDA source whose host functions call each other in a ring, each launches a kernel and is registered."""
    parts = [f"void h{i}();\n__global__ void k{i}() {{}}\n" for i in range(size)]
    parts += [f"void h{i}() {{ k{i}<<<1, 1>>>(); h{(i + 1) % size}(); }}\n" for i in range(size)]
    return "".join(parts) + "PYBIND11_MODULE(ext, m) {\n" + "".join(f'm.def("h{i}", &h{i});\n' for i in range(size)) + "}\n"


SYNCHRONIZE = "from torch.cuda import synchronize"
PROGRAMS: dict[str, dict[str, str]] = {
    "re-exports": chain("from m{} import x\n", f"{SYNCHRONIZE} as x\n", main="from m0 import x\nx()\n"),
    "aliases of attributes": chain("import m{0}\nx = m{0}.x\n", f"{SYNCHRONIZE} as x\n", main="from m0 import x\nx()\n"),
    "names that grow": {f"m{i}.py": f"import m{1 - i}\nx = m{1 - i}.x.x\nx.cuda()\n" for i in range(2)},
    "stars": chain("from m{} import *\n", f"{SYNCHRONIZE}\n", main="from m0 import *\nsynchronize()\n"),
    "stars in a ring": {f"m{i}.py": f"from m{(i + 1) % LONG} import *\nsynchronize()\n" for i in range(LONG)},
    "callers": {
        "a.py": "import torch\n"
        + functions("f{}(a)", "torch.cuda.synchronize()", "if torch.cuda.is_available():\n    f0(1)\n")
    },
    "parameters": {"a.py": "import torch\n" + functions("f{}(a)", "torch.zeros(1).to(a)", "f0('cuda')\n")},
    "returns": {"a.py": "import torch\n" + functions("return f{}(a)", "return 'cuda'", "torch.zeros(1).to(f0(1))\n")},
    "symbols": {**EXTENSION, "a.py": names("import ext\nx0 = ext.f\n", "x{}(1)\n")},
    "symbols of modules": {**EXTENSION, **chain("from m{} import x\n", "from ext import f as x\n", main="from m0 import x\nx(1)\n")},
    "bases": {"a.py": "class C0: pass\n" + "".join(
        f"class C{i + 1}(C{i}):\n    def f(self, x): return x.to(self.device)\n" for i in range(LONG))},
    "many bases": {"a.py": "".join(
        f"class C{i}({', '.join(f'C{j}' for j in range(max(0, i - 9), i))}):\n    def f(self, x): return x.to(self.device)\n"
        for i in range(300))},
    "methods that set one attribute": {"a.py": "class A:\n" + "".join(
        f"    def m{i}(self, x):\n        self.device = 'cuda:{i % 3}'\n        x.to(self.device)\n" for i in range(3_000))},
    "bindings of one name": {"a.py": "import torch\n" + "y = torch.zeros(1)\ny.cuda()\n" * 8_000},
    "stars in a source": {
        "setup.py": EXTENSION["setup.py"].replace("k.cu", "*a" * 40 + "b.cu").replace("'ext'", "'ext', include_dirs=[]"),
        "a" * 200 + ".cu": EXTENSION["k.cu"],
    },
    "host functions in a ring": {"setup.py": EXTENSION["setup.py"], "k.cu": ring(500)},
    "projects": {f"p{i}/setup.py": f"import q{i + 1}\n" for i in range(2_000)},
}  # fmt: skip

PROGRAM = """
import json, sys
from pathlib import Path
from analyzer.scan import scan_repository
for folder in sorted(Path(sys.argv[1]).iterdir()):
    scan = scan_repository(folder, workers=1)
    print(json.dumps([[f"{f.rule_id} {f.path}" for f in scan.detection.findings], list(scan.coverage.gave_up)]), flush=True)
"""


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[str], list[str]]]:
    """By program: its findings as rule and path, and what the scan gave up on."""
    root = tmp_path_factory.mktemp("programs")
    for number, files in enumerate(PROGRAMS.values()):
        for name, text in files.items():
            path = root / f"{number:03}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, str(root)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    lines = result.stdout.splitlines()
    assert result.returncode == 0, (list(PROGRAMS)[len(lines)], result.stderr[-500:])
    return {title: tuple(json.loads(line)) for title, line in zip(PROGRAMS, lines, strict=True)}


def test_what_can_be_followed_in_a_loop_is_followed_to_its_end(scanned: dict[str, tuple[list[str], list[str]]]) -> None:
    for title in ("re-exports", "aliases of attributes"):
        findings, gave_up = scanned[title]
        assert "cuda-synchronize main.py" in findings and gave_up == []


@pytest.mark.parametrize("title", ["stars", "callers", "parameters", "returns", "symbols", "symbols of modules"])
def test_what_leads_on_too_far_is_said(title: str, scanned: dict[str, tuple[list[str], list[str]]]) -> None:
    assert any("beyond what is followed" in sentence for sentence in scanned[title][1])


def test_what_is_large_and_not_deep_is_found_whole(scanned: dict[str, tuple[list[str], list[str]]]) -> None:
    assert len(scanned["bindings of one name"][0]) == 8_000 and scanned["bindings of one name"][1] == []
    assert len(scanned["methods that set one attribute"][0]) >= 3_000
    assert sum(finding.startswith("cuda-synchronize") for finding in scanned["callers"][0]) == 1
