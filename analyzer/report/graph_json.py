"""Answers about the graph as plain values, for machines: always in the same order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from analyzer.graph.reach import BlastRadius, Chain, EntryPointReach, Unreached
from analyzer.model.effort import TargetAssessment
from analyzer.model.graph import DependencyGraph, GraphEdge, GraphNode
from analyzer.model.hot_spots import HotSpots
from analyzer.model.plan import WorkPlan
from analyzer.model.seams import Seams
from analyzer.model.what_if import WhatIf

Json = dict[str, Any]


def node_to_json(node: GraphNode) -> Json:
    """One node, without its blast radius, which only a report has worked out."""
    return {
        "id": node.id, "kind": node.kind, "title": node.title, "path": node.path, "line": node.line,
        "findings": node.findings, "worst_severity": node.worst_severity, "detail": node.detail,
    }  # fmt: skip


def edge_to_json(edge: GraphEdge) -> Json:
    """One edge with its evidence."""
    return {
        "source": edge.source, "target": edge.target, "kind": edge.kind, "context": edge.context, "path": edge.path,
        "line": edge.line,
    }  # fmt: skip


def graph_to_json(graph: DependencyGraph) -> Json:
    """The whole graph, in the node-link form that graph libraries read."""
    return {
        "directed": True,
        "multigraph": True,
        "graph": {"unresolved": dict(graph.unresolved)},
        "nodes": [node_to_json(node) for node in graph.nodes],
        "links": [{**edge_to_json(edge), "key": edge.kind} for edge in graph.edges],
    }


def blast_radius_to_json(radius: BlastRadius) -> Json:
    """What stops working without a node."""
    return {
        "node": node_to_json(radius.node),
        "entry_points": [
            {"entry_point": node_to_json(start.node), "is_certain": start.is_certain, "chain": _chain(start.chain)}
            for start in radius.entry_points
        ],
        "dependents": [node_to_json(node) for node in radius.dependents],
    }


def entry_points_to_json(found: Iterable[EntryPointReach]) -> list[Json]:
    """What each entry point touches."""
    return [
        {
            "entry_point": node_to_json(point.node),
            "state": point.state,
            "tied_modules": [node.path for node in point.tied],
            "kernels": [node.id for node in point.kernels],
            "first": _chain(point.first),
        }
        for point in found
    ]


def unreached_to_json(found: Iterable[Unreached]) -> list[Json]:
    """CUDA code that no entry point reaches."""
    return [{"node": node_to_json(item.node), "reached_by": item.reached_by} for item in found]


def plan_to_json(plan: WorkPlan) -> Json:
    """The order of work in days."""
    return {
        "waves": [
            {"wave": wave.index, "days": wave.days, "modules": list(wave.modules), "runnable": list(wave.runnable)}
            for wave in plan.waves
        ],
        "native_days": plan.native_days,
        "test_days": plan.test_days,
        "other_files_days": plan.other_files_days,
        "whole_days": plan.whole_days,
        "unreached_days": plan.unreached_days,
        "critical_path": [{"title": step.title, "paths": list(step.paths), "days": step.days} for step in plan.critical_path],
        "critical_path_days": plan.critical_path_days,
        "calendar": [{"people": people, "days": days} for people, days in plan.calendar],
    }


def seams_to_json(seams: Seams) -> Json:
    """Where the code could be cut."""
    return {
        "target": seams.target_id,
        "days_without": seams.days_without,
        "verdict": seams.verdict,
        "is_coarse": seams.is_coarse,
        "candidates": [
            {
                "is_good": seam.is_good,
                "verdict": seam.verdict,
                "behind": list(seam.behind),
                "companions": list(seam.companions),
                "outside": list(seam.outside),
                "crossings": [
                    {
                        "path": crossing.path, "name": crossing.name, "users": crossing.users,
                        "user_path": crossing.user_path, "user_line": crossing.user_line,
                    }
                    for crossing in seam.crossings
                ],
                "days_behind": seam.days_behind,
                "days_outside": seam.days_outside,
                "adapter_days": seam.adapter_days,
                "companion_days": seam.companion_days,
                "first_move_days": round(seam.first_move_days, 2),
                "further_move_days": round(seam.further_move_days, 2),
            }
            for seam in seams.candidates
        ],
    }  # fmt: skip


def what_if_to_json(answer: WhatIf) -> Json:
    """What is left when some work is done."""
    return {
        "target": answer.before.target_id,
        "before": _standing(answer.before),
        "days_done": round(answer.days_done, 2),
        "steps": [
            {
                "item": step.item.id, "title": step.item.title, "p50_days": step.item.estimate.p50_days,
                "findings": len(step.item.findings), "freed": list(step.freed), "after": _standing(step.after),
            }
            for step in answer.steps
        ],
    }  # fmt: skip


def _standing(assessment: TargetAssessment) -> Json:
    effort = assessment.effort
    return {
        "verdict": assessment.verdict, "sentence": assessment.sentence, "blockers": len(assessment.blockers),
        "p10_days": effort.p10_days, "p50_days": effort.p50_days, "p90_days": effort.p90_days,
    }  # fmt: skip


def hot_spots_to_json(found: HotSpots) -> Json:
    """Where a change weighs most, and the work by owner."""
    return {
        "target": found.target_id,
        "commits": found.commits,
        "modules": [
            {
                "path": spot.path, "score": spot.score, "centrality": spot.centrality, "churn": spot.churn,
                "days": spot.days, "owners": list(spot.owners),
            }
            for spot in found.modules
        ],
        "owners_file": found.owners_file,
        "owners": [{"owner": share.owner, "files": share.files, "days": share.days} for share in found.owners],
    }  # fmt: skip


def _chain(chain: Chain) -> list[Json]:
    return [edge_to_json(edge) for edge in chain]
