"""Ties by family and the custom kernels, for the page and for Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from analyzer.model.finding import Finding
from analyzer.model.report import Report
from analyzer.model.rule import SEVERITIES
from analyzer.report.printable import printable

View = dict[str, Any]


def ties_view(findings: Iterable[Finding]) -> list[View]:
    """Each family with its findings by severity, worst first; the family with the most above info first."""
    counts: dict[str, Counter[str]] = {}
    for finding in findings:
        counts.setdefault(finding.family, Counter())[finding.severity] += 1
    ordered = sorted(counts, key=lambda family: (counts[family]["info"] - counts[family].total(), family))
    return [{"family": family, "counts": [counts[family][severity] for severity in reversed(SEVERITIES)]} for family in ordered]


def kernels_view(report: Report) -> list[View]:
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
