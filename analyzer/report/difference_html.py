"""What changed between reports, as a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from analyzer import __version__
from analyzer.model.difference import ReportDifference, SavedFinding, SavedReport, TargetChange
from analyzer.model.effort import EffortEstimate
from analyzer.model.rule import SEVERITIES
from analyzer.report.charts import range_chart
from analyzer.report.difference import cautions, counted, signed, target_sentence
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
        targets=[_target(change, reports) for change in difference.targets],
        cautions=[printable(caution) for caution in cautions(difference)],
        severities=list(reversed(SEVERITIES)),
        counts=[_counts(report) for report in reports],
        constants=[tuple(map(printable, row)) for row in difference.changed_constants],
    )


def _group(name: str, title: str, findings: Sequence[SavedFinding]) -> dict[str, Any]:
    shown = sorted(
        (finding for finding in findings if not finding.is_suppressed),
        key=lambda finding: (-SEVERITIES.index(finding.severity), finding.path, finding.line),
    )
    return {
        "id": name, "title": title, "words": counted(findings), "more": max(len(shown) - MOST_ROWS, 0),
        "rows": [
            {
                "severity": finding.severity, "place": printable(f"{finding.path}:{finding.line}", 300),
                "rule": printable(finding.rule_id), "snippet": printable(finding.snippet, keep_lines=True),
            }
            for finding in shown[:MOST_ROWS]
        ],
    }  # fmt: skip


def _target(change: TargetChange, reports: Sequence[SavedReport]) -> dict[str, Any]:
    ranges = [
        (report.as_of, EffortEstimate(target.p10_days, target.p50_days, target.p90_days))
        for report in reports
        for target in report.targets
        if target.id == change.new.id
    ]
    return {
        "id": printable(change.new.id), "title": printable(change.new.title), "sentence": printable(target_sentence(change)),
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
    found = Counter(finding.severity for finding in report.findings if not finding.is_suppressed)
    return {
        "as_of": report.as_of, "name": printable(report.name), "numbers": [found[severity] for severity in reversed(SEVERITIES)],
    }  # fmt: skip
