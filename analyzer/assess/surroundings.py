"""What lies around a file and makes a change in it dearer: no test that reaches it, modules that hang on it, and others who
change it as well."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from analyzer.discover.kinds import is_test_path
from analyzer.knowledge.effort_constants import EffortConstants
from analyzer.model.graph import GraphSummary

MOST_BY_DEPENDENTS = 1.3
MOST_BY_CHURN = 1.2


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Facts about the files of a repository. An empty one says nothing, and makes nothing dearer."""

    tested: frozenset[str]
    """Python files that a test imports, directly or not."""
    dependents: Mapping[str, int]
    """Modules that reach a Python file through imports."""
    changes: Mapping[str, int] = field(default_factory=dict)
    """Commits of the last year that changed a file; none where there is no history."""

    def factor(self, path: str, constants: EffortConstants) -> float:
        """How many times dearer a change in a file is; 1 in tests. Of files that are no Python modules only churn counts."""
        if is_test_path(path):
            return 1.0
        by_churn = min(1 + constants.churn_factor * math.log2(1 + self.changes.get(path, 0)), MOST_BY_CHURN)
        if path not in self.dependents:
            return by_churn
        by_dependents = 1 + constants.dependents_factor * math.log2(1 + self.dependents[path])
        by_tests = 1.0 if path in self.tested else constants.untested_factor
        return min(by_dependents, MOST_BY_DEPENDENTS) * by_tests * by_churn


NO_SURROUNDINGS = Surroundings(frozenset(), {})


def surroundings_of(graph: GraphSummary, changes: Mapping[str, int]) -> Surroundings:
    """Read them off the graph of imports; cost is linear in its edges. `changes` are commits by file."""
    path_of = {node.id: node.path for node in graph.nodes if node.kind == "module"}
    imports: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.kind == "imports" and edge.target in path_of:
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
        changes,
    )
