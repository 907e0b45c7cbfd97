"""The published JSON Schemas of the report: as one document, and as lines."""

from __future__ import annotations

import json
from typing import Any

from analyzer.knowledge.data_files import data_folder

SCHEMA_NAME = "report.schema.json"


def report_schema_text() -> str:
    """The schema of the JSON report, as it is published."""
    return data_folder("report_templates").joinpath(SCHEMA_NAME).read_text("utf-8")


def line_schema_text() -> str:
    """The schema of one line of the JSON Lines report: made of that of the report, so that the two cannot part."""
    report = json.loads(report_schema_text())
    head = {"$schema": report.pop("$schema"), "$id": f"{report.pop('$id')}:line", "title": f"A line of: {report.pop('title')}"}
    count = {"type": "integer", "minimum": 0, "description": "how many records of the kind `finding` follow"}
    first = _record("report", report, {"finding_count": count, "findings": {"type": "array", "maxItems": 0}})
    finding = _record("finding", report["properties"]["findings"]["items"], {})
    return json.dumps({**head, "oneOf": [first, finding]}, indent=1) + "\n"


def _record(kind: str, schema: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object that says of which kind it is, and has keys of its own."""
    required = [*schema["required"], *(key for key in own if key not in schema["required"])]
    return {
        **schema, "required": ["record", *required], "properties": {"record": {"const": kind}, **schema["properties"], **own},
    }  # fmt: skip
