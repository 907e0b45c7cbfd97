"""Fetches prices, refuses what cannot be true, and says what changed."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from analyzer.knowledge.price_checks import Row, check_rows
from analyzer.model.cost import Price, PriceList
from analyzer.price_source.aws import PriceSource

LIST_ID = "fetched"
SOURCE = "AWS APIs, fetched by `offramp prices refresh`"
LICENCE = "prices of the provider, fetched for your own use under its terms"

Key = tuple[str, str, str]


class PriceChange(NamedTuple):
    """A price before and after; None where there was or is none."""

    instance_type: str
    region: str
    purchase: str
    before: Price | None
    after: Price | None

    def line(self) -> str:
        """In a line: old, new, difference."""
        name = f"{self.instance_type} {self.region} {self.purchase}"
        if self.before is None or self.after is None:
            return f"{name}: {_usd(self.before)} -> {_usd(self.after)}"
        share = self.after.usd_per_hour / self.before.usd_per_hour - 1
        return f"{name}: {_usd(self.before)} -> {_usd(self.after)} ({share:+.1%})"


def fetched(source: PriceSource, instance_types: Iterable[str], region: str, on_type: Callable[[str], None]) -> list[Price]:
    """The prices of some instance types in a region. `on_type` is told each one before it is asked for."""
    prices: list[Price] = []
    for instance_type in instance_types:
        on_type(instance_type)
        prices.extend(source.fetch(instance_type, region))
    return prices


def refreshed(before: PriceList | None, prices: Sequence[Price], today: datetime.date) -> PriceList:
    """The user's list with new prices in place of older ones. Raises `UserInputError` for what cannot be true."""
    kept = {_key(price): price for price in (before.prices if before else ())}
    kept.update({_key(price): price for price in prices})
    rows = [Row(f"{price.instance_type} {price.purchase}", price) for price in kept.values()]
    check_rows(SOURCE, rows)
    ordered = tuple(kept[key] for key in sorted(kept))
    return PriceList(LIST_ID, today.isoformat(), SOURCE, LICENCE, ordered)


def changes(lists: Iterable[PriceList], prices: Iterable[Price]) -> Iterator[PriceChange]:
    """What is new or different against the newest of the lists that were known before."""
    known: dict[Key, Price] = {}
    for price_list in lists:
        for price in price_list.prices:
            older = known.get(_key(price))
            if older is None or price.as_of >= older.as_of:
                known[_key(price)] = price
    for price in sorted(prices, key=_key):
        before = known.get(_key(price))
        if before is None or before.usd_per_hour != price.usd_per_hour:
            yield PriceChange(*_key(price), before, price)


def _key(price: Price) -> Key:
    return price.instance_type, price.region, price.purchase


def _usd(price: Price | None) -> str:
    return "none" if price is None else f"{price.usd_per_hour:f} USD ({price.as_of}, {price.basis})"
