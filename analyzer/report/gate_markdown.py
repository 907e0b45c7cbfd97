"""What the gate says as a short comment under a pull request: renewed in place, found again by its marker."""

from __future__ import annotations

from analyzer.model.counted import counted
from analyzer.model.finding import Finding
from analyzer.model.rule import SEVERITIES
from analyzer.report.gate_formats import Shown, other_counts
from analyzer.report.markdown_text import code, prose

MARKER = "<!-- offramp -->"
"""The first line of a comment: by it the comment of an earlier run is found."""
MOST_ROWS = 50
MOST_CHARACTERS = 60_000
"""GitHub refuses a comment of more than 65,536 characters."""


def as_markdown(shown: Shown) -> str:
    """The comment, the most severe findings first."""
    ranked = sorted(
        shown.findings, key=lambda finding: (-SEVERITIES.index(finding.severity), finding.path, finding.span, finding.rule_id)
    )
    rows: list[str] = []
    room = MOST_CHARACTERS
    for finding in ranked[:MOST_ROWS]:
        row = _row(finding, shown)
        room -= len(row)
        if room < 0:
            break
        rows.append(row)
    lines = [MARKER, f"### Offramp: {_headline(shown)}", "", _counts(shown), ""]
    if rows:
        lines += ["| severity | place | what | instead |", "| --- | --- | --- | --- |", *rows, ""]
    if len(rows) < len(ranked):
        lines += [f"{counted(len(ranked) - len(rows), 'more is', 'more are')} not shown here; the job's log has them all.", ""]
    lines += _remarks(shown)
    if rows:
        lines += [
            "<details><summary>What now?</summary>",
            "",
            "`offramp explain RULE` says why a rule matters and what each target does with it. A place that is fine as it is",
            "takes a comment `# offramp: ignore[RULE] reason`; `offramp baseline update --accept-new` takes up new debt.",
            "",
            "</details>",
            "",
        ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _headline(shown: Shown) -> str:
    count = len(shown.findings)
    what = "new tie" if shown.verdict.compared_with else "tie"
    return f"no {what}s to CUDA" if count == 0 else f"{counted(count, what)} to CUDA"


def _counts(shown: Shown) -> str:
    verdict = shown.verdict
    parts = []
    if verdict.compared_with:
        parts.append(f"{len(verdict.known)} known against {code(verdict.compared_with)}")
    parts += other_counts(verdict)
    if verdict.problems:
        parts.append(f"not everything could be read as it should: {counted(len(verdict.problems), 'problem')}")
    return f"{', '.join(parts)}." if parts else "Nothing to hold them against."


def _remarks(shown: Shown) -> list[str]:
    remarks = [f"- {code(remark)}" for remark in (*shown.verdict.broken, *shown.verdict.remarks)]
    return [*remarks, ""] if remarks else []


def _row(finding: Finding, shown: Shown) -> str:
    rule = shown.book.rule(finding.rule_id)
    place = code(f"{finding.path}:{finding.file_line or finding.span.line}")
    origin = f" from {code(f'{finding.origin.path}:{finding.origin.line}')}" if finding.origin else ""
    tainted = " (the line did not change, what it is given did)" if finding.fingerprint in shown.verdict.tainted else ""
    what = f"{prose(rule.title)} (`{rule.id}`){tainted}"
    return f"| {finding.severity} | {place}{origin} | {what} | {prose(rule.replacement)} |"
