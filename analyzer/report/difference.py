"""Compares saved reports, and says in words what changed and why."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from analyzer.model.difference import (
    FindingChange,
    ItemChange,
    ReportDifference,
    SavedFinding,
    SavedItem,
    SavedReport,
    SavedTarget,
    TargetChange,
)
from analyzer.model.rule import SEVERITIES
from analyzer.report.printable import printable
from analyzer.report.wording import VERDICT_WORDS

MOST_FINDINGS = 20
MOST_ITEMS = 8
MOST_FIGURES = 5
LEAST_DAYS = 0.005
"""Changes of less than half a hundredth of a day are rounding."""
LEAST_SHOWN_DAYS = 0.05
LEAST_GAP_DAYS = 1.0
"""Between a move of the whole and those of its items: from here on it is explained."""


# ---- comparison ------------------------------------------------------------------------------------------------------


def compare(old: SavedReport, new: SavedReport) -> ReportDifference:
    """What changed from one report to the other. Findings are told by their fingerprints, which moves within a file do not change.

    What else has gone and come is held together where it is the same tie: of the same rule in the same file, or the same text
    of the same rule in another file.
    """
    before, after = {f.fingerprint: f for f in old.findings}, {f.fingerprint: f for f in new.findings}
    same = [FindingChange(finding, after[name]) for name, finding in before.items() if name in after]
    gone = [finding for name, finding in before.items() if name not in after]
    come = [finding for name, finding in after.items() if name not in before]
    come += [change.after for change in same if change.before.is_suppressed and not change.after.is_suppressed]
    pairs = _paired(gone, come, lambda finding: (finding.rule_id, finding.path))
    pairs += _paired(gone, come, lambda finding: (finding.rule_id, finding.snippet) if finding.snippet else None)
    pairs += [change for change in same if change.raised and not change.before.is_suppressed and not change.after.is_suppressed]
    targets, others = {target.id: target for target in old.targets}, {target.id: target for target in new.targets}
    constants, now = dict(old.constants), dict(new.constants)
    return ReportDifference(
        old, new, tuple(gone), tuple(come),
        tuple(sorted(pairs, key=lambda change: _order(change.after))),
        tuple(change.after for change in same if change.after.is_suppressed and not change.before.is_suppressed),
        tuple(_target_change(targets[name], others[name]) for name in targets if name in others),
        tuple(name for name in targets if name not in others),
        tuple(name for name in others if name not in targets),
        tuple(
            (name, constants.get(name, ""), now.get(name, ""))
            for name in sorted({*constants, *now})
            if constants.get(name) != now.get(name)
        ),
    )  # fmt: skip


def _paired(
    gone: list[SavedFinding], come: list[SavedFinding], key: Callable[[SavedFinding], tuple[str, str] | None]
) -> list[FindingChange]:
    """What went and came under one key, as one tie each; both are taken off their lists. What got more severe stays new."""
    waiting: dict[tuple[str, str], deque[SavedFinding]] = {}
    for finding in sorted(gone, key=_order):
        if not finding.is_suppressed and (name := key(finding)):
            waiting.setdefault(name, deque()).append(finding)
    pairs = []
    for finding in sorted(come, key=_order):
        candidates = waiting.get(key(finding) or ("", ""))
        if not finding.is_suppressed and candidates and _rank(candidates[0]) >= _rank(finding):
            pairs.append(FindingChange(candidates.popleft(), finding))
    before, after = {pair.before.fingerprint for pair in pairs}, {pair.after.fingerprint for pair in pairs}
    gone[:] = [finding for finding in gone if finding.fingerprint not in before]
    come[:] = [finding for finding in come if finding.fingerprint not in after]
    return pairs


def _rank(finding: SavedFinding) -> int:
    return SEVERITIES.index(finding.severity)


def _order(finding: SavedFinding) -> tuple[int, str, int, str]:
    return (-_rank(finding), finding.path, finding.line, finding.fingerprint)


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


def counted(findings: Iterable[SavedFinding]) -> str:
    """How many of each severity, without dismissed ones."""
    counts = Counter(finding.severity for finding in findings if not finding.is_suppressed)
    words = [f"{counts[severity]:,} {severity}" for severity in reversed(SEVERITIES) if counts[severity]]
    return ", ".join(words) or "none"


def signed(days: float) -> str:
    """Person-days with their sign."""
    return f"{days:+,.1f}" if abs(days) >= LEAST_SHOWN_DAYS else "±0.0"


def worst_first(findings: Iterable[SavedFinding]) -> list[SavedFinding]:
    """Those that no comment dismisses, the most severe first."""
    return sorted((finding for finding in findings if not finding.is_suppressed), key=_order)


def frame(difference: ReportDifference) -> str:
    """How much code and how many ties there were, and are."""
    old, new = difference.old, difference.new
    ties = f"{len(old.debt):,} ties above info in {len({f.path for f in old.debt}):,} files, now {len(new.debt):,} in "
    ties += f"{len({f.path for f in new.debt}):,}"
    return f"{ties}; {old.lines:,} lines read, now {new.lines:,}"


def still_there(difference: ReportDifference) -> list[str]:
    """What neither went nor came, kind by kind, where there is any of it."""
    alike = [change for change in difference.changed if not change.raised]
    kinds = (
        ("Rewritten in their file and still tied", [change.after for change in alike if not change.is_moved]),
        ("Moved to another file", [change.after for change in alike if change.is_moved]),
    )
    words = [f"{title}: {counted(findings)}." for title, findings in kinds if findings]
    for title, changes in (
        ("Milder than before", [change for change in difference.changed if change.raised < 0]),
        ("More severe than before", [change for change in difference.changed if change.raised > 0]),
    ):
        if changes:
            was, now = counted(change.before for change in changes), counted(change.after for change in changes)
            words.append(f"{title}: {was}, now {now}.")
    if difference.dismissed:
        words.append(f"Dismissed by a comment, not fixed: {len(difference.dismissed):,}.")
    return words


def causes(difference: ReportDifference) -> str:
    """What the part of a move that is not due to figures is due to."""
    return "by code or rules" if difference.is_other_rules else "by code"


def target_sentence(change: TargetChange, by_code: str = "by code") -> str:
    """What became of a target's effort and verdict."""
    return "; ".join(target_words(change, by_code))


def target_words(change: TargetChange, by_code: str = "by code") -> list[str]:
    """The same in parts: the median, its range and its causes, the verdict, and the blockers behind it."""
    old, new = change.old, change.new
    if "unknown" in (old.verdict, new.verdict):
        return [f"no days to compare: was {VERDICT_WORDS[old.verdict]}, is {VERDICT_WORDS[new.verdict]}"]
    range_words = f"P10 to P90 {old.p10_days:,.1f} to {old.p90_days:,.1f}, now {new.p10_days:,.1f} to {new.p90_days:,.1f}"
    parts = [f"{signed(change.added_days)} person-days (P50), from {old.p50_days:,.1f} to {new.p50_days:,.1f}", range_words]
    if change.items:
        parts.append(
            f"over the work items {signed(change.by_code_days)} {by_code}, {signed(change.by_figures_days)} by changed figures"
        )
    if old.verdict != new.verdict:
        parts.append(f"was {VERDICT_WORDS[old.verdict]}, is {VERDICT_WORDS[new.verdict]}")
    parts += [f"no longer blocked by {title}" for title in old.blockers if _without_places(title) not in _stems(new)]
    parts += [f"newly blocked by {title}" for title in new.blockers if _without_places(title) not in _stems(old)]
    return parts


def _without_places(title: str) -> str:
    """A blocker's title without the number of its places, which is no other blocker."""
    return title.split(" (", maxsplit=1)[0]


def _stems(target: SavedTarget) -> set[str]:
    return {_without_places(title) for title in target.blockers}


def cautions(difference: ReportDifference) -> Iterator[str]:
    """What makes the two reports less comparable."""
    if difference.new.as_of < difference.old.as_of:
        yield f"The new report is of an earlier day than the old one ({difference.new.as_of}): give the oldest first."
    if any(abs(each.added_days - each.by_code_days - each.by_figures_days) >= LEAST_GAP_DAYS for each in difference.targets):
        yield "The whole is simulated, not added up: its P50 moves by more than the P50s of its items where these have wide ranges."
    if difference.is_other_rules:
        yield "The rules are of another version: findings can come and go without a change of the code."
    if difference.changed_constants:
        changes = [f"{name} from {was or 'nothing'} to {now or 'nothing'}" for name, was, now in difference.changed_constants]
        more = f" and {len(changes) - MOST_FIGURES} more" if len(changes) > MOST_FIGURES else ""
        yield f"Figures of the effort model changed: {', '.join(changes[:MOST_FIGURES])}{more}."
    if difference.old.root != difference.new.root:
        yield f"The reports are of folders of other names: {difference.old.root} and {difference.new.root}."
    if difference.only_old:
        yield f"Only the old report assesses {', '.join(difference.only_old)}."
    if difference.only_new:
        yield f"Only the new report assesses {', '.join(difference.only_new)}."


def shown_items(change: TargetChange) -> tuple[list[ItemChange], int]:
    """The work items that moved by as much as is shown, and how many did by less or are over the bound."""
    shown = [item for item in change.items if abs(item.by_code_days + item.by_figures_days) >= LEAST_SHOWN_DAYS][:MOST_ITEMS]
    return shown, len(change.items) - len(shown)


def text_lines(difference: ReportDifference) -> Iterator[str]:
    """The difference for a terminal."""
    old, new = difference.old, difference.new
    yield printable(f"{new.root}: {old.name} ({old.as_of}) -> {new.name} ({new.as_of})")
    yield frame(difference)
    yield f"Fixed: {counted(difference.fixed)}. New: {counted(difference.added)}."
    yield from still_there(difference)
    for change in difference.targets:
        first, *others = target_words(change, causes(difference))
        yield ""
        yield f"{printable(change.new.id)}: {first}"
        yield from (f"    {printable(words)}" for words in others)
        items, more = shown_items(change)
        for item in items:
            yield f"    {signed(item.by_code_days + item.by_figures_days):>8}  {printable(item.title, 100)}"
        if more:
            yield f"              and {more} more by less"
    for title, mark, findings in (("New", "+", difference.added), ("Fixed", "-", difference.fixed)):
        yield from _listed(title, mark, worst_first(findings))
    for number, caution in enumerate(cautions(difference)):
        yield from ([] if number else [""])
        yield f"Mind: {printable(caution)}"


def _listed(title: str, mark: str, findings: list[SavedFinding]) -> Iterator[str]:
    """Places of ties above info, worst first; the others are counted, unless there are no others."""
    debt = [finding for finding in findings if finding.is_debt]
    debt, others = (debt, [finding for finding in findings if not finding.is_debt]) if debt else (findings, [])
    if findings:
        yield from ("", f"{title}:")
    for finding in debt[:MOST_FINDINGS]:
        yield f"{mark} {finding.severity:8}{printable(finding.path, 120)}:{finding.line}  {printable(finding.rule_id)}"
    if rest := [*debt[MOST_FINDINGS:], *others]:
        yield f"{mark} and also {counted(rest)}"


# ---- several reports -------------------------------------------------------------------------------------------------


def common_targets(reports: Sequence[SavedReport], wanted: Iterable[str] = ()) -> list[str]:
    """Targets that all reports assess, those that are wanted where any are named."""
    common = [t.id for t in reports[0].targets if all(t.id in {o.id for o in report.targets} for report in reports)]
    return [name for name in common if name in set(wanted)] if wanted else common


def severity_counts(report: SavedReport) -> list[int]:
    """Findings that no comment dismisses, the most severe first."""
    counts = Counter(finding.severity for finding in report.findings if not finding.is_suppressed)
    return [counts[severity] for severity in reversed(SEVERITIES)]


def burn_down(reports: Sequence[SavedReport], wanted: Iterable[str] = ()) -> Iterator[str]:
    """A row for each of several reports, oldest first: ties by severity, and the P50 of each target that all assess."""
    common = common_targets(reports, wanted)
    widths = [max(len(name), 9) for name in common]
    names = (f"{printable(name):>{width}}" for name, width in zip(common, widths, strict=True))
    yield "  ".join(["as of     ", *(f"{severity:>8}" for severity in reversed(SEVERITIES)), *names])
    for report in reports:
        days = {target.id: target.p50_days for target in report.targets}
        cells = [f"{number:>8}" for number in severity_counts(report)]
        figures = (f"{days[name]:>{width},.1f}" for name, width in zip(common, widths, strict=True))
        yield "  ".join([f"{printable(report.as_of):10}", *cells, *figures])


# ---- for programs ----------------------------------------------------------------------------------------------------


def to_json(difference: ReportDifference, reports: Sequence[SavedReport]) -> dict[str, Any]:
    """The difference as plain values."""
    return {
        "old": _report_json(difference.old), "new": _report_json(difference.new),
        "fixed": [_finding_json(finding) for finding in difference.fixed],
        "added": [_finding_json(finding) for finding in difference.added],
        "changed": [{"before": _finding_json(each.before), "after": _finding_json(each.after)} for each in difference.changed],
        "dismissed": [_finding_json(finding) for finding in difference.dismissed],
        "targets": {change.new.id: _target_json(change) for change in difference.targets},
        "cautions": list(cautions(difference)),
        "reports": [_step_json(report) for report in reports],
    }  # fmt: skip


def _report_json(report: SavedReport) -> dict[str, Any]:
    return {"name": report.name, "root": report.root, "as_of": report.as_of, "rules_version": report.rules_version}


def _finding_json(finding: SavedFinding) -> dict[str, Any]:
    return {
        "fingerprint": finding.fingerprint, "rule_id": finding.rule_id, "severity": finding.severity, "path": finding.path,
        "line": finding.line, "suppressed": finding.is_suppressed,
    }  # fmt: skip


def _target_json(change: TargetChange) -> dict[str, Any]:
    return {
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
    }  # fmt: skip


def _step_json(report: SavedReport) -> dict[str, Any]:
    """One step of a burn-down."""
    return {
        **_report_json(report), "files": report.files, "lines": report.lines,
        "findings": dict(zip(reversed(SEVERITIES), severity_counts(report), strict=True)),
        "targets": {
            target.id: {"p10_days": target.p10_days, "p50_days": target.p50_days, "p90_days": target.p90_days}
            for target in report.targets
        },
    }  # fmt: skip
