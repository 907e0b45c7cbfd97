"""`offramp calibrate`: what a team's actual days say of the estimates."""

from __future__ import annotations

from pathlib import Path

import click

from analyzer.cli.output_files import write_whole
from analyzer.model.calibration import Fit
from analyzer.model.counted import counted

PROMISED = 0.8


@click.command("calibrate")
@click.argument("actuals", type=click.Path(path_type=Path), metavar="ACTUALS.csv")
@click.option(
    "--report", required=True, type=click.Path(path_type=Path), metavar="REPORT.json", help="The report that had estimated them."
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.toml", help="Write factors for `scan --effort`.")
def command(actuals: Path, report: Path, output: Path | None) -> None:
    """Compare actual days with a report's estimates, and fit factors to them.

    ACTUALS.csv has the columns target, work_item (the id in the report) and actual_days. Exit codes: 0 done, 2 input error.
    """
    from analyzer.assess.calibration import fit
    from analyzer.knowledge.actuals import read_actuals, read_estimates
    from analyzer.knowledge.effort_file import written
    from analyzer.report.printable import printable

    found = fit(read_actuals(actuals, read_estimates(report)))
    if output is not None:
        write_whole(output, written(found, printable(actuals.name)))
    click.echo("\n".join(lines_of(found)))
    if output is not None:
        click.echo(f"Written: {output}. Use it with `offramp scan --effort {output}`.", err=True)


def lines_of(fit: Fit) -> list[str]:
    """What was found, in words."""
    calibration = fit.calibration
    items = counted(fit.rows, "work item")
    width = "wider" if calibration.spread > 1 else "narrower"
    lines = [
        f"{items}: actual days were {fit.median_ratio:.2f} times the estimate (median of actual / P50).",
        f"{fit.in_range_share:.0%} lay between P10 and P90, which promise {PROMISED:.0%}; "
        f"{fit.calibrated_in_range_share:.0%} with the factors below (on the same items, so too good).",
        "",
        f"factor for all items    {calibration.factor:.2f}  (drawn towards 1: {items})",
        f"width of the ranges     {calibration.spread:.2f}  (ranges {width} on a logarithmic scale)",
    ]
    own = dict(calibration.by_capability)
    for capability, (count, ratio) in fit.by_capability.items():
        name = capability or "(needed in any case)"
        factor = f"factor {own[capability]:.2f}" if capability in own else "too few for a factor of its own"
        lines.append(f"  {name}: {count}, median {ratio:.2f} times; {factor}")
    return lines
