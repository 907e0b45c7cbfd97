"""Any bytes give facts or a problem, never an error; the same bytes the same facts; places lie inside the file.

The examples are the same in every run. `OFFRAMP_FUZZ=20` tries twenty times as many, drawn anew each time.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.discover.kinds import BY_SUFFIX, TEXT_KINDS, _by_name, kind_of
from analyzer.facts.codec import decode as decode_facts
from analyzer.facts.codec import encode
from analyzer.facts.decoding import decode
from analyzer.facts.notebook import notebook_lines
from analyzer.facts.notebook_text import load_notebook
from analyzer.facts.read_file import read_file
from analyzer.model.facts import FileFacts
from analyzer.model.source import SourceFile
from analyzer.model.span import Span
from analyzer.scan import Scan, scan_repository

FACTOR = int(os.environ.get("OFFRAMP_FUZZ", "1"))
FIXTURES = Path(__file__).parents[2] / "fixtures" / "rules"

NAMES = {
    "python": "a.py", "notebook": "a.ipynb", "cython": "a.pyx", "cuda": "a.cu", "cpp": "a.cpp", "shell": "a.sh", "batch": "a.bat",
    "powershell": "a.ps1", "yaml": "a.yaml", "json": "a.json", "toml": "pyproject.toml", "ini": "setup.cfg",
    "cmake": "CMakeLists.txt", "make": "Makefile", "bazel": "BUILD.bazel", "terraform": "a.tf", "protobuf": "a.pbtxt",
    "jenkins": "Jenkinsfile", "singularity": "a.def", "container": "Dockerfile", "conda": "environment.yml",
    "requirements": "requirements.txt", "lock": "poetry.lock", "model": "a.safetensors",
}  # fmt: skip
MORE_NAMES = ("setup.py", "conda-lock.yml", "Pipfile.lock", "a.pt", "a.onnx", "a.gguf", "a.ptx", "meson.build", "a.env", "tox.ini")
SEEDS: dict[str, tuple[bytes, ...]] = {
    "python": (
        b"import torch as t\nfrom . import a, b as c\nclass A(t.nn.Module):\n    def f(self, x: 'A' = None, *y, **z):\n"
        b"        self.d = t.device('cuda') if t.cuda.is_available() else 'cpu'\n        return x.to(self.d)[0].cuda()\n",
        b"try:\n    import cupy as xp\nexcept ImportError:\n    xp = None\n@xp.fuse\nasync def f():\n    async with g() as (h, *i):\n"
        b"        return [j async for j in h if (k := j)] or {**i, 'device': f'cuda:{k!r:>{i}}'}\n",
        b"# coding: utf-8\nmatch x:\n    case {'device': 'cuda', **r} | [A(b=1), *_] if r:\n        del r.a[1:2, ...]\nlambda *a, b=1, /: 0\n",
        "é = 'ü'; ｔ = torch.cuda\n\x0cif é:\n\tｔ.synchronize() # offramp: ignore[x] ü\n".encode(),
    ),
    "notebook": (
        json.dumps({"cells": [{"cell_type": "code", "source": ["%%time\n", "import torch\n", "!pip install cupy"]}]}).encode(),
        json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": "%timeit x.cuda()\n%env A=1"}]}]}, indent=1).encode(),
    ),
    "cython": (b"cdef extern from 'cuda_runtime.h':\n    int cudaMalloc(void**, size_t)\ncimport numpy\n",),
    "cpp": (
        b'#include <torch/extension.h>\nvoid f() { g<int>(1); }\nPYBIND11_MODULE(TORCH_EXTENSION_NAME, m) { m.def("f", &f, "x"); }\n',
    ),
    "batch": (b"@echo off\r\nset CUDA_VISIBLE_DEVICES=0\r\ncall pip install cupy ^\r\n  torch\r\n",),
    "powershell": (b'$env:CUDA_PATH = "C:\\cuda"; nvidia-smi `\n  -L\n',),
    "json": (b'{"a": [{"gpu_type": "nvidia-l4", "n": 1}], // c\n "image": "nvidia/cuda:12"}\n',),
    "ini": (b"[options]\ninstall_requires =\n    torch>=2 ; python_version > '3'\n[testenv]\nsetenv = CUDA_HOME = /x\n",),
    "protobuf": (
        b'name: "m" instance_group [ { kind: KIND_GPU count: 1 } ] parameters { key: "k" value { string_value: "gpu" } }\n',
    ),
    "singularity": (b"Bootstrap: docker\nFrom: nvidia/cuda:12\n%post\n  pip install cupy\n%environment\n  export A=1\n",),
    "lock": (
        b'[[package]]\nname = "torch"\nversion = "2.6.0+cu124"\n',
        b"- name: cuda\n  version: 12\n",
        b"https://c/x/cuda-1-h.conda\n",
    ),
    "requirements": (b"torch==2.6+cu124 \\\n  --hash=sha256:0\n-e git+https://h/a.git#egg=b\n--extra-index-url https://x/cu124\n",),
}


def seeds_of(kind: str) -> list[bytes]:
    """Valid texts of a kind: small ones that have much in them, and our fixtures."""
    found = [path.read_bytes() for path in sorted(FIXTURES.rglob("*")) if path.is_file() and kind_of(path.name) == kind]
    return [*SEEDS.get(kind, ()), *(data[:1500] for data in found[:6] if kind != "python")]


TOKENS = [
    b"(", b")", b"[", b"]", b"{", b"}", b"<", b">", b"<<<", b">>>", b'"', b"'", b'"""', b"'''", b"\\", b"\\\n", b"\n", b"\r\n",
    b"\r", b"\t", b"  ", b"#", b"# offramp: ignore[x]", b"//", b"/*", b"*/", b"$(", b"${", b"`", b"<<EOF\n", b"EOF\n", b"&a ", b"*a ",
    b": ", b"- ", b"|\n", b"{{ a }}", b"{% x %}", b"---\n", b"=", b",", b";", b"@", b"!", b"?", b"%", b"%%bash\n", b"&&", b"||", b".",
    b"..", b"\xff", b"\xef\xbb\xbf", b"\x00", b"\x0c", b"\xe2\x80\xa8", b"\xc2\x85", b"\xe2\x80\x8b", b"\x1b[2J", b"\\ud800",
    b"cuda", b"torch.cuda.", b".cuda()", b"import ", b"from . import *", b"lambda: ", b"f'{", b"FROM ", b"RUN ", b"image: ", b"__global__ ",
    b"PYBIND11_MODULE(", b"9" * 30, b"0x" + b"f" * 50, b"null", b"-" * 40, b"(" * 40, b"[" * 40, b"{" * 40, b" " * 300, b"a" * 300,
]  # fmt: skip
TEXTS = st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
SOUP = st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=6)), max_size=60).map(b"".join)


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A valid text with something put in, taken out, repeated, cut off or written in another encoding."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        until = min(at + draw(st.integers(0, 30)), len(data))
        change = draw(st.sampled_from(("insert", "insert", "replace", "delete", "repeat", "truncate", "swap")))
        if change == "insert":
            data = data[:at] + draw(st.sampled_from(TOKENS)) * draw(st.sampled_from((1, 1, 2, 50))) + data[at:]
        elif change == "replace":
            data = data[:at] + draw(st.sampled_from(TOKENS)) + data[until:]
        elif change == "delete":
            data = data[:at] + data[until:]
        elif change == "repeat":
            data = data[:at] + data[at:until] * draw(st.sampled_from((2, 20))) + data[until:]
        elif change == "truncate":
            data = data[:at]
        else:
            data = data[until:] + data[:at]
    return draw(st.sampled_from((data, data, data, recoded(data, "utf-16"), recoded(data, "utf-16-le"), recoded(data, "latin-1"))))


def recoded(data: bytes, encoding: str) -> bytes:
    return data.decode("utf-8", "replace").encode(encoding, "replace")


def cases(kind: str) -> st.SearchStrategy[bytes]:
    seeds = seeds_of(kind)
    return st.one_of(TEXTS, SOUP, mutated(seeds), mutated(seeds)) if seeds else st.one_of(TEXTS, SOUP)


def quick(examples: int) -> settings:
    return settings(
        deadline=None, max_examples=examples * FACTOR, derandomize=FACTOR == 1, suppress_health_check=list(HealthCheck)
    )  # fmt: skip


# ---- one file --------------------------------------------------------------------------------------------------------


def test_every_kind_is_tried() -> None:
    assert set(NAMES) == {*TEXT_KINDS, "model"} == {*BY_SUFFIX.values(), *(kind for _, kind in _by_name())}
    assert {kind: kind_of(name) for kind, name in NAMES.items()} == {kind: kind for kind in NAMES}


def spans(facts: FileFacts) -> Iterator[Span]:
    """Every place that the facts of a file name."""
    for entry in facts.entries:
        yield entry.span
    if facts.native is not None:
        yield from (function.span for function in facts.native.functions)
        yield from (registration.span for registration in facts.native.registrations)
    python = facts.python
    if python is not None:
        yield from (item.span for item in python.imports)
        yield from (item.span for item in python.scopes)
        yield from (item.span for item in python.uses)
        yield from (item.span for item in python.literals)
        yield from (span for span in python.statements if span != Span(0, 0, 0, 0))


def lines_of(path: Path, facts: FileFacts) -> tuple[str, ...]:
    """The lines that the places of a file count: of a notebook, those of its cells."""
    if facts.kind == "model":
        return ("",)
    if facts.kind == "notebook":
        return notebook_lines(load_notebook(path, 10**9, 10**9))[0] or ("",)
    return tuple(decode(path.read_bytes(), facts.kind).text.split("\n"))


def check_facts(root: Path, name: str, data: bytes) -> FileFacts:
    """What holds for the facts of any file."""
    path = root / name
    path.write_bytes(data)
    file = SourceFile(name, kind_of(name) or "", len(data))
    facts = read_file(root, file)
    assert facts == read_file(root, file) == decode_facts(encode(facts))
    found = list(spans(facts))
    if found:
        check_spans(found, lines_of(path, facts))
    for problem in facts.problems:
        assert problem.path == name and problem.reason and 0 <= problem.line <= data.count(b"\n") + data.count(b"\r") + 1
    return facts


def check_spans(found: Iterable[Span], lines: tuple[str, ...]) -> None:
    for span in found:
        assert 1 <= span.line <= span.end_line <= max(len(lines), 1), span
        assert span.column >= 1 and span.end_column >= 1, span
        assert (span.line, span.column) <= (span.end_line, span.end_column), span
        assert span.column <= len(lines[span.line - 1]) + 1, span
        assert span.end_column <= len(lines[span.end_line - 1]) + 1 or span.end_column == span.column + 1, span


@pytest.mark.parametrize("kind", sorted(NAMES))
def test_any_bytes_of_a_kind(tmp_path: Path, kind: str) -> None:
    @quick(100 if kind in ("python", "notebook", "yaml", "cuda", "shell") else 40)
    @given(cases(kind), st.booleans())
    def check(data: bytes, is_telling: bool) -> None:
        check_facts(tmp_path, NAMES[kind], data + b"\n# cuda\n" if is_telling else data)

    check()


@pytest.mark.parametrize("name", MORE_NAMES)
def test_any_bytes_under_other_names(tmp_path: Path, name: str) -> None:
    @quick(25)
    @given(cases(kind_of(name) or "python"))
    def check(data: bytes) -> None:
        check_facts(tmp_path, name, data)

    check()


@quick(150)
@given(st.text(st.characters(blacklist_categories=()), max_size=60), st.sampled_from(("\n", "\r\n", "\r")), st.booleans())
def test_lines_are_counted_as_python_counts_them(
    tmp_path_factory: pytest.TempPathFactory, comment: str, end: str, has_mark: bool
) -> None:
    """Form feeds, U+0085, U+2028 and their like end no line."""
    root = tmp_path_factory.mktemp("lines")
    quoted = json.dumps(comment, ensure_ascii=False).replace("\x7f", "")
    text = f"import torch{end}x = {quoted}; torch.cuda.synchronize(){end}\x0ctorch.cuda.synchronize(){end}"
    if not comment.isprintable():
        text = text.encode("utf-8", "replace").decode()
    facts = check_facts(root, "a.py", (b"\xef\xbb\xbf" if has_mark else b"") + text.encode("utf-8", "replace"))
    if facts.python is not None:
        calls = [use for use in facts.python.uses if use.kind == "call"]
        assert [use.span.line for use in calls] == [2, 3]
        lines = decode((root / "a.py").read_bytes(), "python").text.split("\n")
        assert all(
            lines[use.span.line - 1][use.span.column - 1 : use.span.end_column - 1] == "torch.cuda.synchronize()" for use in calls
        )


# ---- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cookie",
    ["utf-8", "latin-1", "cp1252", "ascii", "utf-16", "utf-32", "utf-7", "rot13", "hex", "zlib", "bz2", "base64", "uu", "idna",
     "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "shift_jis", "gb18030", "big5", "cp037", "x" * 300],
)  # fmt: skip
def test_a_cookie_that_lies(tmp_path: Path, cookie: str) -> None:
    for body in (
        b"x = 'caf\xe9'\n",
        "x = 'café'\n".encode(),
        b"x = '+AGk-\\ud800'\n",
        b"78 9c 4b\n",
        b"xn--" + b"-" * 2000 + b"\n",
    ):
        check_facts(tmp_path, "a.py", b"#!/usr/bin/python\n# -*- coding: " + cookie.encode() + b" -*-\n" + body)


def reasons(facts: FileFacts) -> list[str]:
    return [problem.reason for problem in facts.problems]


def test_only_python_insists_on_its_encoding(tmp_path: Path) -> None:
    latin = "# é\ncuda==1\n".encode("latin-1")
    assert reasons(check_facts(tmp_path, "a.py", latin)) == ["encoding"]
    for name, kind in (
        ("requirements.txt", "requirement"),
        ("a.sh", "environment"),
        ("a.yaml", "setting"),
        ("Dockerfile", "image"),
    ):
        body = {
            "requirement": b"cupy==1\n",
            "environment": b"export CUDA_HOME=1\n",
            "setting": b"gpu: 1\n",
            "image": b"FROM nvidia/cuda\n",
        }
        facts = check_facts(tmp_path, name, "# é\n".encode("latin-1") + body[kind])
        assert reasons(facts) == ["encoding-replaced"] and facts.problems[0].line == 1
        assert kind in {entry.kind for entry in facts.entries}
        assert {entry.span.line for entry in facts.entries} == {2}


def test_utf_16_with_and_without_a_mark(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"):
        facts = check_facts(tmp_path, "requirements.txt", "torch==2\ncupy==13\n".encode(encoding))
        assert [(entry.name, entry.span.line) for entry in facts.entries] == [("torch", 1), ("cupy", 2)], encoding
        assert facts.problems == ()
    assert reasons(check_facts(tmp_path, "a.py", "import torch\n".encode("utf-16"))) == ["encoding"]


def test_a_mark_before_a_shebang_and_names_in_other_widths(tmp_path: Path) -> None:
    text = "#!/usr/bin/env python\nimport ｔｏｒｃｈ\nｔｏｒｃｈ．cuda.ｓynchronize()\n".replace("．", ".")
    facts = check_facts(tmp_path, "a.py", b"\xef\xbb\xbf" + text.encode())
    assert facts.python is not None and facts.python.imports[0].module == "torch"
    assert "torch.cuda.synchronize" in {getattr(use.target, "name", "") for use in facts.python.uses}
    assert reasons(check_facts(tmp_path, "b.py", "import to\u200brch\n".encode())) == ["syntax-error"]


# ---- whole repositories ----------------------------------------------------------------------------------------------

TREES = st.dictionaries(
    st.tuples(
        st.sampled_from(("", "a/", "a/b/", "src/", "tests/", "<b>/", "é/")),
        st.sampled_from([*NAMES.values(), *MORE_NAMES, "__init__.py", ".gitignore", "offramp.txt"]),
    ).map("".join),
    st.sampled_from(sorted(NAMES)).flatmap(cases),
    max_size=8,
)


def check_scan(root: Path) -> Scan:
    """What holds for a scan of anything."""
    scan = scan_repository(root, workers=1)
    assert scan.detection == scan_repository(root, workers=1).detection
    texts: dict[str, tuple[str, ...]] = {}
    for finding in scan.detection.findings:
        facts = scan.program.files[finding.path]
        if facts.kind == "model":
            continue
        if finding.path not in texts:
            texts[finding.path] = lines_of(root / finding.path, facts)
        whole = "\n".join(texts[finding.path])
        quoted = [line.strip() for line in finding.snippet.removesuffix(" …").split("\n")]
        assert all(line in whole for line in quoted), (finding.path, finding.snippet)
        assert finding.span.line >= 1 and finding.statement.line >= 1
    assert 0 <= scan.coverage.analysed_share <= 1
    return scan


@quick(40)
@given(TREES)
def test_any_repository_is_scanned(tree: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, data in tree.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        check_scan(root)
