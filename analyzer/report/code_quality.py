"""GitLab's Code Quality report. GitLab holds the reports of two branches against each other, so known debt stays in."""

from __future__ import annotations

import json
from collections.abc import Iterable

from analyzer.knowledge.rules import RuleBook
from analyzer.model.finding import Finding
from analyzer.report.printable import printable

_SEVERITIES = {"info": "info", "minor": "minor", "major": "major", "blocker": "blocker"}


def render_code_quality(findings: Iterable[Finding], book: RuleBook) -> str:
    """An array with an object a finding; fingerprints are unique, GitLab shows only the first of equal ones."""
    entries = []
    for finding in findings:
        rule = book.rule(finding.rule_id)
        entries.append(
            {
                "description": f"{rule.title}. Instead: {rule.replacement}",
                "check_name": f"offramp/{rule.id}",
                "fingerprint": finding.fingerprint,
                "severity": _SEVERITIES[finding.severity],
                "location": {"path": printable(finding.path), "lines": {"begin": finding.file_line or finding.span.line}},
            }
        )
    return json.dumps(entries, indent=1, ensure_ascii=True) + "\n"
