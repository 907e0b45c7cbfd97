"""The summary on a terminal: verdicts before numbers, readable from 60 columns, plain where there is no terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analyzer.model.counted import counted
from analyzer.model.effort import TargetAssessment, days
from analyzer.model.finding import Finding
from analyzer.model.opinion import SecondOpinion
from analyzer.model.report import Report
from analyzer.model.rule import SEVERITIES
from analyzer.report.printable import printable
from analyzer.report.wording import OUTCOME_WORDS, can_words
from analyzer.report.workload_words import fit_line, workload_line

STYLES = {"blocker": "bold red", "major": "red", "minor": "yellow", "info": "dim"}
VERDICT_STYLES = {"runs": "green", "needs_changes": "yellow", "blocked": "bold red", "unknown": "magenta"}
MOST_ROWS = 6


def print_summary(report: Report, console: Console) -> None:
    """Print what ties the repository, what each target takes, whether it pays, and what is not known."""
    console.print(Text(f"Offramp: {printable(report.root)}", style="bold"))
    console.print(Text(printable(workload_line(report.workload))))
    debt = [f for f in report.findings if f.suppressed is None and f.severity != "info"]
    _print_targets(report.targets, console)
    _print_opinions(report.second_opinions, console)
    _print_ties(report, debt, console)
    _print_kernels(report, console)
    _print_cost(report, console)
    _print_unknown(report, console)


def _heading(text: str, console: Console) -> None:
    console.print()
    console.print(Text(text, style="bold underline"))


def _print_targets(targets: Iterable[TargetAssessment], console: Console) -> None:
    _heading("Can we move, and what does it take?", console)
    for target in targets:
        line = Text()
        line.append(f"{target.target_id}: ", style="bold")
        line.append(can_words(target), style=VERDICT_STYLES[target.verdict])
        console.print(line)
        for blocker in target.blockers:
            console.print(Text(f"  blocker: {printable(blocker.title)}. {printable(blocker.reason)}"))
        console.print(Text(f"  {printable(target.sentence)}"))
        console.print(Text(f"  use and memory: {printable(fit_line(target))}"))
        score = "not scored" if target.readiness.score is None else f"{target.readiness.score:.0%} of ties need no rewrite"
        console.print(
            Text(
                f"  {score}; {target.readiness.coverage:.0%} of source and verdicts known; {target.sdk_version}",
                style="dim",
            )
        )
        console.print(Text(f"  ties you to: {target.ties_you_to.replace('`', '')}", style="dim"))


def _print_opinions(opinions: Iterable[SecondOpinion], console: Console) -> None:
    """What other tools measured, and where that differs from what was predicted."""
    for number, item in enumerate(opinions):
        if number == 0:
            _heading("What was measured elsewhere?", console)
        opinion = item.opinion
        console.print(Text(printable(f"{opinion.file}: {OUTCOME_WORDS[opinion.outcome]}"), style="bold"))
        console.print(Text(f"  {printable(opinion.detail)}"))
        about = f"about {item.entry_point}" if item.entry_point else "not about one entry point"
        console.print(Text(f"  {printable(f'{item.title}; {about}; {item.same_source}')}", style="dim"))
        for line in item.disagreements:
            console.print(Text(f"  differs: {printable(line)}", style="magenta"))
        for line in opinion.notes:
            console.print(Text(f"  note: {printable(line)}", style="dim"))


def _print_ties(report: Report, debt: list[Finding], console: Console) -> None:
    _heading("What ties us?", console)
    if not debt:
        console.print("Nothing above info was found.")
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("family", overflow="fold")
    for severity in reversed(SEVERITIES):
        table.add_column(severity, justify="right", style=STYLES[severity])
    counts = Counter((finding.family, finding.severity) for finding in report.findings if finding.suppressed is None)
    families = Counter(finding.family for finding in debt)
    for family, _ in sorted(families.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(family, *(str(counts[(family, severity)] or "") for severity in reversed(SEVERITIES)))
    console.print(table)
    files = Counter(finding.path for finding in debt)
    console.print(Text(f"in {counted(len(files), 'file')}; most in:", style="dim"))
    for path, count in sorted(files.items(), key=lambda item: (-item[1], item[0]))[:MOST_ROWS]:
        console.print(Text(f"  {count:4}  {printable(path)}"))


def _print_kernels(report: Report, console: Console) -> None:
    kernels = report.inventory.kernels
    if not kernels:
        return
    languages = Counter(kernel.language for kernel in kernels)
    uncalled = sum(not kernel.call_sites for kernel in kernels)
    kinds = ", ".join(f"{count} {language}" for language, count in sorted(languages.items(), key=lambda item: (-item[1], item[0])))
    modules = sum(extension.is_cuda and extension.kind == "module" for extension in report.inventory.extensions)
    console.print(
        f"custom kernels: {len(kernels)} ({kinds}), {counted(modules, 'CUDA extension module')}"
        + (f"; {counted(uncalled, 'kernel has', 'kernels have')} no caller that was found" if uncalled else "")
    )


def _print_cost(report: Report, console: Console) -> None:
    _heading("Does it pay?", console)
    for warning in report.tco.warnings:
        console.print(Text(printable(warning), style="yellow"))
    console.print(Text(printable(report.tco.scenario.title), style="dim"))
    for option in report.tco.options:
        line = Text()
        line.append(f"{printable(option.title)}: ", style="bold")
        line.append(option.verdict)
        console.print(line)
        if option.verdict != "baseline":
            console.print(Text(f"  {printable(option.sentence)}"))


def _print_unknown(report: Report, console: Console) -> None:
    _heading("What is not known?", console)
    coverage = report.coverage
    console.print(f"{coverage.analysed_share:.0%} of the source files found were analysed.")
    reasons = Counter(file.reason for file in coverage.skipped)
    if reasons:
        console.print("Skipped: " + ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items())) + ".")
    for problem in coverage.problems[:MOST_ROWS]:
        console.print(Text(f"  {printable(problem.path)}:{problem.line} {problem.reason}: {printable(problem.detail)}"))
    if len(coverage.problems) > MOST_ROWS:
        console.print(f"  and {counted(len(coverage.problems) - MOST_ROWS, 'more problem')}")
    console.print("Whether models run is predicted from their source, not tried.")
    effort = max((target.effort.p90_days for target in report.targets), default=0.0)
    console.print(Text(f"Effort figures rest on assumptions listed in the report (largest P90: {days(effort)} days).", style="dim"))
