"""No change makes a scan do more work than it must: counted, so that it holds on a busy machine too."""

from __future__ import annotations

import json

import pytest
from counted_work import BUDGETS, LARGE, SMALL, counted_afresh

MORE = 1.1
"""A count may grow by this much before its budget has to be raised, and said why."""
FAR_LESS = 0.5
"""A budget that is not used up to this much says nothing any more."""
SLACK = 20
HOW = "If this is as it should be, run `python benchmarks/counted_work.py --write` and say in the commit why."

Counts = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def counted() -> Counts:
    return counted_afresh()


def differences(counted: Counts, budgets: Counts) -> list[str]:
    """What is beyond its budget, in words."""
    found = []
    for name in sorted({*counted, *budgets}):
        now, allowed = counted.get(name, {}), budgets.get(name, {})
        for what in sorted({*now, *allowed}):
            count, budget = now.get(what, 0), allowed.get(what, 0)
            if count > budget * MORE + SLACK:
                found.append(f"{name}: {what}: {count:,}, the budget is {budget:,}")
            elif count < budget * FAR_LESS - SLACK:
                found.append(f"{name}: {what}: only {count:,}, so the budget of {budget:,} should be lowered")
    return found


def test_work_is_within_its_budget(counted: Counts) -> None:
    found = differences(counted, json.loads(BUDGETS.read_text("utf-8")))
    assert not found, "\n".join(["the work of a scan has changed:", *found, HOW])


def test_twice_as_many_modules_are_twice_as_much_work(counted: Counts) -> None:
    small, large = (counted[f"generated, {modules} modules"] for modules in (SMALL, LARGE))
    assert set(small) == set(large)
    wrong = {what: (small[what], large[what]) for what in small if large[what] > 2.2 * small[what] + SLACK}
    assert wrong == {}


def test_a_file_is_read_and_parsed_once(counted: Counts) -> None:
    for modules in (SMALL, LARGE):
        assert counted[f"generated, {modules} modules"]["calls of ast.parse"] <= modules + 1
    assert counted["check of one file without"]["files opened"] <= 2


def test_differences_are_told_both_ways() -> None:
    budgets = {"a": {"same": 1000, "more": 1000, "less": 1000, "gone": 1000, "few": 1}}
    now = {"a": {"same": 1050, "more": 1200, "less": 400, "few": 15}, "b": {"new": 100}}
    assert [line.split(": ")[1] for line in differences(now, budgets)] == ["gone", "less", "more", "new"]
