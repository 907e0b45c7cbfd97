"""Loads scenarios: the default one, and the user's on top of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from analyzer.knowledge.prices import read_price
from analyzer.knowledge.toml_reader import MISSING, Table, read_rules_file, read_toml_path
from analyzer.model.cost import USD, Commitment, Fleet, Option, PerformanceRatio, Scenario, Span

OPTION_KINDS = ("stay", "right-size", "move")
ONE = Decimal(1)
MOST_MONEY = Decimal(10) ** 10
"""Of any one amount, in the currency of its file: what lies above is an error in a unit."""
WORKLOAD_TABLES = (
    "currency",
    "model",
    "traffic",
    "latency",
    "purchase",
    "owned",
    "labour",
    "move",
    "storage",
    "egress",
    "candidate",
    "measurement",
)
SPAN_TITLES = {
    "utilisation_today": "Utilisation at the busiest hour",
    "discount_share": "Discount on list prices",
    "usd_per_day_labour": "A person-day, USD",
    "other_one_off_usd": "Instances for proof and compiling, USD",
    "dual_run_months": "Months in which both fleets run",
    "upkeep_days_per_year": "Upkeep of a port, person-days a year",
    "growth_per_year": "Growth of the traffic a year",
    "price_drift_per_year": "Change of prices a year",
}
"""What may be given as a range."""


def load_default_scenario() -> Scenario:
    """The scenario that is used until the user gives one."""
    document = read_rules_file("scenarios/default")
    return _read(document, None)


def load_scenario(path: Path) -> Scenario:
    """The user's scenario; what it leaves out is taken from the default one and listed in `defaulted`.

    Raises `UserInputError` naming file, key and allowed range.
    """
    return read_scenario(read_toml_path(path), load_default_scenario())


def read_scenario(document: Table, base: Scenario) -> Scenario:
    """The older format of a user's file, on top of the default scenario. Raises `UserInputError`."""
    for name in WORKLOAD_TABLES:
        if name in document.values:
            raise document.fail(name, "belongs to a workload file: begin the file with `version = 1`")
    return _read(document, base)


def _read(document: Table, base: Scenario | None) -> Scenario:
    reader = ScenarioReader(document, base)
    number, integer = reader.number, reader.integer
    region = document.text("region", base.region if base else "us-east-1")
    scenario_id = document.text("id", "user" if base else "default")
    title = document.text("title", "Your scenario" if base else "")
    fleet = _fleet(document.table("fleet"), base.fleet if base else None) if reader.gives("fleet") else reader.base.fleet
    if reader.gives("option"):
        options = tuple(_option(table) for table in document.tables("option"))
    else:
        options = _with_fleet(reader.base.options, fleet)
    scenario = Scenario(
        id=scenario_id,
        title=title,
        is_default=base is None,
        region=region,
        currency=USD,
        fleet=fleet,
        discount_share=number("discount_share", Decimal(0), Decimal("0.95")),
        utilisation_today=number("utilisation_today", Decimal("0.01"), ONE),
        utilisation_target=number("utilisation_target", Decimal("0.05"), ONE),
        min_instances=integer("min_instances", 1, 10_000),
        usd_per_day_labour=number("usd_per_day_labour", ONE, Decimal(20_000)),
        other_one_off_usd=number("other_one_off_usd", Decimal(0), MOST_MONEY),
        horizon_months=integer("horizon_months", 1, 120),
        discount_rate_per_year=number("discount_rate_per_year", Decimal(0), ONE),
        dual_run_months=integer("dual_run_months", 0, 36),
        upkeep_days_per_year=number("upkeep_days_per_year", Decimal(0), Decimal(2000)),
        commitments=_commitments(document),
        options=options,
        prices=tuple(read_price(table, region, "", "given in the scenario", "user") for table in document.tables("price", [])),
        defaulted=tuple(sorted(reader.defaulted)),
        spans=tuple(reader.spans),
    )
    scenario = with_dual_run_in_horizon(document, "dual_run_months", scenario, "dual_run_months" not in reader.defaulted)
    document.finish()
    return scenario


class ScenarioReader:
    """Reads numbers that may be left out, or given as a range; what is left out is the base's, and noted."""

    def __init__(self, document: Table, base: Scenario | None) -> None:
        self.document = document
        self._base = base
        self.defaulted: list[str] = []
        self.spans: list[Span] = []

    @property
    def base(self) -> Scenario:
        """The scenario whose values stand where nothing is given."""
        if self._base is None:
            raise LookupError("only the default scenario has no base, and it leaves nothing out")
        return self._base

    def gives(self, key: str, table: Table | None = None, name: str = "") -> bool:
        """Whether the key is there; notes where it is not. `name` is its name in the file where that is another."""
        table = table or self.document
        if self._base is None or table.has(name or key):
            return True
        self.defaulted.append(key)
        return False

    def number(
        self, key: str, low: Decimal, high: Decimal, table: Table | None = None, name: str = "", scale: Decimal = ONE
    ) -> Decimal:
        """A number within bounds, or `{ low, likely, high }`, times `scale`; the base's where it is left out."""
        table, name = table or self.document, name or key
        if not self.gives(key, table, name):
            self._inherit(key)
            value: Decimal = getattr(self.base, key)
            return value
        if not isinstance(table.values.get(name), dict):
            return table.decimal(name, low=low, high=high) * scale
        span = table.table(name)
        ends = [span.decimal(end, low=low, high=high) * scale for end in ("low", "likely", "high")]
        span.finish()
        if not ends[0] <= ends[1] <= ends[2]:
            raise table.fail(name, "needs low <= likely <= high")
        self.spans.append(Span(key, SPAN_TITLES[key], float(ends[0]), float(ends[2])))
        return ends[1]

    def integer(self, key: str, low: int, high: int, table: Table | None = None, name: str = "") -> int:
        """A whole number, or a range of them."""
        table, name = table or self.document, name or key
        if isinstance(table.values.get(name), dict) and key in SPAN_TITLES:
            return int(self.number(key, Decimal(low), Decimal(high), table, name).to_integral_value())
        if not self.gives(key, table, name):
            self._inherit(key)
            value: int = getattr(self.base, key)
            return value
        return table.integer(name, low=low, high=high)

    def _inherit(self, key: str) -> None:
        self.spans.extend(span for span in self.base.spans if span.key == key)


def with_dual_run_in_horizon(document: Table, key: str, scenario: Scenario, is_given: bool) -> Scenario:
    """The scenario; a dual run that was not given is shortened to what the horizon allows. Raises `UserInputError` where
    one that was given lasts until the horizon."""
    others = tuple(span for span in scenario.spans if span.key != "dual_run_months")
    longest = max([scenario.dual_run_months, *(int(span.high) for span in scenario.spans if span.key == "dual_run_months")])
    if longest < scenario.horizon_months:
        return scenario
    if is_given:
        raise document.fail(key, f"is {longest}, must be below horizon_months ({scenario.horizon_months})")
    return replace(scenario, dual_run_months=min(scenario.dual_run_months, scenario.horizon_months - 1), spans=others)


def _commitments(document: Table) -> tuple[Commitment, ...]:
    """The two keys of the first scenario format: reservations that a move cannot use."""
    share = document.decimal("commitment_share", Decimal(0), low=Decimal(0), high=ONE)
    months = document.integer("commitment_months_left", 0, low=0, high=120)
    return (Commitment("standard-reserved", share, Decimal(0), months),) if share and months else ()


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
        table.date("as_of"),
    )  # fmt: skip
    if not ratio.low <= ratio.mid <= ratio.high:
        raise table.fail("mid", "must lie between low and high")
    table.finish()
    return ratio
