"""Refuses corrupt rows of price lists. Each rule stands for an error that was seen in a public table.

A price of zero or beyond any instance is refused where the number is read; here are the rules that look at several rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from analyzer.knowledge.toml_reader import Table, read_rules_file
from analyzer.model.cost import Price
from analyzer.model.errors import UserInputError

SPOT_WITHOUT_POOL = Decimal("0.95")
"""A spot price this near to on demand: nobody offers spare capacity there."""
WIDEST_SPREAD = Decimal(2)
"""Between the dearest and the cheapest region for one instance type: no provider asks more than twice."""
COMMITTED = ("savings-plan-1y", "savings-plan-3y", "reserved-1y", "reserved-3y")
SUPERSEDED_WITHIN = Decimal("0.002")


class Row(NamedTuple):
    """A price and its place in the file, for messages."""

    place: str
    price: Price


def check_rows(source: str, rows: Sequence[Row]) -> None:
    """Raises `UserInputError` naming file, row and rule for the first row that cannot be true."""
    for problem in _problems(rows):
        row, rule, reason = problem
        name = f"{row.price.instance_type} in {row.price.region}, {row.price.purchase}"
        raise UserInputError(source, row.place, f"{name}: {reason} (rule {rule})")


def _problems(rows: Sequence[Row]) -> Iterator[tuple[Row, str, str]]:
    by_key: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        price = row.price
        before = by_key.setdefault((price.instance_type, price.region, price.purchase), row)
        if before.price.usd_per_hour != price.usd_per_hour:
            reason = f"{price.usd_per_hour} here and {before.price.usd_per_hour} at {before.place}"
            yield row, "one-price", reason
        yield from _superseded(row)
    for (name, region, purchase), row in by_key.items():
        listed = by_key.get((name, region, "on-demand"))
        if listed is not None and purchase != "on-demand":
            yield from _against_on_demand(row, listed.price.usd_per_hour)
    yield from _spreads(by_key.values())


def _against_on_demand(row: Row, on_demand: Decimal) -> Iterator[tuple[Row, str, str]]:
    usd, purchase = row.price.usd_per_hour, row.price.purchase
    if purchase == "spot" and usd > on_demand:
        yield row, "spot-above-on-demand", f"{usd} is above the on-demand price {on_demand}: a wrong product was matched"
    elif purchase == "spot" and usd > on_demand * SPOT_WITHOUT_POOL:
        yield row, "no-spot-pool", f"{usd} is more than {SPOT_WITHOUT_POOL:.0%} of the on-demand price {on_demand}: no real pool"
    elif purchase in COMMITTED and usd > on_demand:
        yield row, "commitment-above-on-demand", f"{usd} is above the on-demand price {on_demand}"


def _spreads(rows: Iterable[Row]) -> Iterator[tuple[Row, str, str]]:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.price.purchase != "spot":  # the price of spare capacity does differ that much
            groups[row.price.instance_type, row.price.purchase].append(row)
    for group in groups.values():
        cheapest = min(group, key=lambda row: row.price.usd_per_hour)
        dearest = max(group, key=lambda row: row.price.usd_per_hour)
        if dearest.price.usd_per_hour > WIDEST_SPREAD * cheapest.price.usd_per_hour:
            reason = f"{dearest.price.usd_per_hour} is more than twice the {cheapest.price.usd_per_hour} in {cheapest.price.region}"
            yield dearest, "region-spread", reason


def _superseded(row: Row) -> Iterator[tuple[Row, str, str]]:
    price = row.price
    for old in _superseded_prices():
        same = (old.instance_type, old.region) == (price.instance_type, price.region) and price.purchase == "on-demand"
        if same and abs(price.usd_per_hour - old.usd_per_hour) <= old.usd_per_hour * SUPERSEDED_WITHIN:
            yield row, "superseded", f"{price.usd_per_hour} is the price before the cut of {old.as_of}"


@lru_cache(maxsize=1)
def _superseded_prices() -> tuple[Price, ...]:
    """Former prices; `as_of` is the day of the cut."""
    document = read_rules_file("superseded_prices")
    prices = tuple(_former(table) for table in document.tables("superseded"))
    document.finish()
    return prices


def _former(table: Table) -> Price:
    price = Price(
        table.text("instance_type"), table.text("region"), table.decimal("usd_per_hour"), table.text("since"), "listed", "",
    )  # fmt: skip
    table.finish()
    return price
