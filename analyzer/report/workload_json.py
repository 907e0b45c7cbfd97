"""The workload and the fit of a target, as the JSON report has them."""

from __future__ import annotations

from typing import Any

from analyzer.model.workload import KINDS, Dtype, Evidence, Limit, MemoryRange, ModelFit, NamedModel, TargetFit, Trait, Workload

Json = dict[str, Any]


def workload_to_json(workload: Workload) -> Json:
    """What the repository does: a list for each question, in the order of firmness."""
    return {
        **{
            _key(kind): [_trait(t) for t in workload.of(kind)]
            for kind in KINDS
        },
        "models": [_model(model) for model in workload.models],
        "more_models": workload.more_models,
        "limits": [
            {"kind": limit.kind, "value": limit.value, **_place(limit.evidence)}
            for limit in workload.limits
        ],
        "dtypes": [{"dtype": item.dtype, **_place(item.evidence)} for item in workload.dtypes],
    }  # fmt: skip


def _key(kind: str) -> str:
    return f"{kind}s" if kind in ("task", "phase", "checkpoint") else kind


def _place(place: Evidence) -> Json:
    return {"path": place.path, "line": place.line, "why": place.why}


def _evidence(places: tuple[Evidence, ...]) -> list[Json]:
    return [_place(place) for place in places]


def _trait(trait: Trait) -> Json:
    return {
        "id": trait.id, "title": trait.title, "strength": trait.strength, "details": list(trait.details), "places": trait.places,
        "evidence": _evidence(trait.evidence),
    }  # fmt: skip


def _model(model: NamedModel) -> Json:
    shape = model.shape
    return {
        "id": model.id, "is_prefix": model.is_prefix, "is_own": model.is_own, "family": model.family,
        "family_title": model.family_title, "task": model.task,
        "architecture": model.architecture,
        "parameters": None
        if model.parameters_low is None
        else {"low": model.parameters_low, "high": model.parameters_high, "basis": model.basis, "source": model.source},
        "shape": None
        if shape is None
        else {
            "layers": shape.layers, "width": shape.width, "kv_heads": shape.kv_heads, "head_width": shape.head_width,
            "vocabulary": shape.vocabulary, "context_tokens": shape.context_tokens,
        },
        "dtype": model.dtype, "formats": list(model.formats), "strength": model.strength, "evidence": _evidence(model.evidence),
    }  # fmt: skip


def fit_to_json(fit: TargetFit) -> Json:
    """Whether a target fits the use, the models and the formats."""
    return {
        "use": fit.use,
        "sentence": fit.sentence,
        "models": [_model_fit(model) for model in fit.models],
        "formats": [
            {"id": item.id, "title": item.title, "verdict": item.verdict, "advice": item.advice, "reference": item.reference}
            for item in fit.formats
        ],
    }


def _model_fit(fit: ModelFit) -> Json:
    memory, placed, said = fit.memory, fit.placement, fit.documented
    return {
        "model": fit.model_id,
        "phase": fit.phase,
        "documented": {
            "status": said.status, "sentence": said.sentence, "reference": said.reference, "sdk_version": said.sdk_version,
        },
        "memory_gib": None
        if memory is None
        else {
            "weights": {"low": memory.weights_low_gib, "high": memory.weights_high_gib},
            "cache": {"low": memory.cache_low_gib, "high": memory.cache_high_gib},
            "total": {"low": memory.total_low_gib, "high": memory.total_high_gib},
        },
        "placement": {
            "verdict": placed.verdict, "instance": placed.instance, "devices": placed.devices, "device_gib": placed.device_gib,
            "sentence": placed.sentence, "source": placed.source,
        },
        "recipe": fit.recipe,
        "missing": fit.missing,
    }  # fmt: skip


# ---- from JSON back to fields --------------------------------------------------------------------------------------------


def _workload_shape(value: Json) -> Json:
    return {**value, "traits": [{**trait, "kind": kind} for kind in KINDS for trait in value[_key(kind)]]}


def _with_place(value: Json) -> Json:
    return {**value, "evidence": {key: value[key] for key in ("path", "line", "why")}}


def _model_shape(value: Json) -> Json:
    known = value["parameters"] or {"low": None, "high": None, "basis": "unknown", "source": ""}
    return {
        **value, "parameters_low": known["low"], "parameters_high": known["high"], "basis": known["basis"],
        "source": known["source"],
    }  # fmt: skip


def _model_fit_shape(value: Json) -> Json:
    return {**value, "model_id": value["model"], "memory": value["memory_gib"]}


def _memory_shape(value: Json) -> Json:
    return {f"{part}_{end}_gib": value[part][end] for part in ("weights", "cache", "total") for end in ("low", "high")}


WORKLOAD_SHAPES = {
    Workload: _workload_shape, Limit: _with_place, Dtype: _with_place, NamedModel: _model_shape, ModelFit: _model_fit_shape,
    MemoryRange: _memory_shape,
}  # fmt: skip
"""How the JSON of each value becomes its fields, where the two differ."""
