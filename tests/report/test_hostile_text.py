"""Whatever a report quotes stays text in every format: markup, terminal escapes, formulas, commands, templates, endless lines."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from markdown_it import MarkdownIt

from analyzer.cli.scan import on_terminal
from analyzer.discover.files import DiscoverySettings
from analyzer.knowledge.rules import load_rules
from analyzer.knowledge.saved_report import read_saved_report
from analyzer.model.cost_files import CostFiles
from analyzer.model.gate import GateVerdict
from analyzer.model.report import Report
from analyzer.pipeline import build_report
from analyzer.recost import recosted
from analyzer.report.difference import compare, text_lines
from analyzer.report.difference_html import render_difference
from analyzer.report.difference_markdown import difference_markdown
from analyzer.report.gate_formats import FORMATS as GATE_FORMATS
from analyzer.report.gate_formats import Shown, rendered
from analyzer.report.render import FORMATS, render

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "repos" / "example"
SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"
QUOTED = ("path", "symbol", "snippet", "root", "name", "title", "guard", "detail", "reason", "message", "source", "owners_file", "why",
          "fallback", "file", "id", "sentence", "first", "owner")  # fmt: skip
"""Keys whose text the repository, a model's name, a package or a user's file can bring in."""
NASTY = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</script></style></textarea>-->]]><!--",
    "\x1b[2J\x1b]0;owned\x07\x9b31m\x00\x08",
    "\u202egnp.exe\u2066\u200b\ud800\ufffe",
    "`|` [a](javascript:alert(1)) ![b](http://evil.example/c.png) **d** @team #1 GH-2 https://evil.example www.evil.example",
    "=cmd|' /C calc'!A0;=1+1\t@SUM(A1)",
    "::error file=x::owned\r\n##[group]x\n##vso[task.complete]",
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}<%= 7*7 %>",
    "long" * 2500,
)  # fmt: skip


def spoiled(value: Any, nasty: str, key: str = "") -> Any:
    """The report with the nasty text put before all that it quotes; keys that other parts refer to stay."""
    if isinstance(value, dict):
        return {name: spoiled(item, nasty, name) for name, item in value.items()}
    if isinstance(value, list):
        return [
            spoiled(item, nasty, "path" if key in ("paths", "modules", "runnable", "commands", "owners") else key) for item in value
        ]
    return f"{nasty}{value}" if isinstance(value, str) and key in QUOTED else value


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    report = build_report(EXAMPLE, DiscoverySettings(), (), None, 1, datetime.date(2026, 11, 1))
    parsed: dict[str, Any] = json.loads(render(report, "json"))
    return parsed


@pytest.fixture(scope="module", params=NASTY, ids=range(len(NASTY)))
def file(request: pytest.FixtureRequest, document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = {name: document[name] for name in ("tco", "rules", "capabilities", "tool")}
    path = tmp_path_factory.mktemp("spoiled") / "report.json"
    path.write_text(json.dumps({**spoiled(document, request.param), **kept}), "utf-8")
    return path


@pytest.fixture(scope="module")
def report(file: Path) -> Report:
    return recosted(file, CostFiles(None, (), None), None)


def is_plain(text: str) -> bool:
    return not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") and character not in "\n\t" for character in text
    )


def check_html(text: str) -> None:
    assert "<script>alert" not in text and "<img src=x" not in text and text.count("</script>") == text.count("<script")
    assert is_plain(text)


def check_markdown(text: str) -> None:
    parsed = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    inner = [child for token in parsed for child in (token.children or [token])]
    html = {token.content for token in inner if token.type.startswith("html")}
    assert html <= {"<br>", "<!-- -->", "<!-- offramp -->\n", "</details>\n"} | {
        each for each in html if each.startswith("<details>")
    }
    links = [str(token.attrs["href"]) for token in inner if token.type == "link_open"]
    assert not any("evil" in link or "javascript" in link for link in links) and not any(token.type == "image" for token in inner)
    assert not re.search(r"@team|#1\b|GH-2", "\0".join(token.content for token in inner if token.type == "text"))
    outside = re.sub(r"`[^`\n]*`", "", text.replace(r"\`", ""))
    assert "://evil" not in outside and "www.evil" not in outside  # which GitHub makes links of without any markup
    assert is_plain(text) and max(map(len, text.split("\n"))) < 40_000


def check_csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1
    assert not any(cell.lstrip(" \"'").startswith(("=", "@")) and not cell.startswith("'") for row in rows for cell in row)
    assert is_plain(text) and ";=" not in text and max(len(cell) for row in rows for cell in row) < 32_767  # a cell of Excel


def check_lines(text: str) -> None:
    assert text.isascii() and is_plain(text) and all(json.loads(line) for line in text.splitlines())


def check_json(text: str) -> None:
    check_lines(text.replace("\n", " "))


def check_sarif(text: str) -> None:
    log = json.loads(text)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(log)
    assert text.isascii() and all("evil" not in result["message"]["text"] for result in log["runs"][0]["results"])


CHECKS: dict[str, Callable[[str], None]] = {
    "html": check_html, "json": check_json, "sarif": check_sarif,
    "markdown": check_markdown, "markdown-full": check_markdown, "csv": check_csv, "work-items-csv": check_csv, "jsonl": check_lines,
}  # fmt: skip


@pytest.mark.parametrize("output_format", FORMATS)
def test_a_report_in_every_format(output_format: str, report: Report) -> None:
    CHECKS[output_format](render(report, output_format))


@pytest.mark.parametrize("width", [60, 120])
def test_the_terminal(width: int, report: Report) -> None:
    text = on_terminal(report, f"terminal {width} utf-8 plain")
    assert is_plain(text) and max(map(len, text.split("\n"))) <= width and len(text.split("\n")) < 400


@pytest.mark.parametrize("output_format", GATE_FORMATS)
def test_the_gate_in_every_format(output_format: str, report: Report) -> None:
    verdict = GateVerdict(
        report.findings, frozenset(), (), (), 0, 0, 0, report.root, report.coverage.problems, (report.root,), (report.root,), False
    )  # fmt: skip
    text = rendered(Shown(verdict, report.findings, load_rules(), explain=True), output_format)
    if output_format == "junit":
        suite = ET.fromstring(text)
        assert len(suite) == len(report.findings) and is_plain(text)
    elif output_format in ("json", "gitlab"):
        check_json(text)
    elif output_format in ("markdown", "sarif"):
        CHECKS[output_format](text)
    else:
        assert is_plain(text)
        commands = [line for line in text.split("\n") if line.lstrip().startswith("::")]
        assert "##[" not in text and "##vso" not in text
        assert all(re.match(r"::(notice|warning|error) file=", line) for line in commands)
        assert len(commands) == (len(report.findings) if output_format == "github" else 0)


def test_what_changed_in_every_format(file: Path, document: dict[str, Any], tmp_path: Path) -> None:
    before = tmp_path / "before.json"
    before.write_text(json.dumps(document), "utf-8")
    saved = [read_saved_report(path) for path in (before, file, file)]
    difference = compare(saved[0], saved[-1])
    text = "\n".join(text_lines(difference))
    assert is_plain(text)
    check_markdown(difference_markdown(difference, saved))
    check_html(render_difference(difference, saved))


@pytest.mark.parametrize("nasty", [text for text in NASTY if len(text) < 200], ids=range(len(NASTY) - 1))
def test_the_words_of_a_workload_file_in_every_format(nasty: str, document: dict[str, Any], tmp_path: Path) -> None:
    """Its title, and the name of an instance type, as a user's file or that of a stranger's repository has them."""
    title = json.dumps(nasty.encode("utf-8", "ignore").decode("utf-8").replace("\x7f", ""))
    workload, saved = tmp_path / "w.toml", tmp_path / "report.json"
    workload.write_text(
        f'version = 1\ntitle = {title}\n[fleet]\ninstance_type = "g5.2xlarge"\ncount = 4\n[model]\nkind = "encoder"\n'
        "[traffic]\npeak_per_second = 400\naverage_per_second = 200\n", "utf-8",
    )  # fmt: skip
    saved.write_text(json.dumps(document), "utf-8")
    report = recosted(saved, CostFiles(workload, (), None), None)
    assert report.tco.scenario.title
    for output_format in FORMATS:
        CHECKS[output_format](render(report, output_format))
    text = on_terminal(report, "terminal 80 utf-8 plain")
    assert is_plain(text) and max(map(len, text.split("\n"))) <= 80


@pytest.mark.parametrize("output_format", ["markdown", "difference"])
def test_what_is_made_for_a_comment_fits_into_one(output_format: str, file: Path, document: dict[str, Any], tmp_path: Path) -> None:
    report = recosted(file, CostFiles(None, (), None), None)
    if output_format == "markdown":
        many = tuple(replace(target, target_id=f"{target.target_id}{n}") for n in range(40) for target in report.targets)
        text = render(replace(report, targets=many), "markdown")
    else:
        before = tmp_path / "before.json"
        before.write_text(json.dumps(document), "utf-8")
        saved = [read_saved_report(path) for path in (before, file)]
        text = difference_markdown(compare(saved[0], saved[1]), saved)
    assert len(text) < 65_536
