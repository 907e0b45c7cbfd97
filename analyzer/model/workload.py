"""What a repository does with models: tasks, phases, serving stacks, the models it names, and how they are kept and spread."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("task", "phase", "serving", "checkpoint", "quantisation", "parallelism")
BASES = ("derived", "reported", "name", "unknown")
"""How the parameters of a model are known: from a shape, from a source that states them, from the number in its name, or not."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """A place that says something, and what it says."""

    path: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Trait:
    """One answer to one question about the repository, with the places that it rests on."""

    kind: str
    """One of `KINDS`."""
    id: str
    title: str
    strength: str
    """`found`; `hint` where only a name or an accompanying library says so; `examples` where only examples, benchmarks or
    documentation do."""
    details: tuple[str, ...]
    """Values beside it: `4` of `tensor_parallel_size=4`."""
    places: int
    """How many places say so; `evidence` holds the first of them."""
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The numbers of a transformer that its key-value cache follows from."""

    layers: int
    width: int
    kv_heads: int
    head_width: int
    vocabulary: int
    context_tokens: int


@dataclass(frozen=True, slots=True)
class NamedModel:
    """A model that the repository names; `parameters_*` are None where nothing tells how many it has."""

    id: str
    is_prefix: bool
    """Only the beginning of the id is known."""
    is_own: bool
    """A configuration file of the repository describes it."""
    family: str
    family_title: str
    task: str
    architecture: str
    parameters_low: int | None
    parameters_high: int | None
    basis: str
    """One of `BASES`."""
    source: str
    shape: ModelShape | None
    dtype: str
    """`float32`, `bfloat16`, `float16`, `fp8`, or "" where nothing says."""
    formats: tuple[str, ...]
    """Quantised formats that the id itself names."""
    strength: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of the repository that bounds what is held at once: `sequence`, `batch`, `tensor_parallel`."""

    kind: str
    value: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Dtype:
    """An element type in which models are loaded or trained, and where that is said."""

    dtype: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Workload:
    """What the repository does, as far as its source tells. Nothing found is an empty tuple, never a guess."""

    traits: tuple[Trait, ...]
    models: tuple[NamedModel, ...]
    limits: tuple[Limit, ...]
    dtypes: tuple[Dtype, ...]
    more_models: int = 0
    """Models that are named besides those in `models`."""

    def of(self, kind: str) -> tuple[Trait, ...]:
        """The answers to one question, those with the most places first."""
        return tuple(trait for trait in self.traits if trait.kind == kind)

    def has(self, kind: str, trait_id: str) -> bool:
        """Whether an answer was found, and not only hinted at."""
        return any(trait.id == trait_id and trait.strength != "hint" for trait in self.of(kind))


NO_WORKLOAD = Workload((), (), (), ())


@dataclass(frozen=True, slots=True)
class MemoryRange:
    """Memory in GiB, of one copy of a model."""

    weights_low_gib: float
    weights_high_gib: float
    cache_low_gib: float
    cache_high_gib: float
    total_low_gib: float
    total_high_gib: float


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a model fits on a target: for the low and the high end of its memory."""

    verdict: str
    """`fits` (the high end on one instance), `depends` (only the low end), `too large` (not on one instance), `unknown`."""
    instance: str
    """The smallest instance that holds the high end, else the low end; "" for none."""
    devices: int
    """Devices of it that the high end takes, the weights spread evenly; 0 where nothing is known."""
    device_gib: int
    sentence: str
    source: str


@dataclass(frozen=True, slots=True)
class Documented:
    """What a documented list says of a model on a chip."""

    status: str
    """`documented`, `family` (others of its family are), `limited`, `mentioned`, `roadmap`, `not tested`, `not applicable`,
    `ended`, `not documented`, `no list`."""
    sentence: str
    reference: str
    sdk_version: str


@dataclass(frozen=True, slots=True)
class ModelFit:
    """One model on one target."""

    model_id: str
    phase: str
    """`inference` or `training`: what the memory was reckoned for."""
    documented: Documented
    memory: MemoryRange | None
    placement: Placement
    recipe: str
    """What the memory was reckoned with, in words, with what was assumed."""
    missing: str
    """What to give where the memory is unknown."""


@dataclass(frozen=True, slots=True)
class FormatFit:
    """A quantised or compiled format on one target."""

    id: str
    title: str
    verdict: str
    advice: str
    reference: str


@dataclass(frozen=True, slots=True)
class TargetFit:
    """Whether a target fits what the repository does."""

    use: str
    """`fits`, `partly` (it serves and cannot train, where both are done), `no`, `unknown` (nothing tells what is done)."""
    sentence: str
    models: tuple[ModelFit, ...]
    formats: tuple[FormatFit, ...]


UNKNOWN_FIT = TargetFit("unknown", "", (), ())
