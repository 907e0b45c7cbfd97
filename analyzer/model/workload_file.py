"""A workload file as it was read: the scenario, and what the options are worked out from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from analyzer.model.cost import Evidence, PerformanceRatio, Scenario

KINDS = ("encoder", "llm", "vision", "asr", "diffusion", "training", "other")
"""What an instance is kept busy with: a kind of model that is served, or training of whatever kind."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What is served: decides which published figures apply, and how much memory a copy takes."""

    kind: str
    """One of `KINDS`."""
    family: str
    """Such as `bert-base`; "" where it is not said."""
    parameters: int
    """0 where it is not said: then nothing is said about memory."""
    bytes_per_parameter: Decimal
    layers: int
    kv_heads: int
    head_size: int
    context_tokens: int
    concurrency: int
    """Requests in one instance at a time, each with its own cache of keys and values."""


@dataclass(frozen=True, slots=True)
class Latency:
    """What the users are promised, in milliseconds; None where nothing is."""

    p95_ms: Decimal | None
    ttft_ms: Decimal | None
    """Time to the first token."""
    itl_ms: Decimal | None
    """Time between tokens."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What the user measured on one instance type at the promised latency."""

    instance_type: str
    throughput_per_second: Decimal
    as_of: str
    software: str
    p95_ms: Decimal | None
    ttft_ms: Decimal | None
    itl_ms: Decimal | None
    accuracy_change: Decimal | None
    compile_minutes: Decimal | None
    source: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An instance type that the user wants compared."""

    instance_type: str
    target_id: str
    title: str
    region: str
    """"" for the region of the file."""


@dataclass(frozen=True, slots=True)
class ApiOffer:
    """A managed service by the million tokens."""

    id: str
    title: str
    usd_per_million_input: Decimal
    usd_per_million_output: Decimal
    as_of: str
    upkeep_days_per_year: Decimal | None = None
    """Person-days for following its versions; None for as much as a port takes."""


@dataclass(frozen=True, slots=True)
class Workload:
    """The scenario without its options, and what these follow from."""

    scenario: Scenario
    model: ModelShape
    latency: Latency
    serving_share: Decimal
    """Share of the fleet's work that is serving; the rest trains."""
    throughput_today: Decimal | None
    """Per instance of today, at the promised latency, as the user measured it."""
    candidates: tuple[Candidate, ...]
    offers: tuple[ApiOffer, ...]
    measurements: tuple[Measurement, ...]
    accuracy_loss_allowed: Decimal | None = None
    """Share of the accuracy that a port may cost; None where nobody said: then any loss is remarked on."""


@dataclass(frozen=True, slots=True)
class Accelerator:
    """A chip, its memory, and the instance types that hold it with how many they hold."""

    id: str
    vendor: str
    memory_gib: int
    figures_of: tuple[str, ...]
    """The chips whose published figures count for it."""
    note: str
    targets: tuple[str, ...]
    instances: tuple[tuple[str, int], ...]
    is_rival: bool = False
    """Whether staying is compared with it where the user names nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A published throughput of one accelerator."""

    benchmark: str
    kind: str
    family: str
    accelerator: str
    per_accelerator: Decimal
    unit: str
    precision: str
    publisher_kind: str
    """`independent`, `audited`, `vendor` or `partner`."""
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class KnownRatio:
    """A comparison that no single benchmark gives, derived by hand from several figures; per accelerator."""

    kind: str
    sources: tuple[str, ...]
    accelerator: str
    ratio: PerformanceRatio
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class EvidenceLevel:
    """A rung of the ladder: what a published figure is multiplied with."""

    level: int
    title: str
    low: float
    likely: float
    high: float
    basis: str

    @property
    def words(self) -> str:
        """What it makes of a published figure."""
        return f"{self.low:g} to {self.high:g} of it, most likely {self.likely:g}"


@dataclass(frozen=True, slots=True)
class PerformanceKnowledge:
    """Everything published about speed, and what instances hold."""

    accelerators: tuple[Accelerator, ...]
    figures: tuple[Figure, ...]
    ratios: tuple[KnownRatio, ...]
    levels: tuple[EvidenceLevel, ...]

    def on(self, instance_type: str) -> tuple[Accelerator, int] | None:
        """What an instance type holds, and how many; None where it is not known."""
        for accelerator in self.accelerators:
            for name, count in accelerator.instances:
                if name == instance_type:
                    return accelerator, count
        return None

    def level(self, number: int) -> EvidenceLevel:
        """One rung. Raises `KeyError` for one that is not there."""
        return {level.level: level for level in self.levels}[number]
