"""How much work a scan does, counted and not timed: the same on every machine, however busy it is.

usage: python benchmarks/counted_work.py [--write]

Prints the counts as JSON. `--write` makes them the budgets that tests/test_counted_work.py holds every change against:

    python benchmarks/counted_work.py --write

Counted are, on repositories that never change by themselves (the bundled example, and generated ones):

- files opened and bytes read of the repository;
- calls of `ast.parse`, the bytes given to it and the syntax nodes that came of it;
- uses and bindings in the facts of Python files;
- questions about uses (`Detector.use_hits`) and about values (`ValueFollower.follow`);
- calls of this program's functions, by layer.

Everything is counted from outside; the program knows nothing of it. Counting needs a fresh process, since what was asked
before is remembered.
"""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "analyzer"
NOT_COUNTED = frozenset({"cache", "knowledge"})
"""Layers whose work depends on what earlier runs remembered."""
BUDGETS = Path(__file__).with_name("counted_work.json")
SMALL, LARGE = 40, 80

CUDA_MODULE = """\
import torch
from torch import nn

from package.module_{before} import {name_before}, device_{before}

LEVEL = {number}


class Block{number}(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.device = device_{before}()
        self.inner = nn.Linear(width, width)

    def forward(self, x, scale=LEVEL):
        x = x.to(self.device)
        for step in range(scale):
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            x = self.inner(x) + step
        return {name_before}(x)


def helper_{number}(x):
    return Block{number}(LEVEL)(x).cuda() if LEVEL else {name_before}(x)


def device_{number}():
    return device_{before}()
"""
PLAIN_MODULE = """\
import json
from dataclasses import dataclass

from package.module_{before} import {name_before}, device_{before}


@dataclass
class Record{number}:
    name: str
    values: list

    def total(self):
        return sum(value * {number} for value in self.values if value)


def helper_{number}(x):
    records = [Record{number}(str(index), [x, index]) for index in range({number})]
    text = json.dumps([record.total() for record in records])
    return {name_before}(len(text))


def device_{number}():
    return device_{before}()
"""
FIRST_MODULE = "def helper_0(x):\n    return x\n\n\ndef device_0():\n    return 'cuda'\n"


def generate(root: Path, modules: int) -> None:
    """A package in which every other module has CUDA, and every module hands on what the one before it has."""
    package = root / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "module_0.py").write_text(FIRST_MODULE, "utf-8")
    for number in range(1, modules):
        before = (number - 1) // 4  # a tree, not one long chain
        text = (CUDA_MODULE if number % 2 else PLAIN_MODULE).format(number=number, before=before, name_before=f"helper_{before}")
        (package / f"module_{number}.py").write_text(text, "utf-8")


# ---- counting --------------------------------------------------------------------------------------------------------


class CountingFile(io.BufferedReader):
    """An open file that adds what is read of it to a count."""

    def __init__(self, handle: int, counts: Counter[str]) -> None:
        super().__init__(io.FileIO(handle))
        self.counts = counts

    def read(self, size: int | None = -1, /) -> bytes:
        """What is read of the file."""
        content = super().read(size)
        self.counts["bytes read"] += len(content)
        return content


@contextmanager
def counting(root: Path, counts: Counter[str]) -> Iterator[None]:
    """Count what is done with the files below a folder, and what comes of them."""
    from analyzer.detect.detector import Detector
    from analyzer.link.values import ValueFollower

    with ExitStack() as stack:
        for place, name, replacement in (
            *_files(str(root), counts),
            (ast, "parse", _parsing(counts)),
            (Detector, "use_hits", _counted(Detector.use_hits, "questions about uses", counts)),
            (ValueFollower, "follow", _counted(ValueFollower.follow, "questions about values", counts)),
        ):
            stack.enter_context(patch.object(place, name, replacement))
        sys.setprofile(_calls(counts))
        try:
            yield
        finally:
            sys.setprofile(None)


def _files(below: str, counts: Counter[str]) -> Iterator[tuple[Any, str, Any]]:
    """Replacements for opening files by number, which is how all files of a scanned repository are opened."""
    real_open, real_file, real_read = os.open, os.fdopen, os.read
    ours: set[int] = set()

    def open_counted(path: Any, *arguments: Any, **options: Any) -> int:
        handle = real_open(path, *arguments, **options)
        ours.discard(handle)
        if os.fspath(path).startswith(below):
            counts["files opened"] += 1
            ours.add(handle)
        return handle

    def file_counted(handle: int, *arguments: Any, **options: Any) -> Any:
        return CountingFile(handle, counts) if handle in ours else real_file(handle, *arguments, **options)

    def read_counted(handle: int, size: int) -> bytes:
        content = real_read(handle, size)
        counts["bytes read"] += len(content) if handle in ours else 0
        return content

    yield from ((os, "open", open_counted), (os, "fdopen", file_counted), (os, "read", read_counted))


def _parsing(counts: Counter[str]) -> Callable[..., Any]:
    real = ast.parse

    def parse(source: Any, *arguments: Any, **options: Any) -> Any:
        counts["calls of ast.parse"] += 1
        counts["bytes parsed"] += len(source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass"))
        tree = real(source, *arguments, **options)
        counts["syntax nodes"] += sum(1 for _ in ast.walk(tree))
        return tree

    return parse


def _counted(real: Callable[..., Any], name: str, counts: Counter[str]) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        counts[name] += 1
        return real(*arguments, **options)

    return call


def _calls(counts: Counter[str]) -> Callable[[FrameType, str, Any], None]:
    """Calls of named functions of this program, so that it does not matter which comprehensions Python writes in line."""
    layers: dict[str, str] = {}

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or frame.f_code.co_name.startswith("<"):
            return
        file = frame.f_code.co_filename
        if file not in layers:
            path = Path(file)
            layer = path.relative_to(PACKAGE).parts[0].removesuffix(".py") if path.is_relative_to(PACKAGE) else ""
            layers[file] = "" if layer in NOT_COUNTED else layer
        if layers[file]:
            counts[f"calls in {layers[file]}"] += 1

    return watch


# ---- what is counted -------------------------------------------------------------------------------------------------


def scan_counted(root: Path) -> Counter[str]:
    """The work of a whole scan."""
    from analyzer.scan import scan_repository

    counts: Counter[str] = Counter()
    with counting(root, counts):
        result = scan_repository(root, workers=1)
    facts = [file.python for file in result.program.files.values() if file.python is not None]
    counts["uses in facts"] = sum(len(python.uses) for python in facts)
    counts["bindings in facts"] = sum(len(python.bindings) for python in facts)
    return counts


def check_counted(root: Path, path: str) -> Counter[str]:
    """The work of a hook's look at one file."""
    from analyzer.gate import GateRequest, check

    counts: Counter[str] = Counter()
    with counting(root, counts):
        check(GateRequest(root, "2026-01-01", (path,)))
    return counts


def count_all(work: Path) -> dict[str, dict[str, int]]:
    """All counts, by repository."""
    from analyzer.knowledge.rules import load_rules

    load_rules()
    for name, modules in (("small", SMALL), ("large", LARGE)):
        generate(work / name, modules)
    counted = {
        "example": scan_counted(ROOT / "fixtures" / "repos" / "example"),
        f"generated, {SMALL} modules": scan_counted(work / "small"),
        f"generated, {LARGE} modules": scan_counted(work / "large"),
        "check of one file with CUDA": check_counted(work / "small", f"package/module_{SMALL - 1}.py"),
        "check of one file without": check_counted(work / "small", f"package/module_{SMALL - 2}.py"),
    }
    return {name: dict(sorted(counts.items())) for name, counts in counted.items()}


def counted_afresh() -> dict[str, dict[str, int]]:
    """The same in a process that has asked nothing before."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT), "OFFRAMP_NO_CACHE": "1"}
    result = subprocess.run([sys.executable, __file__], env=environment, capture_output=True, text=True, check=True)
    counted: dict[str, dict[str, int]] = json.loads(result.stdout)
    return counted


def main() -> None:
    """Print the counts, or make them the budgets."""
    if sys.argv[1:] == ["--write"]:
        BUDGETS.write_text(json.dumps(counted_afresh(), indent=1) + "\n", "utf-8")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        with tempfile.TemporaryDirectory() as work:
            print(json.dumps(count_all(Path(work).resolve())))


if __name__ == "__main__":
    main()
