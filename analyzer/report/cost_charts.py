"""Geometry of the pictures about cost: cumulative savings with their bands, and what sways an option."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from analyzer.cost.cost_words import in_currency
from analyzer.model.cost import Currency, OptionCost, Sway, TcoComparison
from analyzer.report.charts import Tick, nice_step

WIDTH, HEIGHT = 860, 380
MARGIN_LEFT, MARGIN_RIGHT, MARGIN_TOP, MARGIN_BOTTOM = 92, 200, 14, 38
DASHES = ("", "7 4", "2 3", "10 3 2 3", "4 4", "12 4")
MOST_CURVES = 5
DEEPEST = 3
"""Times the largest gain or loss of the options that are not unlikely: what loses more would flatten all other curves."""
MOST_SWAYS = 7
SWAY_WIDTH = 560
LABEL_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Curve:
    """One option's cumulative discounted cash flow, and the area from its P10 to its P90."""

    label: str
    points: str
    band: str
    end_x: float
    label_y: float
    style: int
    dash: str


@dataclass(frozen=True, slots=True)
class CurveChart:
    """Curves over months, with direct labels at their ends. `left_out` names options that are not drawn."""

    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    zero_y: float
    left: int
    right: int
    bottom: int
    width: int
    height: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SwayBar:
    """What one input does: a bar between the NPVs at its two ends, `low` and `high` each with its NPV in words."""

    title: str
    x: float
    width: float
    low: str
    high: str
    worth: str
    """What knowing it is worth; "" where nothing."""


@dataclass(frozen=True, slots=True)
class Tornado:
    """Bars under one another, the widest first, on one scale; `zero_x` is where the NPV is zero."""

    bars: tuple[SwayBar, ...]
    ticks: tuple[Tick, ...]
    zero_x: float | None
    middle_x: float
    width: int


def cash_flow_curves(tco: TcoComparison) -> CurveChart | None:
    """Cumulative discounted saving against staying as is, of the options with the highest NPVs."""
    priced = [option for option in tco.options if option.flows and option.verdict != "baseline"]
    ranked = sorted(priced, key=lambda option: -option.flows[-1].discounted_cumulative_usd)
    scale = max((abs(_end(option)) for option in priced if option.verdict != "unlikely"), default=0.0)
    shown = {option.option_id for option in ranked[:MOST_CURVES] if not scale or _end(option) > -DEEPEST * scale}
    options = [option for option in priced if option.option_id in shown]
    if not options:
        return None
    low, high = _domain(options)
    step = nice_step((high - low) * float(tco.scenario.currency.per_usd), 6) / float(tco.scenario.currency.per_usd)
    bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
    months = tco.scenario.horizon_months

    def x(month: float) -> float:
        return round(MARGIN_LEFT + month / months * (WIDTH - MARGIN_LEFT - MARGIN_RIGHT), 1)

    def y(value: float) -> float:
        inside = min(max(value, bottom), top)
        return round(MARGIN_TOP + (top - inside) / ((top - bottom) or 1.0) * (HEIGHT - MARGIN_TOP - MARGIN_BOTTOM), 1)

    month_step = 2 if months <= 12 else (6 if months <= 48 else 12)
    levels = [bottom + step * index for index in range(round((top - bottom) / step) + 1)]
    return CurveChart(
        _curves(options, x, y),
        tuple(Tick(x(month), str(month)) for month in range(0, months + 1, month_step)),
        tuple(Tick(y(level), thousands(level, tco.scenario.currency)) for level in levels),
        y(0.0), MARGIN_LEFT, WIDTH - MARGIN_RIGHT, HEIGHT - MARGIN_BOTTOM, WIDTH, HEIGHT,
        tuple(option.title for option in priced if option.option_id not in shown),
    )  # fmt: skip


def _end(option: OptionCost) -> float:
    return float(option.flows[-1].discounted_cumulative_usd)


def _domain(options: Sequence[OptionCost]) -> tuple[float, float]:
    """From the lowest to the highest of curves and bands, and zero."""
    values = [float(flow.discounted_cumulative_usd) for option in options for flow in option.flows]
    values += [float(end) for option in options for point in option.band for end in (point.p10_usd, point.p90_usd)]
    return min(0.0, *values), max(0.0, *values)


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
    shift = max(max(labels.values()) - (HEIGHT - 6), 0.0)
    return tuple(
        Curve(
            short_label(option.option_id), _path(points), _band(option, x, y), points[-1][0],
            round(labels[index] - shift, 1), index % 6, DASHES[index % len(DASHES)],
        )
        for _, index, option, points in ends
    )  # fmt: skip


def _band(option: OptionCost, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    upper = [(x(point.month), y(float(point.p90_usd))) for point in option.band]
    lower = [(x(point.month), y(float(point.p10_usd))) for point in reversed(option.band)]
    return _path([*upper, *lower])


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{px:g},{py:g}" for px, py in points)


def short_label(text: str) -> str:
    """A label that fits beside the chart."""
    return text if len(text) <= LABEL_LETTERS else text[: LABEL_LETTERS - 1] + "…"


def tornado_of(option: OptionCost, currency: Currency) -> Tornado | None:
    """What sways an option's NPV; None where nothing is uncertain."""
    sways = [sway for sway in option.tornado if sway.npv_low_usd != sway.npv_high_usd][:MOST_SWAYS]
    if not sways or not option.flows:
        return None
    ends = [float(end) for sway in sways for end in (sway.npv_low_usd, sway.npv_high_usd)]
    factor = float(currency.per_usd)
    step = nice_step((max(ends) - min(ends)) * factor, 5) / factor
    bottom, top = math.floor(min(ends) / step) * step, math.ceil(max(ends) / step) * step

    def x(value: float) -> float:
        return round((value - bottom) / ((top - bottom) or 1.0) * SWAY_WIDTH, 1)

    levels = [bottom + step * index for index in range(round((top - bottom) / step) + 1)]
    ticks = tuple(Tick(x(level), thousands(level, currency)) for level in levels)
    middle = float(option.flows[-1].discounted_cumulative_usd)
    return Tornado(
        tuple(_sway_bar(sway, x, currency, middle) for sway in sways), ticks, x(0.0) if bottom <= 0 <= top else None,
        x(min(max(middle, bottom), top)), SWAY_WIDTH,
    )  # fmt: skip


def _sway_bar(sway: Sway, x: Callable[[float], float], currency: Currency, middle: float) -> SwayBar:
    """The bar of one input; where both ends lie on one side of the middle, that is said, since it looks like a mistake."""
    ends = sorted((float(sway.npv_low_usd), float(sway.npv_high_usd)))
    between = "" if ends[0] - 1 <= middle <= ends[1] + 1 else f"; {thousands(middle, currency)} in between"
    left, right = sorted((x(float(sway.npv_low_usd)), x(float(sway.npv_high_usd))))
    worth = thousands(float(sway.value_of_knowing_usd), currency) if sway.value_of_knowing_usd >= 1 else ""
    return SwayBar(
        sway.title, left, max(round(right - left, 1), 2.0), f"{sway.low}: {thousands(float(sway.npv_low_usd), currency)}",
        f"{sway.high}: {thousands(float(sway.npv_high_usd), currency)}{between}", worth,
    )  # fmt: skip


def thousands(value: float, currency: Currency) -> str:
    """An amount for an axis, in the report's currency."""
    amount = abs(value) * float(currency.per_usd)
    if amount < 0.5:
        return "0"
    digits = 1 if 1000 <= amount < 10_000 else 0
    short = f"{amount / 1e6:,.3g}M" if amount >= 1e6 else f"{amount / 1000:,.{digits}f}k" if amount >= 1000 else f"{amount:,.0f}"
    return f"{'−' if value < 0 else ''}{currency.symbol}{short}"


def money(value: Decimal | None, currency: Currency) -> str:
    """An amount as `in_currency`, with a true minus sign; a dash where nothing is known."""
    return "–" if value is None else in_currency(value, currency).replace("-", "−")
