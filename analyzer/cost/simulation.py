"""The arithmetic of `cash_flow` over arrays of draws: ranges, chances, tornado, and what knowing an input is worth.

Floats are precise enough here (a cent in a billion); every figure at the most likely values comes from `cash_flow`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from analyzer.cost.cash_flow import Terms, levels
from analyzer.model.cost import Span
from analyzer.model.effort import Z90, EffortEstimate

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float64]

DRAWS = 10_000
SEED = 20260720
KNOWN_IN = 100
"""Groups into which draws are sorted to see what knowing an input is worth."""
EFFORT, RATIO = "effort_days", "ratio"


@dataclass(frozen=True, slots=True)
class Uncertain:
    """What is not known for sure about one option: inputs by key (`ratio`, `load`, `usd_per_day` ...), and the effort."""

    spans: tuple[Span, ...]
    effort: EffortEstimate
    name: str
    """Seeds the draws, so that options do not share their luck."""

    def draws(self, terms: Terms) -> dict[str, Floats]:
        """Seeded draws by key: PERT for a span, a lognormal of two pieces through P10, P50 and P90 for the effort."""
        drawn = {}
        for span in self.spans:
            if span.high > span.low:
                # inputs of the whole scenario are drawn alike for all options, so that these differ by themselves only
                name = f"{self.name}:{span.key}" if span.key == RATIO else span.key
                drawn[span.key] = pert(span.low, float(getattr(terms, span.key)), span.high, name)
        if "dual_months" in drawn:
            drawn["dual_months"] = drawn["dual_months"].round()
        if self.effort.p50_days > 0:
            drawn[EFFORT] = effort_draws(self.effort, f"{self.name}:effort")
        return drawn


def generator(name: str) -> numpy.random.Generator:
    """A generator whose numbers depend on the name alone."""
    import numpy

    digest = hashlib.sha256(f"{SEED}:{name}".encode()).digest()
    return numpy.random.Generator(numpy.random.PCG64(int.from_bytes(digest[:16], "big")))


def pert(low: float, mid: float, high: float, name: str) -> Floats:
    """PERT draws: a beta distribution between low and high with its mode at mid (lambda 4)."""
    mid = min(max(mid, low), high)
    alpha, beta = 1 + 4 * (mid - low) / (high - low), 1 + 4 * (high - mid) / (high - low)
    draws: Floats = low + (high - low) * generator(name).beta(alpha, beta, DRAWS)
    return draws


def effort_draws(effort: EffortEstimate, name: str) -> Floats:
    """Person-days: lognormal below and above the median, through P10 and P90."""
    import numpy

    normals = generator(name).standard_normal(DRAWS)
    below = math.log(effort.p50_days / effort.p10_days) / Z90
    above = math.log(effort.p90_days / effort.p50_days) / Z90
    days: Floats = effort.p50_days * numpy.exp(normals * numpy.where(normals > 0, above, below))
    return days


def discounted_flows(terms: Terms, drawn: Mapping[str, Floats | float]) -> Floats:
    """Discounted flows, a row a month and a column a draw. `drawn` replaces the terms of the same name."""
    import numpy

    def value(key: str) -> Floats:
        return numpy.atleast_1d(numpy.asarray(drawn.get(key, float(getattr(terms, key))), dtype=float))

    day, dual = value("usd_per_day"), value("dual_months")
    keep = 1 - value("discount_share")
    growth, drift = 1 + value("growth_per_year"), 1 + value("drift_per_year")
    count, load, ratio, share = value("count"), value("load"), value("ratio"), value("share")
    width = max((numpy.size(draws) for draws in drawn.values()), default=1)
    flows = numpy.zeros((terms.horizon_months + 1, width))
    flows[terms.start_month] -= value(EFFORT) * day + value("other_one_off_usd")
    upkeep = value("upkeep_days_per_year") * day / 12
    owned = float(terms.owned_monthly_usd)
    hours, disk = float(terms.hours_per_month), float(terms.storage_usd_per_instance)
    mean: Floats | float = 0.0
    bought = numpy.asarray if terms.hours_follow_speed else whole
    for month in range(terms.start_month + 1, terms.horizon_months + 1):
        grown = growth ** ((month - 1) / 12)
        month_usd = hours * keep * drift ** ((month - 1) / 12)
        today = numpy.maximum(count, bought(numpy.minimum(count, load) * grown))
        today_usd = float(terms.today_usd_per_hour) * month_usd
        stay = today * (today_usd + disk) + owned
        if terms.api_usd_per_month is not None:
            new = float(terms.api_usd_per_month) * grown
        else:
            mean = _instances(terms, load * share * grown, ratio)
            new = (float(terms.new_usd_per_hour) * month_usd + disk) * mean
        kept_count = bought(today * (1 - share))
        kept = kept_count * (today_usd + disk) + owned * (1 - share)
        committed = sum(float(part) for part, left in terms.committed_share if month <= left) * today * today_usd
        committed = committed + sum(float(usd) for usd, left in terms.committed_usd if month <= left)
        used = float(terms.new_usd_per_hour) * month_usd * mean if terms.reuses_commitment else 0
        stranded = numpy.maximum(0, committed - kept_count * today_usd - used)
        since = month - terms.start_month - dual
        moved = numpy.minimum(1, since / (terms.ramp_months + 1))
        saved = moved * (stay - new - kept - stranded) - upkeep
        flows[month] += numpy.where(since <= 0, -new * float(terms.dual_share), saved)
    if terms.resale_now_usd:
        freed = numpy.minimum(terms.start_month + dual, terms.horizon_months).astype(int) + numpy.zeros(width, dtype=int)
        flows[freed, numpy.arange(width)] += float(terms.resale_now_usd)
    flows[-1] -= float(terms.resale_at_horizon_usd) + float(terms.exit_usd_days) * day
    months = numpy.arange(terms.horizon_months + 1)[:, None]
    factors = (1 + value("discount_rate_per_year")) ** (-months / 12)
    discounted: Floats = flows * factors
    return discounted


def whole(values: Floats) -> Floats:
    """The next whole numbers, as `cash_flow.ceiling`."""
    import numpy

    result: Floats = numpy.ceil(values - 1e-9)
    return result


@lru_cache(maxsize=64)
def _weights(profile: tuple[Decimal, ...]) -> tuple[tuple[float, float], ...]:
    """Each level of a profile with its share of the hours."""
    return tuple((float(part), hours / len(profile)) for part, hours in levels(profile))


def _instances(terms: Terms, load: Floats, ratio: Floats) -> Floats:
    import numpy

    full: Floats = load / ratio
    if terms.hours_follow_speed:
        return full
    needed = [weight * numpy.maximum(terms.min_instances, whole(full * part)) for part, weight in _weights(terms.profile)]
    overhead = float(terms.scaling_overhead) if len(terms.profile) > 1 else 0.0
    total: Floats = numpy.sum(needed, axis=0) * (1 + overhead) + terms.spare_instances
    return total


def npv(terms: Terms, drawn: Mapping[str, Floats | float]) -> Floats:
    """The net present value of every draw."""
    total: Floats = discounted_flows(terms, drawn).sum(axis=0)
    return total


def tornado(terms: Terms, spans: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """The NPV with one input at its low and at its high end and the others as in the terms, by key."""
    import numpy

    columns = {key: numpy.full(2 * len(spans), float(getattr(terms, key))) for key in spans}
    for index, (key, ends) in enumerate(spans.items()):
        columns[key][2 * index : 2 * index + 2] = ends
    values = npv(terms, columns).tolist() if spans else []
    return {key: (values[2 * index], values[2 * index + 1]) for index, key in enumerate(spans)}


def value_of_knowing(values: Floats, drawn: Mapping[str, Floats]) -> dict[str, float]:
    """What it is worth to learn each input before deciding: mean of max(NPV given the input, 0), less max(mean NPV, 0).

    The expectation given an input is the mean over groups of draws with near values of it (Strong and Oakley 2013).
    """
    import numpy

    blind = max(float(values.mean()), 0.0)
    worth = {}
    for key, draws in drawn.items():
        groups = values[numpy.argsort(draws, kind="stable")].reshape(KNOWN_IN, -1).mean(axis=1)
        worth[key] = max(float(numpy.maximum(groups, 0).mean()) - blind, 0.0)
    return worth


def smallest_paying_count(terms: Terms, most: int = 20_000) -> int | None:
    """The smallest fleet of today's type from which on the move pays, the load growing with it; None up to `most`."""
    import numpy

    counts = numpy.unique(numpy.round(numpy.geomspace(1, most, 4000)))
    values = npv(terms, {"count": counts, "load": counts * (float(terms.load) / terms.count)})
    losing = numpy.flatnonzero(values < 0)
    first = 0 if losing.size == 0 else int(losing[-1]) + 1
    if first >= counts.size:
        return None
    if first == 0:
        return 1
    between = numpy.arange(counts[first - 1] + 1, counts[first] + 1)
    values = npv(terms, {"count": between, "load": between * (float(terms.load) / terms.count)})
    losing = numpy.flatnonzero(values < 0)
    return int(between[0 if losing.size == 0 else int(losing[-1]) + 1])
