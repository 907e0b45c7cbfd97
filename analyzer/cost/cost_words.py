"""Verdicts and sentences about cost. Published figures alone never say *go*."""

from __future__ import annotations

from decimal import Decimal

from analyzer.model.cost import Currency, MoneyRange, Option, Scenario
from analyzer.model.counted import counted

WORTH_ABOVE = 0.5
UNLIKELY_BELOW = 0.2
GO_FROM = 0.8
MEASURED_LEVEL = 1
UNUSABLE_LEVEL = 6
"""A bare claim ("up to 4x"), or nothing at all: shown and not calculated with."""
WITHOUT_PORT = ("baseline", "no porting")


def verdict_of(option: Option, chance: float) -> str:
    """What the figures allow to say."""
    if option.kind == "stay":
        return "baseline"
    if option.kind == "right-size":
        return "no porting"
    if option.kind == "move" and option.ratio.level == MEASURED_LEVEL and chance >= GO_FROM:
        return "go" if option.ratio.is_settled else "unclear"
    if chance > WORTH_ABOVE:
        return "worth a proof of concept"
    return "unlikely" if chance < UNLIKELY_BELOW else "unclear"


def against_right_size(verdict: str, gain: Decimal, right_size: Decimal | None) -> str:
    """The verdict, where more could be had by having as many of today's instances as are needed."""
    if right_size is not None and gain < right_size and verdict in ("go", "worth a proof of concept"):
        return "right-size first"
    return verdict


def sentence_of(
    option: Option, verdict: str, npv: MoneyRange, chance: float, break_even: int | None, required: float | None,
    scenario: Scenario,
) -> str:  # fmt: skip
    """The finding in words."""
    if verdict == "baseline":
        return "What the others are compared with."
    low, middle, high = (in_currency(value, scenario.currency) for value in (npv.p10_usd, npv.p50_usd, npv.p90_usd))
    money = f"NPV over {counted(scenario.horizon_months, 'month')} {low} to {high} (median {middle})"
    if verdict == "no porting":
        return f"{money}, if the utilisation aimed at holds: needs a load test and no porting."
    paid = f"breaks even in month {break_even}" if break_even is not None else "does not break even within the horizon"
    first = f"{money}; chance of a gain {chance:.0%}; at the most likely figures it {paid}"
    if option.kind == "api":
        return f"{first}; a managed service decides models, versions and limits for you."
    return f"{first}; {needed_words(required)}."


def needed_words(required: float | None) -> str:
    """The required ratio, always printed."""
    return f"to pay it needs {required:g}x of today's throughput per instance" if required else "no throughput makes it pay"


def in_currency(value: Decimal, currency: Currency) -> str:
    """An amount in US dollars as the report's currency shows it, without cents."""
    amount = abs(value) * currency.per_usd
    return f"{'-' if value < 0 and round(amount) else ''}{currency.symbol}{amount:,.0f}"


def usd_per_million(usd_per_hour: Decimal, per_second: Decimal) -> Decimal:
    """What a million requests (or tokens) cost on an instance that does so many a second."""
    return usd_per_hour / (per_second * 3600) * 1_000_000
