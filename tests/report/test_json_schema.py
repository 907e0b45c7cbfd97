"""The JSON report keeps its published schema, and the schema refuses what breaks it."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from analyzer.cli.group import group
from analyzer.discover.files import DiscoverySettings
from analyzer.knowledge.data_files import data_folder
from analyzer.knowledge.report_schema import report_schema_text, wrong_value
from analyzer.pipeline import build_report
from analyzer.report.render import render
from analyzer.report.report_reader import read_report

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "repos" / "example"


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    built = build_report(EXAMPLE, DiscoverySettings(), (), None, 1, datetime.date(2026, 11, 1))
    parsed: dict[str, Any] = json.loads(render(built, "json"))
    return parsed


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(data_folder("report_templates").joinpath("report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schema_can_be_printed() -> None:
    printed = CliRunner().invoke(group, ["version", "--schema"])
    assert printed.exit_code == 0 and json.loads(printed.output)["$schema"].endswith("draft/2020-12/schema")


def test_the_example_is_valid(report: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(report)] == []


@pytest.mark.parametrize("key", ["schema_version", "coverage", "findings", "graph", "targets", "tco", "assumptions"])
def test_a_missing_key_is_refused(key: str, report: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    broken = copy.deepcopy(report)
    del broken[key]
    assert list(validator.iter_errors(broken))


def test_wrong_values_are_refused(report: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    for change in ({"severity": "huge"}, {"line": 0}, {"fingerprint": "x"}, {"extra": 1}):
        broken = copy.deepcopy(report)
        broken["findings"][0].update(change)
        assert list(validator.iter_errors(broken)), change


def test_the_contract_of_a_finding(report: dict[str, Any]) -> None:
    names = [
        "rule_id",
        "capability",
        "severity",
        "confidence",
        "path",
        "line",
        "column",
        "end_line",
        "end_column",
        "cell",
        "symbol",
        "snippet",
        "guarded",
        "origin",
        "fingerprint",
        "suppressed",
    ]
    assert all(name in finding for finding in report["findings"] for name in names)
    notebook = [finding for finding in report["findings"] if finding["path"].endswith(".ipynb")]
    assert notebook and all(finding["cell"] is not None and finding["file_line"] for finding in notebook)


def test_references_inside_the_report_hold(report: dict[str, Any]) -> None:
    fingerprints = {finding["fingerprint"] for finding in report["findings"]}
    assert len(fingerprints) == len(report["findings"])
    for target in report["targets"].values():
        for item in (*target["work_items"], *target["blockers"]):
            assert set(item["findings"]) <= fingerprints
    assert {finding["rule_id"] for finding in report["findings"]} == set(report["rules"])
    assert all(finding["capability"] in report["capabilities"] for finding in report["findings"])


def test_every_number_has_a_source(report: dict[str, Any]) -> None:
    assert all(item["source"] and item["kind"] for item in report["assumptions"])
    assert all(item["basis"] and item["advice"] for t in report["targets"].values() for item in t["work_items"])


def test_what_follows_from_the_graph_is_there(report: dict[str, Any], validator: jsonschema.Draft202012Validator) -> None:
    plans = [target["plan"] for target in report["targets"].values()]
    assert all(plan["waves"] and plan["critical_path"] and len(plan["calendar"]) == 4 for plan in plans)
    assert report["graph"]["entry_points"] and report["graph"]["unreached"] and report["seams"]["candidates"]
    ids = {node["id"] for node in report["graph"]["nodes"]}
    assert all(edge["source"] in ids and edge["target"] in ids and edge["path"] for edge in report["graph"]["edges"])
    broken = copy.deepcopy(report)
    broken["graph"]["unreached"][0]["reached_by"] = "magic"
    assert list(validator.iter_errors(broken))


@pytest.fixture(scope="module")
def line_validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(CliRunner().invoke(group, ["version", "--lines-schema"]).output)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("targets", [(), ("all",)])
def test_every_line_of_the_lines_is_valid(targets: tuple[str, ...], line_validator: jsonschema.Draft202012Validator) -> None:
    built = build_report(EXAMPLE, DiscoverySettings(), targets, None, 1, datetime.date(2026, 11, 1))
    records = [json.loads(line) for line in render(built, "jsonl").splitlines()]
    assert [record["record"] for record in records] == ["report", *["finding"] * len(built.findings)]
    assert records[0]["finding_count"] == len(built.findings) > 0
    for record in records:
        assert [error.message for error in line_validator.iter_errors(record)] == []


@pytest.mark.parametrize("change", [{"record": "else"}, {"finding_count": -1}, {"findings": [{}]}, {"extra": 1}])
def test_a_first_line_that_is_none_is_refused(
    change: dict[str, Any], report: dict[str, Any], line_validator: jsonschema.Draft202012Validator
) -> None:
    first = {**report, "record": "report", "finding_count": 0, "findings": []}
    assert line_validator.is_valid(first) and not line_validator.is_valid({**first, **change})
    assert not line_validator.is_valid({key: value for key, value in first.items() if key not in change} | {"extra": 1})


def test_the_order_is_that_of_the_schema_and_of_places(report: dict[str, Any]) -> None:
    schema = json.loads(data_folder("report_templates").joinpath("report.schema.json").read_text("utf-8"))
    assert list(report) == [key for key in schema["properties"] if key in report]
    places = [(f["path"], f["cell"] or 0, f["line"], f["column"]) for f in report["findings"]]
    assert places == sorted(places)
    assert list(report["targets"]) == sorted(report["targets"])


UNDERSTOOD = {
    "type", "items", "additionalProperties", "required", "properties", "minimum", "maximum", "description", "enum", "oneOf", "const",
    "pattern", "minItems", "exclusiveMinimum", "exclusiveMaximum", "$schema", "$id", "title",
}  # fmt: skip


def keywords(schema: dict[str, Any]) -> set[str]:
    inner = [*schema.get("properties", {}).values(), *schema.get("oneOf", ())]
    inner += [part for part in (schema.get("items"), schema.get("additionalProperties")) if isinstance(part, dict)]
    return set(schema).union(*map(keywords, inner))


def test_the_reader_understands_all_that_the_schema_is_written_with() -> None:
    assert keywords(json.loads(report_schema_text())) <= UNDERSTOOD


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """One place of each kind: the first item of a list, the first of alike keys."""
    yield place
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*place, key))
    elif isinstance(value, list) and value:
        yield from leaves(value[0], (*place, 0))


@pytest.mark.parametrize("wrong", [None, "x", -1, [], True, float("nan")], ids=repr)
def test_the_reader_refuses_what_the_schema_refuses_and_nothing_else(
    wrong: object, validator: jsonschema.Draft202012Validator, tmp_path: Path
) -> None:
    """Besides what is missing or further, which it leaves to those who need it."""
    (tmp_path / "a.py").write_text("import torch\nfrom torch import nn\nx = nn.Linear(2, 2).cuda()\ntorch.cuda.Stream()\n")
    report = json.loads(
        render(build_report(tmp_path, DiscoverySettings(), ("trainium2",), None, 1, datetime.date(2026, 11, 1)), "json")
    )
    places = list(leaves({key: value for key, value in report.items() if key not in ("rules", "assumptions", "capabilities")}))
    for place in places[1::6]:
        changed = copy.deepcopy(report)
        inner = changed
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = wrong
        errors = [error for error in validator.iter_errors(changed) if error.validator not in ("required", "additionalProperties")]
        is_nan = isinstance(wrong, float) and all(error.validator != "type" for error in errors)
        assert bool(wrong_value(changed)) == bool(errors) or is_nan, place


def test_owners_are_in_the_json_and_are_read_back(validator: jsonschema.Draft202012Validator, tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    for name in ("a/x.py", "y.py"):
        (root / name).write_text("import torch\ntorch.cuda.synchronize()\n")
    (root / "CODEOWNERS").write_text("/a/ @one\n")
    built = build_report(root, DiscoverySettings(), (), None, 1, datetime.date(2026, 11, 1))
    file = tmp_path / "report.json"
    file.write_text(render(built, "json"))
    document = json.loads(file.read_text())
    assert [error.message for error in validator.iter_errors(document)] == []
    assert document["owned_files"] == [{"owners": [], "paths": ["y.py"]}, {"owners": ["@one"], "paths": ["a/x.py"]}]
    assert read_report(file).owned_files == built.owned_files
