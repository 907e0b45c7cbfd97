"""The JSON report, schema version 1: the same truth as the HTML, for machines, always in the same order."""

from __future__ import annotations

import json
from typing import Any

from analyzer.model.assumption import Assumption
from analyzer.model.coverage import Coverage
from analyzer.model.effort import TargetAssessment
from analyzer.model.finding import Finding
from analyzer.model.graph import GraphSummary
from analyzer.model.kernels import ExtensionModule, Kernel
from analyzer.model.opinion import ProviderCoverage, SecondOpinion
from analyzer.model.report import SCHEMA_VERSION, Report
from analyzer.model.rule import Rule
from analyzer.report.graph_json import edge_to_json, hot_spots_to_json, plan_to_json, seams_to_json
from analyzer.report.tco_json import tco_to_json
from analyzer.report.workload_json import fit_to_json, workload_to_json

Json = dict[str, Any]


def render_json(report: Report) -> str:
    """The report as JSON text: ASCII only, so that a lone surrogate in a path harms no reader."""
    return json.dumps(report_to_json(report), indent=1, ensure_ascii=True) + "\n"


def report_to_json(report: Report) -> Json:
    """The report as plain values, in the order of the schema."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": report.tool.name, "version": report.tool.version, "rules_version": report.tool.rules_version},
        "made": {"commands": list(report.made.commands), "commit": report.made.commit},
        "root": report.root,
        "as_of": report.as_of,
        "coverage": _coverage(report.coverage),
        "findings": [finding_to_json(finding) for finding in report.findings],
        "kernels": [_kernel(kernel) for kernel in report.inventory.kernels],
        "extensions": [_extension(extension) for extension in report.inventory.extensions],
        "graph": _graph(report.graph),
        "workload": workload_to_json(report.workload),
        "targets": {target.target_id: {**_target(target), **_plan(report, target.target_id)} for target in report.targets},
        **({"seams": seams_to_json(report.seams)} if report.seams is not None else {}),
        **({"hot_spots": hot_spots_to_json(report.hot_spots)} if report.hot_spots is not None else {}),
        "owned_files": [{"owners": list(each.owners), "paths": list(each.paths)} for each in report.owned_files],
        "tco": tco_to_json(report.tco),
        "assumptions": [_assumption(assumption) for assumption in report.assumptions],
        "rules": {rule.id: _rule(rule) for rule in report.rules},
        "capabilities": {item.id: {"title": item.title, "description": item.description} for item in report.capabilities},
        "second_opinions": [_second_opinion(item) for item in report.second_opinions],
    }


def _plan(report: Report, target_id: str) -> Json:
    return next(({"plan": plan_to_json(plan)} for plan in report.plans if plan.target_id == target_id), {})


def _second_opinion(item: SecondOpinion) -> Json:
    opinion = item.opinion
    return {
        "file": opinion.file, "kind": opinion.kind, "title": item.title, "reference": item.reference,
        "entry_point": item.entry_point, "targets": list(item.targets), "made_with": list(opinion.made_with),
        "same_source": item.same_source, "outcome": opinion.outcome, "detail": opinion.detail,
        "steps": [{"name": name, "status": status} for name, status in opinion.steps],
        "operators": [operator._asdict() for operator in opinion.operators],
        "providers": [provider_to_json(provider) for provider in opinion.providers],
        "disagreements": list(item.disagreements), "notes": list(opinion.notes),
    }  # fmt: skip


def provider_to_json(provider: ProviderCoverage) -> Json:
    """What an execution provider has no kernel for."""
    return {
        "name": provider.name, "version": provider.version, "source": provider.source,
        "without_kernel": dict(provider.without_kernel),
        "not_in_table": dict(provider.not_in_table),
    }  # fmt: skip


def finding_to_json(finding: Finding) -> Json:
    """One finding, with the keys of the contract."""
    span, statement = finding.span, finding.statement
    return {
        "rule_id": finding.rule_id,
        "family": finding.family,
        "capability": finding.capability,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "path": finding.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "statement": {"line": statement.line, "end_line": statement.end_line},
        "cell": finding.cell,
        "file_line": finding.file_line,
        "symbol": finding.symbol,
        "snippet": finding.snippet,
        "guarded": finding.guarded,
        "guard": finding.guard,
        "overridable": finding.overridable,
        "in_tests": finding.in_tests,
        "origin": {"path": finding.origin.path, "line": finding.origin.line} if finding.origin else None,
        "flow": [{"path": step.path, "line": step.line} for step in finding.flow],
        "fingerprint": finding.fingerprint,
        "suppressed": finding.suppressed is not None,
        "suppression": {
            "kind": finding.suppressed.kind,
            "reason": finding.suppressed.reason,
            "line": finding.suppressed.line,
        }
        if finding.suppressed
        else None,
        "edit": {
            "before": finding.edit.before,
            "after": finding.edit.after,
            "note": finding.edit.note,
            "since": finding.edit.since,
        }
        if finding.edit
        else None,
    }


def _coverage(coverage: Coverage) -> Json:
    return {
        "analysed_share": coverage.analysed_share,
        "kinds": [
            {"kind": kind.kind, "files": kind.files, "analysed": kind.analysed, "lines": kind.lines} for kind in coverage.kinds
        ],
        "skipped": [{"path": file.path, "reason": file.reason, "detail": file.detail} for file in coverage.skipped],
        "problems": [
            {"path": problem.path, "line": problem.line, "reason": problem.reason, "detail": problem.detail}
            for problem in coverage.problems
        ],
        "gave_up": list(coverage.gave_up),
    }


def _kernel(kernel: Kernel) -> Json:
    return {
        "id": kernel.id, "name": kernel.name, "language": kernel.language, "path": kernel.path, "line": kernel.line,
        "lines": kernel.lines, "is_template": kernel.is_template, "features": list(kernel.features),
        "libraries": list(kernel.libraries), "extensions": list(kernel.extensions), "symbols": list(kernel.symbols),
        "call_sites": [{"path": site.path, "line": site.line} for site in kernel.call_sites],
        "copies": [{"path": copy.path, "line": copy.line} for copy in kernel.copies], "fallback": kernel.fallback,
    }  # fmt: skip


def _extension(extension: ExtensionModule) -> Json:
    return {
        "name": extension.name, "kind": extension.kind, "is_cuda": extension.is_cuda, "path": extension.path,
        "line": extension.line, "sources": list(extension.sources), "symbols": list(extension.symbols),
        "kernels": list(extension.kernels), "libraries": list(extension.libraries),
    }  # fmt: skip


def _graph(graph: GraphSummary) -> Json:
    return {
        "nodes": [
            {
                "id": node.id, "kind": node.kind, "title": node.title, "path": node.path, "line": node.line,
                "findings": node.findings, "worst_severity": node.worst_severity,
                "blast_radius": node.blast_radius, "detail": node.detail,
            }
            for node in graph.nodes
        ],
        "edges": [edge_to_json(edge) for edge in graph.edges],
        "order_of_work": [
            {"wave": wave.index, "modules": list(wave.modules), "cycles": [list(cycle) for cycle in wave.cycles]}
            for wave in graph.waves
        ],
        "untied_modules": list(graph.untied_modules),
        "unresolved_calls": graph.unresolved_calls,
        "entry_points": [{**point._asdict(), "tied_modules": list(point.tied_modules)} for point in graph.entry_points],
        "unreached": [item._asdict() for item in graph.unreached],
    }  # fmt: skip


def _target(target: TargetAssessment) -> Json:
    return {
        "title": target.title,
        "verdict": target.verdict,
        "sentence": target.sentence,
        "sdk_version": target.sdk_version,
        "as_of": target.as_of,
        "maturity": list(target.maturity),
        "ties_you_to": target.ties_you_to,
        "fit": fit_to_json(target.fit),
        "readiness": {"score": target.readiness.score, "coverage": target.readiness.coverage},
        "blockers": [
            {
                "title": blocker.title, "capability": blocker.capability, "verdict": blocker.verdict,
                "reason": blocker.reason, "reference": blocker.reference, "findings": list(blocker.findings),
            }
            for blocker in target.blockers
        ],
        "work_items": [
            {
                "id": item.id, "title": item.title, "capability": item.capability, "verdict": item.verdict,
                "role": item.role, "units": item.units, "per": item.per, "p10_days": item.estimate.p10_days,
                "p50_days": item.estimate.p50_days, "p90_days": item.estimate.p90_days, "basis": item.basis,
                "advice": item.advice, "reference": item.reference, "since": item.since,
                "automation_share": item.automation_share, "findings": list(item.findings), "paths": list(item.paths),
            }
            for item in target.work_items
        ],
        "effort": {
            "p10_days": target.effort.p10_days,
            "p50_days": target.effort.p50_days,
            "p90_days": target.effort.p90_days,
            "by_role": [
                {
                    "role": item.role, "p10_days": item.estimate.p10_days, "p50_days": item.estimate.p50_days,
                    "p90_days": item.estimate.p90_days,
                }
                for item in target.by_role
            ],
            "drivers": [
                {
                    "id": driver.id, "title": driver.title, "p50_days": driver.p50_days, "swing_days": driver.swing_days,
                    "below_days": driver.below_days, "above_days": driver.above_days,
                }
                for driver in target.drivers
            ],
            "quantiles": [{"share": point.share, "days": point.days} for point in target.quantiles],
        },
        "entry_points": [
            {
                "path": point.path, "line": point.line, "symbol": point.symbol, "kind": point.kind,
                "prediction": point.prediction,
                "reasons": [
                    {
                        "rule_id": reason.rule_id, **({"operator": reason.operator} if reason.operator else {}),
                        "path": reason.path, "line": reason.line, "message": reason.message,
                    }
                    for reason in point.reasons
                ],
                **({"measured": [measured._asdict() for measured in point.measured]} if point.measured else {}),
            }
            for point in target.entry_points
        ],
        "operators": [
            {"name": use.name, "status": use.status, "sites": use.sites, "reference": use.reference}
            for use in target.operators
        ],
    }  # fmt: skip


def _assumption(assumption: Assumption) -> Json:
    return {
        "id": assumption.id, "title": assumption.title, "value": assumption.value, "unit": assumption.unit,
        "kind": assumption.kind, "source": assumption.source, "as_of": assumption.as_of,
    }  # fmt: skip


def _rule(rule: Rule) -> Json:
    return {
        "family": rule.family, "title": rule.title, "why": rule.why, "capability": rule.capability,
        "severity": rule.severity, "confidence": rule.confidence, "replacement": rule.replacement,
        "references": list(rule.references),
    }  # fmt: skip
