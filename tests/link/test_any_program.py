"""Any Python program is linked and matched without an error, and the report does not depend on order or processes.

Programs are drawn from a small grammar of what following names and values has to cope with: modules that import each
other in circles, stars, rebound names, chains through `self`, decorators, classes whose bases are classes.
`OFFRAMP_FUZZ=20` tries twenty times as many, drawn anew each time.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.scan import scan_repository

FACTOR = int(os.environ.get("OFFRAMP_FUZZ", "1"))
ROOT = Path(__file__).parents[2]
MODULES = ("m0", "m1", "m2", "pkg.m3", "pkg.sub.m4")
NAMES = ("a", "b", "device", "model", "x", "torch", "F", "Net")
ATTRIBUTES = ("cuda", "to", "device", "type", "a", "b", "half", "synchronize", "forward", "get", "items")
TEXTS = ("cuda", "cuda:0", "cpu", "device", "float16", "__global__ void k() {}", "nvidia-smi", "x")


def sampled(choices: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(choices)


def joined(*parts: str | st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """The parts one after the other."""
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


NAME = sampled(NAMES)
LITERAL = st.one_of(sampled(TEXTS).map(repr), sampled(("None", "True", "0", "1.5", "...", "b''")))


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        joined("(", inner, ").", sampled(ATTRIBUTES)),
        joined("(", inner, ").", sampled(ATTRIBUTES), "(", inner, ")"),
        joined("self.", sampled(ATTRIBUTES), "(", inner, ")"),
        joined(NAME, "(", inner, ", ", NAME, "=", inner, ", *", inner, ")"),
        joined(NAME, "[", inner, "](", inner, ")"),
        joined("(", inner, ")[", inner, "]"),
        joined("(", inner, " if ", inner, " else ", inner, ")"),
        joined("(", inner, sampled((" + ", " and ", " or ", " == ", " in ", " is not ", " % ", " < ")), inner, ")"),
        joined("(not ", inner, ")"),
        joined("[", inner, ", ", inner, "]"),
        joined("{'device': ", inner, ", ", inner, ": ", inner, "}"),
        joined("[", inner, " for ", NAME, " in ", inner, " if ", inner, "]"),
        joined("(lambda ", NAME, "=", inner, ": ", inner, ")"),
        joined("f'cuda:{", NAME, "}'"),
        joined("getattr(", inner, ", ", sampled(TEXTS).map(repr), ")"),
        joined("torch.device(", inner, ")"),
        joined("os.environ.get('CUDA_VISIBLE_DEVICES', ", inner, ")"),
    )


EXPRESSION = st.recursive(
    st.one_of(
        NAME, joined("self.", NAME), joined("torch.cuda.", sampled(ATTRIBUTES)), joined(NAME, ".", sampled(ATTRIBUTES)), LITERAL
    ),
    grown,
    max_leaves=6,
)
TARGET = st.one_of(
    NAME, joined("self.", NAME), joined(NAME, ".", NAME), joined(NAME, "['", NAME, "']"), joined(NAME, ", ", NAME), joined("*", NAME, ", ", NAME)
)  # fmt: skip
IMPORT = st.one_of(
    sampled(MODULES).map(lambda name: f"import {name}"),
    joined("import ", sampled(MODULES), " as ", NAME),
    joined("from ", sampled(MODULES), " import ", sampled((*NAMES, "*"))),
    joined("from ", sampled((".", "..", ".m3", ".sub.m4", "...m0")), " import ", sampled((*NAMES, "*"))),
    sampled(
        (
            "import torch",
            "import torch as t, os",
            "from torch import *",
            "from torch.cuda import synchronize as a",
            "import cupy as x",
        )
    ),
)


def at_top(statement: str) -> str:
    """A star may only be imported at the top of a module."""
    return statement.replace("import *", "import a") if "import *" in statement else statement


SIMPLE = st.one_of(
    IMPORT.map(at_top),
    joined(TARGET, " = ", EXPRESSION),
    joined(NAME, " = ", NAME, " = ", EXPRESSION),
    joined(NAME, " += ", EXPRESSION),
    joined(NAME, ": ", NAME, " = ", EXPRESSION),
    EXPRESSION,
    joined("assert ", EXPRESSION),
    joined("del ", NAME),
    joined("global ", sampled(("g1", "g2"))),
    joined("p.add_argument('--", NAME, "', default=", EXPRESSION, ")"),
)


def indented(block: list[str]) -> str:
    return "\n".join("    " + line for statement in block for line in statement.split("\n")) or "    pass"


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=4).map(indented)
    return st.one_of(
        joined("if ", EXPRESSION, ":\n", body, "\nelse:\n", body),
        joined("for ", NAME, " in ", EXPRESSION, ":\n", body),
        joined("with ", EXPRESSION, " as ", NAME, ":\n", body),
        joined("while ", EXPRESSION, ":\n", body, "\n    break"),
        joined("try:\n", body, "\nexcept ", sampled(("ImportError", "Exception", "(OSError, RuntimeError)")), ":\n", body, "\nfinally:\n", body),
        joined("@", EXPRESSION, "\ndef ", NAME, "(self, ", NAME.map(lambda name: f"{name}1"), "=", EXPRESSION, ", *y, **z):\n", body,
               "\n    return ", EXPRESSION),
        joined("def ", NAME, "(", NAME, ": '", NAME, "' = ", EXPRESSION, "):\n", body, "\n    return ", EXPRESSION),
        joined("class ", NAME, "(", EXPRESSION, ", ", NAME, "):\n", body),
        joined("match ", EXPRESSION, ":\n    case 'cuda' | 'cpu':\n", body.map(lambda text: indented(text.split("\n")))),
    )  # fmt: skip


STATEMENT = st.recursive(SIMPLE, blocks, max_leaves=8)
MODULE = st.tuples(st.lists(IMPORT, max_size=5), st.lists(STATEMENT, max_size=8)).map(
    lambda parts: "\n".join([*parts[0], *parts[1]]) + "\n"
)
PROGRAM = st.fixed_dictionaries({name.replace(".", "/") + ".py": MODULE for name in MODULES})


def write(root: Path, program: dict[str, str]) -> None:
    for name, text in program.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "pkg" / "__init__.py").write_text("from .m3 import *\nfrom .sub import m4 as a\n")


def quick(examples: int) -> settings:
    return settings(
        deadline=None, max_examples=examples * FACTOR, derandomize=FACTOR == 1, suppress_health_check=list(HealthCheck)
    )  # fmt: skip


@quick(30)
@given(PROGRAM)
def test_any_program_is_scanned(program: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, program)
        scan = scan_repository(root, workers=1)
        for name, text in program.items():
            assert is_valid(text) == (scan.program.files[name].python is not None), scan.program.files[name].problems


def is_valid(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def report(folder: Path, workers: int, seed: int) -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(seed), "PYTHONWARNINGS": "error"}
    command = [
        sys.executable,
        "-m",
        "analyzer",
        "scan",
        ".",
        "--format",
        "json",
        "-q",
        "--as-of",
        "2026-11-01",
        "--workers",
        str(workers),
    ]
    return subprocess.run(command, capture_output=True, check=True, env=environment, cwd=folder, timeout=120).stdout


@quick(1)
@given(st.lists(PROGRAM, min_size=12, max_size=12))
def test_the_report_depends_on_nothing_else(programs: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number, program in enumerate(programs):
            write(root / f"project{number}", program)
        first = report(root, workers=1, seed=1)
        assert first == report(root, workers=2, seed=2) and len(first) > 5000
