"""Loads scenarios: the default one, and the user's on top of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from analyzer.knowledge.data_files import data_folder
from analyzer.knowledge.prices import HIGHEST_USD_PER_HOUR, LOWEST_USD_PER_HOUR, read_date
from analyzer.knowledge.toml_reader import MISSING, Table, read_toml, read_toml_path
from analyzer.model.cost import Fleet, Option, PerformanceRatio, Price, Scenario

DEFAULT_SOURCE = "rules/scenarios/default.toml"
OPTION_KINDS = ("stay", "right-size", "move")
ONE = Decimal(1)


def load_default_scenario() -> Scenario:
    """The scenario that is used until the user gives one."""
    document = read_toml(DEFAULT_SOURCE, data_folder("rules").joinpath("scenarios").joinpath("default.toml"))
    return _read(document, None)


def load_scenario(path: Path) -> Scenario:
    """The user's scenario; what it leaves out is taken from the default one and listed in `defaulted`.

    Raises `UserInputError` naming file, key and allowed range.
    """
    return _read(read_toml_path(path), load_default_scenario())


def _read(document: Table, base: Scenario | None) -> Scenario:
    defaulted: list[str] = []

    def number(key: str, low: Decimal, high: Decimal) -> Decimal:
        if base is not None and not document.has(key):
            defaulted.append(key)
            value: Decimal = getattr(base, key)
            return value
        return document.decimal(key, low=low, high=high)

    def integer(key: str, low: int, high: int) -> int:
        if base is not None and not document.has(key):
            defaulted.append(key)
            value: int = getattr(base, key)
            return value
        return document.integer(key, low=low, high=high)

    region = document.text("region", base.region if base else "us-east-1")
    scenario_id = document.text("id", "user" if base else "default")
    title = document.text("title", "Your scenario" if base else "")
    if base is not None and not document.has("fleet"):
        defaulted.append("fleet")
        fleet = base.fleet
    else:
        fleet = _fleet(document.table("fleet"), base.fleet if base else None)
    if base is not None and not document.has("option"):
        defaulted.append("option")
        options = _with_fleet(base.options, fleet)
    else:
        options = tuple(_option(table) for table in document.tables("option"))
    scenario = Scenario(
        id=scenario_id,
        title=title,
        is_default=base is None,
        region=region,
        currency="USD",
        fleet=fleet,
        discount_share=number("discount_share", Decimal(0), Decimal("0.95")),
        utilisation_today=number("utilisation_today", Decimal("0.01"), ONE),
        utilisation_target=number("utilisation_target", Decimal("0.05"), ONE),
        min_instances=integer("min_instances", 1, 10_000),
        usd_per_day_labour=number("usd_per_day_labour", Decimal(1), Decimal(20_000)),
        other_one_off_usd=number("other_one_off_usd", Decimal(0), Decimal(10**9)),
        horizon_months=integer("horizon_months", 1, 120),
        discount_rate_per_year=number("discount_rate_per_year", Decimal(0), ONE),
        dual_run_months=integer("dual_run_months", 0, 36),
        upkeep_days_per_year=number("upkeep_days_per_year", Decimal(0), Decimal(2000)),
        commitment_share=number("commitment_share", Decimal(0), ONE),
        commitment_months_left=integer("commitment_months_left", 0, 120),
        options=options,
        prices=tuple(_price(table, region) for table in document.tables("price", [])),
        defaulted=tuple(sorted(defaulted)),
    )
    if scenario.dual_run_months >= scenario.horizon_months:
        raise document.fail(
            "dual_run_months",
            f"is {scenario.dual_run_months}, must be below horizon_months ({scenario.horizon_months})",
        )
    document.finish()
    return scenario


def _fleet(table: Table, base: Fleet | None) -> Fleet:
    fleet = Fleet(
        table.text("instance_type", base.instance_type if base else MISSING),
        table.integer("count", base.count if base else MISSING, low=1, high=100_000),
        table.decimal("hours_per_month", base.hours_per_month if base else Decimal(730), low=ONE, high=Decimal(744)),
    )
    table.finish()
    return fleet


def _with_fleet(options: tuple[Option, ...], fleet: Fleet) -> tuple[Option, ...]:
    """The default options, where staying means the fleet's own instance type."""
    return tuple(
        Option(option.id, option.title, option.kind, option.target_id, fleet.instance_type, option.ratio)
        if option.kind != "move"
        else option
        for option in options
    )


def _option(table: Table) -> Option:
    kind = table.text("kind", choices=OPTION_KINDS)
    ratio = _ratio(table.table("ratio")) if kind == "move" else PerformanceRatio(1.0, 1.0, 1.0, 1, "the same instances", "")
    option = Option(table.text("id"), table.text("title"), kind, table.text("target", ""), table.text("instance_type"), ratio)
    table.finish()
    return option


def _ratio(table: Table) -> PerformanceRatio:
    ratio = PerformanceRatio(
        table.number("low", low=0.001, high=1000), table.number("mid", low=0.001, high=1000),
        table.number("high", low=0.001, high=1000), table.integer("level", low=1, high=6), table.text("source"),
        read_date(table, "as_of"),
    )  # fmt: skip
    if not ratio.low <= ratio.mid <= ratio.high:
        raise table.fail("mid", "must lie between low and high")
    table.finish()
    return ratio


def _price(table: Table, region: str) -> Price:
    price = Price(
        table.text("instance_type"), table.text("region", region),
        table.decimal("usd_per_hour", low=LOWEST_USD_PER_HOUR, high=HIGHEST_USD_PER_HOUR), read_date(table, "as_of"),
        "user", table.text("source", "given in the scenario"),
    )  # fmt: skip
    table.finish()
    return price
