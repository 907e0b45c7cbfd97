"""One finding as a SARIF result, and one rule as what SARIF calls a reporting descriptor."""

from __future__ import annotations

from typing import Any

from analyzer.model.finding import Finding, Origin
from analyzer.model.rule import Rule
from analyzer.report.printable import printable

Json = dict[str, Any]

MOST_STEPS = 100
"""Of the way of a value; GitHub shows 1,000 and refuses more than 10,000."""
LEVELS = {"info": "note", "minor": "warning", "major": "error", "blocker": "error"}
_URGENCIES = {"info": "recommendation", "minor": "warning", "major": "error", "blocker": "error"}
_PLAIN_IN_URI = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def rule_to_sarif(rule: Rule) -> Json:
    """A rule with its help; as its home the first of its references."""
    sources = "\n".join(f"- <{reference}>" for reference in rule.references)
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": "\n\n".join((rule.why, f"Instead: {rule.replacement}", f"Sources: {', '.join(rule.references)}")),
            "markdown": "\n\n".join((rule.why, f"**Instead:** {rule.replacement}", f"**Sources**\n\n{sources}")),
        },
        **({"helpUri": rule.references[0]} if rule.references[:1] and rule.references[0].startswith("https://") else {}),
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": list(dict.fromkeys(("cuda", rule.family, rule.capability))),
            "precision": rule.confidence,
            "problem.severity": _URGENCIES[rule.severity],
        },
    }


def finding_to_sarif(finding: Finding, state: str, rule: Rule, rule_index: int) -> Json:
    """A result. Its message holds words of the rule only; what the repository wrote stands in fields of its own."""
    message = f"{rule.title}. Instead: {rule.replacement}"
    if finding.origin is not None:
        message += " The value comes from [another place](1)."
    result: Json = {
        "ruleId": finding.rule_id,
        "ruleIndex": rule_index,
        "level": LEVELS[finding.severity],
        "message": {"text": message},
        "locations": [_location_of(finding)],
        "partialFingerprints": {"offramp/v1": finding.fingerprint},
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "family": finding.family,
            "capability": finding.capability,
            "symbol": printable(finding.symbol),
            "guarded": finding.guarded,
            "inTests": finding.in_tests,
        },
    }
    if state:
        result["baselineState"] = state
    if finding.origin is not None:
        result["relatedLocations"] = [{"id": 1, "message": {"text": "The value comes from here."}, **_place(finding.origin)}]
    if finding.flow:
        way = [*([finding.origin] if finding.origin else []), *finding.flow]
        steps = [_place(step) for step in way[:MOST_STEPS]]
        if len(way) > MOST_STEPS:
            result["properties"]["stepsLeftOut"] = len(way) - MOST_STEPS
        result["codeFlows"] = [{"threadFlows": [{"locations": [{"location": step} for step in [*steps, _location_of(finding)]]}]}]
    if finding.cell is not None:
        result["properties"]["cell"] = {"number": finding.cell, "line": finding.span.line}
    comment = finding.suppressed
    if comment is not None and comment.kind == "ignore":
        result["suppressions"] = [{"kind": "inSource", "justification": printable(comment.reason)}]
    elif comment is not None:
        result["properties"][comment.kind] = printable(comment.reason)
    return result


def _location_of(finding: Finding) -> Json:
    """Where it stands. Of a notebook the line in the file; the columns of a cell say nothing there."""
    if finding.cell is not None or finding.file_line is not None:
        region: Json = {"startLine": finding.file_line or 1}
        return {"physicalLocation": {"artifactLocation": artifact(finding.path), "region": region}}
    span, statement = finding.span, finding.statement
    context = {
        "startLine": min(span.line, statement.line),
        "endLine": max(span.end_line, statement.end_line),
        "snippet": {"text": printable(finding.snippet, keep_lines=True)},
    }
    region = {"startLine": span.line, "startColumn": span.column, "endLine": span.end_line, "endColumn": span.end_column}
    return {
        "physicalLocation": {
            "artifactLocation": artifact(finding.path),
            "region": region,
            **({"contextRegion": context} if finding.snippet else {}),
        }
    }


def _place(place: Origin) -> Json:
    return {"physicalLocation": {"artifactLocation": artifact(place.path), "region": {"startLine": max(place.line, 1)}}}


def artifact(path: str) -> Json:
    """A file of the repository: its path with everything escaped that means something in a URI."""
    return {"uri": "".join(map(_uri_part, path)), "uriBaseId": "%SRCROOT%"}


def _uri_part(character: str) -> str:
    if character in _PLAIN_IN_URI:
        return character
    if "\udc80" <= character <= "\udcff":  # a byte of a name that is no UTF-8
        return f"%{ord(character) - 0xDC00:02X}"
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
