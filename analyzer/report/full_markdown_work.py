"""Parts of the full Markdown report: work items, dependencies, kernels, order of work, seams, findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from analyzer.model.counted import counted
from analyzer.model.effort import TargetAssessment, WorkItem, days
from analyzer.model.finding import Finding
from analyzer.model.report import Report
from analyzer.model.rule import SEVERITIES, Rule
from analyzer.report.graph_view import View
from analyzer.report.inventory_view import kernels_view
from analyzer.report.markdown_text import code, source, table, words
from analyzer.report.wording import days_of, most_days_first, work_words

MOST_PATHS = 8
MOST_NAMES = 12


# ---- work items ------------------------------------------------------------------------------------------------------


def effort_lines(targets: Iterable[TargetAssessment]) -> Iterable[str]:
    """Who does how much, and what the range hangs on."""
    yield from ("## What does it take?", "")
    yield from (
        "Person-days from a seeded simulation of the work items, validation included: the P50 of the whole is above the "
        "sum of the items' P50s. Most figures in it are assumptions, listed with their basis at the end. Whether models run is "
        "predicted from their source, not tried.",
        "",
    )
    for target in targets:
        if not target.work_items:
            continue
        yield f"- {words(target.title)}: {work_words(target)} (P10 – P50 – P90)"
        roles = "; ".join(f"{words(role.role.replace('-', ' '))} {days_of(role.estimate)}" for role in target.by_role)
        drivers = "; ".join(f"{words(driver.title, 200)} ({days(driver.swing_days)} days)" for driver in target.drivers[:5])
        yield from ([f"  - by role: {roles}"] if roles else [])
        yield from ([f"  - widest ranges: {drivers}"] if drivers else [])
    yield ""


def work_lines(target: TargetAssessment, most: int) -> Iterable[str]:
    """The work items of a target with advice, places and source."""
    if not target.work_items:
        yield from (f"### {words(target.title)}: no work items", "", words(target.sentence), "")
        return
    figures = f"{work_words(target)} person-days (P10 – P50 – P90)"
    yield from (f"### {words(target.title)}: {figures}, {counted(len(target.work_items), 'item')}", "")
    items = most_days_first(target)
    yield from table(("What", "How", "Who", "P10", "P50", "P90"), map(_work_row, items[:most]), right=range(3, 6))
    if len(items) > most:
        yield from (f"And {len(items) - most} more, the least of them; the JSON report has all.", "")


def _work_row(item: WorkItem) -> Sequence[object]:
    ready = f", {item.automation_share:.0%} of it as a ready-made edit" if item.automation_share else ""
    found = f"; {counted(len(item.findings), 'finding')}" if item.findings else ""
    what = f"{words(item.title, 200)}<br>{item.verdict}, {item.basis}{ready}{found}"
    places = ", ".join(code(path, 200) for path in item.paths[:MOST_PATHS])
    more = f" and {len(item.paths) - MOST_PATHS} more" if len(item.paths) > MOST_PATHS else ""
    how = words(item.advice) + (f"<br>{places}{more}" if places else "")
    how += f"<br>Source: {source(item.reference)}, {words(item.since)}" if item.findings and item.reference else ""
    figures = (item.estimate.p10_days, item.estimate.p50_days, item.estimate.p90_days)
    return (what, how, item.role.replace("-", " "), *map(days, figures))


# ---- graph -----------------------------------------------------------------------------------------------------------


def graph_lines(graph: View, most: int) -> Iterable[str]:
    """Tied modules by folder."""
    packages = graph["packages"]
    yield from ("## What hangs on what", "")
    if not packages:
        yield from ("No module is tied.", "")
        return
    rows = [(code(p["title"]), len(p["modules"]), p["findings"], p["severity"]) for p in packages[:most]]
    yield from table(("Folder", "Tied modules", "Findings", "Worst"), rows, right=(1, 2))
    if len(packages) > most:
        yield from (f"And {counted(len(packages) - most, 'more folder')}.", "")


def kernel_lines(report: Report, most: int) -> Iterable[str]:
    """Custom kernels, those with the most callers first."""
    kernels = kernels_view(report)
    if not kernels:
        return
    uncalled = sum(not kernel["callers"] for kernel in kernels)
    yield from (
        "## Custom kernels",
        "",
        f"{counted(len(kernels), 'kernel')}, each once however often it is launched, copied or "
        f"instantiated; {uncalled} without a caller that was found here.",
        "",
    )
    rows = []
    for kernel in kernels[:most]:
        first = code(kernel["first_caller"]) if kernel["callers"] else "no caller found"
        more = f" and {kernel['callers'] - 1} more" if kernel["callers"] > 1 else ""
        fallback = f"; another way: {words(kernel['fallback'])}" if kernel["fallback"] else ""
        rows.append((f"{code(kernel['title'])} {kernel['language']}", code(kernel["place"]), kernel["lines"],
                     words(kernel["features"], 300), f"{first}{more}{fallback}"))  # fmt: skip
    yield from table(("Kernel", "Where", "Lines", "What it needs of a target", "Called from"), rows, right=(2,))
    if len(kernels) > most:
        yield from (f"And {len(kernels) - most} more; the JSON report has all.", "")


def order_lines(report: Report, graph: View, most: int) -> Iterable[str]:
    """The order of work with its longest chain and calendar, hot spots, and what nothing reaches."""
    yield from ("## Order of work", "")
    plan = graph["plan"]
    if plan and plan["waves"]:
        yield from _plan(graph, plan, most)
    else:
        yield from ("Nothing to order.", "")
    if spots := graph["hot_spots"]:
        rows = [(code(spot["path"]), spot["score"], spot["centrality"], spot["days"]) for spot in spots["modules"][:most]]
        yield from ("### Where a change weighs most", "")
        yield from table(("Module", "Score, 0 to 1", "Ways through", "Days"), rows, right=(1, 2, 3))
    yield from ("### Where it starts", "")
    yield from (f"- {number} {text}" for text, number in graph["states"] if number)
    if not report.graph.entry_points:
        yield "No entry point was found."
    if graph["free"]["shown"]:
        yield f"- free of CUDA: {_names(graph['free'])}"
    if report.graph.untied_modules:
        untied = counted(len(report.graph.untied_modules), "module has", "modules have")
        yield f"- {untied} no tie and reach none: free to move today"
    yield ""
    if graph["unreached"]:
        yield from ("### CUDA code that no entry point reaches", "")
        yield from (f"- {group['count']}: {words(group['words'])}. {_names(group)}" for group in graph["unreached"])
        yield ""


def _plan(graph: dict[str, Any], plan: dict[str, Any], most: int) -> Iterable[str]:
    yield from (
        f"For {words(plan['title'])}: {plan['days']} person-days (P50), in steps. What is imported is moved before what "
        "imports it; modules of one step can be moved at the same time.",
        "",
    )
    rows: list[Sequence[object]] = []
    if plan["native"]:
        rows.append(("Kernels", "Kernels and other native sources, each before the first module that calls it", plan["native"], ""))
    rows += [
        (wave["index"], f"{counted(wave['count'], 'module')}: {_names(wave['modules'])}", wave["days"], _names(wave["runnable"]))
        for wave in plan["waves"][:most]
    ]
    more = plan["waves"][most:]
    rows += [("", f"and {counted(len(more), 'more step')}", "", "")] if more else []
    rows += [("Tests", "Each with what it tests", plan["tests"], "")] if plan["tests"] else []
    rows += [("Others", "Requirements, containers, scripts: at any time", plan["others"], "")] if plan["others"] else []
    rows.append(("Whole", "Validation, performance and the like, at the end", plan["whole"], ""))
    yield from table(("Step", "What", "Days", "Runs after it"), rows, right=(2,))
    if plan["unreached"]:
        yield from (f"Of these days, {plan['unreached']} are for files that nothing reaches: find out whether they are needed.", "")
    chain = ", then ".join(f"{code(step['title'])} ({step['days']})" for step in plan["path"])
    yield from (
        f"Longest chain of tasks that wait for each other: {plan['longest']} days, whatever the size of the team: {chain}.",
        "",
    )
    people = [f"{number} at work" for number, _ in plan["calendar"]]
    calendar = [
        (words(row["title"]), row["days"], row["longest"], *(days for _, days in row["calendar"])) for row in graph["plans"]
    ]
    yield from ("Working days until all is done:", "")
    yield from table(("Target", "Person-days", "Longest chain", *people), calendar, right=range(1, 3 + len(people)))


def seam_lines(graph: View, most: int) -> Iterable[str]:
    """Where the code could be cut."""
    seams = graph["seams"]
    if seams is None:
        return
    yield from ("## Where to cut", "", words(seams["verdict"]), "")
    for number, seam in enumerate(seams["candidates"], 1):
        behind, companions, outside = seam["counts"]
        yield (
            f"{number}. {words(seam['verdict'])} First target {seam['first']} days, of them {seam['adapters']} for the interface; "
            f"each further target {seam['further']} days. Behind it {counted(behind, 'tied module')} and "
            f"{counted(companions, 'other')}; {counted(outside, 'tied one stays', 'tied ones stay')} outside. "
            f"Names that cross: {_crossings(seam, most)}."
        )
    yield ""


def _crossings(seam: dict[str, Any], most: int) -> str:
    shown = [code(item["what"]) for item in seam["crossings"][: min(most, MOST_NAMES)]]
    more = seam["width"] - len(shown)
    return (", ".join(shown) or "none") + (f" and {more} more" if more else "")


def _names(view: dict[str, Any]) -> str:
    shown = [code(name) for name in view["shown"][:MOST_NAMES]]
    more = len(view["shown"]) - len(shown) + view["more"]
    return ", ".join(shown) + (f" and {more} more" if more else "")


# ---- findings --------------------------------------------------------------------------------------------------------


def finding_lines(report: Report, most: int) -> Iterable[str]:
    """Findings by rule, the most severe first, each rule with what it means and its places."""
    shown = [finding for finding in report.findings if finding.suppressed is None]
    yield from ("## Findings", "", f"{counted(len(shown), 'finding')}, by rule, the most severe first.", "")
    rules = {rule.id: rule for rule in report.rules}
    groups: dict[str, list[Finding]] = {}
    for finding in shown:
        groups.setdefault(finding.rule_id, []).append(finding)
    ordered = sorted(groups.items(), key=lambda group: (-max(map(_rank, group[1])), -len(group[1]), group[0]))
    for rule_id, found in ordered:
        yield from _rule(rules[rule_id], found, most)


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def _rule(rule: Rule, found: list[Finding], most: int) -> Iterable[str]:
    counts = [(severity, sum(finding.severity == severity for finding in found)) for severity in reversed(SEVERITIES)]
    numbers = ", ".join(f"{number} {severity}" for severity, number in counts if number)
    yield from (
        f"### {words(rule.title)} (`{rule.id}`): {numbers}",
        "",
        f"{words(rule.why)} Instead: {words(rule.replacement)}",
        "",
    )
    yield from (f"Source: {', '.join(map(source, rule.references))}", "")
    ranked = sorted(found, key=lambda finding: (-_rank(finding), finding.path, finding.cell or 0, finding.span))
    yield from map(_place, ranked[:most])
    if len(ranked) > most:
        yield f"- and {counted(len(ranked) - most, 'more place')}; the JSON report has all"
    yield ""


def _place(finding: Finding) -> str:
    cell = "" if finding.cell is None else f" cell {finding.cell}"
    notes = [f"guarded: {words(finding.guard, 200)}"] if finding.guard else []
    notes += [f"from {code(f'{finding.origin.path}:{finding.origin.line}')}"] if finding.origin else []
    notes += ["a default that the user can override"] if finding.overridable else []
    notes += ["test code"] if finding.in_tests else []
    symbol = f" {code(finding.symbol, 120)}" if finding.symbol else ""
    return f"- {finding.severity} {code(f'{finding.path}{cell}:{finding.span.line}')}{symbol}" + "".join(
        f"; {note}" for note in notes
    )
