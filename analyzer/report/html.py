"""The HTML report: one file, no network, every value escaped, under a strict content security policy."""

from __future__ import annotations

import json
from typing import Any

from analyzer.model.effort import TargetAssessment
from analyzer.model.opinion import SecondOpinion
from analyzer.model.page_template import PLAIN_PAGE, PageTemplate
from analyzer.model.report import Report
from analyzer.model.rule import SEVERITIES
from analyzer.report.cost_view import cost_view
from analyzer.report.effort_view import effort_view
from analyzer.report.findings_view import FindingRows, Places, findings_view
from analyzer.report.graph_picture import draw_graph
from analyzer.report.graph_view import graph_view
from analyzer.report.inventory_view import kernels_view, ties_view
from analyzer.report.operators_view import operators_view
from analyzer.report.overview import overview
from analyzer.report.page import render_page
from analyzer.report.printable import printable
from analyzer.report.rest_view import GLOSSARY, assumptions_view, coverage_view, reproduce_view
from analyzer.report.wording import OUTCOME_WORDS, answers, can_words
from analyzer.report.work_view import WorkItems, work_view
from analyzer.report.workload_words import workload_view

CONTENTS = (
    ("verdicts", "Verdicts"), ("targets", "Targets"), ("workload", "Use"), ("opinions", "Measured"), ("ties", "Ties"),
    ("effort", "Effort"), ("cost", "Cost"), ("work", "Work"), ("graph", "Graph"), ("kernels", "Kernels"), ("order", "Order"),
    ("seams", "Seams"), ("operators", "Operators"), ("findings", "Findings"), ("coverage", "Coverage"),
    ("assumptions", "Assumptions"), ("glossary", "Glossary"), ("reproduce", "Reproduce"),
)  # fmt: skip
"""Sections of the page by id, with the word of the link to each."""
SCRIPTS = ("rows.js", "report.js", "sections.js")
"""In their order: before it is printed, the page draws what is missing and then unfolds it."""
OF_THE_WHOLE = ("What does it do?", "What ties us?", "What is unknown?")
"""Questions that are answered for the repository; the others stand in a table with a row a target."""


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
    rows = FindingRows(report, Places(report))
    items = WorkItems(report, rows)
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
        "ties": ties_view(shown),
        "all_ties": [sum(finding.severity == severity for finding in shown) for severity in reversed(SEVERITIES)],
        "severities": list(reversed(SEVERITIES)),
        "findings": findings_view(rows),
        "without_source": rows.is_without_source,
        "work": work_view(report, items),
        "data": _embedded(rows, items, left_out),
        "picture": draw_graph(report.graph),
        "graph": graph_view(report),
        "untied": [printable(path) for path in report.graph.untied_modules],
        "kernels": kernels_view(report),
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


def _target(target: TargetAssessment) -> dict[str, Any]:
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
    }


def _embedded(rows: FindingRows, items: WorkItems, left_out: tuple[str, ...]) -> str:
    """What the script draws from, as JSON that cannot end its own element nor be taken for markup."""
    values = rows.places.embedded()
    if "findings" not in left_out:
        values["findings"] = rows.embedded()
    if "work" not in left_out:
        values["work"] = items.embedded()
    text = json.dumps(values, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


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
