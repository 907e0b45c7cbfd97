"""Loads price lists and refuses corrupt rows."""

from __future__ import annotations

import datetime
from decimal import Decimal
from functools import lru_cache

from analyzer.knowledge.data_files import toml_files
from analyzer.knowledge.toml_reader import Table, read_toml
from analyzer.model.cost import Price, PriceList

LOWEST_USD_PER_HOUR = Decimal("0.001")
HIGHEST_USD_PER_HOUR = Decimal(500)
"""Sentinels such as 700.0 stand in public tables for prices that do not exist: nothing sold by the hour costs more."""


@lru_cache(maxsize=1)
def load_price_lists() -> tuple[PriceList, ...]:
    """All price lists under `rules/prices`, sorted by file name."""
    return tuple(read_price_list(read_toml(source, file)) for source, file in toml_files("prices"))


def read_price_list(document: Table) -> PriceList:
    """One list. Raises `UserInputError` for a price that is zero, negative or beyond any instance."""
    list_id, as_of, region = document.text("id"), read_date(document, "as_of"), document.text("region")
    source, licence = document.text("source"), document.text("licence")
    table = document.table("usd_per_hour")
    prices = []
    for name in table.values:
        usd = table.decimal(name, low=LOWEST_USD_PER_HOUR, high=HIGHEST_USD_PER_HOUR)
        prices.append(Price(name, region, usd, as_of, "listed", source))
    document.finish()
    return PriceList(list_id, as_of, source, licence, tuple(sorted(prices, key=lambda price: price.instance_type)))


def read_date(table: Table, key: str) -> str:
    """A date as written. Raises `UserInputError` where it is none."""
    text = table.text(key)
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise table.fail(key, f"is {text!r}, must be a date such as 2026-07-20") from None
