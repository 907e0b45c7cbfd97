"""`offramp check`: the gate. Only what is new fails."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from analyzer.cli.main import EXIT_ERROR, EXIT_FINDINGS
from analyzer.cli.scan import day, progress_bar
from analyzer.cli.settings import ScanDefaults, read_defaults
from analyzer.detect.baseline_file import BASELINE_NAME
from analyzer.detect.policy import Policy, Selector
from analyzer.discover.files import DiscoverySettings
from analyzer.gate import GateRequest, check
from analyzer.knowledge.rules import RuleBook
from analyzer.model.errors import UserInputError
from analyzer.model.facts import READ_ALL_THE_SAME
from analyzer.model.finding import Finding
from analyzer.model.gate import GateVerdict
from analyzer.model.rule import SEVERITIES
from analyzer.report.json_report import finding_to_json
from analyzer.report.printable import printable

FORMATS = ("text", "json", "github")
_LEVELS = {"info": "notice", "minor": "warning", "major": "error", "blocker": "error"}


@click.command("check")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The repository.  [default: .]")
@click.option(
    "--baseline", "baseline_file", type=click.Path(path_type=Path), help=f"Known debt (default: {BASELINE_NAME} of the root)."
)
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
@click.option("--explain", is_flag=True, help="Say of each finding why it matters, where its value comes from, and its sources.")
@click.option("--statistics", is_flag=True, help="Count new findings by rule.")
@click.option("--as-of", metavar="DATE", help="Judge expiry dates on this day, YYYY-MM-DD (default: today).")
@click.option("--workers", type=click.IntRange(0, 256), metavar="N", help="Processes; 0 chooses by the amount of source.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but findings and errors.")
def command(
    files: tuple[Path, ...],
    root: Path,
    baseline_file: Path | None,
    no_baseline: bool,
    diff_base: str | None,
    staged: bool | None,
    whole: bool,
    ratchet: bool,
    severity: str | None,
    fail_on: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    exit_zero: bool,
    strict: bool,
    output_format: str,
    explain: bool,
    statistics: bool,
    as_of: str | None,
    workers: int | None,
    quiet: bool,
) -> None:
    """Check for new ties to CUDA, in the whole repository or in FILES of it.

    Up to a hundred FILES are read by themselves, with the values that they name elsewhere; --whole reads the rest as well.
    Exit codes: 0 nothing new, 1 new findings at or above --fail-on, 2 usage or input error.
    """
    defaults = read_defaults(root)
    request = GateRequest(
        root=root,
        as_of=day(as_of),
        files=below_root(root, files) if files else None,
        discovery=DiscoverySettings(defaults.include, defaults.exclude, defaults.max_file_bytes),
        policy=chosen_policy(defaults, select, ignore),
        honoured=defaults.honour_comments,
        baseline_file=None if no_baseline else wanted_baseline(root, baseline_file or defaults.check.baseline),
        diff_base=diff_base,
        staged=is_called_by_git() if staged is None else staged,
        whole=whole,
        ratchet=ratchet,
        with_edits=output_format == "json" or explain,
        workers=defaults.workers if workers is None else workers,
    )
    with progress_bar(quiet or output_format != "text") as progress:
        verdict, book = check(request, progress)
    shown = at_least(verdict, severity or defaults.check.severity or "minor")
    click.echo(rendered(verdict, shown, book, output_format, statistics, explain), nl=False)
    if not quiet and output_format == "text":
        click.echo(closing_lines(verdict), err=True)
    sys.exit(0 if exit_zero else exit_code(verdict, fail_on or defaults.fail_on or "minor", strict))


def is_called_by_git() -> bool:
    """Whether git runs this process as a hook of a commit: it then names the index that is to be committed.

    pre-commit, which says that it is there, sets the work tree to what is staged before it runs its hooks.
    """
    import os

    return "GIT_INDEX_FILE" in os.environ and "PRE_COMMIT" not in os.environ


def wanted_baseline(root: Path, named: Path | None) -> Path | None:
    """The baseline that is named, else the one of the root where there is one."""
    own = root / BASELINE_NAME
    return named or (own if own.exists() else None)


def chosen_policy(defaults: ScanDefaults, select: tuple[str, ...], ignore: tuple[str, ...]) -> Policy:
    """The project's policy; what the command line says takes the place of the same word in the file."""
    policy = defaults.check.policy
    return replace(
        policy,
        select=Selector(select, "--select") if select else policy.select,
        ignore=Selector(ignore, "--ignore") if ignore else policy.ignore,
    )


def below_root(root: Path, files: Iterable[Path]) -> tuple[str, ...]:
    """Named files as paths of the repository. One that has gone is told and passed over."""
    found = []
    for file in files:
        try:
            # the folder is resolved, the file is not: a link is a thing of its own, and is not followed
            found.append((file.parent.resolve() / file.name).relative_to(root.resolve()).as_posix())
        except ValueError:
            raise UserInputError(str(file), "", f"is not below {root}") from None
        if not file.exists():
            click.echo(f"offramp: {printable(str(file))}: no such file; passed over", err=True)
    return tuple("" if path == "." else path for path in found)


def at_least(verdict: GateVerdict, severity: str) -> tuple[Finding, ...]:
    """The findings to show: new ones of a severity and above, and what is only informational where that is asked for."""
    least = SEVERITIES.index(severity)
    quiet = [finding for finding in verdict.quiet if finding.suppressed is None] if least == 0 else []
    shown = [finding for finding in verdict.new if SEVERITIES.index(finding.severity) >= least]
    return tuple(sorted([*shown, *quiet], key=lambda finding: (finding.path, finding.span, finding.rule_id)))


def exit_code(verdict: GateVerdict, fail_on: str, strict: bool) -> int:
    """0 nothing new, 1 new findings at or above the threshold or a broken promise, 2 files not analysed under --strict."""
    if strict and any(problem.reason not in READ_ALL_THE_SAME for problem in verdict.problems):
        return EXIT_ERROR
    limit = SEVERITIES.index(fail_on)
    fails = verdict.broken or any(SEVERITIES.index(finding.severity) >= limit for finding in verdict.new)
    return EXIT_FINDINGS if fails else 0


# ---- output ----------------------------------------------------------------------------------------------------------


def rendered(
    verdict: GateVerdict, shown: tuple[Finding, ...], book: RuleBook, output_format: str, statistics: bool, explain: bool
) -> str:
    """The findings in a format."""
    if output_format == "json":
        document = {
            "new": [finding_to_json(finding) for finding in shown],
            "known": len(verdict.known),
            "gone": verdict.gone,
            "expired": verdict.expired,
        }
        return json.dumps(document, indent=1) + "\n"
    line = github_line if output_format == "github" else text_line
    lines = []
    for finding in shown:
        lines.append(line(finding, book))
        if finding.fingerprint in verdict.tainted and output_format == "text":
            lines.append("    this line did not change: what it is given did, or a guard around it has gone")
        if explain and output_format == "text":
            lines.extend(explanation(finding, book))
    if statistics:
        counts = Counter(finding.rule_id for finding in shown)
        lines.extend(f"{count:6}  {rule}" for rule, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return "".join(f"{text}\n" for text in lines)


def text_line(finding: Finding, book: RuleBook) -> str:
    """`path:line:column: severity rule: reason Instead: replacement`."""
    place = f"{finding.path}:{finding.file_line or finding.span.line}:{finding.span.column}"
    rule = book.rule(finding.rule_id)
    origin = f" (from {finding.origin.path}:{finding.origin.line})" if finding.origin else ""
    return f"{printable(place + origin)}: {finding.severity} {rule.id}: {rule.title}. Instead: {rule.replacement}"


def explanation(finding: Finding, book: RuleBook) -> list[str]:
    """What stands behind a finding, line by line."""
    rule = book.rule(finding.rule_id)
    way = [*([finding.origin] if finding.origin else []), *finding.flow]
    lines = [
        *(f"| {line}" for line in finding.snippet.split("\n")),
        f"resolved to {finding.symbol}" if finding.symbol else "",
        f"the value comes from {' -> '.join(f'{place.path}:{place.line}' for place in way)}" if way else "",
        f"guarded: {finding.guard}" if finding.guarded else "",
        f"why: {rule.why}",
        *(f"edit: {line}" for line in (finding.edit.after.split("\n") if finding.edit else ())),
        *(f"source: {reference}" for reference in rule.references),
    ]
    return [f"    {printable(line)}" for line in lines if line]


def github_line(finding: Finding, book: RuleBook) -> str:
    """A workflow command that GitHub shows beside the line."""
    rule = book.rule(finding.rule_id)
    path = finding.path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(":", "%3A").replace(",", "%2C")
    message = f"{rule.title}. Instead: {rule.replacement}".replace("%", "%25").replace("\n", "%0A")
    line = finding.file_line or finding.span.line
    return f"::{_LEVELS[finding.severity]} file={path},line={line},col={finding.span.column},title={rule.id}::{message}"


def closing_lines(verdict: GateVerdict) -> str:
    """What the user should know, that it finished, and the counts."""
    lines = [f"offramp: {printable(remark)}" for remark in (*verdict.remarks, *verdict.broken)]
    for problem in verdict.problems:
        place = f"{problem.path}:{problem.line}" if problem.line else problem.path
        lines.append(printable(f"offramp: {place}: {problem.reason}: {problem.detail}"))
    parts = [f"{len(verdict.new)} {'new' if verdict.compared_with else 'findings'}"]
    if verdict.compared_with:
        parts.append(f"{len(verdict.known)} known")
    if verdict.gone:
        parts.append(f"{verdict.gone} gone")
    if verdict.expired:
        parts.append(f"{verdict.expired} expired")
    if verdict.left_out:
        parts.append(f"{verdict.left_out} left out by settings")
    against = f" against {printable(verdict.compared_with)}" if verdict.compared_with else ""
    return "\n".join([*lines, f"Finished: {', '.join(parts)}{against}."])
