"""SARIF keeps the published schema and GitHub's limits, whatever the repository holds."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from analyzer.discover.files import DiscoverySettings
from analyzer.knowledge.rules import load_rules
from analyzer.model.facts import Problem
from analyzer.model.finding import Finding, Origin, Suppression
from analyzer.model.report import Report
from analyzer.pipeline import build_report
from analyzer.report import sarif
from analyzer.report.render import render
from analyzer.report.sarif import SarifResult, SarifRun, render_sarif
from analyzer.report.sarif_result import MOST_STEPS, artifact

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "repos" / "example"
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def report() -> Report:
    return build_report(EXAMPLE, DiscoverySettings(), (), None, 1, datetime.date(2026, 11, 1))


@pytest.fixture
def run(report: Report) -> SarifRun:
    return SarifRun("check", "1", report.rules, tuple(SarifResult(finding, "new") for finding in report.findings))


def parsed(text: str) -> dict[str, Any]:
    """The one run of a log that keeps the schema."""
    log = json.loads(text)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert [error.message for error in validator.iter_errors(log)] == []
    assert len(log["runs"]) == 1
    found: dict[str, Any] = log["runs"][0]
    return found


def test_the_schema_can_refuse(run: SarifRun) -> None:
    log = json.loads(render_sarif(run))
    log["runs"][0]["results"][0]["baselineState"] = "old"
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(log)


def test_a_scan_is_a_log_with_rules_places_and_fingerprints(report: Report) -> None:
    log = parsed(render(report, "sarif"))
    assert log["automationDetails"]["id"] == "offramp/scan/" and len(log["results"]) == len(report.findings)
    rules = log["tool"]["driver"]["rules"]
    assert all(rule["help"]["text"] and rule["helpUri"].startswith("https://") and rule["help"]["markdown"] for rule in rules)
    assert all(len(rule["properties"]["tags"]) <= 10 for rule in rules)
    for result, finding in zip(log["results"], report.findings, strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule_id
        assert list(result["partialFingerprints"].values()) == [finding.fingerprint] and "baselineState" not in result
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == finding.path
        if finding.cell is None:
            region, context = place["region"], place.get("contextRegion", {"startLine": 0, "endLine": 1_000_000})
            assert region == dict(zip(("startLine", "startColumn", "endLine", "endColumn"), finding.span, strict=True))
            assert context["startLine"] <= region["startLine"] and region["endLine"] <= context["endLine"]
        else:
            assert place["region"] == {"startLine": finding.file_line}
    assert any(result.get("codeFlows") for result in log["results"]) or not any(finding.flow for finding in report.findings)


def test_a_value_from_elsewhere_is_a_related_place_and_a_way(run: SarifRun) -> None:
    finding = run.results[0].finding._replace(origin=Origin("conf/a b.py", 3), flow=(Origin("c.py", 0),))
    result = parsed(render_sarif(replace(run, results=(SarifResult(finding),))))["results"][0]
    assert "[another place](1)" in result["message"]["text"]
    related = result["relatedLocations"][0]
    assert related["id"] == 1 and related["physicalLocation"]["artifactLocation"]["uri"] == "conf/a%20b.py"
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    uris = [step["location"]["physicalLocation"]["artifactLocation"]["uri"] for step in steps]
    assert uris == ["conf/a%20b.py", "c.py", finding.path]


def test_comments_are_suppressions_only_where_they_dismiss(run: SarifRun) -> None:
    finding = run.results[0].finding
    ignored = finding._replace(suppressed=Suppression("ignore", "timing [only](http://x)", 1))
    postponed = finding._replace(suppressed=Suppression("todo", "later", 1))
    results = parsed(render_sarif(replace(run, results=(SarifResult(ignored), SarifResult(postponed)))))["results"]
    assert results[0]["suppressions"] == [{"kind": "inSource", "justification": "timing [only](http://x)"}]
    assert "suppressions" not in results[1] and results[1]["properties"]["todo"] == "later"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b.py", "a%20b.py"),
        ("http://x/y.py", "http%3A//x/y.py"),
        ("50%.py", "50%25.py"),
        ("a#b?c.py", "a%23b%3Fc.py"),
        ("new\nline.py", "new%0Aline.py"),
        ("ü.py", "%C3%BC.py"),
        ("\udcff.py", "%FF.py"),
        ("\ud800.py", "%ED%A0%80.py"),
    ],
)
def test_paths_are_escaped_in_uris(path: str, uri: str) -> None:
    assert artifact(path)["uri"] == uri


def hostile(finding: Finding) -> Finding:
    text = "\x1b[2J\ud800\u202e]8;;[link](http://evil)<script>"
    comment = Suppression("ignore", text, 1)
    return finding._replace(path=f"{text}.py", symbol=text, snippet=f"{text}\n", suppressed=comment, origin=Origin(text, 1))


def test_what_the_repository_writes_cannot_be_markup_or_break_a_reader(run: SarifRun) -> None:
    results = tuple(SarifResult(hostile(result.finding), "new") for result in run.results)
    problems = (Problem("a\nb.py", "syntax-error", "see [here](http://evil) \ud800", 0),)
    text = render_sarif(replace(run, results=results, problems=problems, remarks=("[x](http://evil)",)))
    log = parsed(text)
    assert text.isascii() and "\\ud800" not in text.replace("\\\\ud800", "") and "\\u001b" not in text.replace("\\\\u001b", "")
    messages = [note["message"]["text"] for note in log["invocations"][0]["toolExecutionNotifications"]]
    assert messages == [r"\[x\](http://evil)", r"syntax-error: see \[here\](http://evil) \\ud800"]
    assert not any("evil" in result["message"]["text"] for result in log["results"])


def test_over_the_limit_the_new_and_severe_stay_and_it_is_said(run: SarifRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 3)
    finding = run.results[0].finding
    mixed = [("new", "info"), ("unchanged", "blocker"), ("new", "blocker"), ("new", "minor"), ("new", "major")]
    results = tuple(SarifResult(finding._replace(severity=severity), state) for state, severity in mixed)
    log = parsed(render_sarif(replace(run, results=results)))
    kept = [(result["baselineState"], result["properties"]["severity"]) for result in log["results"]]
    assert kept == [("new", "blocker"), ("new", "minor"), ("new", "major")]
    notes = [note["message"]["text"] for note in log["invocations"][0]["toolExecutionNotifications"]]
    assert notes == ["2 of 5 results are left out, the least severe of them."]


def test_a_file_too_large_for_github_is_cut(run: SarifRun, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = len(json.dumps(json.loads(render_sarif(run))))
    monkeypatch.setattr(sarif, "MOST_COMPRESSED_BYTES", 4000)
    log = parsed(render_sarif(run))
    assert 0 < len(log["results"]) < len(run.results) and len(json.dumps(log)) < whole
    assert "left out" in log["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_nothing_found_is_a_log_too(run: SarifRun) -> None:
    log = parsed(render_sarif(replace(run, results=())))
    assert log["results"] == [] and log["invocations"][0]["executionSuccessful"]


def test_what_github_shows_only_in_part_is_said(run: SarifRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_SHOWN", 2)
    log = parsed(render_sarif(run))
    notes = [note["message"]["text"] for note in log["invocations"][0]["toolExecutionNotifications"]]
    assert notes == [f"GitHub's code scanning shows only the 2 most severe of these {len(run.results)} results."]
    assert len(log["results"]) == len(run.results)


def test_a_long_way_is_cut_and_says_so(run: SarifRun) -> None:
    way = tuple(Origin("a.py", line) for line in range(1, 20_001))
    result = run.results[0]
    long = SarifResult(result.finding._replace(flow=way, origin=way[0]), "new")
    (found,) = parsed(render_sarif(replace(run, results=(long,))))["results"]
    (flow,) = found["codeFlows"][0]["threadFlows"]
    assert len(flow["locations"]) == MOST_STEPS + 1 and found["properties"]["stepsLeftOut"] == 20_001 - MOST_STEPS


def test_the_words_of_every_rule_are_within_the_limits(run: SarifRun) -> None:
    """https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit, and 1,024
    characters of a description."""
    finding = run.results[0].finding
    rules = load_rules().rules
    results = tuple(SarifResult(finding._replace(rule_id=rule.id)) for rule in rules)
    log = parsed(render_sarif(replace(run, rules=rules, results=results)))
    described = log["tool"]["driver"]["rules"]
    assert len(described) == len(rules) < 25_000
    for rule in described:
        assert len(rule["properties"]["tags"]) <= 10 and len(rule["name"]) <= 255
        assert len(rule["shortDescription"]["text"]) <= 1024 and len(rule["fullDescription"]["text"]) <= 1024
    for result in log["results"]:
        assert len(result["locations"]) == 1 and len(result["message"]["text"]) <= 1024
