"""Whether a target fits what the repository does: its use, its models, their memory, their formats."""

from __future__ import annotations

from analyzer.assess.documented_models import documented
from analyzer.assess.memory_fit import Reckoned, place, serving_memory, training_memory
from analyzer.knowledge.fit import FitFacts, TargetFacts, load_fit_facts
from analyzer.model.target import Support, Target
from analyzer.model.workload import (
    NO_WORKLOAD,
    FormatFit,
    ModelFit,
    NamedModel,
    Placement,
    TargetFit,
    Workload,
)

MOST_MODELS = 8
QUANTISED = "low-precision-formats"
"""The capability that says what a target does with quantised formats."""
NOWHERE = TargetFacts("", "No list of devices is kept for this target.", "", "Training stays where it is.", "")


def fit_of(target: Target, workload: Workload) -> TargetFit:
    """The fit of one target."""
    if workload == NO_WORKLOAD:
        return TargetFit("unknown", "Nothing was found that tells what the repository does with models.", (), ())
    facts = load_fit_facts()
    own = facts.targets.get(target.id, NOWHERE)
    use, sentence = use_of(target, workload, own)
    phases = phases_on(target, workload, use)
    models = tuple(
        model_fit(model, phase, target, own, workload, facts) for model in workload.models[:MOST_MODELS] for phase in phases
    )
    return TargetFit(use, sentence, models, formats_of(target, own, workload, facts))


def does(workload: Workload, phase: str) -> str:
    """How firmly the repository is known to train, or to infer: `found`, `examples`, `hint` or ""."""
    return next((trait.strength for trait in workload.of("phase") if trait.id == phase), "")


def trains(workload: Workload) -> bool:
    """Whether the repository trains models, in examples at least."""
    return does(workload, "training") in ("found", "examples")


def infers(workload: Workload) -> bool:
    """Whether it runs trained models; a hint counts where it does not train."""
    how = does(workload, "inference")
    return how in ("found", "examples") or (how == "hint" and not trains(workload))


def use_of(target: Target, workload: Workload, own: TargetFacts) -> tuple[str, str]:
    """The plain answer: does the target do what the repository does?"""
    if target.is_claim:
        return "unknown", "Exists only as a claim: nothing is said about its use."
    training, inference = trains(workload), infers(workload)
    if not training and not inference:
        return "unknown", "Nothing was found that tells whether the repository trains models or serves them."
    if training and not target.trains:
        goes = own.training or NOWHERE.training
        if not inference:
            hint = " Only hints of inference were found." if does(workload, "inference") == "hint" else ""
            where = ", in its examples" if does(workload, "training") == "examples" else ""
            return "no", f"{target.title} serves, it does not train, and this repository trains{where}.{hint} {goes}"
        return "partly", f"{target.title} serves, it does not train: inference can move here. {goes}"
    if not target.serves and inference:
        return ("partly" if training else "no"), f"{target.title} trains, it does not serve."
    if not training and does(workload, "inference") == "hint":
        return "fits", f"Hints point to inference, nothing to training; {target.title} serves."
    both = training and inference
    done = "trains and serves" if both else "trains" if training else "serves"
    does_it = "does both" if both else "trains" if training else "serves"
    return "fits", f"The repository {done} models, and {target.title} {does_it}."


def phases_on(target: Target, workload: Workload, use: str) -> tuple[str, ...]:
    """The phases that memory is reckoned for."""
    if use == "no":
        return ()
    phases = [
        phase for phase, is_done in (("inference", infers(workload)), ("training", trains(workload) and target.trains)) if is_done
    ]
    return tuple(phases) or ("inference",)


def model_fit(
    model: NamedModel, phase: str, target: Target, own: TargetFacts, workload: Workload, facts: FitFacts
) -> ModelFit:  # fmt: skip
    """One model on the target, for inference or for training."""
    said = documented(model, phase, own.devices, own, facts)
    if phase == "training":
        reckoned = training_memory(model, workload, facts)
    else:
        reckoned = serving_memory(model, workload, facts, loads_quantised(target))
    return ModelFit(model.id, phase, said, reckoned.memory, placement(reckoned, own, facts), reckoned.recipe, reckoned.missing)


def placement(reckoned: Reckoned, own: TargetFacts, facts: FitFacts) -> Placement:
    """Where it goes; unknown without memory, or without a list of devices."""
    if reckoned.memory is None:
        return Placement("unknown", "", 0, 0, reckoned.missing, "")
    instances = facts.of_chip(own.devices) if own.devices else ()
    if not instances:
        return Placement("unknown", "", 0, 0, own.devices_note, "")
    return place(reckoned.memory, instances, facts)


def quantised_support(target: Target) -> Support | None:
    """What the target does with quantised formats."""
    return next((entry for entry in target.support if entry.capability == QUANTISED), None)


def loads_quantised(target: Target) -> bool:
    """Whether the target loads a quantised checkpoint as it is, or after a known change."""
    support = quantised_support(target)
    return support is not None and support.verdict in ("drop_in", "adapt")


def formats_of(target: Target, own: TargetFacts, workload: Workload, facts: FitFacts) -> tuple[FormatFit, ...]:
    """The quantised and compiled formats that were found, with what becomes of each."""
    support = quantised_support(target)
    found: list[FormatFit] = []
    for trait in (*workload.of("quantisation"), *workload.of("checkpoint")):
        bound = facts.formats.get(trait.id)
        if trait.strength == "hint" or any(fit.id == trait.id for fit in found):
            continue
        if bound is not None and own.devices and own.devices not in bound.devices:
            found.append(FormatFit(trait.id, trait.title, "rewrite", bound.advice, bound.reference))
        elif trait.kind == "quantisation" and bound is None and support is not None:
            found.append(FormatFit(trait.id, trait.title, support.verdict, support.advice, support.reference))
    return tuple(found)
