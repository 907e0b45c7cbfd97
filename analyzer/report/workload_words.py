"""What a repository does, in words: a line for the terminal, the answer at the head of a report, and the rows of its table."""

from __future__ import annotations

from typing import Any

from analyzer.assess.memory_fit import gib_words, parameter_range
from analyzer.model.effort import TargetAssessment
from analyzer.model.workload import ModelFit, NamedModel, TargetFit, Trait, Workload
from analyzer.report.printable import printable

MOST_NAMES = 3
NO_SIZE = "No model of known size is named, so nothing is said about memory: name one by its id, or keep its config.json here."
SHOWN_MODELS = 12
USE_WORDS = {"fits": "fits the use", "partly": "fits in part", "no": "does not fit the use", "unknown": "cannot tell"}
DOCUMENTED_WORDS = {
    "documented": "listed",
    "family": "others of its family are listed",
    "limited": "listed with limitations",
    "mentioned": "only mentioned",
    "roadmap": "was on a roadmap",
    "not tested": "listed as not tested",
    "not applicable": "listed as not applicable",
    "ended": "support has ended",
    "not documented": "not listed",
    "no list": "no list is kept",
}
STRENGTH_WORDS = {"found": "", "examples": "in examples only", "hint": "a hint only"}
HEADINGS = {
    "task": "Tasks",
    "phase": "Training or inference",
    "serving": "Serving",
    "checkpoint": "Checkpoints",
    "quantisation": "Quantisation",
    "parallelism": "Parallelism",
}


def workload_line(workload: Workload) -> str:
    """What it does, in a sentence or two; that nothing was found is said."""
    if not workload.of("task") and not workload.of("phase") and not workload.models:
        return "No use of models was found."
    line = f"{task_words(workload)}; {phase_words(workload)}."
    if serving := firm(workload.of("serving")):
        line += f" Serving: {names(serving)}."
    if workload.models:
        line += f" Models: {model_names(workload)}."
    return line


def task_words(workload: Workload) -> str:
    """The tasks, or what hints point to where there is no more."""
    tasks = workload.of("task")
    if found := firm(tasks):
        return names(found)
    return f"Not told by the source, hints point to: {names(tasks)}" if tasks else "A task that the source does not tell"


def phase_words(workload: Workload) -> str:
    """Training, inference or both, or what hints point to where there is no more."""
    phases = workload.of("phase")
    if found := firm(phases):
        return " and ".join(trait.title.lower() for trait in found)
    return " and ".join(f"{trait.title.lower()}, as hints tell" for trait in phases) or "training or inference not told"


def firm(traits: tuple[Trait, ...]) -> tuple[Trait, ...]:
    """Those that are more than a hint."""
    return tuple(trait for trait in traits if trait.strength != "hint")


def names(traits: tuple[Trait, ...]) -> str:
    """The first few titles."""
    shown = [trait.title + (" (in examples)" if trait.strength == "examples" else "") for trait in traits[:MOST_NAMES]]
    rest = len(traits) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def model_names(workload: Workload) -> str:
    """The first few models with their sizes."""
    shown = [f"{shown_id(model)} ({parameter_range(model)})" for model in workload.models[:MOST_NAMES]]
    rest = len(workload.models) + workload.more_models - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def shown_id(model: NamedModel) -> str:
    """The id, with dots where only its beginning is known."""
    return printable(model.id, 120) + ("…" if model.is_prefix else "")


def fit_line(target: TargetAssessment) -> str:
    """The fit of a target in a line: its use, then the first model with memory."""
    fit = target.fit
    line = USE_WORDS[fit.use]
    sized = next((model for model in fit.models if model.memory is not None), None)
    if sized is not None and sized.memory is not None:
        memory = gib_words(sized.memory.total_low_gib, sized.memory.total_high_gib)
        listed = DOCUMENTED_WORDS[sized.documented.status]
        line += f"; {printable(sized.model_id, 80)}, {sized.phase}: {listed}; {memory}. {sized.placement.sentence}"
    elif fit.use in ("fits", "partly"):
        line += f"; {NO_SIZE[:1].lower()}{NO_SIZE[1:]}"
    return line


# ---- rows of the HTML table ------------------------------------------------------------------------------------------


def workload_view(workload: Workload, targets: tuple[TargetAssessment, ...]) -> dict[str, Any]:
    """Everything that the section shows."""
    return {
        "line": workload_line(workload),
        "questions": [{"title": HEADINGS[kind], "answers": [_answer(trait) for trait in workload.of(kind)]} for kind in HEADINGS],
        "note": "" if any(model.parameters_low for model in workload.models) or not workload.traits else NO_SIZE,
        "models": [_model_row(model) for model in workload.models[:SHOWN_MODELS]],
        "more_models": max(len(workload.models) - SHOWN_MODELS, 0) + workload.more_models,
        "targets": [{"title": target.title, **_fit_view(target.fit)} for target in targets],
    }


def _answer(trait: Trait) -> dict[str, Any]:
    first = trait.evidence[0]
    return {
        "title": trait.title + (f" ({', '.join(printable(d, 20) for d in trait.details)})" if trait.details else ""),
        "strength": STRENGTH_WORDS[trait.strength],
        "place": printable(f"{first.path}:{first.line}", 200),
        "why": printable(first.why, 120),
        "more": trait.places - 1,
    }


def _model_row(model: NamedModel) -> dict[str, Any]:
    first = model.evidence[0]
    return {
        "id": shown_id(model), "family": model.family_title or "not recognised", "parameters": parameter_range(model),
        "basis": "" if model.basis == "unknown" else model.basis, "source": printable(model.source, 160),
        "dtype": model.dtype, "formats": ", ".join(model.formats), "strength": STRENGTH_WORDS[model.strength],
        "place": printable(f"{first.path}:{first.line}", 200), "why": printable(first.why, 120),
    }  # fmt: skip


def _fit_view(fit: TargetFit) -> dict[str, Any]:
    return {
        "use": fit.use, "use_words": USE_WORDS[fit.use], "sentence": fit.sentence,
        "models": [_fit_row(model) for model in fit.models],
        "formats": [
            {"title": item.title, "verdict": item.verdict, "advice": item.advice, "reference": item.reference}
            for item in fit.formats
        ],
    }  # fmt: skip


def _fit_row(fit: ModelFit) -> dict[str, Any]:
    memory = fit.memory
    return {
        "id": printable(fit.model_id, 120),
        "phase": fit.phase,
        "documented": printable(fit.documented.sentence, 400),
        "reference": printable(fit.documented.reference, 300),
        "memory": "unknown" if memory is None else gib_words(memory.total_low_gib, memory.total_high_gib),
        "cache": "" if memory is None or not memory.cache_high_gib
        else f"of which cache {gib_words(memory.cache_low_gib, memory.cache_high_gib)}",
        "placement": fit.placement.sentence,
        "verdict": fit.placement.verdict,
        "recipe": printable(fit.recipe, 600),
    }  # fmt: skip
