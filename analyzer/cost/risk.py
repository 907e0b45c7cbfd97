"""The range of an option's NPV, what sways it, what knowing more is worth, and what it needs to pay."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import NamedTuple

from analyzer.cost.cash_flow import Terms
from analyzer.cost.evidence import LEAST_RATIO, MOST_RATIO
from analyzer.cost.simulation import EFFORT, Uncertain, discounted_flows, npv, smallest_paying_count, value_of_knowing
from analyzer.cost.simulation import tornado as swings
from analyzer.model.cost import BandPoint, CostCase, GridCell, MoneyRange, PerformanceRatio, Sway

RATIO_STEPS = 400
REFINEMENTS = 4
GRID_SIZES = (0.25, 0.5, 1, 2, 4, 8)
GRID_PARTS = (0, 1 / 3, 2 / 3)
"""Steps of the grid from the lowest throughput to the most likely one, and from there to the highest."""


class Risk(NamedTuple):
    """What the draws say."""

    npv: MoneyRange
    chance: float
    band: tuple[BandPoint, ...]
    tornado: tuple[Sway, ...]
    break_even_instances: int | None
    cases: tuple[CostCase, ...]


def risk_of(terms: Terms, uncertain: Uncertain) -> Risk:
    """Ranges from seeded draws over everything that is uncertain; the NPV alone where nothing is."""
    import numpy

    drawn = uncertain.draws(terms)
    flows = discounted_flows(terms, drawn)
    running = numpy.cumsum(flows, axis=0)
    values = running[-1]
    low, middle, high = (_dollars(float(value)) for value in numpy.quantile(values, (0.1, 0.5, 0.9)))
    chance = round(float((values > 0).mean()), 3)
    edges = numpy.quantile(running, (0.1, 0.9), axis=1)
    band = tuple(
        BandPoint(month, _dollars(float(edges[0][month])), _dollars(float(edges[1][month])))
        for month in range(terms.horizon_months + 1)
    )
    knowing = value_of_knowing(values, drawn) if drawn else {}
    count = smallest_paying_count(terms) if terms.kind == "move" else None
    ends = _ends(uncertain)
    swung = swings(terms, ends)
    return Risk(
        MoneyRange(low, middle, high), chance, band, _sways(uncertain, ends, swung, knowing), count, _cases(terms, ends, swung)
    )


def _ends(uncertain: Uncertain) -> dict[str, tuple[float, float]]:
    """The low and the high end of each input that is uncertain."""
    ends = {span.key: (span.low, span.high) for span in uncertain.spans if span.high > span.low}
    if uncertain.effort.p50_days > 0:
        ends[EFFORT] = (uncertain.effort.p10_days, uncertain.effort.p90_days)
    return ends


def _cases(terms: Terms, ends: dict[str, tuple[float, float]], swung: dict[str, tuple[float, float]]) -> tuple[CostCase, ...]:
    """What comes of all inputs together where each, by itself, lowers the NPV most, or raises it most.

    Whole instances make an NPV rise and fall within a range: where neither end is worse than the middle, the middle stays."""
    if not ends:
        return ()
    middle = float(npv(terms, {})[0])
    worse = {key: ends[key][low > high] for key, (low, high) in swung.items() if min(low, high) < middle}
    better = {key: ends[key][low <= high] for key, (low, high) in swung.items() if max(low, high) > middle}
    return (_case("cautious", terms, worse), _case("likely", terms, {}), _case("favourable", terms, better))


def _case(name: str, terms: Terms, inputs: dict[str, float]) -> CostCase:
    running = discounted_flows(terms, inputs)[:, 0].cumsum()
    below = [month for month, value in enumerate(running.tolist()) if value < 0]
    month = below[-1] + 1 if below else 0
    return CostCase(name, _dollars(float(running[-1])), month if month <= terms.horizon_months else None)


def _sways(
    uncertain: Uncertain, ends: dict[str, tuple[float, float]], swung: dict[str, tuple[float, float]], knowing: dict[str, float]
) -> tuple[Sway, ...]:
    titles = {span.key: span.title for span in uncertain.spans} | {EFFORT: "Effort of the port, person-days"}
    rows = [
        Sway(
            key,
            titles[key],
            _end(ends[key][0]),
            _end(ends[key][1]),
            _dollars(low),
            _dollars(high),
            _dollars(knowing.get(key, 0.0)),
        )
        for key, (low, high) in swung.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-abs(row.npv_high_usd - row.npv_low_usd), row.key)))


def required_ratio(terms: Terms) -> float | None:
    """The lowest performance ratio at which the NPV is not negative, everything else at its most likely value; None where
    no ratio does that."""
    import numpy

    low, high = LEAST_RATIO, MOST_RATIO
    for _ in range(REFINEMENTS):
        grid = numpy.geomspace(low, high, RATIO_STEPS)
        paying = numpy.flatnonzero(npv(terms, {"ratio": grid}) >= 0)
        if paying.size == 0:
            return None
        first = int(paying[0])
        if first == 0:
            return _rounded_up(float(grid[0]))
        low, high = float(grid[first - 1]), float(grid[first])
    return _rounded_up(high)


def _rounded_up(value: float) -> float:
    """Three decimals, or three digits of a small number, so that it still pays."""
    step = 10.0 ** (math.floor(math.log10(value)) - 2) if value < 1 else 1e-3
    return float(f"{math.ceil(value / step - 1e-9) * step:.6g}")


def grid_of(terms: Terms, ratio: PerformanceRatio) -> tuple[GridCell, ...]:
    """NPVs over seven throughputs and six sizes of today's fleet, by size and throughput."""
    low, mid, high = ratio.low, ratio.mid, ratio.high
    steps = [start + part * (end - start) for start, end in ((low, mid), (mid, high)) for part in GRID_PARTS]
    ratios = sorted({round(value, 3) for value in (*steps, high)})
    counts = sorted({max(1, round(terms.count * part)) for part in GRID_SIZES})
    pairs = [(count, value) for count in counts for value in ratios]
    import numpy

    sizes = numpy.array([float(count) for count, _ in pairs])
    drawn = {"count": sizes, "load": sizes * float(terms.load / terms.count), "ratio": numpy.array([value for _, value in pairs])}
    values = npv(terms, drawn).tolist()
    return tuple(GridCell(value, count, _dollars(worth)) for (count, value), worth in zip(pairs, values, strict=True))


def _end(value: float) -> str:
    """An end of a range, with three digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _dollars(value: float) -> Decimal:
    return Decimal(round(value))
