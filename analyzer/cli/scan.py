"""`offramp scan`: the readiness report."""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analyzer.cli.dates import day
from analyzer.cli.exit_codes import EXIT_ERROR, EXIT_FINDINGS
from analyzer.cli.output_files import write_whole
from analyzer.cli.progress import progress_bar
from analyzer.cli.settings import read_defaults
from analyzer.discover.files import DiscoverySettings
from analyzer.facts.extract import Progress
from analyzer.model.errors import UserInputError
from analyzer.model.rule import SEVERITIES

if TYPE_CHECKING:
    from analyzer.model.report import Report

FORMATS = ("terminal", "json", "html")


@click.command("scan")
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a report; the format follows from the ending (.html, .json). Repeatable.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="terminal",
    help="What to print on standard output.",
)
@click.option(
    "-t",
    "--target",
    "targets",
    multiple=True,
    metavar="ID",
    help="Only these targets (see `offramp targets`). Repeatable.",
)
@click.option(
    "--scenario",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Your workload and prices, in place of the default scenario.",
)
@click.option(
    "--include",
    multiple=True,
    metavar="PATTERN",
    help="Scan these even if ignored or vendored (gitignore syntax). Repeatable.",
)
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave these out (gitignore syntax). Repeatable.")
@click.option("--max-file-bytes", type=click.IntRange(1), metavar="N", help="Skip larger files (default 5000000).")
@click.option("--workers", type=click.IntRange(0, 256), metavar="N", help="Processes; 0 chooses by the amount of source.")
@click.option("--as-of", metavar="DATE", help="Judge the age of prices and facts on this day, YYYY-MM-DD (default: today).")
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 if there are findings of this severity or above.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option("--strict", is_flag=True, help="Exit with 2 if a file could not be analysed.")
@click.option("--no-progress", "hide_progress", is_flag=True, help="No progress on standard error.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors and what --format asks for.")
@click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="Colours in the terminal.")
def command(
    path: Path,
    outputs: tuple[Path, ...],
    output_format: str,
    targets: tuple[str, ...],
    scenario: Path | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    max_file_bytes: int | None,
    workers: int | None,
    as_of: str | None,
    fail_on: str | None,
    exit_zero: bool,
    strict: bool,
    hide_progress: bool,
    quiet: bool,
    color: str,
) -> None:
    """Scan the repository at PATH and report what ties it to CUDA.

    The repository is read, never run. Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or input error.
    """
    check_output_formats(outputs)
    defaults = read_defaults(path)
    settings = DiscoverySettings(
        include or defaults.include,
        exclude or defaults.exclude,
        max_file_bytes or defaults.max_file_bytes,
    )
    with progress_bar(quiet or hide_progress) as progress:
        report = build(
            path, settings, targets or defaults.targets, scenario or defaults.scenario,
            defaults.workers if workers is None else workers, day(as_of), progress,
        )  # fmt: skip
    written = write_outputs(report, outputs)
    print_report(report, output_format, quiet, color)
    if not quiet:
        click.echo(closing_line(report, written), err=True)
    sys.exit(exit_code(report, fail_on or defaults.fail_on, exit_zero, strict))


def build(
    path: Path,
    settings: DiscoverySettings,
    targets: tuple[str, ...],
    scenario: Path | None,
    workers: int,
    as_of: datetime.date,
    progress: Progress,
) -> Report:
    """Run the pipeline."""
    from analyzer.pipeline import build_report

    return build_report(path, settings, targets, scenario, workers, as_of, progress)


def check_output_formats(outputs: tuple[Path, ...]) -> None:
    """Reject an unknown ending before any work is done."""
    for output in outputs:
        if output.suffix.lstrip(".").lower() not in FORMATS[1:]:
            known = ", ".join(f".{name}" for name in FORMATS[1:])
            raise UserInputError("--output", str(output), f"unknown ending {output.suffix!r}; known are {known}")
        if not output.parent.is_dir():
            raise UserInputError("--output", str(output), f"there is no folder {output.parent}")


def write_outputs(report: Report, outputs: tuple[Path, ...]) -> list[Path]:
    """Write each report completely or not at all."""
    from analyzer.report.render import render

    for output in outputs:
        write_whole(output, render(report, output.suffix.lstrip(".").lower()))
    return list(outputs)


def print_report(report: Report, output_format: str, quiet: bool, color: str) -> None:
    """The chosen format on standard output."""
    if output_format != "terminal":
        from analyzer.report.render import render

        click.echo(render(report, output_format), nl=False)
    elif not quiet:
        from rich.console import Console

        from analyzer.report.terminal import print_summary

        print_summary(report, Console(force_terminal={"auto": None, "always": True, "never": False}[color]))


def closing_line(report: Report, written: list[Path]) -> str:
    """That it finished, the counts, and where the report is."""
    counted = [finding for finding in report.findings if finding.suppressed is None]
    by_severity = ", ".join(
        f"{sum(finding.severity == severity for finding in counted)} {severity}" for severity in reversed(SEVERITIES)
    )
    files = sum(kind.files for kind in report.coverage.kinds)
    place = f" Report: {', '.join(str(output) for output in written)}" if written else ""
    return f"Finished: {files} files, {len(counted)} findings ({by_severity}), {len(report.coverage.problems)} problems.{place}"


def exit_code(report: Report, fail_on: str | None, exit_zero: bool, strict: bool) -> int:
    """0 clean, 1 findings at or above the threshold, 2 files not analysed under --strict."""
    if strict and any(problem.reason != "outputs-left-out" for problem in report.coverage.problems):
        return EXIT_ERROR
    if exit_zero or fail_on is None:
        return 0
    limit = SEVERITIES.index(fail_on)
    failing = any(SEVERITIES.index(finding.severity) >= limit for finding in report.findings if finding.suppressed is None)
    return EXIT_FINDINGS if failing else 0
