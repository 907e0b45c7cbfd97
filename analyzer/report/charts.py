"""Geometry of the pictures in the report: positions and labels; templates only place them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzer.model.effort import EffortEstimate, days

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


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` to `high` over so many units of a picture's width."""

    low: float
    high: float
    width: int

    @staticmethod
    def around(values: Iterable[float], width: int) -> Scale:
        """The scale that just holds all values."""
        ends = list(values)
        return Scale(min(ends), max(ends), width)

    def x(self, value: float) -> float:
        """Where a value stands; those outside stand at the edge."""
        part = (value - self.low) / ((self.high - self.low) or 1.0)
        return round(min(max(part, 0.0), 1.0) * self.width, 1)


@dataclass(frozen=True, slots=True)
class SpanBar:
    """A range with its median, without words."""

    x: float
    width: float
    median_x: float


def span_bar(scale: Scale, low: float, middle: float, high: float) -> SpanBar:
    """A range on a scale, never too thin to be seen."""
    width = max(round(scale.x(high) - scale.x(low), 1), 2.0)
    return SpanBar(min(scale.x(low), scale.width - width), width, scale.x(middle))


def nice_step(span: float, most_ticks: int) -> float:
    """A step of 1, 2 or 5 times a power of ten that gives at most so many ticks."""
    raw = max(span, 1e-9) / most_ticks
    magnitude = 10.0 ** math.floor(math.log10(raw))
    return next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= raw)


def scale_with_ticks(largest: float, width: int, most_ticks: int) -> tuple[Scale, tuple[Tick, ...]]:
    """A scale from 0 to a round figure that holds the largest, with its ticks."""
    step = nice_step(largest, most_ticks)
    top = math.ceil(largest / step) * step
    scale = Scale(0.0, top, width)
    marks = [step * index for index in range(round(top / step) + 1)]
    return scale, tuple(Tick(scale.x(mark), f"{mark:,.0f}" if step >= 1 else f"{mark:.3g}") for mark in marks)


def range_chart(ranges: Sequence[tuple[str, EffortEstimate]]) -> RangeChart:
    """Ranges of person-days on one scale, each with its label."""
    largest = max((effort.p90_days for _, effort in ranges), default=1.0) or 1.0
    scale, ticks = scale_with_ticks(largest, RANGE_WIDTH, 6)
    bars = tuple(
        RangeBar(
            label, scale.x(effort.p10_days), max(round(scale.x(effort.p90_days) - scale.x(effort.p10_days), 1), 2.0),
            scale.x(effort.p50_days), days(effort.p10_days), days(effort.p50_days), days(effort.p90_days),
        )
        for label, effort in ranges
    )  # fmt: skip
    return RangeChart(bars, ticks, RANGE_WIDTH)
