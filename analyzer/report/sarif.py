"""SARIF 2.1.0, as code scanning services and editors read it, within the limits of GitHub's code scanning."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass

from analyzer import __version__
from analyzer.model.counted import counted
from analyzer.model.facts import Problem
from analyzer.model.finding import Finding
from analyzer.model.rule import SEVERITIES, Rule
from analyzer.report.printable import printable
from analyzer.report.sarif_result import Json, artifact, finding_to_sarif, rule_to_sarif

MOST_RESULTS = 25_000
"""GitHub refuses a run with more, and shows only the `MOST_SHOWN` most severe."""
MOST_SHOWN = 5_000
MOST_COMPRESSED_BYTES = 10_000_000
"""GitHub refuses a file that is larger after compression."""
MOST_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class SarifResult:
    """A finding, and what became of it: `new`, `unchanged`, or "" where it was held against nothing."""

    finding: Finding
    state: str = ""


@dataclass(frozen=True, slots=True)
class SarifRun:
    """One run of the tool. `run_id` tells runs apart whose results do not replace each other."""

    run_id: str
    rules_version: str
    rules: tuple[Rule, ...]
    """At least those that the results refer to."""
    results: tuple[SarifResult, ...]
    remarks: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def render_sarif(run: SarifRun) -> str:
    """The run as SARIF text, ASCII only. What is over the limits is left out, the least severe first, and that is said."""
    kept = min(len(run.results), MOST_RESULTS)
    while True:
        text = json.dumps(_log(run, kept), indent=1, ensure_ascii=True) + "\n"
        if kept == 0 or not _is_too_large(text):
            return text
        kept //= 2


def _is_too_large(text: str) -> bool:
    return len(text) > MOST_COMPRESSED_BYTES and len(gzip.compress(text.encode("ascii"), 6, mtime=0)) > MOST_COMPRESSED_BYTES


def _log(run: SarifRun, kept: int) -> Json:
    results = _most_important(run.results, kept)
    used = {result.finding.rule_id for result in results}
    rules = [rule for rule in run.rules if rule.id in used]
    positions = {rule.id: position for position, rule in enumerate(rules)}
    remarks = list(run.remarks)
    if kept < len(run.results):
        remarks.insert(
            0, f"{len(run.results) - kept} of {counted(len(run.results), 'result')} are left out, the least severe of them."
        )
    if kept > MOST_SHOWN:
        remarks.insert(0, f"GitHub's code scanning shows only the {MOST_SHOWN:,} most severe of these {kept:,} results.")
    driver = {
        "name": "Offramp",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [rule_to_sarif(rule) for rule in rules],
        "properties": {"rulesVersion": run.rules_version},
    }
    found = []
    for result in results:
        position = positions[result.finding.rule_id]
        found.append(finding_to_sarif(result.finding, result.state, rules[position], position))
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": f"offramp/{run.run_id}/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository."}}},
                "invocations": [_invocation(remarks, run.problems)],
                "results": found,
            }
        ],
    }


def _most_important(results: tuple[SarifResult, ...], kept: int) -> list[SarifResult]:
    """The results that are kept, in their order: new before known, and then the more severe."""
    if kept >= len(results):
        return list(results)
    ranked = sorted(
        range(len(results)),
        key=lambda number: (results[number].state == "unchanged", -SEVERITIES.index(results[number].finding.severity), number),
    )
    return [results[number] for number in sorted(ranked[:kept])]


def _invocation(remarks: list[str], problems: tuple[Problem, ...]) -> Json:
    """That the run came to its end, and what its reader should know of it."""
    notifications: list[Json] = [{"level": "note", "message": {"text": _plain(remark)}} for remark in remarks]
    for problem in problems[:MOST_PROBLEMS]:
        place = {"artifactLocation": artifact(problem.path), "region": {"startLine": max(problem.line, 1)}}
        notifications.append(
            {
                "level": "warning",
                "message": {"text": _plain(f"{problem.reason}: {problem.detail}")},
                "locations": [{"physicalLocation": place}],
            }
        )
    if len(problems) > MOST_PROBLEMS:
        more = f"{counted(len(problems) - MOST_PROBLEMS, 'more problem is', 'more problems are')} left out."
        notifications.append({"level": "warning", "message": {"text": more}})
    return {"executionSuccessful": True, "toolExecutionNotifications": notifications}


def _plain(text: str) -> str:
    """Text of the repository in a message, where square brackets would make a link."""
    return printable(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
