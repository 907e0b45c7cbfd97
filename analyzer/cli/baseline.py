"""`offramp baseline`: the debt that exists today, written down so that only new debt fails."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from analyzer.cli.dates import day
from analyzer.cli.output_files import write_whole
from analyzer.cli.progress import progress_bar
from analyzer.cli.settings import read_defaults
from analyzer.detect.baseline import debt, make_baseline, match_baseline, pruned, updated
from analyzer.detect.baseline_file import BASELINE_NAME, baseline_text, read_baseline
from analyzer.discover.files import DiscoverySettings
from analyzer.model.counted import counted
from analyzer.model.errors import UserInputError
from analyzer.report.printable import printable
from analyzer.scan import Scan, scan_repository

_ROOT = click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The repository.  [default: .]")
_FILE = click.option(
    "--baseline", "file", type=click.Path(path_type=Path), help=f"The file (default: {BASELINE_NAME} of the root)."
)
_AS_OF = click.option("--as-of", metavar="DATE", help="Judge expiry dates on this day, YYYY-MM-DD (default: today).")


@click.group("baseline")
def command() -> None:
    """Write down the ties that exist, and keep the list honest."""


@command.command("write")
@_ROOT
@_FILE
@click.option("--force", is_flag=True, help="Replace a file that is there; its notes are lost.")
def write(root: Path, file: Path | None, force: bool) -> None:
    """Write a baseline of everything that is found today."""
    path = file or root / BASELINE_NAME
    if path.exists() and not force:
        raise UserInputError(str(path), "", "is there already: `baseline update` keeps its notes, --force replaces it")
    baseline = make_baseline(scanned(root).detection.findings)
    write_whole(path, baseline_text(baseline))
    entries = counted(len(baseline.entries), "entry", "entries")
    click.echo(f"{printable(str(path))}: {counted(debt(baseline), 'finding')} of debt, {entries}")


@command.command("update")
@_ROOT
@_FILE
@_AS_OF
@click.option("--accept-new", is_flag=True, help="Take up what is new as well; without it the debt can only shrink.")
def update(root: Path, file: Path | None, as_of: str | None, accept_new: bool) -> None:
    """Drop what has gone, follow moves and edits, keep the notes."""
    path = file or root / BASELINE_NAME
    before = read_baseline(path)
    scan = scanned(root)
    files = frozenset(scan.program.files)
    match = match_baseline(scan.detection.findings, before, day(as_of), files, files)
    after = updated(before, match, scan.detection.findings, accept_new)
    write_whole(path, baseline_text(after))
    click.echo(
        f"{printable(str(path))}: {counted(debt(before), 'finding')} of debt before, {debt(after)} now, {len(match.new)} new"
    )


@command.command("prune")
@_ROOT
@_FILE
@_AS_OF
def prune(root: Path, file: Path | None, as_of: str | None) -> None:
    """Drop what has gone, and touch nothing else."""
    path = file or root / BASELINE_NAME
    before = read_baseline(path)
    scan = scanned(root)
    files = frozenset(scan.program.files)
    match = match_baseline(scan.detection.findings, before, day(as_of), files, files)
    after = pruned(before, match)
    write_whole(path, baseline_text(after))
    click.echo(f"{printable(str(path))}: {counted(debt(before), 'finding')} of debt before, {debt(after)} now")


@command.command("audit")
@_ROOT
@_FILE
@_AS_OF
def audit(root: Path, file: Path | None, as_of: str | None) -> None:
    """What the baseline holds: by rule and owner, without a reason, expired, gone."""
    baseline = read_baseline(file or root / BASELINE_NAME)
    scan = scanned(root)
    files = frozenset(scan.program.files)
    match = match_baseline(scan.detection.findings, baseline, day(as_of), files, files)
    loud = [entry for entry in baseline.entries if not entry.is_quiet]
    click.echo(f"{counted(debt(baseline), 'finding')} of debt in {counted(len({entry.path for entry in loud}), 'file')}")
    for title, counts in (
        ("by rule", Counter({entry.rule_id: 0 for entry in loud})),
        ("by owner", Counter({entry.owner or "(no owner)": 0 for entry in loud})),
    ):
        for entry in loud:
            counts[entry.rule_id if title == "by rule" else entry.owner or "(no owner)"] += entry.times
        click.echo(f"{title}:")
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            click.echo(f"{count:6}  {printable(name)}")
    click.echo(f"without a reason: {sum(entry.times for entry in loud if not entry.reason)}")
    for title, entries in (("expired", match.expired), ("gone", match.gone)):
        click.echo(f"{title}: {sum(entry.times for entry in entries)}")
        for entry in entries:
            click.echo(
                f"{entry.times:6}  {printable(entry.path)}  {entry.rule_id}  {printable(entry.owner)} {entry.expires}".rstrip()
            )


def scanned(root: Path) -> Scan:
    """A scan of the whole repository with its own settings."""
    defaults = read_defaults(root)
    with progress_bar(hidden=False) as progress:
        settings = DiscoverySettings(defaults.include, defaults.exclude, defaults.max_file_bytes)
        return scan_repository(root, settings, defaults.workers, progress, with_edits=False)
