"""The dependency graph as plain values: what depends on what, each edge with the place that says so."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.model.named_tuple import NamedTuple

NODE_KINDS = (
    "module", "class", "function", "entry-point", "extension", "operator", "kernel", "package", "cuda-library", "build-target",
    "deployment-file", "image", "instance-type", "setting",
)  # fmt: skip
"""`package` is a third-party distribution, `operator` a name that an extension registers for Python."""
EDGE_KINDS = (
    "imports", "calls", "inherits", "contains", "defines", "starts", "registers", "launches", "builds", "links", "deploys",
    "configures",
)  # fmt: skip
BACKWARDS = frozenset({"defines", "registers", "builds", "configures"})
"""Edges whose target depends on their source: a function needs the module that defines it, an operator the extension that
registers it. In all others the source depends on the target; a class `contains` its methods, since whoever makes an object
may end in any of them."""
TYPE_CHECKING_ONLY = "type-checking"
PACKAGE_AROUND = "package"
BY_CONFIGURATION = "configured"
STARTUP_CONTEXTS = ("top", "try")
"""Contexts of imports that run when a module is loaded."""


class GraphNode(NamedTuple):
    """One thing of the repository, or one outside that it names.

    `id` is unique and the same in every run; `path` and `line` say where it stands ("" and 0 for what stands outside).
    `findings` and `worst_severity` are those of its own lines, without what a comment dismisses.
    """

    id: str
    kind: str
    title: str
    path: str
    line: int
    findings: int = 0
    worst_severity: str = ""
    blast_radius: int = 0
    """How many modules reach it; see `analyzer.graph.summary`."""
    detail: str = ""
    """`script`, `notebook`, `console-script`, `serving` or `ci-job` for an entry point; the language of a kernel; for a module
    the worst severity in lines that run when it is imported."""

    @property
    def is_tied(self) -> bool:
        """Whether something in its own lines has to change."""
        return self.worst_severity not in ("", "info")


class GraphEdge(NamedTuple):
    """One relation, with the first place that says so."""

    source: str
    target: str
    kind: str
    path: str
    line: int
    context: str = ""
    """For imports `top`, `try`, `function`, `type-checking`, `dynamic`, `configured` (a module that imports by a name made at
    run time, and one that a configuration file names) or `package` (the package around a module, which runs first). For calls
    how they were told: `method`, `inherited`, `callback`, `decorator`, `instance`,
    `named` (as text). Else ""."""
    has_other_way: bool = False
    """It only happens under a condition without which the program goes on, or is one of several that a call may mean."""

    @property
    def dependent(self) -> str:
        """The end that stops working without the other."""
        return self.target if self.kind in BACKWARDS else self.source

    @property
    def needed(self) -> str:
        """The end that the other depends on."""
        return self.source if self.kind in BACKWARDS else self.target


class DependencyGraph(NamedTuple):
    """Nodes by id and edges by (source, target, kind), sorted."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    unresolved: tuple[tuple[str, int], ...]
    """What could not be bound to a node, by kind, counted: `bases`, `calls`, `commands`, `imports`."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Modules that can be moved together once all earlier waves are done. `cycles` are import cycles inside it."""

    index: int
    modules: tuple[str, ...]
    cycles: tuple[tuple[str, ...], ...]


class EntryPointTies(NamedTuple):
    """Where the program starts, and what of CUDA it touches."""

    path: str
    line: int
    symbol: str
    kind: str
    state: str
    """See `analyzer.graph.reach.EntryPointReach`: here modules stand for what is in them."""
    tied_modules: tuple[str, ...]
    """The first of those that it loads."""
    tied: int
    """How many it loads."""
    kernels: int


class UnreachedCode(NamedTuple):
    """CUDA code that no entry point reaches, and what else may lead to it: see `analyzer.graph.reach.OTHER_WAYS`."""

    id: str
    kind: str
    title: str
    path: str
    line: int
    reached_by: str


@dataclass(frozen=True, slots=True)
class GraphSummary:
    """Nodes and edges sorted by id, and what follows from them."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    waves: tuple[Wave, ...]
    untied_modules: tuple[str, ...]
    """Modules that neither have a tie nor reach one: they can move today."""
    unresolved_calls: int
    entry_points: tuple[EntryPointTies, ...] = ()
    unreached: tuple[UnreachedCode, ...] = ()
