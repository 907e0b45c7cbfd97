"""Renderers by name: a function from the Report to text. A new format is one entry here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.model.page_template import PageTemplate
    from analyzer.model.report import Report  # a remembered report is text: its thirty classes are not needed


def _json(report: Report) -> str:
    from analyzer.report.json_report import render_json

    return render_json(report)


def _sarif(report: Report) -> str:
    from analyzer.report.sarif import SarifResult, SarifRun, render_sarif

    results = tuple(SarifResult(finding) for finding in report.findings)
    return render_sarif(
        SarifRun("scan", report.tool.rules_version, report.rules, results, report.coverage.gave_up, report.coverage.problems)
    )


def _markdown(report: Report) -> str:
    from analyzer.report.summary_markdown import render_summary

    return render_summary(report)


def _full_markdown(report: Report) -> str:
    from analyzer.report.full_markdown import render_full

    return render_full(report)


def _findings_csv(report: Report) -> str:
    from analyzer.report.tables import render_findings_csv

    return render_findings_csv(report)


def _work_items_csv(report: Report) -> str:
    from analyzer.report.tables import render_work_items_csv

    return render_work_items_csv(report)


def _json_lines(report: Report) -> str:
    from analyzer.report.tables import render_json_lines

    return render_json_lines(report)


RENDERERS: dict[str, Callable[[Report], str]] = {
    "json": _json, "sarif": _sarif, "markdown": _markdown, "markdown-full": _full_markdown, "csv": _findings_csv,
    "work-items-csv": _work_items_csv, "jsonl": _json_lines,
}  # fmt: skip
FORMATS = ("html", *RENDERERS)
ENDINGS = {
    ".html": "html", ".json": "json", ".jsonl": "jsonl", ".sarif": "sarif", ".sarif.json": "sarif", ".md": "markdown",
    ".full.md": "markdown-full", ".csv": "csv", ".work-items.csv": "work-items-csv",
}  # fmt: skip
"""The format of a file, by the longest of these that its name ends with."""


def render(report: Report, output_format: str, template: PageTemplate | None = None) -> str:
    """The report in a format, as text that ends with a line break. Raises `KeyError` for an unknown format.

    `template` dresses the format `html`.
    """
    if output_format == "html":
        from analyzer.report.html import render_html

        return render_html(report, template)
    return RENDERERS[output_format](report)
