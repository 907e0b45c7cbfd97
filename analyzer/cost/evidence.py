"""The performance of one instance type against another, from what the user measured or else from what is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from analyzer.cost.cost_words import MEASURED_LEVEL, UNUSABLE_LEVEL
from analyzer.model.cost import Evidence, PerformanceRatio
from analyzer.model.workload_file import EvidenceLevel, Figure, Measurement, PerformanceKnowledge, Workload

LEVEL_OF = {"independent": 2, "audited": 3, "vendor": 4, "partner": 4}
ANOTHER_MODEL = 5
FROM_PEAK = "your peak rate over fleet and utilisation"
UNITS = {"tokens/s": "tokens", "samples/s": "requests", "inf/s": "requests"}
"""Units of published figures, and the unit of traffic that each is."""
FAR_APART = 2
LEAST_RATIO, MOST_RATIO = 1e-3, 1e3
"""Of the throughput of one instance against another: what lies beyond is an error in a unit."""


class Speed(NamedTuple):
    """A ratio and the figures that it rests on."""

    ratio: PerformanceRatio
    evidence: tuple[Evidence, ...] = ()


def throughput_today(workload: Workload) -> tuple[Decimal, str] | None:
    """Requests (or tokens) a second of one of today's instances at full use, and where that comes from."""
    fleet, volume = workload.scenario.fleet, workload.scenario.volume
    for measurement in workload.measurements:
        if measurement.instance_type == fleet.instance_type:
            return measurement.throughput_per_second, f"measured on {measurement.as_of}"
    if workload.throughput_today is not None:
        return workload.throughput_today, "throughput_per_instance of your workload file"
    if volume is not None:
        rate = volume.peak_per_second / (fleet.count * workload.scenario.utilisation_today)
        return rate, FROM_PEAK
    return None


def speed_of(instance_type: str, workload: Workload, knowledge: PerformanceKnowledge) -> Speed:
    """The best evidence there is for an instance type against today's; level 6 where there is none."""
    published = _from_publications(instance_type, workload, knowledge)
    own = _measured(instance_type, workload, knowledge)
    if own is None:
        return published
    if own.ratio.level < UNUSABLE_LEVEL and published.ratio.level < UNUSABLE_LEVEL:
        apart = own.ratio.mid / published.ratio.mid
        if not 1 / FAR_APART <= apart <= FAR_APART:
            words = f"{own.ratio.source}; {apart:.2g} times what published figures make likely: check both"
            return own._replace(ratio=replace(own.ratio, source=words))
    return own


def _from_publications(instance_type: str, workload: Workload, knowledge: PerformanceKnowledge) -> Speed:
    """What is published, or follows from the number of accelerators."""
    today, new = knowledge.on(workload.scenario.fleet.instance_type), knowledge.on(instance_type)
    if today is None or new is None:
        return unknown_speed("what it holds is not in rules/performance/accelerators.toml")
    scale = Decimal(new[1]) / today[1]
    note = "; ".join(dict.fromkeys(part for part in (today[0].note, new[0].note) if part))
    if today[0].id == new[0].id:
        ratio = float(scale)
        return Speed(
            PerformanceRatio(ratio, ratio, ratio, MEASURED_LEVEL + 1, f"the same accelerators, {new[1]} against {today[1]}", "")
        )
    pairs = list(_pairs(today[0].figures_of, new[0].figures_of, workload, knowledge))
    if pairs:
        return _published(*_middle(pairs), scale, note, knowledge)
    absolute = _against_own(new[0].figures_of, new[1], workload, knowledge)
    if absolute is not None:
        return absolute
    for known in knowledge.ratios:
        if known.kind == workload.model.kind and today[0].id in known.sources and known.accelerator == new[0].id:
            low, mid, high = (round(end * float(scale), 4) for end in (known.ratio.low, known.ratio.mid, known.ratio.high))
            text = known.ratio.source
            return Speed(PerformanceRatio(low, mid, high, known.ratio.level, text, known.ratio.as_of), (known.evidence,))
    return unknown_speed("no published comparison for this kind of model was found")


def unknown_speed(reason: str) -> Speed:
    """No ratio that may be calculated with."""
    return Speed(PerformanceRatio(1.0, 1.0, 1.0, UNUSABLE_LEVEL, reason, ""))


def _measured(instance_type: str, workload: Workload, knowledge: PerformanceKnowledge) -> Speed | None:
    found = [item for item in workload.measurements if item.instance_type == instance_type]
    today = throughput_today(workload)
    if not found or today is None:
        return None
    measurement: Measurement = max(found, key=lambda item: item.as_of)
    missed = _missed_promise(measurement, workload)
    if missed:
        return unknown_speed(missed)
    mid, level = float(measurement.throughput_per_second / today[0]), knowledge.level(MEASURED_LEVEL)
    software = f" with {measurement.software}" if measurement.software else ""
    source = f"you measured {measurement.throughput_per_second:f} a second{software} against {today[0]:.4g} today ({today[1]})"
    source += _besides_speed(measurement, workload)
    speed = _ranged(mid, level, source, measurement.as_of)
    return speed._replace(ratio=replace(speed.ratio, is_settled=not _is_open(measurement, workload)))


def _missed_promise(measurement: Measurement, workload: Workload) -> str:
    """Why a measured throughput does not count; "" where it does."""
    for name in ("p95_ms", "ttft_ms", "itl_ms"):
        promised, measured = getattr(workload.latency, name), getattr(measurement, name)
        if promised is not None and measured is not None and measured > promised:
            return f"your measurement of {measurement.as_of} misses the promise: {name} {measured:f} against {promised:f}"
    change, allowed = measurement.accuracy_change, workload.accuracy_loss_allowed
    if change is not None and allowed is not None and change < -allowed:
        return f"your measurement of {measurement.as_of} loses {-change:.2%} of accuracy, {allowed:.2%} are allowed"
    return ""


def _is_open(measurement: Measurement, workload: Workload) -> bool:
    """Whether accuracy was lost and nobody said how much may be."""
    return bool(measurement.accuracy_change and measurement.accuracy_change < 0) and workload.accuracy_loss_allowed is None


def _besides_speed(measurement: Measurement, workload: Workload) -> str:
    """What else was measured, in words: it changes no figure, and a reader has to know it."""
    words = ""
    if measurement.compile_minutes:
        words += f"; it compiled in {measurement.compile_minutes:f} minutes"
    if measurement.accuracy_change:
        words += f"; accuracy changed by {measurement.accuracy_change:+.2%}"
        if _is_open(measurement, workload):
            words += ", and [model] accuracy_loss_allowed does not say whether that will do"
    return words


def _against_own(chips: tuple[str, ...], count: int, workload: Workload, knowledge: PerformanceKnowledge) -> Speed | None:
    """A published figure for the very model against what the user measured today: other shapes, so it counts as derived."""
    today, volume = throughput_today(workload), workload.scenario.volume
    if today is None or volume is None or today[1] == FROM_PEAK or not workload.model.family:
        return None
    fitting = [
        figure for figure in knowledge.figures
        if figure.accelerator in chips and figure.family == workload.model.family and UNITS.get(figure.unit) == volume.unit
    ]  # fmt: skip
    if not fitting:
        return None
    figure = max(fitting, key=lambda figure: figure.evidence.as_of)
    level = knowledge.level(ANOTHER_MODEL)
    published = float(figure.per_accelerator * count / today[0])
    total = figure.per_accelerator * count
    text = f"{figure.benchmark}: {total:.4g} {figure.unit} published against {today[0]:.4g} of yours, other shapes ({level.words})"
    return _ranged(published, level, text, figure.evidence.as_of, (figure.evidence,))


def _ranged(published: float, level: EvidenceLevel, source: str, as_of: str, evidence: tuple[Evidence, ...] = ()) -> Speed:
    """A figure with the range of its level; unknown where it is beyond anything that hardware does."""
    if not LEAST_RATIO <= published <= MOST_RATIO:
        return unknown_speed(f"{source}: {published:.3g} times is beyond any hardware, check the units")
    low, likely, high = (round(published * end, 6) for end in (level.low, level.likely, level.high))
    return Speed(PerformanceRatio(low, likely, high, level.level, source, as_of), evidence)


class _Pair(NamedTuple):
    level: int
    today: Figure
    new: Figure

    @property
    def order(self) -> tuple[int, str]:
        """The lowest level first, then the newest pair."""
        newest = min(self.today.evidence.as_of, self.new.evidence.as_of)
        return self.level, "".join(chr(255 - ord(letter)) for letter in newest)

    @property
    def ratio(self) -> Decimal:
        """An accelerator of the new kind against one of today's, as published."""
        return self.new.per_accelerator / self.today.per_accelerator


def _middle(pairs: Sequence[_Pair]) -> tuple[_Pair, int]:
    """The best pair, and of how many that are as good and as new: the middle one, the lower of two."""
    best = min(pair.order for pair in pairs)
    equal = sorted((pair for pair in pairs if pair.order == best), key=lambda pair: (pair.ratio, pair.new.benchmark))
    return equal[(len(equal) - 1) // 2], len(equal)


def _pairs(
    today: tuple[str, ...], new: tuple[str, ...], workload: Workload, knowledge: PerformanceKnowledge
) -> Iterator[_Pair]:  # fmt: skip
    """Two figures of one benchmark on the two accelerators, for this kind of model."""
    model = workload.model
    for before in knowledge.figures:
        if before.accelerator not in today or before.kind != model.kind:
            continue
        for after in knowledge.figures:
            if after.accelerator in new and after.benchmark == before.benchmark:
                is_same = model.family == before.family and before.precision == after.precision
                level = max(LEVEL_OF[before.publisher_kind], LEVEL_OF[after.publisher_kind]) if is_same else ANOTHER_MODEL
                yield _Pair(level, before, after)


def _published(pair: _Pair, equal: int, scale: Decimal, note: str, knowledge: PerformanceKnowledge) -> Speed:
    published = float(pair.ratio * scale)
    level = knowledge.level(pair.level)
    text = f"{pair.new.benchmark}: {published:.3g} times as published, ranged as {level.title} ({level.words})"
    text += f"; the middle one of {equal} published" if equal > 1 else ""
    text += f"; {note}" if note else ""
    as_of = min(pair.today.evidence.as_of, pair.new.evidence.as_of)
    return _ranged(published, level, text, as_of, (pair.today.evidence, pair.new.evidence))
