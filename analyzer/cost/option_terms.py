"""From a scenario and one of its options to the terms of the arithmetic, and which of them are uncertain."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from analyzer.cost.cash_flow import ONE, Terms
from analyzer.cost.price_book import Bought
from analyzer.model.cost import Option, Scenario, Span
from analyzer.model.effort import EffortEstimate

TERM_OF = {
    "usd_per_day_labour": "usd_per_day",
    "dual_run_months": "dual_months",
    "price_drift_per_year": "drift_per_year",
    "utilisation_today": "load",
}
"""Keys of a scenario whose term has another name."""
LOAD_TITLE = "Peak load, in today's instances at the utilisation aimed at"
ONLY_MOVES = ("usd_per_day", "dual_months", "upkeep_days_per_year", "other_one_off_usd")
"""Terms that say nothing where nothing is moved."""


def load_of(scenario: Scenario, utilisation: Decimal) -> Decimal:
    """Today's peak work in instances of today's type run at the target utilisation."""
    return scenario.fleet.count * utilisation / scenario.utilisation_target


def terms_of(
    option: Option, scenario: Scenario, today: Bought, new: Bought | None, effort: EffortEstimate, usd_per_day: Decimal
) -> Terms:
    """The terms at the most likely values."""
    is_move, needs_port = option.kind in ("move", "api"), bool(option.target_id)
    owned = scenario.owned
    bound = [item for item in scenario.commitments if item.is_bound]
    profile = scenario.hourly_profile or (ONE,)
    return Terms(
        count=scenario.fleet.count,
        today_usd_per_hour=today.usd_per_hour,
        new_usd_per_hour=new.usd_per_hour if new else Decimal(0),
        hours_per_month=scenario.fleet.hours_per_month,
        load=load_of(scenario, scenario.utilisation_today),
        ratio=Decimal(str(option.ratio.mid)),
        horizon_months=scenario.horizon_months,
        discount_rate_per_year=scenario.discount_rate_per_year,
        kind=option.kind,
        share=option.share,
        min_instances=scenario.min_instances,
        spare_instances=scenario.spare_instances,
        profile=profile,
        scaling_overhead=scenario.scaling_overhead,
        discount_share=scenario.discount_share,
        growth_per_year=scenario.growth_per_year,
        drift_per_year=scenario.price_drift_per_year,
        effort_days=Decimal(str(effort.p50_days)),
        usd_per_day=usd_per_day,
        other_one_off_usd=scenario.other_one_off_usd if is_move else Decimal(0),
        dual_months=scenario.dual_run_months if is_move else 0,
        dual_share=scenario.dual_run_share,
        ramp_months=scenario.ramp_months if is_move else 0,
        upkeep_days_per_year=_upkeep_days(option, scenario),
        committed_share=tuple((item.share, item.months_left) for item in bound if item.share),
        committed_usd=tuple((item.usd_per_month, item.months_left) for item in bound if item.usd_per_month),
        reuses_commitment=family_of(option.instance_type) == family_of(scenario.fleet.instance_type)
        and option.region in ("", scenario.region),
        owned_monthly_usd=owned.monthly_usd if owned else Decimal(0),
        resale_now_usd=owned.resale_now_usd * option.share if owned and is_move else Decimal(0),
        resale_at_horizon_usd=owned.resale_at_horizon_usd * option.share if owned and is_move else Decimal(0),
        exit_usd_days=scenario.exit_days * scenario.exit_probability if needs_port else Decimal(0),
        hours_follow_speed=scenario.hours_follow_speed,
        storage_usd_per_instance=scenario.besides.usd_per_instance if scenario.besides else Decimal(0),
        api_usd_per_month=option.api_usd_per_month,
    )


def _upkeep_days(option: Option, scenario: Scenario) -> Decimal:
    """Person-days a year of a port, or of following the versions of a managed service: where those are given they count, whether
    the work of moving there is known or not."""
    if option.upkeep_days_per_year is not None:
        return option.upkeep_days_per_year
    return scenario.upkeep_days_per_year if option.target_id else Decimal(0)


def spans_of(option: Option, scenario: Scenario, terms: Terms) -> tuple[Span, ...]:
    """The uncertain inputs of an option, in the names of its terms; without the effort."""
    spans = []
    for span in scenario.spans:
        key = TERM_OF.get(span.key, span.key)
        if option.kind == "right-size" and key in ONLY_MOVES:
            continue
        if key == "upkeep_days_per_year" and (not option.target_id or option.upkeep_days_per_year is not None):
            continue
        low, high, title = span.low, span.high, span.title
        if key == "load":
            title = LOAD_TITLE
            low, high = (float(load_of(scenario, Decimal(str(end)))) for end in (low, high))
        if key == "usd_per_day":  # the range scales with the rates of the roles that this port needs
            factor = float(terms.usd_per_day / scenario.usd_per_day_labour)
            low, high = low * factor, high * factor
        spans.append(Span(key, title, low, high))
    if option.kind == "move":
        title = f"Throughput of {option.instance_type} against {scenario.fleet.instance_type}"
        spans.append(Span("ratio", title, option.ratio.low, option.ratio.high))
    return tuple(spans)


def day_rate(scenario: Scenario, days_by_role: Mapping[str, float]) -> Decimal:
    """US dollars a person-day: the rates of the roles, weighted by what the port needs of each."""
    rates, total = dict(scenario.role_rates), Decimal(0)
    days = Decimal(str(sum(days_by_role.values())))
    if not rates or not days:
        return scenario.usd_per_day_labour
    for role, needed in sorted(days_by_role.items()):
        total += Decimal(str(needed)) * rates.get(role, scenario.usd_per_day_labour)
    return total / days


def family_of(instance_type: str) -> str:
    """`g5` of `g5.2xlarge`: what reservations are bound to."""
    return instance_type.split(".", maxsplit=1)[0]
