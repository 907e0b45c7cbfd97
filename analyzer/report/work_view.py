"""The section of work items: for each target what is to be done, most days first, each with what it rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from analyzer.model.effort import TargetAssessment, WorkItem, days
from analyzer.model.report import Report
from analyzer.model.rule import SEVERITIES
from analyzer.report.findings_view import FindingRows, Interned, filters_of
from analyzer.report.printable import printable
from analyzer.report.wording import most_days_first, work_words

MOST_FIRST_ITEMS = 40
LEAST_FIRST_ITEMS = 8
ALL_FIRST_ITEMS = 160
"""Items that are in the page itself, of all targets together; the others are added by the script as they are asked for."""
MOST_PATHS = 8
LEAST_DAYS = (1, 5, 20, 60)
"""What the filter of effort offers, in person-days."""
_TEXTS = ("title", "verdict", "role", "basis", "advice", "reference", "since", "ready", "low", "middle", "high", "severity")
View = dict[str, Any]


class WorkItems:
    """The items of all targets: texts and lists that several of them share are kept once."""

    def __init__(self, report: Report, rows: FindingRows) -> None:
        self.rows = rows
        self.lists: dict[tuple[int, ...], int] = {}
        self.by_target = {
            target.target_id: [self._item(target, item) for item in most_days_first(target)] for target in report.targets
        }

    def _item(self, target: TargetAssessment, item: WorkItem) -> View:
        found = sorted(self.rows.number_of[name] for name in item.findings if name in self.rows.number_of)
        paths = [self.rows.places.number_of[path] for path in item.paths]
        estimate = item.estimate
        return {
            "id": f"w-{target.target_id}-{hashlib.sha256(item.id.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}",
            "title": printable(item.title, 200), "verdict": item.verdict, "role": item.role.replace("-", " "),
            "low": days(estimate.p10_days), "middle": days(estimate.p50_days), "high": days(estimate.p90_days),
            "basis": item.basis, "advice": item.advice, "reference": item.reference if item.findings else "", "since": item.since,
            "ready": f"{item.automation_share:.0%}" if item.automation_share else "",
            "severity": max((self.rows.findings[n].severity for n in found), key=SEVERITIES.index, default=""),
            "found": found, "paths": paths, **self._where(paths),
        }  # fmt: skip

    def _where(self, paths: Sequence[int]) -> View:
        places = self.rows.places
        owners = sorted({owner for path in paths for owner in places.owners_of[path]})
        return {
            "first_paths": [places.shown[path] for path in paths[:MOST_PATHS]], "more_paths": max(len(paths) - MOST_PATHS, 0),
            "owners": ", ".join(printable(places.owners[owner], 120) for owner in owners[:MOST_PATHS]),
        }  # fmt: skip

    def embedded(self) -> View:
        """What the script draws further items from, and sorts and filters them by."""
        texts, listed = Interned(), self._list
        packed = {
            target: [
                [item["id"], [texts.number(item[name]) for name in _TEXTS], listed(item["found"]), listed(item["paths"])]
                for item in items
            ]
            for target, items in self.by_target.items()
        }
        shown = [printable(text, len(text), keep_lines=True) for text in texts.texts]  # those of a report that was read again, too
        return {"texts": shown, "lists": [list(numbers) for numbers in self.lists], "items": packed, "names": _TEXTS}

    def _list(self, numbers: Sequence[int]) -> int:
        return self.lists.setdefault(tuple(numbers), len(self.lists))


def work_view(report: Report, items: WorkItems) -> View:
    """The section, ready to be placed."""
    every = [item for own in items.by_target.values() for item in own]
    severities = {item["severity"] for item in every}
    graded = [severity for severity in reversed(SEVERITIES) if severity in severities]
    first = min(MOST_FIRST_ITEMS, max(LEAST_FIRST_ITEMS, ALL_FIRST_ITEMS // max(len(report.targets), 1)))
    return {
        "targets": [_target(target, items.by_target[target.target_id], first) for target in report.targets],
        "roles": sorted({item["role"] for item in every}),
        "verdicts": sorted({item["verdict"] for item in every}),
        "severities": [*graded, ""] if "" in severities else graded,
        "least_days": LEAST_DAYS,
        **filters_of(items.rows.places),
    }


def _target(target: TargetAssessment, items: Sequence[View], first: int) -> View:
    return {
        "id": target.target_id, "title": target.title,
        "effort": work_words(target),
        "first": items[:first], "count": len(items), "more": len(items) > first,
    }  # fmt: skip
