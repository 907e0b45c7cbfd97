"""From the linked program to the workload: one walk, then every answer with its places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analyzer.discover.kinds import is_test_path
from analyzer.knowledge.vocabulary import load_vocabulary
from analyzer.knowledge.workload import load_signals, without_ending
from analyzer.link.program import Program
from analyzer.link.readers import Readers
from analyzer.model.workload import KINDS, Dtype, Evidence, Limit, ModelShape, NamedModel, Trait, Workload
from analyzer.workload.code_reader import CodeReader
from analyzer.workload.file_reader import FileReader
from analyzer.workload.model_ids import Size, family_of, shape_of, size_of
from analyzer.workload.sightings import Seen, SeenModel, Sightings, is_aside, strength_of
from analyzer.workload.signal_index import SignalIndex

MOST_EVIDENCE = 5
MOST_MODELS = 40
MOST_LIMITS = 20
LARGEST_NUMBER = 10**7
"""No layer count, width or vocabulary is larger: what says more is no configuration of a model."""


def read_workload(program: Program, readers: Readers) -> Workload:
    """What the repository does, from everything outside tests."""
    readers.forget_answers()
    index, sightings = SignalIndex(load_signals()), Sightings()
    code, files = CodeReader(program, index, sightings, readers.values), FileReader(index, sightings)
    own: list[NamedModel] = []
    for path, facts in program.files.items():
        if is_test_path(path):
            continue
        if facts.python is not None:
            code.read(path, facts.python)
        if facts.entries and (not path.startswith(".") or path.startswith(".env")):
            described = own_model(path, files.read(facts))
            if described is not None:
                own.append(described)
    code.options()
    sightings.models = [seen for seen in sightings.models if not is_test_path(seen.evidence.path)]
    models = named_models(sightings, own, index)
    for model in models:
        for signal, is_hint in index.of_model_id(model.id):
            place = Evidence(model.evidence[0].path, model.evidence[0].line, f"names the model {model.id}"[:100])
            sightings.signals.append(Seen(signal, is_hint, "", place))
    has_models = uses_models(program) or any(seen.signal.kind == "task" and not seen.is_hint for seen in sightings.signals)
    traits = (*traits_of(sightings.signals, has_models), *implied(models))
    return Workload(
        traits=merged(traits),
        models=models[:MOST_MODELS],
        limits=limits_of(sightings),
        dtypes=tuple(
            Dtype(name, place)
            for name, place in sorted(set(sightings.dtypes), key=lambda pair: (is_aside(pair[1].path), pair[1], pair[0]))[
                :MOST_LIMITS
            ]
        ),
        more_models=max(len(models) - MOST_MODELS, 0),
    )


def uses_models(program: Program) -> bool:
    """Whether any file imports a framework for models."""
    frameworks = load_vocabulary().model_frameworks
    return any(edge.target in frameworks for edge in program.imports if not edge.is_internal)


# ---- traits ----------------------------------------------------------------------------------------------------------


def traits_of(seen: Iterable[Seen], has_models: bool) -> list[Trait]:
    """One answer for each kind and id, with all that says so."""
    groups: dict[tuple[str, str], list[Seen]] = {}
    for sighting in seen:
        if has_models or not sighting.signal.needs_models:
            groups.setdefault((sighting.signal.kind, sighting.signal.id), []).append(sighting)
    return [trait_of(kind, name, group) for (kind, name), group in groups.items()]


def trait_of(kind: str, name: str, group: list[Seen]) -> Trait:
    """One answer: firm places first, then those of the repository itself, by path and line."""
    places: dict[tuple[str, int], Seen] = {}
    for sighting in sorted(group, key=lambda s: (s.is_hint, is_aside(s.evidence.path), s.evidence)):
        places.setdefault((sighting.evidence.path, sighting.evidence.line), sighting)
    first: dict[str, Seen] = {}
    for sighting in places.values():
        first.setdefault(sighting.evidence.path, sighting)
    strength = strength_of((s.is_hint, s.evidence.path) for s in places.values())
    firm = sum(not s.is_hint for s in places.values())
    counted = firm if firm and kind != "task" else len(places)  # a task is the more likely, the more names hint at it
    details = sorted({s.detail for s in group if s.detail and not is_aside(s.evidence.path)}, key=lambda text: (len(text), text))
    return Trait(
        kind, name, group[0].signal.title, strength, tuple(details[:6]) if kind == "parallelism" else (), counted,
        tuple(s.evidence for s in first.values())[:MOST_EVIDENCE],
    )  # fmt: skip


def implied(models: Iterable[NamedModel]) -> list[Trait]:
    """The tasks of the models that are named: a Whisper model says speech, whatever loads it."""
    groups: dict[str, list[NamedModel]] = {}
    for model in models:
        if model.task:
            groups.setdefault(model.task, []).append(model)
    titles = {signal.id: signal.title for signal in load_signals() if signal.kind == "task"}
    found = []
    for task, own in groups.items():
        evidence = tuple(Evidence(m.evidence[0].path, m.evidence[0].line, f"names {m.id}"[:100]) for m in own)
        strength = "found" if any(m.strength == "found" for m in own) else "examples"
        found.append(Trait("task", task, titles.get(task, task), strength, (), len(own), evidence[:MOST_EVIDENCE]))
    return found


def merged(traits: Iterable[Trait]) -> tuple[Trait, ...]:
    """Answers to the same question put together; serving says inference; the firmest and most frequent first."""
    order = ("found", "examples", "hint")
    best: dict[tuple[str, str], Trait] = {}
    for trait in traits:
        known = best.get((trait.kind, trait.id))
        if known is None:
            best[trait.kind, trait.id] = trait
            continue
        firm, soft = sorted((known, trait), key=lambda t: order.index(t.strength))
        places = firm.places + (soft.places if soft.strength == firm.strength else 0)
        details = tuple(dict.fromkeys((*firm.details, *soft.details)))
        evidence = tuple(dict.fromkeys((*firm.evidence, *soft.evidence)))[:MOST_EVIDENCE]
        best[trait.kind, trait.id] = Trait(firm.kind, firm.id, firm.title, firm.strength, details, places, evidence)
    serving = [t for (kind, _), t in best.items() if kind == "serving" and t.strength != "hint"]
    if serving:
        strength = min((t.strength for t in serving), key=order.index)
        known = best.get(("phase", "inference"))
        if known is None or order.index(known.strength) > order.index(strength):
            served = sorted((t for t in serving if t.strength == strength), key=lambda t: (-t.places, t.id))
            evidence = tuple(t.evidence[0] for t in served)[:MOST_EVIDENCE]
            best["phase", "inference"] = Trait("phase", "inference", "Inference", strength, (), len(evidence), evidence)
    return tuple(sorted(best.values(), key=lambda t: (KINDS.index(t.kind), order.index(t.strength), -t.places, t.id)))


# ---- models ----------------------------------------------------------------------------------------------------------


def named_models(sightings: Sightings, own: Iterable[NamedModel], index: SignalIndex) -> tuple[NamedModel, ...]:
    """Each model once, those of the repository itself first, then by how often they are named."""
    groups: dict[tuple[str, bool], list[SeenModel]] = {}
    for sighting in sightings.models:
        groups.setdefault((without_ending(sighting.id.lower()), sighting.is_prefix), []).append(sighting)
    settings: dict[str, set[str]] = {}
    for name, place in sightings.dtypes:
        if not place.path.endswith((".py", ".ipynb")):  # code says it at the call, or of something else
            settings.setdefault(place.path, set()).add(name)
    models = [model_of(group, index, settings) for group in groups.values()]
    models.extend(own)
    return tuple(sorted(models, key=lambda m: (m.strength != "found", not m.is_own, -len(m.evidence), m.id.lower(), m.is_prefix)))


def model_of(group: list[SeenModel], index: SignalIndex, settings: Mapping[str, set[str]]) -> NamedModel:
    """One model from all places that name it; `settings` are the types that files other than code name."""
    group = sorted(group, key=lambda s: (is_aside(s.evidence.path), s.evidence))
    name, is_prefix = group[0].id, group[0].is_prefix
    architecture = next((s.architecture for s in group if s.architecture), "")
    family = family_of(name, architecture)
    size = None if is_prefix else size_of(name, family)
    dtypes = {s.dtype for s in group if s.dtype} or {name for s in group for name in settings.get(s.evidence.path, ())}
    formats = sorted({signal.id for signal, _ in index.of_model_id(name) if signal.kind == "quantisation"})
    strength = "examples" if all(is_aside(s.evidence.path) for s in group) else "found"
    evidence = tuple(dict.fromkeys(s.evidence for s in group))[:MOST_EVIDENCE]
    return NamedModel(
        name, is_prefix, False, family.id if family else "", family.title if family else "", family.task if family else "",
        architecture, size.low if size else None, size.high if size else None, size.basis if size else "unknown",
        size.source if size else "", None if is_prefix else shape_of(name, family), dtypes.pop() if len(dtypes) == 1 else "",
        tuple(formats), strength, evidence,
    )  # fmt: skip


def own_model(path: str, shape: Mapping[str, tuple[str, int]]) -> NamedModel | None:
    """The model that a configuration file of the repository describes, if it does."""
    if "layers" not in shape or "width" not in shape:
        return None
    numbers = {
        name: int(text)
        for name, (text, _) in shape.items()
        if text.isdecimal() and len(text) < 9 and 0 < int(text) <= LARGEST_NUMBER
    }
    if not {"layers", "width", "heads"} <= numbers.keys():
        return None
    architecture = shape.get("architectures", shape.get("type", ("", 0)))[0]
    heads = numbers["heads"]
    kv_heads = numbers.get("kv_heads", heads)
    head = numbers.get("head_width", max(numbers["width"] // heads, 1))
    known = ModelShape(
        numbers["layers"], numbers["width"], kv_heads, head, numbers.get("vocabulary", 0), numbers.get("context", 0)
    )  # fmt: skip
    size = size_of_shape(known, heads, numbers.get("inner", 4 * known.width), numbers.get("experts", 1), path)
    family = family_of("", architecture)
    evidence = Evidence(path, shape["layers"][1], f"describes {architecture or 'a transformer'}")
    dtype = shape.get("dtype", ("", 0))[0]
    return NamedModel(
        path, False, True, family.id if family else "", family.title if family else "", family.task if family else "", architecture,
        size.low, size.high, size.basis, size.source, known, dtype if dtype in ("float32", "bfloat16", "float16") else "", (),
        "examples" if is_aside(path) else "found", (evidence,),
    )  # fmt: skip


def size_of_shape(shape: ModelShape, heads: int, inner: int, experts: int, path: str) -> Size:
    """Parameters of a transformer by its shape.

    Per layer: attention `width * head * (2 * heads + 2 * kv_heads)`, feed-forward two (plain) to three (gated) matrices of
    `width * inner` for each expert; embeddings `vocabulary * width` once (tied) to twice. Norms and biases, below one in a
    hundred, are left out.
    """
    attention = shape.width * shape.head_width * 2 * (heads + shape.kv_heads)
    matrix, table = shape.width * inner * experts, shape.vocabulary * shape.width
    low = shape.layers * (attention + 2 * matrix) + table
    high = shape.layers * (attention + 3 * matrix) + 2 * table
    return Size(low, high, "derived", f"from the shape in {path}")


def limits_of(sightings: Sightings) -> tuple[Limit, ...]:
    """The bounds, those of the repository itself first."""
    ordered = sorted(set(sightings.limits), key=lambda s: (is_aside(s.evidence.path), s.kind, -s.value, s.evidence))
    kept = [seen for seen in ordered if 0 < seen.value <= LARGEST_NUMBER]
    return tuple(Limit(seen.kind, seen.value, seen.evidence) for seen in kept[:MOST_LIMITS])
