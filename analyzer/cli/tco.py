"""`offramp tco`: the files with which costs are worked out for a workload of one's own."""

from __future__ import annotations

from pathlib import Path

import click

from analyzer.cli.dates import day
from analyzer.cli.output_files import write_whole
from analyzer.cli.progress import progress_bar
from analyzer.cli.settings import read_defaults
from analyzer.discover.files import DiscoverySettings
from analyzer.model.errors import UserInputError
from analyzer.report.printable import printable

WORKLOAD_NAME = "workload.toml"
MEASUREMENTS_NAME = "measurements.toml"


@click.group("tco")
def command() -> None:
    """Write the files for a comparison of costs: a workload, and what a proof of concept measures."""


@command.command("init")
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option("-o", "--output", type=click.Path(path_type=Path), help=f"The file (default: {WORKLOAD_NAME} of the repository).")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def init(path: Path, output: Path | None, force: bool) -> None:
    """Write a commented workload file, filled in with what is seen in the repository at PATH."""
    from analyzer.cost.declared_fleet import declared_instances, instance_rules
    from analyzer.cost.workload_draft import draft_of, draft_text
    from analyzer.knowledge.scenario import load_default_scenario
    from analyzer.scan import scan_repository
    from analyzer.workload.reader import read_workload

    file = output or path / WORKLOAD_NAME
    _refuse_existing(file, force)
    defaults = read_defaults(path)
    settings = DiscoverySettings(defaults.include, defaults.exclude, defaults.max_file_bytes)
    with progress_bar(True) as progress:
        scan = scan_repository(path, settings, defaults.workers, progress, with_edits=False)
    default = load_default_scenario()
    declared = declared_instances(scan.program, scan.detection.findings, scan.book)
    draft = draft_of(scan.program, declared, default, read_workload(scan.program, scan.readers))
    write_whole(file, draft_text(draft, default, instance_rules(scan.book)))
    click.echo(f"{printable(str(file))}: correct it, then `offramp scan --workload {printable(str(file))}`")


@command.command("measurements")
@click.argument("report", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), default=MEASUREMENTS_NAME, help="The file.", show_default=True)
@click.option("--as-of", metavar="DATE", help="The day that stands in it, YYYY-MM-DD (default: today).")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def measurements(report: Path, output: Path, as_of: str | None, force: bool) -> None:
    """Write a measurements file to fill in, from the proof-of-concept plan of the JSON report REPORT."""
    from analyzer.cost.declared_fleet import instance_rules
    from analyzer.cost.proof_plan import measurements_text
    from analyzer.cost.workload_draft import own_file_comment
    from analyzer.knowledge.rules import load_rules
    from analyzer.report.report_reader import read_report

    _refuse_existing(output, force)
    plans = read_report(report).tco.plans
    if not plans:
        raise UserInputError(str(report), "tco.proof_of_concept", "is empty: the report compares no other place to run")
    own_file = own_file_comment(instance_rules(load_rules()))
    write_whole(output, measurements_text(plans, day(as_of), own_file))
    click.echo(f"{printable(str(output))}: fill it in, then `offramp report {printable(str(report))} --measurements ...`")


def _refuse_existing(file: Path, force: bool) -> None:
    if file.exists() and not force:
        raise UserInputError(str(file), "", "is there already: --force replaces it")
