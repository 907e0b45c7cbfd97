"""Why there are two parsers: what `ast` and LibCST cost on the same files, as ratios to `ast.parse`.

usage: python benchmarks/two_parsers.py FOLDER [MOST_FILES]

Measures, in one run and on the same files: `ast.parse`; our facts (parse, one walk, names resolved); LibCST's parse;
a plain LibCST visit; LibCST with positions; LibCST with qualified names.
"""

from __future__ import annotations

import ast
import gc
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import libcst
from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider

from analyzer.facts.python import read_python


def facts(source: str) -> None:
    """What a scan does with every file."""
    read_python(source, ("package",))


def visit(source: str) -> None:
    """LibCST's parse and a visitor that looks at nothing."""
    libcst.parse_module(source).visit(libcst.CSTVisitor())


def positions(source: str) -> None:
    """LibCST with the line and column of every node."""
    MetadataWrapper(libcst.parse_module(source), unsafe_skip_copy=True).resolve(PositionProvider)


def qualified_names(source: str) -> None:
    """LibCST with names resolved through imports, in one file."""
    MetadataWrapper(libcst.parse_module(source), unsafe_skip_copy=True).resolve(QualifiedNameProvider)


STEPS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("ast.parse", ast.parse),
    ("our facts", facts),
    ("LibCST parse", libcst.parse_module),
    ("LibCST visit", visit),
    ("LibCST positions", positions),
    ("LibCST qualified names", qualified_names),
)


def main() -> None:
    """Measure one folder."""
    warnings.simplefilter("ignore")
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    paths = sorted(Path(sys.argv[1]).rglob("*.py"))[: int(sys.argv[2]) if len(sys.argv) > 2 else 60]
    sources = []
    for path in paths:
        try:
            source = path.read_text("utf-8")
            ast.parse(source)
        except (OSError, ValueError, SyntaxError):
            continue
        sources.append(source)
    floor = 0.0
    for name, step in STEPS:
        gc.collect()
        gc.disable()
        start = time.process_time()
        for source in sources:
            step(source)
        seconds = time.process_time() - start
        gc.enable()
        floor = floor or seconds
        print(f"{name:<24} {seconds:8.3f} CPU s {seconds / floor:8.2f}x")


if __name__ == "__main__":
    main()
