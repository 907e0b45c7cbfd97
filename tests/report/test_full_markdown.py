"""The full Markdown report: every section of the page, tables that hold, and bounds that are said."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from analyzer.discover.files import DiscoverySettings
from analyzer.model.report import Report
from analyzer.pipeline import build_report
from analyzer.report import full_markdown
from analyzer.report.render import render

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "repos" / "example"
HARMLESS_HTML = {"<br>", "<!-- -->"}


@pytest.fixture(scope="module")
def report() -> Report:
    return build_report(EXAMPLE, DiscoverySettings(), (), None, 1, datetime.date(2026, 11, 1))


@pytest.fixture(scope="module")
def text(report: Report) -> str:
    return render(report, "markdown-full")


def tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def headings(text: str, level: str) -> list[str]:
    found = tokens(text)
    return [found[place + 1].content for place, token in enumerate(found) if token.type == "heading_open" and token.tag == level]


SECTIONS = (
    "Can we move, and what stops us?", "Targets side by side", "What it does, and does it fit?", "What ties us?", "What does it take?",
    "Does it pay?", "Work items", "What hangs on what", "Custom kernels", "Order of work", "Where to cut",
    "Models and operators, on each target", "Findings", "Coverage: what was analysed, and what was not", "Assumptions", "Glossary",
    "How to reproduce",
)  # fmt: skip


def test_all_sections_are_there_in_their_order(text: str) -> None:
    found = headings(text, "h2")
    assert found == list(SECTIONS)
    places = [place for place, line in enumerate(text.split("\n")) if line.startswith("## ")]
    assert all(after - before > 3 for before, after in pairwise(places))  # none is empty


def test_models_and_operators_stand_against_each_target(report: Report, text: str) -> None:
    section = text.split("## Models and operators")[1].split("\n## ", maxsplit=1)[0]
    for target in report.targets:
        assert not target.entry_points or f"### {target.title}: models and entry points" in section
        for use in target.operators:
            assert use.status == "supported" or f"| `{use.name}` |" in section


def test_every_row_of_every_table_has_a_cell_for_each_column(text: str) -> None:
    """A bar that is not escaped would shift all cells behind it."""
    blocks = [block.split("\n") for block in text.split("\n\n") if block.startswith("|")]
    assert sum(len(block) - 2 for block in blocks) > 100
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block}) == 1, block[0]
    assert sum(token.type == "table_open" for token in tokens(text)) == len(blocks)


def test_nothing_is_markup_but_ours(text: str) -> None:
    inner = [child for token in tokens(text) for child in (token.children or [token])]
    assert {token.content for token in inner if token.type.startswith("html")} <= HARMLESS_HTML
    links = [str(token.attrs["href"]) for token in inner if token.type == "link_open"]
    assert links and all(link.startswith("https://") for link in links)


def test_every_target_work_item_rule_place_and_assumption_is_there(report: Report, text: str) -> None:
    plain = "".join(child.content for token in tokens(text) for child in (token.children or ()))
    for target in report.targets:
        assert target.title in plain and all(item.title.replace("`", "") in plain for item in target.work_items)
    for finding in report.findings:
        assert finding.suppressed or f"{finding.path}:" in plain
    assert all(rule.title.replace("`", "") in plain for rule in report.rules)
    assert all(item.title.replace("`", "") in plain for item in report.assumptions)
    assert "offramp scan example -t" in plain


def many(report: Report, number: int) -> Report:
    finding = report.findings[0]
    return replace(report, findings=tuple(finding._replace(path=f"{'folder/' * 20}{n}.py") for n in range(number)))


def test_what_is_left_out_of_a_long_list_is_counted(report: Report) -> None:
    text = render(many(report, full_markdown.MOST_ROWS + 1), "markdown-full")
    assert "- and 1 more place; the JSON report has all" in text


def test_a_page_over_the_limit_of_a_job_summary_is_cut_and_says_so(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    large = many(report, 5000)
    whole = render(large, "markdown-full")
    monkeypatch.setattr(full_markdown, "MOST_BYTES", len(whole.encode()) - 1)
    shorter = render(large, "markdown-full")
    assert len(shorter.encode()) < len(whole.encode())
    assert f"- and {5000 - full_markdown.MOST_ROWS * 2 // 3:,} more places; the JSON report has all" in shorter
    monkeypatch.setattr(full_markdown, "MOST_BYTES", 5000)
    least = render(large, "markdown-full")
    assert len(least.encode()) <= 5000 and "The page ends here" in least


def test_twenty_thousand_findings_of_all_rules_fit(report: Report) -> None:
    from analyzer.knowledge.rules import load_rules

    rules = load_rules().rules
    finding = report.findings[0]
    findings = tuple(
        finding._replace(rule_id=rules[n % len(rules)].id, path=f"{'long/' * 15}{n}.py", symbol="é" * 100) for n in range(20_000)
    )
    text = render(replace(report, findings=findings, rules=rules), "markdown-full")
    assert len(text.encode()) <= 1024 * 1024 and headings(text, "h2")[-1] == "How to reproduce"


def test_of_nothing_no_days_are_said(tmp_path: Path) -> None:
    text = render(build_report(tmp_path, DiscoverySettings(), (), None, 1, datetime.date(2026, 11, 1)), "markdown-full")
    assert "0.0 – 0.0" not in text and text.count(": no work items") == 3 and "| cannot tell | cannot tell |" in text
    assert "**Does it pay?** Nothing can be said" in text
