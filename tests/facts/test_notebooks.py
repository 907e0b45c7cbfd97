"""Notebooks: old formats, outputs of any weight, what IPython adds to Python, places in cells and in the raw file."""

from __future__ import annotations

import ast
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.discover.files import DiscoverySettings, discover
from analyzer.facts.magics import code_of_cell
from analyzer.facts.notebook_text import lean
from analyzer.facts.read_file import read_file
from analyzer.model.facts import FileFacts
from analyzer.model.source import SourceFile

ROOT = Path(__file__).parents[2]
CUDA = "import torch\nx = torch.zeros(1)\nx.cuda()"


def read(tmp_path: Path, document: object, name: str = "n.ipynb", indent: int | None = 1) -> FileFacts:
    text = document if isinstance(document, str) else json.dumps(document, indent=indent)
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    return read_file(tmp_path, SourceFile(name, "notebook", len(text)))


def code(*cells: str | list[str], **more: object) -> dict[str, object]:
    return {"cells": [{"cell_type": "code", "source": cell, "outputs": []} for cell in cells], **more}


def called(facts: FileFacts) -> set[str]:
    """The last names of what is called."""
    assert facts.python is not None
    found = set()
    for use in facts.python.uses:
        if use.kind == "call":
            attributes = getattr(use.target, "attributes", ())
            found.add(attributes[-1] if attributes else getattr(use.target, "name", "").rpartition(".")[2])
    return found


def commands(facts: FileFacts) -> list[str]:
    return [f"{entry.name} {entry.value}".strip() for entry in facts.entries if entry.kind == "command"]


# ---- formats ---------------------------------------------------------------------------------------------------------

OLD_CELL = {"cell_type": "code", "language": "python", "input": CUDA, "outputs": [], "collapsed": False}


@pytest.mark.parametrize(
    "document",
    [
        {"nbformat": 4, **code(CUDA)},
        {"nbformat": 4, **code([line + "\n" for line in CUDA.split("\n")])},
        {"nbformat": 4, **code(["import to", "rch\nx = torch.zeros(1)\n", "x.cu", "da()"])},
        {"nbformat": 3, "worksheets": [{"cells": [OLD_CELL]}]},
        {"nbformat": 2, "worksheets": [{"cells": [OLD_CELL]}, "noise", {}]},
        {"nbformat": 1, "cells": [{"cell_type": "code", "code": CUDA}]},
        {"nbformat": 4, "metadata": {"kernelspec": {"language": "python", "name": "python3"}}, **code(CUDA)},
    ],
)
def test_every_format_is_read(tmp_path: Path, document: object) -> None:
    facts = read(tmp_path, document)
    assert facts.problems == () and "cuda" in called(facts)


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"language": "R", "name": "ir"}},
        {"language_info": {"name": "julia"}},
    ],
)
def test_other_languages_are_not_taken_for_python(tmp_path: Path, metadata: object) -> None:
    facts = read(tmp_path, code("x <- cuda()", metadata=metadata))
    assert facts.cells == () and facts.problems == ()


def test_cells_of_another_language_in_a_python_notebook(tmp_path: Path) -> None:
    document = code("select 1 from x", CUDA)
    document["cells"][0]["metadata"] = {"vscode": {"languageId": "sql"}}  # type: ignore[index]
    facts = read(tmp_path, document)
    assert [cell.number for cell in facts.cells] == [1] and facts.problems == ()


def test_odd_documents_are_problems_and_never_errors(tmp_path: Path) -> None:
    for document in (
        "", "{", "[]", "null", '{"cells": 1}', '{"cells": [1, null, {}]}', '{"worksheets": [{"cells": 3}]}', '{"cells": {}}',
        "[" * 10_000, '{"cells": [' + "[" * 10_000, '{"a": ' + "1" * 10_000 + "}", '{"cells": [{"cell_type": "code", "source": 3}]}',
        '{"cells": [{"cell_type": "code", "source": ["x", 3, null]}]}', '{"cells": [{"cell_type": "code", "outputs": [',
    ):  # fmt: skip
        facts = read(tmp_path, document)
        assert facts.problems or facts.python is not None


def test_strange_characters_in_cells(tmp_path: Path) -> None:
    facts = read(tmp_path, code("a = '\ud800'\r\nb = 1\rc = '\x00'", CUDA))
    assert facts.problems == () and "cuda" in called(facts)
    assert [cell.lines for cell in facts.cells] == [3, 3]


def test_a_broken_cell_does_not_take_the_others_with_it(tmp_path: Path) -> None:
    deep = "x = " + "-" * 20_000 + "1"
    facts = read(tmp_path, code("def (:", CUDA, deep, "y.half()", "x = (1,"))
    assert called(facts) >= {"cuda", "half"}
    assert [problem.detail.partition(":")[0] for problem in facts.problems] == ["cell 0", "cell 2", "cell 4"]


# ---- places ----------------------------------------------------------------------------------------------------------


def test_each_line_of_a_cell_knows_its_line_in_the_file(tmp_path: Path) -> None:
    cells = [["x = 1\n", "x = 1\n", "\n", "x = 'é\\n'\n", "y = 2"], ["x = 1\n", "z.cuda()"]]
    document = {
        "cells": [{"cell_type": "code", "outputs": [{"data": {"text/plain": ["x = 1\n"] * 50}}], "source": cell} for cell in cells]
    }
    facts = read(tmp_path, document)
    raw = (tmp_path / "n.ipynb").read_text("utf-8").split("\n")
    assert facts.lines == len(raw)
    for cell, source in zip(facts.cells, cells, strict=True):
        for line, place in zip("".join(source).split("\n"), cell.file_lines, strict=True):
            assert json.dumps(line)[1:-1] in raw[place - 1]


def test_a_notebook_on_one_line(tmp_path: Path) -> None:
    facts = read(tmp_path, code(CUDA, CUDA), indent=None)
    assert [cell.file_lines for cell in facts.cells] == [(1, 1, 1), (1, 1, 1)]


# ---- outputs ---------------------------------------------------------------------------------------------------------


def test_what_is_left_out_and_what_is_kept() -> None:
    document = {
        "cells": [
            {"outputs": [{"a": ['"]}', "\\", "[{"]}, "x"], "source": ['d = {"outputs": [1]}\n', 'print("outputs")']},
            {"attachments": {"a.png": {"image/png": "AAAA"}}, "source": "", "outputs": []},
        ],
        "metadata": {"widgets": {"a": "b"}, "title": "outputs"},
    }
    for indent in (None, 0, 2):
        text = json.dumps(document, indent=indent)
        expected = json.loads(text)
        expected["cells"][0]["outputs"] = expected["cells"][1]["attachments"] = expected["cells"][1]["outputs"] = None
        expected["metadata"]["widgets"] = None
        for size in (1, 2, 3, 7, 64, 1000):
            data = text.encode()
            kept = lean([data[start : start + size] for start in range(0, len(data), size)], 10_000)
            assert json.loads(kept.text) == expected, (indent, size)
            assert kept.lines == len(text.split("\n"))
            raw = text.split("\n")
            for number, line in enumerate(kept.text.split("\n"), 1):
                if "null" not in line:
                    assert raw[kept.raw_line(number) - 1] == line


def test_outputs_of_a_hundred_megabytes_cost_no_memory(tmp_path: Path) -> None:
    head = json.dumps(code("first.cuda()"))[:-3].rpartition("[")[0]
    with (tmp_path / "big.ipynb").open("w") as stream:
        stream.write(head + '[{"data": {"image/png": "')
        for _ in range(60):
            stream.write("iVBORw0KGgo=" * 87_000)
        stream.write('", "text/plain": ["')
        for _ in range(40):
            stream.write("a\\n\\\\" * 200_000)
        stream.write('"]}}]}, ' + json.dumps(code("x = 1\ny.half()"))[len('{"cells": [') :])
    (file,) = discover(tmp_path).files
    assert file.size_bytes > 100_000_000
    program = (
        "import resource, sys; from pathlib import Path; from analyzer.facts.read_file import read_file; "
        "from analyzer.model.source import SourceFile; "
        f"resource.setrlimit(resource.RLIMIT_AS, ({600_000_000}, {600_000_000})); "
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; "
        f"facts = read_file(Path({str(tmp_path)!r}), SourceFile('big.ipynb', 'notebook', {file.size_bytes})); "
        "print([p.reason for p in facts.problems], len(facts.cells), len(facts.python.uses),"
        " resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000)"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
    assert result.stdout.strip() == "['outputs-left-out'] 2 2 True"


def test_too_much_that_is_no_output_is_too_large(tmp_path: Path) -> None:
    document = json.dumps(code("x = 1\n" * 20_000))
    (tmp_path / "n.ipynb").write_text(document)
    (file,) = discover(tmp_path, DiscoverySettings(largest_file_bytes=50_000)).files
    (problem,) = read_file(tmp_path, file).problems
    assert problem.reason == "too-large" and len(document) > 50_000
    assert discover(tmp_path, DiscoverySettings(largest_file_bytes=1000)).skipped[0].reason == "too-large"


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="no such limit")
@pytest.mark.parametrize("outputs", ["[" * 3_000_000, '[{"a": "' + "\\n" * 1_500_000, "[" + '"",' * 1_000_000])
def test_outputs_that_never_end(tmp_path: Path, outputs: str) -> None:
    (problem,) = read(tmp_path, '{"cells": [{"cell_type": "code", "source": "x", "outputs": ' + outputs).problems
    assert problem.reason == "malformed"


def test_encodings(tmp_path: Path) -> None:
    text = json.dumps(code("a = 'é'\nx.cuda()"), ensure_ascii=False)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le"):
        (tmp_path / "n.ipynb").write_bytes(text.encode(encoding))
        facts = read_file(tmp_path, SourceFile("n.ipynb", "notebook", 1))
        assert facts.problems == () and "cuda" in called(facts), encoding
    (tmp_path / "n.ipynb").write_bytes(text.encode("latin-1"))
    facts = read_file(tmp_path, SourceFile("n.ipynb", "notebook", 1))
    assert [problem.reason for problem in facts.problems] == ["encoding-replaced"] and "cuda" in called(facts)


# ---- what IPython adds -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("%time x.cuda()", "cuda"),
        ("%timeit -n 10 -r5 x.cuda()", "cuda"),
        ("%timeit -o -q x.cuda()", "cuda"),
        ("  %time x.cuda()", "cuda"),
        ("if x:\n    %time y = x.cuda()", "cuda"),
        ("r = %timeit -o x.cuda()", "cuda"),
        ("%prun -s cumulative -l 5 train(x.cuda())", "cuda"),
        ("%lprun -f forward forward(x.cuda())", "cuda"),
        ("%memit x.cuda()", "cuda"),
        ("%time for i in x: i.cuda()", "cuda"),
        ("%timeit f(a,\n  x.cuda())", "cuda"),
        ("%%timeit x.cuda()\nx + 1", "cuda"),
        ("%%time\nx.cuda()", "cuda"),
        ("\n%%capture out\nx.cuda()", "cuda"),
        ("%%wandb\nx.cuda()", "cuda"),
        ("%%python3\nx.cuda()", "cuda"),
        ("%%writefile model.py\nx.cuda()", "cuda"),
        ("%%writefile -a 'model.py'\nx.cuda()", "cuda"),
        ("%load_ext autoreload\n%autoreload 2\nx.cuda()", "cuda"),
        ("torch.cuda?\n?torch\ntorch.cuda.Stream??\nx.cuda()", "cuda"),
        ("names = !ls *.pt\nx.cuda()", "cuda"),
        ("a, b = !nvidia-smi -L\nx.cuda()", "cuda"),
        ("!pip install \\\n    torch \\\n  cupy\nx.cuda()", "cuda"),
        ("    x = 1\n    x.cuda()", "cuda"),
        (",f a b\n/g 1\nx.cuda()", "cuda"),
        ("print('%d'\n  % x)\nx.cuda()", "cuda"),
        ("s = '''\n!rm\n%cd\n'''\nx.cuda()", "cuda"),
        ("s = f(\n  a\n  ! b)\n", ""),
    ],
)
def test_python_in_cells(tmp_path: Path, line: str, name: str) -> None:
    facts = read(tmp_path, code("import torch\nx = g()", line))
    if name:
        assert facts.problems == ()
        (use,) = [use for use in facts.python.uses if getattr(use.target, "attributes", ())[-1:] == (name,)]  # type: ignore[union-attr]
        written = next(text for text in line.split("\n") if f"{name}()" in text)
        if not written.startswith(("%time for", "  ")):  # a loop cannot stand behind anything; a cell loses its indentation
            assert written[use.span.column - 1 : use.span.end_column - 1].endswith(f".{name}()")
    else:
        assert [problem.reason for problem in facts.problems] == ["syntax-error"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("!nvidia-smi", ["nvidia-smi"]),
        ("!!nvidia-smi", ["nvidia-smi"]),
        ("if x:\n    !nvidia-smi", ["nvidia-smi"]),
        ("x = !nvidia-smi -L", ["nvidia-smi -L"]),
        ("x = %sx nvidia-smi", ["nvidia-smi"]),
        ("%system nvcc --version", ["nvcc --version"]),
        ("%pip install -q cupy", ["pip install -q cupy"]),
        ("!{sys.executable} -m pip install cupy", ["python -m pip install cupy"]),
        ("%run train.py --device cuda", ["python train.py --device cuda"]),
        ("%%bash\nnvidia-smi | head\n# nvcc", ["nvidia-smi", "head"]),
        ("%%script bash\nnvcc a.cu", ["nvcc a.cu"]),
        ("%sh\nnvcc a.cu", ["nvcc a.cu"]),
        ("!pip install \\\n  cupy", ["pip install cupy"]),
        ("%%writefile run.sh\nnvcc a.cu", ["nvcc a.cu"]),
        ("%%html\n<b>!nvidia-smi</b>", []),
        ("%%R\nx <- 3", []),
        ("%%cython\ncdef int x", []),
    ],
)
def test_shell_in_cells(tmp_path: Path, cell: str, expected: list[str]) -> None:
    facts = read(tmp_path, code(cell))
    assert facts.problems == () and commands(facts) == expected


def test_other_things_that_cells_say(tmp_path: Path) -> None:
    facts = read(
        tmp_path,
        code(
            "%env CUDA_VISIBLE_DEVICES=0\n%set_env NCCL_DEBUG INFO\n%env",
            "%%writefile requirements.txt\ncupy-cuda12x",
            "%%cu\n__global__ void scale(float *x) {}",
            "%%writefile k.cu\n__global__ void add(float *x) {}",
            "%%writefile Dockerfile\nFROM nvidia/cuda",
            "%%writefile a.yaml\ncuda: [",
        ),
    )
    found = [(entry.kind, entry.name, entry.value, entry.span.line) for entry in facts.entries if entry.kind != "command"]
    assert found == [
        ("environment", "CUDA_VISIBLE_DEVICES", "0", 1),
        ("environment", "NCCL_DEBUG", "INFO", 2),
        ("requirement", "cupy-cuda12x", "", 5),
        ("kernel", "cuda-file", "scale", 6),
        ("kernel", "cuda-file", "add", 8),
        ("image", "nvidia/cuda", "", 11),
    ]
    assert [(problem.reason, problem.detail[:6]) for problem in facts.problems] == [("malformed", "cell 5")]


def test_cells_keep_their_lines() -> None:
    for cell in ("%%time\nx", "!a \\\n b\nx", "%time f(\n1)", "x?\ny", "%%bash\na\nb", "\n\n%%capture\nx", "%timeit a \\\n + b"):
        written = cell.split("\n")
        lines = code_of_cell(written).lines
        assert len(lines) == len(written)
        ast.parse("\n".join(lines))
