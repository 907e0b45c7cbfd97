"""Scenarios, prices and cash flows. Money is `Decimal` with its currency beside it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

PURCHASES = ("on-demand", "savings-plan-1y", "savings-plan-3y", "reserved-1y", "reserved-3y", "spot", "capacity-block")
"""The ways to buy an hour of an instance."""


@dataclass(frozen=True, slots=True)
class Price:
    """An hourly price of one instance type in one region, bought in one way, from a dated list."""

    instance_type: str
    region: str
    usd_per_hour: Decimal
    as_of: str
    basis: str
    """`listed`, `derived` or `user`."""
    source: str
    purchase: str = "on-demand"
    """One of `PURCHASES`."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """All prices of one file in `rules/prices`, or of the user's own list."""

    id: str
    as_of: str
    source: str
    licence: str
    prices: tuple[Price, ...]
    is_explicit: bool = False
    """Whether the user named it on the command line: then it wins over newer ones."""


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

    `level` is the rung of the evidence ladder (1 = the user's own measurement, 6 = a bare claim or nothing at all)."""

    low: float
    mid: float
    high: float
    level: int
    source: str
    as_of: str
    is_settled: bool = True
    """False where it was measured with a loss of accuracy of which nobody said whether it will do."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One published figure: who says it, when, under which conditions, and whether they sell the thing."""

    publisher: str
    sells_it: bool
    as_of: str
    text: str
    """The figure with its conditions: model, precision, shape, software."""
    source: str


@dataclass(frozen=True, slots=True)
class Option:
    """A place to run the same workload: the instance type and how it compares."""

    id: str
    title: str
    kind: str
    """`stay` (as is), `right-size` (the same instances, as many as the target utilisation needs), `move` or `api`."""
    target_id: str
    """The porting target whose effort it needs; "" where no porting is needed (stay, or another NVIDIA instance)."""
    instance_type: str
    ratio: PerformanceRatio
    share: Decimal = Decimal(1)
    """Share of the load that moves; the rest stays on today's instances (a mix)."""
    api_usd_per_month: Decimal | None = None
    """What a managed API asks for today's volume, in place of instances."""
    evidence: tuple[Evidence, ...] = ()
    """The published figures that the ratio rests on."""
    devices_needed: str = ""
    """What the model's memory needs there, in words; "" where no model size is given."""
    region: str = ""
    """Where it runs; "" for the scenario's region."""
    upkeep_days_per_year: Decimal | None = None
    """Where that is another than of the scenario's ports."""


@dataclass(frozen=True, slots=True)
class Currency:
    """What the report's money is shown in; `per_usd` units of it buy one US dollar, in which all is calculated."""

    code: str
    per_usd: Decimal
    as_of: str

    @property
    def symbol(self) -> str:
        """What stands before an amount."""
        return "$" if self.code == "USD" else f"{self.code} "


USD = Currency("USD", Decimal(1), "")


@dataclass(frozen=True, slots=True)
class Span:
    """The range of an uncertain input; its most likely value is the scenario's own."""

    key: str
    title: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Commitment:
    """What is already bound to be paid: `share` of today's fleet, or `usd_per_month`, for `months_left`."""

    kind: str
    """`compute-savings-plan`, `ec2-instance-savings-plan`, `standard-reserved`, `convertible-reserved`, `capacity-block`."""
    share: Decimal
    usd_per_month: Decimal
    months_left: int

    @property
    def is_bound(self) -> bool:
        """Whether only instances of today's family can use it."""
        return self.kind not in ("compute-savings-plan", "convertible-reserved")


@dataclass(frozen=True, slots=True)
class OwnedHardware:
    """GPUs that were bought: the purchase is sunk, what counts is the running cost and what they still sell for."""

    purchase_date: str
    purchase_usd: Decimal
    book_life_months: int
    monthly_usd: Decimal
    """Power, floor, support of the whole fleet: what ends with it."""
    resale_now_usd: Decimal
    resale_at_horizon_usd: Decimal


@dataclass(frozen=True, slots=True)
class Besides:
    """What the user states that is paid besides instance hours; what is not stated is not counted."""

    gib_per_instance: Decimal
    """Disk of each instance."""
    shared_gib: Decimal
    """Storage that is held once, however large the fleet."""
    usd_per_gib_month: Decimal
    egress_gib_per_month: Decimal
    """Data that leaves the cloud; it is the same wherever the models run."""
    usd_per_gib_out: Decimal
    egress_source: str
    """"" where the user gave the price."""
    egress_as_of: str

    @property
    def usd_per_instance(self) -> Decimal:
        """A month of one instance's disk."""
        return self.gib_per_instance * self.usd_per_gib_month

    @property
    def alike_usd(self) -> Decimal:
        """A month of what every option pays alike."""
        return self.shared_gib * self.usd_per_gib_month + self.egress_gib_per_month * self.usd_per_gib_out


@dataclass(frozen=True, slots=True)
class Volume:
    """What the users ask for at the busiest hour and on average."""

    unit: str
    """`requests` or `tokens`."""
    peak_per_second: Decimal
    average_per_second: Decimal
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """The workload and the money around it. `is_default` is true until the user gives a file of their own."""

    id: str
    title: str
    is_default: bool
    region: str
    currency: Currency
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
    commitments: tuple[Commitment, ...]
    options: tuple[Option, ...]
    prices: tuple[Price, ...]
    """Prices given in the scenario; they win over the lists."""
    defaulted: tuple[str, ...]
    """Keys that the user left out, so that the default scenario's values stand."""
    role_rates: tuple[tuple[str, Decimal], ...] = ()
    """US dollars a person-day by role, where they differ from `usd_per_day_labour`."""
    purchase_today: tuple[tuple[str, Decimal], ...] = (("on-demand", Decimal(1)),)
    purchase_new: tuple[tuple[str, Decimal], ...] = (("on-demand", Decimal(1)),)
    """How the hours are bought: shares that add up to 1, on today's fleet and on a new one."""
    spot_overhead: Decimal = Decimal("0.05")
    """Share of spot hours that interruptions cost on top (assumption: 0.02 to 0.15, none published)."""
    spare_instances: int = 0
    """Instances above what the peak needs, so that one may fail."""
    hourly_profile: tuple[Decimal, ...] = ()
    """Load of each hour of the day, or of more days, as a share of the peak, where the fleet follows it; () for a fixed fleet."""
    scaling_overhead: Decimal = Decimal(0)
    """Share of hours on top in which instances of a fleet that follows the day run early or late."""
    growth_per_year: Decimal = Decimal(0)
    price_drift_per_year: Decimal = Decimal(0)
    """Change of all instance prices a year, on both sides."""
    dual_run_share: Decimal = Decimal(1)
    """Share of the new fleet that runs while both do."""
    ramp_months: int = 0
    """Months over which the traffic moves after that, evenly."""
    exit_days: Decimal = Decimal(0)
    """Person-days that leaving the new platform would take at the end of the horizon."""
    exit_probability: Decimal = Decimal(0)
    owned: OwnedHardware | None = None
    besides: Besides | None = None
    hours_follow_speed: bool = False
    """Whether the fleet trains: a run ends sooner on faster instances, so that hours are bought and not whole instances."""
    volume: Volume | None = None
    spans: tuple[Span, ...] = ()
    """Which inputs are uncertain, and how far."""


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Month 0 is the start; `net_usd` is the saving against staying as is, one-off cost as a negative number."""

    month: int
    net_usd: Decimal
    cumulative_usd: Decimal
    discounted_cumulative_usd: Decimal


@dataclass(frozen=True, slots=True)
class YearSum:
    """A year of an option at the most likely figures, in US dollars: `stay_usd` less all the costs is `net_usd`."""

    year: int
    months: int
    stay_usd: Decimal
    new_usd: Decimal
    today_still_usd: Decimal
    stranded_usd: Decimal
    one_off_usd: Decimal
    upkeep_usd: Decimal
    resale_and_exit_usd: Decimal
    """Resale value lost and leaving again, less what is sold: below zero where it is a gain."""
    net_usd: Decimal
    discounted_net_usd: Decimal


@dataclass(frozen=True, slots=True)
class MoneyRange:
    """P10, P50 and P90 in US dollars."""

    p10_usd: Decimal
    p50_usd: Decimal
    p90_usd: Decimal


@dataclass(frozen=True, slots=True)
class BandPoint:
    """P10 and P90 of the discounted cumulative saving in one month."""

    month: int
    p10_usd: Decimal
    p90_usd: Decimal


@dataclass(frozen=True, slots=True)
class Sway:
    """What one uncertain input does to the NPV: at its low and high end, the others at their most likely values."""

    key: str
    title: str
    low: str
    high: str
    npv_low_usd: Decimal
    npv_high_usd: Decimal
    value_of_knowing_usd: Decimal
    """Expected gain from knowing this input before deciding (expected value of partial perfect information)."""


@dataclass(frozen=True, slots=True)
class CostCase:
    """The NPV with every uncertain input at the end that lowers it most (`cautious`), at its most likely value (`likely`), or at
    the end that raises it most (`favourable`); and the first month from which on the cumulative saving stays above zero, if any."""

    name: str
    npv_usd: Decimal
    break_even_month: int | None


@dataclass(frozen=True, slots=True)
class GridCell:
    """The NPV at one throughput and one fleet size, everything else at its most likely value."""

    ratio: float
    instances: int
    npv_usd: Decimal


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
    """`baseline`, `no porting`, `worth a proof of concept`, `unlikely`, `unclear`, `no price`, `right-size first` (which gains
    more), `does not fit` (the target cannot do what the repository does), or `go` (only on the user's own measurement)."""
    sentence: str
    evidence: str
    contracted_usd_per_hour: Decimal | None = None
    """After the mix of ways to buy and the discount."""
    published: tuple[Evidence, ...] = ()
    ratio: PerformanceRatio | None = None
    band: tuple[BandPoint, ...] = ()
    tornado: tuple[Sway, ...] = ()
    """Widest first."""
    break_even_instances: int | None = None
    """The smallest fleet of today's type, at this utilisation, from which on the move pays; None where none does."""
    best_start_month: int | None = None
    """The start within the horizon with the highest NPV, and that NPV."""
    best_start_npv_usd: Decimal | None = None
    usd_per_million: Decimal | None = None
    """Of requests or output tokens, at today's average volume."""
    devices_needed: str = ""
    grid: tuple[GridCell, ...] = ()
    """NPV over throughput and size of today's fleet, the two that dominate."""
    idle_usd: Decimal | None = None
    """What of the monthly cost is paid for hours in which instances stand idle, at today's average traffic."""
    gain_over_right_size_usd: Decimal | None = None
    """Median NPV above that of right-sizing today's instances."""
    mean_instances: Decimal | None = None
    """Instances paid for on average over the day, where these are not those of the busiest hour all day long."""
    years: tuple[YearSum, ...] = ()
    cases: tuple[CostCase, ...] = ()
    """Cautious, likely, favourable; () where nothing is uncertain."""
    alike_usd: Decimal = Decimal(0)
    """A month of what every option pays alike besides its instances: storage that is held once, and data sent out."""


@dataclass(frozen=True, slots=True)
class TcoComparison:
    """All options of a scenario side by side, in the scenario's order."""

    scenario: Scenario
    options: tuple[OptionCost, ...]
    warnings: tuple[str, ...]
    declared: tuple[DeclaredInstance, ...] = ()
    """The machines that the repository names."""
    prices_used: tuple[Price, ...] = ()
    oldest_price_days: int = 0
    """Age of the oldest price that a figure rests on."""
    plans: tuple[ProofPlan, ...] = ()
    inputs: CostInputs | None = None
    """The texts of the user's files, so that the report can be costed anew without a scan."""


@dataclass(frozen=True, slots=True)
class CostInputs:
    """The user's files as they were read; "" where none was given."""

    workload: str
    measurements: str
    prices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassMark:
    """What a proof of concept must show for one quantity."""

    quantity: str
    mark: str
    why: str


@dataclass(frozen=True, slots=True)
class ProofPlan:
    """What to measure for one option before deciding."""

    option_id: str
    target_id: str
    title: str
    instance_type: str
    hours: int
    cost_usd: Decimal | None
    """The instance hours at the price of the list."""
    value_usd: Decimal | None
    """Expected gain from knowing the throughput before deciding."""
    marks: tuple[PassMark, ...]
    commands: tuple[str, ...]
