"""Words and figures as people read them, the same in every renderer."""

from __future__ import annotations

from collections import Counter

from analyzer.model.counted import counted
from analyzer.model.effort import EffortEstimate, TargetAssessment, WorkItem, days
from analyzer.model.report import Report
from analyzer.report.workload_words import workload_line

VERDICT_WORDS = {
    "runs": "no change found to be needed",
    "needs_changes": "needs changes",
    "blocked": "blocked",
    "unknown": "cannot tell",
}


OUTCOME_WORDS = {
    "works": "ran there, with the same values",
    "converts": "was converted or compiled; not run",
    "operators-pass": "every operator was taken by itself; the whole was not tried",
    "captured": "the graph was captured; not converted",
    "fails": "failed",
}
"""What second opinions measured."""


def can_words(target: TargetAssessment) -> str:
    """The verdict, and where only a part of what is done is blocked, that."""
    partly = target.verdict == "blocked" and target.fit.use == "partly"
    return "blocked in part" if partly else VERDICT_WORDS[target.verdict]


def effort_words(target: TargetAssessment) -> str:
    """The range of a target's effort in words; none where too little is known for a figure to mean anything."""
    if target.verdict == "unknown":
        return "cannot tell"
    return f"{days(target.effort.p10_days)} to {days(target.effort.p90_days)} person-days"


def days_of(estimate: EffortEstimate) -> str:
    """P10, P50 and P90 in a row."""
    return f"{days(estimate.p10_days)} – {days(estimate.p50_days)} – {days(estimate.p90_days)}"


def work_words(target: TargetAssessment) -> str:
    """P10, P50 and P90 of all work items, said to be a part where too little is known for a verdict."""
    return ("of the work that is known " if target.verdict == "unknown" else "") + days_of(target.effort)


def most_days_first(target: TargetAssessment) -> list[WorkItem]:
    """The work items in the order in which they are shown."""
    return sorted(target.work_items, key=lambda item: (-item.estimate.p50_days, item.id))


def answers(report: Report) -> tuple[tuple[str, str], ...]:
    """The questions that a reader comes with, each answered in a line."""
    debt = [finding for finding in report.findings if finding.suppressed is None and finding.severity != "info"]
    families = Counter(finding.family for finding in debt)
    most = ", ".join(family for family, _ in sorted(families.items(), key=lambda item: (-item[1], item[0]))[:4])
    files = len({finding.path for finding in debt})
    ties = (
        f"{counted(len(debt), 'place')} in {counted(files, 'file')}, most of them: {most}."
        if debt
        else "Nothing was found above info."
    )
    can = "; ".join(f"{target.target_id}: {can_words(target)}" for target in report.targets) + "."
    takes = "; ".join(f"{target.target_id}: {effort_words(target)}" for target in report.targets)
    words = {option.title: option.verdict for option in report.tco.options if option.verdict != "baseline"}
    pays = "; ".join(f"{title}: {verdict}" for title, verdict in words.items()) + "."
    if report.tco.scenario.is_default:
        pays = "Not known for your workload: a default scenario stands in for it. " + pays
    if not report.coverage.analysed_share:
        pays = "Nothing can be said: nothing was analysed."
    unknown = f"{report.coverage.analysed_share:.0%} of the source files were analysed; shapes and element types are not known"
    problems = len(report.coverage.problems)
    unknown += f"; {counted(problems, 'file or place', 'files or places')} could not be read in full." if problems else "."
    return (
        ("What does it do?", workload_line(report.workload)),
        ("What ties us?", ties),
        ("Can we move?", can),
        ("What does it take?", takes + "."),
        ("Does it pay?", pays),
        ("What is unknown?", unknown),
    )
