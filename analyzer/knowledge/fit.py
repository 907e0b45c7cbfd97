"""Loads what a memory fit rests on: constants, devices and their memory, documented models, services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from analyzer.knowledge.toml_reader import Table, read_rules_file
from analyzer.knowledge.workload import plain_name, shape_key

MEMORY_CHIPS = ("inf1", "inf2", "trn1", "trn2", "trn3")


@dataclass(frozen=True, slots=True)
class MemoryConstants:
    """What the memory of a model is reckoned with; each `*_source` says what its figures rest on."""

    usable_share: float
    usable_source: str
    sequences_low: int
    sequences_high: int
    sequences_source: str
    tokens: int
    tokens_source: str
    serving_bytes: float
    serving_source: str
    cache_bytes: float
    training_bytes_low: float
    training_bytes_high: float
    training_source: str
    adapter_bytes_low: float
    adapter_bytes_high: float
    adapter_source: str


@dataclass(frozen=True, slots=True)
class Instance:
    """A machine, or a number of devices as they are sold."""

    name: str
    chip: str
    devices: int
    device_gib: int
    source: str

    @property
    def total_gib(self) -> int:
        """The memory of all of its devices."""
        return self.devices * self.device_gib


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """Where a target's devices, documented models and services are listed."""

    devices: str
    devices_note: str
    models: str
    training: str
    service: str


@dataclass(frozen=True, slots=True)
class Service:
    """A managed service and the architectures that it takes."""

    title: str
    architectures: tuple[str, ...]
    otherwise: str
    reference: str
    as_of: str


@dataclass(frozen=True, slots=True)
class BoundFormat:
    """A format that only devices of some kinds load."""

    devices: tuple[str, ...]
    advice: str
    reference: str


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A row of a documented list."""

    name: str
    plain: str
    key: str
    list_title: str
    use: str
    library: str
    statuses: Mapping[str, tuple[str, str]]
    """Chip -> (status, the words of the source)."""
    fit: str
    """How a guide by kind of model calls it: `Good Fit`, `Not a Good Fit` ...; "" in all other lists."""
    note: str
    sdk_version: str
    source: str


@dataclass(frozen=True, slots=True)
class FitFacts:
    """All of it."""

    as_of: str
    memory: MemoryConstants
    format_bits: Mapping[str, tuple[float, float]]
    targets: Mapping[str, TargetFacts]
    services: Mapping[str, Service]
    formats: Mapping[str, BoundFormat]
    guides: Mapping[str, str]
    """Task -> the kind of model under which guides list it."""
    instances: tuple[Instance, ...]

    def of_chip(self, chip: str) -> tuple[Instance, ...]:
        """The instances with devices of a kind, the smallest first, else in the order of the tables."""
        own = [instance for instance in self.instances if instance.chip == chip]
        return tuple(sorted(own, key=lambda instance: (instance.total_gib, instance.devices)))


@lru_cache(maxsize=1)
def load_fit_facts() -> FitFacts:
    """The facts. Raises `UserInputError` for a key that does not exist or a figure that cannot be."""
    document = read_rules_file("workload/fit")
    facts = read_fit_facts(document, (*_neuron_instances(), *_other_instances()))
    document.finish()
    return facts


def read_fit_facts(document: Table, instances: tuple[Instance, ...]) -> FitFacts:
    """The facts of one document, with the instances that the device tables list."""
    targets: dict[str, TargetFacts] = {}
    for table in document.tables("target"):
        facts = TargetFacts(
            table.text("devices"), table.text("devices_note", ""), table.text("models", ""), table.text("training", ""),
            table.text("service", ""),
        )  # fmt: skip
        if facts.devices and facts.devices not in {instance.chip for instance in instances}:
            raise table.fail("devices", f"is {facts.devices!r}, of which no instance is listed in rules/devices")
        targets.update(dict.fromkeys(table.texts("ids"), facts))
        table.finish()
    return FitFacts(
        as_of=document.date("as_of"),
        memory=_memory(document.table("memory")),
        format_bits=_bits(document.table("formats")),
        targets=targets,
        services={name: _service(table) for name, table in document.table("services").named_tables()},
        formats={table.text("id"): _bound(table) for table in document.tables("format", [])},
        guides=_texts(document.table("guides")),
        instances=instances,
    )


def _memory(table: Table) -> MemoryConstants:
    constants = MemoryConstants(
        usable_share=table.number("usable_share", low=0.1, high=1.0),
        usable_source=table.text("usable_source"),
        sequences_low=table.integer("sequences_low", low=1),
        sequences_high=table.integer("sequences_high", low=1),
        sequences_source=table.text("sequences_source"),
        tokens=table.integer("tokens", low=1),
        tokens_source=table.text("tokens_source"),
        serving_bytes=table.number("serving_bytes"),
        serving_source=table.text("serving_source"),
        cache_bytes=table.number("cache_bytes"),
        training_bytes_low=table.number("training_bytes_low"),
        training_bytes_high=table.number("training_bytes_high"),
        training_source=table.text("training_source"),
        adapter_bytes_low=table.number("adapter_bytes_low"),
        adapter_bytes_high=table.number("adapter_bytes_high"),
        adapter_source=table.text("adapter_source"),
    )
    table.finish()
    return constants


def _bits(table: Table) -> dict[str, tuple[float, float]]:
    found = {}
    for name in table.values:
        value = table.values[name]
        if not isinstance(value, list) or len(value) != 2:
            raise table.fail(name, "must be the bits of a weight, low and high")
        pair = Table(table.source, table.key(name), {"low": value[0], "high": value[1]})
        found[name] = (pair.number("low", low=1, high=64), pair.number("high", low=1, high=64))
        table.has(name)
    return found


def _service(table: Table) -> Service:
    service = Service(
        title=table.text("title"),
        architectures=table.texts("architectures"),
        otherwise=table.text("otherwise"),
        reference=table.text("reference"),
        as_of=table.date("as_of"),
    )
    table.finish()
    return service


def _texts(table: Table) -> dict[str, str]:
    found = {name: table.text(name) for name in table.values}
    table.finish()
    return found


def _bound(table: Table) -> BoundFormat:
    bound = BoundFormat(table.texts("devices"), table.text("advice"), table.text("reference"))
    table.finish()
    return bound


def _neuron_instances() -> tuple[Instance, ...]:
    document = read_rules_file("devices/neuron")
    document.date("as_of")
    rows = document.rows("rows", 8)
    document.finish()
    return tuple(
        Instance(name, chip, int(devices), int(gib), f"{source} (SDK {sdk})")
        for name, chip, devices, gib, _, _, sdk, source in rows
    )


def _other_instances() -> tuple[Instance, ...]:
    document = read_rules_file("devices/others")
    document.date("as_of")
    rows = document.rows("rows", 5)
    document.finish()
    return tuple(Instance(name, chip, int(devices), int(gib), source) for name, chip, devices, gib, source in rows)


@lru_cache(maxsize=4)
def load_listed_models(family: str) -> tuple[ListedModel, ...]:
    """The documented models of a vendor's tables; () where there are none."""
    if not family:
        return ()
    document = read_rules_file(f"models/{family}")
    document.date("as_of")
    rows = document.rows("rows", 13)
    document.finish()
    listed = []
    for name, title, use, library, *cells, fit, note, sdk, source in rows:
        bare = name.rpartition(": ")[2]
        statuses: dict[str, tuple[str, str]] = {}
        for chip, cell in zip(MEMORY_CHIPS, cells, strict=True):
            status, bar, words = cell.partition("|")
            if bar:
                statuses[chip] = (status, words)
        listed.append(ListedModel(name, plain_name(bare), shape_key(bare), title, use, library, statuses, fit, note, sdk, source))
    return tuple(listed)
