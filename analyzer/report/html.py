"""The HTML report: one file, no network, every value escaped, under a strict content security policy."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from analyzer.model.effort import EffortEstimate, EntryPoint, Reason, TargetAssessment, days
from analyzer.model.finding import Finding
from analyzer.model.opinion import SecondOpinion
from analyzer.model.page_template import PLAIN_PAGE, PageTemplate
from analyzer.model.report import Report
from analyzer.model.rule import SEVERITIES, Rule
from analyzer.report.cost_view import cost_view
from analyzer.report.effort_view import effort_view
from analyzer.report.graph_picture import draw_graph
from analyzer.report.graph_view import graph_view
from analyzer.report.operators_view import operators_view
from analyzer.report.overview import overview
from analyzer.report.page import render_page
from analyzer.report.printable import printable
from analyzer.report.rest_view import GLOSSARY, assumptions_view, coverage_view, reproduce_view
from analyzer.report.wording import OUTCOME_WORDS, VERDICT_WORDS, answers, can_words
from analyzer.report.workload_words import workload_view

CONTENTS = (
    ("verdicts", "Verdicts"), ("targets", "Targets"), ("workload", "Use"), ("opinions", "Measured"), ("ties", "Ties"),
    ("effort", "Effort"), ("cost", "Cost"), ("work", "Work"), ("graph", "Graph"), ("kernels", "Kernels"), ("order", "Order"),
    ("seams", "Seams"), ("operators", "Operators"), ("findings", "Findings"), ("coverage", "Coverage"),
    ("assumptions", "Assumptions"), ("glossary", "Glossary"), ("reproduce", "Reproduce"),
)  # fmt: skip
"""Sections of the page by id, with the word of the link to each."""
FIRST_ROWS = 100
"""Findings that are in the page itself; the others are added by the script as they are asked for."""
SCRIPTS = ("report.js", "sections.js")
MOST_ENTRY_POINTS = 40
TO_KNOW = "to-know"
"""The rule of a reason that says what to run, alike for all of a target."""
MOST_PLACES = 12
"""Places that are named of entry points that are alike."""
MOST_REASON_CHARACTERS = 400
OF_THE_WHOLE = ("What does it do?", "What ties us?", "What is unknown?")
"""Questions that are answered for the repository; the others stand in a table with a row a target."""
_OF_RULE = ("family", "title", "why", "instead", "source")
"""What all findings of a rule have in common."""


def render_html(report: Report, template: PageTemplate | None = None) -> str:
    """The whole page as text, dressed by a template where one is given."""
    page_template = template or PLAIN_PAGE
    view = _view(report, page_template.left_out)
    return render_page("report.html.j2", page_template.style, SCRIPTS, page=_dressing(page_template), **view)


def _dressing(template: PageTemplate) -> dict[str, Any]:
    """The words of the template, ready to be placed."""
    lines = {name: printable(getattr(template, name)) for name in ("title", "client", "author", "confidentiality", "logo_text")}
    paragraphs = [printable(paragraph, 10_000) for paragraph in template.summary]
    return {**lines, "logo": template.logo, "summary": paragraphs, "left_out": template.left_out}


def _view(report: Report, left_out: tuple[str, ...]) -> dict[str, Any]:
    """Everything that the template shows, ready to be placed."""
    shown = [finding for finding in report.findings if finding.suppressed is None]
    rules = {rule.id: rule for rule in report.rules}
    rows = [_row(finding, rules[finding.rule_id]) for finding in _by_severity(shown)]
    return {
        "report": report,
        "root": printable(report.root),
        "answers": [(question, answer) for question, answer in answers(report) if question in OF_THE_WHOLE],
        "overview": overview(report),
        "contents": _contents(report, left_out),
        "opinions": [_opinion(item) for item in report.second_opinions],
        "targets": [_target(target) for target in report.targets],
        "workload": workload_view(report.workload, report.targets),
        "operators": operators_view(report.targets),
        "efforts": effort_view(report.targets),
        "ties": _ties(shown),
        "all_ties": [sum(finding.severity == severity for finding in shown) for severity in reversed(SEVERITIES)],
        "total": len(shown),
        "rows": rows[:FIRST_ROWS],
        "without_source": bool(rows) and not any(row["snippet"] for row in rows),
        "row_count": len(rows),
        "data": _embedded(rows if "findings" not in left_out else []),
        "families": sorted({finding.family for finding in shown}),
        "severities": list(reversed(SEVERITIES)),
        "roles": sorted({item.role.replace("-", " ") for target in report.targets for item in target.work_items}),
        "work_verdicts": sorted({item.verdict for target in report.targets for item in target.work_items}),
        "picture": draw_graph(report.graph),
        "graph": graph_view(report),
        "untied": [printable(path) for path in report.graph.untied_modules],
        "kernels": _kernels(report),
        "uncalled": sum(not kernel.call_sites for kernel in report.inventory.kernels),
        "cost": cost_view(report.tco),
        "assumptions": assumptions_view(report.assumptions),
        "coverage": coverage_view(report.coverage),
        "reproduce": reproduce_view(report),
        "problems": [
            {"path": printable(p.path), "line": p.line, "reason": p.reason, "detail": printable(p.detail)}
            for p in report.coverage.problems
        ],
        "suppressed": len(report.findings) - len(shown),
        "gave_up": [printable(line) for line in report.coverage.gave_up],
        "glossary": GLOSSARY,
    }  # fmt: skip


def _contents(report: Report, left_out: tuple[str, ...]) -> list[tuple[str, str]]:
    """The sections that are on the page, in its order."""
    absent = set(left_out)
    if not report.second_opinions:
        absent.add("opinions")
    if not report.inventory.kernels:
        absent.add("kernels")
    if report.seams is None or "order" in absent:
        absent.add("seams")
    return [(name, words) for name, words in CONTENTS if name not in absent]


def _by_severity(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: (-SEVERITIES.index(f.severity), f.path, f.cell or 0, f.span, f.rule_id))


def _row(finding: Finding, rule: Rule) -> dict[str, Any]:
    cell = "" if finding.cell is None else f" cell {finding.cell}"
    notes = []
    if finding.guard:
        notes.append(f"Guarded: {finding.guard}.")
    if finding.overridable:
        notes.append("A default that the user can override.")
    if finding.origin:
        way = "".join(f", by way of {step.path}:{step.line}" for step in finding.flow)
        notes.append(f"The value comes from {finding.origin.path}:{finding.origin.line}{way}.")
    if finding.in_tests:
        notes.append("Test code.")
    return {
        "id": finding.fingerprint,
        "severity": finding.severity,
        "family": finding.family,
        "rule": finding.rule_id,
        "title": rule.title,
        "why": rule.why,
        "place": printable(f"{finding.path}{cell}:{finding.span.line}", 300),
        "symbol": printable(finding.symbol, 120),
        "snippet": printable(finding.snippet, keep_lines=True),
        "after": printable(finding.edit.after, keep_lines=True) if finding.edit else "",
        "note": printable(f"{finding.edit.note} (since {finding.edit.since})") if finding.edit else "",
        "notes": printable(" ".join(notes)),
        "instead": rule.replacement,
        "source": rule.references[0],
    }


def _embedded(rows: list[dict[str, Any]]) -> str:
    """The rows as JSON that cannot end its own element nor be taken for markup; what a rule says is in it once."""
    rules = {row["rule"]: {key: row[key] for key in _OF_RULE} for row in rows}
    own = [{key: value for key, value in row.items() if value and key not in _OF_RULE} for row in rows]
    text = json.dumps({"rules": rules, "rows": own}, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def days_of(estimate: EffortEstimate) -> str:
    """P10, P50 and P90 in a row."""
    return f"{days(estimate.p10_days)} – {days(estimate.p50_days)} – {days(estimate.p90_days)}"


def _target(target: TargetAssessment) -> dict[str, Any]:
    points = folded_entry_points(target)
    items = sorted(target.work_items, key=lambda item: (-item.estimate.p50_days, item.id))
    score = target.readiness.score
    return {
        "id": target.target_id,
        "title": target.title,
        "verdict": target.verdict,
        "verdict_words": can_words(target),
        "sentence": target.sentence,
        "sdk": f"{target.sdk_version}, knowledge of {target.as_of}",
        "score": "Not scored" if score is None else f"{score:.0%} of ties need no rewrite",
        "maturity": target.maturity,
        "ties_you_to": target.ties_you_to,
        "coverage": f"{target.readiness.coverage:.0%}",
        "blockers": target.blockers,
        "effort": ("of the work that is known " if target.verdict == "unknown" else "")
        + days_of(target.effort),
        "items": [
            {
                "title": printable(item.title, 200), "verdict": item.verdict, "role": item.role.replace("-", " "),
                "low": days(item.estimate.p10_days), "middle": days(item.estimate.p50_days),
                "high": days(item.estimate.p90_days),
                "days": (item.estimate.p10_days, item.estimate.p50_days, item.estimate.p90_days),
                "basis": item.basis, "advice": item.advice,
                "reference": item.reference, "since": item.since, "places": len(item.findings),
                "first": item.findings[0] if item.findings else "", "paths": [printable(path, 200) for path in item.paths[:8]],
                "more": max(len(item.paths) - 8, 0),
                "ready": f"{item.automation_share:.0%}" if item.automation_share else "",
            }
            for item in items
        ],
        "roles": [{"title": item.role.replace("-", " "), "days": days_of(item.estimate)} for item in target.by_role],
        "drivers": [{"title": d.title, "swing": days(d.swing_days)} for d in target.drivers[:5]],
        "entry_points": points[:MOST_ENTRY_POINTS],
        "to_know": next((r.message for point in target.entry_points for r in point.reasons if r.rule_id == TO_KNOW), ""),
        "more_entry_points": sum(len(point["places"]) + point["more"] for point in points[MOST_ENTRY_POINTS:]),
    }  # fmt: skip


def folded_entry_points(target: TargetAssessment) -> list[dict[str, Any]]:
    """Entry points that are alike but for their place as one, those that run last."""
    groups: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], list[EntryPoint]] = {}
    for point in shown_first(target.entry_points):
        told = tuple(_told(reason, point) for reason in point.reasons[:3] if reason.rule_id != TO_KNOW)
        groups.setdefault((point.kind, point.prediction, told, _measured(point)), []).append(point)
    return [
        {
            "places": [printable(f"{point.path}:{point.line}", 200) for point in points[:MOST_PLACES]],
            "more": max(len(points) - MOST_PLACES, 0), "kind": kind, "prediction": VERDICT_WORDS[prediction],
            "reasons": [printable(reason, MOST_REASON_CHARACTERS) for reason in told], "measured": measured,
        }
        for (kind, prediction, told, measured), points in groups.items()
    ]  # fmt: skip


def _measured(point: EntryPoint) -> tuple[str, ...]:
    """What other tools measured of an entry point."""
    return tuple(
        ("differs: " if each.disagrees else "") + printable(f"{OUTCOME_WORDS[each.outcome]} ({each.file}): {each.detail}", 300)
        for each in point.measured
    )


def _told(reason: Reason, point: EntryPoint) -> str:
    """A reason, with its place where that is not the entry point's own."""
    is_own = (reason.path, reason.line) == (point.path, point.line)
    return reason.message if is_own else f"{reason.path}:{reason.line} {reason.message}"


def shown_first(points: tuple[EntryPoint, ...]) -> list[EntryPoint]:
    """What was measured, then what does not run as it stands."""
    return sorted(points, key=lambda point: (not point.measured, point.prediction == "runs"))


def _opinion(item: SecondOpinion) -> dict[str, Any]:
    opinion = item.opinion
    return {
        "file": printable(opinion.file, 200), "title": item.title, "outcome": OUTCOME_WORDS[opinion.outcome],
        "detail": printable(opinion.detail, 600), "about": printable(item.entry_point, 200),
        "targets": ", ".join(item.targets), "made_with": printable(", ".join(opinion.made_with), 300),
        "same_source": printable(item.same_source, 300), "disagreements": [printable(line, 600) for line in item.disagreements],
        "notes": [printable(line, 600) for line in opinion.notes],
        "providers": [
            {
                "name": f"{row.name} {row.version}",
                "missing": ", ".join(printable(f"{name} ({nodes})", 120) for name, nodes in row.without_kernel[:40]) or "none",
                "unknown": ", ".join(printable(f"{name} ({nodes})", 120) for name, nodes in row.not_in_table[:40]),
            }
            for row in opinion.providers
        ],
    }  # fmt: skip


def _ties(findings: list[Finding]) -> list[dict[str, Any]]:
    counts = Counter((finding.family, finding.severity) for finding in findings)
    totals = Counter(finding.family for finding in findings if finding.severity != "info")
    ordered = sorted({finding.family for finding in findings}, key=lambda family: (-totals[family], family))
    return [{"family": family, "counts": [counts[(family, severity)] for severity in reversed(SEVERITIES)]} for family in ordered]


def _kernels(report: Report) -> list[dict[str, Any]]:
    """All kernels, those with the most callers first."""
    radius = {node.id: node.blast_radius for node in report.graph.nodes if node.kind == "kernel"}
    ordered = sorted(report.inventory.kernels, key=lambda kernel: (-len(kernel.call_sites), kernel.id))
    return [
        {
            "title": printable(kernel.name or "(no name)", 120),
            "language": kernel.language,
            "place": printable(f"{kernel.path}:{kernel.line}", 200),
            "lines": kernel.lines or "–",
            "features": ", ".join((*kernel.features, *kernel.libraries)),
            "copies": len(kernel.copies),
            "extensions": printable(", ".join(kernel.extensions[:3]), 200),
            "callers": len(kernel.call_sites),
            "first_caller": printable(f"{kernel.call_sites[0].path}:{kernel.call_sites[0].line}", 200) if kernel.call_sites else "",
            "fallback": printable(kernel.fallback, 200),
            "radius": radius.get(f"kernel:{kernel.id}", radius.get(f"kernel:{kernel.path}")),
        }
        for kernel in ordered
    ]
