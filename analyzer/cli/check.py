"""`offramp check`: the gate. Only what is new fails."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from analyzer.cli.main import EXIT_FINDINGS
from analyzer.cli.scan import day, progress_bar
from analyzer.cli.settings import read_defaults
from analyzer.detect.baseline import BaselineMatch, is_quiet, match_baseline
from analyzer.detect.baseline_file import BASELINE_NAME, read_baseline
from analyzer.discover.files import DiscoverySettings
from analyzer.knowledge.rules import RuleBook
from analyzer.model.baseline import Baseline
from analyzer.model.errors import UserInputError
from analyzer.model.finding import Finding
from analyzer.model.rule import SEVERITIES
from analyzer.report.json_report import finding_to_json
from analyzer.report.printable import printable
from analyzer.scan import Scan, scan_repository

FORMATS = ("text", "json", "github")
_LEVELS = {"info": "notice", "minor": "warning", "major": "error", "blocker": "error"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a repository, or of some files of it."""

    scan: Scan
    match: BaselineMatch
    shown: tuple[Finding, ...]
    """The new findings at or above the severity that is asked for."""
    has_baseline: bool


@click.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The repository.  [default: .]")
@click.option(
    "--baseline", "baseline_file", type=click.Path(path_type=Path), help=f"Known debt (default: {BASELINE_NAME} of the root)."
)
@click.option("--no-baseline", is_flag=True, help="Take every finding for new.")
@click.option("--severity", type=click.Choice(SEVERITIES), default="minor", help="Show findings of this severity and above.")
@click.option(
    "--fail-on", type=click.Choice(SEVERITIES), help="Exit with 1 on new findings of this severity and above (default: minor)."
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option("--format", "output_format", type=click.Choice(FORMATS), default="text", help="What to print.")
@click.option("--statistics", is_flag=True, help="Count new findings by rule.")
@click.option("--as-of", metavar="DATE", help="Judge expiry dates on this day, YYYY-MM-DD (default: today).")
@click.option("--workers", type=click.IntRange(0, 256), metavar="N", help="Processes; 0 chooses by the amount of source.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but findings and errors.")
def command(
    files: tuple[Path, ...],
    root: Path,
    baseline_file: Path | None,
    no_baseline: bool,
    severity: str,
    fail_on: str | None,
    exit_zero: bool,
    output_format: str,
    statistics: bool,
    as_of: str | None,
    workers: int | None,
    quiet: bool,
) -> None:
    """Check for new ties to CUDA, in the whole repository or in FILES of it.

    Exit codes: 0 nothing new, 1 new findings at or above --fail-on, 2 usage or input error.
    """
    defaults = read_defaults(root)
    baseline = None if no_baseline else wanted_baseline(root, baseline_file)
    settings = DiscoverySettings(defaults.include, defaults.exclude, defaults.max_file_bytes)
    with progress_bar(quiet or output_format != "text") as progress:
        processes = defaults.workers if workers is None else workers
        scan = scan_repository(root, settings, processes, progress, with_edits=output_format == "json")
    verdict = judge(scan, baseline, chosen(root, scan, files), severity, day(as_of).isoformat())
    click.echo(rendered(verdict, output_format, statistics), nl=False)
    if not quiet and output_format == "text":
        click.echo(closing_line(verdict), err=True)
    limit = SEVERITIES.index(fail_on or defaults.fail_on or "minor")
    fails = any(SEVERITIES.index(finding.severity) >= limit for finding in verdict.match.new)
    sys.exit(EXIT_FINDINGS if fails and not exit_zero else 0)


def wanted_baseline(root: Path, named: Path | None) -> Baseline | None:
    """The baseline that is named, else the one of the root where there is one. Raises `UserInputError`."""
    if named is not None:
        return read_baseline(named)
    own = root / BASELINE_NAME
    return read_baseline(own) if own.exists() else None


def chosen(root: Path, scan: Scan, files: Iterable[Path]) -> frozenset[str]:
    """The analysed files that are named, as paths of the repository; all where none is. Others are told and passed over."""
    analysed = frozenset(scan.program.files)
    named = list(files)
    if not named:
        return analysed
    found: set[str] = set()
    for file in named:
        try:
            path = file.resolve().relative_to(root.resolve()).as_posix()
        except ValueError:
            raise UserInputError(str(file), "", f"is not below {root}") from None
        inside = {other for other in analysed if other == path or other.startswith(path + "/")}
        if not inside and not file.exists():
            click.echo(f"offramp: {printable(str(file))}: no such file; passed over", err=True)
        found |= inside
    return frozenset(found)


def judge(scan: Scan, baseline: Baseline | None, looked_at: frozenset[str], severity: str, as_of: str) -> Verdict:
    """Hold the findings of some files against a baseline."""
    findings = [finding for finding in scan.detection.findings if finding.path in looked_at]
    match = match_baseline(findings, baseline or Baseline(), day(as_of), looked_at, frozenset(scan.program.files))
    least = SEVERITIES.index(severity)
    if least == 0:
        quiet = [f for f in findings if is_quiet(f) and f.suppressed is None and f not in {known for known, _ in match.known}]
        shown = sorted([*match.new, *quiet], key=lambda finding: (finding.path, finding.span, finding.rule_id))
    else:
        shown = [finding for finding in match.new if SEVERITIES.index(finding.severity) >= least]
    return Verdict(scan, match, tuple(shown), baseline is not None)


# ---- output ----------------------------------------------------------------------------------------------------------


def rendered(verdict: Verdict, output_format: str, statistics: bool) -> str:
    """The findings in a format."""
    if output_format == "json":
        document = {
            "new": [finding_to_json(finding) for finding in verdict.shown],
            "known": len(verdict.match.known),
            "gone": sum(entry.count for entry in verdict.match.gone),
            "expired": sum(entry.count for entry in verdict.match.expired),
        }
        return json.dumps(document, indent=1) + "\n"
    line = github_line if output_format == "github" else text_line
    lines = [line(finding, verdict.scan.book) for finding in verdict.shown]
    if statistics:
        counts = Counter(finding.rule_id for finding in verdict.shown)
        lines.extend(f"{count:6}  {rule}" for rule, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return "".join(f"{text}\n" for text in lines)


def text_line(finding: Finding, book: RuleBook) -> str:
    """`path:line:column: severity rule: reason Instead: replacement`."""
    place = f"{finding.path}:{finding.file_line or finding.span.line}:{finding.span.column}"
    rule = book.rule(finding.rule_id)
    origin = f" (from {finding.origin.path}:{finding.origin.line})" if finding.origin else ""
    return f"{printable(place + origin)}: {finding.severity} {rule.id}: {rule.title}. Instead: {rule.replacement}"


def github_line(finding: Finding, book: RuleBook) -> str:
    """A workflow command that GitHub shows beside the line."""
    rule = book.rule(finding.rule_id)
    path = finding.path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
    message = f"{rule.title}. Instead: {rule.replacement}".replace("%", "%25").replace("\n", "%0A")
    line = finding.file_line or finding.span.line
    return f"::{_LEVELS[finding.severity]} file={path},line={line},col={finding.span.column},title={rule.id}::{message}"


def closing_line(verdict: Verdict) -> str:
    """That it finished, and the counts."""
    match = verdict.match
    parts = [f"{len(match.new)} new", f"{len(match.known)} known"] if verdict.has_baseline else [f"{len(match.new)} findings"]
    if match.gone:
        parts.append(f"{sum(entry.count for entry in match.gone)} gone (`offramp baseline update` drops them)")
    if match.expired:
        parts.append(f"{sum(entry.count for entry in match.expired)} expired")
    return f"Finished: {', '.join(parts)}."
