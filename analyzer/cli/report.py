"""`offramp report`: a JSON report, costed anew and drawn again without a scan."""

from __future__ import annotations

import datetime
import sys
from dataclasses import replace
from pathlib import Path

import click

from analyzer.cli.dates import day
from analyzer.cli.exit_codes import EXIT_CLEAN, EXIT_ERROR
from analyzer.cli.options import needs_a_page, report_option, template_option
from analyzer.cli.output_files import formats_by_ending, refuse_inputs, write_whole
from analyzer.cli.provenance import with_costs
from analyzer.cli.scan import STRICT_AFTER_DAYS, TERMINAL, on_terminal, terminal_name
from analyzer.model.cost_files import CostFiles
from analyzer.report.render import ENDINGS, FORMATS, render


@click.command("report")
@click.argument("report", type=click.Path(path_type=Path))
@report_option(ENDINGS)
@click.option(
    "--format",
    "output_format",
    type=click.Choice((TERMINAL, *FORMATS)),
    help="What to print on standard output; `terminal` is the summary that a scan prints.",
)
@click.option("--workload", type=click.Path(path_type=Path), metavar="FILE.toml", help="Your workload, in place of the report's.")
@click.option(
    "--prices",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Price lists of yours, in place of the report's. Repeatable.",
)
@click.option("--measurements", type=click.Path(path_type=Path), metavar="FILE.toml", help="What a proof of concept measured.")
@template_option()
@click.option("--as-of", metavar="DATE", help="Judge the age of prices on this day, YYYY-MM-DD (default: the report's).")
@click.option("--no-source", is_flag=True, help="Quote no line of the repository's source, for a report that leaves the house.")
@click.option("--strict", is_flag=True, help="Exit with 2 if a price is older than 365 days.")
def command(
    report: Path,
    outputs: tuple[Path, ...],
    output_format: str | None,
    workload: Path | None,
    prices: tuple[Path, ...],
    measurements: Path | None,
    template: Path | None,
    as_of: str | None,
    no_source: bool,
    strict: bool,
) -> None:
    """Work out the costs of the JSON report REPORT anew: with measurements, another workload or other prices.

    The repository is not read. Prints a line for each option where nothing else is asked for.
    """
    from analyzer.knowledge.page_template import read_page_template
    from analyzer.recost import recosted
    from analyzer.report.printable import printable

    formats = formats_by_ending(outputs, ENDINGS)
    refuse_inputs(outputs, (report,))
    needs_a_page(template, (*formats.values(), output_format or ""))
    dress = read_page_template(template) if template else None
    date = datetime.date.fromisoformat(day(as_of)) if as_of else None
    files = CostFiles(workload, prices, measurements)
    result = recosted(report, files, date)
    result = replace(result, made=with_costs(result.made, files, no_source, result.as_of))
    result = result.without_source() if no_source else result
    for output, name in formats.items():
        write_whole(output, render(result, name, dress))
    if output_format == TERMINAL:
        click.echo(on_terminal(result, terminal_name("auto")), nl=False, color=True)
    elif output_format:
        click.echo(render(result, output_format, dress), nl=False)
    elif not outputs:
        for option in result.tco.options:
            click.echo(printable(f"{option.title}: {option.verdict}. {option.sentence}"))
    is_old = result.tco.oldest_price_days > STRICT_AFTER_DAYS
    if strict and is_old:
        click.echo(f"offramp: a price is {result.tco.oldest_price_days} days old, more than {STRICT_AFTER_DAYS}", err=True)
    sys.exit(EXIT_ERROR if strict and is_old else EXIT_CLEAN)
