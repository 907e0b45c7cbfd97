"""Where to cut: minimum cuts between the places where the program starts and what is tied to CUDA.

Each module lies on one side. A tied module outside costs its effort, one behind costs nothing; an untied module behind costs a
little, since it is tested again with each target; each name that crosses costs an adapter. What costs least in all is a minimum
cut (Ford and Fulkerson 1956) of a network in which a name is a node of its own, so that it counts once however many use it. Three
prices of an adapter give up to three cuts: wide, middle, narrow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from analyzer.discover.kinds import is_test_path
from analyzer.graph.plan import NATIVE_SUFFIXES
from analyzer.knowledge.seams import SeamCosts
from analyzer.link.program import Program
from analyzer.model.counted import counted
from analyzer.model.facts import External, Import
from analyzer.model.graph import TYPE_CHECKING_ONLY, DependencyGraph
from analyzer.model.seams import Crossing, Seam, Seams

if TYPE_CHECKING:
    import networkx

MOST_EXACT = 1500
"""Units of an exact cut; beyond that the modules of a folder are one unit, so that time stays near linear."""
LEAST_SHARE_BEHIND = 0.5
MOST_COMPANIONS = 0.5
_START, _CUDA = "<start>", "<cuda>"
_WHOLE = 10_000_000.0
"""More days than any cut costs: what must not be cut."""


class Interface(NamedTuple):
    """Who uses what of whom: user -> (module, name) -> line."""

    uses: Mapping[str, Mapping[tuple[str, str], int]]
    modules: tuple[str, ...]
    """All modules that are no tests, by path."""
    kernels: frozenset[str]
    """The files of kernels that are no modules."""


def find_seams(
    program: Program, graph: DependencyGraph, effort: Mapping[str, float], starts: Iterable[str], costs: SeamCosts, target_id: str
) -> Seams:
    """The candidates. `effort` are person-days by path, `starts` the paths of entry points, which stay outside."""
    interface = read_interface(program, graph)
    code = {*interface.modules, *interface.kernels}
    native = {path for path in effort if path not in code and not is_test_path(path) and path.endswith(NATIVE_SUFFIXES)}
    total = sum(effort.get(path, 0.0) for path in (*code, *native))
    if total <= 0:
        return Seams(target_id, 0.0, (), "No code is tied: there is nothing to put behind a seam.")
    cutter = _Cutter(interface, effort, frozenset(starts), costs)
    found: dict[frozenset[str], None] = {}
    for adapter_days in costs.adapter_days:
        found.setdefault(cutter.behind(adapter_days))
    always = sum(effort[path] for path in native)
    seams = [_seam(behind, interface, effort, costs, always, total) for behind in found]
    seams.sort(key=lambda seam: (not seam.is_good, seam.first_move_days, seam.further_move_days, seam.behind))
    good = sum(seam.is_good for seam in seams)
    worth = f"{good} of {counted(len(seams), 'candidate')} {'is' if good == 1 else 'are'} worth it."
    verdict = worth if good else f"There is no good seam. {seams[0].verdict}"
    return Seams(target_id, round(total, 2), tuple(seams), verdict, cutter.is_coarse)


# ---- who uses what ---------------------------------------------------------------------------------------------------


def read_interface(program: Program, graph: DependencyGraph) -> Interface:
    """The names that modules import of each other, and the kernels that they launch; tests are left out."""
    modules = tuple(path for path, _ in program.python_files() if not is_test_path(path))
    uses: dict[str, dict[tuple[str, str], int]] = {}
    for path in modules:
        own = uses[path] = {}
        for entry in program.python(path).imports:
            used = _used(program, path, entry) if entry.context != TYPE_CHECKING_ONLY else None
            if used is not None and used[0] != path and not is_test_path(used[0]):
                own.setdefault(used, entry.span.line)
        _name_parts(program, path, own)
    kernels = {node.id: (node.path, node.title) for node in graph.nodes if node.kind == "kernel" and not is_test_path(node.path)}
    for edge in graph.edges:
        user, used = edge.source.removeprefix("module:"), kernels.get(edge.target)
        if edge.kind == "launches" and user in uses and used is not None and used[0] != user:
            uses[user].setdefault(used, edge.line)
    return Interface(uses, modules, frozenset(path for path, _ in kernels.values()) - set(modules))


def _used(program: Program, path: str, entry: Import) -> tuple[str, str] | None:
    """The module and the name that an import brings in; "" for the module as a whole."""
    whole = program.modules.find(f"{entry.module}.{entry.name}".strip("."), path) if entry.name not in ("", "*") else None
    if whole is not None:
        return whole, ""
    found = program.modules.find(entry.module, path) if entry.module else None
    return (found, entry.name) if found is not None else None


def _name_parts(program: Program, path: str, uses: dict[tuple[str, str], int]) -> None:
    """In place of a module as a whole, the names that are used of it, where any is."""
    wholes = {module for module, name in uses if not name}
    for use in program.python(path).uses if wholes else ():
        split = program.modules.split(use.target.name, path) if isinstance(use.target, External) else None
        if split is not None and split[1] and split[0] in wholes:
            uses.pop((split[0], ""), None)
            uses.setdefault((split[0], split[1][0]), use.span.line)


# ---- cutting ---------------------------------------------------------------------------------------------------------


class _Cutter:
    """Cuts one network at several prices of an adapter."""

    def __init__(self, interface: Interface, effort: Mapping[str, float], starts: frozenset[str], costs: SeamCosts) -> None:
        self.interface = interface
        self.effort = effort
        self.starts = starts
        self.costs = costs
        self.relevant = self._relevant()
        self.is_coarse = len(self.relevant) > MOST_EXACT

    def _relevant(self) -> frozenset[str]:
        """The files that are tied or that lead to one that is: all others are outside whatever is cut."""
        users: dict[str, list[str]] = {}
        for user, used in self.interface.uses.items():
            for module, _ in used:
                users.setdefault(module, []).append(user)
        stack = [path for path in (*self.interface.modules, *self.interface.kernels) if self._days(path) > 0]
        seen: set[str] = set()
        while stack:
            path = stack.pop()
            if path not in seen:
                seen.add(path)
                stack.extend(users.get(path, ()))
        return frozenset(seen)

    def _days(self, path: str) -> float:
        return self.effort.get(path, 0.0)

    def unit(self, path: str) -> str:
        """What is cut as one: a module, or where there are too many the folder of one; entry points are always apart."""
        folder = path.rpartition("/")[0]
        is_apart = path in self.starts or path in self.interface.kernels
        return f"{folder}/" if self.is_coarse and folder and not is_apart else path

    def behind(self, adapter_days: float) -> frozenset[str]:
        """The files behind the cheapest seam."""
        import networkx

        units: dict[str, list[str]] = {}
        for path in sorted(self.relevant):
            units.setdefault(self.unit(path), []).append(path)
        network: networkx.DiGraph[str] = networkx.DiGraph()
        network.add_nodes_from((_START, _CUDA))
        for unit, paths in units.items():
            self._add_unit(network, unit, paths)
        for user in sorted(self.relevant & self.interface.uses.keys()):
            for module, name in self.interface.uses[user]:
                if module in self.relevant and self.unit(module) != self.unit(user):
                    crossing = f"{self.unit(module)}\0{module}\0{name}"
                    network.add_edge(self.unit(user), crossing, capacity=_WHOLE)
                    network.add_edge(crossing, self.unit(module), capacity=adapter_days)
        _, (outside, _) = networkx.minimum_cut(network, _START, _CUDA, flow_func=networkx.algorithms.flow.boykov_kolmogorov)
        return frozenset(path for unit, paths in units.items() if unit not in outside for path in paths)

    def _add_unit(self, network: networkx.DiGraph[str], unit: str, paths: list[str]) -> None:
        """What a unit costs on either side."""
        if paths[0] in self.interface.kernels:
            network.add_edge(unit, _CUDA, capacity=_WHOLE)
            return
        days = sum(self._days(path) for path in paths)
        companions = sum(self._days(path) <= 0 for path in paths)
        if days > 0:
            network.add_edge(unit, _CUDA, capacity=days)
        if unit in self.starts:
            network.add_edge(_START, unit, capacity=_WHOLE)
        elif companions:
            network.add_edge(_START, unit, capacity=companions * self.costs.companion_days)


NOTHING_CROSSES = "Nothing outside uses what lies behind it: there is no interface to make."


# ---- what a cut means ------------------------------------------------------------------------------------------------


def _seam(
    behind: frozenset[str], interface: Interface, effort: Mapping[str, float], costs: SeamCosts, always_behind: float, total: float
) -> Seam:
    tied = [path for path in interface.modules if effort.get(path, 0.0) > 0]
    companions = tuple(path for path in interface.modules if path in behind and effort.get(path, 0.0) <= 0)
    crossings = _crossings(behind, interface)
    days_outside = sum(effort[path] for path in tied if path not in behind)
    days_behind = max(0.0, round(total - days_outside, 6))
    adapter_days = len(crossings) * costs.adapter_days[1]
    untied = len(interface.modules) - len(tied)
    verdict = _objection(days_behind, total, adapter_days, len(companions), untied) or ("" if crossings else NOTHING_CROSSES)
    return Seam(
        behind=tuple(path for path in tied if path in behind),
        companions=companions,
        outside=tuple(path for path in tied if path not in behind),
        crossings=crossings,
        days_behind=round(days_behind, 2),
        days_outside=round(days_outside, 2),
        adapter_days=round(adapter_days, 2),
        companion_days=round(len(companions) * costs.companion_days, 2),
        is_good=not verdict,
        verdict=verdict or _praise(len(crossings), days_behind / total, sum(path in behind for path in tied), len(tied)),
    )


def _praise(names: int, share: float, modules: int, tied: int) -> str:
    """What a seam is good for."""
    guard = "1 name guards" if names == 1 else f"{names} names guard"
    return f"{guard} {share:.0%} of the work; each further target changes {modules} tied modules in place of {tied}."


def _objection(days_behind: float, total: float, adapter_days: float, companions: int, untied: int) -> str:
    """Why a seam is not worth it, or ""."""
    if days_behind < LEAST_SHARE_BEHIND * total:
        return f"Only {days_behind / total:.0%} of the work would lie behind it: the ties are spread over the code."
    if adapter_days > days_behind:
        return f"The interface would cost {adapter_days:.0f} days, more than the {days_behind:.0f} days of work that it guards."
    if companions > MOST_COMPANIONS * untied:
        return f"It would close around {companions} of {untied} modules that are not tied: nearly the whole program."
    return ""


def _crossings(behind: Collection[str], interface: Interface) -> tuple[Crossing, ...]:
    users: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for user in interface.modules:
        if user not in behind:
            for used, line in interface.uses[user].items():
                if used[0] in behind or used[0] in interface.kernels:
                    users.setdefault(used, []).append((user, line))
    found = [Crossing(path, name, len(places), *min(places)) for (path, name), places in users.items()]
    return tuple(sorted(found, key=lambda crossing: (-crossing.users, crossing.path, crossing.name)))
