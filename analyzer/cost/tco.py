"""Compares the options of a scenario: what each costs, saves and risks. The method is in docs/cost.md."""

from __future__ import annotations

import datetime
import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from analyzer.cost.cash_flow import (
    MoveCost,
    break_even_month,
    cumulative,
    instances_needed,
    monthly_fleet_usd,
    net_flows,
    net_present_value,
)
from analyzer.cost.declared_fleet import declared_warnings, with_declared_fleet
from analyzer.model.assumption import Assumption
from analyzer.model.cost import DeclaredInstance, MoneyRange, Option, OptionCost, Price, PriceList, Scenario, TcoComparison
from analyzer.model.effort import EffortEstimate

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

DRAWS = 10_000
SEED = 20260720
STALE_AFTER_DAYS = 90
WORTH_ABOVE = 0.5
UNLIKELY_BELOW = 0.2
MEASURED_LEVEL = 1
UNUSABLE_LEVEL = 6
"""A bare claim ("up to 4x") is shown and not calculated with."""
NO_EFFORT = EffortEstimate(0.0, 0.0, 0.0)


def compare_options(
    scenario: Scenario,
    price_lists: Iterable[PriceList],
    efforts: Mapping[str, EffortEstimate],
    as_of: datetime.date,
    declared: tuple[DeclaredInstance, ...] = (),
    unfit: Mapping[str, str] | None = None,
) -> TcoComparison:
    """Every option of a scenario. `efforts` holds the porting effort by target id; an option whose target was not
    assessed is left out with a warning. Ages are judged on `as_of`. `declared` are the machines that the repository names;
    `unfit` says of targets that cannot do what the repository does why: such an option is not offered as one that pays."""
    scenario = with_declared_fleet(scenario, declared)
    prices = _price_table(scenario, price_lists)
    warnings = [*_scenario_warnings(scenario, prices, as_of), *declared_warnings(scenario, declared)]
    options = []
    for option in scenario.options:
        if option.target_id and option.target_id not in efforts:
            warnings.append(f"{option.title}: left out, its target was not assessed")
            continue
        cost = _cost_of(option, scenario, prices, efforts.get(option.target_id, NO_EFFORT))
        reason = (unfit or {}).get(option.target_id, "")
        options.append(_unfit(cost, reason) if reason else cost)
    return TcoComparison(scenario, tuple(options), tuple(warnings), declared)


def _price_table(scenario: Scenario, price_lists: Iterable[PriceList]) -> dict[str, Price]:
    table: dict[str, Price] = {}
    for price_list in price_lists:
        table.update({price.instance_type: price for price in price_list.prices if price.region == scenario.region})
    table.update({price.instance_type: price for price in scenario.prices if price.region == scenario.region})
    return table


def _scenario_warnings(scenario: Scenario, prices: Mapping[str, Price], as_of: datetime.date) -> Iterable[str]:
    if scenario.is_default:
        yield "This is the default scenario, not your workload: give yours with --scenario before you decide anything."
    elif scenario.defaulted:
        yield f"Taken from the default scenario because yours does not say: {', '.join(scenario.defaulted)}."
    stale: dict[str, list[str]] = {}
    for instance_type in sorted({scenario.fleet.instance_type, *(option.instance_type for option in scenario.options)}):
        price = prices.get(instance_type)
        if price is None:
            yield (
                f"There is no price for {instance_type} in {scenario.region}: nothing is said about money where it is needed. "
                "Give one as [[price]] in a scenario file."
            )
        elif (as_of - datetime.date.fromisoformat(price.as_of)).days > STALE_AFTER_DAYS:
            stale.setdefault(price.as_of, []).append(instance_type)
    for day, names in sorted(stale.items()):
        age = (as_of - datetime.date.fromisoformat(day)).days
        yield f"Prices of {', '.join(names)} are {age} days old ({day}): check them before you decide."


# ---- one option ------------------------------------------------------------------------------------------------------


def _cost_of(option: Option, scenario: Scenario, prices: Mapping[str, Price], effort: EffortEstimate) -> OptionCost:
    today, price = prices.get(scenario.fleet.instance_type), prices.get(option.instance_type)
    instances = _instances(option, scenario, option.ratio.mid)
    if today is None or price is None or (option.kind == "move" and option.ratio.level >= UNUSABLE_LEVEL):
        return _unpriced(option, instances, price)
    stay = monthly_fleet_usd(scenario.fleet.count, today.usd_per_hour, scenario)
    days = Decimal(str(effort.p50_days))
    flows = net_flows(stay, _move(option, scenario, price, instances, days), scenario)
    rows = cumulative(flows, scenario.discount_rate_per_year)
    npv, chance = _simulate(option, scenario, stay, price, effort)
    verdict = _verdict(option, chance)
    break_even = break_even_month(rows) if option.kind != "stay" else None
    required = _required_ratio(option, scenario, stay, price, days)
    one_off = MoneyRange(
        *(_whole(_one_off(option, scenario, Decimal(str(value)))) for value in (effort.p10_days, effort.p50_days, effort.p90_days))
    )
    return OptionCost(
        option.id, option.title, option.target_id, option.instance_type, instances, price.usd_per_hour, price.as_of,
        price.basis, _whole(monthly_fleet_usd(instances, price.usd_per_hour, scenario)), one_off, npv, chance,
        break_even, required, rows, verdict, _sentence(option, verdict, npv, chance, break_even, required, scenario),
        f"level {option.ratio.level}: {option.ratio.source}" if option.kind == "move" else "the same instances",
    )  # fmt: skip


def _unpriced(option: Option, instances: int, price: Price | None) -> OptionCost:
    reason = f"No price is known for {option.instance_type} in this region: nothing is said about money."
    if price is not None and option.ratio.level >= UNUSABLE_LEVEL:
        reason = "Only a bare claim about its speed is known, which is not calculated with."
    return OptionCost(
        option.id, option.title, option.target_id, option.instance_type, instances,
        price.usd_per_hour if price else None, price.as_of if price else "", price.basis if price else "", None, None,
        None, None, None, None, (), "no price" if price is None else "unclear", reason,
        f"level {option.ratio.level}: {option.ratio.source}",
    )  # fmt: skip


def _unfit(cost: OptionCost, reason: str) -> OptionCost:
    """An option whose target cannot do what the repository does: nothing is said of what it saves."""
    return replace(
        cost, one_off=None, npv=None, probability_npv_positive=None, break_even_month=None, required_ratio=None, flows=(),
        verdict="does not fit", sentence=f"{reason} Nothing is said about money for a use that it cannot take over.",
    )  # fmt: skip


def _load(scenario: Scenario) -> Decimal:
    """Today's work in instances of today's type run at the target utilisation."""
    return scenario.fleet.count * scenario.utilisation_today / scenario.utilisation_target


def _instances(option: Option, scenario: Scenario, ratio: float) -> int:
    if option.kind == "stay":
        return scenario.fleet.count
    return instances_needed(_load(scenario), Decimal(str(ratio)), scenario.min_instances)


def _one_off(option: Option, scenario: Scenario, days: Decimal) -> Decimal:
    return days * scenario.usd_per_day_labour + (scenario.other_one_off_usd if option.kind == "move" else Decimal(0))


def _move(option: Option, scenario: Scenario, price: Price, instances: int, days: Decimal) -> MoveCost:
    upkeep = scenario.upkeep_days_per_year * scenario.usd_per_day_labour / 12 if option.target_id else Decimal(0)
    return MoveCost(
        _one_off(option, scenario, days),
        monthly_fleet_usd(instances, price.usd_per_hour, scenario),
        upkeep,
        needs_dual_run=option.kind == "move",
    )


def _required_ratio(option: Option, scenario: Scenario, stay: Decimal, price: Price, days: Decimal) -> float | None:
    """The lowest performance ratio at which the NPV is not negative, from the most instances that still pay."""
    if option.kind != "move":
        return None
    low, high = 0, 10 * scenario.fleet.count * max(1, math.ceil(1 / float(option.ratio.low)))

    def pays(instances: int) -> bool:
        flows = net_flows(stay, _move(option, scenario, price, instances, days), scenario)
        return net_present_value(flows, scenario.discount_rate_per_year) >= 0

    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if pays(middle) else (low, middle - 1)
    return round(float(_load(scenario)) / low, 3) if low >= scenario.min_instances else None


# ---- risk ------------------------------------------------------------------------------------------------------------


def _simulate(option: Option, scenario: Scenario, stay: Decimal, price: Price, effort: EffortEstimate) -> tuple[MoneyRange, float]:
    """P10, P50, P90 of the NPV and the chance that it is positive, over effort and performance ratio.

    The NPV is linear in effort and takes few values in the whole number of instances, so it is computed exactly for each
    number of instances and drawn from there.
    """
    import numpy

    if option.kind == "stay":
        zero = Decimal(0)
        return MoneyRange(zero, zero, zero), 0.0
    ratios = _pert(option, f"{option.id}:ratio")
    load = float(_load(scenario))
    instances = numpy.maximum(scenario.min_instances, numpy.ceil(load / ratios - 1e-9)).astype(int)
    npv_at: dict[int, float] = {}
    for count in sorted(set(instances.tolist())):
        flows = net_flows(stay, _move(option, scenario, price, count, Decimal(0)), scenario)
        npv_at[count] = float(net_present_value(flows, scenario.discount_rate_per_year))
    labour = _effort_days(effort, f"{option.id}:effort") * float(scenario.usd_per_day_labour)
    values = numpy.array([npv_at[count] for count in instances.tolist()]) - labour
    low, middle, high = (_whole(Decimal(str(round(float(q))))) for q in numpy.quantile(values, (0.1, 0.5, 0.9)))
    return MoneyRange(low, middle, high), round(float((values > 0).mean()), 3)


def _generator(name: str) -> numpy.random.Generator:
    import numpy

    digest = hashlib.sha256(f"{SEED}:{name}".encode()).digest()
    return numpy.random.Generator(numpy.random.PCG64(int.from_bytes(digest[:16], "big")))


def _pert(option: Option, name: str) -> NDArray[numpy.float64]:
    """PERT draws (beta with lambda 4) of the performance ratio; a constant where low equals high."""
    import numpy

    low, mid, high = option.ratio.low, option.ratio.mid, option.ratio.high
    if high <= low:
        return numpy.full(DRAWS, mid)
    alpha, beta = 1 + 4 * (mid - low) / (high - low), 1 + 4 * (high - mid) / (high - low)
    draws: NDArray[numpy.float64] = low + (high - low) * _generator(name).beta(alpha, beta, DRAWS)
    return draws


def _effort_days(effort: EffortEstimate, name: str) -> NDArray[numpy.float64]:
    """Two-piece lognormal through P10, P50 and P90."""
    import numpy

    if effort.p50_days <= 0:
        return numpy.zeros(DRAWS)
    normals = _generator(name).standard_normal(DRAWS)
    below = math.log(effort.p50_days / effort.p10_days) / 1.2815515655446004
    above = math.log(effort.p90_days / effort.p50_days) / 1.2815515655446004
    days: NDArray[numpy.float64] = effort.p50_days * numpy.exp(normals * numpy.where(normals > 0, above, below))
    return days


# ---- words -----------------------------------------------------------------------------------------------------------


def _verdict(option: Option, chance: float) -> str:
    if option.kind == "stay":
        return "baseline"
    if option.kind == "right-size":
        return "no porting"
    if option.ratio.level == MEASURED_LEVEL and chance >= 0.8:
        return "go"
    if chance > WORTH_ABOVE:
        return "worth a proof of concept"
    return "unlikely" if chance < UNLIKELY_BELOW else "unclear"


def _sentence(
    option: Option, verdict: str, npv: MoneyRange, chance: float, break_even: int | None, required: float | None,
    scenario: Scenario,
) -> str:  # fmt: skip
    if verdict == "baseline":
        return "What the others are compared with."
    money = (
        f"NPV over {scenario.horizon_months} months {_money(npv.p10_usd)} to {_money(npv.p90_usd)} (median {_money(npv.p50_usd)})"
    )
    if verdict == "no porting":
        return f"{money}, if the utilisation aimed at holds: needs a load test and no porting."
    money = (
        f"NPV over {scenario.horizon_months} months {_money(npv.p10_usd)} to {_money(npv.p90_usd)} (median {_money(npv.p50_usd)})"
    )
    paid = f"breaks even in month {break_even}" if break_even is not None else "does not break even within the horizon"
    needed = f"to pay it needs {required:g}x of today's throughput per instance" if required else "no throughput makes it pay"
    return f"{money}; chance of a gain {chance:.0%}; at median figures it {paid}; {needed}."


def _money(value: Decimal) -> str:
    return f"-${-value:,.0f}" if value < 0 else f"${value:,.0f}"


def _whole(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1))


def assumptions_of(comparison: TcoComparison) -> tuple[Assumption, ...]:
    """Every figure that the comparison rests on, with its kind and source."""
    scenario = comparison.scenario
    kind = "assumption" if scenario.is_default else "user"

    def row(key: str, title: str, value: object, unit: str, source: str) -> Assumption:
        from_default = scenario.is_default or key in scenario.defaulted
        return Assumption(
            f"cost.{key}", title, str(value), unit, "assumption" if from_default else kind,
            source if from_default else "given in the scenario", "",
        )  # fmt: skip

    fleet = scenario.fleet
    is_declared = any(item.name == fleet.instance_type and item.count == fleet.count for item in comparison.declared)
    fleet_source = "as the repository declares" if is_declared else "nobody's workload"
    day, year = "USD", "person-days a year"
    utilisation = "0.3 to 0.6 published for production inference (low confidence)"
    labour = "130.50 USD an hour loaded (US ML engineer, 2025-26, derived), 8 hours"
    rows = [
        row("fleet", "Today's fleet", f"{fleet.count} x {fleet.instance_type}", "instances", fleet_source),
        row("utilisation_today", "Utilisation today", scenario.utilisation_today, "share", utilisation),
        row("utilisation_target", "Utilisation aimed at", scenario.utilisation_target, "share", "common headroom practice"),
        row("usd_per_day_labour", "A person-day", scenario.usd_per_day_labour, day, labour),
        row("discount_rate_per_year", "Discount rate", scenario.discount_rate_per_year, "a year", "use your cost of capital"),
        row("horizon_months", "Horizon", scenario.horizon_months, "months", "no source: yours decides"),
        row("dual_run_months", "Both fleets run for", scenario.dual_run_months, "months", "1 to 3 is usual, none published"),
        row("upkeep_days_per_year", "Upkeep of a port", scenario.upkeep_days_per_year, year, "120 hours a year, none published"),
        row("other_one_off_usd", "Instances for proof and compiling", scenario.other_one_off_usd, day, "no source: yours decides"),
        row("discount_share", "Discount on list prices", scenario.discount_share, "share", "on demand"),
    ]
    for option in comparison.options:
        if option.usd_per_hour is not None:
            rows.append(
                Assumption(
                    f"cost.price.{option.option_id}", f"Price of {option.instance_type}", str(option.usd_per_hour),
                    "USD an hour", "reported" if option.price_basis == "listed" else option.price_basis,
                    "price list, on demand", option.price_as_of,
                )
            )  # fmt: skip
    for choice in scenario.options:
        if choice.kind == "move":
            ratio = choice.ratio
            rows.append(
                Assumption(
                    f"cost.ratio.{choice.id}", f"Throughput of {choice.instance_type} against {fleet.instance_type}",
                    f"{ratio.low:g} to {ratio.high:g}, most likely {ratio.mid:g}", "x",
                    "measured" if ratio.level <= MEASURED_LEVEL else "derived", f"level {ratio.level}: {ratio.source}", ratio.as_of,
                )
            )  # fmt: skip
    return tuple(rows)
