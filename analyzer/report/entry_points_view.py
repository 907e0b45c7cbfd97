"""Where the program starts and what it serves, for one target: those that are alike in one line."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from analyzer.model.effort import EntryPoint, Reason, TargetAssessment
from analyzer.report.printable import printable
from analyzer.report.wording import OUTCOME_WORDS, VERDICT_WORDS

MOST_ENTRY_POINTS = 40
WORST_FIRST = ("blocked", "needs_changes", "unknown", "runs")
TO_KNOW = "to-know"
"""The rule of a reason that says what to run, alike for all of a target."""
MOST_PLACES = 12
"""Places that are named of entry points that are alike."""
MOST_REASON_CHARACTERS = 400


def entry_points_view(target: TargetAssessment) -> dict[str, Any]:
    """The first lines, how many entry points are in further ones, and what would tell of those that are unknown."""
    points = folded_entry_points(target)
    return {
        "title": target.title,
        "count": len(target.entry_points),
        "lines": points[:MOST_ENTRY_POINTS],
        "to_know": next((r.message for point in target.entry_points for r in point.reasons if r.rule_id == TO_KNOW), ""),
        "more": sum(len(point["places"]) + point["more"] for point in points[MOST_ENTRY_POINTS:]),
    }


def folded_entry_points(target: TargetAssessment) -> list[dict[str, Any]]:
    """Entry points that are alike but for their place as one: what was measured, then the worst."""
    groups: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], list[EntryPoint]] = {}
    for point in _shown_first(target.entry_points):
        told = tuple(_told(reason, point) for reason in point.reasons[:3] if reason.rule_id != TO_KNOW)
        groups.setdefault((point.kind, point.prediction, told, _measured(point)), []).append(point)
    return [
        {
            "places": [_place(point) for point in points[:MOST_PLACES]],
            "more": max(len(points) - MOST_PLACES, 0), "kind": kind, "verdict": prediction,
            "prediction": VERDICT_WORDS[prediction],
            "reasons": [printable(reason, MOST_REASON_CHARACTERS) for reason in told], "measured": measured,
        }
        for (kind, prediction, told, measured), points in groups.items()
    ]  # fmt: skip


def _measured(point: EntryPoint) -> tuple[str, ...]:
    """What other tools measured of an entry point."""
    return tuple(
        ("differs: " if each.disagrees else "") + printable(f"{OUTCOME_WORDS[each.outcome]} ({each.file}): {each.detail}", 300)
        for each in point.measured
    )


def _told(reason: Reason, point: EntryPoint) -> str:
    """A reason, with its place where that is not the entry point's own."""
    is_own = (reason.path, reason.line) == (point.path, point.line)
    return reason.message if is_own else f"{reason.path}:{reason.line} {reason.message}"


def _place(point: EntryPoint) -> str:
    """Where it stands, and its name where the file does not have it already."""
    name = point.symbol.rpartition(".")[2]
    is_told = PurePosixPath(point.path).stem == name
    return printable(f"{point.path}:{point.line}" + ("" if is_told else f" {name}"), 200)


def _shown_first(points: tuple[EntryPoint, ...]) -> list[EntryPoint]:
    """What was measured, then the worst prediction."""
    return sorted(points, key=lambda point: (not point.measured, WORST_FIRST.index(point.prediction)))
