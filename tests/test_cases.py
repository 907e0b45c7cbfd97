"""The cases of docs/cases: their files load, their commands are ours, their figures are in the reports, no source is quoted."""

from __future__ import annotations

import datetime
import html
import json
import re
import shlex
from pathlib import Path

import click
import pytest

from analyzer.cli.group import group
from analyzer.cost.costing import Costing, Text
from analyzer.model.workload_file import Workload

CASES = Path(__file__).parents[1] / "docs" / "cases"
NAMES = ("diffusion-service", "llm-service", "training")
LARGEST_BYTES = 600_000
FIGURES = re.compile(r"−?(?:EUR |\$)\d[\d,.]*\d[kM]?|\d+(?:\.\d+)?×|\d+%|\bmonth \d+|\b\d+ to \d+ person-days|\b\d+ instance hours")
COMMIT = re.compile(r"archive ([0-9a-f]{40}) ")


def command_of(name: str) -> list[str]:
    """The words of the scan in the README of a case."""
    text = (CASES / name / "README.md").read_text("utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("offramp ")]
    return shlex.split(line)


def report_of(name: str) -> str:
    return (CASES / name / "report.html").read_text("utf-8")


def words_of(page: str) -> str:
    """What a reader sees of a page."""
    page = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_there_are_three_cases_and_the_index_names_them() -> None:
    assert tuple(sorted(path.name for path in CASES.iterdir() if path.is_dir())) == NAMES
    index = (CASES / "README.md").read_text("utf-8")
    assert all(f"({name}/README.md)" in index for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_workload_is_still_read(name: str) -> None:
    words = command_of(name)
    day = words[words.index("--as-of") + 1]
    text = (CASES / name / "workload.toml").read_text("utf-8")
    assert "An example: every number here is an assumption" in text
    plan = Costing.from_texts(Text(f"{name}/workload.toml", text), (), None, datetime.date.fromisoformat(day)).plan
    assert isinstance(plan, Workload) and plan.scenario.title.startswith("Example")
    assert plan.scenario.title in words_of(report_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_command_is_one_of_ours(name: str) -> None:
    words = command_of(name)
    scan = group.get_command(click.Context(group), words[1])
    assert scan is not None
    given = scan.make_context("scan", words[2:], resilient_parsing=True).params
    assert given["no_source"] and given["workload"] == Path("workload.toml") and given["outputs"] == (Path("report.html"),)
    assert COMMIT.search((CASES / name / "README.md").read_text("utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_the_questions_is_in_the_report(name: str) -> None:
    questions = (CASES / name / "README.md").read_text("utf-8").split("## What a sceptical")[1]
    figures, words = FIGURES.findall(" ".join(questions.split())), words_of(report_of(name))
    assert len(figures) >= 8
    assert [figure for figure in figures if figure not in words] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_small_quotes_no_source_and_is_of_the_repository(name: str) -> None:
    page = report_of(name)
    assert len(page.encode("utf-8")) < LARGEST_BYTES
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    findings = json.loads(found[1])["findings"]
    assert findings["rules"] and not any(findings["quotes"]) and not any(findings["edits"])
    assert "without quoting the source" in page and f"Leaving CUDA: {command_of(name)[2]}" in words_of(page)
