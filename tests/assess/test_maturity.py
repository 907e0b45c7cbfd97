"""The maturity of a target as it was known on a day."""

from __future__ import annotations

import pytest

from analyzer.assess.maturity import maturity_on, next_end
from analyzer.knowledge.lifecycle import load_lifecycle
from analyzer.knowledge.targets import find_target, load_targets
from analyzer.model.lifecycle import LifecycleEvent

NEURON = load_lifecycle("neuron")


def on(target: str, day: str) -> str:
    found = find_target(target)
    return "\n".join(maturity_on(found, load_lifecycle(found.knowledge.family), day))


def test_an_end_that_lies_ahead_is_announced_with_its_release() -> None:
    text = on("trainium2", "2026-11-25")
    assert "Next to end: NxD Inference and NxD Core inference on Trn2 and Trn3, with 2.34, which has no day yet" in text


def test_before_the_release_it_is_announced_and_after_it_is_not() -> None:
    assert "Next to end: NxDT and NxD Core Training APIs, on 2026-04-09 with 2.29" in on("trainium2", "2026-03-01")
    assert "on 2026-04-09" not in on("trainium2", "2026-04-10")


def test_facts_of_later_days_are_left_out_and_counted() -> None:
    text = on("trainium2", "2026-09-01")
    assert "public beta" not in text and "of a later day than 2026-09-01 and left out" in text
    assert "The verdicts are of 2026-10-19, a later day than 2026-09-01" in text


def test_old_facts_say_so() -> None:
    assert "(Of 2024-12-03, more than a year before 2026-11-25.)" in on("rocm", "2026-11-25")
    assert "more than a year before" in on("managed-api", "2026-11-25")


def test_a_claim_is_called_a_claim_first() -> None:
    lines = on("inferentia3", "2026-11-25").splitlines()
    assert all("unverified claim" in line for line in lines[:5])


def test_what_ended_by_another_announcement_is_not_next() -> None:
    said = LifecycleEvent("end-of-support", "Implicit mode in the runtime", ("inf2",), "2026-05-21", "", "", "s")
    done = LifecycleEvent("end-of-support", "implicit mode", ("inf2",), "2026-06-28", "2.31", "2026-07-07", "s")
    assert next_end([said, done], "2026-06-01").startswith("Next to end: Implicit mode in the runtime, with a release")
    assert next_end([said, done], "2026-08-01") == ""


@pytest.mark.parametrize("day", ["2024-01-01", "2026-11-25", "2028-01-01"])
def test_every_target_says_something_on_any_day(day: str) -> None:
    for target in load_targets():
        assert maturity_on(target, load_lifecycle(target.knowledge.family), day)
