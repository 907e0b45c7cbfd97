"""Scenarios, prices and cash flows. Money is `Decimal` with its currency beside it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """An hourly on-demand price of one instance type in one region, from a dated list."""

    instance_type: str
    region: str
    usd_per_hour: Decimal
    as_of: str
    basis: str
    """`listed`, `derived` or `user`."""
    source: str


@dataclass(frozen=True, slots=True)
class PriceList:
    """All prices of one file in `rules/prices`, or of the user's own list."""

    id: str
    as_of: str
    source: str
    licence: str
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class Fleet:
    """A number of instances of one type, and what share of the month they run."""

    instance_type: str
    count: int
    hours_per_month: Decimal


@dataclass(frozen=True, slots=True)
class DeclaredInstance:
    """A GPU machine or accelerator that a file of the repository names; `count` is None where it does not say how many."""

    name: str
    count: int | None
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class PerformanceRatio:
    """Throughput of one target instance relative to one source instance (1.0 = the same): low, mid, high.

    `level` is the rung of the evidence ladder (1 = the user's own measurement, 6 = a bare claim)."""

    low: float
    mid: float
    high: float
    level: int
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Option:
    """A place to run the same workload: the instance type and how it compares."""

    id: str
    title: str
    kind: str
    """`stay` (as is), `right-size` (the same instances, as many as the target utilisation needs) or `move`."""
    target_id: str
    """The porting target whose effort it needs; "" where no porting is needed (stay, or another NVIDIA instance)."""
    instance_type: str
    ratio: PerformanceRatio


@dataclass(frozen=True, slots=True)
class Scenario:
    """The workload and the money around it. `is_default` is true until the user gives a file of their own."""

    id: str
    title: str
    is_default: bool
    region: str
    currency: str
    fleet: Fleet
    discount_share: Decimal
    """Discount on list prices, 0 to 1, on both sides."""
    utilisation_today: Decimal
    utilisation_target: Decimal
    min_instances: int
    usd_per_day_labour: Decimal
    other_one_off_usd: Decimal
    """One-off cost of a move besides labour: instances for the proof of concept and for compiling."""
    horizon_months: int
    discount_rate_per_year: Decimal
    dual_run_months: int
    upkeep_days_per_year: Decimal
    """Labour that a ported service takes beyond today's: SDK upgrades, recompilation."""
    commitment_share: Decimal
    """Share of today's fleet under a commitment that a move cannot use (reserved instances of its family)."""
    commitment_months_left: int
    options: tuple[Option, ...]
    prices: tuple[Price, ...]
    """Prices given in the scenario; they win over the lists."""
    defaulted: tuple[str, ...]
    """Keys that the user left out, so that the default scenario's values stand."""


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Month 0 is the start; `net_usd` is the saving against staying as is, one-off cost as a negative number."""

    month: int
    net_usd: Decimal
    cumulative_usd: Decimal
    discounted_cumulative_usd: Decimal


@dataclass(frozen=True, slots=True)
class MoneyRange:
    """P10, P50 and P90 in US dollars."""

    p10_usd: Decimal
    p50_usd: Decimal
    p90_usd: Decimal


@dataclass(frozen=True, slots=True)
class OptionCost:
    """What one option costs and saves over the horizon."""

    option_id: str
    title: str
    target_id: str
    instance_type: str
    instances: int
    usd_per_hour: Decimal | None
    """None where no price is known: then nothing about money is said."""
    price_as_of: str
    price_basis: str
    monthly_usd: Decimal | None
    one_off: MoneyRange | None
    npv: MoneyRange | None
    probability_npv_positive: float | None
    break_even_month: int | None
    required_ratio: float | None
    """Performance ratio at which the NPV would be zero; None where no ratio does that."""
    flows: tuple[CashFlow, ...]
    verdict: str
    """`baseline`, `no porting`, `worth a proof of concept`, `unlikely`, `unclear`, `no price`, `does not fit` (the target cannot do
    what the repository does), or `go` (only on the user's own measurement)."""
    sentence: str
    evidence: str


@dataclass(frozen=True, slots=True)
class TcoComparison:
    """All options of a scenario side by side, in the scenario's order."""

    scenario: Scenario
    options: tuple[OptionCost, ...]
    warnings: tuple[str, ...]
    declared: tuple[DeclaredInstance, ...] = ()
    """The machines that the repository names."""
