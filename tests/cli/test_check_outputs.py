"""One run of the gate writes as many files as are asked for, each for the program that reads it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from analyzer.cli.group import group
from analyzer.model.errors import UserInputError

SCHEMA = Path(__file__).parents[1] / "report" / "schemas" / "sarif-2.1.0.json"
INJECTION = "::error file=x,line=1::owned %0A`|`<b>@me##[group].py"


def offramp(command: str, root: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(group, [command, "--root", str(root), "--as-of", "2026-11-25", *map(str, arguments)])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with known debt, a dismissed place, and something new under a name that is an attack."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / "a.py").write_text("import torch\nx = torch.zeros(3).cuda()\n")
    dismissed = "torch.cuda.synchronize()  # offramp: ignore[cuda-synchronize] timing\n"
    (root / "b.py").write_text(f"import torch\n{dismissed}")
    result = CliRunner().invoke(group, ["baseline", "write", "--root", str(root)])
    assert result.exit_code == 0
    (root / INJECTION).write_text("import torch\ntorch.cuda.empty_cache()\n")
    return root


def sarif(path: Path) -> dict[str, Any]:
    log = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(log)
    found: dict[str, Any] = log["runs"][0]
    return found


def test_one_run_writes_all(root: Path, tmp_path: Path) -> None:
    names = ("o.sarif", "o.md", "o.json", "o.gitlab.json", "gl-code-quality-report.json", "o.xml", "o.txt", "p.sarif.json")
    result = offramp("check", root, *(part for name in names for part in ("-o", tmp_path / name)))
    assert result.exit_code == 1 and "cuda-empty-cache" in result.output
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == sorted(names)
    log = sarif(tmp_path / "o.sarif")
    assert [(item["ruleId"], item["baselineState"]) for item in log["results"]] == [
        ("cuda-empty-cache", "new"),
        ("cuda-method", "unchanged"),
    ]
    assert log["automationDetails"]["id"] == "offramp/check/"
    assert (tmp_path / "p.sarif.json").read_text() == (tmp_path / "o.sarif").read_text()
    assert [item["rule_id"] for item in json.loads((tmp_path / "o.json").read_text())["new"]] == ["cuda-empty-cache"]
    quality = json.loads((tmp_path / "o.gitlab.json").read_text())
    assert [(item["check_name"], item["severity"], item["location"]["lines"]["begin"]) for item in quality] == [
        ("offramp/cuda-empty-cache", "minor", 2),
        ("offramp/cuda-method", "minor", 2),
    ]
    assert quality[0]["location"]["path"] == INJECTION and len({item["fingerprint"] for item in quality}) == 2
    assert (tmp_path / "gl-code-quality-report.json").read_text() == (tmp_path / "o.gitlab.json").read_text()
    suite = ET.fromstring((tmp_path / "o.xml").read_text())
    assert suite.get("failures") == "1" and suite[0].get("classname") == INJECTION
    assert (tmp_path / "o.txt").read_text() in result.output


def test_dismissed_places_are_suppressed_results_where_all_is_asked_for(root: Path, tmp_path: Path) -> None:
    offramp("check", root, "--severity", "info", "-o", tmp_path / "o.sarif")
    found = {item["ruleId"]: item for item in sarif(tmp_path / "o.sarif")["results"]}
    assert found["cuda-synchronize"]["suppressions"] == [{"kind": "inSource", "justification": "timing"}]


def test_without_a_baseline_nothing_claims_to_be_new(root: Path, tmp_path: Path) -> None:
    offramp("check", root, "--no-baseline", "-o", tmp_path / "o.sarif", "-o", tmp_path / "o.md")
    assert ["baselineState" in item for item in sarif(tmp_path / "o.sarif")["results"]] == [False, False]
    assert "2 ties to CUDA" in (tmp_path / "o.md").read_text()


def test_the_comment_is_found_again_and_says_what_changed(root: Path, tmp_path: Path) -> None:
    offramp("check", root, "-o", tmp_path / "o.md")
    comment = (tmp_path / "o.md").read_text()
    assert comment.startswith("<!-- offramp -->\n### Offramp: 1 new tie to CUDA\n") and comment.count("<!--") == 1
    assert "1 known against `.offramp-baseline.json`" in comment and "<b>@me" in comment.split("`::error")[1].split("`")[0]
    (root / INJECTION).unlink()
    assert offramp("check", root, "-o", tmp_path / "o.md", "-o", tmp_path / "o.xml").exit_code == 0
    assert "### Offramp: no new ties to CUDA" in (tmp_path / "o.md").read_text()
    assert ET.fromstring((tmp_path / "o.xml").read_text()).get("failures") == "0"


def test_a_long_list_fits_into_a_comment_and_says_what_it_leaves_out(root: Path, tmp_path: Path) -> None:
    (root / "many.py").write_text("import torch\n" + "torch.cuda.empty_cache()\n" * 300)
    offramp("check", root, "-o", tmp_path / "o.md")
    comment = (tmp_path / "o.md").read_text()
    assert len(comment) < 65_536 and comment.count("`many.py:") == 49 and "251 more are not shown here" in comment


def test_no_line_of_a_log_is_a_command_of_a_build_server(root: Path) -> None:
    for arguments in ((), ("--explain", "--severity", "info"), ("--statistics",)):
        for line in offramp("check", root, *arguments).output.splitlines():
            assert not line.lstrip().startswith("::") and "##[" not in line and "##vso" not in line
    lines = offramp("check", root, "--format", "github").output.splitlines()
    assert len(lines) == 1 and lines[0].startswith("::warning file=%3A%3Aerror file=x%2Cline=1%3A%3Aowned %250A`|`<b>@me")


@pytest.mark.parametrize("name", ["o.html", "o", "missing/o.sarif"])
def test_an_output_that_cannot_be_is_refused_before_any_work(root: Path, tmp_path: Path, name: str) -> None:
    (root / "offramp.toml").write_text("not toml")
    result = offramp("check", root, "-o", tmp_path / name)
    assert isinstance(result.exception, UserInputError) and "--output" in str(result.exception)


def test_a_failed_write_leaves_the_old_file_and_is_an_error(root: Path, tmp_path: Path) -> None:
    (tmp_path / "o.sarif").mkdir()
    assert isinstance(offramp("check", root, "-o", tmp_path / "o.sarif").exception, UserInputError)
    assert not list(tmp_path.glob(".o.sarif*"))


def test_a_scan_writes_them_too(root: Path, tmp_path: Path) -> None:
    arguments = ["scan", str(root), "-q", "-o", str(tmp_path / "s.sarif"), "-o", str(tmp_path / "s.md")]
    assert CliRunner().invoke(group, arguments).exit_code == 0
    assert {item["ruleId"] for item in sarif(tmp_path / "s.sarif")["results"]} >= {"cuda-method", "cuda-synchronize"}
    assert (tmp_path / "s.md").read_text().startswith("# Offramp: `repository`")


def test_annotations_begin_with_the_worst_and_tell_what_github_leaves_out(root: Path) -> None:
    (root / "many.py").write_text("import torch\n" + "torch.cuda.empty_cache()\n" * 12 + "torch.cuda.Stream()\n")
    *lines, last = offramp("check", root, "--no-baseline", "--format", "github").output.splitlines()
    levels = [line.split(" ")[0] for line in lines]
    assert levels == sorted(levels) and levels[0] == "::error" and levels.count("::warning") > 10
    hidden = levels.count("::warning") - 10
    assert last == (
        f"offramp: {hidden} of these {len(lines)} findings are not shown beside the lines: GitHub shows 10 of each level in a step."
    )


def test_what_gitlab_asks_for_is_there_and_nothing_twice(root: Path, tmp_path: Path) -> None:
    """https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""
    (root / "many.py").write_text("import torch\n" + "torch.cuda.empty_cache()\n" * 5)
    offramp("check", root, "--severity", "info", "-o", tmp_path / "o.gitlab.json")
    schema = {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^(?!\\./|/)"},
                        "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                    },
                },
            },
        },
    }
    entries = json.loads((tmp_path / "o.gitlab.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(entries)
    assert len(entries) > 5 and len({entry["fingerprint"] for entry in entries}) == len(entries)
