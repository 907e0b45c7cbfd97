"""The memory of a model against the memory of devices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from analyzer.knowledge.fit import FitFacts, Instance
from analyzer.model.workload import MemoryRange, ModelShape, NamedModel, Placement, Workload

GIB = 2**30
BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0, "fp8": 1.0}
SIXTEEN_BITS_USUAL = frozenset({"llm", "vision-language", "diffusion"})
"""Tasks whose models are served with 16-bit weights as a rule; others as often with 32-bit ones."""
WHAT_TO_GIVE = "Its parameters are not known: name the model by an id with its size, or keep its config.json in the repository."


class Reckoned(NamedTuple):
    """Memory with what it was reckoned with."""

    memory: MemoryRange | None
    recipe: str
    missing: str


class Load(NamedTuple):
    """What is held in the cache at once, low and high, and why."""

    tokens: int
    sequences_low: int
    sequences_high: int
    words: str


def cache_bytes_per_token(layers: int, kv_heads: int, head_width: int, bytes_per_value: float) -> float:
    """Bytes of a key and a value in each layer: `2 * layers * kv_heads * head_width * bytes_per_value`."""
    return 2 * layers * kv_heads * head_width * bytes_per_value


def cache_bytes(shape: ModelShape, tokens: int, sequences: int, bytes_per_value: float) -> float:
    """Bytes of the key-value cache of some sequences of so many tokens.

    Sliding windows and compressed caches take less, so it is an upper bound.
    """
    return cache_bytes_per_token(shape.layers, shape.kv_heads, shape.head_width, bytes_per_value) * tokens * sequences


def load_of(workload: Workload, model: NamedModel, facts: FitFacts) -> Load:
    """Length and number of sequences: of the files that name the model, else of the repository if it names one model only."""
    shape, constants = model.shape, facts.memory
    paths = {evidence.path for evidence in model.evidence}
    lengths = _limits(workload, "sequence", paths)
    batches = _limits(workload, "batch", paths)
    context = shape.context_tokens if shape and shape.context_tokens else constants.tokens
    tokens = max(lengths) if lengths else min(constants.tokens, context)
    words = f"{tokens:,} tokens ({'as the repository says' if lengths else constants.tokens_source})"
    if batches:
        return Load(tokens, 1, max(batches), f"{words}, 1 to {max(batches)} sequences (as the repository says)")
    low, high = constants.sequences_low, constants.sequences_high
    return Load(tokens, low, high, f"{words}, {low} to {high} sequences ({constants.sequences_source})")


def _limits(workload: Workload, kind: str, paths: set[str]) -> list[int]:
    own = [limit.value for limit in workload.limits if limit.kind == kind and limit.evidence.path in paths]
    if own or len(workload.models) != 1:
        return own
    deployed = (".yml", ".yaml", ".toml", ".sh", ".json")
    return [
        limit.value for limit in workload.limits
        if limit.kind == kind and (limit.evidence.path.endswith(deployed) or "ockerfile" in limit.evidence.path)
    ]  # fmt: skip


def serving_memory(model: NamedModel, workload: Workload, facts: FitFacts, loads_quantised: bool) -> Reckoned:
    """Memory for inference: parameters times bytes, and the key-value cache where the shape is known.

    `loads_quantised` is whether the target loads quantised formats at all; where it does not, 16-bit weights are counted.
    """
    if model.parameters_low is None or model.parameters_high is None:
        return Reckoned(None, "", WHAT_TO_GIVE)
    low_bytes, high_bytes, words = weight_bytes(model, facts, loads_quantised)
    low, high = model.parameters_low * low_bytes / GIB, model.parameters_high * high_bytes / GIB
    cache_low = cache_high = 0.0
    recipe = f"{parameter_words(model)}; {words}"
    if model.shape is not None:
        load = load_of(workload, model, facts)
        cache_low = cache_bytes(model.shape, load.tokens, load.sequences_low, facts.memory.cache_bytes) / GIB
        cache_high = cache_bytes(model.shape, load.tokens, load.sequences_high, facts.memory.cache_bytes) / GIB
        recipe += f"; a 16-bit key-value cache of {load.words}"
    elif model.task in ("llm", "vision-language"):
        recipe += "; the key-value cache is not counted: layers and heads are not known"
    return Reckoned(_range(low, high, cache_low, cache_high), f"{recipe}; activations are not counted", "")


def weight_bytes(model: NamedModel, facts: FitFacts, loads_quantised: bool) -> tuple[float, float, str]:
    """Bytes of a weight, low and high, and why."""
    bits = [facts.format_bits[name] for name in model.formats if name in facts.format_bits]
    if bits and loads_quantised:
        return min(b[0] for b in bits) / 8, max(b[1] for b in bits) / 8, f"{', '.join(model.formats)} weights, as its name says"
    if bits:
        return 2.0, 2.0, f"16-bit weights, since {', '.join(model.formats)} weights do not load here"
    if model.dtype:
        return BYTES[model.dtype], BYTES[model.dtype], f"{model.dtype} weights, as the repository says"
    if model.task in SIXTEEN_BITS_USUAL:
        return facts.memory.serving_bytes, facts.memory.serving_bytes, facts.memory.serving_source
    return 2.0, 4.0, "assumption: 16-bit to 32-bit weights"


def training_memory(model: NamedModel, workload: Workload, facts: FitFacts) -> Reckoned:
    """Memory for training: parameters times the bytes of weights, gradients and optimiser states; activations come on top."""
    if model.parameters_low is None or model.parameters_high is None:
        return Reckoned(None, "", WHAT_TO_GIVE)
    constants = facts.memory
    has_adapters = workload.has("parallelism", "lora")
    high_bytes = constants.training_bytes_high
    low_bytes = constants.adapter_bytes_low if has_adapters else constants.training_bytes_low
    words = constants.training_source
    if has_adapters:
        words = f"from adapters on frozen weights ({constants.adapter_source}) to all weights ({words})"
    low, high = model.parameters_low * low_bytes / GIB, model.parameters_high * high_bytes / GIB
    return Reckoned(_range(low, high, 0.0, 0.0), f"{parameter_words(model)}; {words}; activations are not counted", "")


def parameter_words(model: NamedModel) -> str:
    """The parameters in words, with how they are known."""
    how = {"derived": "derived from its shape", "reported": "as its source states", "name": "as its name says"}
    return f"{parameter_range(model)} parameters ({how.get(model.basis, model.basis)})"


def parameter_range(model: NamedModel) -> str:
    """Millions or billions of parameters; a range where low and high differ in the first two digits."""
    if model.parameters_low is None or model.parameters_high is None:
        return "unknown"
    low, high = count_words(model.parameters_low), count_words(model.parameters_high)
    return low if low == high else f"{low} to {high}"


def count_words(count: int) -> str:
    """Two significant digits: 7.6B, 350M."""
    value, unit = (count / 1e9, "B") if count >= 1e9 else (count / 1e6, "M")
    return f"{value:.1f}{unit}" if value < 10 else f"{value:,.0f}{unit}"


def _range(low: float, high: float, cache_low: float, cache_high: float) -> MemoryRange:
    parts = (low, high, cache_low, cache_high, low + cache_low, high + cache_high)
    return MemoryRange(*(float(f"{part:.3g}") for part in parts))


def gib_words(low: float, high: float) -> str:
    """A range of GiB in two significant digits."""
    first, last = _gib(low), _gib(high)
    return f"{first} GiB" if first == last else f"{first} to {last} GiB"


def _gib(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2g}"


# ---- placement -------------------------------------------------------------------------------------------------------


def devices_needed(gib: float, device_gib: float, usable_share: float) -> int:
    """Devices of so much memory, of which a share can be used, that hold so much; at least one."""
    return max(1, math.ceil(gib / (device_gib * usable_share)))


def place(memory: MemoryRange, instances: Sequence[Instance], facts: FitFacts) -> Placement:
    """The smallest instance that holds a model, its weights spread evenly over devices where one is too small."""
    share = facts.memory.usable_share
    for_high = _smallest(memory.total_high_gib, instances, share)
    if for_high is not None:
        return _placed("fits", for_high, memory, share)
    for_low = _smallest(memory.total_low_gib, instances, share)
    if for_low is not None:
        return _placed("depends", for_low, memory, share)
    largest = instances[-1]
    count = devices_needed(memory.total_low_gib, largest.total_gib, share)
    sentence = (
        f"Too large for one instance: the largest, {largest.name}, has {largest.total_gib:,} GiB; it would take at least {count}."
    )
    return Placement("too large", largest.name, largest.devices * count, largest.device_gib, sentence, largest.source)


def _smallest(gib: float, instances: Iterable[Instance], share: float) -> Instance | None:
    return next((instance for instance in instances if instance.total_gib * share >= gib), None)


def _placed(verdict: str, instance: Instance, memory: MemoryRange, share: float) -> Placement:
    wanted = memory.total_high_gib if verdict == "fits" else memory.total_low_gib
    devices = min(devices_needed(wanted, instance.device_gib, share), instance.devices)
    one = f"one device of {instance.device_gib} GiB"
    spread = f"spread over {devices} of {instance.devices} devices of {instance.device_gib} GiB"
    where = f"{instance.name}, {one if devices <= 1 else spread}"
    if verdict == "fits":
        return Placement(verdict, instance.name, devices, instance.device_gib, f"Fits in memory: {where}.", instance.source)
    sentence = f"Depends: the low end fits in memory on {where}; the high end on no single instance."
    return Placement(verdict, instance.name, devices, instance.device_gib, sentence, instance.source)
