"""Terms that several tests use: the worked example of the method, and any terms at all."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from analyzer.cost.cash_flow import Terms

YEAR = Decimal("0.1")
GOLDEN = Terms(
    count=20, today_usd_per_hour=Decimal("1.212"), new_usd_per_hour=Decimal("0.7582"), hours_per_month=Decimal(730),
    load=Decimal(20), ratio=Decimal(1), horizon_months=36, discount_rate_per_year=YEAR, discount_share=Decimal("0.3"),
    effort_days=Decimal(520) / 8 * Decimal("1.14"), usd_per_day=Decimal(130) * 8, other_one_off_usd=Decimal(2000), dual_months=2,
)  # fmt: skip
"""20 x g5.2xlarge to inf2.xlarge one to one, 30 % off, 520 h at 130 USD with 14 % overrun, 2,000 USD of instances."""


def part(low: str, high: str, places: int = 3) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=Decimal(low), max_value=Decimal(high), places=places)


TERMS = st.builds(
    Terms,
    count=st.integers(1, 200), today_usd_per_hour=part("0.1", "50"), new_usd_per_hour=part("0.1", "50"),
    hours_per_month=part("100", "744", 0), load=part("0.1", "300"), ratio=part("0.05", "20"), horizon_months=st.integers(6, 48),
    discount_rate_per_year=part("0", "1"), share=st.sampled_from([Decimal(1), Decimal("0.6")]), min_instances=st.integers(1, 4),
    spare_instances=st.integers(0, 2), profile=st.sampled_from([(Decimal(1),), (Decimal(1), Decimal("0.5"), Decimal("0.1"))]),
    scaling_overhead=part("0", "0.5"), discount_share=part("0", "0.9"), growth_per_year=part("-0.3", "1"), drift_per_year=part("-0.3", "0.1"),
    effort_days=part("0", "500"), usd_per_day=part("100", "3000"), other_one_off_usd=part("0", "9000"),
    dual_months=st.integers(0, 5), dual_share=part("0", "1"), ramp_months=st.integers(0, 6), upkeep_days_per_year=part("0", "60"),
    committed_share=st.sampled_from([(), ((Decimal("0.6"), 12),)]), committed_usd=st.sampled_from([(), ((Decimal(900), 7),)]),
    reuses_commitment=st.booleans(), owned_monthly_usd=part("0", "5000"), resale_now_usd=part("0", "90000"),
    resale_at_horizon_usd=part("0", "9000"), exit_usd_days=part("0", "40"),
    hours_follow_speed=st.booleans(), storage_usd_per_instance=part("0", "200"), api_usd_per_month=st.sampled_from([None, Decimal(4000)]), start_month=st.sampled_from([0, 3]),
)  # fmt: skip
