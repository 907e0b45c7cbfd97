"""Compares the options of a scenario: what each costs, saves and risks. The method is in docs/cost.md."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import chain

from analyzer.cost.cash_flow import (
    Terms,
    break_even_month,
    cumulative,
    kept_monthly,
    mean_instances,
    net_flows,
    net_present_value,
    new_monthly,
    peak_instances,
    stay_monthly,
    years_of,
)
from analyzer.cost.cost_warnings import price_warnings, scenario_warnings
from analyzer.cost.cost_words import (
    UNUSABLE_LEVEL,
    WITHOUT_PORT,
    against_right_size,
    in_currency,
    needed_words,
    sentence_of,
    verdict_of,
)
from analyzer.cost.declared_fleet import declared_warnings, with_declared_fleet
from analyzer.cost.option_terms import day_rate, spans_of, terms_of
from analyzer.cost.price_book import Bought, PriceBook, age_days
from analyzer.cost.risk import grid_of, required_ratio, risk_of
from analyzer.cost.simulation import Uncertain
from analyzer.model.cost import (
    DeclaredInstance,
    MoneyRange,
    Option,
    OptionCost,
    Price,
    PriceList,
    Scenario,
    TcoComparison,
)
from analyzer.model.effort import EffortEstimate

START_STEP_MONTHS = 3
NO_EFFORT = EffortEstimate(0.0, 0.0, 0.0)
OWNED = "owned"
NO_DAYS: Mapping[str, float] = {}


def compare_options(
    scenario: Scenario,
    price_lists: Iterable[PriceList],
    efforts: Mapping[str, EffortEstimate],
    as_of: datetime.date,
    declared: tuple[DeclaredInstance, ...] = (),
    roles: Mapping[str, Mapping[str, float]] | None = None,
    unfit: Mapping[str, str] | None = None,
    untold: Collection[str] = (),
) -> TcoComparison:
    """Every option of a scenario. `efforts` holds the porting effort by target id; an option whose target was not
    assessed is left out with a warning. Ages are judged on `as_of`. `declared` are the machines that the repository names.
    `roles` holds the median days by role and target, for rates that differ by role; `unfit` says of targets that cannot do
    what the repository does why: such an option is not offered as one that pays; `untold` are targets of which not
    enough is known to say what a port takes."""
    scenario = with_declared_fleet(scenario, declared)
    book = PriceBook(scenario.region, scenario.prices, price_lists, scenario.spot_overhead)
    left_out: list[str] = []
    options: list[OptionCost] = []
    used: list[Price] = []
    for option in scenario.options:
        if option.target_id and option.target_id not in efforts:
            left_out.append(f"{option.title}: left out, its target was not assessed")
            continue
        rate = day_rate(scenario, (roles or {}).get(option.target_id, NO_DAYS))
        cost, prices = _cost_of(option, scenario, book, efforts.get(option.target_id, NO_EFFORT), rate)
        if reason := (unfit or {}).get(option.target_id, ""):
            cost = _unfit(cost, reason)
        elif option.target_id in untold:
            cost = _without_figures(cost, "unclear", NOTHING_TOLD)
        options.append(cost)
        used.extend(prices)
    options = [_compared(option, options, scenario) for option in options]
    distinct = tuple(sorted(set(used), key=lambda price: (price.instance_type, price.purchase, price.region)))
    warnings = (
        *scenario_warnings(scenario, as_of),
        *price_warnings(scenario, book, distinct, as_of),
        *declared_warnings(scenario, declared),
        *left_out,
    )
    oldest = max((age_days(price, as_of) for price in distinct), default=0)
    return TcoComparison(scenario, tuple(options), warnings, declared, distinct, oldest)


# ---- one option ------------------------------------------------------------------------------------------------------


def _cost_of(
    option: Option, scenario: Scenario, book: PriceBook, effort: EffortEstimate, usd_per_day: Decimal
) -> tuple[OptionCost, tuple[Price, ...]]:
    """The option, and the prices that it rests on."""
    today = _today(scenario, book)
    new = (
        today
        if option.kind in ("stay", "right-size", "api")
        else book.find(option.instance_type, scenario.purchase_new, option.region)
    )
    if today is None or new is None:
        where = f"{_unknown(option, scenario, today)} in {scenario.region if today is None else option.region or scenario.region}"
        return _unpriced(option, new, f"No price is known for {where}: nothing is said about money."), ()
    terms = terms_of(option, scenario, today, new, effort, usd_per_day)
    required = required_ratio(terms) if option.kind == "move" else None
    if option.kind == "move" and option.ratio.level >= UNUSABLE_LEVEL:
        reason = f"Its speed is not known ({option.ratio.source}), so nothing is calculated; {needed_words(required)}."
        return replace(_unpriced(option, new, reason), verdict="unclear", required_ratio=required), new.prices
    cost = _stay(option, scenario, terms, today) if option.kind == "stay" else None
    cost = cost or _priced(option, scenario, terms, new, effort, required)
    return cost, tuple(price for price in dict.fromkeys(chain(today.prices, new.prices)) if price.source != OWNED)


def _today(scenario: Scenario, book: PriceBook) -> Bought | None:
    """Today's price; owned hardware has none, its running cost is given."""
    if scenario.owned:
        return Bought(Decimal(0), Decimal(0), (Price(scenario.fleet.instance_type, scenario.region, Decimal(0),
                      scenario.owned.purchase_date, "user", OWNED, "on-demand"),))  # fmt: skip
    return book.find(scenario.fleet.instance_type, scenario.purchase_today)


def _unknown(option: Option, scenario: Scenario, today: Bought | None) -> str:
    return scenario.fleet.instance_type if today is None else option.instance_type


def _unpriced(option: Option, price: Bought | None, reason: str) -> OptionCost:
    return OptionCost(
        option.id, option.title, option.target_id, option.instance_type, 0, price.list_usd_per_hour if price else None,
        price.as_of if price else "", price.basis if price else "", None, None, None, None, None, None, (),
        "no price", reason, _evidence(option), published=option.evidence, ratio=option.ratio if option.kind == "move" else None,
        devices_needed=option.devices_needed,
    )  # fmt: skip


def _stay(option: Option, scenario: Scenario, terms: Terms, today: Bought) -> OptionCost:
    zero = Decimal(0)
    alike = _alike(scenario)
    monthly = stay_monthly(terms, 1)
    nothing = MoneyRange(zero, zero, zero)
    rows = cumulative([zero] * (scenario.horizon_months + 1), scenario.discount_rate_per_year)
    return OptionCost(
        option.id, option.title, option.target_id, option.instance_type, scenario.fleet.count, today.list_usd_per_hour,
        today.as_of, today.basis, _whole(monthly), nothing, nothing, 0.0, None, None, rows, "baseline",
        "What the others are compared with.", "the same instances",
        contracted_usd_per_hour=today.usd_per_hour * (1 - scenario.discount_share),
        usd_per_million=_unit_cost(scenario, monthly + alike),
        idle_usd=_idle(scenario, terms, monthly, Decimal(scenario.fleet.count)),
        mean_instances=Decimal(scenario.fleet.count),
        alike_usd=_whole(alike),
    )  # fmt: skip


def _priced(
    option: Option, scenario: Scenario, terms: Terms, price: Bought, effort: EffortEstimate, required: float | None
) -> OptionCost:
    rows = cumulative(net_flows(terms), scenario.discount_rate_per_year)
    risk = risk_of(terms, Uncertain(spans_of(option, scenario, terms), effort, option.id))
    verdict = verdict_of(option, risk.chance)
    break_even = break_even_month(rows)
    one_off = MoneyRange(
        *(_whole(Decimal(str(value)) * terms.usd_per_day + terms.other_one_off_usd)
          for value in (effort.p10_days, effort.p50_days, effort.p90_days))
    )  # fmt: skip
    monthly = new_monthly(terms, 1) + kept_monthly(terms, 1)
    start = _best_start(terms) if option.kind in ("move", "api") else None
    is_api = option.kind == "api"
    alike, mean = _alike(scenario), None if is_api else mean_instances(terms, 1)
    return OptionCost(
        option.id, option.title, option.target_id, option.instance_type, 0 if is_api else peak_instances(terms),
        None if is_api else price.list_usd_per_hour, price.as_of, price.basis, _whole(monthly), one_off, risk.npv, risk.chance,
        break_even, required, rows, verdict,
        sentence_of(option, verdict, risk.npv, risk.chance, break_even, required, scenario), _evidence(option),
        contracted_usd_per_hour=None if is_api else price.usd_per_hour * (1 - scenario.discount_share),
        published=option.evidence, ratio=option.ratio if option.kind == "move" else None, band=risk.band, tornado=risk.tornado,
        break_even_instances=risk.break_even_instances,
        best_start_month=start[0] if start else None, best_start_npv_usd=_whole(start[1]) if start else None,
        usd_per_million=_unit_cost(scenario, monthly + alike), devices_needed=option.devices_needed,
        idle_usd=None if mean is None or option.share != 1 else _idle(scenario, terms, monthly, mean),
        mean_instances=mean, years=years_of(terms), alike_usd=_whole(alike),
        cases=risk.cases,
        grid=grid_of(terms, option.ratio) if option.kind == "move" else (),
    )  # fmt: skip


def _compared(option: OptionCost, options: Iterable[OptionCost], scenario: Scenario) -> OptionCost:
    """The option with what right-sizing alone would gain: most of a saving is often that."""
    right_size = next((other.npv.p50_usd for other in options if other.verdict == "no porting" and other.npv), None)
    if option.npv is None or right_size is None or option.verdict in WITHOUT_PORT:
        return option
    more = option.npv.p50_usd - right_size
    words = f" Right-sizing today's instances gains {in_currency(abs(more), scenario.currency)} {'less' if more >= 0 else 'more'}."
    verdict = against_right_size(option.verdict, option.npv.p50_usd, right_size)
    return replace(option, verdict=verdict, sentence=option.sentence + words, gain_over_right_size_usd=more)


def _unfit(cost: OptionCost, reason: str) -> OptionCost:
    """An option whose target cannot do what the repository does: nothing is said of what it saves."""
    return _without_figures(cost, "does not fit", f"{reason} Nothing is said about money for a use that it cannot take over.")


NOTHING_TOLD = "Not enough is known to say what the port takes: nothing is said about money."


def _without_figures(cost: OptionCost, verdict: str, sentence: str) -> OptionCost:
    return replace(
        cost, one_off=None, npv=None, probability_npv_positive=None, break_even_month=None, required_ratio=None, flows=(),
        band=(), tornado=(), cases=(), grid=(), years=(), mean_instances=None, break_even_instances=None, best_start_month=None,
        best_start_npv_usd=None, ratio=None,
        verdict=verdict, sentence=sentence,
    )  # fmt: skip


def _best_start(terms: Terms) -> tuple[int, Decimal] | None:
    """The month to start with the highest NPV, in steps of a quarter; None where no start pays."""
    rate = terms.discount_rate_per_year
    starts = range(0, terms.horizon_months - terms.dual_months, START_STEP_MONTHS)
    best, negative = max((net_present_value(net_flows(replace(terms, start_month=month)), rate), -month) for month in starts)
    return (-negative, best) if best > 0 else None


def _alike(scenario: Scenario) -> Decimal:
    """What every option pays a month besides: it changes no difference, but what a month and a million cost."""
    return scenario.besides.alike_usd if scenario.besides else Decimal(0)


def _idle(scenario: Scenario, terms: Terms, monthly: Decimal, instances: Decimal) -> Decimal | None:
    """The monthly cost of hours without work: instances paid for, less those that the average traffic keeps fully busy."""
    volume = scenario.volume
    if volume is None or not volume.average_per_second:
        return None
    busy = terms.load * scenario.utilisation_target * volume.average_per_second / volume.peak_per_second / terms.ratio
    return _whole(monthly * max(Decimal(0), 1 - busy / instances))


def _unit_cost(scenario: Scenario, monthly: Decimal) -> Decimal | None:
    """What a million requests, or output tokens, cost at today's average volume."""
    volume = scenario.volume
    if volume is None or not volume.average_per_second:
        return None
    millions = volume.average_per_second * 3600 * scenario.fleet.hours_per_month / 1_000_000
    return (monthly / millions).quantize(Decimal("0.0001"))


def _evidence(option: Option) -> str:
    if option.kind == "api":
        return "the price you gave"
    return f"level {option.ratio.level}: {option.ratio.source}" if option.kind == "move" else "the same instances"


def _whole(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1))
