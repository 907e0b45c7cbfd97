"""Tables for spreadsheets and records a line: complete, readable by their readers, and harmless."""

from __future__ import annotations

import csv
import datetime
import io
import json
from pathlib import Path

import pytest

from analyzer.discover.files import DiscoverySettings
from analyzer.model.report import Report
from analyzer.pipeline import build_report
from analyzer.report.render import render
from analyzer.report.tables import FINDING_COLUMNS, WORK_ITEM_COLUMNS, table

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "repos" / "example"


@pytest.fixture(scope="module")
def report() -> Report:
    return build_report(EXAMPLE, DiscoverySettings(), (), None, 1, datetime.date(2026, 11, 1))


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_finding_is_a_row(report: Report) -> None:
    read = rows(render(report, "csv"))
    assert tuple(read[0]) == FINDING_COLUMNS
    assert [(row["path"], row["line"], row["rule_id"], row["fingerprint"]) for row in read] == [
        (finding.path, str(finding.span.line), finding.rule_id, finding.fingerprint) for finding in report.findings
    ]
    assert {row["guarded"] for row in read} == {"true", "false"}
    assert any(row["origin"].rpartition(":")[2].isdecimal() for row in read)


def test_every_work_item_of_every_target_is_a_row(report: Report) -> None:
    read = rows(render(report, "work-items-csv"))
    assert tuple(read[0]) == WORK_ITEM_COLUMNS
    assert len(read) == sum(len(target.work_items) for target in report.targets)
    first = report.targets[0].work_items[0]
    assert (read[0]["id"], float(read[0]["p50_days"]), int(read[0]["findings"])) == (
        first.id, first.estimate.p50_days, len(first.findings),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =cmd|' /C calc'!A0", '=HYPERLINK("x")'])
def test_no_text_is_a_formula(text: str) -> None:
    assert rows(table(("a",), [[text]]))[0]["a"].startswith("'")
    assert rows(table(("a",), [[-1.5]]))[0]["a"] == "-1.5"  # a number is one


@pytest.mark.parametrize("text", ["x;=1", 'x; "=1', "a;+b", "a;'-b", "；；;@SUM(A1)"])
def test_no_text_is_a_formula_where_semicolons_part_cells(text: str) -> None:
    """Some spreadsheets part cells by semicolons, by the country: then a comma is text, and so is a quote inside of a cell."""
    cells = table(("a", "b"), [[text, "y"]]).split("\n")[1].split(";")
    assert not any(cell.strip(' "').startswith(("=", "+", "-", "@")) for cell in cells)


def test_what_would_break_a_row_does_not() -> None:
    held = rows(table(("a", "b"), [['x",\n=1', "\x1b[2J\u202e"], ["", None]]))
    assert len(held) == 2 and "\n" not in held[0]["a"] and held[0]["b"].isprintable() and held[1] == {"a": "", "b": ""}


def test_json_lines_are_the_json_report(report: Report) -> None:
    whole = json.loads(render(report, "json"))
    head, *findings = [json.loads(line) for line in render(report, "jsonl").splitlines()]
    assert (head.pop("record"), {finding.pop("record") for finding in findings}) == ("report", {"finding"})
    assert head.pop("finding_count") == len(findings)
    assert {**head, "findings": findings} == whole
