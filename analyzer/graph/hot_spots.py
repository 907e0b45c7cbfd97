"""Where a change weighs most: tied files that much hangs on, that changes often pass through, and who owns them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analyzer.discover.code_owners import CodeOwners
from analyzer.discover.kinds import is_test_path
from analyzer.graph.summary import binds
from analyzer.model.graph import DependencyGraph
from analyzer.model.hot_spots import HotSpot, OwnerShare

MOST_PIVOTS = 64
"""Modules from which shortest paths are counted. All of them would cost a walk for each: betweenness is estimated (Brandes and
Pich, Int. J. Bifurcation and Chaos 17(7), 2007) where there are more."""
PIVOT_SEED = 20260821


def hot_spots(
    graph: DependencyGraph, churn: Mapping[str, int], effort: Mapping[str, float], owners: CodeOwners
) -> tuple[HotSpot, ...]:
    """The tied modules that are no tests, hottest first. `churn` and `effort` are by path; an empty churn is no history."""
    central = centrality(graph)
    tied = [node for node in graph.nodes if node.kind == "module" and node.is_tied and not is_test_path(node.path)]
    most_central = max((central[node.id] for node in tied), default=0.0) or 1.0
    most_changed = max((churn.get(node.path, 0) for node in tied), default=0) or 1
    found = []
    for node in tied:
        share, changed = central[node.id] / most_central, churn.get(node.path, 0)
        score = (share + changed / most_changed) / 2 if churn else share
        spot = HotSpot(
            node.path, round(score, 4), round(share, 4), changed, round(effort.get(node.path, 0.0), 2), owners.owners_of(node.path)
        )
        found.append(spot)
    return tuple(sorted(found, key=lambda spot: (-spot.score, -spot.days, spot.path)))


def centrality(graph: DependencyGraph) -> dict[str, float]:
    """Betweenness of modules by id; exact up to `MOST_PIVOTS` modules, else estimated from so many."""
    import networkx

    imports: networkx.DiGraph[str] = networkx.DiGraph()
    imports.add_nodes_from(node.id for node in graph.nodes if node.kind == "module")
    imports.add_edges_from(
        (edge.source, edge.target)
        for edge in graph.edges
        if edge.kind == "imports" and binds(edge) and edge.source in imports and edge.target in imports
    )
    pivots = min(MOST_PIVOTS, len(imports))
    if not pivots:
        return {}
    found: dict[str, float] = networkx.betweenness_centrality(imports, k=pivots, seed=PIVOT_SEED)
    return found


def shares_of_owners(effort: Mapping[str, float], owners: CodeOwners) -> tuple[OwnerShare, ...]:
    """The work by owner, most days first."""
    found: dict[str, list[float]] = {}
    for path, days in effort.items():
        for owner in owners.owners_of(path) or ("",):
            found.setdefault(owner, []).append(days)
    shares: Sequence[OwnerShare] = [OwnerShare(owner, len(days), round(sum(days), 2)) for owner, days in found.items()]
    return tuple(sorted(shares, key=lambda share: (-share.days, share.owner)))
