"""Reads a JSON report again, as far as a comparison needs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analyzer.knowledge.report_schema import wrong_value
from analyzer.model.difference import SavedFinding, SavedItem, SavedReport, SavedTarget
from analyzer.model.errors import UserInputError
from analyzer.model.report import SCHEMA_VERSION

Json = dict[str, Any]
_FIRST_OF_LINES = b'{"record": "report"'


LARGEST_REPORT_BYTES = 500_000_000
"""Twenty thousand findings take about 70 MB."""


def read_json_report(path: Path) -> Json:
    """The plain values of a report, JSON or JSON Lines. Raises `UserInputError` where the file is none of this schema version."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_REPORT_BYTES + 1)
    except OSError as error:
        raise UserInputError(str(path), "", f"cannot be read: {error.strerror or error}") from None
    if len(content) > LARGEST_REPORT_BYTES:
        raise UserInputError(str(path), "", f"has more than {LARGEST_REPORT_BYTES} bytes")
    try:
        report = _lines(content) if content.startswith(_FIRST_OF_LINES) else json.loads(content)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise UserInputError(str(path), "", f"is no JSON, or only a part of it ({place})") from None
    except (ValueError, KeyError, RecursionError) as error:
        raise UserInputError(str(path), "", f"is no JSON, or only a part of it ({error})") from None
    version = report.get("schema_version") if isinstance(report, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise UserInputError(str(path), "schema_version", "is missing: give a report of `offramp scan -o report.json`")
    if version != SCHEMA_VERSION:
        age = "a newer version of offramp; upgrade" if version > SCHEMA_VERSION else "an older version of offramp; scan anew"
        raise UserInputError(str(path), "schema_version", f"is {version}, this version reads {SCHEMA_VERSION}: made by {age}")
    if place := wrong_value(report):
        raise UserInputError(str(path), place, "is not as in a report of `offramp scan` of this version")
    return dict(report)


def _lines(content: bytes) -> Any:
    """The report of JSON Lines: the first record holds all but the findings, which follow. Raises `ValueError`."""
    first, *others = (json.loads(line) for line in content.splitlines() if line.strip())
    if any(not isinstance(record, dict) or record.get("record") != "finding" for record in others):
        raise ValueError("a record of another kind")
    if first["finding_count"] != len(others):
        raise ValueError("records are missing")
    return {**first, "findings": others}


def read_saved_report(path: Path) -> SavedReport:
    """The parts that are compared. Raises `UserInputError` naming the key that is not as it should be."""
    report = read_json_report(path)
    key = "findings"
    try:
        findings = tuple(_finding(item) for item in report["findings"])
        key = "targets"
        targets = tuple(_target(name, item) for name, item in report["targets"].items())
        key = "assumptions"
        constants = tuple(
            sorted((str(item["id"]), str(item["value"])) for item in report["assumptions"] if str(item["id"]).startswith("effort."))
        )
        key = "coverage"
        files, lines = (sum(int(kind[name]) for kind in report["coverage"]["kinds"]) for name in ("analysed", "lines"))
        key = "tool"
        return SavedReport(
            path.name, str(report["root"]), str(report["as_of"]), str(report["tool"]["rules_version"]), findings, targets,
            constants, files, lines,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserInputError(str(path), key, f"is not as in a report of `offramp scan` ({error})") from None


def _finding(item: Json) -> SavedFinding:
    return SavedFinding(
        str(item["fingerprint"]), str(item["rule_id"]), str(item["severity"]), str(item["path"]), int(item["line"]),
        str(item["snippet"]), bool(item["suppressed"]),
    )  # fmt: skip


def _target(name: str, item: Json) -> SavedTarget:
    effort = item["effort"]
    return SavedTarget(
        name, str(item["title"]), str(item["verdict"]), float(effort["p10_days"]), float(effort["p50_days"]),
        float(effort["p90_days"]),
        tuple(
            SavedItem(
                str(work["id"]), str(work["title"]), str(work["capability"]), float(work["units"]), float(work["p10_days"]),
                float(work["p50_days"]), float(work["p90_days"]),
            )
            for work in item["work_items"]
        ),
        tuple(str(blocker["title"]) for blocker in item["blockers"]),
    )  # fmt: skip
