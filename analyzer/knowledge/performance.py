"""Loads what is published about speed, and what instances hold, from `rules/performance`."""

from __future__ import annotations

from functools import lru_cache

from analyzer.knowledge.toml_reader import Table, read_rules_file
from analyzer.model.cost import Evidence, PerformanceRatio
from analyzer.model.workload_file import KINDS, Accelerator, EvidenceLevel, Figure, KnownRatio, PerformanceKnowledge

PUBLISHER_KINDS = ("independent", "audited", "vendor", "partner")


@lru_cache(maxsize=1)
def load_performance() -> PerformanceKnowledge:
    """All of it. Raises `UserInputError` for a broken file."""
    names = ("accelerators", "published", "evidence")
    accelerators, published, evidence = (read_rules_file(f"performance/{name}") for name in names)
    accelerators.text("source")
    accelerators.date("as_of")
    knowledge = PerformanceKnowledge(
        tuple(_accelerator(table) for table in accelerators.tables("accelerator")),
        tuple(_figure(table) for table in published.tables("figure")),
        tuple(_ratio(table) for table in evidence.tables("ratio")),
        tuple(_level(table) for table in evidence.tables("level")),
    )
    for document in (accelerators, published, evidence):
        document.finish()
    return knowledge


def _accelerator(table: Table) -> Accelerator:
    instances = table.table("instances")
    accelerator = Accelerator(
        table.text("id"), table.text("vendor"), table.integer("memory_gib", low=1, high=2048), table.texts("figures_of"),
        table.text("note", ""), table.texts("targets"),
        tuple((name, instances.integer(name, low=1, high=256)) for name in instances.values), table.flag("is_rival", False),
    )  # fmt: skip
    table.finish()
    return accelerator


def _figure(table: Table) -> Figure:
    conditions, software = table.text("conditions"), table.text("software")
    benchmark, unit, precision = table.text("benchmark"), table.text("unit"), table.text("precision")
    value = table.decimal("per_accelerator")
    figure = Figure(
        benchmark, table.text("kind", choices=KINDS), table.text("family"), table.text("accelerator"), value, unit, precision,
        table.text("publisher_kind", choices=PUBLISHER_KINDS),
        Evidence(
            table.text("publisher"), table.flag("sells"), table.date("as_of"),
            f"{table.text('accelerator')}: {value.normalize():,f} {unit} an accelerator; {benchmark}; {conditions}; {software}; "
            f"precision {precision}",
            table.text("source"),
        ),
    )  # fmt: skip
    table.finish()
    return figure


def _ratio(table: Table) -> KnownRatio:
    source, as_of, text = table.text("source"), table.date("as_of"), table.text("text")
    ratio = KnownRatio(
        table.text("kind", choices=KINDS), table.texts("from"), table.text("to"),
        PerformanceRatio(
            table.number("low", low=0.001), table.number("likely", low=0.001), table.number("high", low=0.001),
            table.integer("level", low=1, high=6), text, as_of,
        ),
        Evidence(table.text("publisher"), table.flag("sells"), as_of, text, source),
    )  # fmt: skip
    table.finish()
    return ratio


def _level(table: Table) -> EvidenceLevel:
    level = EvidenceLevel(
        table.integer("level", low=1, high=5), table.text("title"), table.number("low", low=0.01), table.number("likely", low=0.01),
        table.number("high", low=0.01), table.text("basis"),
    )  # fmt: skip
    table.finish()
    return level
