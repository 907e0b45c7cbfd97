"""Reads a workload file (TOML, `version = 1`): what the user serves, on what, how it is bought, and what a move would cost.

What is left out is taken from the default scenario and listed. Every refusal names file, key and allowed range.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

from analyzer.knowledge.besides import read_besides
from analyzer.knowledge.prices import HIGHEST_USD_PER_HOUR, LOWEST_USD_PER_HOUR
from analyzer.knowledge.scenario import MOST_MONEY, ONE, ScenarioReader, with_dual_run_in_horizon
from analyzer.knowledge.toml_reader import Table, nearest
from analyzer.knowledge.workload_parts import (
    checked_volume,
    read_commitment,
    read_currency,
    read_latency,
    read_measurements,
    read_model,
    read_owned,
    read_profile,
    read_purchases,
    read_volume,
)
from analyzer.model.cost import PURCHASES, Currency, Fleet, Price, Scenario
from analyzer.model.workload_file import ApiOffer, Candidate, Workload

VERSION = 1
TRAINING = "training"
ROLES = ("ml-engineer", "kernel-engineer", "platform-engineer")
ZERO = Decimal(0)
SPOT_OVERHEAD = Decimal("0.05")
"""Of spot hours, for interruptions, where nothing is said (assumption)."""


def is_workload_file(document: Table) -> bool:
    """Whether a file has the present format; the older one has no `version`."""
    return document.has("version")


def read_workload(document: Table, base: Scenario, today: datetime.date) -> Workload:
    """The file as values. `base` is the default scenario. Raises `UserInputError`."""
    version = document.integer("version")
    if version != VERSION:
        raise document.fail("version", f"is {version}, must be {VERSION}")
    currency = read_currency(document, today)
    rate = ONE / currency.per_usd
    reader = ScenarioReader(document, base)
    fleet_table, move, labour = (document.table(name, {}) for name in ("fleet", "move", "labour"))
    traffic, purchase = document.table("traffic", {}), document.table("purchase", {})
    fleet = _fleet(fleet_table, base)
    owned = read_owned(document, rate, today)
    if owned and purchase.has("today"):
        raise purchase.fail("today", "contradicts [owned]: hardware that was bought has no price an hour")
    region = document.text("region", base.region)
    profile = read_profile(traffic)
    volume = checked_volume(traffic, read_volume(traffic), profile)
    scenario = Scenario(
        id="workload",
        title=document.text("title", "Your workload"),
        is_default=False,
        region=region,
        currency=currency,
        fleet=fleet,
        discount_share=reader.number("discount_share", ZERO, Decimal("0.95"), purchase),
        utilisation_today=reader.number("utilisation_today", Decimal("0.01"), ONE, fleet_table, "utilisation"),
        utilisation_target=reader.number("utilisation_target", Decimal("0.05"), ONE, fleet_table, "target_utilisation"),
        min_instances=reader.integer("min_instances", 1, 10_000, fleet_table),
        usd_per_day_labour=reader.number("usd_per_day_labour", ONE, Decimal(10) ** 7, labour, "per_day", rate),
        other_one_off_usd=reader.number("other_one_off_usd", ZERO, MOST_MONEY, move, "other_one_off", rate),
        horizon_months=reader.integer("horizon_months", 1, 120),
        discount_rate_per_year=reader.number("discount_rate_per_year", ZERO, ONE),
        dual_run_months=reader.integer("dual_run_months", 0, 36, move),
        upkeep_days_per_year=reader.number("upkeep_days_per_year", ZERO, Decimal(2000), move),
        commitments=tuple(read_commitment(table, rate) for table in document.tables("commitment", [])),
        options=(),
        prices=tuple(_price(table, region, currency, today) for table in document.tables("price", [])),
        defaulted=tuple(sorted(reader.defaulted)),
        role_rates=tuple((role, labour.decimal(role, low=ONE, high=Decimal(10) ** 7) * rate) for role in ROLES if labour.has(role)),
        purchase_today=read_purchases(purchase, "today"),
        purchase_new=read_purchases(purchase, "new"),
        spot_overhead=purchase.decimal("spot_overhead", SPOT_OVERHEAD, high=ONE),
        spare_instances=fleet_table.integer("spare_instances", 0, high=1000),
        scaling_overhead=traffic.decimal("scaling_overhead", ZERO, high=ONE),
        hourly_profile=profile if traffic.flag("autoscaled", False) else (),
        growth_per_year=_ranged(reader, "growth_per_year", Decimal("-0.9"), Decimal(10), traffic),
        price_drift_per_year=_ranged(reader, "price_drift_per_year", Decimal("-0.9"), ONE, purchase),
        dual_run_share=move.decimal("dual_run_share", ONE, high=ONE),
        ramp_months=move.integer("ramp_months", 0, high=36),
        exit_days=move.decimal("exit_days", ZERO, high=Decimal(100_000)),
        exit_probability=move.decimal("exit_probability", ZERO, high=ONE),
        owned=owned,
        besides=read_besides(document, rate),
        volume=volume,
        spans=tuple(reader.spans),
    )
    if "min_instances" in reader.defaulted:
        scenario = replace(scenario, min_instances=min(scenario.min_instances, fleet.count))
    scenario = with_dual_run_in_horizon(move, "dual_run_months", scenario, "dual_run_months" not in reader.defaulted)
    model_table = document.table("model", {})
    allowed = "accuracy_loss_allowed"
    loss = model_table.decimal(allowed, high=ONE) if model_table.has(allowed) else None
    model = read_model(model_table)
    scenario = replace(scenario, hours_follow_speed=model.kind == TRAINING)
    workload = Workload(
        scenario, model, read_latency(document.table("latency", {})),
        fleet_table.decimal("serving_share", ONE, low=Decimal("0.01"), high=ONE), _throughput(fleet_table),
        tuple(_candidate(table) for table in document.tables("candidate", [])),
        tuple(_offer(table, rate, today) for table in document.tables("api", [])),
        read_measurements(document, today), loss,
    )  # fmt: skip
    if workload.offers and (volume is None or not volume.output_tokens or not volume.average_per_second):
        raise document.fail("api", "needs [traffic] with peak and average rates, input_tokens and output_tokens")
    for table in (fleet_table, move, labour, traffic, purchase):
        table.finish()
    document.finish()
    return workload


def _ranged(reader: ScenarioReader, key: str, low: Decimal, high: Decimal, table: Table) -> Decimal:
    """A number that is 0 where it is left out, without a note: no growth is what everybody expects."""
    return reader.number(key, low, high, table) if key in table.values else ZERO


def _fleet(table: Table, base: Scenario) -> Fleet:
    if not table.values:
        raise table.fail("", "is missing: a workload file needs [fleet] with instance_type and count")
    return Fleet(
        table.text("instance_type"), table.integer("count", low=1, high=100_000),
        table.decimal("hours_per_month", base.fleet.hours_per_month, low=ONE, high=Decimal(744)),
    )  # fmt: skip


def _throughput(table: Table) -> Decimal | None:
    key = "throughput_per_instance"
    return table.decimal(key, low=Decimal("0.000001")) if table.has(key) else None


def _candidate(table: Table) -> Candidate:
    candidate = Candidate(table.text("instance_type"), table.text("target", ""), table.text("title", ""), table.text("region", ""))
    table.finish()
    return candidate


def _offer(table: Table, rate: Decimal, today: datetime.date) -> ApiOffer:
    name = table.text("id")
    offer = ApiOffer(
        name, table.text("title", f"Managed API: {name}"), table.decimal("input_per_million", high=MOST_MONEY) * rate,
        table.decimal("output_per_million", high=MOST_MONEY) * rate, table.date("as_of", today=today),
        table.decimal("upkeep_days_per_year", high=Decimal(2000)) if table.has("upkeep_days_per_year") else None,
    )  # fmt: skip
    if not offer.usd_per_million_input + offer.usd_per_million_output:
        raise table.fail("output_per_million", "is 0 like input_per_million: a missing price is not a zero")
    table.finish()
    return offer


def _price(table: Table, region: str, currency: Currency, today: datetime.date) -> Price:
    """A price of the user's, in dollars or in the currency of the file."""
    own = table.text("currency", currency.code)
    if own not in (currency.code, "USD"):
        raise table.fail("currency", f"is {own}; the file is in {currency.code}: give all prices in that or in USD")
    if table.has("per_hour") == table.has("usd_per_hour"):
        raise table.fail("usd_per_hour", f"give either usd_per_hour, or per_hour in {currency.code}")
    if table.has("per_hour"):
        factor = ONE if own == "USD" else currency.per_usd
        usd = table.decimal("per_hour", low=LOWEST_USD_PER_HOUR * factor, high=HIGHEST_USD_PER_HOUR * factor) / factor
    else:
        usd = table.decimal("usd_per_hour", low=LOWEST_USD_PER_HOUR, high=HIGHEST_USD_PER_HOUR)
    price = Price(
        table.text("instance_type"), table.text("region", region), usd, table.date("as_of", today=today), "user",
        table.text("source", "given in the workload file"), table.text("purchase", "on-demand", choices=PURCHASES),
    )  # fmt: skip
    table.finish()
    return price


def check_known(document: Table, workload: Workload, instance_types: set[str], regions: set[str]) -> None:
    """Raises `UserInputError` for a region or an instance type that nothing knows of, naming the nearest one."""
    scenario = workload.scenario
    own = {price.instance_type for price in scenario.prices} | {item.instance_type for item in workload.measurements}
    known, places = instance_types | own, regions | {price.region for price in scenario.prices}
    wanted = [("region", scenario.region)]
    wanted += [(f"candidate[{index}].region", item.region) for index, item in enumerate(workload.candidates) if item.region]
    for key, place in wanted:
        if place not in places:
            hint = nearest(place, places) or f"; known are {', '.join(sorted(places))}"
            raise document.fail(key, f"{place!r} is in no price list{hint}. Give a [[price]] for it, or --prices")
    named = [("fleet.instance_type", scenario.fleet.instance_type)]
    named += [(f"candidate[{index}].instance_type", item.instance_type) for index, item in enumerate(workload.candidates)]
    for key, name in named:
        if name not in known and not (scenario.owned and name == scenario.fleet.instance_type):
            raise document.fail(key, f"{name!r} is not known{nearest(name, known)}: give its price as [[price]]")
