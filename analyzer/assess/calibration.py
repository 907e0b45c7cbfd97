"""Fits factors to a team's actual days.

The model is r = ln(actual / P50) = shared + capability + noise. Each mean is drawn towards nothing as if `PRIOR_ROWS` further
rows had been estimated exactly (a normal prior; Gelman et al., Bayesian Data Analysis, chapter 5), so that a few rows move little.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import median

from analyzer.model.calibration import AS_ESTIMATED, Actual, Calibration, Fit
from analyzer.model.effort import Z90
from analyzer.model.target import EffortRange

PRIOR_ROWS = 4
LEAST_ROWS_OF_A_CAPABILITY = 3
LEAST_SPREAD, MOST_SPREAD = 0.25, 4.0


def fit(actuals: Iterable[Actual]) -> Fit:
    """The calibration of some items, of which there must be one at least. The order of rows changes nothing."""
    rows = sorted(actuals, key=lambda row: (row.target_id, row.work_item, row.actual_days))
    errors = [math.log(row.actual_days / row.p50_days) for row in rows]
    shared = math.fsum(errors) / (len(rows) + PRIOR_ROWS)
    groups: dict[str, list[float]] = {}
    for row, error in zip(rows, errors, strict=True):
        groups.setdefault(row.capability, []).append(error)
    factors = {
        capability: math.exp(shared + math.fsum(error - shared for error in own) / (len(own) + PRIOR_ROWS))
        for capability, own in groups.items()
        if len(own) >= LEAST_ROWS_OF_A_CAPABILITY
    }
    named = tuple((capability, round(factor, 4)) for capability, factor in sorted(factors.items()))
    centred = Calibration(round(math.exp(shared), 4), 1.0, named)
    calibration = Calibration(centred.factor, round(_spread(rows, centred), 4), named)
    return Fit(
        len(rows), round(median(math.exp(error) for error in errors), 4), _in_range(rows, AS_ESTIMATED),
        _in_range(rows, calibration), {name: (len(own), round(math.exp(median(own)), 4)) for name, own in sorted(groups.items())},
        calibration,
    )  # fmt: skip


def _spread(rows: Sequence[Actual], calibration: Calibration) -> float:
    """How much wider the errors are than the ranges say: the root mean square of errors in units of their range."""
    total = 0.0
    for row in rows:
        sigma = math.log(row.p90_days / row.p10_days) / (2 * Z90)
        error = math.log(row.actual_days / (row.p50_days * calibration.factor_of(row.capability)))
        total += (error / sigma) ** 2 if sigma else 1.0
    spread = math.sqrt((total + PRIOR_ROWS) / (len(rows) + PRIOR_ROWS))
    return min(max(spread, LEAST_SPREAD), MOST_SPREAD)


def _in_range(rows: Sequence[Actual], calibration: Calibration) -> float:
    inside = 0
    for row in rows:
        known = EffortRange(row.p10_days, row.p50_days, row.p90_days, "item")
        own = calibrated(known, row.capability, calibration)
        inside += own.low_days <= row.actual_days <= own.high_days
    return round(inside / len(rows), 4)


def calibrated(effort: EffortRange, capability: str, calibration: Calibration) -> EffortRange:
    """A range with the factor of its capability, and its ends further from or nearer to its middle."""
    if effort.high_days <= 0:
        return effort
    likely = effort.likely_days * calibration.factor_of(capability)
    low = likely * (effort.low_days / effort.likely_days) ** calibration.spread
    high = likely * (effort.high_days / effort.likely_days) ** calibration.spread
    return EffortRange(low, likely, high, effort.per)
