"""What a repository says about the machines that it runs on today, and what that means for a scenario.

A deployment file names instances, rarely the traffic on them. So a declared fleet replaces the default scenario's only
where it is the same type, one place and a number: every throughput ratio of that scenario is against its own type. In all
other cases the report says that the figures are for other machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from analyzer.knowledge.rules import RuleBook
from analyzer.link.program import Program
from analyzer.model.cost import DeclaredInstance, Fleet, Scenario
from analyzer.model.counted import counted
from analyzer.model.finding import Finding

MOST_NAMED = 4


def declared_instances(program: Program, findings: Iterable[Finding], book: RuleBook) -> tuple[DeclaredInstance, ...]:
    """The GPU machines and accelerators that files beside tests name, each place once, sorted by place."""
    about = set(instance_rules(book))
    declared = set()
    for finding in findings:
        if finding.rule_id in about and not finding.in_tests and finding.suppressed is None:
            counts = {
                entry.value
                for entry in program.files[finding.path].entries
                if entry.kind == "instance" and entry.name == finding.symbol and entry.span.line == finding.span.line
            }
            count = int(counts.pop()) if len(counts) == 1 and "" not in counts else None
            declared.add(DeclaredInstance(finding.symbol, count, finding.path, finding.file_line or finding.span.line))
    return tuple(sorted(declared, key=lambda instance: (instance.path, instance.line, instance.name)))


def instance_rules(book: RuleBook) -> tuple[str, ...]:
    """The rules that look for machines."""
    return tuple(sorted(rule.id for rule in book.rules if any(match.kind == "instance" for match in rule.matches)))


def with_declared_fleet(scenario: Scenario, declared: tuple[DeclaredInstance, ...]) -> Scenario:
    """The default scenario with the fleet of the repository where that can be told; a user's own is never changed."""
    if not scenario.is_default or len(declared) != 1:
        return scenario
    (instance,) = declared
    if instance.name != scenario.fleet.instance_type or not instance.count:
        return scenario
    return replace(
        scenario,
        title=f"Default, with {_words(instance)} as the repository declares, serving a small encoder, on demand",
        fleet=Fleet(instance.name, instance.count, scenario.fleet.hours_per_month),
        min_instances=min(scenario.min_instances, instance.count),
    )


def declared_warnings(scenario: Scenario, declared: tuple[DeclaredInstance, ...]) -> Iterator[str]:
    """A sentence where the repository names other machines than the scenario counts."""
    fleet = scenario.fleet
    if not declared or all(instance.name == fleet.instance_type and instance.count == fleet.count for instance in declared):
        return
    places: dict[str, list[str]] = {}
    for instance in declared:
        places.setdefault(_words(instance), []).append(f"{instance.path}:{instance.line}")
    groups = []
    for words, where in sorted(places.items(), key=lambda item: (-len(item[1]), item[0])):
        others = f" and {counted(len(where) - 1, 'other place')}" if len(where) > 1 else ""
        groups.append(f"{words} ({where[0]}{others})")
    shown = ", ".join(groups[:MOST_NAMED])
    more = f" and {counted(len(groups) - MOST_NAMED, 'other kind')}" if len(groups) > MOST_NAMED else ""
    yield f"The repository names {shown}{more}; the figures below are for {fleet.count} x {fleet.instance_type}."


def _words(instance: DeclaredInstance) -> str:
    return f"{instance.count} x {instance.name}" if instance.count is not None else instance.name
