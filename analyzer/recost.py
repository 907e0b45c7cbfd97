"""From a JSON report and the user's files to a report that is costed anew, without reading the repository again."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

from analyzer.cost.assumptions import assumptions_of
from analyzer.cost.costing import Costing, Text, read_text
from analyzer.model.cost import CostInputs
from analyzer.model.cost_files import CostFiles
from analyzer.model.report import Report
from analyzer.report.report_reader import read_report

COST = "cost."


def recosted(report_file: Path, files: CostFiles, as_of: datetime.date | None) -> Report:
    """The report with its costs worked out again. What is not given anew (workload, prices, measurements, the day) is that
    of the report. Raises `UserInputError`."""
    report = read_report(report_file)
    kept = report.tco.inputs or CostInputs("", "", ())
    day = as_of or datetime.date.fromisoformat(report.as_of)
    within = f"{report_file}: tco.inputs"

    def text(path: Path | None, before: str) -> Text | None:
        return read_text(path) if path is not None else Text(within, before) if before else None

    named = tuple(found for path in files.prices if (found := read_text(path)) is not None)
    prices = named or tuple(Text(within, before) for before in kept.prices)
    costing = Costing.from_texts(text(files.workload, kept.workload), prices, text(files.measurements, kept.measurements), day)
    comparison = costing.compare(report.targets, report.tco.declared)
    others = tuple(item for item in report.assumptions if not item.id.startswith(COST))
    return replace(report, as_of=day.isoformat(), tco=comparison, assumptions=(*others, *assumptions_of(comparison)))
