"""What a reader who does sums by hand asks of a comparison: years that add up, a fair baseline, storage, and honest remarks."""

from __future__ import annotations

import datetime
import time
from dataclasses import replace
from decimal import Decimal

import pytest
from cost_samples import GOLDEN, TERMS
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.cost.assumptions import assumptions_of
from analyzer.cost.cash_flow import Terms, count_in, mean_instances, month_parts, net_flows, net_present_value, stranded, years_of
from analyzer.cost.costing import Costing, Text
from analyzer.model.cost import OptionCost, TcoComparison
from analyzer.model.effort import EffortEstimate, Readiness, RoleEffort, TargetAssessment
from analyzer.model.errors import UserInputError
from analyzer.model.workload import TargetFit
from analyzer.report.cost_view import cost_view
from analyzer.report.tco_json import YEAR_FIELDS, tco_to_json

DAY = datetime.date(2026, 8, 1)
TEXT = """version = 1
[fleet]
instance_type = "g5.2xlarge"
count = 20
utilisation = 0.3
[model]
kind = "encoder"
family = "bert-large"
[traffic]
peak_per_second = 900
daily_profile = [1,1,1,1,1,1,1,1,2,2,2,2,2,2,2,2,4,4,4,4,4,4,4,4]
autoscaled = true
"""
EUROS = '[currency]\ncode = "EUR"\nper_usd = 0.9\nas_of = "2026-07-01"\n'


def assessed(target: str, use: str = "fits") -> TargetAssessment:
    effort = EffortEstimate(20, 40, 80)
    return TargetAssessment(
        target, target, "needs_changes", "", "", "", (), "", Readiness(None, 1.0), (), (), effort,
        (RoleEffort("ml-engineer", effort),), (), (), (), TargetFit(use, "It serves and does not train.", (), ()),
    )  # fmt: skip


def compared(text: str, targets: tuple[TargetAssessment, ...] = (assessed("inferentia2"), assessed("trainium2"))) -> TcoComparison:
    return Costing.from_texts(Text("w.toml", text), (), None, DAY).compare(targets, ())


def option(comparison: TcoComparison, name: str) -> OptionCost:
    return next(item for item in comparison.options if item.option_id == name)


# ---- years -----------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(TERMS)
def test_the_years_add_up_to_the_flows_and_to_the_npv(terms: Terms) -> None:
    years, flows = years_of(terms), net_flows(terms)
    assert sum(year.months for year in years) == terms.horizon_months
    assert float(sum(year.net_usd for year in years)) == pytest.approx(float(sum(flows)), abs=0.05)
    npv = net_present_value(flows, terms.discount_rate_per_year)
    assert float(sum(year.discounted_net_usd for year in years)) == pytest.approx(float(npv), abs=0.05)
    for year in years:
        costs = (
            year.new_usd + year.today_still_usd + year.stranded_usd + year.one_off_usd + year.upkeep_usd + year.resale_and_exit_usd
        )
        assert float(year.stay_usd - costs) == pytest.approx(float(year.net_usd), abs=0.05)


def test_the_first_year_of_the_worked_example_by_hand() -> None:
    """20 x 1.212 and 20 x 0.7582 USD an hour, 730 hours, 30 % off; two months of both; 74.1 days at 1,040 and 2,000 of instances."""
    cent = Decimal("0.01")
    stay, new = (Decimal(20) * price * 730 * Decimal("0.7") for price in (Decimal("1.212"), Decimal("0.7582")))
    first = years_of(GOLDEN)[0]
    assert (first.year, first.months, first.stay_usd, first.new_usd) == (
        1,
        12,
        (12 * stay).quantize(cent),
        (12 * new).quantize(cent),
    )
    assert first.today_still_usd == (2 * stay).quantize(cent) and first.one_off_usd == Decimal("74.1") * 1040 + 2000
    assert first.net_usd == (10 * stay - 12 * new - first.one_off_usd).quantize(cent)


def test_before_the_start_nothing_differs_from_today() -> None:
    waiting = month_parts(replace(GOLDEN, start_month=6))
    assert all(part.net == 0 and part.today_still == part.stay for part in waiting[:6]) and waiting[6].one_off > 0


def test_the_table_of_years_shows_what_the_json_holds() -> None:
    comparison = compared(TEXT)
    shown = next(item for item in cost_view(comparison)["options"] if item["id"] == "g6.xlarge")["years"]
    saved = next(item for item in tco_to_json(comparison)["options"] if item["id"] == "g6.xlarge")["years"]
    assert [tuple(year) for year in saved] == [YEAR_FIELDS] * 3
    total = round(sum(year["discounted_net_usd"] for year in saved))
    assert shown["npv"] == shown["total"][-1] == f"{'−' if total < 0 else ''}${abs(total):,}"
    assert "Commitments unused" not in shown["columns"]  # nothing is bound


# ---- a fair baseline -------------------------------------------------------------------------------------------------


def test_todays_fleet_grows_only_once_its_reserve_is_used_up() -> None:
    """Ten instances that work as five: traffic may double before an eleventh is bought."""
    terms = replace(GOLDEN, count=10, load=Decimal(5), growth_per_year=Decimal(1))
    assert [count_in(terms, month) for month in (1, 13, 14, 25)] == [10, 10, 11, 20]
    busy = replace(terms, load=Decimal(10))
    assert [count_in(busy, month) for month in (1, 13)] == [10, 20]


def test_a_fleet_that_runs_hotter_than_aimed_at_starts_as_it_is() -> None:
    assert count_in(replace(GOLDEN, count=10, load=Decimal(12)), 1) == 10


def test_quantity_times_price_is_the_cost_of_a_month() -> None:
    """As the columns of FOCUS promise, also where the fleet follows the day and a discount is had."""
    text = TEXT + "[purchase]\ndiscount_share = 0.1\n"
    rows = [row for row in tco_to_json(compared(text))["options"] if row["monthly_usd"] is not None]
    assert len(rows) > 3
    for row in rows:
        assert row["PricingQuantity"] * row["ContractedUnitPrice"] == pytest.approx(row["EffectiveCost"], abs=1)
    resized = next(item for item in cost_view(compared(text))["options"] if item["id"] == "right-size")
    assert resized["mean"] and "paid; list" in resized["price"]


# ---- storage and data sent out ---------------------------------------------------------------------------------------

STORAGE = (
    "[storage]\ngib_per_instance = 100\nshared_gib = 500\nper_gib_month = 0.1\n[egress]\ngib_per_month = 1000\nper_gib = 0.05\n"
)


def test_disks_follow_the_instances_and_the_rest_is_alike() -> None:
    plain, stored = compared(TEXT), compared(TEXT + STORAGE)
    for name in ("stay", "right-size", "g6.xlarge"):
        before, after = option(plain, name), option(stored, name)
        assert before.monthly_usd is not None and after.monthly_usd is not None and after.mean_instances is not None
        assert abs(after.monthly_usd - before.monthly_usd - 10 * after.mean_instances) <= 1
        assert after.alike_usd == 500 * Decimal("0.1") + 1000 * Decimal("0.05")
    assert "Besides, every option pays" in "".join(_page(stored)) and "Besides, every option pays" not in "".join(_page(plain))


def _page(comparison: TcoComparison) -> str:
    import jinja2

    from analyzer.knowledge.data_files import data_folder
    from analyzer.model.counted import counted

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["code"] = str
    environment.globals["counted"] = counted
    template = data_folder("report_templates").joinpath("cost.html.j2").read_text("utf-8")
    return environment.from_string(template).render(cost=cost_view(comparison))


def test_a_price_of_data_that_is_left_out_is_the_sourced_one() -> None:
    rows = {item.id: item for item in assumptions_of(compared(TEXT + "[egress]\ngib_per_month = 10\n"))}
    price = rows["cost.egress_price"]
    assert (price.value, price.kind, price.as_of) == ("0.09", "reported", "2026-06-01") and "third parties" in price.source
    assert rows["cost.egress"].kind == "user" and "cost.storage" not in rows


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[storage]\ngib_per_instance = 10\n", "storage.per_gib_month"),
        ("[storage]\nper_gib_month = 0.1\n", "storage.gib_per_instance"),
        ("[storage]\nshared_gib = -1\nper_gib_month = 0.1\n", "storage.shared_gib"),
        ("[egress]\nper_gib = 0.1\n", "egress.gib_per_month"),
        ("[egress]\ngib_per_month = 0\n", "egress.gib_per_month"),
        ("[egress]\ngib_per_month = 5\nper_gb = 1\n", "per_gib"),
    ],
)
def test_what_is_stated_of_storage_is_checked(text: str, words: str) -> None:
    with pytest.raises(UserInputError, match=words.replace(".", r"\.")):
        compared(TEXT + text)


@settings(max_examples=40, deadline=None)
@given(TERMS, st.integers(0, 100))
def test_commitments_are_for_hours_and_not_for_disks(terms: Terms, disk: int) -> None:
    assert stranded(terms, 1) == stranded(replace(terms, storage_usd_per_instance=Decimal(disk)), 1)


# ---- what is said ----------------------------------------------------------------------------------------------------


def test_amounts_are_listed_in_the_currency_of_the_file_without_digits_of_the_rate() -> None:
    text = EUROS + TEXT + "[labour]\nper_day = { low = 600, likely = 800, high = 1100 }\nkernel-engineer = 1300\n"
    rows = {item.id: item for item in assumptions_of(compared("version = 1\n" + text.replace("version = 1\n", "")))}
    assert (rows["cost.usd_per_day_labour"].value, rows["cost.usd_per_day_labour"].unit) == ("800 (600 to 1,100)", "EUR")
    assert rows["cost.labour.kernel-engineer"].value == "1,300"
    assert rows["cost.other_one_off_usd"].value == "1,800"  # 2,000 USD of the default scenario


def test_everything_that_the_user_states_is_listed() -> None:
    text = TEXT.replace("count = 20", "count = 20\nspare_instances = 2\nhours_per_month = 300") + (
        "[purchase]\ntoday = { on-demand = 0.4, reserved-1y = 0.6 }\nprice_drift_per_year = -0.1\n"
        '[[commitment]]\nkind = "standard-reserved"\nshare = 0.6\nmonths_left = 9\n'
        "[move]\nramp_months = 2\nexit_days = 10\nexit_probability = 0.3\ndual_run_share = 0.5\n"
    )
    rows = {item.id: item.value for item in assumptions_of(compared(text))}
    assert rows["cost.spare_instances"] == "2" and rows["cost.hours_per_month"] == "300" and rows["cost.ramp_months"] == "2"
    assert rows["cost.purchase_today"] == "on-demand 0.4, reserved-1y 0.6"
    assert rows["cost.commitment.0"] == "0.6 of the fleet, 9 months left"
    assert rows["cost.exit_probability"] == "0.3" and rows["cost.dual_run_share"] == "0.5"
    assert rows["cost.price_drift_per_year"] == "-0.1" and rows["cost.peak_per_second"] == "900"


def test_a_speed_that_is_not_known_is_no_figure_that_anything_rests_on() -> None:
    rows = [item.id for item in assumptions_of(compared(TEXT.replace('"encoder"', '"other"').replace('"bert-large"', '""')))]
    assert not any(name.startswith("cost.ratio.inferentia2") for name in rows)


def test_a_commitment_that_is_not_bought_so_is_remarked_on() -> None:
    bound = '[[commitment]]\nkind = "ec2-instance-savings-plan"\nshare = 0.4\nmonths_left = 6\n'
    for plans in (bound, bound + bound.replace("0.4", "0.2")):  # once, however many plans there are
        warnings = compared(TEXT + plans).warnings
        assert sum("of the kind ec2-instance-savings-plan is bound" in warning for warning in warnings) == 1
    bought = '[purchase]\ntoday = { on-demand = 0.6, savings-plan-1y = 0.4 }\n[[price]]\ninstance_type = "g5.2xlarge"\n'
    bought += 'purchase = "savings-plan-1y"\nusd_per_hour = 0.9\nas_of = "2026-07-01"\n'
    assert not any("is bound" in warning for warning in compared(TEXT + bound + bought).warnings)


def test_keys_that_are_left_out_are_named_as_in_the_file() -> None:
    (said,) = [warning for warning in compared(TEXT).warnings if "does not say" in warning]
    assert "labour.per_day" in said and "move.other_one_off" in said and "usd_per_day_labour" not in said


def test_an_offer_whose_work_is_not_assessed_says_so() -> None:
    text = TEXT.replace("autoscaled", "input_tokens = 10\noutput_tokens = 5\nautoscaled")
    text += '[[api]]\nid = "x"\ninput_per_million = 1\noutput_per_million = 2\nas_of = "2026-07-01"\n'
    said = "the work of moving to it is not counted"
    assert any(said in warning for warning in compared(text).warnings)
    assert not any(said in warning for warning in compared(text, (assessed("managed-api"),)).warnings)


def test_a_managed_service_may_take_another_upkeep_than_a_port() -> None:
    text = TEXT.replace("autoscaled", "input_tokens = 10\noutput_tokens = 5\nautoscaled")
    text += '[[api]]\nid = "x"\ninput_per_million = 1\noutput_per_million = 2\nas_of = "2026-07-01"\n'
    managed = (assessed("managed-api"),)
    alike, own = (option(compared(text + more, managed), "api-x") for more in ("", "upkeep_days_per_year = 3\n"))
    assert sum(year.upkeep_usd for year in own.years) * 5 == sum(year.upkeep_usd for year in alike.years)  # 15 of the default
    assert "upkeep_days_per_year" in {sway.key for sway in alike.tornado} - {sway.key for sway in own.tornado}


def test_the_upkeep_that_is_stated_of_a_managed_service_is_listed_and_counted_without_an_assessment() -> None:
    """Three days a year at 1,000 USD, less the two months of both in the first of the three years."""
    text = TEXT.replace("autoscaled", "input_tokens = 10\noutput_tokens = 5\nautoscaled") + "[labour]\nper_day = 1000\n"
    text += "[move]\ndual_run_months = 2\n"
    text += '[[api]]\nid = "x"\ninput_per_million = 1\noutput_per_million = 2\nas_of = "2026-07-01"\n'
    stated = compared(text + "upkeep_days_per_year = 3\n")
    rows = {item.id: (item.value, item.unit, item.kind) for item in assumptions_of(stated)}
    assert rows["cost.api_upkeep.api-x"] == ("3", "person-days a year", "user")
    assert [year.upkeep_usd for year in option(stated, "api-x").years] == [2500, 3000, 3000]
    assert not any(year.upkeep_usd for year in option(compared(text), "api-x").years)


def test_a_target_that_cannot_train_is_offered_the_serving_only() -> None:
    mixed = TEXT.replace("count = 20", "count = 20\nserving_share = 0.8")
    targets = (assessed("inferentia2", "partly"), assessed("trainium2"))
    names = [item.option_id for item in compared(mixed, targets).options]
    assert "mix-inferentia2-inf2.xlarge" in names and "inferentia2-inf2.xlarge" not in names
    assert "mix-inferentia2-inf2.xlarge" in [plan.option_id for plan in compared(mixed, targets).plans]
    assert "inferentia2-inf2.xlarge" in [item.option_id for item in compared(TEXT, targets).options]


def test_a_mix_of_unknown_speed_takes_nothing_from_the_mix_that_is_known() -> None:
    mixed = (
        TEXT.replace("count = 20", "count = 20\nserving_share = 0.8").replace('"encoder"', '"other"').replace('"bert-large"', '""')
    )
    mixed += '[[candidate]]\ninstance_type = "inf2.xlarge"\ntarget = "inferentia2"\n'
    mixed += '[[candidate]]\ninstance_type = "trn1.2xlarge"\ntarget = "trainium2"\n'
    mixed += '[[measurement]]\ninstance_type = "trn1.2xlarge"\nthroughput_per_second = 300\nas_of = "2026-07-01"\n'
    comparison = compared(mixed, (assessed("inferentia2", "partly"), assessed("trainium2")))
    assert option(comparison, "mix-inferentia2-inf2.xlarge").npv is None
    assert option(comparison, "mix-trainium2-trn1.2xlarge").npv is not None


def test_training_is_measured_in_steps_and_not_in_latency() -> None:
    training = (
        TEXT.replace('"encoder"', '"training"').replace('"bert-large"', '"llama-2-70b"').replace("g5.2xlarge", "p5en.48xlarge")
    )
    training += (
        '[[candidate]]\ninstance_type = "p6-b200.48xlarge"\n[[candidate]]\ninstance_type = "trn2.48xlarge"\ntarget = "trainium2"\n'
    )
    comparison = compared(training)
    assert option(comparison, "p6-b200.48xlarge").evidence.startswith("level 3: llama-2-70b LoRA, MLPerf training")
    for plan in comparison.plans:
        assert "train.py" in " ".join(plan.commands)
        assert not {mark.quantity for mark in plan.marks} & {"p95_ms", "ttft_ms", "itl_ms"}
    unpriced = next(plan for plan in comparison.plans if plan.target_id == "trainium2")
    assert unpriced.marks[0].mark == "to be measured"  # without a price nothing is known of what it needs


def test_figures_of_serving_say_nothing_of_training() -> None:
    training = TEXT.replace('"encoder"', '"training"')
    assert option(compared(training), "g6.xlarge").verdict == "unclear"
    assert option(compared(TEXT), "g6.xlarge").npv is not None


def test_training_pays_for_hours_and_serving_for_whole_instances() -> None:
    """Two nodes at 0.8 of 0.9 aimed at, on chips that are 1.25 times as fast: 2 x 0.8 / 0.9 / 1.25 nodes' hours."""
    terms = replace(
        GOLDEN, count=2, load=Decimal(2) * Decimal("0.8") / Decimal("0.9"), ratio=Decimal("1.25"), hours_follow_speed=True
    )
    assert round(mean_instances(terms, 1), 6) == round(Decimal(2 * 0.8 / 0.9 / 1.25), 6)
    assert mean_instances(replace(terms, hours_follow_speed=False), 1) == 2
    training = TEXT.replace('"encoder"', '"training"')
    assert compared(training).scenario.hours_follow_speed and "Training is paid by the hour" in _page(compared(training))
    assert not compared(TEXT).scenario.hours_follow_speed


def test_what_is_not_counted_because_nobody_gave_it_is_not_the_users_figure() -> None:
    rows = {item.id: item for item in assumptions_of(compared(TEXT))}
    assert rows["cost.growth_per_year"].kind == "assumption" and rows["cost.exit_days"].kind == "assumption"
    given = compared(TEXT.replace("autoscaled", "growth_per_year = { low = 0, likely = 0, high = 0.5 }\nautoscaled"))
    assert next(item.kind for item in assumptions_of(given) if item.id == "cost.growth_per_year") == "user"


def test_hours_in_which_instances_run_early_or_late_are_paid() -> None:
    """Only where the fleet follows the day, and not of the spare ones, which run anyhow."""
    terms = replace(GOLDEN, profile=(Decimal(1), Decimal("0.5")), spare_instances=2)
    late = replace(terms, scaling_overhead=Decimal("0.1"))
    assert (mean_instances(terms, 1), mean_instances(late, 1)) == (Decimal(17), Decimal("18.5"))
    assert mean_instances(replace(late, profile=(Decimal(1),)), 1) == mean_instances(replace(terms, profile=(Decimal(1),)), 1)


def test_a_year_of_hours_is_reckoned_in_no_time() -> None:
    year = [200 + (hour % 24) * 25 + hour // 24 for hour in range(8760)]
    text = TEXT[: TEXT.index("peak_per_second")] + f"autoscaled = true\nhourly_rates = {year}\n"
    begin = time.process_time()
    assert option(compared(text), "right-size").npv is not None
    assert time.process_time() - begin < 10


def test_a_measurement_that_is_old_is_to_be_made_again() -> None:
    measured = (
        TEXT + '[[measurement]]\ninstance_type = "inf2.xlarge"\nthroughput_per_second = 300\nas_of = "{}"\nsoftware = "SDK 2"\n'
    )
    assert any("was measured 212 days ago" in warning for warning in compared(measured.format("2026-01-01")).warnings)
    assert not any("days ago" in warning for warning in compared(measured.format("2026-07-01")).warnings)


def test_another_region_is_another_option_with_its_own_price() -> None:
    """Frankfurt's price is a quarter above that of us-east-1; a reservation is bound to the region as well."""
    there = '[[candidate]]\ninstance_type = "g5.2xlarge"\nregion = "us-east-1"\n[[candidate]]\ninstance_type = "g5.2xlarge"\n'
    bound = '[[commitment]]\nkind = "standard-reserved"\nshare = 0.9\nmonths_left = 12\n'
    comparison = compared(TEXT.replace("version = 1\n", 'version = 1\nregion = "eu-central-1"\n') + there + bound)
    moved, stayed = option(comparison, "g5.2xlarge-us-east-1"), option(comparison, "g5.2xlarge")
    assert moved.title.endswith(", us-east-1") and moved.usd_per_hour == Decimal("1.212")
    assert stayed.usd_per_hour is not None and stayed.usd_per_hour > moved.usd_per_hour
    assert sum(year.stranded_usd for year in moved.years) > sum(year.stranded_usd for year in stayed.years)
    names = {item.id for item in assumptions_of(comparison)}
    assert {"cost.price.g5.2xlarge.on-demand", "cost.price.g5.2xlarge.on-demand.us-east-1"} <= names


def test_of_several_models_that_are_not_the_users_the_middle_one_counts() -> None:
    """B200 against H200 in training: BERT 1.43, RetinaNet 1.53, Llama 2 with LoRA 2.09, Stable Diffusion 2.19."""
    text = TEXT.replace('"encoder"', '"training"').replace('"bert-large"', '"gpt2"').replace("g5.2xlarge", "p5en.48xlarge")
    found = option(compared(text + '[[candidate]]\ninstance_type = "p6-b200.48xlarge"\n'), "p6-b200.48xlarge")
    assert found.ratio is not None and found.ratio.mid == pytest.approx(1.53 * 0.9, rel=0.01)
    assert "retinanet" in found.evidence and "the middle one of 4 published" in found.evidence


@pytest.mark.parametrize(
    ("allowed", "verdict", "words"),
    [
        ("", "unclear", "accuracy changed by -3.00%, and [model] accuracy_loss_allowed does not say"),
        ("accuracy_loss_allowed = 0.05\n", "go", "accuracy changed by -3.00%"),
        ("accuracy_loss_allowed = 0.01\n", "unclear", "loses 3.00% of accuracy, 1.00% are allowed"),
    ],
)
def test_what_a_measurement_says_besides_speed_is_not_lost(allowed: str, verdict: str, words: str) -> None:
    fast = TEXT.replace("count = 20", "count = 200").replace("peak_per_second = 900", "peak_per_second = 40000")
    fast = fast.replace('family = "bert-large"', f'family = "bert-large"\n{allowed}').replace(
        "utilisation = 0.3", "utilisation = 0.9"
    )
    fast += '[[measurement]]\ninstance_type = "inf2.xlarge"\nthroughput_per_second = 2000\nas_of = "2026-07-01"\n'
    fast += "accuracy_change = -0.03\ncompile_minutes = 12\n"
    found = option(compared(fast), "inferentia2-inf2.xlarge")
    assert found.verdict == verdict and words in found.evidence
    assert ("compiled in 12 minutes" in found.evidence) == (found.npv is not None)


@pytest.mark.parametrize(
    ("allowed", "mark"),
    [("", "within what you agree on before you measure"), ("accuracy_loss_allowed = 0.01\n", "a loss of at most 1.00%")],
)
def test_the_pass_mark_of_accuracy_is_what_the_file_allows(allowed: str, mark: str) -> None:
    comparison = compared(TEXT.replace('family = "bert-large"', f'family = "bert-large"\n{allowed}'))
    plan = next(plan for plan in comparison.plans if plan.target_id == "inferentia2")
    assert [item.mark for item in plan.marks if item.quantity == "accuracy_change"] == [mark]
