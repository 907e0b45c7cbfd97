"""`offramp diff`: what changed between reports, and whether it stays within bounds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from analyzer.cli.exit_codes import EXIT_CLEAN, EXIT_FINDINGS
from analyzer.cli.options import output_option
from analyzer.cli.output_files import formats_by_ending, refuse_inputs, write_whole
from analyzer.knowledge.toml_reader import nearest
from analyzer.model.counted import counted
from analyzer.model.difference import ReportDifference, TargetChange
from analyzer.model.errors import UserInputError
from analyzer.model.rule import SEVERITIES

ENDINGS = {".html": "html", ".md": "markdown", ".json": "json", ".txt": "text"}


@click.command("diff")
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="OLD.json NEW.json [MORE.json...]")
@click.option("-t", "--target", "targets", multiple=True, metavar="ID", help="Only these targets. Repeatable.")
@output_option("Write a file too: .html, .md, .json or .txt. Repeatable.")
@click.option("--format", "output_format", type=click.Choice(("text", "markdown", "json")), default="text")
@click.option("--max-added-days", type=click.FloatRange(0), metavar="DAYS", help="Fail if a target's P50 grows by more.")
@click.option("--max-added-percent", type=click.FloatRange(0), metavar="PERCENT", help="Fail if a target's P50 grows by more.")
@click.option("--budget-days", type=click.FloatRange(0), metavar="DAYS", help="Fail if a target's P50 crosses this.")
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="Fail if there is a new finding of this severity or above.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever changed.")
def command(
    reports: tuple[Path, ...], targets: tuple[str, ...], outputs: tuple[Path, ...], output_format: str,
    max_added_days: float | None, max_added_percent: float | None, budget_days: float | None, fail_on: str | None,
    exit_zero: bool,
) -> None:  # fmt: skip
    """Say what was fixed, what is new, and how the effort moved from one JSON report to another.

    More than two reports, oldest first, are shown as a burn-down; bounds are about the first and the last. Exit codes: 0 within
    bounds, 1 not, 2 usage or input error.
    """
    from analyzer.knowledge.saved_report import read_saved_report
    from analyzer.report.difference import burn_down, compare, text_lines, to_json
    from analyzer.report.difference_markdown import difference_markdown

    if len(reports) < 2:
        raise UserInputError("offramp diff", "", "needs two reports at least: OLD.json NEW.json")
    formats = formats_by_ending(outputs, ENDINGS)
    refuse_inputs(outputs, reports)
    saved = [read_saved_report(path) for path in reports]
    difference = only(compare(saved[0], saved[-1]), targets)
    steps = ["", *burn_down(saved, targets)] if len(saved) > 2 else []
    texts = {
        "text": "\n".join([*text_lines(difference), *steps]) + "\n",
        "markdown": difference_markdown(difference, saved),
        "json": json.dumps(to_json(difference, saved), indent=1) + "\n",
    }
    if "html" in formats.values():
        from analyzer.report.difference_html import render_difference

        texts["html"] = render_difference(difference, saved)
    for output, name in formats.items():
        write_whole(output, texts[name])
    click.echo(texts[output_format], nl=False)
    broken = [*broken_bounds(difference, max_added_days, max_added_percent, budget_days), *new_findings(difference, fail_on)]
    for line in broken:
        click.echo(line, err=True)
    sys.exit(EXIT_FINDINGS if broken and not exit_zero else EXIT_CLEAN)


def only(difference: ReportDifference, targets: tuple[str, ...]) -> ReportDifference:
    """The difference for some targets. Raises `UserInputError` for one that is not in both reports."""
    from dataclasses import replace

    if not targets:
        return difference
    known = {change.new.id: change for change in difference.targets}
    for name in targets:
        if name not in known:
            raise UserInputError("--target", name, f"is not in both reports{nearest(name, known)}")
    return replace(difference, targets=tuple(known[name] for name in dict.fromkeys(targets)), only_old=(), only_new=())


def broken_bounds(
    difference: ReportDifference, most_days: float | None, most_percent: float | None, budget_days: float | None
) -> Iterator[str]:
    """A line for each bound that a target's effort breaks."""
    for change in difference.targets:
        added, share = change.added_days, percent(change)
        if most_days is not None and added > most_days:
            yield f"{change.new.id}: {added:+.1f} person-days (P50) of new lock-in, more than {most_days:g} are allowed."
        if most_percent is not None and share > most_percent:
            yield f"{change.new.id}: {share:+.1f} % of person-days (P50), more than {most_percent:g} % are allowed."
        if budget_days is not None and change.old.p50_days <= budget_days < change.new.p50_days:
            yield f"{change.new.id}: {change.new.p50_days:.1f} person-days (P50) now, which crosses the budget of {budget_days:g}."


def percent(change: TargetChange) -> float:
    """Growth of the P50 in percent; from nothing to something is infinite."""
    if not change.old.p50_days:
        return float("inf") if change.new.p50_days else 0.0
    return 100 * change.added_days / change.old.p50_days


def new_findings(difference: ReportDifference, fail_on: str | None) -> Iterator[str]:
    """A line if there are new findings of a severity or above."""
    if fail_on is not None:
        failing = SEVERITIES[SEVERITIES.index(fail_on) :]
        raised = [change.after for change in difference.changed if change.raised > 0 and change.before.severity not in failing]
        new = [finding for finding in (*difference.added, *raised) if not finding.is_suppressed]
        count = sum(finding.severity in failing for finding in new)
        if count:
            yield f"{counted(count, 'new finding')} of severity {fail_on} or above."
