"""Renderers by name: a function from the Report to text. A new format is one entry here."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.model.report import Report


def _json(report: Report) -> str:
    from analyzer.report.json_report import render_json

    return render_json(report)


def _html(report: Report) -> str:
    from analyzer.report.html import render_html

    return render_html(report)


RENDERERS: dict[str, Callable[[Report], str]] = {"json": _json, "html": _html}


def render(report: Report, output_format: str) -> str:
    """The report in a format, as text that ends with a line break. Raises `KeyError` for an unknown format."""
    return RENDERERS[output_format](report)
