"""Reads a team's actual days, and the report that had estimated them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path

from analyzer.knowledge.saved_report import read_saved_report
from analyzer.knowledge.toml_reader import nearest
from analyzer.model.calibration import Actual
from analyzer.model.difference import SavedItem
from analyzer.model.errors import UserInputError

COLUMNS = ("target", "work_item", "actual_days")
MOST_DAYS = 100_000

Estimates = Mapping[str, Mapping[str, SavedItem]]
"""By target and work item."""


def read_estimates(path: Path) -> Estimates:
    """The work items of a JSON report. Raises `UserInputError` for anything else."""
    return {target.id: {item.id: item for item in target.items} for target in read_saved_report(path).targets}


def read_actuals(path: Path, estimates: Estimates) -> tuple[Actual, ...]:
    """The rows of a CSV file with the columns `target`, `work_item` and `actual_days`; others are passed over.

    Raises `UserInputError` naming file, line and column.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UserInputError(str(path), "", f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UserInputError(str(path), "", "is not in UTF-8") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise UserInputError(str(path), missing[0], f"is missing; the first line must name the columns {', '.join(COLUMNS)}")
    found: dict[tuple[str, str], Actual] = {}
    try:
        for row in reader:
            place = f"line {reader.line_num}"
            actual = _actual(str(path), place, row, estimates)
            key = (actual.target_id, actual.work_item)
            if key in found:
                raise UserInputError(str(path), place, f"{actual.work_item} of {actual.target_id} has a row already")
            found[key] = actual
    except csv.Error as error:
        raise UserInputError(str(path), f"line {reader.line_num}", f"is no CSV: {error}") from None
    if not found:
        raise UserInputError(str(path), "", "has no rows: one for each work item that is done")
    return tuple(found.values())


def _actual(source: str, place: str, row: Mapping[str, str | None], estimates: Estimates) -> Actual:
    target, item = (row["target"] or "").strip(), (row["work_item"] or "").strip()
    if target not in estimates:
        raise UserInputError(source, f"{place}, target", f"{target!r} is not in the report{nearest(target, estimates)}")
    if item not in estimates[target]:
        raise UserInputError(source, f"{place}, work_item", f"{item!r} is not in the report{nearest(item, estimates[target])}")
    text = (row["actual_days"] or "").strip()
    try:
        days = float(text)
    except ValueError:
        days = math.nan
    if not 0 < days <= MOST_DAYS:
        raise UserInputError(source, f"{place}, actual_days", f"is {text!r}, must be a number above 0, at most {MOST_DAYS:,}")
    known = estimates[target][item]
    if not 0 < known.p10_days <= known.p50_days <= known.p90_days:
        raise UserInputError(source, f"{place}, work_item", f"{item} has no estimate in the report to compare with")
    return Actual(target, item, known.capability, days, known.p10_days, known.p50_days, known.p90_days)
