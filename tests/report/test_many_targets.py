"""Reports cope with any set of targets: the schema holds, the page names each once, and a claim is called one."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import jsonschema
import pytest

from analyzer.discover.files import DiscoverySettings
from analyzer.knowledge.data_files import data_folder
from analyzer.knowledge.targets import find_target
from analyzer.model.page_template import PageTemplate
from analyzer.model.report import Report
from analyzer.pipeline import build_report
from analyzer.report.overview import overview
from analyzer.report.render import render

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "repos" / "example"
SIX = ("rocm", "trainium2-vllm", "openvino", "maia", "managed-api", "inferentia3")


def built(*targets: str) -> Report:
    return build_report(EXAMPLE, DiscoverySettings(), targets, None, 1, datetime.date(2026, 11, 25), accept_claims=True)


@pytest.fixture(scope="module")
def six() -> Report:
    return built(*SIX)


def test_the_json_of_all_targets_keeps_the_schema() -> None:
    schema = json.loads(data_folder("report_templates").joinpath("report.schema.json").read_text("utf-8"))
    report = json.loads(render(built("all", "inferentia3"), "json"))
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(report)] == []
    assert len(report["targets"]) == 26
    for target in report["targets"].values():
        assert target["maturity"] and "The way stays open through" in target["ties_you_to"]


def test_the_page_of_six_targets_names_each_and_repeats_no_anchor(six: Report) -> None:
    page = render(six, "html")
    for name in SIX:
        assert page.count(f"<h3>{find_target(name).title}</h3>") == 1
    anchors = re.findall(r' id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert page.count("unverified claim") > 5
    rows = {row["id"]: row for row in overview(six)["rows"]}
    for name in ("maia", "inferentia3"):
        row = rows[name]
        assert row["verdict_words"] == row["effort_words"] == "cannot tell" and row["effort_bar"] is None and not row["median"]


def test_markdown_and_sarif_cope(six: Report) -> None:
    assert all(f"| {name} |" in render(six, "markdown") for name in SIX)
    assert json.loads(render(six, "sarif"))["runs"]


def test_the_next_end_of_support_is_in_the_report_as_of_the_day() -> None:
    (target,) = built("trainium2").targets
    assert any(line.startswith("Next to end: NxD Inference") and "with 2.34" in line for line in target.maturity)


def test_no_money_is_said_of_a_claim() -> None:
    assert all(option.target_id != "inferentia3" for option in built("inferentia3").tco.options)


def test_of_many_targets_the_nearest_come_first_and_all_stand_side_by_side() -> None:
    report = built("all")
    view = overview(report)
    assert len(view["rows"]) == 6 and view["more"] == len(report.targets) - 6
    verdicts = [row["verdict_words"] for row in view["rows"]]
    assert verdicts[0] in ("needs changes", "no change found to be needed") and "cannot tell" not in verdicts
    shown = [row["id"] for group in view["groups"] for row in group["targets"]]
    assert shown == [target.target_id for target in report.targets]
    assert max(len(group["targets"]) for group in view["groups"]) == 4


def test_a_page_without_costs_says_nothing_of_money() -> None:
    page = render(built("trainium2"), "html", PageTemplate(left_out=("cost",)))
    head = page[page.index("<header") : page.index("</header>")]
    assert "person-days" in head and "NPV" not in head and "pay" not in head and "default scenario" not in head
    assert page[page.index("<main") : page.index('id="effort"')].count("NPV") == 0
