"""Walks a model's forward pass as an exporter would: which code is reached, with which values, and what stops it there."""

from __future__ import annotations

import bisect

from analyzer.link.program import Program
from analyzer.model.facts import (
    Argument,
    Constant,
    External,
    Guard,
    Value,
)
from analyzer.operators.abstract import (
    CLOSURE_OWNER,
    FALSE,
    GIVEN,
    NONE,
    TENSOR,
    UNKNOWN,
    Abstract,
    ClassPlace,
    join,
)
from analyzer.operators.classes import Classes, constant
from analyzer.operators.frames import (
    DEEPEST_CALL,
    MOST_FIELDS,
    MOST_FRAMES,
    NOTHING,
    Frame,
    Outcome,
    is_tensor_annotation,
)
from analyzer.operators.knowledge import Knowledge
from analyzer.operators.walker import Walker


class Interpreter:
    """One for a whole repository: what a function does with certain arguments is worked out once."""

    def __init__(self, program: Program, knowledge: Knowledge, classes: Classes) -> None:
        self.program = program
        self.classes = classes
        self.knowledge = knowledge
        self.known: dict[Frame, Outcome] = {}
        self.open: set[Frame] = set()
        self.attributes: dict[tuple[ClassPlace, str], Abstract] = {}
        self.buffers: dict[ClassPlace, frozenset[str]] = {}
        self.guard_lines: dict[str, tuple[list[int], list[int]]] = {}
        self.used: dict[str, set[tuple[str, int]]] = {}
        """Operators that reached code uses, with their places."""
        self.marked: frozenset[tuple[str, int]] = frozenset()
        """Places whose calls are all kept, and not one place a name: something else is known of them."""
        self.parts: set[ClassPlace] = set()
        """Modules that another class makes for itself."""
        self.frames = 0

    def forget(self) -> None:
        """Begin with an empty memory: limits make an answer depend on what was walked before."""
        self.known.clear()
        self.attributes.clear()

    # ---- functions ---------------------------------------------------------------------------------------------------

    def walk(self, frame: Frame, depth: int) -> Outcome:
        """The outcome of a function for some arguments."""
        if frame in self.known:
            return self.known[frame]
        if frame in self.open or depth >= DEEPEST_CALL or self.frames >= MOST_FRAMES:
            return NOTHING
        self.frames += 1
        self.open.add(frame)
        walker = Walker(self, frame, depth)
        outcome = Outcome(walker.findings(), walker.returned(), tuple(walker.sites.values()))
        self.open.discard(frame)
        self.known[frame] = outcome
        return outcome

    def call_method(self, place: ClassPlace, name: str, given: tuple[Argument, ...], values: list[Abstract], depth: int) -> Outcome:
        """Call a method of an instance of a class."""
        function = self.classes.method(place, name)
        return self.call(function, place, given, values, depth) if function else NOTHING

    def call(
        self, function: tuple[str, int], owner: ClassPlace | None, given: tuple[Argument, ...], values: list[Abstract], depth: int
    ) -> Outcome:
        """Call a function of the repository with arguments, those it is not given at their defaults."""
        scope = self.classes.scope(function)
        if scope.kind != "function":
            return NOTHING
        names = [parameter.name for parameter in scope.parameters]
        is_static = any(isinstance(mark, External) and mark.name == "builtins.staticmethod" for mark in scope.decorators)
        shift = 1 if owner is not None and not is_static and names[:1] in (["self"], ["cls"]) else 0
        passed: dict[str, Abstract] = {}
        is_open = False
        for argument, value in zip(given, values, strict=False):
            if argument.label.isdigit():
                place = int(argument.label) + shift
                if place < len(names):
                    passed[names[place]] = value
            elif argument.label.startswith("*"):
                is_open = True
            else:
                passed[argument.label] = value
        arguments = []
        for parameter in scope.parameters[shift:]:
            given_value = passed.get(parameter.name)
            is_left = given_value == NONE and parameter.default == Constant("None")  # handing on what was left out leaves it out
            if given_value is None or is_left:
                value = self.default(function, owner, parameter.default, parameter.name, is_open and not is_left)
            else:
                value = given_value
            if value.kind == "unknown" and is_tensor_annotation(parameter.annotation):
                value = TENSOR
            elif given_value == UNKNOWN and parameter.default == Constant("None"):
                value = GIVEN
            is_large = value.kind == "record" and (
                len(value.fields) > MOST_FIELDS or any(inner.fields for _, inner in value.fields)
            )
            arguments.append((parameter.name, UNKNOWN if is_large else value))
        return self.walk(Frame(function[0], function[1], owner, tuple(arguments)), depth + 1)

    def default(
        self, function: tuple[str, int], owner: ClassPlace | None, default: Value | None, name: str, is_open: bool
    ) -> Abstract:
        """A parameter that a call does not name: its default, unless the call unpacks something or a decorator fills it in."""
        if default is None or is_open:
            return UNKNOWN
        known = constant(default) or UNKNOWN
        if known == NONE and owner is not None and self.classes.scope(function).decorators:
            config = self.classes.config_class(owner)
            filled = self.classes.config_default(config, name) if config else None
            return filled if filled is not None else known
        return known

    # ---- attributes of instances -------------------------------------------------------------------------------------

    def attribute_of(self, place: ClassPlace, name: str, depth: int) -> Abstract:
        """What an attribute of an instance is, by everything that binds it."""
        if name == "training":
            return FALSE
        key = (place, name)
        if key not in self.attributes:
            self.attributes[key] = UNKNOWN
            self.attributes[key] = self.find_attribute(place, name, depth)
        return self.attributes[key]

    def find_attribute(self, place: ClassPlace, name: str, depth: int) -> Abstract:
        """The answer of `attribute_of` that is then remembered."""
        if name == "config":
            config = self.classes.config_class(place)
            return Abstract("config", None, (), config) if config else UNKNOWN
        if name in self.buffers_of(place):
            return TENSOR
        values = []
        for path, scope, binding in self.classes.attribute_bindings(place, name)[:8]:
            walker = self.maker(place, path, scope, depth)
            if walker.guard_truth(binding.guard) is False:
                continue
            values.append(walker.kept(binding))
        method = self.classes.method(place, name) if not values else None
        if method is not None and not self.classes.scope(method).decorators:  # handed on, with its instance; no property
            return Abstract("function", None, ((CLOSURE_OWNER, Abstract("module", None, (), place)),), method)
        found = join(values) if values else UNKNOWN
        if found.kind in ("container", "record", "unknown"):
            found = self.with_appended(place, name, found, depth)
        return found if found.kind != "record" else UNKNOWN

    def maker(self, place: ClassPlace, path: str, scope: int, depth: int) -> Walker:
        """A method that binds attributes, its parameters at their defaults: what a model is usually made with."""
        parameters = self.classes.scope((path, scope)).parameters
        known = [(parameter.name, constant(parameter.default)) for parameter in parameters if parameter.default is not None]
        return Walker(self, Frame(path, scope, place, tuple((name, value) for name, value in known if value)), depth + 1)

    def with_appended(self, place: ClassPlace, name: str, found: Abstract, depth: int) -> Abstract:
        """A list of modules with what is appended to it."""
        added: list[Abstract] = []
        for path, scope in self.classes.ancestors(place):
            for function in self.program.methods.get((path, scope), ()):
                for use in self.classes.appended(path, function, "self", name):
                    walker = self.maker(place, path, function, depth)
                    if walker.guard_truth(use.guard) is not False:
                        added.append(walker.value(use.arguments[0].value, use.span.line, 0))
        modules = [value for value in dict.fromkeys(added) if value.kind in ("module", "container", "layer")]
        if not modules:
            return found
        own = [value for _, value in found.fields] if found.kind == "container" else []
        return Abstract(
            "container", None, tuple((f"#{index}", value) for index, value in enumerate(dict.fromkeys([*own, *modules])))
        )

    def buffers_of(self, place: ClassPlace) -> frozenset[str]:
        """Names that `register_buffer` gives to tensors."""
        if place not in self.buffers:
            own = (self.classes.own_buffers(path, scope) for path, scope in self.classes.ancestors(place))
            self.buffers[place] = frozenset().union(*own)
        return self.buffers[place]

    def guards_between(self, path: str, first: int, last: int) -> list[tuple[int, Guard]]:
        """The guards whose test stands between two lines."""
        guards = self.program.python(path).guards
        if path not in self.guard_lines:
            order = sorted(range(len(guards)), key=lambda index: guards[index].line)
            self.guard_lines[path] = ([guards[index].line for index in order], order)
        lines, order = self.guard_lines[path]
        chosen = order[bisect.bisect_left(lines, first) : bisect.bisect_right(lines, last)]
        return [(index, guards[index]) for index in chosen]
