"""Do our import edges agree with those of grimp, which builds the graphs of import-linter?

    python benchmarks/import_edges.py --grimp VENV/bin/python FOLDER/package [FOLDER/package ...]

grimp (`pip install grimp`, BSD licence) runs in an interpreter of its own and nothing is installed here. Each package is a folder
with an `__init__.py`; its parent is what is scanned, and what grimp finds it in. Neither runs any code of it. Agreement is the
share of all edges, grimp's and ours together, that both have, between modules that grimp knows: it passes over folders without
an `__init__.py`, which Python can import as namespace packages; those edges are counted apart. A module that imports itself is
an edge of grimp's and none of ours. Exit code 1 where agreement is below 99 %.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tables import table

from analyzer.discover.files import DiscoverySettings
from analyzer.graph.build import build_graph
from analyzer.model.graph import BY_CONFIGURATION, PACKAGE_AROUND
from analyzer.scan import scan_repository

LEAST_AGREEMENT = 0.99
SHOWN = 10
NOT_WRITTEN = (PACKAGE_AROUND, BY_CONFIGURATION)
"""Edges of ours that no import statement stands for."""
ASK_GRIMP = """
import json, sys
sys.path.insert(0, sys.argv[1])
import grimp
graph = grimp.build_graph(sys.argv[2], cache_dir=None)
edges = sorted([importer, imported] for importer in graph.modules for imported in graph.find_modules_directly_imported_by(importer))
print(json.dumps([sorted(graph.modules), edges]))
"""
Edge = tuple[str, str]


class Comparison(NamedTuple):
    """The edges of one package."""

    name: str
    both: int
    only_grimp: list[Edge]
    only_ours: list[Edge]
    unknown_to_grimp: int
    """Our edges from or to a module that grimp does not have."""

    @property
    def agreement(self) -> float:
        """The share of all edges that both have; 0 to 1."""
        return self.both / max(self.both + len(self.only_grimp) + len(self.only_ours), 1)


def graph_of_grimp(interpreter: str, package: Path) -> tuple[set[str], set[Edge]]:
    """The modules and edges that grimp finds."""
    command = [interpreter, "-c", ASK_GRIMP, str(package.parent), package.name]
    modules, edges = json.loads(subprocess.check_output(command))
    return set(modules), {(importer, imported) for importer, imported in edges}


def our_edges(package: Path) -> set[Edge]:
    """The import edges of our graph between the modules of a package, by dotted names."""
    scan = scan_repository(package.parent, DiscoverySettings(exclude=("/*", f"!/{package.name}/")), with_edits=False)
    graph = build_graph(scan.program, scan.detection.findings, scan.inventory, False, scan.readers)
    names = {
        node.id: dotted(node.path)
        for node in graph.nodes
        if node.kind == "module" and node.path.startswith(f"{package.name}/") and node.path.endswith(".py")
    }
    return {
        (names[edge.source], names[edge.target])
        for edge in graph.edges
        if edge.kind == "imports" and edge.context not in NOT_WRITTEN and edge.source in names and edge.target in names
    }


def dotted(path: str) -> str:
    """The name of a module."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def compare(interpreter: str, package: Path) -> Comparison:
    """One package, by both."""
    known, theirs = graph_of_grimp(interpreter, package)
    found = our_edges(package)
    ours = {edge for edge in found if known.issuperset(edge)}
    return Comparison(package.name, len(theirs & ours), sorted(theirs - ours), sorted(ours - theirs), len(found - ours))


def main() -> int:
    """Print a table, and the first differences of each package."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grimp", required=True, metavar="PYTHON", help="an interpreter that has grimp")
    parser.add_argument("packages", nargs="+", type=Path)
    options = parser.parse_args()
    found = [compare(options.grimp, package.resolve()) for package in options.packages]
    rows = [
        [c.name, f"{c.both:,}", str(len(c.only_grimp)), str(len(c.only_ours)), f"{c.agreement:.2%}", str(c.unknown_to_grimp)]
        for c in found
    ]
    print(table(["package", "edges of both", "only grimp", "only ours", "agreement", "of modules unknown to grimp"], rows))
    for comparison in found:
        for side, edges in (("only grimp", comparison.only_grimp), ("only ours", comparison.only_ours)):
            for importer, imported in edges[:SHOWN]:
                print(f"{comparison.name}, {side}: {importer} -> {imported}")
    return int(min(comparison.agreement for comparison in found) < LEAST_AGREEMENT)


if __name__ == "__main__":
    sys.exit(main())
