"""What the gate says, in words for people and for machines."""

from __future__ import annotations

from collections import Counter

from analyzer.knowledge.rules import RuleBook
from analyzer.model.finding import Finding
from analyzer.model.gate import GateVerdict
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.rule import SEVERITIES
from analyzer.report.printable import in_a_log, printable

FORMATS = ("text", "json", "github", "sarif", "markdown", "gitlab", "junit")
ENDINGS = {
    ".sarif": "sarif", ".sarif.json": "sarif", ".md": "markdown", ".gitlab.json": "gitlab", "gl-code-quality-report.json": "gitlab",
    ".json": "json", ".xml": "junit", ".txt": "text",
}  # fmt: skip
"""The format of a file, by the longest of these that its name ends with."""
MOST_ANNOTATIONS = 10
"""Of each level in a step, and 50 in a job: https://github.com/actions/toolkit/pull/734 (merged 2021-03-29)."""
_LEVELS = {"info": "notice", "minor": "warning", "major": "error", "blocker": "error"}


class Shown(NamedTuple):
    """What is to be printed: the verdict, those of its findings that are asked for, and how much is said of them."""

    verdict: GateVerdict
    findings: tuple[Finding, ...]
    book: RuleBook
    explain: bool = False
    statistics: bool = False
    severity: str = "minor"
    """The least severity that is asked for."""

    @property
    def known(self) -> tuple[Finding, ...]:
        """Known debt of the severity that is asked for: what holds results of two runs side by side needs it."""
        least = SEVERITIES.index(self.severity)
        return tuple(finding for finding in self.verdict.known if SEVERITIES.index(finding.severity) >= least)


def rendered(shown: Shown, output_format: str) -> str:
    """The findings in a format."""
    return {
        "text": as_text, "json": as_json, "github": as_github, "sarif": as_sarif, "markdown": as_comment, "gitlab": as_gitlab,
        "junit": as_junit,
    }[output_format](shown)  # fmt: skip


def as_sarif(shown: Shown) -> str:
    """New findings, known ones marked as such, and, where everything is asked for, those that a comment dismisses."""
    from analyzer.report.sarif import SarifResult, SarifRun, render_sarif

    verdict = shown.verdict
    new, known = ("new", "unchanged") if verdict.compared_with else ("", "")
    results = [SarifResult(finding, new) for finding in shown.findings]
    results += [SarifResult(finding, known) for finding in shown.known]
    if SEVERITIES.index(shown.severity) == 0:
        results += [SarifResult(finding) for finding in verdict.quiet if finding.suppressed is not None]
    results.sort(key=lambda result: (result.finding.path, result.finding.span, result.finding.rule_id))
    remarks = (*verdict.broken, *verdict.remarks)
    return render_sarif(SarifRun("check", shown.book.version, shown.book.rules, tuple(results), remarks, verdict.problems))


def as_comment(shown: Shown) -> str:
    """A comment for a pull request."""
    from analyzer.report.gate_markdown import as_markdown

    return as_markdown(shown)


def as_gitlab(shown: Shown) -> str:
    """GitLab's Code Quality report."""
    from analyzer.report.code_quality import render_code_quality

    return render_code_quality((*shown.findings, *shown.known), shown.book)


def as_junit(shown: Shown) -> str:
    """JUnit's XML."""
    from analyzer.report.junit import render_junit

    return render_junit(shown.findings, shown.book)


def as_json(shown: Shown) -> str:
    """One document."""
    import json

    from analyzer.report.json_report import finding_to_json

    document = {
        "new": [finding_to_json(finding) for finding in shown.findings],
        "known": len(shown.verdict.known),
        "gone": shown.verdict.gone,
        "expired": shown.verdict.expired,
        "broken": list(shown.verdict.broken),
    }
    return json.dumps(document, indent=1) + "\n"


def as_github(shown: Shown) -> str:
    """Workflow commands, which GitHub shows beside the lines; the most severe first, since of a step it shows only some."""
    ranked = sorted(shown.findings, key=lambda finding: -SEVERITIES.index(finding.severity))
    levels = Counter(_LEVELS[finding.severity] for finding in ranked)
    hidden = sum(max(number - MOST_ANNOTATIONS, 0) for number in levels.values())
    lines = [github_line(finding, shown.book) for finding in ranked]
    if hidden:
        lines.append(
            f"offramp: {hidden} of these {len(ranked)} findings are not shown beside the lines: GitHub shows {MOST_ANNOTATIONS} of "
            "each level in a step."
        )
    return "".join(f"{line}\n" for line in lines) + statistics(shown)


def as_text(shown: Shown) -> str:
    """A line a finding, and what stands behind it where that is asked for."""
    lines = []
    for finding in shown.findings:
        lines.append(text_line(finding, shown.book))
        if finding.fingerprint in shown.verdict.tainted:
            lines.append("    this line did not change: what it is given did, or a guard around it has gone")
        if shown.explain:
            lines.extend(explanation(finding, shown.book))
    return "".join(f"{in_a_log(line)}\n" for line in lines) + statistics(shown)


def statistics(shown: Shown) -> str:
    """The findings counted by rule, where that is asked for."""
    if not shown.statistics:
        return ""
    counts = Counter(finding.rule_id for finding in shown.findings)
    return "".join(f"{count:6}  {rule}\n" for rule, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def text_line(finding: Finding, book: RuleBook) -> str:
    """`path:line:column: severity rule: reason Instead: replacement`."""
    place = f"{finding.path}:{finding.file_line or finding.span.line}:{finding.span.column}"
    rule = book.rule(finding.rule_id)
    origin = f" (from {finding.origin.path}:{finding.origin.line})" if finding.origin else ""
    return f"{printable(place + origin)}: {finding.severity} {rule.id}: {rule.title}. Instead: {rule.replacement}"


def explanation(finding: Finding, book: RuleBook) -> list[str]:
    """What stands behind a finding, line by line."""
    rule = book.rule(finding.rule_id)
    way = [*([finding.origin] if finding.origin else []), *finding.flow]
    lines = [
        *(f"| {line}" for line in finding.snippet.split("\n")),
        f"resolved to {finding.symbol}" if finding.symbol else "",
        f"the value comes from {' -> '.join(f'{place.path}:{place.line}' for place in way)}" if way else "",
        f"guarded: {finding.guard}" if finding.guarded else "",
        f"why: {rule.why}",
        *(f"edit: {line}" for line in (finding.edit.after.split("\n") if finding.edit else ())),
        *(f"source: {reference}" for reference in rule.references),
    ]
    return [f"    {printable(line)}" for line in lines if line]


def github_line(finding: Finding, book: RuleBook) -> str:
    """A workflow command that GitHub shows beside the line."""
    rule = book.rule(finding.rule_id)
    path = finding.path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
    path = printable(path).replace("##", r"#\u0023")  # a log is read on terminals too
    message = f"{rule.title}. Instead: {rule.replacement}".replace("%", "%25").replace("\n", "%0A")
    line = finding.file_line or finding.span.line
    return f"::{_LEVELS[finding.severity]} file={path},line={line},col={finding.span.column},title={rule.id}::{message}"


def broken_lines(verdict: GateVerdict) -> list[str]:
    """The promises that are broken, without which an exit code could not be understood."""
    return [in_a_log(f"offramp: {printable(promise)}") for promise in verdict.broken]


def closing_lines(verdict: GateVerdict) -> list[str]:
    """What the user should know, that it finished, and the counts."""
    lines = [f"offramp: {printable(remark)}" for remark in verdict.remarks]
    for problem in verdict.problems:
        place = f"{problem.path}:{problem.line}" if problem.line else problem.path
        lines.append(printable(f"offramp: {place}: {problem.reason}: {problem.detail}"))
    parts = [f"{len(verdict.new)} {'new' if verdict.compared_with else 'findings'}"]
    if verdict.compared_with:
        parts.append(f"{len(verdict.known)} known")
    parts += other_counts(verdict)
    against = f" against {printable(verdict.compared_with)}" if verdict.compared_with else ""
    return [*map(in_a_log, lines), *broken_lines(verdict), in_a_log(f"Finished: {', '.join(parts)}{against}.")]


def other_counts(verdict: GateVerdict) -> list[str]:
    """What there is to count besides new findings and known ones."""
    counts = ((verdict.gone, "gone"), (verdict.expired, "expired"), (verdict.left_out, "left out by settings"))
    return [f"{count} {what}" for count, what in counts if count]
