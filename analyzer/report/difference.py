"""Compares saved reports, and says in words what changed and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from analyzer.model.difference import (
    ItemChange,
    ReportDifference,
    SavedFinding,
    SavedItem,
    SavedReport,
    SavedTarget,
    TargetChange,
)
from analyzer.model.rule import SEVERITIES
from analyzer.report.markdown_text import code, prose
from analyzer.report.printable import printable
from analyzer.report.wording import VERDICT_WORDS

MOST_FINDINGS = 50
MOST_ITEMS = 8
LEAST_DAYS = 0.005
"""Changes of less than half a hundredth of a day are rounding."""


# ---- comparison ------------------------------------------------------------------------------------------------------


def compare(old: SavedReport, new: SavedReport) -> ReportDifference:
    """What changed from one report to the other. Findings are told by their fingerprints, which moves do not change."""
    before, after = {f.fingerprint for f in old.findings}, {f.fingerprint for f in new.findings}
    targets, others = {target.id: target for target in old.targets}, {target.id: target for target in new.targets}
    constants, now = dict(old.constants), dict(new.constants)
    return ReportDifference(
        old, new,
        tuple(finding for finding in old.findings if finding.fingerprint not in after),
        tuple(finding for finding in new.findings if finding.fingerprint not in before),
        tuple(_target_change(targets[name], others[name]) for name in targets if name in others),
        tuple(name for name in targets if name not in others),
        tuple(name for name in others if name not in targets),
        tuple(
            (name, constants.get(name, ""), now.get(name, ""))
            for name in sorted({*constants, *now})
            if constants.get(name) != now.get(name)
        ),
    )  # fmt: skip


def _target_change(old: SavedTarget, new: SavedTarget) -> TargetChange:
    before, after = {item.id: item for item in old.items}, {item.id: item for item in new.items}
    changes = [
        *(ItemChange(item.id, item.title, item.p50_days, 0.0) for name, item in after.items() if name not in before),
        *(ItemChange(item.id, item.title, -item.p50_days, 0.0) for name, item in before.items() if name not in after),
        *(_item_change(item, after[name]) for name, item in before.items() if name in after),
    ]
    moved = [item for item in changes if abs(item.by_code_days) >= LEAST_DAYS or abs(item.by_figures_days) >= LEAST_DAYS]
    return TargetChange(old, new, tuple(sorted(moved, key=lambda item: (-abs(item.by_code_days + item.by_figures_days), item.id))))


def _item_change(old: SavedItem, new: SavedItem) -> ItemChange:
    """Units at the old days a unit are the code's doing; what a unit takes now and took before, that of the figures."""
    rate = old.p50_days / old.units if old.units else 0.0
    by_code = (new.units - old.units) * rate
    figures = new.p50_days - old.p50_days - by_code
    if abs(figures) < max(LEAST_DAYS, 0.002 * new.p50_days):  # figures are rounded to hundredths
        by_code, figures = by_code + figures, 0.0
    return ItemChange(new.id, new.title, by_code, figures)


# ---- words -----------------------------------------------------------------------------------------------------------


def counted(findings: Sequence[SavedFinding]) -> str:
    """How many of each severity, without dismissed ones."""
    counts = Counter(finding.severity for finding in findings if not finding.is_suppressed)
    words = [f"{counts[severity]} {severity}" for severity in reversed(SEVERITIES) if counts[severity]]
    return ", ".join(words) or "none"


def signed(days: float) -> str:
    """Person-days with their sign."""
    return f"{days:+,.1f}" if abs(days) >= LEAST_DAYS * 10 else "±0.0"


def target_sentence(change: TargetChange) -> str:
    """What became of a target's effort and verdict."""
    old, new = change.old, change.new
    words = f"{signed(change.added_days)} person-days (P50), from {old.p50_days:,.1f} to {new.p50_days:,.1f}"
    words += f" (P10 to P90 now {new.p10_days:,.1f} to {new.p90_days:,.1f})"
    if abs(change.by_figures_days) >= LEAST_DAYS * 10:
        words += f"; over the work items {signed(change.by_code_days)} by code, {signed(change.by_figures_days)} by changed figures"
    if old.verdict != new.verdict:
        words += f"; was {VERDICT_WORDS[old.verdict]}, is {VERDICT_WORDS[new.verdict]}"
    return words


def cautions(difference: ReportDifference) -> Iterator[str]:
    """What makes the two reports less comparable."""
    if difference.is_other_rules:
        yield "The rules are of another version: findings can come and go without a change of the code."
    if difference.changed_constants:
        names = ", ".join(name for name, _, _ in difference.changed_constants[:5])
        more = f" and {len(difference.changed_constants) - 5} more" if len(difference.changed_constants) > 5 else ""
        yield f"Figures of the effort model changed: {names}{more}."
    if difference.old.root != difference.new.root:
        yield f"The reports are of folders of other names: {difference.old.root} and {difference.new.root}."
    if difference.only_old:
        yield f"Only the old report assesses {', '.join(difference.only_old)}."
    if difference.only_new:
        yield f"Only the new report assesses {', '.join(difference.only_new)}."


def text_lines(difference: ReportDifference) -> Iterator[str]:
    """The difference for a terminal."""
    yield f"{difference.old.name} ({difference.old.as_of}) -> {difference.new.name} ({difference.new.as_of})"
    yield f"Fixed: {counted(difference.fixed)}. New: {counted(difference.added)}."
    for change in difference.targets:
        yield f"{change.new.id}: {printable(target_sentence(change))}"
        for item in change.items[:MOST_ITEMS]:
            yield f"    {signed(item.by_code_days + item.by_figures_days):>8}  {printable(item.title, 100)}"
    for mark, findings in (("+", difference.added), ("-", difference.fixed)):
        shown = [finding for finding in findings if not finding.is_suppressed]
        for finding in shown[:MOST_FINDINGS]:
            yield f"{mark} {finding.severity:8}{printable(finding.path, 120)}:{finding.line}  {finding.rule_id}"
        if len(shown) > MOST_FINDINGS:
            yield f"{mark} and {len(shown) - MOST_FINDINGS} more"
    yield from (f"Mind: {printable(caution)}" for caution in cautions(difference))


def markdown(difference: ReportDifference) -> str:
    """The difference as Markdown, for a comment or a ticket."""
    old, new = difference.old, difference.new
    lines = [f"# What changed: {code(old.name)} ({old.as_of}) to {code(new.name)} ({new.as_of})", ""]
    lines += [f"**Fixed:** {counted(difference.fixed)}. **New:** {counted(difference.added)}.", ""]
    if difference.targets:
        lines += ["| target | P50 before | P50 now | change | verdict |", "| --- | --- | --- | --- | --- |"]
        lines += [
            f"| {change.new.id} | {change.old.p50_days:,.1f} | {change.new.p50_days:,.1f} | {signed(change.added_days)} | "
            f"{VERDICT_WORDS[change.new.verdict]} |"
            for change in difference.targets
        ]
        lines.append("")
    for change in difference.targets:
        if change.items:
            lines += [f"Work items of {change.new.id} that moved, in person-days (P50):", ""]
            lines += [
                f"- {signed(item.by_code_days + item.by_figures_days)}: {prose(printable(item.title, 100))}"
                for item in change.items[:MOST_ITEMS]
            ]
            lines.append("")
    for title, findings in (("New", difference.added), ("Fixed", difference.fixed)):
        shown = [finding for finding in findings if not finding.is_suppressed]
        if shown:
            lines += [f"| {title} | rule | place |", "| --- | --- | --- |"]
            lines += [f"| {f.severity} | {f.rule_id} | {code(f'{f.path}:{f.line}')} |" for f in shown[:MOST_FINDINGS]]
            lines += [f"| | | and {len(shown) - MOST_FINDINGS} more |"] if len(shown) > MOST_FINDINGS else []
            lines.append("")
    lines += [f"> {prose(printable(caution))}" for caution in cautions(difference)]
    return "\n".join(lines).rstrip() + "\n"


def to_json(difference: ReportDifference) -> dict[str, Any]:
    """The difference as plain values."""

    def findings(found: Sequence[SavedFinding]) -> list[dict[str, Any]]:
        return [
            {
                "fingerprint": f.fingerprint, "rule_id": f.rule_id, "severity": f.severity, "path": f.path, "line": f.line,
                "suppressed": f.is_suppressed,
            }
            for f in found
        ]  # fmt: skip

    return {
        "old": {"name": difference.old.name, "as_of": difference.old.as_of, "rules_version": difference.old.rules_version},
        "new": {"name": difference.new.name, "as_of": difference.new.as_of, "rules_version": difference.new.rules_version},
        "fixed": findings(difference.fixed),
        "added": findings(difference.added),
        "targets": {
            change.new.id: {
                "verdict_before": change.old.verdict, "verdict": change.new.verdict, "p50_days_before": change.old.p50_days,
                "p50_days": change.new.p50_days, "added_days": round(change.added_days, 2),
                "by_code_days": round(change.by_code_days, 2), "by_figures_days": round(change.by_figures_days, 2),
                "work_items": [
                    {
                        "id": item.id, "title": item.title, "by_code_days": round(item.by_code_days, 2),
                        "by_figures_days": round(item.by_figures_days, 2),
                    }
                    for item in change.items
                ],
            }
            for change in difference.targets
        },
        "cautions": list(cautions(difference)),
    }  # fmt: skip


def burn_down(reports: Sequence[SavedReport]) -> Iterator[str]:
    """A row for each of several reports, oldest first: ties by severity, and the effort of each target that all assess."""
    common = [t.id for t in reports[0].targets if all(t.id in {o.id for o in report.targets} for report in reports)]
    yield "  ".join(["as of     ", *(f"{severity:>8}" for severity in reversed(SEVERITIES)), *(f"{name:>14}" for name in common)])
    for report in reports:
        counts = Counter(finding.severity for finding in report.findings if not finding.is_suppressed)
        days = {target.id: target.p50_days for target in report.targets}
        cells = [f"{counts[severity]:>8}" for severity in reversed(SEVERITIES)]
        yield "  ".join([f"{report.as_of:10}", *cells, *(f"{days[name]:>14,.1f}" for name in common)])
