"""Input that was made to take hours or gigabytes: each is large enough to do so wherever work or memory is quadratic.

Nothing is timed but the whole, generously: all of them together take a few seconds where everything is linear.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIZE = 120_000
N = SIZE // 10
CUDA = "# cuda\n"
TORCH = "import torch\ny = torch.zeros(1)\n"
JSON_SIZE = 290_000

BOMBS: dict[str, tuple[str, str]] = {
    # Python
    "one line that is not ASCII": ("a.py", TORCH + "x = ['é', " + "y.cuda(), " * N + "]\n"),
    "one value for many targets": ("a.py", "".join(f"a{i} = " for i in range(N // 2)) + "[" + "[1, 2, 3, 4], " * 15 * 60 + "]\n"),
    "one value compared with many": ("a.py", "[" + "[1, 2, 3, 4], " * 15 * 60 + "] in (" + "'cuda', " * N + ")\n"),
    "a class with a long name": ("a.py", f"class {'A' * SIZE}:\n" + "    def f(self): pass\n" * N),
    "a module with a long name": ("a.py", f"from {'a' * SIZE} import " + ", ".join(f"b{i}" for i in range(N)) + "\n"),
    "a name with many parts": ("a.py", "import " + "a." * SIZE + "b\n"),
    "accents": ("a.py", "a" + "\u0301\u0327" * SIZE + " = 1\n"),
    "fields in an f-string": ("a.py", "x = f'" + "{a}" * N * 2 + "'\n"),
    "blank lines before an error": ("a.py", "\n" * SIZE + "def (:\n"),
    "early returns": ("a.py", TORCH + "def f(x):\n" + "    if x: return\n" * N + "    y.cuda()\n"),
    "terms": ("a.py", "a = " + " + ".join("b" * 10_000) + "\n"),
    "operands": ("a.py", "a = " + " and ".join("b" * N) + "\n"),
    "decorators": ("a.py", TORCH + "@torch.cuda.nvtx\n" * 20_000 + "def f(): pass\n"),
    "a dictionary": ("a.py", "a = {" + ", ".join(f"'cuda{i}': {i}" for i in range(N)) + "}\n"),
    "brackets": ("a.py", "a = " + "(" * SIZE + ")" * SIZE),
    "signs": ("a.py", "a = " + "-" * SIZE + "1"),
    "a key of many digits": ("a.py", f"a[0x{'f' * SIZE}] = {{0x{'f' * SIZE}: 'cuda'}}\n"),
    "assignments": ("a.py", "x0 = 'cuda'\n" + "".join(f"x{i + 1} = x{i}\n" for i in range(20_000))),
    "a requirement with blanks": ("setup.py", "install_requires=['a" + " " * N + "x\\ny', 'git+h/b@" + "#" * N + "\\n/']\n"),
    # CUDA and C++
    "blanks before a launch": ("a.cu", "__global__ void k() { a" + " " * SIZE + "b <<< abc" + " " * SIZE + "; }\n"),
    "a long head": ("a.cu", "a" * SIZE + " __global__ void k(int a) { a<<<b>>>(); }\n"),
    "blanks after a mark": ("a.cu", "__global__ " + " " * SIZE + "a" + " " * SIZE + " asm" + " " * SIZE),
    "registrations": ("a.cu", "PYBIND11_MODULE(a, m) {\n" * 300 + 'm.def("a", &b);\n' * N),
    "a registration that never ends": ("a.cu", 'PYBIND11_MODULE(a, m) { m.def("x",' + " " * SIZE + "PYBIND11_MODULE(" * N),
    "open braces": ("a.cu", "__global__ void k() {" + "{" * SIZE),
    "open functions": ("a.cu", "__global__ void k() { " * N),
    "text that is no C++": ("a.cu", "__global__ void k(int a) {}\nvoid f() { " + "&?" * SIZE),
    "open templates": ("a.cu", "__global__ void k(int a) {}\nvoid f() { " + "a<" * SIZE),
    "lines of a macro": ("a.cu", "__global__ void x(int a) \\\n" * N),
    # deployment files
    "build arguments": ("Dockerfile", "".join(f"ARG A{i + 1}=$A{i}$A{i}\n" for i in range(5_000)) + "FROM $A5000\n"),
    "a build argument of itself": ("Dockerfile", "ARG A=" + "$A" * 500 + "\n" + "FROM $A\n" * N),
    "documents in a Dockerfile": ("Dockerfile", "RUN <<A\n" * N),
    "triggers": ("Dockerfile", "ONBUILD " * N),
    "an environment without a value": ("Dockerfile", "ENV " + "a" * SIZE),
    "blanks in a script": ("a.sh", CUDA + (" " * 3900 + "x\n") * 100),
    "substitutions": ("a.sh", CUDA + "$(" * SIZE + "${" * SIZE),
    "documents in a script": ("a.sh", CUDA + "cat <<A\n" * N),
    "a long block name": ("a.tf", CUDA + "k" * SIZE + " {\n" + "a = b\n" * N),
    "strings that never end": ("a.tf", CUDA + '"a\\' * SIZE),
    "strings in protobuf that never end": ("a.pbtxt", CUDA + "'a\\" * SIZE),
    "a long section": ("a.cfg", CUDA + "[" + "s" * 7_000 + "]\n" + "a=b\n" * N),
    "open calls": ("CMakeLists.txt", CUDA + "a(b(" + "c() " * N + "x("),
    "an alias of itself": ("a.yaml", "cuda: 1\nb: &a [*a, " + "x," * N + "]\n"),
    "aliases of a list": ("a.yaml", "cuda: &a [" + "x," * N + "]\nb: [" + "*a," * N + "]\n"),
    "aliases of a script": ("a.yaml", "run: &a |\n" + "  cuda a\n" * N + "b:\n" + "- run: *a\n" * N),
    "a billion laughs": ("a.yaml", "a: &a [cuda, x]\n" + "".join(
        f"{after}: &{after} [{', '.join(['*' + before] * 9)}]\n" for before, after in zip("abcdefghij", "bcdefghijk", strict=True))),
    "a folded script": ("a.yaml", "run: >\n" + "  cuda a\n  b\n\n" * N),
    "a long key": ("a.yaml", "? cuda" + "k" * SIZE + "\n: {" + ", ".join(f"a{i}: 1" for i in range(N)) + "}\n"),
    "templates on one line": ("a.yaml", "cuda: [\n" + "{{}}" * SIZE),
    "deep lists": ("a.yaml", "cuda: " + "[" * SIZE + "]" * SIZE),
    "keys beside an instance": ("a.json", "{" + ", ".join(f'"gpu_count{i}": "p3.2xlarge"' for i in range(JSON_SIZE // 34)) + "}"),
    "a long key in JSON": ("a.json", '{"gpu' + "k" * 140_000 + '": [' + ",".join(['"a"'] * 30_000) + "]}"),
    "strings in JSON that never end": ("a.json", '{"gpu": 1, // \n' + '"a\\' * (JSON_SIZE // 3)),
    "values in TOML": ("a.toml", "cuda = 1\nx = [" + ", ".join(f'"gpu\\u0020{i}"' for i in range(N)) + "]\n"),
    "dotted keys": ("a.toml", "cuda = 1\n" + "a." * SIZE + "a = 1\n"),
    "tables": ("a.toml", "cuda = 1\n" + "".join(f"[a.b{i}]\n" for i in range(N))),
    # notebooks
    "cells on one line": ("a.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}] * 5_000})),
    "pieces of a line": ("a.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": ["a"] * N}]})),
    "magics": ("a.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": "%time x\n!a \\\n" * N}]})),
    "brackets in outputs": ("a.ipynb", '{"cells": [{"outputs": ' + "[" * SIZE),
}  # fmt: skip

PROGRAM = """
import json, resource, sys
from pathlib import Path
from analyzer.discover.kinds import kind_of
from analyzer.facts.read_file import read_file
from analyzer.model.source import SourceFile
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
root = Path(sys.argv[1])
for path in sorted(root.rglob("*")):
    if path.is_file():
        name = path.relative_to(root).as_posix()
        facts = read_file(root, SourceFile(name, kind_of(name), path.stat().st_size))
        print(json.dumps([name, [problem.reason for problem in facts.problems], len(facts.entries)]))
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="memory cannot be limited here")
def test_bombs_are_read_or_refused(tmp_path: Path) -> None:
    for number, (name, text) in enumerate(BOMBS.values()):
        folder = tmp_path / f"{number:03}"
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    read = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0, (list(BOMBS)[len(read)], result.stderr[-500:])
    assert len(read) == len(BOMBS)
    reasons = {title: found[1] for title, found in zip(BOMBS, read, strict=True)}
    assert reasons["accents"] == reasons["fields in an f-string"] == reasons["a name with many parts"] == ["too-deep"]
    assert reasons["text that is no C++"] == reasons["open templates"] == ["too-complex"]
    assert reasons["early returns"] == reasons["decorators"] == reasons["a key of many digits"] == []
    assert max(found[2] for found in read) <= 50_000
