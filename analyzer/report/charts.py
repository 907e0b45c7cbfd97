"""Geometry of the pictures in the report: positions and labels; templates only place them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analyzer.model.effort import EffortEstimate, TargetAssessment, days

RANGE_WIDTH = 560


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    position: float
    label: str


@dataclass(frozen=True, slots=True)
class RangeBar:
    """A P10 to P90 bar with its median, on a scale that all bars share."""

    label: str
    x: float
    width: float
    median_x: float
    low: str
    median: str
    high: str


@dataclass(frozen=True, slots=True)
class RangeChart:
    """Bars under one another with a common axis."""

    bars: tuple[RangeBar, ...]
    ticks: tuple[Tick, ...]
    width: int


def nice_step(span: float, most_ticks: int) -> float:
    """A step of 1, 2 or 5 times a power of ten that gives at most so many ticks."""
    raw = max(span, 1e-9) / most_ticks
    magnitude = 10.0 ** math.floor(math.log10(raw))
    return next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= raw)


def effort_ranges(targets: Sequence[TargetAssessment]) -> RangeChart:
    """The effort of every target on one scale, in person-days; of those whose answers are known."""
    known = [target for target in targets if target.verdict != "unknown"]
    return range_chart([(target.target_id, target.effort) for target in known])


def range_chart(ranges: Sequence[tuple[str, EffortEstimate]]) -> RangeChart:
    """Ranges of person-days on one scale, each with its label."""
    largest = max((effort.p90_days for _, effort in ranges), default=1.0) or 1.0
    step = nice_step(largest, 6)
    top = math.ceil(largest / step) * step

    def x(value: float) -> float:
        return round(value / top * RANGE_WIDTH, 1)

    bars = tuple(
        RangeBar(
            label, x(effort.p10_days), max(x(effort.p90_days) - x(effort.p10_days), 2.0),
            x(effort.p50_days), days(effort.p10_days), days(effort.p50_days), days(effort.p90_days),
        )
        for label, effort in ranges
    )  # fmt: skip
    ticks = tuple(Tick(x(step * index), f"{step * index:,.0f}") for index in range(round(top / step) + 1))
    return RangeChart(bars, ticks, RANGE_WIDTH)
