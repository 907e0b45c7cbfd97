"""How long the graph and every question to it take, and how much memory, on made repositories of growing size and on real ones.

    python benchmarks/graph_scale.py [--modules 1250 2500 5000 10000] [--checkout NAME=FOLDER ...]

A made repository has packages of fifty modules that import and call each other downwards, with an import cycle in each, one
module in ten tied, and a script in each package. Each row is a process of its own, so that its peak memory is its own; scanning
comes first and is not in the figures of the questions.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tables import note, table

from analyzer.assess.what_if import what_if
from analyzer.graph.build import build_graph
from analyzer.graph.exports import to_dot, to_graphml
from analyzer.graph.hot_spots import centrality
from analyzer.graph.reach import GraphReader
from analyzer.knowledge.targets import find_target
from analyzer.planning import Assessor, effort_constants
from analyzer.scan import scan_repository

SIZES = (1_250, 2_500, 5_000, 10_000)
IN_PACKAGE = 50
SEED = 20261125
TARGET = "trainium2"
T = TypeVar("T")
KILOBYTES_PER_MEGABYTE = 1024
COLUMNS = (
    "scan", "modules graph", "summary", "plan", "seams", "what if", "calls graph", "walks", "blast radius", "centrality", "exports",
)  # fmt: skip


def made(root: Path, modules: int) -> Path:
    """A repository with so many modules."""
    drawn = random.Random(SEED)
    for number in range(modules):
        package, inside = divmod(number, IN_PACKAGE)
        folder = root / f"p{package:04}"
        folder.mkdir(exist_ok=True)
        if not inside:
            (folder / "__init__.py").write_text(f"from p{package:04}.m01 import f1\n")
        below = [drawn.randrange(number) for _ in range(4)] if number else []
        lines = ["import torch"]
        lines += [
            f"from p{other // IN_PACKAGE:04}.m{other % IN_PACKAGE:02} import f1 as g{place}" for place, other in enumerate(below)
        ]
        if inside == 1:
            lines.append(f"from p{package:04} import m02")
        if inside == 2:
            lines.append(f"from p{package:04} import m01")
        for function in range(4):
            called = "".join(f"    g{place}(x)\n" for place in range(len(below)))
            tie = "    torch.cuda.current_stream().synchronize()\n" if number % 10 == 3 and function == 1 else ""
            lines.append(f"def f{function}(x):\n{called}{tie}    return x\n")
        if inside == IN_PACKAGE - 1:
            lines.append("if __name__ == '__main__':\n    f1(1)\n")
        (folder / f"m{inside:02}.py").write_text("\n".join(lines))
    return root


def measured(root: Path) -> dict[str, float]:
    """Seconds of each question, and the peak of memory in megabytes."""
    spent: dict[str, float] = {}

    def timed(name: str, work: Callable[[], T]) -> T:
        begin = time.perf_counter()
        found = work()
        spent[name] = time.perf_counter() - begin
        return found

    scan = timed("scan", lambda: scan_repository(root, with_edits=False))
    findings = scan.detection.findings
    timed("modules graph", lambda: build_graph(scan.program, findings, scan.inventory, False, scan.readers))
    assessor = timed("summary", lambda: Assessor.of_scan(scan, effort_constants(None), datetime.date(2026, 11, 25)))
    target = find_target(TARGET)
    assessment = assessor.assess(target)
    timed("plan", lambda: assessor.planner().plan(assessment))
    timed("seams", lambda: assessor.seams(assessment))
    timed("what if", lambda: what_if(findings, lambda left: assessor.assess(target, left), cheapest=3))
    graph = timed("calls graph", lambda: build_graph(scan.program, findings, scan.inventory, True, scan.readers))
    reader = GraphReader(graph)
    timed("walks", lambda: (reader.entry_points(), reader.unreached()))
    tied = next((node.id for node in graph.nodes if node.kind in ("kernel", "function") and node.is_tied), graph.nodes[0].id)
    timed("blast radius", lambda: reader.blast_radius(tied))
    timed("centrality", lambda: centrality(assessor.graph))
    timed("exports", lambda: (to_graphml(graph), to_dot(graph)))
    spent["modules"] = sum(node.kind == "module" for node in graph.nodes)
    spent["edges"] = len(graph.edges)
    spent["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_PER_MEGABYTE
    return spent


def row(name: str, root: Path) -> list[str]:
    """The figures of one repository, from a process of its own."""
    note(f"graph: {name}")
    spent = json.loads(subprocess.check_output([sys.executable, __file__, "--one", str(root)]))
    seconds = [f"{spent[column]:.2f}" for column in COLUMNS]
    return [name, f"{int(spent['modules']):,}", f"{int(spent['edges']):,}", *seconds, f"{spent['megabytes']:,.0f} MB"]


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--modules", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--checkout", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(measured(options.one)))
        return 0
    rows = []
    for modules in options.modules:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(row(f"made, {modules:,} modules", made(Path(folder), modules)))
    for checkout in options.checkout:
        name, _, folder = checkout.partition("=")
        rows.append(row(name, Path(folder)))
    print(table(["repository", "modules", "edges with calls", *(f"{column} (s)" for column in COLUMNS), "peak memory"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
