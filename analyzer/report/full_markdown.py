"""The whole report as Markdown, in the order of the HTML: for a wiki, a ticket, or a repository that keeps its reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from analyzer.model.counted import counted
from analyzer.model.effort import TargetAssessment, days
from analyzer.model.opinion import SecondOpinion
from analyzer.model.report import Report
from analyzer.model.rule import SEVERITIES
from analyzer.report.full_markdown_cost import cost_lines
from analyzer.report.full_markdown_operators import operator_lines
from analyzer.report.full_markdown_work import (
    effort_lines,
    finding_lines,
    graph_lines,
    kernel_lines,
    order_lines,
    seam_lines,
    work_lines,
)
from analyzer.report.graph_view import View, graph_view
from analyzer.report.inventory_view import ties_view
from analyzer.report.markdown_text import code, cut_at_a_line, source, table, words
from analyzer.report.rest_view import GLOSSARY, reproduce_view
from analyzer.report.wording import OUTCOME_WORDS, answers, can_words
from analyzer.report.workload_words import workload_view

MOST_ROWS = 400
LEAST_ROWS = 2
MOST_BYTES = 1_000_000
"""GitHub takes a job summary of up to 1 MiB."""


def render_full(report: Report) -> str:
    """All sections. No list has more than `MOST_ROWS` entries, fewer where the page would be over `MOST_BYTES`; what is left out
    is counted at its place."""
    most, graph = MOST_ROWS, graph_view(report)
    text = _page(report, graph, most)
    while len(text.encode("utf-8", "replace")) > MOST_BYTES and most > LEAST_ROWS:
        most = max(most * 2 // 3, LEAST_ROWS)
        text = _page(report, graph, most)
    return cut_at_a_line(text, MOST_BYTES, "The page ends here, at the size that job summaries may have; the JSON report has all.")


def _page(report: Report, graph: View, most: int) -> str:
    parts = (
        _head(report),
        _verdicts(report),
        _side_by_side(report),
        _workload(report, most),
        _opinions(report.second_opinions),
        _ties(report),
        effort_lines(report.targets),
        cost_lines(report.tco),
        ["## Work items", "", *(line for target in report.targets for line in work_lines(target, most))],
        graph_lines(graph, most),
        kernel_lines(report, most),
        order_lines(report, graph, most),
        seam_lines(graph, most),
        operator_lines(report.targets, most),
        finding_lines(report, most),
        _coverage(report, most),
        _assumptions(report, most),
        _glossary(),
        _reproduce(report),
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _head(report: Report) -> Iterable[str]:
    yield from (f"# Leaving CUDA: {code(report.root)}", "", f"Migration readiness, {report.as_of}.", "")
    for question, answer in answers(report):
        yield from (f"**{question}** {words(answer)}", "")


# ---- verdicts --------------------------------------------------------------------------------------------------------


def _verdicts(report: Report) -> Iterable[str]:
    yield from ("## Can we move, and what stops us?", "")
    for target in report.targets:
        yield from _target(target)


def _side_by_side(report: Report) -> Iterable[str]:
    yield from ("## Targets side by side", "", "Effort in person-days.", "")
    columns = ("Target", "Verdict", "P10", "P50", "P90", "Work items", "Ties that need no rewrite", "Known")
    yield from table(columns, map(_verdict_row, report.targets), right=range(2, 8))


def _verdict_row(target: TargetAssessment) -> Sequence[object]:
    effort = target.effort
    figures = [days(effort.p10_days), days(effort.p50_days), days(effort.p90_days)]
    figures = ["cannot tell", "", ""] if target.verdict == "unknown" else figures
    readiness = target.readiness
    score = "not scored" if readiness.score is None else f"{readiness.score:.0%}"
    return (words(target.title), can_words(target), *figures, len(target.work_items), score, f"{readiness.coverage:.0%}")


def _target(target: TargetAssessment) -> Iterable[str]:
    yield from (f"### {words(target.title)}: {can_words(target)}", "")
    if target.blockers:
        yield from (f"- **{words(blocker.title)}.** {words(blocker.reason)}" for blocker in target.blockers)
        yield ""
    yield from (words(target.sentence), "", f"{words(target.sdk_version)}, knowledge of {target.as_of}. How mature it is:", "")
    yield from (f"- {words(line)}" for line in target.maturity)
    yield from ("", f"Ties you to: {words(target.ties_you_to)}", "")


# ---- what it does ----------------------------------------------------------------------------------------------------


def _workload(report: Report, most: int) -> Iterable[str]:
    view = workload_view(report.workload, report.targets)
    yield from ("## What it does, and does it fit?", "", words(view["line"]), "")
    for question in view["questions"]:
        found = [
            words(answer["title"]) + (f" ({answer['strength']})" if answer["strength"] else "")
            + f", {code(answer['place'])} {words(answer['why'])}" + (f" and {answer['more']} more" if answer["more"] else "")
            for answer in question["answers"]
        ]  # fmt: skip
        yield f"- {question['title']}: {'; '.join(found) or 'not found'}"
    yield ""
    if view["models"]:
        rows = [
            (code(model["id"]), words(model["family"]), words(model["parameters"]), model["basis"], code(model["place"]))
            for model in view["models"][:most]
        ]
        yield from table(("Model", "Family", "Parameters", "Basis", "Where"), rows)
    if view["more_models"]:
        yield from (f"And {counted(view['more_models'], 'more model')}.", "")
    if view["note"]:
        yield from (words(view["note"]), "")
    for target in view["targets"]:
        yield f"- {words(target['title'])}: {target['use_words']}. {words(target['sentence'])}"
        yield from (
            f"  - {code(fit['id'])}, {fit['phase']}: {words(fit['documented'])} Memory: {fit['memory']}. {words(fit['placement'])}"
            for fit in target["models"][:most]
        )
        yield from (f"  - {words(item['title'])}: {item['verdict']}. {words(item['advice'])}" for item in target["formats"])
    yield ""


def _opinions(opinions: Sequence[SecondOpinion]) -> Iterable[str]:
    if not opinions:
        return
    yield from ("## What was measured elsewhere?", "")
    for item in opinions:
        opinion = item.opinion
        about = f"about {code(item.entry_point)}" if item.entry_point else "not about one entry point"
        targets = ", ".join(item.targets) or "none of the targets of this report"
        yield from (f"### {code(opinion.file)}: {OUTCOME_WORDS[opinion.outcome]}", "", words(opinion.detail), "")
        yield from (f"{words(item.title)}; {about}; for {targets}; {words(item.same_source)}.", "")
        yield from (f"- It differs from what was predicted: {words(line)}" for line in item.disagreements)
        yield from (f"- {words(line)}" for line in opinion.notes)
        yield ""


def _ties(report: Report) -> Iterable[str]:
    shown = [finding for finding in report.findings if finding.suppressed is None]
    yield from ("## What ties us?", "")
    if not shown:
        yield from ("No findings.", "")
        return
    severities = tuple(reversed(SEVERITIES))
    rows = [(tie["family"], *(number or "" for number in tie["counts"])) for tie in ties_view(shown)]
    yield from table(("Family", *severities), rows, right=range(1, 5))
    yield from (
        "Blocker: needs a redesign or a kernel rewrite. Major: an API or platform replacement with thought. Minor: "
        "mechanical. Info: already portable, guarded or optional.",
        "",
    )
    if dismissed := len(report.findings) - len(shown):
        yield from (f"{counted(dismissed, 'finding is', 'findings are')} suppressed by comments in the code.", "")


# ---- what stands behind it -------------------------------------------------------------------------------------------


def _coverage(report: Report, most: int) -> Iterable[str]:
    coverage = report.coverage
    yield from ("## Coverage: what was analysed, and what was not", "")
    yield from table(("Kind of file", "Files", "Analysed", "Lines"), coverage.kinds, right=range(1, 4))
    if skipped := Counter(file.reason for file in coverage.skipped).most_common():
        yield from (f"Left out: {', '.join(f'{number} {words(reason)}' for reason, number in skipped)}.", "")
    yield from (
        f"- {code(f'{problem.path}:{problem.line}')} {words(problem.reason)}: {words(problem.detail, 300)}"
        for problem in coverage.problems[:most]
    )
    if len(coverage.problems) > most:
        yield f"- and {counted(len(coverage.problems) - most, 'more problem')}"
    yield from (f"- {words(line)}" for line in coverage.gave_up)
    yield from (
        "",
        "Not looked at: compiled libraries, other languages than Python and CUDA sources, and anything that exists only "
        f"at run time. {counted(report.graph.unresolved_calls, 'call')} could not be bound to a definition.",
        "",
    )


def _assumptions(report: Report, most: int) -> Iterable[str]:
    yield from ("## Assumptions", "")
    rows = [
        (words(item.title, 300), words(f"{item.value} {item.unit}".strip(), 300), item.kind,
         source(item.source) + (f" ({item.as_of})" if item.as_of else ""))
        for item in report.assumptions[:most]
    ]  # fmt: skip
    yield from table(("What", "Value", "Kind", "Source"), rows)
    if len(report.assumptions) > most:
        yield from (f"And {len(report.assumptions) - most} more; the JSON report has all.", "")


def _glossary() -> Iterable[str]:
    yield from ("## Glossary", "", *(f"- **{words(name)}:** {words(meaning)}" for name, meaning in GLOSSARY), "")


def _reproduce(report: Report) -> Iterable[str]:
    view = reproduce_view(report)
    yield from ("## How to reproduce", "")
    yield from (f"- {code(command, 1000)}" for command in view["commands"])
    yield from (f"- {words(title)}: {words(text)}" for title, text in view["rows"])
    tool = report.tool
    yield from ("", f"Made by {tool.name} {tool.version}, rules {tool.rules_version}. The repository was read, not run.")
