"""The options of a workload: which instances could carry it, in the order in which a report shows them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from decimal import Decimal

from analyzer.cost.cost_words import MEASURED_LEVEL, UNUSABLE_LEVEL
from analyzer.cost.evidence import FROM_PEAK, speed_of, throughput_today, unknown_speed
from analyzer.cost.memory_fit import accelerators_needed, memory_words
from analyzer.model.cost import Option, PerformanceRatio, Scenario
from analyzer.model.workload_file import Accelerator, Candidate, PerformanceKnowledge, Workload

SAME = PerformanceRatio(1.0, 1.0, 1.0, 1, "the same instances", "")
API_TARGET = "managed-api"

HourlyPrice = Callable[[str], Decimal | None]
"""The price of an instance type as a new fleet would buy it."""


def scenario_of(
    workload: Workload, knowledge: PerformanceKnowledge, targets: Collection[str], price: HourlyPrice,
    serving_only: Collection[str] = (),
) -> Scenario:  # fmt: skip
    """The scenario with its options. `targets` are the ids that were assessed; those in `serving_only` cannot train, and the
    repository does."""
    scenario = with_measured_load(workload)
    workload = replace(workload, scenario=scenario)
    fleet = scenario.fleet
    options = [
        Option("stay", "Stay as is", "stay", "", fleet.instance_type, SAME),
        Option("right-size", "Stay and right-size", "right-size", "", fleet.instance_type, SAME),
        *_moves(workload, knowledge, targets, price, serving_only),
        *_offers(workload, targets),
    ]
    return replace(scenario, options=tuple(options))


def with_measured_load(workload: Workload) -> Scenario:
    """The scenario; where the peak rate and the throughput of an instance are known, the utilisation follows from them."""
    scenario, volume = workload.scenario, workload.scenario.volume
    today = throughput_today(workload)
    if volume is None or today is None or today[1] == FROM_PEAK:
        return scenario
    utilisation = volume.peak_per_second / (today[0] * scenario.fleet.count)
    spans = tuple(span for span in scenario.spans if span.key != "utilisation_today")
    defaulted = tuple(key for key in scenario.defaulted if key != "utilisation_today")
    return replace(scenario, utilisation_today=utilisation, spans=spans, defaulted=defaulted)


def _moves(
    workload: Workload, knowledge: PerformanceKnowledge, targets: Collection[str], price: HourlyPrice, serving_only: Collection[str]
) -> Iterator[Option]:
    """Other instances of NVIDIA's, then each target, then a mix for the first target whose speed is known. Of a target that
    cannot take over the training there is nothing but the mix."""
    chosen = list(workload.candidates)
    if not chosen:
        today = knowledge.on(workload.scenario.fleet.instance_type)
        for accelerator in knowledge.accelerators:
            is_rival = accelerator.is_rival and (today is None or accelerator.id != today[0].id)
            for target in [""] if is_rival else [target for target in accelerator.targets if target in targets]:
                instance = cheapest_that_fits(accelerator, workload, price)
                if instance and (target or price(instance) is not None):
                    chosen.append(Candidate(instance, target, "", ""))
    mixed = False
    for candidate in chosen:
        target = candidate.target_id
        option = _move(candidate, workload, knowledge)
        only_a_mix = target in serving_only and workload.serving_share < 1
        if not only_a_mix:
            yield option
        is_known = bool(target) and workload.serving_share < 1 and option.ratio.level < UNUSABLE_LEVEL
        if only_a_mix or (is_known and not mixed):
            mixed = mixed or is_known
            title = f"Mix: serve on {option.instance_type}, train as today"
            yield replace(option, id=f"mix-{option.id}", title=title, share=workload.serving_share)


def _move(candidate: Candidate, workload: Workload, knowledge: PerformanceKnowledge) -> Option:
    instance, target = candidate.instance_type, candidate.target_id
    elsewhere = candidate.region if candidate.region != workload.scenario.region else ""
    held = knowledge.on(instance)
    speed = speed_of(instance, workload, knowledge)
    too_small = does_not_fit(instance, workload, knowledge)
    if too_small and speed.ratio.level > MEASURED_LEVEL:
        speed = unknown_speed(f"a copy of the model does not fit: {too_small}")
    chip = f" ({held[0].id})" if held and not target else ""
    what = f"{target}: {instance}" if target else f"Another instance: {instance}{chip}"
    memory = memory_words(workload.model, held[0].memory_gib) if held else ""
    name = f"{target}-{instance}" if target else instance
    return Option(
        f"{name}-{elsewhere}" if elsewhere else name, candidate.title or (f"{what}, {elsewhere}" if elsewhere else what), "move",
        target, instance, speed.ratio, evidence=speed.evidence, devices_needed=memory, region=elsewhere,
    )  # fmt: skip


def cheapest_that_fits(accelerator: Accelerator, workload: Workload, price: HourlyPrice) -> str:
    """The cheapest instance type whose accelerators hold a copy of the model; the smallest where none has a price; "" where
    none holds it."""
    needed = accelerators_needed(workload.model, accelerator.memory_gib)
    fitting = [(count, name) for name, count in accelerator.instances if count >= needed]
    priced = [(usd, count, name) for count, name in fitting if (usd := price(name)) is not None]
    if priced:
        return min(priced)[2]
    return min(fitting)[1] if fitting else ""


def does_not_fit(instance_type: str, workload: Workload, knowledge: PerformanceKnowledge) -> str:
    """Why an instance cannot hold a copy of the model; "" where it can, or where that is not known."""
    held = knowledge.on(instance_type)
    if held is None:
        return ""
    accelerator, count = held
    needed = accelerators_needed(workload.model, accelerator.memory_gib)
    return f"{memory_words(workload.model, accelerator.memory_gib)}, it has {count}" if needed > count else ""


def _offers(workload: Workload, targets: Collection[str]) -> Iterator[Option]:
    volume = workload.scenario.volume
    if volume is None:
        return
    requests = volume.average_per_second * 3600 * workload.scenario.fleet.hours_per_month
    if volume.unit == "tokens":
        requests = requests / max(volume.output_tokens, 1)
    for offer in workload.offers:
        usd = requests * (
            volume.input_tokens * offer.usd_per_million_input + volume.output_tokens * offer.usd_per_million_output
        ) / 1_000_000  # fmt: skip
        yield Option(
            f"api-{offer.id}", offer.title, "api", API_TARGET if API_TARGET in targets else "", "managed API", SAME,
            api_usd_per_month=usd, upkeep_days_per_year=offer.upkeep_days_per_year,
        )  # fmt: skip
