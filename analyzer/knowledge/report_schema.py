"""The published JSON Schemas of the report: as one document, and as lines."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
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


# ---- values against the schema ---------------------------------------------------------------------------------------

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
    "null": (type(None),),
}  # fmt: skip


def wrong_value(report: dict[str, Any]) -> str:
    """The place of the first value that is not as the schema has it, such as `findings[3].severity`; "" where there is none.

    Missing keys and further ones are no concern of this: within a version keys are added, and each reader knows what it needs.
    """
    return next(_wrong(report, json.loads(report_schema_text()), ""), "")


def _wrong(value: Any, schema: dict[str, Any], place: str) -> Iterator[str]:
    """Understands what the schema is written with, which a test holds to it: the places of values that differ."""
    if "oneOf" in schema:
        if all(next(_wrong(value, choice, place), None) is not None for choice in schema["oneOf"]):
            yield place
        return
    if not _is_plain(value, schema):
        yield place
    elif isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for key, item in value.items():
            if inner := known.get(key, others):
                yield from _wrong(item, inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list) and len(value) < schema.get("minItems", 0):
        yield place
    elif isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from _wrong(item, schema["items"], f"{place}[{number}]")


def _is_plain(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value by itself is of the type, of the set, and within the bounds."""
    names = schema.get("type", ())
    kinds = [kind for name in ([names] if isinstance(names, str) else names) for kind in _TYPES[name]]
    if kinds and (not isinstance(value, tuple(kinds)) or (isinstance(value, bool) and bool not in kinds)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and (value != schema["const"] or isinstance(value, bool)):
        return False
    if isinstance(value, str):
        return "pattern" not in schema or re.search(schema["pattern"], value) is not None
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if not isinstance(value, int | float):
        return True
    is_inside = schema.get("exclusiveMinimum", -math.inf) < value < schema.get("exclusiveMaximum", math.inf)
    return bool(is_inside and schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf))
