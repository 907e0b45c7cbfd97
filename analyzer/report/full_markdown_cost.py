"""The part of the full Markdown report that is about money: options side by side, each with its figures and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from analyzer.model.cost import TcoComparison
from analyzer.model.counted import counted
from analyzer.report.cost_view import cost_view
from analyzer.report.markdown_text import code, source, table, words


def cost_lines(tco: TcoComparison) -> Iterable[str]:
    """Warnings first, then the options, what each needs, its years, what sways it, and the proof of concept."""
    cost = cost_view(tco)
    yield from ("## Does it pay?", "")
    for warning in cost["warnings"]:
        yield from (f"> {words(warning)}", "")
    rate = f"; {words(cost['rate'])}" if cost["rate"] else ""
    yield from (
        f"{words(cost['title'])}, {words(cost['region'])}, {counted(cost['months'], 'month')}, before tax{rate}. All figures "
        "are against staying as is.",
        "",
    )
    columns = ("Option", "Verdict", "Fleet at the peak", "A month", "One-off, P10 to P90", "NPV, P10 to P90", "Median NPV",
               "Chance of a gain", "Break-even")  # fmt: skip
    yield from table(columns, map(_option_row, cost["options"]), right=range(3, 9))
    needs = [_needs_row(option) for option in cost["options"] if option["ratio"] != "–"]
    if needs:
        yield from ("Throughput of one new instance against one of today's: what the option needs, and what is known of it.", "")
        yield from table(("Option", "Needs", "Known", "Pays from", "Best start", "Learn first"), needs)
    for option in cost["options"]:
        yield from _option(option)
    if cost["plans"]:
        yield from _plans(cost)


def _option_row(option: dict[str, Any]) -> Sequence[str]:
    fleet = words(option["fleet"]) + (f"<br>{words(option['mean'])}" if option["mean"] else "")
    price = words(option["price"]) + (f", {option['price_day']}" if option["price_day"] else "")
    month = "<br>".join(words(text) for text in (option["monthly"], option["per_million"], option["idle"]) if text)
    ranges = (" to ".join(words(amount) for amount in option[name]) for name in ("one_off", "npv"))
    return (words(option["title"]), option["verdict"], f"{fleet}<br>{price}", month, *ranges, words(option["npv_median"]),
            option["chance"], option["break_even"])  # fmt: skip


def _needs_row(option: dict[str, Any]) -> Sequence[str]:
    known = words(option["ratio"]) + (f"<br>{words(option['memory'])}" if option["memory"] else "")
    return (words(option["title"]), option["required"], known, words(option["pays_from"]), option["best_start"],
            words(option["know_first"]))  # fmt: skip


def _option(option: dict[str, Any]) -> Iterable[str]:
    yield from (f"### {words(option['title'])}: {option['verdict']}", "")
    yield from (f"{words(option['sentence'])} Evidence: {words(option['evidence'])}.", "")
    for item in option["published"]:
        by = f"{words(item['publisher'])} ({item['sells']}), {item['as_of']}"
        yield f"- {by}: {words(item['text'])} Source: {source(item['source'])}"
    if option["published"]:
        yield ""
    if years := option["years"]:
        yield from ("Year by year, at the most likely figures: what staying costs, less what this option costs.", "")
        rows = [(year, *map(words, amounts)) for year, amounts in years["rows"]]
        total = ("Sum", *(f"**{words(amount)}**" for amount in years["total"]))
        yield from table(("Year", *years["columns"]), [*rows, total], right=range(1, 1 + len(years["columns"])))
    if option["tornado"]:
        yield from ("What sways it: NPV with one input at its low and its high end.", "")
        bars = [(words(bar.title), words(bar.low), words(bar.high), words(bar.worth)) for bar in option["tornado"].bars]
        yield from table(("Input", "Low end", "High end", "Knowing it is worth"), bars)
    if option["grid"]:
        yield from _grid(option["grid"])


def _grid(grid: dict[str, Any]) -> Iterable[str]:
    """NPVs as a table: a row a fleet size, a column a throughput."""
    yield from ("NPV by size of today's fleet (down) and throughput of one new instance against one of today's (across).", "")
    rows = [(size, *(words(cell.amount) for cell in cells)) for size, _, cells in grid["rows"]]
    yield from table(("Instances today", *(ratio for ratio, _ in grid["ratios"])), rows, right=range(1 + len(grid["ratios"])))


def _plans(cost: dict[str, Any]) -> Iterable[str]:
    yield from (
        "### Proof of concept",
        "",
        f"What to measure before anybody decides; that an option takes {cost['proof_hours']} is an assumption.",
        "",
    )
    for plan in cost["plans"]:
        worth = f"; knowing the throughput is worth {words(plan['worth'])}" if plan["worth"] else ""
        hours = counted(plan["hours"], "instance hour")
        cost_words = "no price known" if plan["cost"] == "–" else words(plan["cost"])
        yield from (f"{words(plan['title'])}: {hours} on {words(plan['instance'])}, {cost_words}{worth}.", "")
        marks = [(code(mark["quantity"]), words(mark["mark"]), words(mark["why"])) for mark in plan["marks"]]
        yield from table(("Measure", "Pass mark", "Why"), marks)
        yield from (f"- {code(command, 600)}" for command in plan["commands"])
        yield ""
