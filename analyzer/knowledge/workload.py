"""Loads what tells the use of a repository: `rules/workload/signals.toml`, `model_names.toml`, and the families of models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import translate
from functools import lru_cache

from analyzer.knowledge.toml_reader import Table, read_rules_file
from analyzer.model.workload import KINDS, ModelShape

LISTS = (
    "calls", "classes", "defines", "functions", "packages", "pipelines", "images", "commands", "options", "settings", "arguments",
    "environment", "artifacts", "model_ids", "exclude", "weak_calls",
)  # fmt: skip
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Signal:
    """What says one thing about a repository. The lists are patterns, as rules/workload/signals.toml explains."""

    kind: str
    id: str
    title: str
    source: str
    is_weak: bool
    needs_models: bool
    """Says something only where the repository uses a framework for models."""
    lists: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A function that is given the id of a model, or (argument `function`) whose own name is it."""

    names: tuple[str, ...]
    exclude: re.Pattern[str]
    arguments: tuple[str, ...]
    table: str
    prefix: str


@dataclass(frozen=True, slots=True)
class ModelNames:
    """Where code and configuration name models, and how they are described."""

    calls: tuple[ModelCall, ...]
    not_models: re.Pattern[str]
    not_ids: re.Pattern[str]
    options: frozenset[str]
    settings: frozenset[str]
    environment: frozenset[str]
    assigned: frozenset[str]
    commands: tuple[tuple[str, ...], ...]
    limits: Mapping[str, str]
    """The name of a setting, with `_` between words -> the kind of limit."""
    dtypes: Mapping[str, str]
    shape: Mapping[str, str]
    """The key of a configuration file -> what it holds."""


@dataclass(frozen=True, slots=True)
class FamilySize:
    """Parameters, low and high, of the names that a pattern fits."""

    pattern: re.Pattern[str]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models."""

    id: str
    title: str
    task: str
    names: re.Pattern[str]
    architectures: re.Pattern[str] | None
    listed_as: tuple[str, ...]
    source: str
    sizes: tuple[FamilySize, ...]
    shapes: tuple[tuple[re.Pattern[str], ModelShape], ...]
    managed: str


def pattern_of(globs: Iterable[str]) -> re.Pattern[str]:
    """One expression for shell patterns; of none it matches nothing."""
    return re.compile("|".join(translate(glob) for glob in globs) or r"(?!)")


@lru_cache(maxsize=1)
def load_signals() -> tuple[Signal, ...]:
    """All signals. Raises `UserInputError` for a key or kind that does not exist."""
    document = read_rules_file("workload/signals")
    document.date("as_of")
    signals = tuple(_signal(table) for table in document.tables("signal"))
    document.finish()
    return signals


def _signal(table: Table) -> Signal:
    signal = Signal(
        kind=table.text("kind", choices=KINDS),
        id=table.text("id"),
        title=table.text("title"),
        source=table.text("source"),
        is_weak=table.flag("weak", False),
        needs_models=table.flag("needs_models", False),
        lists={name: table.texts(name, ()) for name in LISTS},
    )
    table.finish()
    return signal


@lru_cache(maxsize=1)
def load_model_names() -> ModelNames:
    """Where models are named. Raises `UserInputError` where the file is not as it must be."""
    document = read_rules_file("workload/model_names")
    document.date("as_of")
    names = ModelNames(
        calls=tuple(_call(table) for table in document.tables("call")),
        not_models=pattern_of(document.texts("not_models")),
        not_ids=pattern_of(document.texts("not_ids")),
        options=frozenset(document.texts("options")),
        settings=frozenset(document.texts("settings")),
        environment=frozenset(document.texts("environment")),
        assigned=frozenset(document.texts("assigned")),
        commands=tuple(tuple(words.split()) for words in document.texts("commands")),
        limits=_inverted(document.table("limits"), "-"),
        dtypes=_inverted(document.table("dtypes")),
        shape=_inverted(document.table("shape")),
    )
    document.finish()
    return names


def _call(table: Table) -> ModelCall:
    call = ModelCall(
        names=table.texts("names"),
        exclude=pattern_of(table.texts("exclude", ())),
        arguments=table.texts("argument"),
        table=table.text("table", ""),
        prefix=table.text("prefix", ""),
    )
    table.finish()
    return call


def _inverted(table: Table, dash: str = "") -> dict[str, str]:
    """Each word of the lists of a table -> the list's name."""
    words = {(word.replace(dash, "_") if dash else word): name for name in table.values for word in table.texts(name)}
    table.finish()
    return words


# ---- families --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def load_families() -> tuple[Family, ...]:
    """The families, in the order in which they are tried. Raises `UserInputError` for unknown keys."""
    document = read_rules_file("models/families")
    document.date("as_of")
    families = tuple(_family(table) for table in document.tables("family"))
    document.finish()
    return families


def find_family(family_id: str) -> Family | None:
    """The family with an id; None for none."""
    return next((family for family in load_families() if family.id == family_id), None)


def _family(table: Table) -> Family:
    architectures = table.texts("architectures", ())
    sizes = tuple(FamilySize(pattern_of([row[0]]), _millions(row[1]), _millions(row[2])) for row in _rows(table, "sizes", 3))
    shapes = tuple(
        (pattern_of([row[0]]), ModelShape(int(row[1]), int(row[2]), int(row[3]), int(row[4]), int(row[5]), int(row[6])))
        for row in _rows(table, "shapes", 7)
    )
    family = Family(
        id=table.text("id"),
        title=table.text("title"),
        task=table.text("task"),
        names=pattern_of(table.texts("names")),
        architectures=pattern_of(architectures) if architectures else None,
        listed_as=table.texts("listed_as", ()),
        source=table.text("source", ""),
        sizes=sizes,
        shapes=shapes,
        managed=table.text("managed", ""),
    )
    if sizes and not family.source:
        raise table.fail("source", "is missing: a size needs one")
    table.finish()
    return family


def _rows(table: Table, name: str, width: int) -> list[tuple[str, ...]]:
    """Rows of a pattern and numbers, as text."""
    if not table.has(name):
        return []
    value = table.values[name]
    found = []
    for row in value if isinstance(value, list) else [value]:
        cells = row if isinstance(row, list) else []
        is_right = len(cells) == width and isinstance(cells[0], str)
        if not is_right or not all(isinstance(cell, int | Decimal) and not isinstance(cell, bool) for cell in cells[1:]):
            raise table.fail(name, f"must be a list of lists of a pattern and {width - 1} numbers")
        found.append(tuple(str(cell) for cell in cells))
    return found


def _millions(number: str) -> int:
    return int(Decimal(number) * MILLION)


# ---- tables of sizes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SizeTable:
    """Parameters and shapes by the key of a name, with the source of the table."""

    source: str
    basis: str
    parameters: Mapping[str, tuple[int, int]]
    shapes: Mapping[str, ModelShape]


_SAME_SHAPE = re.compile(
    r"-(?:instruct|chat|hf|it|base|awq|gptq|gguf|fp8|int4|int8|4bit|8bit|bnb|v\d+(?:-\d+)?|w4a16|quantized|dynamic|unsloth|preview|\d{4})(?=-|$)"
)
_FILE_ENDING = re.compile(r"\.(?:pt|pth|onnx|safetensors|gguf|engine)$")
_FILLER = re.compile(r"^meta-")


def without_ending(model_id: str) -> str:
    """An id without the ending of a model file."""
    return _FILE_ENDING.sub("", model_id)


def plain_name(model_id: str) -> str:
    """An id without its owner, in lower case, with dashes for every other mark."""
    name = without_ending(model_id.rstrip("/").rpartition("/")[2].lower())
    return re.sub(r"[\s_.:/]+", "-", name).strip("-")


def shape_key(model_id: str) -> str:
    """What models of one shape have in common in their names: without owner, tuning, version and format."""
    return _FILLER.sub("", _SAME_SHAPE.sub("", plain_name(model_id)))


@lru_cache(maxsize=1)
def load_language_shapes() -> SizeTable:
    """Shapes of language models; a key that models of different size share is left out."""
    document = read_rules_file("models/language-shapes")
    source, basis = document.text("source"), document.text("basis")
    parameters: dict[str, tuple[int, int]] = {}
    shapes: dict[str, ModelShape] = {}
    clashing: set[str] = set()
    for model_id, count, layers, width, kv_heads, head, vocabulary, context in document.rows("rows", 8):
        shape = ModelShape(int(layers), int(width), int(kv_heads), int(head), int(vocabulary), int(context))
        high = int(count)
        low = high - shape.vocabulary * shape.width  # where the output matrix is the embedding's
        for key in (model_id.lower(), shape_key(model_id)):
            known = parameters.setdefault(key, (low, high))
            shapes.setdefault(key, shape)
            if abs(known[1] - high) > 0.02 * high:
                clashing.add(key)
    document.finish()
    for key in clashing:
        del parameters[key], shapes[key]
    return SizeTable(source, basis, parameters, shapes)


@lru_cache(maxsize=1)
def load_vision_sizes() -> SizeTable:
    """Parameter counts of image models by their name."""
    document = read_rules_file("models/vision-parameters")
    source, basis = document.text("source"), document.text("basis")
    counts = {name: _millions(millions) for name, millions in document.rows("rows", 2)}
    document.finish()
    return SizeTable(source, basis, {name: (count, count) for name, count in counts.items()}, {})
