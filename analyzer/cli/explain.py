"""`offramp explain RULE` or `offramp explain FILE:LINE`: what a rule means, or why something was found at a place."""

from __future__ import annotations

import re
from pathlib import Path

import click

from analyzer.model.counted import counted
from analyzer.model.errors import UserInputError
from analyzer.model.finding import Finding, Origin
from analyzer.model.rule import Rule
from analyzer.model.target import Target
from analyzer.report.printable import printable

_PLACE = re.compile(r"^(?P<path>.+?):(?P<line>[0-9]+)(?::[0-9]+)?$")


@click.command("explain")
@click.argument("what", metavar="RULE|FILE:LINE")
@click.option("--root", type=click.Path(path_type=Path), default=Path(), help="The repository, for FILE:LINE.  [default: .]")
def command(what: str, root: Path) -> None:
    """Explain a rule, or why something was found in a line of the repository."""
    place = _PLACE.match(what)
    if place is None:
        explain_rule(what)
    else:
        explain_place(root, place["path"].replace("\\", "/").removeprefix("./"), int(place["line"]))


def explain_rule(rule_id: str) -> None:
    """What a rule finds, why it matters, and what the default targets do with it."""
    from analyzer.knowledge.rules import load_rules
    from analyzer.knowledge.targets import load_targets

    rule = load_rules().rule(rule_id)
    click.echo(f"{click.style(rule.id, bold=True)}  ({rule.family}, {rule.severity}, confidence {rule.confidence})")
    click.echo(f"{rule.title}\n\n{rule.why}\n")
    click.echo(f"Instead: {rule.replacement}\n")
    if rule.guarded_severity != "info":
        click.echo(f"Where the code already has a path without CUDA it is {rule.guarded_severity}.\n")
    if rule.rewrite:
        click.echo(f"Edit: {rule.rewrite.to} (since {rule.rewrite.since}). {rule.rewrite.note}\n")
    targets = load_targets()
    for target in (target for target in targets if target.is_default):
        if advice := advice_of(target, rule):
            click.echo(advice)
    others = sum(not target.is_default for target in targets)
    more = counted(others, "more target answers", "more targets answer")
    click.echo(f"{more} for {rule.capability}: see `offramp targets` and `offramp targets ID`.")
    click.echo("\nSources: " + ", ".join(rule.references))
    click.echo(f"Suppress one place with a comment: # offramp: ignore[{rule.id}] reason")


def advice_of(target: Target, rule: Rule) -> str:
    """What a target does with what the rule is about."""
    found = (support for support in target.support if support.capability == rule.capability)
    return next((f"{target.id}: {support.verdict}. {support.advice}" for support in found), "")


def explain_place(root: Path, path: str, line: int) -> None:
    """Every finding whose statement covers a line: the resolved name, the way of its value, its guard."""
    from analyzer.scan import scan_repository

    scan = scan_repository(root)
    if path not in scan.program.files:
        raise UserInputError(path, "", f"is no file that was analysed below {root}")
    own = [finding for finding in scan.detection.findings if finding.path == path]
    here = [finding for finding in own if covers(finding, line)]
    for finding in here:
        kernels = [
            printable(f"{kernel.name} ({kernel.path}:{kernel.line})")
            for kernel in scan.inventory.kernels
            if Origin(path, finding.span.line) in kernel.call_sites
        ]
        click.echo("\n".join(reasons(finding, scan.book.rule(finding.rule_id), kernels)) + "\n")
    if not here:
        lines = sorted({finding.file_line or finding.span.line for finding in own}, key=lambda number: (abs(number - line), number))
        near = f"; the nearest are in lines {', '.join(str(number) for number in sorted(lines[:3]))}" if lines else ""
        click.echo(f"Nothing was found in {path}:{line}{near}.")


def covers(finding: Finding, line: int) -> bool:
    """Whether a line of the file belongs to a finding; in a notebook, the line of the raw file."""
    if finding.cell is not None:
        return finding.file_line == line
    first = min(finding.statement.line, finding.span.line)
    return first <= line <= max(finding.statement.end_line, finding.span.end_line)


def reasons(finding: Finding, rule: Rule, kernels: list[str]) -> list[str]:
    """Why a finding was raised, a line each."""
    place = printable(f"{finding.path}:{finding.file_line or finding.span.line}:{finding.span.column}")
    found = [
        f"{click.style(place, bold=True)}  {finding.rule_id}  {finding.severity} (confidence {finding.confidence})",
        *(f"    {text}" for text in printable(finding.snippet, keep_lines=True).split("\n")),
        f"  Found:    {rule.title}",
        f"  Name:     {printable(finding.symbol)}",
        f"  Why:      {rule.why}",
    ]
    if finding.origin is not None:
        steps = [printable(f"{step.path}:{step.line}") for step in (finding.origin, *finding.flow)]
        found.append(f"  Value:    written in {steps[0]}" + "".join(f", passed on in {step}" for step in steps[1:]))
    if kernels:
        found.append(f"  Ends in:  {', '.join(kernels[:8])}" + (f" and {len(kernels) - 8} more" if len(kernels) > 8 else ""))
    if finding.guard:
        found.append(f"  Guard:    {printable(finding.guard)}")
    if finding.overridable:
        found.append("  Default:  whoever runs the program can override the value, so its uses are info")
    if finding.severity != rule.severity:
        found.append(f"  Severity: {finding.severity} and not {rule.severity}, because of the above")
    found.append(f"  Instead:  {rule.replacement}")
    if finding.edit is not None:
        found.append(f"  Edit:     {printable(finding.edit.after.strip(), keep_lines=True)}")
    if finding.suppressed is not None:
        found.append(
            f"  Comment:  {finding.suppressed.kind} in line {finding.suppressed.line}: {printable(finding.suppressed.reason)}"
        )
    found.append(f"  Identity: {finding.fingerprint}")
    return found
