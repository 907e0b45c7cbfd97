"""The summary on a terminal: verdicts before numbers, a screen long, readable from 60 columns, plain where there is none.

Long advice, sources and places are in the report; here each thing has a line, and the rest is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analyzer.model.cost import OptionCost
from analyzer.model.counted import counted
from analyzer.model.effort import TargetAssessment, days
from analyzer.model.finding import Finding
from analyzer.model.opinion import SecondOpinion
from analyzer.model.report import Report
from analyzer.model.rule import SEVERITIES
from analyzer.report.cost_charts import money
from analyzer.report.printable import printable
from analyzer.report.wording import OUTCOME_WORDS, can_words
from analyzer.report.workload_words import workload_line

STYLES = {"blocker": "bold red", "major": "red", "minor": "yellow", "info": "dim"}
VERDICT_STYLES = {"runs": "green", "needs_changes": "yellow", "blocked": "bold red", "unknown": "magenta"}
WORST_FIRST = tuple(reversed(SEVERITIES))
MOST_ROWS = 6
MOST_BLOCKERS = 5
MOST_DETAILED = 4
"""Targets that have a line of their own below the table."""
MOST_WARNINGS = 3
LEAST_BAR, LONGEST_BAR = 8, 40
INDENT, COLUMN_GAP = 2, 2


def print_summary(report: Report, console: Console) -> None:
    """Print what ties the repository, what each target takes, whether it pays, and what is not known."""
    console.print(Text(printable(report.root, 200), style="bold"))
    _words(workload_line(report.workload), console, indent=0)
    if not report.coverage.analysed_share:
        _print_nothing(report, console)
        return
    _print_targets(report.targets, console)
    _print_blockers(report.targets, console)
    _print_opinions(report.second_opinions, console)
    _print_ties(report, console)
    _print_cost(report, console)
    _print_unknown(report, console)


def _print_nothing(report: Report, console: Console) -> None:
    """Of a folder with nothing to read no figure would mean anything."""
    for sentence in dict.fromkeys(target.sentence for target in report.targets):
        _words(sentence, console, style=VERDICT_STYLES["unknown"], indent=0)
    _print_unknown(report, console)


def _heading(text: str, console: Console, beside: str = "") -> None:
    console.print()
    console.print(Text(text, style="bold underline") + Text(f"  {beside}" if beside else "", style="not bold not underline"))


def _words(text: str, console: Console, style: str = "", indent: int = INDENT, bold: str = "") -> None:
    """A paragraph, indented as a whole; `bold` stands before it."""
    line = Text.assemble((printable(bold), "bold"), (printable(text), style))
    console.print(Padding(line, (0, 0, 0, indent), expand=False))


def _table(*columns: str) -> Table:
    """Columns by name; `>` before the name puts a column to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, COLUMN_GAP, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(name.lstrip(">"), justify="right" if name.startswith(">") else "left", overflow="fold")
    return table


def _indented(table: Table, console: Console) -> None:
    console.print(Padding(table, (0, 0, 0, INDENT), expand=False))


def _end_of(path: str, bound: int) -> str:
    """A path without its first folders where it does not fit: its file is what tells it apart."""
    shown = printable(path)
    if cell_len(shown) <= bound:
        return shown
    parts = shown.split("/")
    ends = ("…/" + "/".join(parts[first:]) for first in range(1, len(parts)))
    return next((end for end in ends if cell_len(end) <= bound), f"…{shown[-(bound // 2 - 1) :]}")


# ---- verdicts --------------------------------------------------------------------------------------------------------


def _print_targets(targets: Sequence[TargetAssessment], console: Console) -> None:
    _heading("Can we move, and what does it take?", console, "in person-days")
    rows = [(target, _figures(target)) for target in targets]
    longest = max((target.effort.p90_days for target in targets if target.verdict != "unknown"), default=0.0)
    bar = _room_for_bars(rows, console) if longest else 0
    table = _table("target", "verdict", *([""] if bar else []), ">P10", ">P50", ">P90")
    for target, figures in rows:
        drawn = [_bar(target, longest, bar, console)] if bar else []
        verdict = Text(can_words(target), style=VERDICT_STYLES[target.verdict])
        table.add_row(Text(target.target_id, style="bold"), verdict, *drawn, *figures)
    _indented(table, console)
    details: dict[str, list[str]] = {}
    for target in targets[:MOST_DETAILED]:
        details.setdefault(_details(target), []).append(target.target_id)
    for words, names in details.items():
        _words(words, console, bold=f"{', '.join(names)}: " if len(names) < len(targets) else "")


def _room_for_bars(rows: Sequence[tuple[TargetAssessment, Sequence[str]]], console: Console) -> int:
    """How many columns are left for a bar; 0 where they are too few to show anything."""
    taken = INDENT + max(len(target.target_id) + len(can_words(target)) for target, _ in rows)
    taken += sum(max(3, *(len(figures[place]) for _, figures in rows)) for place in range(3)) + 5 * COLUMN_GAP
    room = min(console.width - taken, LONGEST_BAR)
    return room if room >= LEAST_BAR else 0


def _figures(target: TargetAssessment) -> tuple[str, str, str]:
    """P10, P50 and P90 in person-days; none where too little is known for a figure to mean anything."""
    effort = target.effort
    return ("-", "-", "-") if target.verdict == "unknown" else (days(effort.p10_days), days(effort.p50_days), days(effort.p90_days))


def _bar(target: TargetAssessment, longest: float, width: int, console: Console) -> Text:
    """The range from P10 to P90 as a line, its median marked, on a scale that all targets share from 0."""
    line, mark = ("━", "●") if console.encoding.startswith("utf") else ("-", "o")
    if target.verdict == "unknown":
        return Text("")
    effort = target.effort
    low, middle, high = (round(value / longest * (width - 1)) for value in (effort.p10_days, effort.p50_days, effort.p90_days))
    drawn = " " * low + line * (middle - low) + mark + line * (high - middle)
    return Text(drawn, style=VERDICT_STYLES[target.verdict], overflow="crop", no_wrap=True)


def _details(target: TargetAssessment) -> str:
    """What the figures rest on, in a line; in words where there are none."""
    if target.verdict == "unknown":
        return target.sentence
    rewrites = sum(item.verdict in ("rewrite", "blocked") for item in target.work_items)
    hard = {0: "none a rewrite", 1: "1 of them a rewrite"}.get(rewrites, f"{rewrites} of them rewrites")
    parts = [f"{counted(len(target.work_items), 'work item')}, {hard}"]
    score, coverage = target.readiness.score, target.readiness.coverage
    parts += [] if score is None else [f"{score:.0%} of ties need no rewrite"]
    parts += [f"{coverage:.0%} of source read and of ties answered"] if coverage < 1 else []
    parts += ["fits the use in part"] if target.fit.use == "partly" else []
    sized = next((model for model in target.fit.models if model.memory is not None), None)
    if sized is not None:
        placed = sized.placement.sentence.rstrip(".")
        parts.append(f"{printable(sized.model_id, 80)}, {sized.phase}: {placed[:1].lower()}{placed[1:]}")
    return "; ".join(parts) + "."


def _print_blockers(targets: Iterable[TargetAssessment], console: Console) -> None:
    """Each blocker once, with the targets that it stops."""
    stopped: dict[str, list[str]] = {}
    for target in targets:
        for blocker in target.blockers:
            words = f"{blocker.title}. {blocker.reason}".replace(target.title, "the target")
            stopped.setdefault(words, []).append(target.target_id)
    if stopped:
        _heading("What stops it?", console)
    for words, names in list(stopped.items())[:MOST_BLOCKERS]:
        more = f" and {len(names) - MOST_ROWS} more" if len(names) > MOST_ROWS else ""
        _words(words, console, bold=f"{', '.join(names[:MOST_ROWS])}{more}: ")
    if len(stopped) > MOST_BLOCKERS:
        _words(f"and {counted(len(stopped) - MOST_BLOCKERS, 'more blocker')}, in the report", console, style="dim")


def _print_opinions(opinions: Iterable[SecondOpinion], console: Console) -> None:
    """What other tools measured, and where that differs from what was predicted."""
    for number, item in enumerate(opinions):
        if number == 0:
            _heading("What was measured elsewhere?", console)
        opinion = item.opinion
        _words(OUTCOME_WORDS[opinion.outcome], console, bold=f"{opinion.file}: ")
        _words(opinion.detail, console, indent=2 * INDENT)
        about = f"about {item.entry_point}" if item.entry_point else "not about one entry point"
        _words(f"{item.title}; {about}; {item.same_source}", console, style="dim", indent=2 * INDENT)
        for line in item.disagreements:
            _words(f"differs: {line}", console, style="magenta", indent=2 * INDENT)
        for line in opinion.notes:
            _words(f"note: {line}", console, style="dim", indent=2 * INDENT)


# ---- ties ------------------------------------------------------------------------------------------------------------


def _print_ties(report: Report, console: Console) -> None:
    shown = [finding for finding in report.findings if finding.suppressed is None]
    debt = [finding for finding in shown if finding.severity != "info"]
    files = {finding.path for finding in debt}
    if not debt:
        _heading("What ties us?", console)
        _words("Nothing above info was found.", console)
        return
    _heading("What ties us?", console, f"{counted(len(debt), 'place')} in {counted(len(files), 'file')}")
    table = _table("family", *(f">{severity}" for severity in WORST_FIRST))
    _worst_first(table, "family", shown, debt, console)
    table.add_row(Text("file", style="dim"))
    _worst_first(table, "path", shown, debt, console)
    _indented(table, console)
    _print_kernels(report, console)


def _worst_first(table: Table, key: str, shown: list[Finding], debt: list[Finding], console: Console) -> None:
    """Rows of findings counted by family or file, those with the most severe first."""
    counts = Counter((getattr(finding, key), finding.severity) for finding in shown)
    groups = {getattr(finding, key) for finding in debt}
    ranked = sorted(groups, key=lambda group: ([-counts[(group, severity)] for severity in WORST_FIRST[:3]], group))
    room = max(console.width - INDENT - 32, 20)
    for group in ranked[:MOST_ROWS]:
        cells = [Text(str(counts[(group, severity)] or ""), style=STYLES[severity]) for severity in WORST_FIRST]
        table.add_row(Text(_end_of(group, room), no_wrap=True), *cells)
    if rest := ranked[MOST_ROWS:]:
        sums = [str(sum(counts[(group, severity)] for group in rest) or "") for severity in WORST_FIRST]
        table.add_row(Text(f"and {len(rest)} more", style="dim"), *(Text(number, style="dim") for number in sums))


def _print_kernels(report: Report, console: Console) -> None:
    kernels = report.inventory.kernels
    if not kernels:
        return
    languages = Counter(kernel.language for kernel in kernels)
    uncalled = sum(not kernel.call_sites for kernel in kernels)
    kinds = ", ".join(f"{count} {language}" for language, count in sorted(languages.items(), key=lambda item: (-item[1], item[0])))
    modules = sum(extension.is_cuda and extension.kind == "module" for extension in report.inventory.extensions)
    words = f"{counted(len(kernels), 'custom kernel')} ({kinds}), {counted(modules, 'CUDA extension module')}"
    _words(words + (f"; {counted(uncalled, 'kernel has', 'kernels have')} no caller that was found" if uncalled else ""), console)


# ---- money and doubts ------------------------------------------------------------------------------------------------


def _print_cost(report: Report, console: Console) -> None:
    scenario = report.tco.scenario
    beside = "for a default scenario, not your workload" if scenario.is_default else ""
    _heading("Does it pay?", console, beside)
    _words(f"{scenario.title}; net present value over {scenario.horizon_months} months", console, style="dim")
    table = _table("option", "verdict", ">P10 to P90")
    for option in report.tco.options:
        if option.verdict != "baseline":
            table.add_row(Text(printable(option.title, 120)), option.verdict, _gain(option, report))
    _indented(table, console)
    warnings = report.tco.warnings[1:] if scenario.is_default else report.tco.warnings
    for warning in warnings[:MOST_WARNINGS]:
        _words(f"{warning.split('. ')[0].rstrip('.')}.", console, style="yellow")
    if len(warnings) > MOST_WARNINGS:
        _words(f"and {counted(len(warnings) - MOST_WARNINGS, 'more warning')}, in the report", console, style="dim")


def _gain(option: OptionCost, report: Report) -> str:
    if option.npv is None:
        return "-"
    currency = report.tco.scenario.currency
    ends = dict.fromkeys(money(value, currency).replace("−", "-") for value in (option.npv.p10_usd, option.npv.p90_usd))
    return " to ".join(ends)


def _print_unknown(report: Report, console: Console) -> None:
    _heading("What is not known?", console)
    for line in _doubts(report):
        _words(line, console)


def _doubts(report: Report) -> Iterator[str]:
    """What was not read, what was only predicted, and what the figures rest on."""
    coverage = report.coverage
    reasons = Counter(file.reason for file in coverage.skipped)
    skipped = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    yield f"{coverage.analysed_share:.0%} of the source files found were analysed." + (f" Skipped: {skipped}." if skipped else "")
    for problem in coverage.problems[:MOST_ROWS]:
        yield f"{problem.path}:{problem.line} {problem.reason}: {printable(problem.detail, 200)}"
    if len(coverage.problems) > MOST_ROWS:
        yield f"and {counted(len(coverage.problems) - MOST_ROWS, 'more problem')}"
    if coverage.analysed_share:
        yield "What runs there is predicted from source, not tried; effort is a range over assumptions that the report lists."
