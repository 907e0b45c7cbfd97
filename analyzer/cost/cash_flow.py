"""Cash flows, net present value and break-even, exactly, in `Decimal`.

`analyzer.cost.simulation` holds the same arithmetic over arrays of draws; a test keeps the two together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

from analyzer.model.cost import CashFlow, YearSum

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
    scaling_overhead: Decimal = Decimal(0)
    """Share of hours on top in which instances that follow the day run early or late."""
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
    hours_follow_speed: bool = False
    """Whether work ends sooner on faster instances, as training does, so that hours are bought and not whole instances."""
    storage_usd_per_instance: Decimal = Decimal(0)
    """Dollars a month for the disk of each instance, on both sides."""
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


class MonthParts(NamedTuple):
    """What a month of an option is made of, in US dollars; costs are positive."""

    stay: Decimal
    """What staying as is would cost."""
    new: Decimal
    """The new instances, or the API."""
    today_still: Decimal
    """Today's instances that are still paid: while both run, until the traffic has moved, and what a mix keeps."""
    stranded: Decimal
    """Commitments that nothing uses any more."""
    one_off: Decimal
    upkeep: Decimal
    resale_and_exit: Decimal
    """Resale value lost and leaving again, less what is sold."""

    @property
    def net(self) -> Decimal:
        """The saving against staying as is."""
        spent = self.new + self.today_still + self.stranded + self.one_off + self.upkeep + self.resale_and_exit
        return self.stay - spent


def count_in(terms: Terms, month: int) -> Decimal:
    """Today's fleet as it is in a month: it is not shrunk, and grows only once what it has in reserve is used up."""
    grown = min(Decimal(terms.count), terms.load) * compounded(terms.growth_per_year, month - 1)
    return max(Decimal(terms.count), _whole(terms, grown))


def _whole(terms: Terms, instances: Decimal) -> Decimal:
    """As many instances as can be bought: whole ones, unless only their hours count."""
    return instances if terms.hours_follow_speed else Decimal(ceiling(instances))


def mean_instances(terms: Terms, month: int) -> Decimal:
    """New instances in a month, averaged over the hours of the day: whole ones in each hour. Where hours follow the speed, those
    of today's hours that are needed."""
    growth = compounded(terms.growth_per_year, month - 1)
    load = terms.load * terms.share * growth
    if terms.hours_follow_speed:
        return load / terms.ratio
    total = sum(hours * instances_needed(load * part, terms.ratio, terms.min_instances) for part, hours in levels(terms.profile))
    overhead = terms.scaling_overhead if len(terms.profile) > 1 else Decimal(0)
    return Decimal(total) / len(terms.profile) * (1 + overhead) + terms.spare_instances


@lru_cache(maxsize=64)
def levels(profile: tuple[Decimal, ...]) -> tuple[tuple[Decimal, int], ...]:
    """Each level of a profile with its number of hours, the lowest first."""
    return tuple(sorted(Counter(profile).items()))


def peak_instances(terms: Terms, month: int = 1) -> int:
    """New instances at the busiest hour of a month."""
    load = terms.load * terms.share * compounded(terms.growth_per_year, month - 1) * max(terms.profile)
    return instances_needed(load, terms.ratio, terms.min_instances) + terms.spare_instances


def stay_monthly(terms: Terms, month: int) -> Decimal:
    """What today's fleet costs in a month, with what owned hardware takes to run."""
    return count_in(terms, month) * _instance_month(terms, terms.today_usd_per_hour, month) + terms.owned_monthly_usd


def new_monthly(terms: Terms, month: int) -> Decimal:
    """What the new instances, or the API, cost in a month."""
    if terms.api_usd_per_month is not None:
        return terms.api_usd_per_month * compounded(terms.growth_per_year, month - 1)
    return mean_instances(terms, month) * _instance_month(terms, terms.new_usd_per_hour, month)


def kept_monthly(terms: Terms, month: int) -> Decimal:
    """What of today's fleet goes on in a mix."""
    per_instance = _instance_month(terms, terms.today_usd_per_hour, month)
    return _kept_count(terms, month) * per_instance + terms.owned_monthly_usd * (1 - terms.share)


def _kept_count(terms: Terms, month: int) -> Decimal:
    return _whole(terms, count_in(terms, month) * (1 - terms.share))


def _instance_month(terms: Terms, usd_per_hour: Decimal, month: int) -> Decimal:
    """One instance for a month, with its disk."""
    return _month_of(terms, usd_per_hour, month) + terms.storage_usd_per_instance


def _month_of(terms: Terms, usd_per_hour: Decimal, month: int) -> Decimal:
    drift = compounded(terms.drift_per_year, month - 1)
    return usd_per_hour * terms.hours_per_month * (1 - terms.discount_share) * drift


def stranded(terms: Terms, month: int) -> Decimal:
    """What commitments cost in a month that the move cannot use; it is paid in both worlds. They are for hours of instances,
    not for disks."""
    if not terms.committed_share and not terms.committed_usd:
        return Decimal(0)
    hours = _month_of(terms, terms.today_usd_per_hour, month)
    committed = sum((count_in(terms, month) * hours * share for share, left in terms.committed_share if month <= left), Decimal(0))
    committed += sum((usd for usd, left in terms.committed_usd if month <= left), Decimal(0))
    usable = _kept_count(terms, month) * hours
    if terms.reuses_commitment and terms.api_usd_per_month is None:
        usable += mean_instances(terms, month) * _month_of(terms, terms.new_usd_per_hour, month)
    return max(Decimal(0), committed - usable)


def month_parts(terms: Terms) -> list[MonthParts]:
    """What each month is made of, month 0 first.

    The month of the start pays the one-off cost. While both fleets run, the new one is paid on top of the old one. Then
    the traffic moves evenly over the ramp; from there on each month saves today's cost and pays the new fleet, its upkeep,
    and what is left of commitments that the move cannot use.
    """
    one_off = terms.effort_days * terms.usd_per_day + terms.other_one_off_usd
    sold_in = min(terms.start_month + terms.dual_months, terms.horizon_months)
    parts = []
    for month in range(terms.horizon_months + 1):
        part = _running(terms, month) if month > terms.start_month else _before(terms, month)
        resale_and_exit = -terms.resale_now_usd if month == sold_in else Decimal(0)
        if month == terms.horizon_months:
            resale_and_exit += terms.resale_at_horizon_usd + terms.exit_usd_days * terms.usd_per_day
        start = one_off if month == terms.start_month else Decimal(0)
        parts.append(part._replace(one_off=start, resale_and_exit=resale_and_exit))
    return parts


def _before(terms: Terms, month: int) -> MonthParts:
    """Before the start all is as today; month 0 is the moment of the decision and costs nothing by itself."""
    zero = Decimal(0)
    stay = stay_monthly(terms, month) if month else zero
    return MonthParts(stay, zero, stay, zero, zero, zero, zero)


def _running(terms: Terms, month: int) -> MonthParts:
    zero = Decimal(0)
    stay, new = stay_monthly(terms, month), new_monthly(terms, month)
    since = month - terms.start_month - terms.dual_months
    if since <= 0:
        return MonthParts(stay, new * terms.dual_share, stay, zero, zero, zero, zero)
    moved = min(ONE, Decimal(since) / (terms.ramp_months + 1))
    still = (1 - moved) * stay + moved * kept_monthly(terms, month)
    upkeep = terms.upkeep_days_per_year * terms.usd_per_day / TWELVE
    return MonthParts(stay, moved * new, still, moved * stranded(terms, month), zero, upkeep, zero)


def net_flows(terms: Terms) -> list[Decimal]:
    """Monthly saving against staying as is, month 0 first."""
    return [part.net for part in month_parts(terms)]


def years_of(terms: Terms) -> tuple[YearSum, ...]:
    """The months added up by year, the start with the first; the discounted sums add up to the NPV."""
    parts = month_parts(terms)
    years = []
    for first in range(0, terms.horizon_months, 12):
        months = range(first + 1 if first else 0, min(first + 12, terms.horizon_months) + 1)
        sums = [sum(column, Decimal(0)) for column in zip(*(parts[month] for month in months), strict=True)]
        net = [parts[month].net for month in months]
        factors = [discount_factor(month, terms.discount_rate_per_year) for month in months]
        discounted = sum((flow * factor for flow, factor in zip(net, factors, strict=True)), Decimal(0))
        cents = [value.quantize(CENT) for value in (*sums, sum(net, Decimal(0)), discounted)]
        years.append(YearSum(first // 12 + 1, len(months) - (not first), *cents))
    return tuple(years)


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
