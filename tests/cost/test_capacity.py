"""From a workload to its options: memory first, then measured or published speed, whole instances, and no *go* on paper."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.assess.memory_fit import place, serving_memory
from analyzer.cost.assumptions import assumptions_of
from analyzer.cost.costing import Costing, Text
from analyzer.cost.evidence import speed_of
from analyzer.cost.memory_fit import accelerators_needed, cache_bytes, memory_words, weight_bytes
from analyzer.cost.proof_plan import measurements_text
from analyzer.knowledge.fit import Instance, load_fit_facts
from analyzer.knowledge.performance import load_performance
from analyzer.knowledge.workload_parts import read_measurements
from analyzer.model.cost import OptionCost, TcoComparison
from analyzer.model.effort import EffortEstimate, Readiness, RoleEffort, TargetAssessment
from analyzer.model.errors import UserInputError
from analyzer.model.workload import Evidence, Limit, NamedModel
from analyzer.model.workload import ModelShape as Shape
from analyzer.model.workload import Workload as Repository
from analyzer.model.workload_file import ModelShape, Workload
from analyzer.report.cost_view import cost_view
from analyzer.report.tco_json import tco_to_json

DAY = datetime.date(2026, 8, 1)
KNOWLEDGE = load_performance()
LLAMA = ModelShape("llm", "llama-3.1-8b", 8_030_000_000, Decimal(2), 32, 8, 128, 4096, 16)
TEXT = """version = 1
[fleet]
instance_type = "g5.2xlarge"
count = 40
utilisation = 0.4
[model]
kind = "encoder"
family = "bert-large"
parameters = 340_000_000
[traffic]
peak_per_second = 4000
average_per_second = 2000
input_tokens = 300
output_tokens = 20
"""


def assessed(target: str, days: float = 40.0) -> TargetAssessment:
    effort = EffortEstimate(days / 2, days, days * 2)
    return TargetAssessment(
        target, target, "needs_changes", "", "", "", (), "", Readiness(None, 1.0), (), (), effort,
        (RoleEffort("ml-engineer", effort),), (), (), (),
    )  # fmt: skip


TARGETS = tuple(assessed(target) for target in ("inferentia2", "trainium2", "onnxruntime"))


def compared(text: str = TEXT, measurements: str = "", prices: str = "") -> TcoComparison:
    costing = Costing.from_texts(
        Text("w.toml", text), (Text("p.toml", prices),) if prices else (), Text("m.toml", measurements) if measurements else None, DAY
    )  # fmt: skip
    return costing.compare(TARGETS, ())


def options(comparison: TcoComparison) -> dict[str, OptionCost]:
    return {option.option_id: option for option in comparison.options}


def workload(text: str) -> Workload:
    plan = Costing.from_texts(Text("w.toml", text), (), None, DAY).plan
    assert isinstance(plan, Workload)
    return plan


def test_memory_by_hand() -> None:
    assert weight_bytes(LLAMA) == 16_060_000_000
    assert cache_bytes(LLAMA) == 2 * 32 * 8 * 128 * 2 * 4096 * 16  # keys and values, layers, heads, size, bytes, tokens, requests
    assert accelerators_needed(LLAMA, 24) == 2  # 15.0 + 8.0 GiB do not fit into 21.6
    assert accelerators_needed(LLAMA, 48) == 1
    assert memory_words(LLAMA, 24) == "15.0 GiB of parameters and 8.0 GiB of keys and values: 2 accelerators of 24 GiB"
    nothing = ModelShape("llm", "", 0, Decimal(2), 0, 0, 0, 0, 1)
    assert accelerators_needed(nothing, 24) == 0 and memory_words(nothing, 24) == ""


def test_a_large_model_gets_instances_that_hold_it() -> None:
    text = (
        TEXT.replace('kind = "encoder"', 'kind = "llm"')
        .replace('"bert-large"', '"llama-2-70b"')
        .replace("340_000_000", "70_000_000_000")
    )
    found = options(compared(text))
    assert "inferentia2-inf2.24xlarge" in found  # 130.4 GiB take 5 of the 6 chips of 32 GiB
    assert "g6.48xlarge" in found and "g6.xlarge" not in found  # 7 of 24 GiB: only the one with 8 holds them
    candidate = text + '[[candidate]]\ninstance_type = "g6.xlarge"\n'
    assert options(compared(candidate))["g6.xlarge"].verdict == "unclear"
    assert (
        "does not fit: 130.4 GiB of parameters: 7 accelerators of 24 GiB, it has 1"
        in options(compared(candidate))["g6.xlarge"].sentence
    )


def test_stay_right_size_rivals_and_targets_stand_side_by_side() -> None:
    ids = list(options(compared()))
    assert ids[:2] == ["stay", "right-size"]
    assert {"g6.xlarge", "g6e.xlarge", "p5.4xlarge", "inferentia2-inf2.xlarge", "onnxruntime-c7i.8xlarge"} <= set(ids)
    mixed = options(compared(TEXT.replace("[model]", "serving_share = 0.7\n[model]")))
    assert mixed["mix-inferentia2-inf2.xlarge"].title == "Mix: serve on inf2.xlarge, train as today"
    whole, part = mixed["inferentia2-inf2.xlarge"], mixed["mix-inferentia2-inf2.xlarge"]
    assert part.instances < whole.instances and part.monthly_usd is not None and whole.monthly_usd is not None
    assert part.monthly_usd > whole.monthly_usd  # twelve of forty stay where they are


def test_a_published_ratio_has_its_level_range_and_both_publishers() -> None:
    """bert-large on L4 against A10, both audited vendor submissions: 1,032.08 / 1,123.13, ranged by 0.5, 0.75 and 1.0."""
    speed = speed_of("g6.xlarge", workload(TEXT), KNOWLEDGE)
    published = 1032.08 / 1123.13
    assert speed.ratio.level == 3
    assert (speed.ratio.low, speed.ratio.mid, speed.ratio.high) == pytest.approx(
        (published * 0.5, published * 0.75, published), rel=1e-3
    )  # fmt: skip
    assert [item.publisher for item in speed.evidence] == ["Dell via MLCommons", "NVIDIA via MLCommons"]
    assert all(item.sells_it and item.as_of and item.source for item in speed.evidence)
    assert "A10 stands in for A10G" in speed.ratio.source


def test_another_model_of_the_same_kind_counts_less_and_more_chips_count_more() -> None:
    other = workload(TEXT.replace("bert-large", "deberta"))
    assert speed_of("g6.xlarge", other, KNOWLEDGE).ratio.level == 5
    four, one = (speed_of(name, other, KNOWLEDGE).ratio.mid for name in ("g6.12xlarge", "g6.xlarge"))
    assert four == pytest.approx(4 * one, rel=1e-3)


def test_a_published_figure_for_the_model_against_what_is_measured_today() -> None:
    text = (
        'version = 1\n[fleet]\ninstance_type = "g6e.xlarge"\ncount = 12\nthroughput_per_instance = 800\n'
        '[model]\nkind = "llm"\nfamily = "llama-3.1-8b"\n[traffic]\nunit = "tokens"\npeak_per_second = 5000\n'
    )  # fmt: skip
    speed = speed_of("inf2.48xlarge", workload(text), KNOWLEDGE)
    assert speed.ratio.level == 5 and speed.ratio.mid == pytest.approx(102.176 * 12 / 800 * 0.9, rel=1e-3)
    assert [item.publisher for item in speed.evidence] == ["Hugging Face"]
    for other in (
        text.replace('"tokens"', '"requests"'),
        text.replace("llama-3.1-8b", "own"),
        text.replace("throughput_per_instance = 800\n", ""),
    ):
        assert speed_of("inf2.48xlarge", workload(other), KNOWLEDGE).ratio.level == 6


def test_what_nobody_published_is_not_calculated_with_but_what_it_needs_is_said() -> None:
    vision = options(compared(TEXT.replace('"encoder"', '"asr"').replace("bert-large", "own")))
    option = vision["inferentia2-inf2.xlarge"]
    assert option.verdict == "unclear" and option.npv is None and option.required_ratio is not None
    assert "no published comparison" in option.evidence and f"needs {option.required_ratio:g}x" in option.sentence


def test_published_figures_never_say_go_and_a_measurement_may() -> None:
    paper = options(compared())
    assert all(option.verdict != "go" for option in paper.values())
    measured = (
        '[[measurement]]\ninstance_type = "inf2.xlarge"\nthroughput_per_second = 900\nas_of = "2026-07-20"\nsoftware = "SDK 2.32"\n'
    )
    option = options(compared(measurements=measured))["inferentia2-inf2.xlarge"]
    assert option.ratio is not None and (option.ratio.level, option.ratio.mid) == (1, 3.6)  # against 4000 / (40 x 0.4) = 250
    assert "times what published figures make likely: check both" in option.evidence  # 3.6 against 0.9
    assert option.verdict == "go" and "you measured 900 a second with SDK 2.32" in option.evidence
    before = paper["inferentia2-inf2.xlarge"]
    assert option.instances == 8 and before.ratio is not None and before.ratio.level == 5  # 40 x 0.4 / 0.6 / 3.6


def test_a_measurement_that_misses_the_promise_does_not_count() -> None:
    text = TEXT + "[latency]\np95_ms = 50\n"
    measured = '[[measurement]]\ninstance_type = "inf2.xlarge"\nthroughput_per_second = 900\nas_of = "2026-07-20"\np95_ms = {}\n'
    assert options(compared(text, measured.format(50)))["inferentia2-inf2.xlarge"].verdict == "go"
    missed = options(compared(text, measured.format(51)))["inferentia2-inf2.xlarge"]
    assert missed.verdict == "unclear" and "p95_ms 51 against 50" in missed.sentence


def test_the_utilisation_follows_from_a_measured_throughput_of_today() -> None:
    text = TEXT.replace("utilisation = 0.4", "throughput_per_instance = 500")
    comparison = compared(text)
    assert comparison.scenario.utilisation_today == Decimal(4000) / (500 * 40)
    assert "utilisation_today" not in comparison.scenario.defaulted
    assert options(comparison)["right-size"].instances == 14  # 4000 / (500 x 0.6)


def test_no_saving_of_a_move_is_claimed_that_right_sizing_gives() -> None:
    found = options(compared())
    right, move = found["right-size"], found["g6.xlarge"]
    assert right.npv is not None and move.npv is not None
    assert move.gain_over_right_size_usd == move.npv.p50_usd - right.npv.p50_usd
    if move.gain_over_right_size_usd < 0:
        assert move.verdict in ("right-size first", "unlikely", "unclear")


def test_scaling_all_prices_scales_all_costs() -> None:
    names = ("g5.2xlarge", "g6.xlarge", "inf2.xlarge")
    head = 'id = "p"\nas_of = "2026-07-30"\nsource = "s"\nregion = "us-east-1"\n[usd_per_hour]\n'
    text = TEXT + '[[candidate]]\ninstance_type = "g6.xlarge"\n[[candidate]]\ninstance_type = "inf2.xlarge"\n'
    single = options(compared(text, prices=head + "".join(f'"{name}" = {1 + n}\n' for n, name in enumerate(names))))
    double = options(compared(text, prices=head + "".join(f'"{name}" = {2 + 2 * n}\n' for n, name in enumerate(names))))
    for name in ("stay", "right-size", "g6.xlarge", "inf2.xlarge"):
        one, two = single[name].monthly_usd, double[name].monthly_usd
        assert one is not None and two is not None and abs(two - 2 * one) <= 1


def test_the_order_of_the_file_and_of_the_targets_changes_nothing() -> None:
    blocks = TEXT.removeprefix("version = 1\n").replace("\n[", "\n\n[").split("\n\n")
    turned = "version = 1\n" + "\n".join(reversed(blocks)) + "\n"
    first, second = compared(), compared(turned)
    assert first.options == second.options and first.warnings == second.warnings
    costing = Costing.from_texts(Text("w.toml", TEXT), (), None, DAY)
    assert costing.compare(TARGETS[::-1], ()).options == first.options


def test_a_managed_service_by_the_million_tokens() -> None:
    text = TEXT + '[[api]]\nid = "x"\ninput_per_million = 0.1\noutput_per_million = 0.4\nas_of = "2026-07-01"\n'
    option = options(compared(text))["api-x"]
    per_request = Decimal(300) * Decimal("0.1") / 1_000_000 + Decimal(20) * Decimal("0.4") / 1_000_000
    assert option.monthly_usd == round(per_request * 2000 * 3600 * 730)
    assert option.usd_per_million == Decimal(38) and option.instances == 0
    free = options(compared(text.replace("0.1", "0.0001").replace("0.4\nas", "0.0001\nas")))["api-x"]
    assert free.probability_npv_positive == 1.0 and free.verdict == "worth a proof of concept"  # what it answers was not compared


def test_what_stands_idle_has_a_price() -> None:
    found = options(compared())
    stay = found["stay"]
    assert stay.monthly_usd is not None and stay.idle_usd == round(
        stay.monthly_usd * Decimal("0.8")
    )  # 40 % at the peak, half of it on average
    assert found["right-size"].idle_usd is not None and found["right-size"].idle_usd < stay.idle_usd


def test_spot_hours_that_are_interrupted_are_paid() -> None:
    text = TEXT + "[purchase]\nspot_overhead = 0.1\nnew = { on-demand = 0.5, spot = 0.5 }\n"
    text += '[[price]]\ninstance_type = "inf2.xlarge"\npurchase = "spot"\nusd_per_hour = 0.3\nas_of = "2026-07-01"\n'
    option = options(compared(text))["inferentia2-inf2.xlarge"]
    assert option.contracted_usd_per_hour == Decimal("0.7582") / 2 + Decimal("0.3") / 2 * Decimal("1.1")


def test_roles_have_their_rates() -> None:
    cheap, dear = (options(compared(TEXT + f"[labour]\nper_day = 1000\nml-engineer = {rate}\n")) for rate in (500, 2000))
    one, two = cheap["inferentia2-inf2.xlarge"].one_off, dear["inferentia2-inf2.xlarge"].one_off
    assert one is not None and two is not None and two.p50_usd - one.p50_usd == 40 * 1500


def test_a_compute_savings_plan_strands_nothing_and_a_reservation_does() -> None:
    def npv(kind: str) -> Decimal:
        text = TEXT + f'[[commitment]]\nkind = "{kind}"\nshare = 0.6\nmonths_left = 12\n'
        found = options(compared(text))["inferentia2-inf2.xlarge"].npv
        assert found is not None
        return found.p50_usd

    free = options(compared())["inferentia2-inf2.xlarge"].npv
    assert free is not None and npv("compute-savings-plan") == npv("convertible-reserved") == free.p50_usd
    assert npv("standard-reserved") == npv("ec2-instance-savings-plan") < free.p50_usd


def test_waiting_for_reservations_to_end_may_pay() -> None:
    text = TEXT + '[[commitment]]\nkind = "standard-reserved"\nshare = 1.0\nmonths_left = 12\n'
    option = options(compared(text))["p5.4xlarge"]
    assert option.best_start_month is not None and 6 <= option.best_start_month <= 12
    assert options(compared())["p5.4xlarge"].best_start_month == 0


def test_owned_hardware_is_sunk_and_said_to_be() -> None:
    text = TEXT + (
        '[owned]\npurchase_date = "2024-05-01"\npurchase = 900000\nother_per_month = 5000\nresale_now = 100000\nresale_at_horizon = 5000\n'
    )  # fmt: skip
    comparison = compared(text)
    assert options(comparison)["stay"].monthly_usd == 5000
    (sentence,) = [warning for warning in comparison.warnings if "is spent in every option and not counted" in warning]
    assert "book value $495,000" in sentence  # 27 of 60 months are written off


def test_every_option_has_a_plan_whose_marks_are_numbers() -> None:
    comparison = compared(TEXT + "[latency]\np95_ms = 50\n")
    plans = {plan.option_id: plan for plan in comparison.plans}
    plan, option = plans["inferentia2-inf2.xlarge"], options(comparison)["inferentia2-inf2.xlarge"]
    assert option.required_ratio is not None
    marks = {mark.quantity: mark for mark in plan.marks}
    assert marks["throughput_per_second"].mark == f"at least {option.required_ratio * 250:.4g}"
    assert marks["p95_ms"].mark == "at most 50 ms" and "accuracy_change" in marks and "compile_minutes" in marks
    assert plan.cost_usd == round(Decimal("0.7582") * plan.hours) and plan.value_usd is not None
    assert any("inf2.xlarge" in command for command in plan.commands)
    assert "accuracy_change" not in {mark.quantity for mark in plans["g6.xlarge"].marks}


def test_the_file_to_fill_in_is_read_back() -> None:
    text = measurements_text(compared().plans, "2026-07-20")
    assert read_measurements(Text("m.toml", text).table(), DAY) == ()
    filled = text.replace("throughput_per_second = 0 ", "throughput_per_second = 300 ").replace("# p95_ms = 0.0", "p95_ms = 12.5")
    found = read_measurements(Text("m.toml", filled).table(), DAY)
    assert {"inf2.xlarge", "g6.xlarge"} <= {item.instance_type for item in found}
    assert {item.p95_ms for item in found} == {Decimal("12.5")}


def test_a_hostile_title_stays_in_its_comment() -> None:
    text = TEXT + '[[candidate]]\ninstance_type = "inf2.xlarge"\ntarget = "inferentia2"\ntitle = "a\\n[[measurement]]\\nx = 1"\n'
    written = measurements_text(compared(text).plans, "2026-07-20")
    assert read_measurements(Text("m.toml", written).table(), DAY) == ()


def test_every_figure_is_listed_with_its_kind() -> None:
    rows = {item.id: item for item in assumptions_of(compared())}
    assert rows["cost.fleet"].kind == "user" and rows["cost.horizon_months"].kind == "assumption"
    assert (
        rows["cost.price.inf2.xlarge.on-demand"].kind == "reported"
        and rows["cost.price.inf2.xlarge.on-demand"].as_of == "2026-07-20"
    )
    assert rows["cost.ratio.g6.xlarge"].kind == "derived"


def test_every_published_figure_names_a_known_accelerator() -> None:
    known = {name for accelerator in KNOWLEDGE.accelerators for name in (accelerator.id, *accelerator.figures_of)}
    assert {figure.accelerator for figure in KNOWLEDGE.figures} <= known
    assert {ratio.accelerator for ratio in KNOWLEDGE.ratios} <= known
    names = [name for accelerator in KNOWLEDGE.accelerators for name, _ in accelerator.instances]
    assert len(names) == len(set(names))
    targets = {path.stem for path in (Path(__file__).parents[2] / "rules" / "targets").glob("*.toml")}
    assert {target for accelerator in KNOWLEDGE.accelerators for target in accelerator.targets} <= targets


EXTREMES = st.fixed_dictionaries(
    {
        "horizon_months": st.sampled_from([1, 2, 36, 120]), "count": st.sampled_from([1, 3, 100_000]),
        "hours": st.sampled_from([1, 730]), "min": st.sampled_from([1, 10_000]), "spare": st.sampled_from([0, 1000]),
        "utilisation": st.sampled_from(["0.01", "0.4", "1"]), "target": st.sampled_from(["0.05", "1"]),
        "throughput": st.sampled_from(["0.000001", "100", "1000000000"]), "parameters": st.sampled_from([0, 1, 10**14]),
        "kind": st.sampled_from(["encoder", "llm", "other"]), "peak": st.sampled_from(["0.000001", "1000", "1000000000"]),
        "growth": st.sampled_from(["-0.9", "0", "10"]), "drift": st.sampled_from(["-0.9", "0", "1"]),
        "discount": st.sampled_from(["0", "0.95"]), "per_day": st.sampled_from([1, 10**7]), "ramp": st.sampled_from([0, 36]),
        "is_measured": st.booleans(),
    }
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(EXTREMES)
def test_any_workload_within_the_bounds_gives_figures_or_a_message(values: dict[str, object]) -> None:
    text = """version = 1
horizon_months = {horizon_months}
[fleet]
instance_type = "g5.2xlarge"
count = {count}
hours_per_month = {hours}
min_instances = {min}
spare_instances = {spare}
utilisation = {utilisation}
target_utilisation = {target}
THROUGHPUT
[model]
kind = "{kind}"
family = "bert-large"
parameters = {parameters}
[traffic]
peak_per_second = {peak}
growth_per_year = {growth}
[purchase]
discount_share = {discount}
price_drift_per_year = {drift}
[labour]
per_day = {per_day}
[move]
ramp_months = {ramp}
[[commitment]]
kind = "capacity-block"
per_month = 10000000000
months_left = 120
""".replace("THROUGHPUT", "throughput_per_instance = {throughput}" if values["is_measured"] else "").format(**values)
    try:
        comparison = compared(text)
    except UserInputError as error:
        assert error.key == "traffic.peak_per_second"
        return
    json.dumps(tco_to_json(comparison), allow_nan=False)
    cost_view(comparison)
    for option in comparison.options:
        assert option.npv is None or option.npv.p10_usd <= option.npv.p50_usd <= option.npv.p90_usd


@pytest.mark.parametrize("device_gib", [16, 24, 32, 96])
@pytest.mark.parametrize("concurrency", [1, 16, 64])
def test_the_report_and_the_cost_reckon_the_memory_of_a_model_alike(device_gib: int, concurrency: int) -> None:
    """One model, once as the repository names it and once as the workload file describes it."""
    evidence = (Evidence("a.py", 1, "because"),)
    shape = Shape(LLAMA.layers, 4096, LLAMA.kv_heads, LLAMA.head_size, 128_256, LLAMA.context_tokens)
    named = NamedModel(
        "a", False, False, "llama", "Llama", "llm", "", LLAMA.parameters, LLAMA.parameters, "derived", "s", shape, "float16", (), "found",
        evidence,
    )  # fmt: skip
    limits = (Limit("sequence", LLAMA.context_tokens, evidence[0]), Limit("batch", concurrency, evidence[0]))
    memory = serving_memory(named, Repository((), (named,), limits, ()), load_fit_facts(), False).memory
    assert memory is not None
    devices = [Instance("i", "c", 64, device_gib, "s")]
    placed = place(memory, devices, load_fit_facts())
    assert placed.devices == accelerators_needed(replace(LLAMA, concurrency=concurrency), device_gib)
