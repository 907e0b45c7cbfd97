"""Answers about the graph for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from analyzer.discover.kinds import is_test_path
from analyzer.graph.reach import OTHER_WAYS, BlastRadius, Chain, EntryPointReach, Unreached
from analyzer.model.assumption import Assumption
from analyzer.model.counted import counted
from analyzer.model.effort import TargetAssessment, days
from analyzer.model.graph import BY_CONFIGURATION, PACKAGE_AROUND, GraphNode
from analyzer.model.hot_spots import HotSpots
from analyzer.model.plan import WorkPlan
from analyzer.model.seams import Seams
from analyzer.model.what_if import WhatIf
from analyzer.report.printable import printable

MOST_LISTED = 20
MOST_STEPS = 12
STATES = {
    "free": "touch no CUDA: they can move today",
    "loaded": "load tied code; no call of it was found",
    "called": "run tied code",
    "unknown": "could not be bound to code",
}
WAYS = {
    "nothing": "nothing reaches it: find out whether it is needed before anybody ports it",
    "tests": "only tests reach it",
    "public": "no entry point here, but whoever installs the package can import it",
    "script": "in a file that nothing imports and that can be started by hand",
    "installed": "in an extension that the build installs and that nothing here calls",
    "unbound": "no extension is known to contain it: nothing can be told",
}


def blast_radius_lines(radius: BlastRadius) -> Iterator[str]:
    """What stops working without a node."""
    yield f"{name_of(radius.node)}, {place_of(radius.node)}"
    certain = [start for start in radius.entry_points if start.is_certain]
    possible = [start for start in radius.entry_points if not start.is_certain]
    yield f"Entry points that stop working without it: {len(certain)}"
    for start in certain[:MOST_LISTED]:
        yield f"  {name_of(start.node)}, {place_of(start.node)}"
        yield from _chain_lines(start.chain)
    yield from _more(len(certain))
    if possible:
        yield f"Entry points that load code which can lead to it, with no call found: {len(possible)}"
        for start in possible[:MOST_LISTED]:
            yield f"  {name_of(start.node)}, {place_of(start.node)}"
        yield from _more(len(possible))
    code = [node for node in radius.dependents if node.kind in ("class", "function", "module")]
    product = [node for node in code if not is_test_path(node.path)]
    yield f"Classes, functions and modules that need it: {len(product)}, and {len(code) - len(product)} in tests"
    for node in product[:MOST_LISTED]:
        yield f"  {name_of(node)}, {place_of(node)}"
    yield from _more(len(product))


def _touched(point: EntryPointReach) -> str:
    return f": {counted(len(point.tied), 'tied module')}, {counted(len(point.kernels), 'kernel')}"


def entry_point_lines(found: Sequence[EntryPointReach]) -> Iterator[str]:
    """Every entry point by what it touches."""
    for state, words in STATES.items():
        own = [point for point in found if point.state == state]
        if own:
            yield f"{len(own)} {words}"
        for point in own[:MOST_LISTED]:
            touched = _touched(point) if point.tied or point.kernels else ""
            yield f"  {name_of(point.node)} ({point.node.detail}), {place_of(point.node)}{touched}"
            if point.first:
                yield from _chain_lines(point.first)
        yield from _more(len(own))
    if not found:
        yield "No entry point was found."


def unreached_lines(found: Sequence[Unreached]) -> Iterator[str]:
    """CUDA code that no entry point reaches, by what else reaches it."""
    for way in ("nothing", *OTHER_WAYS):
        own = [item.node for item in found if item.reached_by == way]
        if own:
            yield f"{len(own)}: {WAYS[way]}"
        for node in own[:MOST_LISTED]:
            yield f"  {node.kind} {name_of(node)}, {place_of(node)}"
        yield from _more(len(own))
    if not found:
        yield "Every tied module, kernel and extension is reached by an entry point."


def plan_lines(plan: WorkPlan, title: str, people: int) -> Iterator[str]:
    """The order of work in days."""
    yield f"Order of work for {title}: {days(plan.total_days)} person-days (P50)"
    if plan.native_days:
        yield f"Kernels and native sources, each before the first module that calls it: {days(plan.native_days)} days"
    for wave in plan.waves:
        if wave.index:
            yield f"Step {wave.index}: {counted(len(wave.modules), 'module')}, {days(wave.days)} days"
        for path in wave.modules[:MOST_LISTED]:
            yield f"  {printable(path)}"
        yield from _more(len(wave.modules))
        if wave.runnable:
            when = "Runs after this step" if wave.index else "Entry points that no tied module holds up"
            shown = ", ".join(printable(point) for point in wave.runnable[:MOST_LISTED])
            more = f" and {len(wave.runnable) - MOST_LISTED} more" if len(wave.runnable) > MOST_LISTED else ""
            yield f"  {when}: {shown}{more}" if wave.index else f"{when}: {shown}{more}"
    yield f"Tests, each with what it tests: {days(plan.test_days)} days"
    yield f"Other files, at any time: {days(plan.other_files_days)} days"
    yield f"At the end, for the repository as a whole: {days(plan.whole_days)} days"
    if plan.unreached_days:
        yield f"Of all this, {days(plan.unreached_days)} days are for files that nothing reaches (`offramp graph unreached`)"
    yield f"Longest chain of tasks that wait for each other: {days(plan.critical_path_days)} days, whatever the team's size"
    for step in plan.critical_path:
        yield f"  {days(step.days):>5}  {printable(step.title)}"
    calendar = ", ".join(f"{count}: {days(length)}" for count, length in plan.calendar if count != people)
    own = next((length for count, length in plan.calendar if count == people), None)
    yield f"Working days with {people} people: {days(own or 0.0)} (with {calendar})" if calendar else ""


def seam_lines(seams: Seams, title: str, assumptions: Iterable[Assumption]) -> Iterator[str]:
    """Where the code could be cut."""
    yield f"Where to cut, for {title}. {seams.verdict}"
    if seams.candidates:
        yield f"Without a seam: {days(seams.days_without)} person-days of changes in code (P50), for each target again"
    for number, seam in enumerate(seams.candidates, 1):
        yield f"Candidate {number}{'' if seam.is_good else ', not worth it'}: {seam.verdict}"
        yield (
            f"  First target {days(seam.first_move_days)} days: {days(seam.days_behind)} behind, "
            f"{days(seam.days_outside)} outside, "
            f"{days(seam.adapter_days)} for the interface, {days(seam.companion_days)} to test what lies behind untied"
        )
        yield f"  Each further target {days(seam.further_move_days)} days: what lies outside calls the interface by then"
        yield (
            f"  Behind it {counted(len(seam.behind), 'tied module')} and {len(seam.companions)} that are not, "
            f"outside {counted(len(seam.outside), 'tied one')}; {counted(len(seam.crossings), 'name crosses', 'names cross')}:"
        )
        for crossing in seam.crossings[:MOST_LISTED]:
            name = {"": "the module", "*": "everything"}.get(crossing.name, crossing.name)
            first = f"{crossing.user_path}:{crossing.user_line}"
            yield f"    {printable(f'{crossing.path}: {name}')}, used by {crossing.users}, first {printable(first)}"
        yield from _more(len(seam.crossings))
    if seams.is_coarse:
        yield "There are too many modules for an exact cut: those of a folder stay together."
    for item in assumptions if seams.candidates else ():
        yield f"Reckoned with ({item.kind}): {item.title}: {item.value} {item.unit}"


def what_if_lines(answer: WhatIf) -> Iterator[str]:
    """What is left when some work is done."""
    yield f"{answer.before.title} as it is: {_standing(answer.before)}"
    for step in answer.steps:
        size = f"{days(step.item.estimate.p50_days)} days, {counted(len(step.item.findings), 'finding')}"
        yield f"+ {printable(step.item.title)} ({size}): {_standing(step.after)}"
        if step.freed:
            yield "    Runs then: " + ", ".join(printable(point) for point in step.freed[:MOST_LISTED])
    if answer.steps:
        left, whole = answer.after.effort.p50_days, answer.before.effort.p50_days
        done = f"{counted(len(answer.steps), 'item')} of {days(answer.days_done)} days"
        yield f"After {done}, {days(left)} of {days(whole)} days are left (P50)"


def _standing(assessment: TargetAssessment) -> str:
    effort = assessment.effort
    verdict = assessment.verdict.replace("_", " ")
    blockers = f", {counted(len(assessment.blockers), 'blocker')}" if assessment.blockers else ""
    return f"{verdict}{blockers}, {days(effort.p10_days)} to {days(effort.p90_days)} days (median {days(effort.p50_days)})"


def hot_spot_lines(found: HotSpots) -> Iterator[str]:
    """Where a change weighs most, and the work by owner."""
    history = f"the last {counted(found.commits, 'commit')}" if found.commits else "no git history was found; by imports alone"
    yield f"Tied modules by how much leads through them and how often they change ({history})"
    yield f"  {'score':>5} {'way through':>11} {'commits':>7} {'days':>6}"
    for spot in found.modules[:MOST_LISTED]:
        owners = f"  {printable(' '.join(spot.owners))}" if spot.owners else ""
        figures = f"{spot.score:5.2f} {spot.centrality:11.2f} {spot.churn:7} {days(spot.days):>6}"
        yield f"  {figures}  {printable(spot.path)}{owners}"
    yield from _more(len(found.modules))
    if found.owners_file:
        yield f"Days by owner ({found.owners_file})"
        for share in found.owners[:MOST_LISTED]:
            yield f"  {days(share.days):>6}  {printable(share.owner) or '(nobody)'}, {counted(share.files, 'file')}"


def graph_lines(nodes: Iterable[GraphNode], unresolved: Iterable[tuple[str, int]]) -> Iterator[str]:
    """How much there is of what, and what could not be resolved."""
    counted = Counter(node.kind for node in nodes)
    yield ", ".join(f"{number} {kind}" for kind, number in sorted(counted.items()))
    yield "Not resolved, and so not in the graph: " + ", ".join(f"{number} {kind}" for kind, number in unresolved)


def unresolved_line(unresolved: Iterable[tuple[str, int]]) -> str:
    """What the answers of walks do not know."""
    counted = dict(unresolved)
    return (
        f"Not in the graph: {counted['calls']:,} calls and {counted['imports']:,} imports that could not be bound to a definition."
    )


def name_of(node: GraphNode) -> str:
    """The title of a node as it may be printed."""
    return printable(node.title, 160)


def place_of(node: GraphNode) -> str:
    """Where a node stands."""
    return printable(f"{node.path}:{node.line}", 200) if node.path else node.kind


def _chain_lines(chain: Chain) -> Iterator[str]:
    steps = [edge for edge in chain if edge.kind != "starts"]  # that a script starts its own file says nothing
    for edge in steps[:MOST_STEPS]:
        dependent, needed = (end.split(":", 1)[1] for end in (edge.dependent, edge.needed))
        yield printable(
            f"      {dependent} {_VERBS.get(edge.context) or _VERBS[edge.kind]} {needed}  ({edge.path}:{edge.line})", 300
        )
    if len(steps) > MOST_STEPS:
        yield f"      and {counted(len(steps) - MOST_STEPS, 'more step')}"


_VERBS = {
    "imports": "imports", "calls": "calls", "inherits": "inherits from", "contains": "contains", "defines": "is defined in",
    "starts": "starts", "registers": "is registered by", "launches": "launches", "builds": "is built by", "links": "links",
    "deploys": "starts", "configures": "is configured by",
    PACKAGE_AROUND: "stands in the package", BY_CONFIGURATION: "may be told to load",
}  # fmt: skip
"""From what depends to what it needs, by the kind of an edge or by its context."""


def _more(count: int) -> Iterator[str]:
    if count > MOST_LISTED:
        yield f"  and {count - MOST_LISTED} more; --json has all"
