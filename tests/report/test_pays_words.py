"""Whether anything pays, in a sentence or two: what is said for each kind of result."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from analyzer.knowledge.scenario import load_default_scenario
from analyzer.model.cost import MoneyRange, OptionCost, TcoComparison
from analyzer.report.pays_words import best_option, pays_words

SCENARIO = replace(load_default_scenario(), is_default=False)


def option(name: str, target: str, verdict: str, median: int | None) -> OptionCost:
    npv = None if median is None else MoneyRange(Decimal(median - 1000), Decimal(median), Decimal(median + 1000))
    return OptionCost(name, name, target, "x", 1, Decimal(1), "", "", None, None, npv, 0.5, None, None, (), verdict, "", "")


STAY, RIGHT = option("stay", "", "baseline", 0), option("right-size", "", "no porting", 9000)


def words(*options: OptionCost, is_default: bool = False) -> str:
    return pays_words(TcoComparison(replace(SCENARIO, is_default=is_default), (STAY, *options), ()))


@pytest.mark.parametrize(
    ("verdict", "median", "said"),
    [
        ("go", 20_000, "port gains most: go."),
        ("worth a proof of concept", 20_000, "port gains most: worth a proof of concept."),
        ("right-size first", 5_000, "port would gain, but less than right-sizing"),
        ("unlikely", -5_000, "No move that needs a port is shown to pay."),
        ("unclear", 500, "No move that needs a port is shown to pay."),
        ("no price", None, "for some targets the price or the throughput is not known"),
        ("does not fit", None, "No move that needs a port is shown to pay."),
    ],
)
def test_each_verdict_has_its_words(verdict: str, median: int | None, said: str) -> None:
    text = words(RIGHT, option("port", "trainium2", verdict, median))
    assert said in text and text.endswith("right-size: an NPV of $8.0k to $10k, without a port.")


def test_the_best_of_several_ports_is_named() -> None:
    ports = [option(f"port{median}", "t", "worth a proof of concept", median) for median in (2_000, 7_000, 3_000)]
    assert "port7000 gains most" in words(RIGHT, *ports)
    best = best_option((*ports, option("unknown", "t", "no price", None)), "t")
    assert best is not None and best.option_id == "port7000"
    assert best_option((option("unknown", "t", "no price", None),), "t") is not None and best_option(ports, "other") is None


def test_of_a_default_scenario_nothing_is_said_and_a_loss_is_no_offer() -> None:
    assert words(RIGHT, is_default=True) == "Whether it pays is not known: no workload was given."
    assert words(option("right-size", "", "no porting", -3_000)) == ""
