"""Findings and work items as tables for a spreadsheet (CSV), and the whole report a record a line (JSON Lines)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence

from analyzer.model.report import Report
from analyzer.report.json_report import finding_to_json, report_to_json
from analyzer.report.printable import printable

FINDING_COLUMNS = (
    "path", "line", "column", "end_line", "end_column", "cell", "severity", "rule_id", "family", "capability", "confidence",
    "symbol", "guarded", "guard", "overridable", "in_tests", "suppressed", "origin", "fingerprint", "snippet",
)  # fmt: skip
WORK_ITEM_COLUMNS = (
    "target", "id", "title", "capability", "verdict", "role", "units", "per", "p10_days", "p50_days", "p90_days", "basis",
    "automation_share", "findings", "paths", "since", "advice", "reference",
)  # fmt: skip
_SIGNS = "=+@＝＋－＠-"
_FORMULA = tuple(_SIGNS)
"""How cells begin that spreadsheet programs work out as formulas, among them calls of other programs; the wide ones too, which
some take for the narrow."""
_AFTER_SEMICOLON = re.compile(rf";(?=[\s\"']*[{_SIGNS}])")
"""Where a new cell would begin with one, in countries whose spreadsheets part cells by semicolons."""
Cell = str | int | float | None


def render_findings_csv(report: Report) -> str:
    """One row a finding, in the order of the report."""
    rows = []
    for finding in report.findings:
        row = finding_to_json(finding)
        row["origin"] = f"{finding.origin.path}:{finding.origin.line}" if finding.origin else ""
        rows.append([row[column] for column in FINDING_COLUMNS])
    return table(FINDING_COLUMNS, rows)


def render_work_items_csv(report: Report) -> str:
    """One row a work item of each target; `findings` and `paths` are how many there are of them."""
    rows: list[list[Cell]] = []
    for target in report.targets:
        for item in target.work_items:
            days = item.estimate
            rows.append([
                target.target_id, item.id, item.title, item.capability, item.verdict, item.role, item.units, item.per,
                days.p10_days, days.p50_days, days.p90_days, item.basis, item.automation_share, len(item.findings),
                len(item.paths), item.since, item.advice, item.reference,
            ])  # fmt: skip
    return table(WORK_ITEM_COLUMNS, rows)


def table(columns: Sequence[str], rows: Iterable[Iterable[Cell]]) -> str:
    """A table as RFC 4180 has it, but with the line breaks of the other formats. No text in it is taken for a formula."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def _cell(value: Cell) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    shown = _AFTER_SEMICOLON.sub(";'", printable(value))
    return f"'{shown}" if shown.lstrip(" \"'").startswith(_FORMULA) else shown


def render_json_lines(report: Report) -> str:
    """The JSON report, its findings a line each.

    The first record, of the kind `report`, is all the rest, and tells how many follow: read without the others it is the JSON
    report of no findings. Those that follow are of the kind `finding`.
    """
    whole = report_to_json(report)
    records = [{"record": "report", "finding_count": len(whole["findings"]), **whole, "findings": []}]
    records.extend({"record": "finding", **finding} for finding in whole["findings"])
    return "".join(f"{json.dumps(record, ensure_ascii=True)}\n" for record in records)
