"""Functions that export or serve a model: which model each reaches, and so what becomes of it on a target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from analyzer.discover.kinds import is_test_path
from analyzer.knowledge.serving import Handler, load_serving
from analyzer.link.program import Program
from analyzer.model.effort import EntryPoint, Reason
from analyzer.model.facts import Called, External, Local, Member, PythonFacts, Scope, Use, Value
from analyzer.operators.abstract import Abstract, ClassPlace
from analyzer.operators.frames import Frame
from analyzer.operators.interpreter import Interpreter
from analyzer.operators.walker import Walker

WORST_FIRST = ("blocked", "needs_changes", "unknown", "runs")
MOST_REASONS = 8
PART = "part"


class Site(NamedTuple):
    """A function that exports or serves, and the models that it reaches."""

    path: str
    scope: int
    line: int
    kind: str
    """`export` or `service`."""
    models: tuple[ClassPlace, ...]
    hub: str
    """The call that loads a model whose code is elsewhere, or ""."""


def arranged(points: Mapping[ClassPlace, EntryPoint], parts: set[ClassPlace]) -> tuple[EntryPoint, ...]:
    """Models first, then the modules that others are made of, each in the order of the files."""
    whole = [point for place, point in points.items() if place not in parts]
    inner = [replace(point, kind=PART) for place, point in points.items() if place in parts]
    return (*whole, *inner)


def may_serve(python: PythonFacts) -> bool:
    """Whether a file imports anything that exports or serves, or looks like what a server looks for."""
    heads, class_names = _telling()
    imported = {entry.module.partition(".")[0] or entry.name.partition(".")[0] for entry in python.imports}
    return bool(heads & imported) or any(scope.kind == "class" and scope.qualified_name in class_names for scope in python.scopes)


@lru_cache(maxsize=1)
def _telling() -> tuple[frozenset[str], frozenset[str]]:
    serving = load_serving()
    names = [*serving.exports]
    for route in serving.routes:
        names += [*route.makers, *route.names]
    for handler in serving.handlers:
        names += [*handler.bases, *handler.decorators]
    wanted = frozenset(name for handler in serving.handlers for name in handler.class_names)
    return frozenset(name.partition(".")[0] for name in names), wanted


class ServedFinder:
    """Finds them, each worked out once for all targets."""

    def __init__(self, program: Program, interpreter: Interpreter) -> None:
        self.program = program
        self.interpreter = interpreter
        self.classes = interpreter.classes
        self.serving = load_serving()
        self.sites = tuple(self.find())

    def find(self) -> Iterator[Site]:
        """All of them, in the order of the files."""
        for path, python in self.program.python_files():
            if is_test_path(path) or not may_serve(python):
                continue
            for number, uses in sorted(self.classes.uses(path).items()):
                for use in uses:
                    if use.kind == "call" and isinstance(use.target, External) and use.target.name in self.serving.exports:
                        yield self.site(path, number, use.span.line, "export", [use.arguments[0].value] if use.arguments else [])
            for index, scope in enumerate(python.scopes):
                if scope.kind == "function" and self.is_served(path, scope):
                    site = self.site(path, index, scope.span.line, "service", self.called_in(path, index))
                    if site.models or site.hub:  # what answers without a model is no entry point of one
                        yield site

    def is_served(self, path: str, scope: Scope) -> bool:
        """Whether a function answers requests."""
        for mark in scope.decorators:
            name = self.outside_name(path, mark)
            if any(name in route.names or self.is_route(name, route.makers, route.methods) for route in self.serving.routes):
                return True
        owner = self.program.python(path).scopes[scope.parent] if scope.parent >= 0 else None
        if owner is None or owner.kind != "class":
            return False
        method = scope.qualified_name.rpartition(".")[2]
        return any(method in item.methods and self.is_handler(path, owner, item) for item in self.serving.handlers)

    def is_route(self, name: str, makers: tuple[str, ...], methods: tuple[str, ...]) -> bool:
        """Whether a name is a method of an application or router."""
        maker, _, method = name.rpartition(".")
        return maker in makers and method in methods

    def is_handler(self, path: str, owner: Scope, handler: Handler) -> bool:
        """Whether a server makes instances of a class."""
        if owner.qualified_name in handler.class_names:
            return True
        bases = [self.outside_name(path, base) for base in owner.bases]
        marks = [self.outside_name(path, mark) for mark in owner.decorators]
        return any(fnmatchcase(base, pattern) for base in bases for pattern in handler.bases) or any(
            mark in handler.decorators for mark in marks
        )

    def outside_name(self, path: str, value: Value) -> str:
        """The dotted outside name that an expression means; of a method of what an outside class makes, that and its name."""
        value = made_by(value)
        if isinstance(value, External):
            return value.name
        if isinstance(value, Local) and value.attributes:
            for binding in self.program.bound(path, value.scope, value.name):
                owner = made_by(binding.value)
                if isinstance(owner, External):
                    return f"{owner.name}.{'.'.join(value.attributes)}"
        return ""

    def called_in(self, path: str, scope: int) -> list[Value]:
        """What a function calls, and the owners of the methods that it calls."""
        found: list[Value] = []
        for use in self.classes.uses(path).get(scope, ()):
            if use.kind == "call":
                found.extend(_meant(use))
        return found

    def site(self, path: str, scope: int, line: int, kind: str, values: list[Value]) -> Site:
        """The models among some values of a function, and what loads one from elsewhere."""
        python = self.program.python(path)
        parent = python.scopes[scope].parent
        is_method = parent >= 0 and python.scopes[parent].kind == "class"
        walker = Walker(self.interpreter, Frame(path, scope, (path, parent) if is_method else None, ()), 0)
        self.interpreter.frames = 0
        models: dict[ClassPlace, None] = {}
        for value in values:
            models.update(dict.fromkeys(places_of(walker.value(value, line if kind == "export" else 10**9, 1))))
        hub = "" if models else next((name for value in values if (name := self.from_hub(path, scope, value))), "")
        return Site(path, scope, line, kind, tuple(models), hub)

    def from_hub(self, path: str, scope: int, value: Value) -> str:
        """The outside call that made a value, where it loads a model whose code is elsewhere."""
        bound: list[Value] = [value]
        if isinstance(value, Local):
            bound += [binding.value for binding in self.program.bound(path, value.scope, value.name)]
            parent = self.program.python(path).scopes[scope].parent
            if value.attributes and parent >= 0 and self.program.python(path).scopes[parent].kind == "class":
                kept = self.classes.attribute_bindings((path, parent), value.attributes[0])
                bound += [binding.value for _, _, binding in kept]
        for item in bound:
            made = made_by(item)
            while isinstance(made, Member):  # from_pretrained(...).to(...)
                made = made_by(made.owner)
            if isinstance(made, External) and self.is_hub(made.name):
                return made.name
        return ""

    def is_hub(self, name: str) -> bool:
        """Whether a call loads a model whose code is elsewhere."""
        is_meant = any(fnmatchcase(name, pattern) for pattern in self.serving.hub)
        return is_meant and not any(fnmatchcase(name, pattern) for pattern in self.serving.hub_excepted)

    # ---- verdicts ----------------------------------------------------------------------------------------------------

    def entry_points(self, points: Mapping[ClassPlace, EntryPoint], command: str) -> tuple[EntryPoint, ...]:
        """One for each function, by what its models come to; `command` tells what is not known."""
        return tuple(self.entry_point(site, points, command) for site in self.sites)

    def entry_point(self, site: Site, points: Mapping[ClassPlace, EntryPoint], command: str) -> EntryPoint:
        """What becomes of a function: what the worst of its models comes to."""
        name = self.program.python(site.path).scopes[site.scope].qualified_name
        shown = self.program.modules.shown_name(site.path)
        symbol = f"{shown}.{name}" if name else shown
        reached = [points[place] for place in site.models if place in points]
        if not reached:
            what = f"{site.hub} loads a model whose code is not here" if site.hub else "It reaches no model whose code is here"
            seen = Reason("code-not-seen", site.path, site.line, what)
            reasons = (seen, Reason("to-know", site.path, site.line, f"To know: {command}"))
            return EntryPoint(site.path, site.line, symbol, site.kind, "unknown", reasons)
        worst = min(reached, key=lambda point: WORST_FIRST.index(point.prediction))
        chain = [
            Reason("reaches-model", site.path, site.line, f"It runs {point.symbol}: {_WORDS[point.prediction]}")
            for point in reached
        ]
        return EntryPoint(site.path, site.line, symbol, site.kind, worst.prediction, (*chain, *worst.reasons)[:MOST_REASONS])


def made_by(value: Value) -> Value:
    """What is called, where an expression is a call."""
    return value.callee if isinstance(value, Called) else value


_WORDS = {"runs": "runs as it stands", "needs_changes": "needs changes", "blocked": "is blocked", "unknown": "cannot be told"}


def places_of(value: Abstract) -> Iterable[ClassPlace]:
    """The modules that a value is, or may be."""
    if value.kind == "module" and value.where is not None:
        return (value.where,)
    if value.kind == "container":
        return [place for _, inner in value.fields for place in places_of(inner)]
    return ()


def _meant(use: Use) -> Iterator[Value]:
    target = use.target
    if isinstance(target, Local):
        yield target
        if target.attributes:
            yield target._replace(attributes=target.attributes[:-1])
    elif isinstance(target, Member):
        yield target.owner if len(target.attributes) == 1 else target._replace(attributes=target.attributes[:-1])
