"""The order of work in days: effort per wave, what runs after each, the critical path, and a team's calendar."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from analyzer.discover.kinds import is_test_path
from analyzer.graph.summary import startup_imports
from analyzer.model.effort import EntryPointCandidate, TargetAssessment
from analyzer.model.finding import Finding
from analyzer.model.graph import DependencyGraph, Wave
from analyzer.model.plan import PlannedWave, Step, WorkPlan

TEAMS = (1, 2, 4, 8)
NATIVE_SUFFIXES = (".cu", ".cuh", ".cpp", ".cc", ".cxx", ".c", ".h", ".hpp", ".hip", ".mm")
_MODULE = "module:"


class Task(NamedTuple):
    """Something that one person does in one go. `after` are the indices of the tasks that it waits for."""

    title: str
    paths: tuple[str, ...]
    days: float
    after: tuple[int, ...]


class Effort(NamedTuple):
    """Person-days by file, and those of work on no file in particular: (title, days)."""

    by_path: Mapping[str, float]
    whole: tuple[tuple[str, float], ...]


class Planner:
    """Plans for targets; what they share is worked out once. Cost is linear in the edges of the graph."""

    def __init__(
        self,
        graph: DependencyGraph,
        waves: Sequence[Wave],
        candidates: Iterable[EntryPointCandidate],
        findings: Iterable[Finding],
        unreached: Collection[str] = (),
    ) -> None:
        """`unreached` are the paths of files that nothing reaches."""
        self.order = FileOrder(graph)
        self.unreached = frozenset(unreached)
        self.wave_of = {path: wave.index for wave in waves for path in wave.modules}
        self.waves = waves
        self.path_of = {finding.fingerprint: finding.path for finding in findings}
        self.runnable = self._runnable(candidates)

    def _runnable(self, candidates: Iterable[EntryPointCandidate]) -> dict[int, tuple[str, ...]]:
        """The entry points that are done with each wave; 0 for those that have nothing to wait for."""
        found: dict[int, set[str]] = {}
        for point in candidates:
            last = max((self.wave_of.get(path, 0) for path in point.reachable_paths), default=0)
            found.setdefault(last, set()).add(point.path if point.kind != "console-script" else f"{point.path}:{point.symbol}")
        return {index: tuple(sorted(points)) for index, points in found.items()}

    def plan(self, assessment: TargetAssessment, teams: Sequence[int] = TEAMS) -> WorkPlan:
        """The plan for one target and some sizes of a team."""
        effort = effort_by_path(assessment, self.path_of)
        tasks = self.order.tasks(effort)
        chain = critical_path(tasks)
        kinds = dict.fromkeys(("native", "test", "wave", "other"), 0.0)
        for path, days in effort.by_path.items():
            kinds[self._kind(path)] += days
        return WorkPlan(
            target_id=assessment.target_id,
            waves=tuple(self._waves(effort)),
            native_days=round(kinds["native"], 2),
            test_days=round(kinds["test"], 2),
            other_files_days=round(kinds["other"], 2),
            whole_days=round(sum(days for _, days in effort.whole), 2),
            unreached_days=round(sum(days for path, days in effort.by_path.items() if path in self.unreached), 2),
            critical_path=tuple(Step(tasks[i].title, tasks[i].paths, round(tasks[i].days, 2)) for i in chain),
            critical_path_days=round(sum(tasks[i].days for i in chain), 2),
            calendar=tuple((people, round(schedule(tasks, people), 2)) for people in teams),
        )

    def _kind(self, path: str) -> str:
        if is_test_path(path):
            return "test"
        if path in self.wave_of:
            return "wave"
        return "native" if path.endswith(NATIVE_SUFFIXES) else "other"

    def _waves(self, effort: Effort) -> Iterable[PlannedWave]:
        """Waves of which something is left without tests, and those after which an entry point runs."""
        for index, paths in ((0, ()), *((wave.index, wave.modules) for wave in self.waves)):
            own = sorted(
                (path for path in paths if not is_test_path(path)), key=lambda path: (-effort.by_path.get(path, 0.0), path)
            )
            runnable = self.runnable.get(index, ())
            if own or runnable:
                yield PlannedWave(index, tuple(own), round(sum(effort.by_path.get(path, 0.0) for path in own), 2), runnable)


def effort_by_path(assessment: TargetAssessment, path_of: Mapping[str, str]) -> Effort:
    """The P50 of the whole, shared over work items by their own P50s, and over the files of each by its findings there.

    The P50s of the items alone add up to less: what is uncertain in all of them at once lengthens the whole. `path_of` is by
    fingerprint.
    """
    alone = sum(item.estimate.p50_days for item in assessment.work_items)
    scale = assessment.effort.p50_days / alone if alone > 0 else 0.0
    days: dict[str, float] = {}
    whole: list[tuple[str, float]] = []
    for item in assessment.work_items:
        places = Counter(path_of[fingerprint] for fingerprint in item.findings if fingerprint in path_of) or Counter(item.paths)
        if not places:
            whole.append((item.title, item.estimate.p50_days * scale))
        for path, count in places.items():
            days[path] = days.get(path, 0.0) + item.estimate.p50_days * scale * count / places.total()
    return Effort(dict(sorted(days.items())), tuple(whole))


# ---- tasks -----------------------------------------------------------------------------------------------------------


class FileOrder:
    """Which files wait for which: what imports for what it imports at start-up, callers of kernels for those.

    The condensation is made once, for all targets.
    """

    def __init__(self, graph: DependencyGraph) -> None:
        import networkx

        kernels = {node.id: node.path for node in graph.nodes if node.kind == "kernel"}
        files = networkx.relabel_nodes(startup_imports(graph), lambda name: name.removeprefix(_MODULE))
        files.add_nodes_from(kernels.values())
        for edge in graph.edges:
            source, target = edge.source.removeprefix(_MODULE), kernels.get(edge.target, "")
            if edge.kind == "launches" and source in files and target not in ("", source):
                files.add_edge(source, target)
        condensed = networkx.condensation(files)
        members: Mapping[int, set[str]] = networkx.get_node_attributes(condensed, "members")
        self.order = [(component, tuple(sorted(members[component]))) for component in networkx.topological_sort(condensed)][::-1]
        self.below = {component: sorted(condensed.successors(component)) for component, _ in self.order}
        self.known = frozenset(files)

    def tasks(self, effort: Effort) -> tuple[Task, ...]:
        """The files with effort as tasks, what comes first before what waits for it; then work on the whole."""
        tasks = [Task(path, (path,), days, ()) for path, days in effort.by_path.items() if path not in self.known and days > 0]
        waits: dict[int, frozenset[int]] = {}
        """Component -> the tasks nearest below it: its own, or those that its successors wait for."""
        for component, paths in self.order:
            after = frozenset[int]().union(*(waits[below] for below in self.below[component]))
            days = sum(effort.by_path.get(path, 0.0) for path in paths)
            if days > 0:
                own = tuple(path for path in paths if path in effort.by_path)
                tasks.append(
                    Task(own[0] if len(own) == 1 else f"{own[0]} and {len(own) - 1} more", own, days, tuple(sorted(after)))
                )
                after = frozenset((len(tasks) - 1,))
            waits[component] = after
        code = tuple(range(len(tasks)))
        tasks.extend(Task(title, (), days, code) for title, days in effort.whole if days > 0)
        return tuple(tasks)


def critical_path(tasks: Sequence[Task]) -> list[int]:
    """The indices of the longest chain of tasks that wait for each other, first to last."""
    best: list[float] = []
    before: list[int] = []
    for task in tasks:  # whatever a task waits for stands before it
        last = max(task.after, key=lambda index: (best[index], -index), default=-1)
        before.append(last)
        best.append(task.days + (best[last] if last >= 0 else 0.0))
    chain: list[int] = []
    index = max(range(len(tasks)), key=lambda i: (best[i], -i), default=-1)
    while index >= 0:
        chain.append(index)
        index = before[index]
    return chain[::-1]


def schedule(tasks: Sequence[Task], people: int) -> float:
    """Working days until all tasks are done by so many people, the task with the longest chain after it first."""
    remaining = [task.days for task in tasks]
    followers: list[list[int]] = [[] for _ in tasks]
    for index in range(len(tasks) - 1, -1, -1):
        for earlier in tasks[index].after:
            followers[earlier].append(index)
    for index in range(len(tasks) - 1, -1, -1):
        remaining[index] += max((remaining[later] for later in followers[index]), default=0.0)
    open_before = [len(task.after) for task in tasks]
    ready = [(-remaining[index], index) for index, count in enumerate(open_before) if not count]
    heapq.heapify(ready)
    running: list[tuple[float, int]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < people:
            _, index = heapq.heappop(ready)
            heapq.heappush(running, (now + tasks[index].days, index))
        now, done = heapq.heappop(running)
        for later in followers[done]:
            open_before[later] -= 1
            if not open_before[later]:
                heapq.heappush(ready, (-remaining[later], later))
    return now
