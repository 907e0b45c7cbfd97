"""How many accelerators one copy of the model of a workload file needs, reckoned as the report reckons those that it finds."""

from __future__ import annotations

from decimal import Decimal

from analyzer.assess.memory_fit import GIB, cache_bytes_per_token, devices_needed
from analyzer.knowledge.fit import load_fit_facts
from analyzer.model.counted import counted
from analyzer.model.workload_file import ModelShape


def weight_bytes(shape: ModelShape) -> Decimal:
    """Bytes of the parameters as they are held."""
    return shape.parameters * shape.bytes_per_parameter


def cache_bytes(shape: ModelShape) -> Decimal:
    """Bytes of keys and values at the end of all requests that are held at a time; 0 where the shape does not say
    enough."""
    bytes_per_value = load_fit_facts().memory.cache_bytes
    per_token = cache_bytes_per_token(shape.layers, shape.kv_heads, shape.head_size, bytes_per_value)
    return Decimal(per_token * shape.context_tokens * max(shape.concurrency, 1))


def accelerators_needed(shape: ModelShape, memory_gib: int) -> int:
    """Accelerators of so much memory for one copy; 0 where the model's size is not known."""
    if not shape.parameters:
        return 0
    needed_gib = float((weight_bytes(shape) + cache_bytes(shape)) / GIB)
    return devices_needed(needed_gib, memory_gib, load_fit_facts().memory.usable_share)


def memory_words(shape: ModelShape, memory_gib: int) -> str:
    """What a copy takes, in words; "" where it is not known."""
    needed = accelerators_needed(shape, memory_gib)
    if not needed:
        return ""
    weights, cache = weight_bytes(shape) / GIB, cache_bytes(shape) / GIB
    held = f"{weights:.1f} GiB of parameters" + (f" and {cache:.1f} GiB of keys and values" if cache else "")
    return f"{held}: {counted(needed, 'accelerator')} of {memory_gib} GiB"
