"""Loads price lists: the shipped ones, the one that `offramp prices refresh` writes, and a file of the user's.

A list is TOML: `[usd_per_hour]` with on-demand prices of one region, `[[price]]` rows with region and way of buying, and
`[[multiplier]]` rows, from which the prices of other regions are derived. Corrupt rows are refused (`price_checks`).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from analyzer.knowledge.data_files import toml_files
from analyzer.knowledge.price_checks import Row, check_rows
from analyzer.knowledge.price_place import user_price_file
from analyzer.knowledge.toml_reader import MISSING, Table, read_toml, read_toml_path
from analyzer.knowledge.toml_text import quoted
from analyzer.model.cost import PURCHASES, Price, PriceList

LOWEST_USD_PER_HOUR = Decimal("0.001")
HIGHEST_USD_PER_HOUR = Decimal(500)
"""Sentinels such as 700.0 stand in public tables for prices that do not exist: nothing sold by the hour costs more."""
BASES = ("listed", "derived", "user")


@lru_cache(maxsize=1)
def load_price_lists() -> tuple[PriceList, ...]:
    """All price lists under `rules/prices`, sorted by file name; derived ones after the list that they rest on."""
    documents = [read_toml(source, file) for source, file in toml_files("prices")]
    lists = {read.id: read for read in (read_price_list(document) for document in documents if not document.has("base"))}
    for document in documents:
        if document.has("base"):
            derived = _derived_list(document, lists)
            lists[derived.id] = derived
    return tuple(lists.values())


def load_price_file(path: Path, today: datetime.date) -> PriceList:
    """A list of the user's. Raises `UserInputError` naming file, row and the rule that the row breaks, also for a price
    of a day after `today`."""
    return replace(read_price_list(read_toml_path(path), today), is_explicit=True)


def load_user_prices(today: datetime.date) -> tuple[PriceList, ...]:
    """The list that `offramp prices refresh` wrote, if it did."""
    path = user_price_file()
    return (read_price_list(read_toml_path(path), today),) if path is not None and path.is_file() else ()


def read_price_list(document: Table, today: datetime.date | None = None) -> PriceList:
    """One list. Raises `UserInputError` for a row that breaks a rule of `price_checks`."""
    list_id, as_of = document.text("id"), document.date("as_of", today=today)
    source, licence = document.text("source"), document.text("licence", "")
    currency = document.text("currency", "USD")
    if currency != "USD":
        raise document.fail("currency", f"is {currency!r}; a price list is in USD: convert it, a workload file has the rate")
    region = document.text("region", "")
    rows = [*_on_demand(document, region, as_of, source), *_rows(document, region, as_of, source, today)]
    check_rows(document.source, rows)
    document.finish()
    prices = sorted((row.price for row in rows), key=lambda price: (price.instance_type, price.region, price.purchase))
    return PriceList(list_id, as_of, source, licence, tuple(prices))


def _on_demand(document: Table, region: str, as_of: str, source: str) -> Iterator[Row]:
    """The rows of `[usd_per_hour]`."""
    table = document.table("usd_per_hour", {})
    if table.values and not region:
        raise document.fail("region", "is missing: [usd_per_hour] holds the prices of one region")
    for name in table.values:
        usd = table.decimal(name, low=LOWEST_USD_PER_HOUR, high=HIGHEST_USD_PER_HOUR)
        yield Row(table.key(name), Price(name, region, usd, as_of, "listed", source))


def _rows(document: Table, region: str, as_of: str, source: str, today: datetime.date | None) -> Iterator[Row]:
    """The `[[price]]` rows."""
    for table in document.tables("price", []):
        yield Row(table.place, read_price(table, region, as_of, source, "listed", today))


def read_price(
    table: Table, region: str, as_of: str, source: str, basis: str, today: datetime.date | None = None
) -> Price:  # fmt: skip
    """One `[[price]]` row; what it leaves out (region, date, source) is that of its document."""
    price = Price(
        table.text("instance_type"), table.text("region", region or MISSING),
        table.decimal("usd_per_hour", low=LOWEST_USD_PER_HOUR, high=HIGHEST_USD_PER_HOUR),
        table.date("as_of", today=today) if table.has("as_of") or not as_of else as_of,
        table.text("basis", basis, choices=BASES), table.text("source", source),
        table.text("purchase", "on-demand", choices=PURCHASES),
    )  # fmt: skip
    table.finish()
    return price


def _derived_list(document: Table, lists: dict[str, PriceList]) -> PriceList:
    """Prices of other regions: those of a base list times the ratio of the instance's family."""
    list_id, as_of = document.text("id"), document.date("as_of")
    source, licence = document.text("source"), document.text("licence")
    base = document.text("base")
    if base not in lists:
        raise document.fail("base", f"is {base!r}, must be one of {', '.join(sorted(lists))}")
    prices = []
    for table in document.tables("multiplier"):
        region, families = table.text("region"), table.texts("families")
        factor = table.decimal("factor", low=Decimal("0.5"), high=Decimal(2))
        table.finish()
        for price in lists[base].prices:
            if price.instance_type.split(".")[0] in families and price.purchase == "on-demand":
                usd = (price.usd_per_hour * factor).quantize(Decimal("0.000001")).normalize()
                prices.append(Price(price.instance_type, region, usd, min(as_of, price.as_of), "derived", source))
    document.finish()
    prices.sort(key=lambda price: (price.instance_type, price.region))
    return PriceList(list_id, as_of, source, licence, tuple(prices))


def price_list_text(price_list: PriceList) -> str:
    """A list as TOML that `read_price_list` reads."""
    head = [("id", price_list.id), ("as_of", price_list.as_of), ("source", price_list.source), ("licence", price_list.licence)]
    lines = [f"{key} = {quoted(value)}" for key, value in head]
    for price in price_list.prices:
        lines += [
            "", "[[price]]", f"instance_type = {quoted(price.instance_type)}", f"region = {quoted(price.region)}",
            f"purchase = {quoted(price.purchase)}", f"usd_per_hour = {price.usd_per_hour:f}", f"as_of = {quoted(price.as_of)}",
            f"basis = {quoted(price.basis)}", f"source = {quoted(price.source)}",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"
