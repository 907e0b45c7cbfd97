"""The end of the page: what was not analysed, what the figures rest on, the words used, and how to make it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from analyzer.model.assumption import Assumption
from analyzer.model.counted import counted
from analyzer.model.coverage import Coverage
from analyzer.model.report import Report
from analyzer.report.printable import printable

View = dict[str, Any]
MOST_SKIPPED = 60
"""Names of files that are listed for one reason to leave them out."""
PARTS = (
    ("cost.price.", "Prices"), ("cost.ratio.", "Throughput of one instance against another"),
    ("cost.", "The workload, and what it costs"),
    ("effort.kernel", "Effort of kernels"), ("effort.", "Effort"), ("churn", "Effort"), ("seams.", "Interfaces"),
)  # fmt: skip
"""What an assumption is about, by the first of these that its id begins with."""
KINDS = {
    "user": "given by you", "measured": "measured", "reported": "reported by somebody", "listed": "listed by the seller",
    "derived": "derived from what is published", "assumption": "assumed",
}  # fmt: skip
GLOSSARY = (
    ("Basis", "Where a figure comes from: measured, reported by somebody, derived from what is published, assumed, or given by "
     "you."),
    ("Blocker", "Needs a redesign or a kernel rewrite before anything can run on the target."),
    ("Break-even", "The first month from which on the discounted sum of savings and costs stays above zero."),
    ("Cautious, likely, favourable", "All uncertain inputs of a cost at the ends that lower the NPV, at their most likely values, "
     "and at the ends that raise it."),
    ("Chance of a gain", "The share of simulated cases in which the NPV is above zero."),
    ("Coverage", "The share of the source that was analysed and whose answer for the target is known."),
    ("Driver", "One cause of the width of a range: by how much it alone moves the low end down and the high end up."),
    ("Entry point", "Where the program starts, or what it serves: a script, a notebook, a console command, a model, an export."),
    ("Evidence level", "1: your own measurement. 2: independent. 3: audited vendor result. 4: vendor document. 5: derived or "
     "assumed. 6: a bare claim, not calculated with."),
    ("Execution provider", "The part of ONNX Runtime that runs operators on one kind of device."),
    ("Finding", "A place in the repository that ties it to CUDA."),
    ("Fit", "Whether a target does what the repository does, lists its models, and holds them in memory."),
    ("Guarded", "The code already has a way without CUDA at this place, so it is listed as information."),
    ("Horizon", "The months over which savings and costs are counted."),
    ("Idle", "What of a month's cost is paid for capacity that the average traffic does not use, against instances at full speed; "
     "what is kept in reserve for the busiest hour is in it."),
    ("Info, minor, major", "Already portable, guarded or optional; mechanical; an API or platform replacement with thought."),
    ("Kernel", "A piece of code that is written for the GPU itself, in CUDA, Triton or the like."),
    ("Key-value cache", "What a language model keeps of each token that it has read; it grows with length and number of requests."),
    ("Learn first", "The expected gain from knowing one input before deciding; it says which measurement is worth its cost."),
    ("Longest chain", "Tasks that wait for each other: no team is done sooner, however large."),
    ("Modules that reach it", "How many modules stop working, or have to be tested, where this one changes."),
    ("NPV", "Net present value: all savings and costs over the horizon in today's money, against staying as is."),
    ("One-off", "Paid once: the people of the port, and instances to prove and compile."),
    ("Operator", "One step of a model's arithmetic, such as a product of matrices; a target has it, has it in part, or lacks it."),
    ("P10, P50, P90", "In one of ten, five of ten and nine of ten simulated cases the figure is at most this. P50 is the median."),
    ("Person-day", "Eight working hours of one person."),
    ("Required ratio", "The throughput of one new instance against one of today's at which the move just pays."),
    ("Right-size first", "Having as many of today's instances as the traffic needs gains more than this move does."),
    ("Seam", "An interface between what is tied and the rest, behind which a second target costs less."),
    ("Step", "Modules that can be moved at the same time; what they import was moved in an earlier one."),
    ("Stranded commitment", "What is bound to be paid to the end of its term and that nothing uses after the move."),
    ("Suppressed", "Dismissed by a comment in the code: counted, and in no figure."),
    ("Target", "Where the code could run in place of CUDA: a chip with its software, or a runtime."),
    ("Ties that need no rewrite", "A share weighted by severity; the weights stand under assumptions. It says nothing of what "
     "blocks a move: blockers are listed before it."),
    ("Upkeep", "Labour that a ported service takes every year beyond today's, for new versions of the target's software."),
    ("Utilisation", "The share of what the instances could do that the busiest hour asks of them."),
    ("Verdict", "Blocked: stopped until something is redesigned. Blocked in part: some of what is done can move. Needs changes: "
     "can run there once the work items are done. Cannot tell: too little is known."),
    ("Work item", "Something that a person would do once: the places of one kind in a package, a kernel, a library, validation."),
)  # fmt: skip


def coverage_view(coverage: Coverage) -> View:
    """How much was read, and the files that were not, by reason."""
    by_reason: dict[str, list[str]] = {}
    for file in coverage.skipped:
        by_reason.setdefault(file.reason, []).append(printable(f"{file.path} ({file.detail})" if file.detail else file.path, 200))
    files, analysed = sum(kind.files for kind in coverage.kinds), sum(kind.analysed for kind in coverage.kinds)
    return {
        "line": f"{analysed:,} of {files:,} files of a kind that is read were analysed, "
        f"{sum(kind.lines for kind in coverage.kinds):,} lines; of the source, {coverage.analysed_share:.0%}.",
        "skipped": [
            {"reason": reason, "count": len(paths), "paths": paths[:MOST_SKIPPED], "more": max(len(paths) - MOST_SKIPPED, 0)}
            for reason, paths in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
        ],
    }  # fmt: skip


def assumptions_view(assumptions: Iterable[Assumption]) -> View:
    """Every figure with its kind and source, by what it is about."""
    every = list(assumptions)
    groups: dict[str, list[Assumption]] = {}
    for item in every:
        groups.setdefault(_part(item), []).append(item)
    kinds = Counter(item.kind for item in every)
    said = [f"{kinds[kind]} {words}" for kind, words in KINDS.items() if kinds[kind]]
    said += [f"{number} {kind}" for kind, number in sorted(kinds.items()) if kind not in KINDS]
    return {
        "line": f"{counted(len(every), 'figure')}: {', '.join(said)}.",
        "groups": [(title, [_row(item) for item in groups[title]]) for title in _titles() if title in groups],
    }


def _titles() -> list[str]:
    """Effort before cost, as the work comes before its price."""
    order = ("Effort", "Effort of kernels", "Interfaces", OTHERS)
    return [*order, *(title for _, title in reversed(PARTS) if title not in order)]


OTHERS = "Verdicts"


def _part(item: Assumption) -> str:
    return next((title for prefix, title in PARTS if item.id.startswith(prefix)), OTHERS)


def _row(item: Assumption) -> View:
    return {
        "anchor": f"a-{printable(item.id, 120)}", "title": printable(item.title, 300), "value": printable(item.value, 300),
        "unit": printable(item.unit, 100), "kind": KINDS.get(item.kind, item.kind), "source": printable(item.source, 600),
        "as_of": printable(item.as_of, 20),
    }  # fmt: skip


def reproduce_view(report: Report) -> View:
    """The commands that make the report again, and the versions that it follows from."""
    values = {item.id: item.value for item in report.assumptions}
    seeds = [f"{values[name]} ({words})" for name, words in SEEDS if name in values]
    dates = sorted({price.as_of for price in report.tco.prices_used if price.as_of})
    rows = (
        ("Program", f"{report.tool.name} {report.tool.version}"),
        ("Rules", report.tool.rules_version),
        ("Commit", printable(report.made.commit, 80) or "not known: the folder was in no git repository, or in no commit of it"),
        ("Day on which ages are judged", report.as_of),
        ("Seeds", "; ".join(seeds)),
        ("Knowledge of targets", "; ".join(f"{target.title}: {target.sdk_version}, {target.as_of}" for target in report.targets)),
        ("Prices", f"of {dates[0]}" + (f" to {dates[-1]}" if dates[-1] != dates[0] else "") if dates else ""),
        ("Your files", "workload, prices and measurements are kept word for word in the JSON report, under tco.inputs"
         if report.tco.inputs and report.tco.inputs.workload else ""),
    )  # fmt: skip
    return {
        "commands": [printable(line, 4_000) for line in report.made.commands] or [_guessed(report)],
        "rows": [(title, text) for title, text in rows if text],
    }


SEEDS = (("effort.seed", "effort"), ("cost.seed", "cost"))


def _guessed(report: Report) -> str:
    """The command of a report that does not tell its own: it was made by an older version, or by no command line."""
    targets = "".join(f" -t {target.target_id}" for target in report.targets)
    workload = "" if report.tco.scenario.is_default else " --workload FILE"
    return f"offramp scan {printable(report.root)}{targets}{workload} --as-of {report.as_of} -o report.html -o report.json"
