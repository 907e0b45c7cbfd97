"""What changed between reports as Markdown, for a comment or a ticket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from analyzer.model.difference import FindingChange, ReportDifference, SavedFinding, SavedReport
from analyzer.model.rule import SEVERITIES
from analyzer.report.difference import (
    causes,
    cautions,
    common_targets,
    counted,
    frame,
    severity_counts,
    shown_items,
    signed,
    still_there,
    target_words,
    worst_first,
)
from analyzer.report.markdown_text import MOST_BYTES_OF_A_COMMENT, code, cut_at_a_line, table, words
from analyzer.report.wording import VERDICT_WORDS

MOST_FINDINGS = 50


def difference_markdown(difference: ReportDifference, reports: Sequence[SavedReport]) -> str:
    """The page. `reports` are all that were given: more than two are a burn-down."""
    old, new = difference.old, difference.new
    lines = [f"# What changed: {code(old.name)} ({words(old.as_of)}) to {code(new.name)} ({words(new.as_of)})", ""]
    lines += [f"**Fixed:** {counted(difference.fixed)}. **New:** {counted(difference.added)}.", ""]
    lines += [f"- {line}" for line in (f"{code(new.root)}: {frame(difference)}.", *still_there(difference))]
    lines += ["", *(f"> {words(caution)}\n" for caution in cautions(difference))]
    lines += _targets(difference)
    if len(reports) > 2:
        lines += _burn_down(reports, [change.new.id for change in difference.targets])
    for title, findings in (("New", difference.added), ("Fixed", difference.fixed)):
        lines += _findings(title, worst_first(findings))
    lines += _changed(difference.changed)
    return cut_at_a_line("\n".join(lines).rstrip() + "\n", MOST_BYTES_OF_A_COMMENT, "It ends here, at the size of a comment.")


def _targets(difference: ReportDifference) -> Iterator[str]:
    if not difference.targets:
        return
    rows = [
        (words(each.new.id), f"{each.old.p50_days:,.1f}", f"{each.new.p50_days:,.1f}", signed(each.added_days),
         VERDICT_WORDS[each.new.verdict])
        for each in difference.targets
    ]  # fmt: skip
    yield from table(("target", "P50 before", "P50 now", "change", "verdict"), rows, right=(1, 2, 3))
    for change in difference.targets:
        _, *why = target_words(change, causes(difference))
        if why:
            yield from (f"**{words(change.new.id)}:** {words('; '.join(why))}.", "")
        items, more = shown_items(change)
        yield from (f"- {signed(item.by_code_days + item.by_figures_days)}: {words(item.title, 100)}" for item in items)
        if more:
            yield f"- and {more} more by less"
        if items or more:
            yield ""


def _burn_down(reports: Sequence[SavedReport], wanted: Iterable[str]) -> Iterator[str]:
    """A row a report, oldest first."""
    common = common_targets(reports, wanted)
    rows = []
    for report in reports:
        days = {target.id: target.p50_days for target in report.targets}
        rows.append((words(report.as_of), code(report.name), *severity_counts(report), *(f"{days[name]:,.1f}" for name in common)))
    columns = ("as of", "report", *reversed(SEVERITIES), *(f"{words(name)}, P50" for name in common))
    yield from ("Ties by severity, and person-days:", "")
    yield from table(columns, rows, right=range(2, len(columns)))


def _findings(title: str, findings: Sequence[SavedFinding]) -> list[str]:
    if not findings:
        return []
    rows = [(finding.severity, words(finding.rule_id), _place(finding)) for finding in findings[:MOST_FINDINGS]]
    more = findings[MOST_FINDINGS:]
    return table((title, "rule", "place"), [*rows, *([("", "", f"and {counted(more)} more")] if more else [])])


def _changed(changes: Sequence[FindingChange]) -> list[str]:
    if not changes:
        return []
    rows = []
    for change in changes[:MOST_FINDINGS]:
        was = f"{change.before.severity} to " if change.raised else ""
        before = f"{_place(change.before)} to " if change.is_moved else ""
        rows.append((f"{was}{change.after.severity}", words(change.after.rule_id), f"{before}{_place(change.after)}"))
    more = len(changes) - MOST_FINDINGS
    return table(("Still there", "rule", "place"), [*rows, *([("", "", f"and {more} more")] if more > 0 else [])])


def _place(finding: SavedFinding) -> str:
    return code(f"{finding.path}:{finding.line}")
