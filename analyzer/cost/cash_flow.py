"""Cash flows, net present value and break-even, exactly, in `Decimal`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from functools import lru_cache

from analyzer.model.cost import CashFlow, Scenario

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class MoveCost:
    """What a move costs: one-off at month 0, and each month for the new fleet and its upkeep, in US dollars."""

    one_off_usd: Decimal
    monthly_usd: Decimal
    upkeep_monthly_usd: Decimal
    needs_dual_run: bool


def instances_needed(load: Decimal, ratio: Decimal, min_instances: int) -> int:
    """Whole instances for a load in units of today's instances at full use; never a fraction, never below the minimum."""
    return max(min_instances, int((load / ratio).to_integral_value(ROUND_CEILING)))


def monthly_fleet_usd(instances: int, usd_per_hour: Decimal, scenario: Scenario) -> Decimal:
    """Monthly cost of a fleet after the discount on list prices."""
    return instances * usd_per_hour * scenario.fleet.hours_per_month * (1 - scenario.discount_share)


@lru_cache(maxsize=4096)
def discount_factor(month: int, rate_per_year: Decimal) -> Decimal:
    """1 / (1 + r)^(month / 12)."""
    with localcontext() as context:
        context.prec = 40
        return (1 + rate_per_year) ** (Decimal(-month) / Decimal(12))


def net_flows(stay_monthly_usd: Decimal, move: MoveCost, scenario: Scenario) -> list[Decimal]:
    """Monthly saving against staying as is, month 0 first.

    Month 0 pays the one-off cost. While both fleets run (`dual_run_months`) the new one is paid on top of the old one.
    Afterwards each month saves today's cost and pays the new fleet, its upkeep, and what is left of commitments that
    the move cannot use (they are paid in both worlds, so that only the unused part counts against the move).
    """
    dual = scenario.dual_run_months if move.needs_dual_run else 0
    flows = [-move.one_off_usd]
    for month in range(1, scenario.horizon_months + 1):
        stranded = Decimal(0)
        if month <= scenario.commitment_months_left:
            stranded = stay_monthly_usd * scenario.commitment_share
        if month <= dual:
            flows.append(-move.monthly_usd)
        else:
            flows.append(stay_monthly_usd - move.monthly_usd - move.upkeep_monthly_usd - stranded)
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
