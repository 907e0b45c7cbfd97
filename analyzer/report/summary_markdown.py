"""The report as a page of Markdown: for a wiki, a ticket, or the summary of a job. The whole of it is in the HTML and JSON."""

from __future__ import annotations

from collections import Counter

from analyzer.model.counted import counted
from analyzer.model.effort import TargetAssessment, days
from analyzer.model.report import Report
from analyzer.report.markdown_text import MOST_BYTES_OF_A_COMMENT, code, cut_at_a_line, prose
from analyzer.report.printable import printable
from analyzer.report.wording import answers, can_words

MOST_FILES = 10
MOST_BLOCKERS = 5


def render_summary(report: Report) -> str:
    """The answers, a row for each target, its blockers, and where most of the ties are."""
    lines = [f"# Offramp: {code(report.root)}", ""]
    for question, answer in answers(report):
        lines += [f"**{question}** {_words(answer)}", ""]
    lines += ["| target | verdict | person-days, P10 to P90 | known |", "| --- | --- | --- | --- |"]
    lines += [_target_row(target) for target in report.targets]
    lines.append("")
    lines += [line for target in report.targets for line in _blockers(target)]
    lines += _files(report)
    tool = report.tool
    lines.append(
        f"{tool.name} {tool.version}, rules {tool.rules_version}, as of {report.as_of}. Ranges rest on stated assumptions."
    )
    return cut_at_a_line("\n".join(lines) + "\n", MOST_BYTES_OF_A_COMMENT, "The summary ends here, at the size of a comment.")


def _words(text: str) -> str:
    return prose(printable(text))


def _target_row(target: TargetAssessment) -> str:
    is_known = target.verdict != "unknown"
    effort = f"{days(target.effort.p10_days)} to {days(target.effort.p90_days)}" if is_known else "cannot tell"
    return f"| {target.target_id} | {can_words(target)} | {effort} | {target.readiness.coverage:.0%} |"


def _blockers(target: TargetAssessment) -> list[str]:
    if not target.blockers:
        return []
    lines = [f"Blockers on {target.target_id}:", ""]
    lines += [f"- {_words(blocker.title)}: {_words(blocker.reason)}" for blocker in target.blockers[:MOST_BLOCKERS]]
    if len(target.blockers) > MOST_BLOCKERS:
        lines.append(f"- and {len(target.blockers) - MOST_BLOCKERS} more")
    return [*lines, ""]


def _files(report: Report) -> list[str]:
    debt = Counter(f.path for f in report.findings if f.suppressed is None and f.severity != "info")
    if not debt:
        return []
    ranked = sorted(debt.items(), key=lambda item: (-item[1], item[0]))
    lines = ["| ties | file |", "| --- | --- |", *(f"| {count} | {code(path)} |" for path, count in ranked[:MOST_FILES])]
    if len(ranked) > MOST_FILES:
        lines.append(f"| {sum(count for _, count in ranked[MOST_FILES:])} | in {counted(len(ranked) - MOST_FILES, 'more file')} |")
    return [*lines, ""]
