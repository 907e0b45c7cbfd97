"""Models, entry points and operators of the repository against each target, what does not pass first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from analyzer.model.counted import counted
from analyzer.model.effort import OperatorUse, TargetAssessment
from analyzer.report.entry_points_view import entry_points_view
from analyzer.report.printable import printable

SHORT_WORDS = {"blocked": "blocked", "needs_changes": "with changes", "unknown": "cannot be told", "runs": "as they stand"}
STATUSES = {"unsupported": "not supported", "partial": "in part", "unknown": "not known", "supported": "supported"}
"""What is known of an operator, worst first, in words."""
KINDS = {
    "model": "Models", "part": "Parts of models", "export": "Exports", "script": "Scripts", "notebook": "Notebooks",
    "console-script": "Console scripts", "service": "Services",
}  # fmt: skip
MOST_ROWS = 40
MOST_USERS = 3
SIDE_BY_SIDE = 6
"""Targets of one table."""
View = dict[str, Any]


def operators_view(targets: Sequence[TargetAssessment]) -> View:
    """Everything that the section shows."""
    groups = [targets[at : at + SIDE_BY_SIDE] for at in range(0, len(targets), SIDE_BY_SIDE)]
    return {
        "kinds": [_kinds(group) for group in groups],
        "points": [view for target in targets if (view := entry_points_view(target))["count"]],
        "operators": [_operators(group) for group in groups],
        "lacking": [found for target in targets if (found := _lacking(target))["rows"]],
        "is_empty": not any(target.entry_points or target.operators for target in targets),
    }


def _titles(targets: Iterable[TargetAssessment]) -> list[str]:
    return [target.title for target in targets]


def _kinds(targets: Sequence[TargetAssessment]) -> View:
    """How many of each kind run, need changes, are blocked or cannot be told, by target."""
    rows = []
    for kind in _kinds_in(targets):
        counts = [Counter(point.prediction for point in target.entry_points if point.kind == kind) for target in targets]
        cells = [
            [(found[prediction], prediction, words) for prediction, words in SHORT_WORDS.items() if found[prediction]]
            for found in counts
        ]
        rows.append((KINDS.get(kind, kind), max(sum(found.values()) for found in counts), cells))
    return {"titles": _titles(targets), "rows": rows}


def _kinds_in(targets: Iterable[TargetAssessment]) -> list[str]:
    found = {point.kind for target in targets for point in target.entry_points}
    return [*(kind for kind in KINDS if kind in found), *sorted(found - set(KINDS))]


def _operators(targets: Sequence[TargetAssessment]) -> View:
    """Each operator against the targets; those that are supported everywhere are counted."""
    found: dict[str, dict[str, OperatorUse]] = {}
    for target in targets:
        for use in target.operators:
            found.setdefault(use.name, {})[target.target_id] = use
    order = list(STATUSES)
    ranked = sorted((min(order.index(use.status) for use in uses.values()), -_sites(uses), name) for name, uses in found.items())
    doubted = [name for worst, _, name in ranked if order[worst] != "supported"]
    passing = [name for worst, _, name in ranked if order[worst] == "supported"]
    rows = [
        (printable(name, 120), _sites(found[name]),
         [_status(found[name].get(target.target_id)) for target in targets])
        for name in doubted[:MOST_ROWS]
    ]  # fmt: skip
    return {
        "titles": _titles(targets), "rows": rows, "more": max(len(doubted) - MOST_ROWS, 0),
        "passing": [printable(name, 120) for name in passing],
    }  # fmt: skip


def _sites(uses: dict[str, OperatorUse]) -> int:
    return max(use.sites for use in uses.values())


def _status(use: OperatorUse | None) -> tuple[str, str]:
    return ("", "–") if use is None else (use.status, STATUSES[use.status])


def _lacking(target: TargetAssessment) -> View:
    """What a target is known to lack or to have in part, with the source and the models that use it."""
    users: dict[str, list[str]] = {}
    for point in target.entry_points:
        for reason in point.reasons:
            if reason.operator:
                users.setdefault(reason.operator, []).append(printable(f"{point.symbol} ({reason.path}:{reason.line})", 200))
    lacking = [use for use in target.operators if use.status in ("unsupported", "partial")]
    ordered = sorted(lacking, key=lambda use: (use.status == "partial", -use.sites, use.name))
    return {
        "title": target.title,
        "count": counted(len(lacking), "operator"),
        "rows": [_lack(use, users.get(use.name, [])) for use in ordered[:MOST_ROWS]],
        "more": max(len(lacking) - MOST_ROWS, 0),
    }


def _lack(use: OperatorUse, users: list[str]) -> View:
    own = list(dict.fromkeys(users))
    return {
        "name": printable(use.name, 120), "status": use.status, "words": STATUSES[use.status], "sites": use.sites,
        "reference": printable(use.reference, 400), "users": own[:MOST_USERS], "more": max(len(own) - MOST_USERS, 0),
    }  # fmt: skip
