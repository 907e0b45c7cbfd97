"""Effort, readiness and verdicts: properties that must hold whatever the constants are."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.assess.assessment import assess_target
from analyzer.assess.effort import estimate_work
from analyzer.assess.purpose import Purpose
from analyzer.assess.readiness import predict_entry_points
from analyzer.assess.remediation import Work, learned_units
from analyzer.assess.surroundings import MOST_BY_CHURN, NO_SURROUNDINGS, Surroundings
from analyzer.knowledge.effort_constants import load_effort_constants
from analyzer.knowledge.rule_files import load_capabilities
from analyzer.knowledge.targets import find_target, load_targets
from analyzer.model.churn import Churn
from analyzer.model.effort import EntryPoint, EntryPointCandidate, TargetAssessment
from analyzer.model.finding import Edit, Finding, Origin, Suppression
from analyzer.model.span import Span
from analyzer.model.target import EffortRange

CONSTANTS = replace(load_effort_constants(), draws=400)
CAPABILITIES = load_capabilities()


def finding(number: int, capability: str = "device-placement", severity: str = "minor", symbol: str = "lib.f") -> Finding:
    span = Span(number + 1, 1, number + 1, 9)
    return Finding(
        "rule", "family", capability, severity, "high", f"m{number % 7}.py", span, span, None, None, symbol, "x", False, "",
        False, False, None, f"{number:016x}", None, None,
    )  # fmt: skip


def assess(findings: list[Finding], target: str = "trainium2", trains: bool = False, share: float = 1.0) -> TargetAssessment:
    return assess_target(findings, find_target(target), CAPABILITIES, share, Purpose(True, trains, False), (), CONSTANTS)


CAPABILITY_IDS = st.sampled_from([capability.id for capability in CAPABILITIES])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CAPABILITY_IDS, st.sampled_from(["minor", "major", "blocker"])), max_size=12), st.randoms())
def test_order_changes_nothing_and_more_is_never_cheaper(kinds: list[tuple[str, str]], random: object) -> None:
    findings = [finding(index, capability, severity) for index, (capability, severity) in enumerate(kinds)]
    shuffled = list(findings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    whole = assess(findings)
    assert assess(shuffled) == whole
    effort = whole.effort
    assert 0 < effort.p10_days <= effort.p50_days <= effort.p90_days
    if findings:
        fewer = assess(findings[:-1]).effort
        assert fewer.p50_days <= effort.p50_days + 0.01


def test_validation_is_work_even_where_nothing_changes() -> None:
    for target in (target for target in load_targets() if not target.is_claim):
        result = assess([], target.id)
        assert result.verdict == "runs" and "predicted, not tried" in result.sentence
        assert any(item.id == "validation" for item in result.work_items)
        assert result.effort.p50_days > 5
        assert result.readiness.score is None


def test_nothing_is_said_of_a_target_that_is_only_a_claim() -> None:
    for findings in ([], [finding(1), finding(2, "custom-cuda-kernel", "blocker")]):
        result = assess(findings, "inferentia3")
        assert result.verdict == "unknown" and result.readiness.score is None and "unverified claim" in result.sentence


def test_ties_without_a_known_answer_are_counted_beside_the_figures() -> None:
    result = assess([finding(1), finding(2, "jax-gpu")], "onnxruntime")
    assert result.verdict == "needs_changes" and "1 tie has no known answer" in result.sentence


def test_a_repository_without_models_has_nothing_to_move() -> None:
    target = find_target("trainium2")
    result = assess_target([], target, CAPABILITIES, 1.0, Purpose(False, False, True), (), CONSTANTS)
    assert result.work_items == () and result.effort.p90_days == 0 and "nothing to move" in result.sentence


def test_range_does_not_shrink_with_the_number_of_items() -> None:
    def width(count: int) -> float:
        items = [finding(index, "custom-cuda-kernel", "blocker", "kernels: k") for index in range(count)]
        paths = [item._replace(path=f"k{index}.cu") for index, item in enumerate(items)]
        effort = assess(paths).effort
        return effort.p90_days / effort.p10_days

    assert width(60) > 2.0, "independent items would narrow to almost a point"


def test_learning_has_a_floor_and_never_falls() -> None:
    values = [learned_units(count, CONSTANTS) for count in range(400)]
    assert values[:2] == [0.0, 1.0]
    steps = [later - earlier for earlier, later in pairwise(values)]
    assert all(step >= CONSTANTS.learning_floor - 1e-9 for step in steps)
    assert steps == sorted(steps, reverse=True)


def test_several_findings_in_one_statement_are_one_place() -> None:
    one = finding(1)
    assert assess([one, one._replace(rule_id="other", fingerprint="f" * 16)]).effort == assess([one]).effort


def test_informational_and_dismissed_findings_cost_nothing_and_todo_does() -> None:
    base = assess([]).effort
    assert assess([finding(1, severity="info")]).effort == base
    assert assess([finding(1, "attention-library", "info")._replace(guarded=True)]).effort == base, "its other way is there"
    assert assess([finding(1)._replace(suppressed=Suppression("ignore", "", 1))]).effort == base
    assert assess([finding(1)._replace(suppressed=Suppression("todo", "", 1))]).effort.p50_days > base.p50_days


def test_a_library_is_one_item_however_often_it_is_used() -> None:
    uses = [finding(index, "attention-library", "major", f"flash_attn.f{index}") for index in range(20)]
    items = [item for item in assess(uses).work_items if item.capability == "attention-library"]
    assert [item.id for item in items] == ["attention-library:flash-attn"]
    assert len(items[0].findings) == 20
    assert 1.0 < items[0].units < 1.3
    (in_one_file,) = (item for item in assess(uses[:1]).work_items if item.capability == "attention-library")
    assert in_one_file.units < items[0].units, "behind one call it is replaced sooner"


def test_a_choice_between_cuda_and_another_way_has_to_learn_of_the_target() -> None:
    choices = [finding(1, severity="info")._replace(guarded=True), finding(2, "device-query", "info")]
    for target, wants_change in (("trainium2", True), ("cpu", False), ("rocm", False)):
        result = assess(choices, target)
        assert {item.id for item in result.work_items if item.findings} == (
            {"device-placement", "device-query"} if wants_change else set()
        )
        assert result.verdict == ("needs_changes" if wants_change else "runs")
        assert result.readiness.score is None, "a choice is no debt"


def test_an_engine_is_work_where_the_target_has_no_back_end_for_it() -> None:
    engine = finding(1, "own-kernel-engine", "info", "ctranslate2.Translator")
    there, here = assess([engine]), assess([engine], "cpu")
    assert there.verdict == "needs_changes" and there.readiness.score == 0
    assert any(item.id == "own-kernel-engine:ctranslate2" and item.verdict == "rewrite" for item in there.work_items)
    assert here.verdict == "runs" and here.readiness.score == 1
    point = EntryPointCandidate("m1.py", 1, "main", "script", ("m1.py",))
    (predicted,) = predict_entry_points([point], [engine], find_target("trainium2"), {c.id: c for c in CAPABILITIES})
    assert predicted.prediction == "needs_changes" and predicted.reasons[0].message == "ctranslate2.Translator: rewrite"
    assert assess([engine._replace(guarded=True)]).verdict == "runs", "where it may be missing there is another way"


def test_a_framework_that_the_target_does_not_run_blocks_where_the_models_are_written_in_it() -> None:
    imports = [finding(number, "tensorflow-framework", "info", "tensorflow") for number in range(3)]

    def assessed(target: str, torch_files: int, findings: list[Finding] = imports) -> TargetAssessment:
        purpose = Purpose(True, False, False, torch_files)
        return assess_target(findings, find_target(target), CAPABILITIES, 1.0, purpose, (), CONSTANTS)

    own = assessed("inferentia2", 0)
    assert own.verdict == "blocked" and own.blockers[0].title == "Models written for TensorFlow (3 places in 3 files)"
    assert assessed("cpu", 0).verdict == "runs"
    converted = next(item for item in assessed("onnxruntime", 0).work_items if item.capability == "tensorflow-framework")
    assert converted.verdict == "adapt" and converted.paths == (), "the model is converted as a whole: no file of it is changed"
    assert assessed("onnxruntime", 0).sentence.startswith("Needs changes of the models as a whole: 1 work item, none a rewrite")
    jax = [*(finding(number) for number in range(6)), finding(6, "jax-framework", "info", "jax")]
    assert "1 tie has no known answer" in assessed("onnxruntime", 0, jax).sentence
    assert assessed("inferentia2", 10).verdict == "runs", "three files beside ten of PyTorch are an aside"
    assert assessed("inferentia2", 0, [each._replace(guarded=True) for each in imports]).verdict == "runs"
    assert assessed("inferentia2", 0, [each._replace(in_tests=True) for each in imports]).verdict == "runs"


def test_values_that_one_choice_hands_on_are_changed_where_it_is_made() -> None:
    choice = finding(1, severity="info")._replace(guarded=True, origin=Origin("main.py", 3))
    handed_on = [finding(index, severity="info")._replace(guarded=True, origin=Origin("main.py", 3)) for index in range(2, 9)]
    assert assess([choice, *handed_on]).effort == assess([choice]).effort
    elsewhere = [item._replace(path=f"user{index}.py") for index, item in enumerate(handed_on)]
    result = assess([choice, *elsewhere])
    assert {item.paths for item in result.work_items if item.paths} == {("main.py",)}
    assert result.sentence.startswith("Needs changes in 1 file")


def test_a_file_costs_besides_its_places_and_a_further_place_in_it_less() -> None:
    def units(paths: list[str], item_id: str) -> float:
        found = [finding(number * 7)._replace(path=path) for number, path in enumerate(paths)]
        return next(item.units for item in assess(found).work_items if item.id == item_id)

    assert units(["a.py"], "files") == units(["a.py", "a.py"], "files") == 1.0
    assert units(["a.py", "b.py"], "files") > 1.5
    assert units(["a.py", "a.py"], "device-placement") < units(["a.py", "b.py"], "device-placement")


def test_code_without_tests_and_with_dependents_is_dearer() -> None:
    def days(surroundings: Surroundings) -> float:
        target = find_target("trainium2")
        found = [finding(1)._replace(path="a.py")]
        purpose = Purpose(True, False, False)
        return assess_target(found, target, CAPABILITIES, 1.0, purpose, (), CONSTANTS, surroundings=surroundings).effort.p50_days

    plain = days(Surroundings(frozenset({"a.py"}), {"a.py": 0}))
    assert plain == days(NO_SURROUNDINGS)
    changed = [days(Surroundings(frozenset({"a.py"}), {"a.py": 0}, Churn(9, {"a.py": count}))) for count in (0, 8, 10**6)]
    assert plain == changed[0] < changed[1] < changed[2] < plain * MOST_BY_CHURN * 1.1
    assert plain < days(Surroundings(frozenset(), {"a.py": 0})) < days(Surroundings(frozenset(), {"a.py": 500}))


def test_the_share_that_is_done_by_ready_made_edits_is_said() -> None:
    edit = Edit("a", "b", "", "1")
    (item,) = (item for item in assess([finding(1)._replace(edit=edit), finding(2)]).work_items if item.findings)
    assert item.automation_share == 0.5


def test_blockers_and_training() -> None:
    blocked = assess([finding(1, "cuda-driver-binding", "major")])
    assert blocked.verdict == "blocked" and blocked.blockers[0].reference
    assert assess([finding(1)], "trainium2", trains=True).verdict == "needs_changes"
    training = assess([finding(1)], "inferentia2", trains=True)
    assert training.verdict == "blocked" and training.blockers[-1].title == "Training"


def test_readiness_is_weighted_and_says_how_much_is_known() -> None:
    mixed = assess([finding(1), finding(2, "custom-triton-kernel", "blocker")])
    assert mixed.readiness.score == pytest.approx(1 / 10)
    assert assess([finding(1)], share=0.4).verdict == "unknown"
    partly = assess([finding(1), finding(2, "jax-gpu")], "onnxruntime")
    assert partly.readiness.coverage == pytest.approx(0.5)


def test_entry_points_reach_through_imports() -> None:
    target = find_target("trainium2")
    points = (
        EntryPointCandidate("a.py", 1, "a", "script", ("a.py", "m1.py")),
        EntryPointCandidate("b.py", 1, "b", "script", ("b.py",)),
        EntryPointCandidate("c", 1, "c", "console-script", ()),
    )
    result = assess_target([finding(1)], target, CAPABILITIES, 1.0, Purpose(True, False, False), points, CONSTANTS)
    assert [point.prediction for point in result.entry_points] == ["needs_changes", "runs", "unknown"]
    assert result.entry_points[0].reasons[0].path == "m1.py"


def test_every_target_answers_with_source_version_and_date() -> None:
    for target in load_targets():
        assert [entry.capability for entry in target.support] == [capability.id for capability in CAPABILITIES]
        for entry in target.support:
            if entry.verdict != "unknown":
                assert entry.reference and entry.since and entry.as_of and entry.advice


def work(number: int, low: float, likely: float, high: float) -> Work:
    effort = EffortRange(low, likely, high, "item")
    return Work(f"w{number}", "title", "", "adapt", "ml-engineer", 1.0, effort, "assumption", "", "", "", (), (), 0.0)


def test_a_lone_item_shows_its_own_figures() -> None:
    estimate = estimate_work([work(0, 1, 10, 120)], "trainium2", load_effort_constants()).whole
    assert (estimate.p10_days, estimate.p50_days) == (1.0, 10.0)
    assert estimate.p90_days == pytest.approx(120, rel=0.001)


def test_the_distribution_goes_through_the_three_figures_and_the_swing_has_two_sides() -> None:
    estimate = estimate_work([work(number, 1, 10, 120) for number in range(3)], "trainium2", load_effort_constants())
    days = {point.share: point.days for point in estimate.quantiles}
    assert (days[0.1], days[0.5], days[0.9]) == (estimate.whole.p10_days, estimate.whole.p50_days, estimate.whole.p90_days)
    assert len(days) == 39 and list(days.values()) == sorted(days.values()) and min(days) == 0.025 and max(days) == 0.975
    for driver in estimate.drivers:
        assert driver.swing_days == pytest.approx(driver.below_days + driver.above_days, abs=0.02)
    lone = next(driver for driver in estimate.drivers if driver.id == "w0")
    assert lone.below_days == 9.0 and lone.above_days == pytest.approx(110, rel=0.001)


def test_another_seed_says_the_same_within_what_is_claimed() -> None:
    constants = load_effort_constants()
    items = [work(number, 1, 10, 120) for number in range(5)]
    totals = [estimate_work(items, "trainium2", replace(constants, seed=seed)).whole for seed in range(8)]
    for name in ("p10_days", "p50_days", "p90_days"):
        figures = [getattr(total, name) for total in totals]
        middle = sum(figures) / len(figures)
        assert max(abs(figure - middle) for figure in figures) <= 0.05 * middle


def test_each_role_has_its_share_of_the_work() -> None:
    result = assess([finding(1), finding(2, "custom-cuda-kernel", "blocker"), finding(3, "cuda-packaging", "minor")])
    roles = {item.role: item.estimate for item in result.by_role}
    assert set(roles) == {item.role for item in result.work_items}
    assert sum(estimate.p50_days for estimate in roles.values()) == pytest.approx(result.effort.p50_days, rel=0.15)
    assert all(estimate.p10_days <= estimate.p50_days <= estimate.p90_days for estimate in roles.values())


def test_a_script_runs_only_as_far_as_the_models_in_its_reach() -> None:
    script = EntryPointCandidate("run.py", 1, "run", "script", ("model.py", "run.py"))
    target, by_id = find_target("onnxruntime"), {item.id: item for item in load_capabilities()}

    def predicted(*models: EntryPoint) -> EntryPoint:
        (point,) = predict_entry_points([script], [], target, by_id, models)
        return point

    fails = EntryPoint("model.py", 7, "model.Net", "model", "needs_changes", ())
    assert predicted(fails).prediction == "unknown" and "model.Net (needs changes)" in predicted(fails).reasons[0].message
    assert "(1 of 1 is not)" in predicted(fails).reasons[0].message
    assert "(2 of 2 are not)" in predicted(fails, replace(fails, line=9)).reasons[0].message
    assert predicted(replace(fails, path="elsewhere.py")).prediction == "runs"
    runs = predicted(replace(fails, prediction="runs"))
    assert runs.prediction == "runs" and "models there (1) are predicted to run" in runs.reasons[0].message
