"""`offramp graph`: questions to the dependency graph of a repository."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli.dates import day
from analyzer.cli.output_files import formats_by_ending, write_whole
from analyzer.cli.progress import progress_bar
from analyzer.cli.settings import ScanDefaults, read_defaults
from analyzer.discover.files import DiscoverySettings
from analyzer.model.errors import UserInputError

if TYPE_CHECKING:
    from analyzer.graph.reach import GraphReader
    from analyzer.model.graph import DependencyGraph
    from analyzer.model.target import Target
    from analyzer.planning import Assessor
    from analyzer.scan import Scan

ENDINGS = {".graphml": "graphml", ".dot": "dot", ".gv": "dot", ".json": "json", ".mmd": "mermaid"}
MOST_COMMITS = 2000
Json = dict[str, Any]

_path = click.argument("path", type=click.Path(path_type=Path), default=".")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, with all there is.")
_as_of = click.option("--as-of", metavar="DATE", help="Judge the age of facts on this day, YYYY-MM-DD (default: today).")
_target = click.option("-t", "--target", "target_id", metavar="ID", help="The target of the move (see `offramp targets`).")


@click.group("graph")
def command() -> None:
    """Ask the dependency graph: what reaches a kernel, what can move today, in which order, and where to cut.

    The repository at PATH is read, never run, with the settings of its own file. Exit codes: 0 done, 2 usage or input error.
    """


@dataclass
class Asked:
    """A repository that questions are asked about; what a question does not need is not worked out."""

    path: Path

    @cached_property
    def defaults(self) -> ScanDefaults:
        """What the project's file sets."""
        return read_defaults(self.path)

    @cached_property
    def scan(self) -> Scan:
        """The repository, read."""
        from analyzer.cache.store import opened_store
        from analyzer.scan import scan_repository

        own = self.defaults
        settings = DiscoverySettings(own.include, own.exclude, own.max_file_bytes)
        with opened_store() as store, progress_bar(False) as progress:
            return scan_repository(self.path, settings, own.workers, progress, False, own.honour_comments, store)

    def graph(self, with_calls: bool) -> DependencyGraph:
        """The graph, with functions and their calls or of modules only."""
        from analyzer.graph.build import build_graph

        return build_graph(self.scan.program, self.scan.detection.findings, self.scan.inventory, with_calls, self.scan.readers)

    @cached_property
    def reader(self) -> GraphReader:
        """The graph with calls, to walk along."""
        from analyzer.graph.reach import GraphReader

        return GraphReader(self.graph(with_calls=True))

    def target(self, target_id: str | None) -> Target:
        """The target that was named, else the project's or ours that stands first."""
        from analyzer.knowledge.targets import choose_targets

        return choose_targets([target_id] if target_id else self.defaults.targets)[0]

    def assessor(self, as_of: str | None) -> Assessor:
        """The repository, ready to be assessed."""
        from analyzer.planning import Assessor, effort_constants

        return Assessor.of_scan(self.scan, effort_constants(self.defaults.effort), datetime.date.fromisoformat(day(as_of)))


def show(as_json: bool, document: Callable[[], Any], lines: Callable[[], Iterable[str]]) -> None:
    """Print an answer."""
    click.echo(json.dumps(document(), indent=1) if as_json else "\n".join(line for line in lines() if line))


# ---- what reaches what -----------------------------------------------------------------------------------------------


@command.command("blast-radius")
@_path
@click.argument("name")
@_json
def blast_radius(path: Path, name: str, as_json: bool) -> None:
    """What reaches NAME, and would stop working without it: entry points first, each with a chain of places.

    NAME is a kernel, an extension, a module's path, a function or a library, by its name or its id in the graph.
    """
    from analyzer.report.graph_json import blast_radius_to_json
    from analyzer.report.graph_text import blast_radius_lines, unresolved_line

    reader = Asked(path).reader
    radius = reader.blast_radius(reader.named(name).id)
    show(
        as_json,
        lambda: blast_radius_to_json(radius),
        lambda: (*blast_radius_lines(radius), unresolved_line(reader.graph.unresolved)),
    )


@command.command("entry-points")
@_path
@_json
def entry_points(path: Path, as_json: bool) -> None:
    """Which entry points touch no CUDA and can move today, and by which way the others touch it."""
    from analyzer.report.graph_json import entry_points_to_json
    from analyzer.report.graph_text import entry_point_lines, unresolved_line

    reader = Asked(path).reader
    found, unresolved = reader.entry_points(), reader.graph.unresolved
    show(as_json, lambda: entry_points_to_json(found), lambda: (*entry_point_lines(found), unresolved_line(unresolved)))


@command.command("unreached")
@_path
@_json
def unreached(path: Path, as_json: bool) -> None:
    """Which CUDA code no entry point reaches: find out whether it is needed before you port it."""
    from analyzer.report.graph_json import unreached_to_json
    from analyzer.report.graph_text import unreached_lines, unresolved_line

    reader = Asked(path).reader
    found, unresolved = reader.unreached(), reader.graph.unresolved
    show(as_json, lambda: unreached_to_json(found), lambda: (*unreached_lines(found), unresolved_line(unresolved)))


# ---- the work --------------------------------------------------------------------------------------------------------


@command.command("order")
@_path
@_target
@click.option("--people", type=click.IntRange(1, 1000), default=2, show_default=True, help="Size of the team.")
@_as_of
@_json
def order(path: Path, target_id: str | None, people: int, as_of: str | None, as_json: bool) -> None:
    """In which order to move: steps with their days, what runs after each, and the longest chain of tasks."""
    from analyzer.graph.plan import TEAMS
    from analyzer.report.graph_json import plan_to_json
    from analyzer.report.graph_text import plan_lines

    asked = Asked(path)
    target = asked.target(target_id)
    assessor = asked.assessor(as_of)
    plan = assessor.planner().plan(assessor.assess(target), sorted({*TEAMS, people}))
    show(as_json, lambda: {"target": target.id, **plan_to_json(plan)}, lambda: plan_lines(plan, target.title, people))


@command.command("seams")
@_path
@_target
@_as_of
@_json
def seams(path: Path, target_id: str | None, as_of: str | None, as_json: bool) -> None:
    """Where to put an interface between what is tied and the rest: up to three candidates, or that there is no good one."""
    from analyzer.knowledge.seams import load_seam_costs
    from analyzer.report.graph_json import seams_to_json
    from analyzer.report.graph_text import seam_lines

    asked = Asked(path)
    target = asked.target(target_id)
    assessor = asked.assessor(as_of)
    found = assessor.seams(assessor.assess(target))
    show(as_json, lambda: seams_to_json(found), lambda: seam_lines(found, target.title, load_seam_costs().assumptions))


@command.command("what-if")
@_path
@_target
@click.option("--cheapest", type=click.IntRange(0, 200), default=0, metavar="N", help="Do the N cheapest work items.")
@click.option("--item", "items", multiple=True, metavar="ID", help="Do this work item, by its id in the JSON report. Repeatable.")
@_as_of
@_json
def what_if(path: Path, target_id: str | None, cheapest: int, items: tuple[str, ...], as_of: str | None, as_json: bool) -> None:
    """What effort and verdict become when some work items are done: chosen ones, and then the cheapest."""
    from analyzer.assess.what_if import what_if as ask
    from analyzer.report.graph_json import what_if_to_json
    from analyzer.report.graph_text import what_if_lines

    if not cheapest and not items:
        raise UserInputError("offramp graph what-if", "", "name what is done: --cheapest N, or --item ID")
    asked = Asked(path)
    target = asked.target(target_id)
    assessor = asked.assessor(as_of)
    answer = ask(asked.scan.detection.findings, lambda left: assessor.assess(target, left), items, cheapest)
    show(as_json, lambda: what_if_to_json(answer), lambda: what_if_lines(answer))


@command.command("hot-spots")
@_path
@_target
@click.option("--commits", type=click.IntRange(0, 100_000), default=MOST_COMMITS, show_default=True, help="How far to look back.")
@_as_of
@_json
def hot_spots(path: Path, target_id: str | None, commits: int, as_of: str | None, as_json: bool) -> None:
    """Where a change weighs most: by what leads through a module and by how often it changes; and the work by owner."""
    from analyzer.discover.churn import read_churn
    from analyzer.discover.code_owners import read_code_owners
    from analyzer.report.graph_json import hot_spots_to_json
    from analyzer.report.graph_text import hot_spot_lines

    asked = Asked(path)
    target = asked.target(target_id)
    assessor = asked.assessor(as_of)
    churn = read_churn(path, commits)
    found = assessor.hot_spots(assessor.assess(target), churn, read_code_owners(path), len(assessor.graph.nodes))
    show(as_json, lambda: hot_spots_to_json(found), lambda: hot_spot_lines(found))


# ---- exports ---------------------------------------------------------------------------------------------------------


@command.command("export")
@_path
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file; its ending names the format.")
@click.option("--format", "output_format", type=click.Choice(sorted(set(ENDINGS.values()))), help="What to print.")
@click.option("--calls", is_flag=True, help="With classes and functions and what they call; else of modules only.")
@click.option("--around", "name", metavar="NAME", help="Only what hangs on NAME and what it needs.")
def export(path: Path, output: Path | None, output_format: str | None, calls: bool, name: str | None) -> None:
    """Write the graph as GraphML (.graphml), DOT (.dot, .gv), JSON in node-link form (.json) or Mermaid (.mmd)."""
    from analyzer.graph.exports import around
    from analyzer.graph.reach import GraphReader
    from analyzer.report.graph_text import graph_lines

    if output is not None:
        output_format = formats_by_ending((output,), ENDINGS)[output]
    graph = Asked(path).graph(calls)
    if name is not None:
        reader = GraphReader(graph)
        node = reader.named(name)
        graph = around(graph, node.id, frozenset(reader.dependents((node.id,))), frozenset(reader.needed((node.id,))))
    if output_format is None:
        click.echo("\n".join(graph_lines(graph.nodes, graph.unresolved)))
    elif output is None:
        click.echo(rendered(graph, output_format), nl=False)
    else:
        write_whole(output, rendered(graph, output_format))


def rendered(graph: DependencyGraph, output_format: str) -> str:
    """The graph in one of the formats."""
    from analyzer.graph.exports import to_dot, to_graphml, to_mermaid
    from analyzer.report.graph_json import graph_to_json

    if output_format == "json":
        return json.dumps(graph_to_json(graph), indent=1) + "\n"
    return {"graphml": to_graphml, "dot": to_dot, "mermaid": to_mermaid}[output_format](graph)
