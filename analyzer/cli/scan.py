"""`offramp scan`: the readiness report."""

from __future__ import annotations

import datetime
import io
import os
import shlex
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analyzer.cli.dates import day
from analyzer.cli.exit_codes import EXIT_CLEAN, EXIT_ERROR, EXIT_FINDINGS
from analyzer.cli.options import needs_a_page, report_option, template_option
from analyzer.cli.output_files import formats_by_ending, write_whole
from analyzer.cli.progress import progress_bar
from analyzer.cli.provenance import scan_command
from analyzer.cli.scan_memory import SUMMARY, Depends, ScanSummary, remembered
from analyzer.cli.settings import read_defaults
from analyzer.discover.files import DiscoverySettings
from analyzer.discover.git import head_commit
from analyzer.facts.extract import Progress
from analyzer.model.churn import NO_CHURN, Churn
from analyzer.model.cost_files import CostFiles
from analyzer.model.counted import counted
from analyzer.model.provenance import Provenance
from analyzer.model.rule import SEVERITIES
from analyzer.report.printable import printable
from analyzer.report.render import ENDINGS, FORMATS, render

if TYPE_CHECKING:
    from analyzer.cache.store import Store
    from analyzer.model.opinion import Opinion
    from analyzer.model.page_template import PageTemplate
    from analyzer.model.report import Report
    from analyzer.model.surface import Surface

TERMINAL = "terminal"
LEAST_COLUMNS = 40
WITHOUT_COLOURS = ("dumb", "unknown")
STRICT_AFTER_DAYS = 365
"""A price of the user's workload that is older fails a strict run."""


@click.command("scan")
@click.argument("path", type=click.Path(path_type=Path), default=".")
@report_option(ENDINGS)
@click.option(
    "--format",
    "output_format",
    type=click.Choice((TERMINAL, *FORMATS)),
    default="terminal",
    help="What to print on standard output.",
)
@click.option(
    "-t",
    "--target",
    "targets",
    multiple=True,
    metavar="ID",
    help="Only these targets, or `all` (see `offramp targets`). Repeatable.",
)
@click.option("--accept-claims", is_flag=True, help="Let in targets that exist only as unverified claims.")
@click.option(
    "--workload",
    "--scenario",
    "workload",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Your workload, in place of the default scenario; `offramp tco init` writes one.",
)
@click.option(
    "--prices",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="A price list of yours; it wins over the shipped ones. Repeatable.",
)
@click.option("--measurements", type=click.Path(path_type=Path), metavar="FILE.toml", help="What a proof of concept measured.")
@click.option(
    "--effort",
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help="Your own figures of effort, as `offramp calibrate` writes them.",
)
@click.option(
    "--second-opinion",
    "second_opinions",
    multiple=True,
    metavar="FILE[=SYMBOL]",
    help="What another tool measured: an .onnx file, an export report, a result of Neuron's tools. SYMBOL is the entry point "
    "that it speaks for. Repeatable.",
)
@click.option(
    "--surface",
    "surfaces",
    multiple=True,
    metavar="NAME|FILE.toml",
    help="Look for calls of what needs CUDA in a library: one that comes with the program, or a file of `offramp export-surface`. "
    "Repeatable.",
)
@click.option(
    "--churn",
    type=click.IntRange(0, 100_000),
    default=0,
    metavar="COMMITS",
    help="Reckon a change dearer in files that so many of the last commits often changed; needs git.  [default: not]",
)
@template_option()
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
@click.option("--no-source", is_flag=True, help="Quote no line of the repository's source, for a report that leaves the house.")
@click.option("--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 if there are findings of this severity or above.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--strict", is_flag=True, help="Exit with 2 if a file could not be analysed, or a price of your workload is older than a year."
)
@click.option("--no-cache", is_flag=True, help="Neither use nor keep what was read or written before.")
@click.option("--no-progress", "hide_progress", is_flag=True, help="No progress on standard error.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors and what --format asks for.")
@click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="Colours in the terminal.")
def command(
    path: Path,
    outputs: tuple[Path, ...],
    output_format: str,
    targets: tuple[str, ...],
    accept_claims: bool,
    workload: Path | None,
    prices: tuple[Path, ...],
    measurements: Path | None,
    effort: Path | None,
    second_opinions: tuple[str, ...],
    surfaces: tuple[str, ...],
    template: Path | None,
    churn: int,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    max_file_bytes: int | None,
    workers: int | None,
    as_of: str | None,
    no_source: bool,
    fail_on: str | None,
    exit_zero: bool,
    strict: bool,
    no_cache: bool,
    hide_progress: bool,
    quiet: bool,
    color: str,
) -> None:
    """Scan the repository at PATH and report what ties it to CUDA.

    The repository is read, never run. Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or input error.
    """
    formats = formats_by_ending(outputs, ENDINGS)
    needs_a_page(template, (*formats.values(), output_format))
    defaults = read_defaults(path)
    settings = DiscoverySettings(
        include or defaults.include,
        exclude or defaults.exclude,
        max_file_bytes or defaults.max_file_bytes,
    )
    files = CostFiles(workload or defaults.workload, prices, measurements)
    day_of_facts = day(as_of)
    named = second_opinions or defaults.second_opinions
    effort = effort or defaults.effort
    called = scan_command(
        path, settings, targets or defaults.targets, files, effort, named, surfaces, churn, accept_claims, no_source, day_of_facts
    )
    depends = Depends(
        path, settings, defaults.honour_comments, targets or defaults.targets, files, day_of_facts, accept_claims,
        effort,
        opinions_in(named),
        template_in(template),
        churn_of(path, churn),
        surfaces_in(surfaces),
        no_source,
        Provenance((called,), head_commit(path)),
    )  # fmt: skip
    printed = output_format if output_format != TERMINAL else "" if quiet else terminal_name(color)
    names = (SUMMARY, *sorted({*formats.values(), printed} - {""}))
    with progress_bar(quiet or hide_progress) as progress:
        workers = defaults.workers if workers is None else workers
        texts = remembered(depends, names, lambda store: produced(depends, names, workers, progress, store), not no_cache)
    for output, name in formats.items():
        write_whole(output, texts[name])
    summary = ScanSummary.from_text(texts[SUMMARY])
    text = texts[printed] if printed else ""
    if printed.startswith(TERMINAL):
        text += "".join(f"{line}\n" for line in next_steps(path, summary, formats.values(), printed))
    click.echo(text, nl=False, color=True)  # whether there are colours in it is decided already
    if not quiet:
        click.echo(closing_lines(summary, outputs), err=True)
    sys.exit(exit_code(summary, fail_on or defaults.fail_on, exit_zero, strict))


def opinions_in(named: tuple[str, ...]) -> tuple[Opinion, ...]:
    """The second opinions, read: before the repository is, so that a bad one is refused at once."""
    if not named:
        return ()
    from analyzer.opinions.read_opinion import read_opinions

    return read_opinions(named)


def surfaces_in(named: tuple[str, ...]) -> tuple[Surface, ...]:
    """The surfaces of libraries, read before the repository is."""
    if not named:
        return ()
    from analyzer.knowledge.surfaces import read_surface

    return tuple(read_surface(name) for name in dict.fromkeys(named))


def churn_of(root: Path, commits: int) -> Churn:
    """How often files were changed. Raises `UserInputError` where that is asked for and there is no history."""
    if not commits:
        return NO_CHURN
    from analyzer.discover.churn import read_churn
    from analyzer.model.errors import UserInputError

    churn = read_churn(root, commits)
    if not churn.commits:
        raise UserInputError("--churn", str(root), "has no git history to read; a shallow clone has only its last commits")
    return churn


def template_in(folder: Path | None) -> PageTemplate | None:
    """The template of the page, read before the repository is."""
    if folder is None:
        return None
    from analyzer.knowledge.page_template import read_page_template

    return read_page_template(folder)


def produced(depends: Depends, names: tuple[str, ...], workers: int, progress: Progress, store: Store | None) -> dict[str, str]:
    """Run the pipeline, and write the report under every name that is asked for."""
    from analyzer.pipeline import build_report

    as_of = datetime.date.fromisoformat(depends.as_of)
    report = build_report(
        depends.root, depends.settings, depends.targets, depends.files, workers, as_of, progress, depends.honoured, store,
        depends.accept_claims, depends.effort, depends.opinions, depends.surfaces, depends.churn,
    )  # fmt: skip
    report = replace(report.without_source() if depends.no_source else report, made=depends.made)
    texts = {SUMMARY: summary_of(report, depends).to_text()}
    for name in names:
        if name.startswith(TERMINAL):
            texts[name] = on_terminal(report, name)
        elif name != SUMMARY:
            texts[name] = render(report, name, depends.template)
    return texts


def terminal_name(color: str) -> str:
    """The name of the summary on this terminal: its width, its letters, and whether and in how many colours it can show it."""
    by_itself = sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))
    is_terminal = {"auto": by_itself, "always": True, "never": False}[color] and os.environ.get("TERM") not in WITHOUT_COLOURS
    width = max(shutil.get_terminal_size().columns, LEAST_COLUMNS)
    colours = [os.environ.get(name, "") for name in ("TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR")] if is_terminal else []
    return " ".join((TERMINAL, str(width), sys.stdout.encoding, "colour" if is_terminal else "plain", *colours))


def on_terminal(report: Report, name: str) -> str:
    """The summary as `terminal_name` says."""
    from rich.console import Console

    from analyzer.report.terminal import print_summary

    _, width, encoding, colour, *_ = name.split(" ")
    text = io.TextIOWrapper(io.BytesIO(), encoding, errors="backslashreplace", newline="\n")
    # Of a terminal that calls itself dumb rich takes the width for 80 unless a height is given too.
    print_summary(report, Console(file=text, width=int(width), height=25, force_terminal=colour == "colour"))
    text.seek(0)
    return "\n".join(line.rstrip(" ") for line in text.read().split("\n"))


def next_steps(path: Path, summary: ScanSummary, formats: Iterable[str], terminal: str) -> Iterator[str]:
    """The commands that lead on from here, each to be copied: one is never broken, what it is for stands behind or below it."""
    if not summary.rule:
        return
    place = shlex.quote(str(path))
    steps = [
        (f"offramp scan {place} -o report.html", "every place, with advice and sources", "html" not in formats),
        (f"offramp explain {summary.rule}", "why it matters, and what to do instead", True),
        (f"offramp tco init {place}", "your workload in place of the default", summary.is_default_workload),
        (f"offramp baseline write --root {place}", "accept today's ties, so that `check` stops new ones", True),
    ]
    shown = [(printable(command), why) for command, why, is_of_use in steps if is_of_use]
    _, width, _, colour, *_ = terminal.split(" ")
    longest = max(len(command) for command, _ in shown)
    has_room = longest + 4 + max(len(why) for _, why in shown) <= int(width)
    yield ""
    yield click.style("What next?", bold=True, underline=True) if colour == "colour" else "What next?"
    for command, why in shown:
        yield f"  {command:{longest}}  {why}" if has_room else f"  {command}\n      {why}"


def summary_of(report: Report, depends: Depends) -> ScanSummary:
    """What the last lines and the exit code need."""
    from analyzer.knowledge.targets import load_targets

    others = (target for target in load_targets() if not target.is_default and not target.is_claim)
    counted = Counter(finding.severity for finding in report.findings if finding.suppressed is None)
    problems = report.coverage.problems
    return ScanSummary(
        files=sum(kind.files for kind in report.coverage.kinds),
        findings={severity: counted[severity] for severity in SEVERITIES},
        problems=len(problems),
        not_analysed=sum(problem.reason != "outputs-left-out" for problem in problems),
        other_targets=0 if depends.targets else sum(1 for _ in others),
        oldest_price_days=0 if report.tco.scenario.is_default else report.tco.oldest_price_days,
        rule=worst_rule(report),
        is_default_workload=report.tco.scenario.is_default,
    )


def worst_rule(report: Report) -> str:
    """The rule that has found most of what is most severe; "" where nothing above info was found."""
    found = Counter((f.severity, f.rule_id) for f in report.findings if f.suppressed is None and f.severity != "info")
    return min(found, key=lambda key: (-SEVERITIES.index(key[0]), -found[key], key[1]), default=("", ""))[1]


def closing_lines(summary: ScanSummary, written: tuple[Path, ...]) -> str:
    """Which targets were left out where none was named; that it finished, the counts, and where the report is."""
    by_severity = ", ".join(f"{summary.findings[severity]} {severity}" for severity in reversed(SEVERITIES))
    count = sum(summary.findings.values())
    place = f" Report: {', '.join(str(output) for output in written)}" if written else ""
    others = counted(summary.other_targets, "more target is known", "more targets are known") if summary.other_targets else ""
    others += ": name them with --target, or --target all (`offramp targets` lists them).\n" if others else ""
    found = f"{counted(summary.files, 'file')}, {counted(count, 'finding')} ({by_severity}), {counted(summary.problems, 'problem')}"
    return f"{others}Finished: {found}.{place}"


def exit_code(summary: ScanSummary, fail_on: str | None, exit_zero: bool, strict: bool) -> int:
    """0 clean, 1 findings at or above the threshold, 2 files not analysed under --strict."""
    if strict and (summary.not_analysed or summary.oldest_price_days > STRICT_AFTER_DAYS):
        return EXIT_ERROR
    if exit_zero or fail_on is None:
        return EXIT_CLEAN
    return EXIT_FINDINGS if any(summary.findings[severity] for severity in SEVERITIES[SEVERITIES.index(fail_on) :]) else EXIT_CLEAN
