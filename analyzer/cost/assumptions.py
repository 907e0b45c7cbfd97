"""The figures that a comparison of costs rests on, each with its kind and source."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from analyzer.cost.cost_words import GO_FROM, MEASURED_LEVEL, UNLIKELY_BELOW, UNUSABLE_LEVEL, WORTH_ABOVE
from analyzer.cost.simulation import DRAWS, SEED
from analyzer.model.assumption import Assumption
from analyzer.model.cost import Scenario, Span, TcoComparison

GIVEN = "given in the workload file"
NOTHING = "nothing is counted unless you give it"
MONEY = ("usd_per_day_labour", "other_one_off_usd")
"""Keys of a scenario that hold US dollars; shown in the report's currency."""
YEAR, PERSON_DAYS = "a year", "person-days"

_DEALT = "the range that is drawn from has its own row, or stands with the effort"
SIMULATION = (
    Assumption("cost.seed", "Seed of the simulation of costs", str(SEED), "", "assumption",
               "any number; fixed so that the same input gives the same bytes", ""),
    Assumption("cost.draws", "Draws of the simulation of costs", f"{DRAWS:,}", "draws", "assumption",
               "over 30 seeds P10, P50 and P90 of a move with five uncertain inputs moved by at most 2.1 % of the width of its "
               "range, its chance of a gain by at most 0.8 points", "2026-11-26"),
    Assumption("cost.shape", "How an input is drawn between its low and high end", "PERT, weight 4 at its most likely value", "",
               "assumption", f"customary where three figures are all that is known; {_DEALT}", ""),
    Assumption("cost.verdicts", "Chances of a gain that words stand for",
               f"worth a proof of concept above {WORTH_ABOVE:.0%}; unlikely below {UNLIKELY_BELOW:.0%}; go from {GO_FROM:.0%}, "
               "on your own measurement only", "", "assumption", "judgement; no published figure was found", ""),
)  # fmt: skip
"""What the simulation itself is made with."""


def assumptions_of(comparison: TcoComparison) -> tuple[Assumption, ...]:
    """Every figure that the comparison rests on, with its kind and source."""
    scenario = comparison.scenario
    return (
        *SIMULATION, *_inputs(comparison), *_stated(scenario), *_bound(scenario), *_besides(scenario), *_prices(comparison),
        *_ratios(scenario),
    )  # fmt: skip


def _inputs(comparison: TcoComparison) -> Iterator[Assumption]:
    """What every scenario has, the user's or the default one's."""
    scenario = comparison.scenario
    spans = {span.key: span for span in scenario.spans}

    def row(key: str, title: str, unit: str, source: str, value: object = None) -> Assumption:
        is_left_out = source == NOTHING and not getattr(scenario, key) and key not in spans
        from_default = scenario.is_default or key in scenario.defaulted or is_left_out
        said = str(value) if value is not None else _with_range(scenario, key, spans.get(key))
        return Assumption(
            f"cost.{key}", title, said, scenario.currency.code if key in MONEY else unit, "assumption" if from_default else "user",
            source if from_default else GIVEN, "",
        )  # fmt: skip

    fleet = scenario.fleet
    is_declared = any(item.name == fleet.instance_type and item.count == fleet.count for item in comparison.declared)
    fleet_source = "as the repository declares" if is_declared else "nobody's workload"
    yours, utilisation = "no source: yours decides", "0.3 to 0.6 published for production inference (low confidence)"
    labour = "130.50 USD an hour loaded (US ML engineer, 2025-26, derived), 8 hours"
    upkeep = "40 to 320 hours, none published"
    yield row("fleet", "Today's fleet", "instances", fleet_source, f"{fleet.count} x {fleet.instance_type}")
    yield row("utilisation_today", "Utilisation at the busiest hour", "share", utilisation)
    yield row("utilisation_target", "Utilisation aimed at", "share", "common headroom practice")
    yield row("min_instances", "Fewest instances", "instances", "so that one may fail")
    yield row("usd_per_day_labour", "A person-day", "", labour)
    yield row("discount_rate_per_year", "Discount rate", YEAR, "use your cost of capital")
    yield row("horizon_months", "Horizon", "months", yours)
    yield row("dual_run_months", "Both fleets run for", "months", "1 to 3 is usual, none published")
    yield row("upkeep_days_per_year", "Upkeep of a port", f"{PERSON_DAYS} {YEAR}", upkeep)
    yield row("other_one_off_usd", "Instances for proof and compiling", "", yours)
    yield row("discount_share", "Discount on list prices", "share", "on demand")
    yield row("growth_per_year", "Growth of the traffic", YEAR, NOTHING)
    yield row("exit_days", "Leaving the new platform", PERSON_DAYS, NOTHING)


def _with_range(scenario: Scenario, key: str, span: Span | None) -> str:
    """A figure of the scenario, with its range where it has one."""
    factor = scenario.currency.per_usd if key in MONEY else Decimal(1)
    value = _figure(Decimal(getattr(scenario, key)) * factor)
    if span is None:
        return value
    low, high = (_figure(Decimal(str(end)) * factor) for end in (span.low, span.high))
    return f"{value} ({low} to {high})"


def _figure(value: Decimal) -> str:
    """Without the digits that only an exchange rate made."""
    rounded = round(value, 2) if abs(value) >= 1 else round(value, 4)
    return f"{rounded.normalize():,f}"


def _stated(scenario: Scenario) -> Iterator[Assumption]:
    """What only a workload file says; what stands at its neutral value is left out."""
    if scenario.is_default:
        return
    code, per_usd, volume = scenario.currency.code, scenario.currency.per_usd, scenario.volume
    if code != "USD":
        yield Assumption("cost.currency", f"{code} for one USD", str(per_usd), code, "user", GIVEN, scenario.currency.as_of)
    if scenario.fleet.hours_per_month != Decimal(730):
        yield _given("hours_per_month", "Hours that the fleet runs", _figure(scenario.fleet.hours_per_month), "hours a month")
    if volume is not None:
        unit = f"{volume.unit} a second"
        yield _given("peak_per_second", "Traffic at the busiest hour", _figure(volume.peak_per_second), unit)
        yield _given("average_per_second", "Traffic on average", _figure(volume.average_per_second), unit)
        if volume.output_tokens:
            tokens = f"{volume.input_tokens:,} in, {volume.output_tokens:,} out"
            yield _given("request_tokens", "Tokens of a request", tokens, "tokens")
    if scenario.hourly_profile:
        mean = sum(scenario.hourly_profile, Decimal(0)) / len(scenario.hourly_profile)
        yield _given("daily_profile", "A fleet that follows the day: load on average", _figure(mean), "share of the busiest hour")
    for key, title, unit in (
        ("spare_instances", "Spare instances", "instances"),
        ("scaling_overhead", "Hours in which instances run early or late", "share"),
        ("price_drift_per_year", "Change of prices", YEAR),
        ("ramp_months", "Traffic moves over", "months"), ("exit_probability", "Chance of leaving again", "share"),
    ):  # fmt: skip
        if getattr(scenario, key):
            yield _given(key, title, _figure(Decimal(getattr(scenario, key))), unit)
    if scenario.dual_run_share != 1:
        yield _given("dual_run_share", "Of the new fleet, while both run", _figure(scenario.dual_run_share), "share")
    for role, usd in scenario.role_rates:
        yield _given(f"labour.{role}", f"A person-day, {role.replace('-', ' ')}", _figure(usd * per_usd), code)


def _bound(scenario: Scenario) -> Iterator[Assumption]:
    """How hours are bought, what is bound already, hardware that is owned, and offers of a managed API."""
    code, per_usd = scenario.currency.code, scenario.currency.per_usd
    for key, title, shares in (
        ("purchase_today", "How today's hours are bought", scenario.purchase_today),
        ("purchase_new", "How new hours are bought", scenario.purchase_new),
    ):
        if not scenario.is_default and shares != (("on-demand", Decimal(1)),):
            yield _given(key, title, ", ".join(f"{way} {_figure(share)}" for way, share in shares), "share")
    for index, item in enumerate(scenario.commitments):
        size = f"{_figure(item.share)} of the fleet" if item.share else f"{code} {_figure(item.usd_per_month * per_usd)} a month"
        yield _given(f"commitment.{index}", f"Bound: {item.kind}", f"{size}, {item.months_left} months left", "")
    if scenario.owned:
        owned = scenario.owned
        for key, title, usd in (
            ("owned_monthly_usd", "Power, floor and support of owned hardware, a month", owned.monthly_usd),
            ("resale_now_usd", "What owned hardware sells for today", owned.resale_now_usd),
            ("resale_at_horizon_usd", "What it would sell for at the horizon", owned.resale_at_horizon_usd),
        ):
            yield _given(key, title, _figure(usd * per_usd), code)
    for option in scenario.options:
        if option.api_usd_per_month is not None:
            monthly = _figure(option.api_usd_per_month * per_usd)
            yield _given(f"api.{option.id}", f"{option.title}, at today's traffic", monthly, f"{code} a month")
            if option.upkeep_days_per_year is not None:
                days = _figure(option.upkeep_days_per_year)
                yield _given(f"api_upkeep.{option.id}", f"Upkeep of {option.title}", days, f"{PERSON_DAYS} {YEAR}")
        elif option.share != 1:
            yield _given(f"share.{option.id}", f"Share of the work that moves: {option.title}", _figure(option.share), "share")


def _besides(scenario: Scenario) -> Iterator[Assumption]:
    """Storage and data sent out, where the user states them."""
    besides = scenario.besides
    if besides is None:
        return
    code, per_usd = scenario.currency.code, scenario.currency.per_usd
    if besides.usd_per_gib_month:
        held = f"{_figure(besides.gib_per_instance)} for each instance, {_figure(besides.shared_gib)} once"
        yield _given("storage", "Storage", held, "GiB")
        yield _given("storage_price", "Price of storage", _figure(besides.usd_per_gib_month * per_usd), f"{code} a GiB and month")
    if besides.egress_gib_per_month:
        yield _given("egress", "Data sent out", _figure(besides.egress_gib_per_month), "GiB a month")
        price, unit = _figure(besides.usd_per_gib_out * per_usd), f"{code} a GiB"
        kind, source = ("reported", besides.egress_source) if besides.egress_source else ("user", GIVEN)
        yield Assumption("cost.egress_price", "Price of data sent out", price, unit, kind, source, besides.egress_as_of)


def _given(key: str, title: str, value: str, unit: str) -> Assumption:
    return Assumption(f"cost.{key}", title, value, unit, "user", GIVEN, "")


def _prices(comparison: TcoComparison) -> Iterator[Assumption]:
    home = comparison.scenario.region
    for price in comparison.prices_used:
        yield Assumption(
            f"cost.price.{price.instance_type}.{price.purchase}{'' if price.region == home else f'.{price.region}'}",
            f"Price of {price.instance_type}, {price.purchase}{'' if price.region == home else f', {price.region}'}",
            f"{price.usd_per_hour:f}", "USD an hour", "reported" if price.basis == "listed" else price.basis,
            price.source, price.as_of,
        )  # fmt: skip


def _ratios(scenario: Scenario) -> Iterator[Assumption]:
    """How fast the other instances are; one that is not known is not calculated with, so it is none."""
    for option in scenario.options:
        ratio = option.ratio
        if option.kind == "move" and ratio.level < UNUSABLE_LEVEL:
            yield Assumption(
                f"cost.ratio.{option.id}", f"Throughput of {option.instance_type} against {scenario.fleet.instance_type}",
                f"{ratio.low:.3g} to {ratio.high:.3g}, most likely {ratio.mid:.3g}", "times",
                "measured" if ratio.level <= MEASURED_LEVEL else "derived", f"level {ratio.level}: {ratio.source}", ratio.as_of,
            )  # fmt: skip
