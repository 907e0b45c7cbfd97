"""Runs the gate for the command line. Loads nothing that a hook's call could do without, not even the reader of options."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from analyzer.cli.dates import day
from analyzer.cli.exit_codes import EXIT_CLEAN, EXIT_ERROR, EXIT_FINDINGS
from analyzer.cli.progress import progress_bar
from analyzer.cli.settings import ScanDefaults, read_defaults
from analyzer.detect.baseline_file import BASELINE_NAME
from analyzer.detect.policy import Policy, Selector
from analyzer.discover.files import DiscoverySettings
from analyzer.gate import GateRequest, check
from analyzer.model.errors import UserInputError
from analyzer.model.facts import READ_ALL_THE_SAME
from analyzer.model.finding import Finding
from analyzer.model.gate import GateVerdict
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.rule import SEVERITIES
from analyzer.report.gate_formats import ENDINGS, Shown, broken_lines, closing_lines, rendered
from analyzer.report.printable import printable


class GateOptions(NamedTuple):
    """What the command line says; None where it says nothing, and the project's settings decide."""

    files: tuple[str, ...] = ()
    root: Path = Path()
    baseline: Path | None = None
    no_baseline: bool = False
    diff_base: str | None = None
    staged: bool | None = None
    whole: bool = False
    ratchet: bool = False
    severity: str | None = None
    fail_on: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exit_zero: bool = False
    strict: bool = False
    output_format: str = "text"
    outputs: tuple[Path, ...] = ()
    explain: bool = False
    statistics: bool = False
    as_of: str | None = None
    workers: int | None = None
    quiet: bool = False


def run_gate(options: GateOptions) -> int:
    """Check, print, and say with which code to exit. Raises `UserInputError`."""
    formats = formats_of(options.outputs)
    defaults = read_defaults(options.root)
    with progress_bar(options.quiet or options.output_format != "text") as progress:
        verdict, book = check(request_of(options, defaults, formats), progress)
    severity = options.severity or defaults.check.severity or "minor"
    shown = Shown(verdict, at_least(verdict, severity), book, options.explain, options.statistics, severity)
    write_files(shown, formats)
    sys.stdout.write(rendered(shown, options.output_format))
    is_told = not options.quiet and options.output_format == "text"
    sys.stderr.write("".join(f"{line}\n" for line in (closing_lines(verdict) if is_told else broken_lines(verdict))))
    if options.exit_zero:
        return EXIT_CLEAN
    return exit_code(verdict, options.fail_on or defaults.fail_on or "minor", options.strict)


def formats_of(outputs: tuple[Path, ...]) -> dict[Path, str]:
    """The format of each file to be written. Raises `UserInputError`."""
    if not outputs:
        return {}
    from analyzer.cli.output_files import formats_by_ending

    return formats_by_ending(outputs, ENDINGS)


def write_files(shown: Shown, formats: dict[Path, str]) -> None:
    """Write each file completely or not at all."""
    if formats:
        from analyzer.cli.output_files import write_whole

        for path, output_format in formats.items():
            write_whole(path, rendered(shown, output_format))


def request_of(options: GateOptions, defaults: ScanDefaults, formats: dict[Path, str]) -> GateRequest:
    """What the gate is asked, of the command line and the project's settings. Raises `UserInputError`."""
    root = options.root
    baseline = wanted_baseline(root, options.baseline or defaults.check.baseline)
    return GateRequest(
        root=root,
        as_of=day(options.as_of),
        files=below_root(root, options.files) if options.files else None,
        discovery=DiscoverySettings(defaults.include, defaults.exclude, defaults.max_file_bytes),
        policy=chosen_policy(defaults, options.select, options.ignore),
        honoured=defaults.honour_comments,
        baseline_file=None if options.no_baseline else baseline,
        diff_base=options.diff_base,
        staged=is_called_by_git() if options.staged is None else options.staged,
        whole=options.whole,
        ratchet=options.ratchet,
        with_edits="json" in (options.output_format, *formats.values()) or options.explain,
        workers=defaults.workers if options.workers is None else options.workers,
    )


def is_called_by_git() -> bool:
    """Whether git runs this process as a hook of a commit: it then names the index that is to be committed.

    pre-commit, which says that it is there, sets the work tree to what is staged before it runs its hooks.
    """
    return "GIT_INDEX_FILE" in os.environ and "PRE_COMMIT" not in os.environ


def wanted_baseline(root: Path, named: Path | None) -> Path | None:
    """The baseline that is named, else the one of the root where there is one."""
    own = root / BASELINE_NAME
    return named or (own if own.exists() else None)


def chosen_policy(defaults: ScanDefaults, select: tuple[str, ...], ignore: tuple[str, ...]) -> Policy:
    """The project's policy; what the command line says takes the place of the same word in the file."""
    policy = defaults.check.policy
    return policy._replace(
        select=Selector(select, "--select") if select else policy.select,
        ignore=Selector(ignore, "--ignore") if ignore else policy.ignore,
    )


def below_root(root: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Named files as paths of the repository. One that has gone is told and passed over."""
    found = []
    for named in files:
        file = Path(named)
        try:
            # the folder is resolved, the file is not: a link is a thing of its own, and is not followed
            found.append((file.parent.resolve() / file.name).relative_to(root.resolve()).as_posix())
        except ValueError:
            raise UserInputError(named, "", f"is not below {root}") from None
        if not file.exists():
            sys.stderr.write(f"offramp: {printable(named)}: no such file; passed over\n")
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
    return EXIT_FINDINGS if fails else EXIT_CLEAN
