"""What the HTML report shows of the costs, ready to be placed by `cost.html.j2`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analyzer.cost.cost_words import UNUSABLE_LEVEL, WITHOUT_PORT
from analyzer.model.cost import CostCase, Currency, MoneyRange, OptionCost, ProofPlan, Scenario, TcoComparison
from analyzer.model.counted import counted
from analyzer.report.cost_charts import cash_flow_curves, money, thousands, tornado_of
from analyzer.report.pays_words import pays_words
from analyzer.report.printable import printable
from analyzer.report.tco_json import break_even_per_second

YEAR_COLUMNS = {
    "stay_usd": "Staying as is", "new_usd": "This option's instances", "today_still_usd": "Today's, still paid",
    "stranded_usd": "Commitments unused", "one_off_usd": "One-off", "upkeep_usd": "Upkeep",
    "resale_and_exit_usd": "Resale lost and exit", "net_usd": "Net", "discounted_net_usd": "Net, discounted",
}  # fmt: skip
ALWAYS = ("stay_usd", "new_usd", "net_usd", "discounted_net_usd")
MONTHS_OF_A_YEAR = 12
SHADES = (0.1, 0.4)
"""Shares of the largest gain or loss from which on a cell is darker."""
WITHOUT_FIGURES = (*WITHOUT_PORT, "no price")


def cost_view(tco: TcoComparison) -> dict[str, Any]:
    """All of it."""
    scenario = tco.scenario
    return {
        "lead": pays_words(tco),
        "title": printable(scenario.title),
        "region": printable(scenario.region),
        "months": scenario.horizon_months,
        "rate": f"1 USD = {scenario.currency.per_usd:f} {scenario.currency.code} ({scenario.currency.as_of})"
        if scenario.currency.code != "USD" else "",
        "warnings": [printable(warning) for warning in tco.warnings],
        "curves": cash_flow_curves(tco),
        "options": [_option(option, scenario) for option in tco.options],
        "has_cases": any(option.cases for option in tco.options),
        "is_training": scenario.hours_follow_speed,
        "alike": money(scenario.besides.alike_usd, scenario.currency) if scenario.besides and scenario.besides.alike_usd else "",
        "proof_hours": counted(tco.plans[0].hours, "instance hour") if tco.plans else "",
        "plans": [_plan(plan, scenario.currency) for plan in tco.plans],
    }  # fmt: skip


def money_range(value: MoneyRange | None, currency: Currency) -> tuple[str, ...]:
    """P10 and P90, or the one figure where they are the same."""
    if value is None:
        return ("–",)
    if value.p10_usd == value.p90_usd:
        return (money(value.p50_usd, currency),)
    return money(value.p10_usd, currency), money(value.p90_usd, currency)


def _option(option: OptionCost, scenario: Scenario) -> dict[str, Any]:
    npv, currency = option.npv, scenario.currency
    fleet = f"{option.instances} × {option.instance_type}" if option.instances else option.instance_type
    mean = option.mean_instances
    is_part = mean is not None and mean != option.instances
    best = "–"
    if option.best_start_month is not None:
        best = "now" if option.best_start_month == 0 else f"month {option.best_start_month}"
    elif option.ratio is not None and npv is not None:
        best = "never"
    return {
        "id": option.option_id,
        "title": printable(option.title),
        "verdict": option.verdict,
        "sentence": printable(option.sentence.replace(f"-{currency.symbol}", f"−{currency.symbol}")),
        "fleet": printable(fleet),
        "mean": f"{mean:.3g} paid for on average" if mean and is_part else "",
        "price": _price(option, currency),
        "price_day": "" if option.usd_per_hour is None else option.price_as_of,
        "monthly": money(option.monthly_usd, currency),
        "per_million": "" if option.usd_per_million is None else _small(option, scenario),
        "idle": "" if option.idle_usd is None else f"{money(option.idle_usd, currency)} idle",
        "one_off": money_range(option.one_off, currency),
        "npv": money_range(npv, currency),
        "npv_median": "" if npv is None or npv.p10_usd == npv.p90_usd else money(npv.p50_usd, currency),
        "chance": chance_words(option),
        "break_even": break_even_words(option),
        "required": _required(option),
        "ratio": _ratio(option),
        "pays_from": _pays_from(option, scenario),
        "best_start": best,
        "know_first": _know_first(option, currency),
        "evidence": printable(option.evidence),
        "memory": printable(option.devices_needed),
        "published": [
            {"publisher": printable(item.publisher), "sells": "sells it" if item.sells_it else "does not sell it",
             "as_of": item.as_of, "text": printable(item.text), "source": printable(item.source)}
            for item in option.published
        ],
        "tornado": tornado_of(option, currency),
        "grid": _grid(option, scenario),
        "cases": _cases(option, currency),
        "years": _years(option, currency),
    }  # fmt: skip


def _years(option: OptionCost, currency: Currency) -> dict[str, Any] | None:
    """The years as a table with their sum, without columns in which nothing happens."""
    if not option.years:
        return None
    names = [name for name in YEAR_COLUMNS if name in ALWAYS or any(getattr(year, name) for year in option.years)]
    sums = {name: sum((getattr(year, name) for year in option.years), Decimal(0)) for name in names}
    rows = [
        (f"{year.year}" if year.months == MONTHS_OF_A_YEAR else f"{year.year} ({counted(year.months, 'month')})",
         [money(getattr(year, name), currency) for name in names])
        for year in option.years
    ]  # fmt: skip
    total = [money(sums[name], currency) for name in names]
    return {"columns": [YEAR_COLUMNS[name] for name in names], "rows": rows, "total": total, "npv": total[-1]}


@dataclass(frozen=True, slots=True)
class Cell:
    """One NPV of the table of throughput and size; `shade` is from -3, a large loss, to 3, a large gain. Where the sign turns to
    the next cell on the right or below, the line of zero runs between them."""

    amount: str
    shade: int
    turns_right: bool
    turns_below: bool


def _grid(option: OptionCost, scenario: Scenario) -> dict[str, Any] | None:
    """NPVs as a table: a row a fleet size, a column a throughput; today's size and the likely throughput are named."""
    if not option.grid:
        return None
    sizes = sorted({cell.instances for cell in option.grid})
    ratios = sorted({cell.ratio for cell in option.grid})
    values = {(cell.instances, cell.ratio): float(cell.npv_usd) for cell in option.grid}
    rows = [[values[size, ratio] for ratio in ratios] for size in sizes]
    likely = None if option.ratio is None else round(option.ratio.mid, 3)
    return {
        "ratios": [(f"{ratio:.3g}×", ratio == likely) for ratio in ratios],
        "rows": [
            (size, size == scenario.fleet.count, cells)
            for size, cells in zip(sizes, shaded(rows, scenario.currency), strict=True)
        ],
    }  # fmt: skip


def shaded(rows: Sequence[Sequence[float]], currency: Currency) -> list[list[Cell]]:
    """Every amount with its shade, on one scale for gains and losses."""
    largest = max((abs(value) for row in rows for value in row), default=0.0) or 1.0

    def differs(value: float, row: int, column: int) -> bool:
        return row < len(rows) and column < len(rows[row]) and (rows[row][column] < 0) != (value < 0)

    return [
        [
            Cell(thousands(value, currency), _shade(value / largest), differs(value, y, x + 1), differs(value, y + 1, x))
            for x, value in enumerate(row)
        ]
        for y, row in enumerate(rows)
    ]


def _shade(part: float) -> int:
    depth = 1 + sum(abs(part) > limit for limit in SHADES)
    return -depth if part < 0 else depth


def _cases(option: OptionCost, currency: Currency) -> list[dict[str, str]]:
    """NPV and break-even of the cautious, the likely and the favourable case."""
    return [{"npv": money(case.npv_usd, currency), "month": _case_month(case)} for case in option.cases]


def _case_month(case: CostCase) -> str:
    if case.npv_usd == 0:
        return "nothing gained"
    if case.break_even_month is None:
        return "no break-even"
    return f"month {case.break_even_month}" if case.break_even_month else "from the start"


def _price(option: OptionCost, currency: Currency) -> str:
    if option.usd_per_hour is None:
        return "" if option.instances == 0 and option.monthly_usd is not None else "no price"
    basis = " derived" if option.price_basis == "derived" else ""
    listed = f"{currency.symbol}{option.usd_per_hour * currency.per_usd:.4g}"
    paid = option.contracted_usd_per_hour
    if paid is None or paid == option.usd_per_hour:
        return f"{listed}/h{basis}"
    return f"{currency.symbol}{paid * currency.per_usd:.4g}/h paid; list {listed}{basis}"


def _small(option: OptionCost, scenario: Scenario) -> str:
    """What a million of what the traffic is counted in costs."""
    amount = (option.usd_per_million or 0) * scenario.currency.per_usd
    unit = {"tokens": "output tokens"}.get(scenario.volume.unit, scenario.volume.unit) if scenario.volume else ""
    return f"{scenario.currency.symbol}{amount:,.2f} a million {unit}".rstrip()


def chance_words(option: OptionCost) -> str:
    """The chance of a gain."""
    chance = option.probability_npv_positive
    return "–" if chance is None or option.npv is None or option.verdict == "baseline" else f"{chance:.0%}"


def break_even_words(option: OptionCost) -> str:
    """The month from which on it has paid."""
    if option.verdict in WITHOUT_FIGURES or option.npv is None:
        return "–"
    return "none" if option.break_even_month is None else f"month {option.break_even_month}"


def _required(option: OptionCost) -> str:
    if option.required_ratio is not None:
        return f"{option.required_ratio:g}×"
    return "none is enough" if option.npv is not None and option.ratio is not None else "–"


def _ratio(option: OptionCost) -> str:
    if option.ratio is None:
        return "–"
    ratio = option.ratio
    return "not known" if ratio.level >= UNUSABLE_LEVEL else f"{ratio.low:.3g} to {ratio.high:.3g}×, level {ratio.level}"


def _pays_from(option: OptionCost, scenario: Scenario) -> str:
    if option.ratio is None or option.npv is None:
        return "–"
    if option.break_even_instances is None:
        return "never"
    rate = break_even_per_second(option, scenario)
    unit = scenario.volume.unit if scenario.volume else ""
    return counted(option.break_even_instances, "instance") + (f", {_per_second(rate)} {unit}/s" if rate is not None else "")


def _per_second(rate: Decimal) -> str:
    """With three digits where it is small, whole where it is large."""
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"


def _know_first(option: OptionCost, currency: Currency) -> str:
    """The input whose knowledge is worth most before deciding."""
    if not option.tornado or option.verdict in WITHOUT_PORT:
        return "–"
    best = max(option.tornado, key=lambda sway: sway.value_of_knowing_usd)
    if best.value_of_knowing_usd < 1:
        return "nothing changes the decision"
    return f"{best.title}: worth {money(best.value_of_knowing_usd, currency)}"


def _worth(plan: ProofPlan, currency: Currency) -> str:
    """What knowing the throughput is worth, beside what it takes to learn it."""
    if plan.value_usd is None:
        return ""
    is_less = plan.cost_usd is not None and plan.value_usd < plan.cost_usd
    return money(plan.value_usd, currency) + (", less than the instances cost" if is_less else "")


def _plan(plan: ProofPlan, currency: Currency) -> dict[str, Any]:
    return {
        "title": printable(plan.title),
        "instance": printable(plan.instance_type),
        "hours": plan.hours,
        "cost": money(plan.cost_usd, currency),
        "worth": _worth(plan, currency),
        "marks": [{"quantity": mark.quantity, "mark": printable(mark.mark), "why": printable(mark.why)} for mark in plan.marks],
        "commands": [printable(command) for command in plan.commands],
    }
