"""Cash flows against a worked example, an independent library, and what must hold for any figures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy_financial
import pytest
from cost_samples import GOLDEN, TERMS, YEAR, part
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.cost import simulation
from analyzer.cost.cash_flow import (
    Terms,
    break_even_month,
    cumulative,
    discount_factor,
    instances_needed,
    mean_instances,
    net_flows,
    net_present_value,
    peak_instances,
)
from analyzer.cost.cost_words import usd_per_million


def npv_of(terms: Terms) -> Decimal:
    return net_present_value(net_flows(terms), terms.discount_rate_per_year)


def test_worked_example_by_hand() -> None:
    stay = 20 * Decimal(730) * Decimal("1.212") * Decimal("0.7")
    move = 20 * Decimal(730) * Decimal("0.7582") * Decimal("0.7")
    one_off = Decimal(520) * 130 * Decimal("1.14") + 2000
    by_hand = [-one_off, -move, -move, *[stay - move] * 34]
    assert net_flows(GOLDEN) == pytest.approx(by_hand)
    assert round(npv_of(GOLDEN)) == 41_094
    assert break_even_month(cumulative(net_flows(GOLDEN), YEAR)) == 25


def test_worked_example_with_a_year_of_reservations_left_on_sixty_percent() -> None:
    terms = replace(GOLDEN, committed_share=((Decimal("0.6"), 12),))
    assert round(npv_of(terms)) == -28_947
    assert break_even_month(cumulative(net_flows(terms), YEAR)) is None


def test_commitments_that_the_new_instances_can_use_strand_nothing() -> None:
    terms = replace(GOLDEN, committed_share=((Decimal("0.6"), 12),), reuses_commitment=True)
    assert npv_of(terms) == npv_of(GOLDEN)  # 60 % of today's cost is less than the new fleet costs
    half = replace(terms, new_usd_per_hour=Decimal("0.3636"))  # 30 % of today's: half of the commitment idles
    assert npv_of(half) < npv_of(replace(half, committed_share=()))


def test_aws_own_cost_per_million_inferences() -> None:
    """bert-base-uncased on inf2.xlarge: 2,756.19 inferences a second at 0.328 USD an hour, published as 0.033 USD."""
    assert round(usd_per_million(Decimal("0.328"), Decimal("2756.19")), 3) == Decimal("0.033")


MONEY = st.decimals(min_value=-100_000, max_value=100_000, places=2)


@given(st.lists(MONEY, min_size=1, max_size=60))
def test_npv_at_rate_zero_is_the_sum(flows: list[Decimal]) -> None:
    assert net_present_value(flows, Decimal(0)) == sum(flows)


@given(st.lists(MONEY, min_size=1, max_size=40), st.decimals(min_value=0, max_value=1, places=3))
def test_npv_against_numpy_financial(flows: list[Decimal], rate: Decimal) -> None:
    monthly = (1 + float(rate)) ** (1 / 12) - 1
    independent = numpy_financial.npv(monthly, [float(flow) for flow in flows])
    assert float(net_present_value(flows, rate)) == pytest.approx(independent, rel=1e-9, abs=1e-4)


@settings(max_examples=150, deadline=None)
@given(TERMS)
def test_the_arithmetic_of_draws_is_that_of_the_exact_flows(terms: Terms) -> None:
    exact = npv_of(terms)
    size = sum(abs(flow) for flow in net_flows(terms))
    assert float(simulation.npv(terms, {})[0]) == pytest.approx(float(exact), rel=1e-9, abs=float(size) * 1e-9 + 1e-6)


@settings(max_examples=100, deadline=None)
@given(TERMS, st.integers(2, 9))
def test_scaling_all_prices_and_labour_scales_the_npv(terms: Terms, factor: int) -> None:
    scaled = replace(
        terms, today_usd_per_hour=terms.today_usd_per_hour * factor, new_usd_per_hour=terms.new_usd_per_hour * factor,
        usd_per_day=terms.usd_per_day * factor, other_one_off_usd=terms.other_one_off_usd * factor,
        storage_usd_per_instance=terms.storage_usd_per_instance * factor,
        owned_monthly_usd=terms.owned_monthly_usd * factor, resale_now_usd=terms.resale_now_usd * factor,
        resale_at_horizon_usd=terms.resale_at_horizon_usd * factor,
        committed_usd=tuple((usd * factor, left) for usd, left in terms.committed_usd),
        api_usd_per_month=None if terms.api_usd_per_month is None else terms.api_usd_per_month * factor,
    )  # fmt: skip
    assert float(npv_of(scaled)) == pytest.approx(float(npv_of(terms) * factor), rel=1e-9, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(TERMS, part("1", "100"))
def test_more_effort_never_pays_better(terms: Terms, days: Decimal) -> None:
    assert npv_of(replace(terms, effort_days=terms.effort_days + days)) < npv_of(terms)


def test_discount_factor_is_yearly() -> None:
    assert discount_factor(12, YEAR) == pytest.approx(Decimal(1) / Decimal("1.1"))


def test_instances_are_whole() -> None:
    assert instances_needed(Decimal("2.6667"), Decimal(1), 1) == 3
    assert instances_needed(Decimal("2.6667"), Decimal(4), 2) == 2
    assert instances_needed(Decimal(1) / 3 * 3, Decimal(1), 1) == 1  # the last digit of a division buys nothing


def test_a_fleet_that_follows_the_day_is_whole_in_each_hour() -> None:
    terms = replace(
        GOLDEN, load=Decimal(10), profile=(Decimal(1), Decimal("0.25"), Decimal("0.05"), Decimal("0.05")), spare_instances=1
    )
    assert peak_instances(terms) == 11
    assert mean_instances(terms, 1) == Decimal(11 + 4 + 2 + 2) / 4


def test_growth_adds_instances_on_both_sides() -> None:
    terms = replace(GOLDEN, growth_per_year=Decimal(1))
    assert peak_instances(terms, 13) == 40 and peak_instances(terms, 1) == 20
    assert npv_of(terms) > npv_of(GOLDEN)


def test_owned_hardware_counts_its_resale_and_running_cost_only() -> None:
    owned = replace(GOLDEN, today_usd_per_hour=Decimal(0), owned_monthly_usd=Decimal(3000), new_usd_per_hour=Decimal("0.1"))
    with_resale = replace(owned, resale_now_usd=Decimal(10_000), resale_at_horizon_usd=Decimal(1000))
    gain = 10_000 * discount_factor(2, YEAR) - 1000 * discount_factor(36, YEAR)
    assert npv_of(with_resale) - npv_of(owned) == pytest.approx(gain)


def test_a_managed_service_takes_no_instances() -> None:
    terms = replace(GOLDEN, api_usd_per_month=Decimal(1000), dual_months=0, new_usd_per_hour=Decimal(0))
    stay = 20 * Decimal(730) * Decimal("1.212") * Decimal("0.7")
    assert net_flows(terms)[5] == pytest.approx(stay - 1000)


def test_leaving_the_new_platform_is_charged_at_the_horizon() -> None:
    terms = replace(GOLDEN, exit_usd_days=Decimal(10))
    assert net_flows(terms)[36] == net_flows(GOLDEN)[36] - 10 * GOLDEN.usd_per_day
