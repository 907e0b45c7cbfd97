"""What the id of a model tells: whether it is one, its family, its size and its shape."""

from __future__ import annotations

import re
from typing import NamedTuple

from analyzer.knowledge.workload import (
    Family,
    load_families,
    load_language_shapes,
    load_model_names,
    load_vision_sizes,
    plain_name,
    shape_key,
)
from analyzer.model.workload import ModelShape

LONGEST_ID = 120
BILLION = 1_000_000_000
NAME_LOW, NAME_HIGH = 0.88, 1.22
"""A "3b" may have 2.65 (StableLM) and a "7b" 8.5 (Gemma) billion parameters: the published shapes spread as far."""
SMALL_BELOW, SMALL_HIGH = 3 * BILLION, 1.7
"""Names of small models leave the embeddings out: a "1b" has up to 1.67 (Falcon 3), a "2b" 3.0 (Gemma)."""
MOE_LOW = 0.78
"""Experts share attention and embeddings: 8x7b has 46.7 of 56 billion."""
_OWNED = re.compile(r"[A-Za-z0-9][\w.-]{0,60}/[A-Za-z0-9][\w.-]{0,95}")
_PLAIN = re.compile(r"[A-Za-z0-9][\w./@-]{1,95}")
_EXPERTS = re.compile(r"(?<![a-z0-9])(\d{1,3})x(\d{1,4}(?:\.\d{1,2})?)b(?![a-z0-9])")
_COUNT = re.compile(r"(?<![a-z0-9])(\d{1,4}(?:\.\d{1,2})?)([bm])(?![a-z0-9])")


class Size(NamedTuple):
    """Parameters of a model, low and high, with how they are known."""

    low: int
    high: int
    basis: str
    source: str


def is_model_id(text: str, is_certain: bool) -> bool:
    """Whether a text is the id of a model. `is_certain` where it stands where only models are named."""
    if len(text) > LONGEST_ID or not text.isascii() or load_model_names().not_ids.match(text):
        return False
    if _OWNED.fullmatch(text):
        return is_certain or family_of(text) is not None
    if _PLAIN.fullmatch(text) is None or "/" in text or not any(char.isdigit() or char == "-" for char in text):
        return False
    family = family_of(text)
    return family is not None and (is_certain or size_of(text, family) is not None)


def is_image_model(name: str) -> bool:
    """Whether a name is that of a published image model."""
    return name.partition(".")[0].lower().replace("-", "_") in load_vision_sizes().parameters


def family_of(model_id: str, architecture: str = "") -> Family | None:
    """The family by the name, else by the class."""
    name = plain_name(model_id)
    for family in load_families():
        if family.names.match(name):
            return family
    for family in load_families():
        if architecture and family.architectures is not None and family.architectures.match(architecture):
            return family
    return None


def size_of(model_id: str, family: Family | None) -> Size | None:
    """The parameters of a model: by its published shape, by its family's published sizes, or as its name says."""
    shapes = load_language_shapes()
    for key in (model_id.lower(), shape_key(model_id)):
        if key in shapes.parameters:
            return Size(*shapes.parameters[key], shapes.basis, shapes.source)
    name = plain_name(model_id)
    if family is not None:
        for size in family.sizes:
            if size.pattern.match(name):
                return Size(size.low, size.high, "reported", family.source)
    images = load_vision_sizes()
    plain = model_id.rpartition("/")[2].partition(".")[0].lower().replace("-", "_")
    if plain in images.parameters:
        return Size(*images.parameters[plain], images.basis, images.source)
    return size_in_name(model_id)


def size_in_name(model_id: str) -> Size | None:
    """The number in a name: `7b`, `350m`, `8x7b`."""
    name = re.sub(r"[_\s]", "-", model_id.rpartition("/")[2].lower())
    experts = _EXPERTS.search(name)
    if experts:
        whole = int(experts.group(1)) * float(experts.group(2)) * BILLION
        return Size(int(whole * MOE_LOW), int(whole), "name", f"the name says {experts.group()}")
    counts = [
        (float(found.group(1)) * (BILLION if found.group(2) == "b" else BILLION / 1000), found.group())
        for found in _COUNT.finditer(name)
    ]
    if not counts:
        return None
    whole, words = max(counts)
    most = NAME_HIGH if whole >= SMALL_BELOW else SMALL_HIGH
    return Size(int(whole * NAME_LOW), int(whole * most), "name", f"the name says {words}")


def shape_of(model_id: str, family: Family | None) -> ModelShape | None:
    """The published shape of a language model."""
    shapes = load_language_shapes().shapes
    for key in (model_id.lower(), shape_key(model_id)):
        if key in shapes:
            return shapes[key]
    name = plain_name(model_id)
    return next((shape for pattern, shape in family.shapes if pattern.match(name)), None) if family else None
