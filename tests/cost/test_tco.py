"""Cash flows and verdicts: a worked example, properties, and what must never be said."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from analyzer.cost.assumptions import assumptions_of
from analyzer.cost.tco import compare_options
from analyzer.knowledge.prices import load_price_lists, read_price_list
from analyzer.knowledge.scenario import load_default_scenario, load_scenario
from analyzer.knowledge.toml_reader import Table
from analyzer.model.cost import Fleet, OptionCost, PerformanceRatio, Scenario
from analyzer.model.effort import EffortEstimate
from analyzer.model.errors import UserInputError

DEFAULT = load_default_scenario()
DAY = datetime.date(2026, 8, 1)
EFFORT = EffortEstimate(20.0, 40.0, 90.0)
EFFORTS = {"inferentia2": EFFORT, "trainium2": EFFORT, "onnxruntime": EFFORT}


def options(scenario: Scenario) -> dict[str, OptionCost]:
    return {option.option_id: option for option in compare_options(scenario, load_price_lists(), EFFORTS, DAY).options}


def test_a_missing_price_is_no_zero() -> None:
    option = options(DEFAULT)["trainium2"]
    assert option.verdict == "no price" and option.npv is None and option.monthly_usd is None and option.flows == ()
    comparison = compare_options(DEFAULT, load_price_lists(), EFFORTS, DAY)
    assert any("no price for trn2.3xlarge" in warning for warning in comparison.warnings)


def test_published_figures_never_say_go() -> None:
    cheap = replace(DEFAULT, fleet=Fleet("g5.2xlarge", 2000, Decimal(730)))
    option = options(cheap)["inferentia2"]
    assert option.probability_npv_positive is not None and option.probability_npv_positive > 0.5
    assert option.verdict == "worth a proof of concept"
    measured = tuple(
        replace(o, ratio=PerformanceRatio(1.4, 1.5, 1.6, 1, "own", "2026-07-01")) if o.id == "inferentia2" else o
        for o in cheap.options
    )
    assert options(replace(cheap, options=measured))["inferentia2"].verdict == "go"


def test_a_bare_claim_is_not_calculated_with() -> None:
    claimed = tuple(replace(o, ratio=replace(o.ratio, level=6)) if o.id == "inferentia2" else o for o in DEFAULT.options)
    option = options(replace(DEFAULT, options=claimed))["inferentia2"]
    assert option.npv is None and option.verdict == "unclear"


def test_required_ratio_is_where_the_npv_turns() -> None:
    scenario = replace(DEFAULT, fleet=Fleet("g5.2xlarge", 100, Decimal(730)))
    option = options(scenario)["inferentia2"]
    assert option.required_ratio is not None
    for factor, pays in ((1.01, True), (0.97, False)):
        ratio = option.required_ratio * factor
        changed = tuple(
            replace(o, ratio=PerformanceRatio(ratio, ratio, ratio, 5, "s", "2026-01-01")) if o.id == "inferentia2" else o
            for o in scenario.options
        )
        last = options(replace(scenario, options=changed))["inferentia2"].flows[-1]
        assert (last.discounted_cumulative_usd >= 0) is pays


def test_ranges_are_ordered_and_repeatable() -> None:
    first, second = options(DEFAULT), options(DEFAULT)
    assert first == second
    for option in first.values():
        if option.npv is not None and option.one_off is not None:
            assert option.npv.p10_usd <= option.npv.p50_usd <= option.npv.p90_usd
            assert option.one_off.p10_usd <= option.one_off.p50_usd <= option.one_off.p90_usd


def test_default_says_so_and_old_prices_warn() -> None:
    warnings = compare_options(DEFAULT, load_price_lists(), EFFORTS, datetime.date(2027, 1, 1)).warnings
    assert "default scenario" in warnings[0]
    assert any("days old" in warning for warning in warnings)
    assert not any("days old" in w for w in compare_options(DEFAULT, load_price_lists(), EFFORTS, DAY).warnings)


def test_a_users_scenario_keeps_defaults_and_lists_them(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[fleet]\ninstance_type = "g5.xlarge"\ncount = 10\n'
        '[[price]]\ninstance_type = "trn2.3xlarge"\nusd_per_hour = 2.5\nas_of = "2026-07-01"\n'
    )
    scenario = load_scenario(path)
    assert scenario.fleet.count == 10 and "horizon_months" in scenario.defaulted and not scenario.is_default
    priced = options(scenario)
    assert priced["trainium2"].npv is not None and priced["trainium2"].price_basis == "user"
    assert priced["stay"].instance_type == "g5.xlarge"
    comparison = compare_options(scenario, load_price_lists(), EFFORTS, DAY)
    kinds = {item.id: item.kind for item in assumptions_of(comparison)}
    assert kinds["cost.fleet"] == "user" and kinds["cost.horizon_months"] == "assumption"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("discount_rate_per_year = -1", "discount_rate_per_year: is -1, must lie between 0 and 1"),
        ("horizon_months = 0", "horizon_months: is 0, must lie between 1 and 120"),
        ("utilisation_today = 0", "utilisation_today"),
        ("dual_run_months = 36", "must be below horizon_months"),
        ('[fleet]\ninstance_type = "g5.xlarge"\ncount = -1', "fleet.count"),
        ('[[price]]\ninstance_type = "x"\nusd_per_hour = 0\nas_of = "2026-01-01"', "usd_per_hour"),
        ('[[price]]\ninstance_type = "x"\nusd_per_hour = 700\nas_of = "2026-01-01"', "usd_per_hour"),
        ('[[price]]\ninstance_type = "x"\nusd_per_hour = 1\nas_of = "soon"', "must be a date"),
        ('[[option]]\nid = "a"\ntitle = "a"\nkind = "move"\ninstance_type = "x"', "ratio: is missing"),
    ],
)
def test_bad_scenarios_name_the_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UserInputError, match=message.replace("(", r"\(")):
        load_scenario(path)


def test_corrupt_price_rows_are_refused() -> None:
    values: dict[str, object] = {
        "id": "x", "as_of": "2026-01-01", "region": "r", "source": "s", "licence": "l", "usd_per_hour": {"a": Decimal(700)},
    }  # fmt: skip
    with pytest.raises(UserInputError, match=r"usd_per_hour.a: is 700"):
        read_price_list(Table("list.toml", "", values))
