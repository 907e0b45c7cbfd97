"""What the page shows of the effort of each target: its distribution, what drives its range, and who has to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analyzer.model.counted import counted
from analyzer.model.effort import Driver, EffortEstimate, EffortQuantile, TargetAssessment, days
from analyzer.report.charts import Scale, Tick, scale_with_ticks, span_bar
from analyzer.report.printable import printable
from analyzer.report.wording import effort_words

DOTS = 20
"""Cases of equal chance, as a quantile dot plot shows them: Kay, Kola, Hullman and Munson, CHI 2016."""
DOT_WIDTH = 15
DOT_RADIUS = 6.4
PLOT_WIDTH = 420
BAR_WIDTH = 360
MOST_TICKS = 6
MOST_DRIVERS = 8
View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dot:
    """One of twenty cases of equal chance."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class DotPlot:
    """Cases as dots on a scale of days, those of about the same days on one another; `marks` are P10, P50 and P90."""

    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Tick, ...]
    height: float
    width: int


@dataclass(frozen=True, slots=True)
class DriverBar:
    """How far one cause moves the low end down (to the left of `zero_x`) and the high end up."""

    title: str
    below_x: float
    below_width: float
    above_width: float
    words: str


def effort_view(targets: tuple[TargetAssessment, ...]) -> list[View]:
    """All targets whose effort is known, on one scale of days."""
    known = [target for target in targets if target.verdict != "unknown"]
    top = max((max(target.effort.p90_days, _last(target)) for target in known), default=1.0) or 1.0
    return [_target(target, top) for target in known]


def _last(target: TargetAssessment) -> float:
    return target.quantiles[-1].days if target.quantiles else 0.0


def _target(target: TargetAssessment, top: float) -> View:
    drivers = [driver for driver in target.drivers if driver.swing_days > 0][:MOST_DRIVERS]
    scale = _driver_scale(drivers)
    return {
        "id": target.target_id,
        "title": target.title,
        "words": effort_words(target),
        "median": days(target.effort.p50_days),
        "low": days(target.effort.p10_days),
        "high": days(target.effort.p90_days),
        "plot": dot_plot(target, top) if target.quantiles else None,
        "drivers": _driver_bars(drivers, scale),
        "zero_x": scale.x(0),
        "bar_width": BAR_WIDTH,
        "radius": DOT_RADIUS,
        "roles": _roles(target),
        "work_items": counted(len(target.work_items), "work item"),
    }


def dot_plot(target: TargetAssessment, top: float) -> DotPlot:
    """Twenty of the quantiles as dots, from 0 to `top` days."""
    scale, ticks = scale_with_ticks(top, PLOT_WIDTH, MOST_TICKS)
    stacks: dict[int, int] = {}
    places = []
    for point in middles(target.quantiles):
        column = int(scale.x(point.days) // DOT_WIDTH)
        stacks[column] = stacks.get(column, 0) + 1
        places.append((column, stacks[column]))
    height = (max(stacks.values(), default=0) + 1) * DOT_WIDTH + 14
    dots = tuple(Dot((column + 0.5) * DOT_WIDTH, height - (row - 0.5) * DOT_WIDTH) for column, row in places)
    effort = target.effort
    marks = tuple(
        Tick(scale.x(value), words)
        for value, words in ((effort.p10_days, "P10"), (effort.p50_days, "P50"), (effort.p90_days, "P90"))
    )
    return DotPlot(dots, ticks, _apart(marks), height, PLOT_WIDTH)


def middles(quantiles: tuple[EffortQuantile, ...]) -> list[EffortQuantile]:
    """Of the quantiles those in the middle of twenty parts of equal chance: 2.5 %, 7.5 % ... 97.5 %."""
    wanted = [(number + 0.5) / DOTS for number in range(DOTS)]
    return [min(quantiles, key=lambda point: abs(point.share - share)) for share in wanted]


def _apart(marks: tuple[Tick, ...]) -> tuple[Tick, ...]:
    """Marks whose words would stand on one another lose all but the first's."""
    kept: list[Tick] = []
    for mark in marks:
        said = [other for other in kept if other.label]
        kept.append(Tick(mark.position, "" if said and mark.position - said[-1].position < 30 else mark.label))
    return tuple(kept)


def _ends(driver: Driver) -> tuple[float, float]:
    """How far it reaches down and up; only up, by all of its swing, where an older report does not tell the two apart."""
    is_told = driver.below_days or driver.above_days
    return (driver.below_days, driver.above_days) if is_told else (0.0, driver.swing_days)


def _driver_scale(drivers: list[Driver]) -> Scale:
    return Scale.around((0, *(sign * end for d in drivers for sign, end in zip((-1, 1), _ends(d), strict=True))), BAR_WIDTH)


def _driver_bars(drivers: list[Driver], scale: Scale) -> list[DriverBar]:
    """Bars in both directions on one scale."""
    bars = []
    for driver in drivers:
        below, above = _ends(driver)
        words = f"{days(below)} less to {days(above)} more" if below else f"{days(above)} days wide"
        x, zero = scale.x(-below), scale.x(0)
        bars.append(DriverBar(printable(driver.title, 160), x, round(zero - x, 1), round(scale.x(above) - zero, 1), words))
    return bars


def _roles(target: TargetAssessment) -> list[View]:
    """Each role with its range, the one with the most to do first."""
    ordered = sorted(target.by_role, key=lambda item: (-item.estimate.p50_days, item.role))
    scale = Scale.around((0, *(item.estimate.p90_days for item in ordered)), BAR_WIDTH)
    return [{"title": item.role.replace("-", " "), **_range(item.estimate, scale)} for item in ordered]


def _range(estimate: EffortEstimate, scale: Scale) -> View:
    bar = span_bar(scale, estimate.p10_days, estimate.p50_days, estimate.p90_days)
    return {"bar": bar, "words": f"{days(estimate.p10_days)} to {days(estimate.p90_days)}, median {days(estimate.p50_days)}"}
