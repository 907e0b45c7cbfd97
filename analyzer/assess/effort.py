"""Draws the effort of work items: seeded, vectorised, with one uncertainty that all items share.

An item's effort is a two-piece lognormal through its three figures: low is P10, likely is P50, high is P90. A
one-factor Gaussian copula makes items move together, so that the range does not shrink with their number. Draws are
stratified (Latin hypercube: McKay, Beckman and Conover, Technometrics 1979), which narrows the error of sampling.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

from analyzer.assess.remediation import Work
from analyzer.knowledge.effort_constants import EffortConstants
from analyzer.model.effort import Z90, Driver, EffortEstimate, EffortQuantile, RoleEffort

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

MOST_DRIVERS = 10
SHARES = tuple(number / 40 for number in range(1, 40))
"""Of the cases, for which the effort of the whole is told: every 2.5 %, as fine as twenty dots of equal chance need."""


class WorkEstimate(NamedTuple):
    """The effort of some work."""

    whole: EffortEstimate
    by_item: Mapping[str, EffortEstimate]
    by_role: tuple[RoleEffort, ...]
    drivers: tuple[Driver, ...]
    """What drives the range, widest first."""
    quantiles: tuple[EffortQuantile, ...]


def estimate_work(work: Sequence[Work], target_id: str, constants: EffortConstants) -> WorkEstimate:
    """P10, P50 and P90 person-days of the whole, of each item and of each role, and what drives the range.

    Every item draws from a stream of its own, seeded by its id, so the order of items and the presence of others
    change nothing.
    """
    import numpy

    shared = _normals(f"{target_id}:shared", constants)
    total: NDArray[numpy.float64] = numpy.zeros(constants.draws)
    alone: NDArray[numpy.float64] = numpy.zeros(constants.draws)
    weight = constants.shared_uncertainty
    items: dict[str, EffortEstimate] = {}
    roles: dict[str, NDArray[numpy.float64]] = {}
    drivers: list[Driver] = []
    for item in work:
        own = _normals(f"{target_id}:{item.id}", constants)
        days = _days(item, _restratified(weight**0.5 * shared + (1 - weight) ** 0.5 * own))
        total = total + days
        alone = alone + _days(item, own)
        roles[item.role] = roles[item.role] + days if item.role in roles else days
        estimate = _quantiles(days)
        items[item.id] = estimate
        low, median, high = estimate.p10_days, estimate.p50_days, estimate.p90_days
        drivers.append(_driver(item.id, item.title, median, median - low, high - median))
    whole = _quantiles(total)
    apart = _quantiles(alone)
    title = "What all items have in common (the team, the code, the target)"
    drivers.append(_driver("shared", title, 0.0, apart.p10_days - whole.p10_days, whole.p90_days - apart.p90_days))
    drivers.sort(key=lambda driver: (-driver.swing_days, driver.id))
    by_role = tuple(RoleEffort(role, _quantiles(roles[role])) for role in sorted(roles))
    return WorkEstimate(whole, items, by_role, tuple(drivers[:MOST_DRIVERS]), _finer_quantiles(total))


def _driver(name: str, title: str, median: float, below: float, above: float) -> Driver:
    """What moves the low end down and the high end up by so many days."""
    below, above = max(round(below, 2), 0.0), max(round(above, 2), 0.0)
    return Driver(name, title, median, round(below + above, 2), below, above)


def _normals(name: str, constants: EffortConstants) -> NDArray[numpy.float64]:
    import numpy

    digest = hashlib.sha256(f"{constants.seed}:{name}".encode()).digest()
    generator = numpy.random.Generator(numpy.random.PCG64(int.from_bytes(digest[:16], "big")))
    draws: NDArray[numpy.float64] = generator.permutation(_strata(constants.draws))
    return draws


@lru_cache(maxsize=4)
def _strata(draws: int) -> NDArray[numpy.float64]:
    """The middle quantile of each of equally likely strata: with one draw in each, a lone item's quantiles are exact."""
    import numpy

    normal = NormalDist()
    return numpy.array([normal.inv_cdf((index + 0.5) / draws) for index in range(draws)])


def _days(item: Work, normals: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """Person-days of an item for standard normal draws."""
    import numpy

    effort = item.effort
    if effort.high_days <= 0:
        return numpy.zeros_like(normals)
    below = numpy.log(effort.likely_days / effort.low_days) / Z90
    above = numpy.log(effort.high_days / effort.likely_days) / Z90
    days: NDArray[numpy.float64] = item.units * effort.likely_days * numpy.exp(normals * numpy.where(normals > 0, above, below))
    return days


def _restratified(normals: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """The same order of draws with one in each stratum again: dependence is a matter of ranks, and they stay."""
    import numpy

    order = numpy.argsort(normals)  # takes half as long as a sort that keeps equal ones in their order, and few are equal
    ranked = normals[order]
    end = 0
    for place in numpy.flatnonzero(ranked[1:] == ranked[:-1]):
        if place >= end:
            end = int(numpy.searchsorted(ranked, ranked[place], side="right"))
            order[place:end].sort()
    spread = numpy.empty_like(normals)
    spread[order] = _strata(len(normals))
    return spread


def _quantiles(days: NDArray[numpy.float64]) -> EffortEstimate:
    """Rounded to hundredths of a day, so that the last bits of a processor's arithmetic are never shown."""
    import numpy

    low, middle, high = (round(float(value), 2) for value in numpy.quantile(days, (0.1, 0.5, 0.9)))
    return EffortEstimate(low, middle, high)


def _finer_quantiles(days: NDArray[numpy.float64]) -> tuple[EffortQuantile, ...]:
    import numpy

    values = numpy.quantile(days, SHARES)
    return tuple(EffortQuantile(share, round(float(value), 2)) for share, value in zip(SHARES, values, strict=True))
