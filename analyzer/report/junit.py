"""JUnit's XML, which most build servers show as test results: a failed test for each new finding."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from analyzer.knowledge.rules import RuleBook
from analyzer.model.finding import Finding
from analyzer.report.printable import printable


def render_junit(findings: Iterable[Finding], book: RuleBook) -> str:
    """One suite; where nothing is found it holds one test that passes, since servers take an empty one for a fault."""
    cases = [_case(finding, book) for finding in findings]
    body = "".join(cases) or '  <testcase classname="offramp" name="no new ties to CUDA"/>\n'
    head = f'<testsuite name="offramp" tests="{max(len(cases), 1)}" failures="{len(cases)}" errors="0">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}</testsuite>\n'


def _case(finding: Finding, book: RuleBook) -> str:
    rule = book.rule(finding.rule_id)
    place = f"{finding.path}:{finding.file_line or finding.span.line}:{finding.span.column}"
    name, message = _safe(f"{rule.id} at {place}"), _safe(f"{rule.title}. Instead: {rule.replacement}")
    return (
        f'  <testcase classname="{_safe(finding.path)}" name="{name}">\n'
        f'    <failure type="{finding.severity}" message="{message}">{_safe(rule.why)}</failure>\n'
        "  </testcase>\n"
    )


def _safe(text: str) -> str:
    return escape(printable(text))
