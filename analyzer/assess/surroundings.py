"""What makes a change in a file dearer: no test that reaches it, modules that hang on it, and others who change it meanwhile."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from analyzer.discover.kinds import is_test_path
from analyzer.knowledge.effort_constants import EffortConstants
from analyzer.model.churn import NO_CHURN, Churn
from analyzer.model.graph import BY_CONFIGURATION, PACKAGE_AROUND, GraphSummary

MOST_BY_DEPENDENTS = 1.3
MOST_BY_CHURN = 1.3


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Facts about the files of a repository. An empty one says nothing, and makes nothing dearer."""

    tested: frozenset[str]
    """Python files that a test imports, directly or not."""
    dependents: Mapping[str, int]
    """Modules that reach a Python file through imports."""
    churn: Churn = NO_CHURN

    def factor(self, path: str, constants: EffortConstants) -> float:
        """How many times dearer a change in a file is; 1 for files that are no Python modules, and in tests."""
        if path not in self.dependents or is_test_path(path):
            return 1.0
        by_dependents = 1 + constants.dependents_factor * math.log2(1 + self.dependents[path])
        by_churn = 1 + constants.churn_factor * math.log2(1 + self.churn.by_path.get(path, 0))
        by_tests = 1.0 if path in self.tested else constants.untested_factor
        return min(by_dependents, MOST_BY_DEPENDENTS) * min(by_churn, MOST_BY_CHURN) * by_tests


NO_SURROUNDINGS = Surroundings(frozenset(), {})


def surroundings_of(graph: GraphSummary, churn: Churn = NO_CHURN) -> Surroundings:
    """Read them off the graph of imports; cost is linear in its edges."""
    path_of = {node.id: node.path for node in graph.nodes if node.kind == "module"}
    imports: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.kind == "imports" and edge.context not in (PACKAGE_AROUND, BY_CONFIGURATION) and edge.target in path_of:
            imports.setdefault(edge.source, []).append(edge.target)
    frontier = [node_id for node_id, path in path_of.items() if is_test_path(path)]
    seen = set(frontier)
    while frontier:
        found = imports.get(frontier.pop(), ())
        frontier.extend(node_id for node_id in found if node_id not in seen)
        seen.update(found)
    return Surroundings(
        frozenset(path_of[node_id] for node_id in seen),
        {node.path: node.blast_radius for node in graph.nodes if node.kind == "module"},
        churn,
    )
