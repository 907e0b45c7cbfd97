"""Workload files: what they say, what they leave out, and what is refused with which words."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from analyzer.cost.costing import Costing, Text
from analyzer.knowledge.scenario import load_default_scenario
from analyzer.knowledge.workload_file import read_workload
from analyzer.model.errors import UserInputError
from analyzer.model.workload_file import Workload

DAY = datetime.date(2026, 11, 25)
FLEET = '[fleet]\ninstance_type = "g5.2xlarge"\ncount = 10\n'


def read(text: str, fleet: str = FLEET) -> Workload:
    return read_workload(Text("w.toml", "version = 1\n" + text + fleet).table(), load_default_scenario(), DAY)


def refusal(text: str, fleet: str = FLEET) -> str:
    with pytest.raises(UserInputError) as caught:
        Costing.from_texts(Text("w.toml", "version = 1\n" + text + fleet), (), None, DAY)
    return str(caught.value)


def test_what_is_left_out_is_the_defaults_and_listed() -> None:
    scenario = read("").scenario
    assert scenario.fleet.count == 10 and not scenario.is_default
    assert "horizon_months" in scenario.defaulted and "fleet" not in scenario.defaulted
    assert {span.key for span in scenario.spans} >= {"utilisation_today", "usd_per_day_labour", "dual_run_months"}


def test_a_number_that_is_given_is_certain_and_a_range_is_not() -> None:
    fleet = FLEET + "utilisation = { low = 0.2, likely = 0.3, high = 0.5 }\n"
    scenario = read("[labour]\nper_day = 900\n", fleet).scenario
    assert scenario.utilisation_today == Decimal("0.3")
    spans = {span.key: (span.low, span.high) for span in scenario.spans}
    assert spans["utilisation_today"] == (0.2, 0.5) and "usd_per_day_labour" not in spans


def test_money_is_in_the_currency_of_the_file() -> None:
    text = '[currency]\ncode = "EUR"\nper_usd = 0.8\nas_of = "2026-11-01"\n[labour]\nper_day = 800\nkernel-engineer = 1200\n[move]\nother_one_off = 400\n'
    text += '[[price]]\ninstance_type = "trn2.3xlarge"\nper_hour = 2\nas_of = "2026-11-01"\n'
    scenario = read(text).scenario
    assert scenario.usd_per_day_labour == 1000 and scenario.other_one_off_usd == 500
    assert scenario.role_rates == (("kernel-engineer", Decimal(1500)),)
    assert scenario.prices[0].usd_per_hour == Decimal("2.5")


def test_owned_hardware() -> None:
    text = (
        '[owned]\npurchase_date = "2024-05-01"\npurchase = 300000\npower_kw = 10\npue = 1.5\nper_kwh = 0.1\n'
        "other_per_month = 905\nresale_now = 60000\nresale_at_horizon = 15000\n"
    )  # fmt: skip
    owned = read(text).scenario.owned
    assert owned is not None and owned.monthly_usd == 10 * Decimal("1.5") * 730 * Decimal("0.1") + 905
    assert owned.book_life_months == 60


def test_peak_average_and_profile_follow_from_the_rates_of_a_week() -> None:
    week = [10] * 100 + [30] * 60 + [40] * 8
    scenario = read(f"[traffic]\nautoscaled = true\nhourly_rates = {week}\n").scenario
    assert scenario.volume is not None
    assert (scenario.volume.peak_per_second, scenario.volume.average_per_second) == (Decimal(40), Decimal(sum(week)) / 168)
    assert len(scenario.hourly_profile) == 168 and set(scenario.hourly_profile) == {Decimal("0.25"), Decimal("0.75"), Decimal(1)}


def test_the_average_follows_from_the_profile() -> None:
    hours = [4] * 6 + [8] * 18
    volume = read(f"[traffic]\npeak_per_second = 80\ndaily_profile = {hours}\n").scenario.volume
    assert volume is not None and volume.average_per_second == 70


PROFILE = "daily_profile = [" + ",".join(["1"] * 24) + "]\n"
OWNED = '[owned]\npurchase_date = "2024-05-01"\npurchase = 100\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("horizon_months = 0\n", "horizon_months: is 0, must lie between 1 and 120"),
        ("discount_rate_per_year = -1\n", "discount_rate_per_year: is -1, must lie between 0 and 1"),
        ('region = "mars-east-1"\n', "region: 'mars-east-1' is in no price list"),
        ('region = "us-west-1"\n', "did you mean"),
        ("[traffic]\npeak_per_second = 0\n", "traffic.peak_per_second: is 0, must lie between 0.000001"),
        ("[traffic]\npeak_per_second = -3\n", "traffic.peak_per_second: is -3, must lie between"),
        ("[traffic]\naverage_per_second = 3\n", "traffic.peak_per_second: is missing"),
        ("[traffic]\npeak_per_second = 3\naverage_per_second = 4\n", "average_per_second: is 4, above peak_per_second (3)"),
        ("[traffic]\npeak_per_second = 3\naverage_per_second = 1\n" + PROFILE, "daily_profile give 3: leave one of them out"),
        ("[traffic]\ndaily_profile = [1, 2]\n", "daily_profile: must be a list of 24 numbers"),
        ("[traffic]\n" + PROFILE.replace("1", "0"), "at least one above 0"),
        ("[traffic]\nautoscaled = true\n", "autoscaled: needs daily_profile"),
        ("[traffic]\nhourly_rates = [1, 2]\n", "hourly_rates: holds 2 hours, must hold 24 to 8784"),
        ("[traffic]\nhourly_rates = []\n", "hourly_rates: must be a list of numbers, one for each hour"),
        ("[traffic]\nhourly_rates = " + str([-1] * 24) + "\n", "hourly_rates: must hold numbers between 0"),
        ("[traffic]\nhourly_rates = " + str([1] * 24) + "\npeak_per_second = 3\n", "peak_per_second: contradicts hourly_rates"),
        ("[traffic]\nscaling_overhead = 2\n", "scaling_overhead: is 2, must lie between 0 and 1"),
        ("[traffic]\ngrowth_per_year = 99\n", "growth_per_year: is 99, must lie between -0.9 and 10"),
        ("[purchase.today]\non-demand = 0.5\n", "purchase.today: the shares add up to 0.5, must add up to 1"),
        ("[purchase.new]\nleased = 1\n", "purchase.new.leased: unknown key"),
        ("[purchase]\ndiscount_share = 1.2\n", "purchase.discount_share: is 1.2, must lie between 0 and 0.95"),
        ('[currency]\ncode = "EUR"\nper_usd = 0\nas_of = "2026-01-01"\n', "currency.per_usd: is 0, must lie between"),
        ('[currency]\ncode = "Euro"\nper_usd = 1\nas_of = "2026-01-01"\n', "must be three capital letters"),
        ('[currency]\ncode = "EUR"\nper_usd = 1\nas_of = "2027-01-01"\n', "currency.as_of: is 2027-01-01, must not lie after"),
        ('[[price]]\ninstance_type = "a"\nper_hour = 1\ncurrency = "GBP"\nas_of = "2026-01-01"\n', "currency: is GBP; the file is in USD"),
        ('[[price]]\ninstance_type = "a"\nper_hour = 1\nusd_per_hour = 1\nas_of = "2026-01-01"\n', "give either usd_per_hour, or per_hour"),
        ('[[price]]\ninstance_type = "a"\nusd_per_hour = 0\nas_of = "2026-01-01"\n', "usd_per_hour: is 0, must lie between"),
        ('[[commitment]]\nkind = "compute-savings-plan"\nmonths_left = 3\n', "give one of share, per_month and per_hour, not 0"),
        ('[[commitment]]\nkind = "compute-savings-plan"\nshare = 0.1\nper_month = 3\nmonths_left = 3\n', "not 2 of them"),
        ('[[commitment]]\nkind = "lease"\nshare = 0.1\nmonths_left = 3\n', "kind: is 'lease', must be one of"),
        ('[[commitment]]\nkind = "capacity-block"\nshare = 0.1\nmonths_left = -3\n', "months_left: is -3"),
        (OWNED + "power_kw = 3\n", "per_kwh: is missing"),
        (OWNED + "resale_now = 300\n", "resale_now: is above purchase"),
        (OWNED.replace("2024", "2027"), "owned.purchase_date: is 2027-05-01, must not lie after"),
        (OWNED + "[purchase.today]\non-demand = 1\n", "purchase.today: contradicts [owned]"),
        ('[[api]]\nid = "a"\ninput_per_million = 1\noutput_per_million = 1\nas_of = "2026-01-01"\n', "api: needs [traffic]"),
        ('[[measurement]]\ninstance_type = "a"\nthroughput_per_second = -1\nas_of = "2026-01-01"\n', "throughput_per_second: is -1"),
        ('[[measurement]]\ninstance_type = "a"\nthroughput_per_second = 5\nas_of = "2028-01-01"\n', "must not lie after 2026-11-25"),
        ('[[candidate]]\ninstance_type = "inf2.xlrge"\n', 'candidate[0].instance_type: \'inf2.xlrge\' is not known (did you mean "inf2.xlarge"?)'),
        ('[[candidate]]\ninstance_type = "inf2.xlarge"\nregion = "us-east-9"\n', "candidate[0].region: 'us-east-9' is in no price list"),
        ("[model]\naccuracy_loss_allowed = 3\n", "model.accuracy_loss_allowed: is 3, must lie between 0 and 1"),
        ('[model]\nkind = "transformer"\n', "model.kind: is 'transformer', must be one of encoder"),
        ("[move]\ndual_run_months = 36\n", "dual_run_months: is 36, must be below horizon_months (36)"),
        ("[move]\ndual_run_months = { low = 3, likely = 2, high = 4 }\n", "needs low <= likely <= high"),
        ("[labour]\nper_day = 0\n", "labour.per_day: is 0, must lie between"),
        ("[labor]\n", 'labor: unknown key (did you mean "labour"?)'),
    ],
)  # fmt: skip
def test_bad_input_names_key_and_range(text: str, words: str) -> None:
    message = refusal(text)
    assert message.startswith("w.toml: ") and words in message


def test_rates_and_throughput_that_contradict_each_other_are_refused() -> None:
    words = refusal("[traffic]\npeak_per_second = 9000\n", FLEET + "throughput_per_instance = 5\n")
    assert "traffic.peak_per_second: contradicts throughput and count: today's fleet would run at 180 times" in words


@pytest.mark.parametrize(
    ("fleet", "words"),
    [
        ("", "is missing: a workload file needs [fleet]"),
        ('[fleet]\ninstance_type = "g5.2xlarge"\ncount = 0\n', "fleet.count: is 0, must lie between 1 and 100000"),
        ('[fleet]\ninstance_type = "g55.2xlarge"\ncount = 1\n', "'g55.2xlarge' is not known"),
        ('[fleet]\ninstance_type = "trn2.3xlarge"\ncount = 1\n', "there is no on-demand price for trn2.3xlarge in us-east-1"),
        (FLEET + "utilisation = 1.1\n", "fleet.utilisation: is 1.1, must lie between 0.01 and 1"),
        (FLEET + "hours_per_month = 745\n", "fleet.hours_per_month: is 745, must lie between 1 and 744"),
        (FLEET + "serving_share = 0\n", "fleet.serving_share: is 0"),
    ],
)
def test_bad_fleets(fleet: str, words: str) -> None:
    assert words in refusal("", fleet)


def test_a_short_horizon_shortens_a_dual_run_that_nobody_gave() -> None:
    assert read("horizon_months = 2\n").scenario.dual_run_months == 1


def test_another_version_and_a_mixture_of_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="version: is 2, must be 1"):
        Costing.from_texts(Text("w.toml", "version = 2\n"), (), None, DAY)
    with pytest.raises(UserInputError, match="traffic: belongs to a workload file: begin the file with `version = 1`"):
        Costing.from_texts(Text("w.toml", "[traffic]\n"), (), None, DAY)


def test_the_older_format_is_still_read() -> None:
    plan = Costing.from_texts(Text("w.toml", "horizon_months = 24\n"), (), None, DAY).plan
    assert not isinstance(plan, Workload) and plan.horizon_months == 24
    with pytest.raises(UserInputError, match="measurements need a workload file"):
        Costing.from_texts(None, (), Text("m.toml", "version = 1\n"), DAY)
