"""Geometry of the pictures in the report: positions and labels; templates only place them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyzer.model.cost import OptionCost, TcoComparison
from analyzer.model.effort import TargetAssessment, days

RANGE_WIDTH = 560
CURVE_WIDTH, CURVE_HEIGHT = 860, 380
MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 82, 190, 14, 38
DASHES = ("", "7 4", "2 3", "10 3 2 3", "4 4", "12 4")


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
class Curve:
    """One option's cumulative discounted cash flow."""

    label: str
    points: str
    end_x: float
    end_y: float
    label_y: float
    style: int
    dash: str


@dataclass(frozen=True, slots=True)
class CurveChart:
    """Curves over months, with direct labels at their ends."""

    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    zero_y: float
    left: int
    right: int
    bottom: int
    width: int
    height: int


def nice_step(span: float, most_ticks: int) -> float:
    """A step of 1, 2 or 5 times a power of ten that gives at most so many ticks."""
    raw = max(span, 1e-9) / most_ticks
    magnitude = 10.0 ** math.floor(math.log10(raw))
    return next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= raw)


def effort_ranges(targets: Sequence[TargetAssessment]) -> RangeChart:
    """The effort of every target on one scale, in person-days; of those whose answers are known."""
    targets = [target for target in targets if target.verdict != "unknown"]
    largest = max((target.effort.p90_days for target in targets), default=1.0) or 1.0
    step = nice_step(largest, 6)
    top = math.ceil(largest / step) * step

    def x(value: float) -> float:
        return round(value / top * RANGE_WIDTH, 1)

    bars = tuple(
        RangeBar(
            target.target_id, x(target.effort.p10_days), max(x(target.effort.p90_days) - x(target.effort.p10_days), 2.0),
            x(target.effort.p50_days), days(target.effort.p10_days), days(target.effort.p50_days), days(target.effort.p90_days),
        )
        for target in targets
    )  # fmt: skip
    ticks = tuple(Tick(x(step * index), f"{step * index:,.0f}") for index in range(round(top / step) + 1))
    return RangeChart(bars, ticks, RANGE_WIDTH)


def cash_flow_curves(tco: TcoComparison) -> CurveChart | None:
    """Cumulative discounted saving against staying as is, for every option that has a price."""
    options = [option for option in tco.options if option.flows and option.verdict != "baseline"]
    if not options:
        return None
    values = [float(flow.discounted_cumulative_usd) for option in options for flow in option.flows]
    low, high = min(0.0, *values), max(0.0, *values)
    step = nice_step(high - low, 6)
    bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
    months = tco.scenario.horizon_months
    plot_width = CURVE_WIDTH - MARGIN_LEFT - MARGIN_RIGHT
    plot_height = CURVE_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM

    def x(month: float) -> float:
        return round(MARGIN_LEFT + month / months * plot_width, 1)

    def y(value: float) -> float:
        return round(MARGIN_TOP + (top - value) / ((top - bottom) or 1.0) * plot_height, 1)

    curves = _curves(options, x, y)
    month_step = 2 if months <= 12 else (6 if months <= 48 else 12)
    levels = [bottom + step * index for index in range(round((top - bottom) / step) + 1)]
    return CurveChart(
        curves,
        tuple(Tick(x(month), str(month)) for month in range(0, months + 1, month_step)),
        tuple(Tick(y(level), _thousands(level)) for level in levels),
        y(0.0), MARGIN_LEFT, CURVE_WIDTH - MARGIN_RIGHT, CURVE_HEIGHT - MARGIN_BOTTOM, CURVE_WIDTH, CURVE_HEIGHT,
    )  # fmt: skip


def _curves(options: Sequence[OptionCost], x: Callable[[float], float], y: Callable[[float], float]) -> tuple[Curve, ...]:
    ends = []
    for index, option in enumerate(options):
        points = [(x(flow.month), y(float(flow.discounted_cumulative_usd))) for flow in option.flows]
        ends.append((points[-1][1], index, option, points))
    labels: dict[int, float] = {}
    last = -math.inf
    for end_y, index, _, _ in sorted(ends, key=lambda end: (end[0], end[1])):
        last = max(end_y, last + 15.0)
        labels[index] = round(last, 1)
    overflow = max(labels.values()) - (CURVE_HEIGHT - 6)
    shift = max(overflow, 0.0)
    return tuple(
        Curve(
            option.option_id, " ".join(f"{px:g},{py:g}" for px, py in points), points[-1][0], points[-1][1],
            round(labels[index] - shift, 1), index % 6, DASHES[index % len(DASHES)],
        )
        for _, index, option, points in ends
    )  # fmt: skip


def _thousands(value: float) -> str:
    if abs(value) < 0.5:
        return "0"
    text = f"{abs(value) / 1000:,.0f}k" if abs(value) >= 1000 else f"{abs(value):,.0f}"
    return f"{'−' if value < 0 else ''}${text}"
