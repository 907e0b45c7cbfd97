"""How many accelerators one copy of a model needs: memory first, speed afterwards."""

from __future__ import annotations

import math
from decimal import Decimal

from analyzer.model.workload_file import ModelShape

GIB = 1024**3
USABLE_SHARE = Decimal("0.9")
"""Of an accelerator's memory; the rest goes to the runtime and to what falls apart (assumption)."""


def weight_bytes(shape: ModelShape) -> Decimal:
    """Bytes of the parameters as they are held."""
    return shape.parameters * shape.bytes_per_parameter


def cache_bytes(shape: ModelShape) -> Decimal:
    """Bytes of keys and values at the end of all requests that are held at a time, two bytes an element; 0 where the shape
    does not say enough."""
    per_token = 2 * shape.layers * shape.kv_heads * shape.head_size * 2
    return Decimal(per_token * shape.context_tokens * max(shape.concurrency, 1))


def accelerators_needed(shape: ModelShape, memory_gib: int) -> int:
    """Accelerators of so much memory for one copy; 0 where the model's size is not known."""
    if not shape.parameters:
        return 0
    needed = weight_bytes(shape) + cache_bytes(shape)
    return max(1, math.ceil(needed / (memory_gib * GIB * USABLE_SHARE)))


def memory_words(shape: ModelShape, memory_gib: int) -> str:
    """What a copy takes, in words; "" where it is not known."""
    needed = accelerators_needed(shape, memory_gib)
    if not needed:
        return ""
    weights, cache = weight_bytes(shape) / GIB, cache_bytes(shape) / GIB
    held = f"{weights:.1f} GiB of weights" + (f" and {cache:.1f} GiB of keys and values" if cache else "")
    return f"{held}: {needed} of {memory_gib} GiB"
