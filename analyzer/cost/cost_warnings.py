"""What a reader should mind before believing a comparison of costs."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal

from analyzer.cost.cost_words import MEASURED_LEVEL, in_currency
from analyzer.cost.price_book import PriceBook, age_days
from analyzer.model.cost import OwnedHardware, Price, Scenario

STALE_AFTER_DAYS = 90
MEASURED_STALE_AFTER_DAYS = 180
KEY_IN_FILE = {
    "utilisation_today": "fleet.utilisation", "utilisation_target": "fleet.target_utilisation",
    "min_instances": "fleet.min_instances", "usd_per_day_labour": "labour.per_day", "other_one_off_usd": "move.other_one_off",
    "dual_run_months": "move.dual_run_months", "upkeep_days_per_year": "move.upkeep_days_per_year",
    "discount_share": "purchase.discount_share",
}  # fmt: skip
"""What a workload file calls the keys of a scenario that have another name there."""
WAY_OF = {
    "compute-savings-plan": "savings", "ec2-instance-savings-plan": "savings", "standard-reserved": "reserved",
    "convertible-reserved": "reserved", "capacity-block": "capacity",
}  # fmt: skip
"""The first word of the ways to buy that go with a kind of commitment."""


def scenario_warnings(scenario: Scenario, as_of: datetime.date) -> Iterable[str]:
    """What to mind about what was given, and about what was not."""
    if scenario.is_default:
        yield "This is the default scenario, not your workload: give yours with `--workload` before you decide anything."
    elif scenario.defaulted:
        missing = ", ".join(sorted(KEY_IN_FILE.get(key, key) for key in scenario.defaulted))
        yield f"Taken from the default scenario because yours does not say: {missing}."
    if scenario.utilisation_today > 1:
        yield (
            f"At the busiest hour today's fleet would run at {scenario.utilisation_today:.0%} of what it can do: check the peak "
            "rate, the throughput of an instance and the number of instances."
        )
    for kind in _unpriced_commitments(scenario):
        yield (
            f"A commitment of the kind {kind} is bound, and [purchase] today buys nothing that way: today's hours are counted at "
            "the price on demand, which is above what you pay."
        )
    for option in scenario.options:
        if option.kind == "api" and not option.target_id:
            yield f"{option.title}: the work of moving to it is not counted; assess the target managed-api to have it counted."
    for option in scenario.options:
        if option.kind == "move" and option.ratio.level == MEASURED_LEVEL and option.ratio.as_of:
            age = (as_of - datetime.date.fromisoformat(option.ratio.as_of)).days
            if age > MEASURED_STALE_AFTER_DAYS:
                yield f"{option.instance_type} was measured {age} days ago: SDK, drivers and models have moved on; measure again."
    if scenario.owned:
        books = in_currency(book_value(scenario.owned, as_of), scenario.currency)
        yield (
            f"What was paid for the hardware on {scenario.owned.purchase_date} is spent in every option and not counted "
            f"(book value {books}); its running cost and its resale value are."
        )


def _unpriced_commitments(scenario: Scenario) -> list[str]:
    """Kinds of commitment that today's ways to buy do not show; hardware of one's own has no price an hour."""
    bought = {way.split("-")[0] for way, _ in scenario.purchase_today}
    kinds = dict.fromkeys(item.kind for item in scenario.commitments if item.share and item.months_left)
    return [] if scenario.owned or scenario.is_default else [kind for kind in kinds if WAY_OF[kind] not in bought]


def book_value(owned: OwnedHardware, as_of: datetime.date) -> Decimal:
    """What the books still say of hardware, written off evenly over its life."""
    bought = datetime.date.fromisoformat(owned.purchase_date)
    months = (as_of.year - bought.year) * 12 + as_of.month - bought.month
    return owned.purchase_usd * max(Decimal(0), 1 - Decimal(months) / owned.book_life_months)


def price_warnings(scenario: Scenario, book: PriceBook, used: Iterable[Price], as_of: datetime.date) -> Iterable[str]:
    """Prices that are missing, old, derived, or on which lists differ."""
    home = scenario.region
    wanted = {(scenario.fleet.instance_type, home, scenario.purchase_today)}
    moves = [option for option in scenario.options if option.kind == "move"]
    wanted |= {(option.instance_type, option.region or home, scenario.purchase_new) for option in moves}
    for instance_type, region, shares in sorted(wanted):
        for purchase in book.missing(instance_type, shares, region):
            way = "" if purchase == "on-demand" else f" ({purchase})"
            yield (
                f"There is no price for {instance_type}{way} in {region}: nothing is said about money where it is "
                "needed. Give one as [[price]] in a workload file or with `--prices`, or fetch it with `offramp prices refresh`."
            )
    stale: dict[str, list[str]] = {}
    for price in used:
        if age_days(price, as_of) > STALE_AFTER_DAYS:
            stale.setdefault(price.as_of, []).append(price.instance_type)
    for day, names in sorted(stale.items()):
        age = (as_of - datetime.date.fromisoformat(day)).days
        yield f"Prices of {', '.join(sorted(set(names)))} are {age} days old ({day}): check them before you decide."
    derived = sorted({price.instance_type for price in used if price.basis == "derived"})
    if derived:
        yield f"Prices of {', '.join(derived)} are derived, not listed: `offramp prices refresh` fetches them."
    yield from book.disagreements(used)
