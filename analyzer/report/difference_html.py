"""What changed between reports, as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analyzer import __version__
from analyzer.model.difference import FindingChange, ReportDifference, SavedFinding, SavedReport, TargetChange
from analyzer.model.effort import EffortEstimate
from analyzer.model.rule import SEVERITIES
from analyzer.report.charts import range_chart
from analyzer.report.difference import (
    causes,
    cautions,
    counted,
    frame,
    severity_counts,
    signed,
    still_there,
    target_sentence,
    worst_first,
)
from analyzer.report.page import render_page
from analyzer.report.printable import printable
from analyzer.report.wording import VERDICT_WORDS

MOST_ROWS = 500
MOST_ITEMS = 40


def render_difference(difference: ReportDifference, reports: Sequence[SavedReport]) -> str:
    """The page. `reports` are all that were given, oldest first: between the first and the last lie the steps of a burn-down."""
    return render_page(
        "difference.html.j2",
        root=printable(difference.new.root),
        version=__version__,
        old={"name": printable(difference.old.name), "as_of": difference.old.as_of},
        new={"name": printable(difference.new.name), "as_of": difference.new.as_of},
        added=_group("added", "New ties", difference.added),
        fixed=_group("fixed", "Fixed ties", difference.fixed),
        changed=_changed(difference.changed),
        still=still_there(difference),
        frame=frame(difference),
        causes=causes(difference),
        targets=[_target(change, reports, causes(difference)) for change in difference.targets],
        cautions=[printable(caution) for caution in cautions(difference)],
        severities=list(reversed(SEVERITIES)),
        counts=[_counts(report) for report in reports],
        constants=[tuple(map(printable, row)) for row in difference.changed_constants],
    )


def _group(name: str, title: str, findings: Sequence[SavedFinding]) -> dict[str, Any]:
    shown = worst_first(findings)
    return {
        "id": name, "title": title, "words": counted(findings), "more": max(len(shown) - MOST_ROWS, 0),
        "rows": [
            {
                "severity": finding.severity, "place": _place(finding),
                "rule": printable(finding.rule_id), "snippet": printable(finding.snippet, keep_lines=True),
            }
            for finding in shown[:MOST_ROWS]
        ],
    }  # fmt: skip


def _target(change: TargetChange, reports: Sequence[SavedReport], by_code: str) -> dict[str, Any]:
    ranges = [
        (report.as_of, EffortEstimate(target.p10_days, target.p50_days, target.p90_days))
        for report in reports
        for target in report.targets
        if target.id == change.new.id
    ]
    return {
        "id": printable(change.new.id), "title": printable(change.new.title),
        "sentence": printable(target_sentence(change, by_code)),
        "verdict": change.new.verdict, "verdict_words": VERDICT_WORDS[change.new.verdict],
        "was": VERDICT_WORDS[change.old.verdict] if change.old.verdict != change.new.verdict else "",
        "chart": range_chart(ranges),
        "more_items": max(len(change.items) - MOST_ITEMS, 0),
        "items": [
            {
                "title": printable(item.title, 200), "by_code": signed(item.by_code_days),
                "by_figures": signed(item.by_figures_days),
            }
            for item in change.items[:MOST_ITEMS]
        ],
    }  # fmt: skip


def _counts(report: SavedReport) -> dict[str, Any]:
    return {"as_of": report.as_of, "name": printable(report.name), "numbers": severity_counts(report)}


def _changed(changes: Sequence[FindingChange]) -> dict[str, Any]:
    """Ties that stay, with their severity and place before and now."""
    return {
        "more": max(len(changes) - MOST_ROWS, 0),
        "rows": [
            {
                "severity": change.after.severity, "was": change.before.severity if change.raised else "",
                "place": _place(change.after), "from": _place(change.before) if change.is_moved else "",
                "rule": printable(change.after.rule_id), "snippet": printable(change.after.snippet, keep_lines=True),
                "before": printable(change.before.snippet, keep_lines=True)
                if change.before.snippet != change.after.snippet else "",
            }
            for change in changes[:MOST_ROWS]
        ],
    }  # fmt: skip


def _place(finding: SavedFinding) -> str:
    return printable(f"{finding.path}:{finding.line}", 300)
