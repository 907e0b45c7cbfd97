"""What the HTML report shows of the graph besides its picture: packages with their modules, order of work, seams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analyzer.discover.kinds import is_test_path
from analyzer.model.effort import days
from analyzer.model.graph import EntryPointTies, GraphNode, GraphSummary
from analyzer.model.plan import PlannedWave, WorkPlan
from analyzer.model.report import Report
from analyzer.model.rule import SEVERITIES
from analyzer.model.seams import Seam
from analyzer.report.charts import Scale
from analyzer.report.graph_picture import cluster_names
from analyzer.report.graph_text import STATES, WAYS
from analyzer.report.printable import printable

MOST_MODULES = 3000
MOST_SHOWN = 40
MOST_HOT_SPOTS = 12
BAR_WIDTH = 100
View = dict[str, Any]


def graph_view(report: Report) -> View:
    """Everything but the picture."""
    plan = report.plans[0] if report.plans else None
    titles = {target.target_id: target.title for target in report.targets}
    return {
        "packages": packages_of(report.graph),
        "more_modules": max(sum(1 for _ in tied_modules(report.graph.nodes)) - MOST_MODULES, 0),
        "plan": _plan(plan, titles) if plan is not None else None,
        "plans": [_total(other, titles) for other in report.plans],
        "cycles": [[printable(path, 120) for path in cycle[:6]] for wave in report.graph.waves for cycle in wave.cycles],
        "free": _points(point for point in report.graph.entry_points if point.state == "free"),
        "states": [(words, _count(report.graph.entry_points, state)) for state, words in STATES.items()],
        "unreached": _unreached(report.graph),
        "seams": _seams(report),
        "hot_spots": _hot_spots(report),
    }


# ---- packages --------------------------------------------------------------------------------------------------------


def tied_modules(nodes: Iterable[GraphNode]) -> Iterable[GraphNode]:
    """The modules with something to change."""
    return (node for node in nodes if node.kind == "module" and node.is_tied)


def packages_of(graph: GraphSummary) -> list[View]:
    """Folders with their tied modules, those with the most findings first."""
    steps = {path: wave.index for wave in graph.waves for path in wave.modules}
    modules = [node for node in graph.nodes if node.kind == "module"]
    clusters = cluster_names([node.path for node in modules if node.is_tied])
    by_name: dict[str, list[GraphNode]] = {}
    for node in list(tied_modules(modules))[:MOST_MODULES]:
        by_name.setdefault(clusters[node.path], []).append(node)
    views = [_package(name, own, steps) for name, own in by_name.items()]
    return sorted(views, key=lambda view: (-view["findings"], view["title"]))


def _package(name: str, nodes: list[GraphNode], steps: Mapping[str, int]) -> View:
    rows = [
        {
            "path": printable(node.path, 200),
            "severity": node.worst_severity,
            "step": steps.get(node.path, "–"),
            "findings": node.findings,
            "radius": node.blast_radius,
            "test": is_test_path(node.path),
        }
        for node in sorted(nodes, key=lambda node: (steps.get(node.path, 0), -node.findings, node.path))
    ]
    worst = max((node.worst_severity for node in nodes), key=SEVERITIES.index)
    return {
        "title": printable(name, 200) or "(root)", "modules": rows, "severity": worst,
        "findings": sum(node.findings for node in nodes),
    }  # fmt: skip


# ---- work ------------------------------------------------------------------------------------------------------------


def _plan(plan: WorkPlan, titles: Mapping[str, str]) -> View:
    others = {"native": plan.native_days, "tests": plan.test_days, "others": plan.other_files_days, "whole": plan.whole_days}
    scale = Scale.around((0, *others.values(), *(wave.days for wave in plan.waves)), BAR_WIDTH)
    return {
        **_total(plan, titles),
        "waves": [_wave(wave, scale) for wave in plan.waves if wave.index],
        "bars": {name: scale.x(value) for name, value in others.items()},
        "bar_width": BAR_WIDTH,
        "native": days(plan.native_days) if plan.native_days else "",
        "tests": days(plan.test_days) if plan.test_days else "",
        "others": days(plan.other_files_days) if plan.other_files_days else "",
        "whole": days(plan.whole_days),
        "unreached": days(plan.unreached_days) if plan.unreached_days else "",
        "path": [{"title": printable(step.title, 200), "days": days(step.days)} for step in plan.critical_path],
    }


def _total(plan: WorkPlan, titles: Mapping[str, str]) -> View:
    return {
        "title": titles.get(plan.target_id, plan.target_id),
        "days": days(plan.total_days),
        "longest": days(plan.critical_path_days),
        "calendar": [(people, days(length)) for people, length in plan.calendar],
    }


def _wave(wave: PlannedWave, scale: Scale) -> View:
    return {
        "bar": scale.x(wave.days),
        "index": wave.index, "days": days(wave.days), "count": len(wave.modules), "modules": _names(wave.modules),
        "runnable": _names(wave.runnable),
    }  # fmt: skip


def _names(names: Sequence[str]) -> View:
    return {"shown": [printable(name, 200) for name in names[:MOST_SHOWN]], "more": max(len(names) - MOST_SHOWN, 0)}


def _points(points: Iterable[EntryPointTies]) -> View:
    return _names(
        [f"{point.path} ({point.kind})" if point.kind == "script" else f"{point.path}: {point.symbol}" for point in points]
    )


def _count(points: Iterable[EntryPointTies], state: str) -> int:
    return sum(point.state == state for point in points)


def _unreached(graph: GraphSummary) -> list[View]:
    groups = []
    for way, words in WAYS.items():
        own = [item for item in graph.unreached if item.reached_by == way]
        if own:
            groups.append({"words": words, "count": len(own), **_names([f"{item.path}:{item.line} {item.title}" for item in own])})
    return groups


# ---- seams -----------------------------------------------------------------------------------------------------------


def _seams(report: Report) -> View | None:
    seams = report.seams
    if seams is None:
        return None
    return {
        "verdict": seams.verdict,
        "without": days(seams.days_without),
        "title": next((target.title for target in report.targets if target.target_id == seams.target_id), seams.target_id),
        "is_coarse": seams.is_coarse,
        "candidates": [_seam(seam) for seam in seams.candidates],
    }


def _seam(seam: Seam) -> View:
    crossings = [
        {
            "what": printable(f"{item.path}: {_NAMES.get(item.name, item.name)}", 240), "users": item.users,
            "first": printable(f"{item.user_path}:{item.user_line}", 200),
        }
        for item in seam.crossings[:MOST_SHOWN]
    ]  # fmt: skip
    return {
        "verdict": seam.verdict, "is_good": seam.is_good, "first": days(seam.first_move_days),
        "further": days(seam.further_move_days), "behind": _names(seam.behind), "outside": _names(seam.outside),
        "companions": _names(seam.companions), "crossings": crossings, "width": len(seam.crossings),
        "more": max(len(seam.crossings) - MOST_SHOWN, 0), "adapters": days(seam.adapter_days),
        "counts": (len(seam.behind), len(seam.companions), len(seam.outside)),
    }  # fmt: skip


_NAMES = {"": "the module", "*": "everything"}


# ---- hot spots -------------------------------------------------------------------------------------------------------


def _hot_spots(report: Report) -> View | None:
    found = report.hot_spots
    if found is None or not found.modules:
        return None
    return {
        "commits": found.commits,
        "modules": [
            {
                "path": printable(spot.path, 200), "score": f"{spot.score:.2f}", "centrality": f"{spot.centrality:.2f}",
                "churn": spot.churn, "days": days(spot.days), "owners": printable(" ".join(spot.owners), 200),
            }
            for spot in found.modules[:MOST_HOT_SPOTS]
        ],
        "owners_file": printable(found.owners_file),
        "owners": [
            {"owner": printable(share.owner, 120) or "nobody", "files": share.files, "days": days(share.days)}
            for share in found.owners[:MOST_SHOWN]
        ],
    }  # fmt: skip
