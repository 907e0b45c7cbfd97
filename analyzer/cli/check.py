"""`offramp check`: the options of the gate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from analyzer.cli.gate import GateOptions, run_gate
from analyzer.cli.options import output_option
from analyzer.detect.baseline_file import BASELINE_NAME
from analyzer.model.rule import SEVERITIES
from analyzer.report.gate_formats import FORMATS


@click.command("check")
@click.argument("files", nargs=-1, type=click.Path())
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The repository.  [default: .]")
@click.option("--baseline", type=click.Path(path_type=Path), help=f"Known debt (default: {BASELINE_NAME} of the root).")
@click.option("--no-baseline", is_flag=True, help="Without a baseline: every finding is new, unless --diff-base knows it.")
@click.option("--diff-base", metavar="REV", help="Only what is new since HEAD and REV went apart, in the files as they are.")
@click.option("--staged/--no-staged", default=None, help="Look at what is staged.  [default: when called by git commit]")
@click.option("--whole", is_flag=True, help="Read the rest of the repository too, for all that it says of FILES.")
@click.option("--ratchet", is_flag=True, help="The debt may only fall: fail too where the baseline holds more than there is.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Show findings of this severity and above (default: minor).")
@click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 on new findings of this severity and above (default: minor)."
)
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules, families or capabilities; `*` for any letters.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not these. Repeatable.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option("--strict", is_flag=True, help="Exit with 2 if a file could not be analysed.")
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="text", help="What to print.")
@output_option("Write a file too; its ending says the format (.sarif, .md, .json, .gitlab.json, .xml for JUnit, .txt). Repeatable.")
@click.option("--explain", is_flag=True, help="Say of each finding why it matters, where its value comes from, and its sources.")
@click.option("--statistics", is_flag=True, help="Count new findings by rule.")
@click.option("--as-of", metavar="DATE", help="Judge expiry dates on this day, YYYY-MM-DD (default: today).")
@click.option("--workers", type=click.IntRange(0, 256), metavar="N", help="Processes; 0 chooses by the amount of source.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but findings and errors.")
def command(**options: Any) -> None:
    """Check for new ties to CUDA, in the whole repository or in FILES of it.

    Up to a hundred FILES are read by themselves, with the values that they name elsewhere; --whole reads the rest as well.
    Exit codes: 0 nothing new, 1 new findings at or above --fail-on, 2 usage or input error.
    """
    sys.exit(run_gate(GateOptions(**options)))
