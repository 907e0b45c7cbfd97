"""Cash flows, net present value and break-even, exactly, in `Decimal`.

`analyzer.cost.simulation` holds the same arithmetic over arrays of draws; a test keeps the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from functools import lru_cache

from analyzer.model.cost import CashFlow

CENT = Decimal("0.01")
ONE = Decimal(1)
TWELVE = Decimal(12)


@dataclass(frozen=True, slots=True)
class Terms:
    """All that the cash flows of one option follow from. Money in US dollars; loads in instances of today's type."""

    count: int
    """Instances of today's fleet."""
    today_usd_per_hour: Decimal
    new_usd_per_hour: Decimal
    hours_per_month: Decimal
    load: Decimal
    """Peak work in instances of today's type run at the target utilisation."""
    ratio: Decimal
    horizon_months: int
    discount_rate_per_year: Decimal
    kind: str = "move"
    share: Decimal = ONE
    min_instances: int = 1
    spare_instances: int = 0
    profile: tuple[Decimal, ...] = (ONE,)
    discount_share: Decimal = Decimal(0)
    growth_per_year: Decimal = Decimal(0)
    drift_per_year: Decimal = Decimal(0)
    effort_days: Decimal = Decimal(0)
    usd_per_day: Decimal = Decimal(0)
    other_one_off_usd: Decimal = Decimal(0)
    dual_months: int = 0
    dual_share: Decimal = ONE
    ramp_months: int = 0
    upkeep_days_per_year: Decimal = Decimal(0)
    committed_share: tuple[tuple[Decimal, int], ...] = ()
    """Bound commitments: (share of today's monthly cost, months left)."""
    committed_usd: tuple[tuple[Decimal, int], ...] = ()
    """Bound commitments: (dollars a month, months left)."""
    reuses_commitment: bool = False
    """Whether the new instances are of today's family, so that commitments go on to be used."""
    owned_monthly_usd: Decimal = Decimal(0)
    resale_now_usd: Decimal = Decimal(0)
    resale_at_horizon_usd: Decimal = Decimal(0)
    exit_usd_days: Decimal = Decimal(0)
    """Person-days of leaving at the horizon, weighted by their probability."""
    api_usd_per_month: Decimal | None = None
    start_month: int = 0
    """Months to wait before the move starts."""


def ceiling(value: Decimal) -> int:
    """The next whole number, forgiving the last digits of a division."""
    return int((value - Decimal("1e-9")).to_integral_value(ROUND_CEILING))


def instances_needed(load: Decimal, ratio: Decimal, min_instances: int) -> int:
    """Whole instances for a load in units of today's instances at full use; never a fraction, never below the minimum."""
    return max(min_instances, ceiling(load / ratio))


@lru_cache(maxsize=4096)
def discount_factor(month: int, rate_per_year: Decimal) -> Decimal:
    """1 / (1 + r)^(month / 12)."""
    return compounded(rate_per_year, -month)


@lru_cache(maxsize=4096)
def compounded(rate_per_year: Decimal, months: int) -> Decimal:
    """(1 + r)^(months / 12)."""
    with localcontext() as context:
        context.prec = 40
        return (1 + rate_per_year) ** (Decimal(months) / TWELVE)


def count_in(terms: Terms, month: int) -> int:
    """Today's fleet as it is in a month: grows with the traffic, is not shrunk."""
    growth = compounded(terms.growth_per_year, month - 1)
    return max(terms.count, ceiling(terms.count * growth))


def mean_instances(terms: Terms, month: int) -> Decimal:
    """New instances in a month, averaged over the hours of the day: whole ones in each hour."""
    growth = compounded(terms.growth_per_year, month - 1)
    load = terms.load * terms.share * growth
    total = sum(instances_needed(load * part, terms.ratio, terms.min_instances) + terms.spare_instances for part in terms.profile)
    return Decimal(total) / len(terms.profile)


def peak_instances(terms: Terms, month: int = 1) -> int:
    """New instances at the busiest hour of a month."""
    load = terms.load * terms.share * compounded(terms.growth_per_year, month - 1) * max(terms.profile)
    return instances_needed(load, terms.ratio, terms.min_instances) + terms.spare_instances


def stay_monthly(terms: Terms, month: int) -> Decimal:
    """What today's fleet costs in a month, with what owned hardware takes to run."""
    return count_in(terms, month) * _month_of(terms, terms.today_usd_per_hour, month) + terms.owned_monthly_usd


def new_monthly(terms: Terms, month: int) -> Decimal:
    """What the new instances, or the API, cost in a month."""
    if terms.api_usd_per_month is not None:
        return terms.api_usd_per_month * compounded(terms.growth_per_year, month - 1)
    return mean_instances(terms, month) * _month_of(terms, terms.new_usd_per_hour, month)


def kept_monthly(terms: Terms, month: int) -> Decimal:
    """What of today's fleet goes on in a mix."""
    kept = ceiling(count_in(terms, month) * (1 - terms.share))
    return kept * _month_of(terms, terms.today_usd_per_hour, month) + terms.owned_monthly_usd * (1 - terms.share)


def _month_of(terms: Terms, usd_per_hour: Decimal, month: int) -> Decimal:
    drift = compounded(terms.drift_per_year, month - 1)
    return usd_per_hour * terms.hours_per_month * (1 - terms.discount_share) * drift


def stranded(terms: Terms, month: int, stay: Decimal, kept: Decimal, new: Decimal) -> Decimal:
    """What commitments cost in a month that the move cannot use; it is paid in both worlds."""
    fleet = stay - terms.owned_monthly_usd
    committed = sum((fleet * share for share, left in terms.committed_share if month <= left), Decimal(0))
    committed += sum((usd for usd, left in terms.committed_usd if month <= left), Decimal(0))
    usable = kept - terms.owned_monthly_usd * (1 - terms.share) + (new if terms.reuses_commitment else Decimal(0))
    return max(Decimal(0), committed - usable)


def net_flows(terms: Terms) -> list[Decimal]:
    """Monthly saving against staying as is, month 0 first.

    The month of the start pays the one-off cost. While both fleets run, the new one is paid on top of the old one. Then
    the traffic moves evenly over the ramp; from there on each month saves today's cost and pays the new fleet, its upkeep,
    and what is left of commitments that the move cannot use.
    """
    one_off = terms.effort_days * terms.usd_per_day + terms.other_one_off_usd
    upkeep = terms.upkeep_days_per_year * terms.usd_per_day / TWELVE
    flows = [Decimal(0)] * (terms.horizon_months + 1)
    flows[terms.start_month] -= one_off
    for month in range(terms.start_month + 1, terms.horizon_months + 1):
        stay, new, kept = stay_monthly(terms, month), new_monthly(terms, month), kept_monthly(terms, month)
        since = month - terms.start_month - terms.dual_months
        if since <= 0:
            flows[month] -= new * terms.dual_share
            continue
        moved = min(ONE, Decimal(since) / (terms.ramp_months + 1))
        flows[month] += moved * (stay - new - kept - stranded(terms, month, stay, kept, new)) - upkeep
    flows[min(terms.start_month + terms.dual_months, terms.horizon_months)] += terms.resale_now_usd
    flows[-1] -= terms.resale_at_horizon_usd + terms.exit_usd_days * terms.usd_per_day
    return flows


def net_present_value(flows: Sequence[Decimal], rate_per_year: Decimal) -> Decimal:
    """The sum of discounted flows; at rate 0 the plain sum."""
    return sum((flow * discount_factor(month, rate_per_year) for month, flow in enumerate(flows)), Decimal(0))


def cumulative(flows: Sequence[Decimal], rate_per_year: Decimal) -> tuple[CashFlow, ...]:
    """The flows with their running sums, rounded to cents at the end only."""
    total = discounted = Decimal(0)
    rows = []
    for month, flow in enumerate(flows):
        total += flow
        discounted += flow * discount_factor(month, rate_per_year)
        rows.append(CashFlow(month, flow.quantize(CENT), total.quantize(CENT), discounted.quantize(CENT)))
    return tuple(rows)


def break_even_month(flows: Sequence[CashFlow]) -> int | None:
    """The first month after which the discounted cumulative flow stays at or above zero; None within the horizon."""
    found: int | None = None
    for flow in flows:
        if flow.discounted_cumulative_usd < 0:
            found = None
        elif found is None:
            found = flow.month
    return found
