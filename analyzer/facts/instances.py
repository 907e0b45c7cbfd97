"""Instance types and accelerators by their shape alone: which of them have which GPU is data in rules/.

A cost model reads these entries, so the name is what was written (in lower case), and the number is one that stands in
the file beside it: of instances for an instance type, of accelerators for an accelerator, "" where none is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from analyzer.model.facts import Entry
from analyzer.model.span import Span

LONGEST_NAME = 60
MOST_BESIDE = 200
"""What has more keys is no description of an instance, and each value in it would look through all of them."""

_INSTANCE = (
    r"(?:ml\.|cache\.|db\.)?[a-z]{1,4}\d{1,2}[a-z0-9]{0,4}(?:-[a-z0-9]{1,8})?\.(?:nano|micro|small|medium|large|metal(?:-\d{1,3}xl)?|\d{0,3}xlarge)"
    r"|standard_[a-z]{1,3}\d{1,4}[a-z0-9_-]{0,30}"
    r"|[a-z]\d[a-z]?-(?:standard|highmem|highcpu|highgpu|megagpu|ultragpu|maxgpu|edgegpu)-\d{1,3}[gt]?"
    r"|gpu_\d{1,2}x_[a-z0-9_]{2,30}"
    r"|(?:vm|bm)\.gpu[a-z0-9.-]{1,20}"
    r"|ecs\.[a-z0-9]{1,8}(?:-[a-z0-9]{1,8}){0,2}\.(?:large|\d{0,3}xlarge)"
)
_INSTANCE_MARKS = (
    ".nano", ".micro", ".small", ".medium", ".large", ".metal", "xlarge", "standard_", "-standard-", "-high", "gpu",
)  # fmt: skip
"""Every instance type has one of these in it; they are looked for first, since the expression takes 2 ms to compile."""
_ACCELERATOR_KEYS = (
    r"(?:^|[._/-])(?:accelerators?|accelerator[._-]?(?:type|name)s?|gpu|gpus|gpu[._-]?(?:type|name|model|product|class)s?"
    r"|guest[._-]accelerators?\.type|instance-gpu-name|gpu-types?)$"
)
_CAMEL_KEYS = frozenset({"acceleratorType", "gpuType", "gpuTypeId", "gpuTypeIds", "gpuTypes", "AcceleratorType", "gpuName"})
_ACCELERATOR = r"(?:type=)?([a-z][a-z0-9]{0,15}(?:[ _./-][a-z0-9]{1,16}){0,6})(?:(?:[:*]|,count=)(\d{1,4}))?"
_NOT_A_NAME = frozenset(
    {"true", "false", "null", "none", "auto", "all", "any", "yes", "no", "gpu", "nvidia", "cuda", "cpu", "on", "off"}
)
COUNT_KEYS = (
    "instance_count", "instancecount", "initial_instance_count", "initialinstancecount", "desired_capacity", "desiredcapacity",
    "desired_size", "desiredsize", "min_size", "minsize", "node_count", "nodecount", "initial_node_count", "num_nodes",
    "min_nodes", "replicas", "count",
)  # fmt: skip
ACCELERATOR_COUNT_KEYS = (
    "accelerator_count", "acceleratorcount", "gpu_count", "gpucount", "num_gpus", "gpus", "gpu", "count", "quantity",
)  # fmt: skip
"""Keys beside a name that say how many, the most telling first; compared in lower case."""


@lru_cache(maxsize=4)
def _compiled(expression: str) -> re.Pattern[str]:
    """An expression, compiled when it is first asked: that takes longer than to check a small file, which needs none."""
    return re.compile(expression, re.IGNORECASE)


def is_instance_type(text: str) -> bool:
    """Whether a text has the shape of a cloud's instance type."""
    if len(text) > LONGEST_NAME:
        return False
    lowered = text.lower()
    return any(mark in lowered for mark in _INSTANCE_MARKS) and _compiled(_INSTANCE).fullmatch(text) is not None


def instance_entry(text: str, beside: Mapping[str, str], span: Span) -> Entry | None:
    """The instance type that a text is, with the number of instances given beside it."""
    if not is_instance_type(text):
        return None
    return Entry("instance", text.lower(), _count(beside, COUNT_KEYS) if beside else "", span)


def names_accelerators(keys: tuple[str, ...]) -> bool:
    """Whether a key says that its value is a kind of accelerator: `gpu_type`, `accelerators`, `guest_accelerator.type`."""
    if not keys:
        return False
    last = keys[-1]
    return last in _CAMEL_KEYS or _compiled(_ACCELERATOR_KEYS).search(".".join(keys[-2:])) is not None


def accelerator_entries(text: str, beside: Mapping[str, str], span: Span) -> Iterator[Entry]:
    """The accelerators that the value of such a key names: `A100:8`, `nvidia-tesla-t4`, `type=nvidia-l4,count=2`."""
    if len(text) > 4 * LONGEST_NAME:
        return
    parts = [text] if ",count=" in text else re.split(r"[,;|]", text)
    for part in parts:
        found = _compiled(_ACCELERATOR).fullmatch(part.strip().strip("\"'"))
        if found and found.group(1).lower() not in _NOT_A_NAME:
            yield Entry("instance", found.group(1).lower(), found.group(2) or _count(beside, ACCELERATOR_COUNT_KEYS), span)


def _count(beside: Mapping[str, str], keys: tuple[str, ...]) -> str:
    if len(beside) > MOST_BESIDE:
        return ""
    lowered = {key.lower(): value for key, value in beside.items()}
    for key in keys:
        if (value := lowered.get(key, "").strip()).isdecimal() and len(value) <= 6:
            return value
    return ""
