"""Follows values: which device strings, or imported names, an expression may stand for, and where they were written.

Demand-driven and memoised: a value is followed only when a rule asks for it, each (file, value) once, to a bounded
depth, so the cost grows with the number of questions and not with the number of paths.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from analyzer.link.guards import GuardReader
from analyzer.link.program import Program, argument_for, class_of_self, definition_of
from analyzer.model.facts import (
    MODULE_SCOPE,
    Binding,
    Called,
    Choice,
    Condition,
    Constant,
    External,
    Formatted,
    Item,
    Local,
    Mapping,
    Member,
    Sequence,
    Text,
    Value,
)

DEEPEST_FLOW = 12
MOST_FLOWS = 24
_DEFAULT_GETTERS = frozenset({"os.environ.get", "os.getenv", "os.environ.setdefault", "builtins.getattr"})
_PASS_THROUGH = frozenset({"builtins.str", "torch.device", "str", "jax.devices", "jax.local_devices"})
OTHER_DEVICES = ("cpu", "mps", "xpu", "npu", "hpu", "xla", "meta", "auto", "tpu", "neuron")


class Flow(NamedTuple):
    """One text, or dotted imported name, that a value may be."""

    text: str
    is_prefix: bool
    """Only the beginning is known."""
    path: str
    line: int
    """Where the text was written; 0 where it stands in the expression itself."""
    overridable: bool
    """A default that a user can override: an option, an environment variable, a configuration field."""
    guarded: bool
    """Chosen by an availability check, or beside another device."""


class ValueFollower:
    """Answers what values may be. Holds only a memory of answers, so the order of questions changes nothing."""

    def __init__(self, program: Program, guards: GuardReader) -> None:
        self.program = program
        self.guards = guards
        self.vocabulary = guards.vocabulary
        self.known: dict[tuple[str, Value], tuple[Flow, ...]] = {}
        self.pending: set[tuple[str, Value]] = set()
        self.outside_names: dict[tuple[str, str], str] = {}
        self.gave_up: set[str] = set()

    def flows(self, path: str, value: Value, depth: int = DEEPEST_FLOW) -> tuple[Flow, ...]:
        """Every text that a value may be, sorted; empty where nothing is known."""
        if isinstance(value, Text):
            return (Flow(value.text, False, "", 0, False, False),)
        if isinstance(value, Formatted):
            return (Flow(value.prefix, True, "", 0, False, False),)
        if isinstance(value, Constant):
            return (Flow(value.text, False, "", 0, False, False),)
        key = (path, value)
        if key in self.known:
            return self.known[key]
        if key in self.pending:
            return ()
        if depth <= 0:
            self.gave_up.add(path)
            return ()
        self.pending.add(key)
        found = tuple(sorted(set(self.follow(path, value, depth - 1))))
        self.pending.discard(key)
        if len(found) > MOST_FLOWS:
            self.gave_up.add(path)
            found = found[:MOST_FLOWS]
        if depth == DEEPEST_FLOW or not self.pending:  # answers cut short by a cycle or by depth are not remembered
            self.known[key] = found
        return found

    def follow(self, path: str, value: Value, depth: int) -> Iterable[Flow]:
        """The flows of a value that is not a plain constant."""
        if isinstance(value, External):
            return self.external(path, value, depth)
        if isinstance(value, Local):
            return self.local(path, value, depth)
        if isinstance(value, Called):
            return self.called(path, value, depth)
        if isinstance(value, Choice):
            return self.choice(path, value.options, value.test, depth)
        if isinstance(value, Condition):
            return self.choice(path, value.operands, None, depth) if value.operator == "or" else ()
        if isinstance(value, Item):
            return self.item(path, value, depth)
        if isinstance(value, Sequence):
            return (flow for item in value.items for flow in self.flows(path, item, depth))
        if isinstance(value, Member):
            return self.member(path, value, depth)
        return ()

    # ---- each kind of value ------------------------------------------------------------------------------------------

    def external(self, path: str, value: External, depth: int) -> Iterable[Flow]:
        """An imported name: a constant of another module of ours, or a name from outside."""
        found = self.program.modules.split(value.name, path)
        if found is None:
            return (Flow(value.name, False, "", 0, False, False),)
        module, attributes = found
        if not attributes:
            return ()
        if self.program.bound(module, MODULE_SCOPE, attributes[0]):
            return self.flows(module, Local(MODULE_SCOPE, attributes[0], attributes[1:]), depth)
        leads_to = imported_path(self.program, module, attributes)
        return self.flows(module, External(leads_to), depth) if leads_to else ()

    def choice(self, path: str, options: tuple[Value, ...], test: Value | None, depth: int) -> Iterable[Flow]:
        """One of several: guarded where a check decides or where another device is among them."""
        flows = [flow for option in options for flow in self.flows(path, option, depth)]
        has_other = any(flow.text.lower().startswith(OTHER_DEVICES) for flow in flows)
        checked = test is not None and bool(self.guards.test(path, test, 5))
        return (flow._replace(guarded=True) for flow in flows) if has_other or checked else flows

    def called(self, path: str, value: Called, depth: int) -> Iterable[Flow]:
        """`torch.device(x)` and `str(x)` pass on; a getter has a default; a function of ours returns something."""
        arguments = {argument.label: argument.value for argument in value.arguments}
        if isinstance(value.callee, External):
            name = value.callee.name
            if name in _PASS_THROUGH:
                first = arguments.get("0", arguments.get("device", arguments.get("type")))
                return self.flows(path, first, depth) if first is not None else ()
            if name in _DEFAULT_GETTERS:
                default = arguments.get("2" if name.endswith("getattr") else "1", arguments.get("default"))
                return self.overridable(path, default, depth)
        if isinstance(value.callee, Local | Member) and value.callee.attributes[-1:] in (
            ("get",),
            ("pop",),
            ("setdefault",),
        ):
            return self.overridable(path, arguments.get("1"), depth)
        if isinstance(value.callee, Local | External):
            function = self.definition(path, value.callee)
            if function is not None:
                return self.returned(function, depth)
        if isinstance(value.callee, External):
            return (Flow(f"{value.callee.name}()", False, "", 0, False, False),)
        return ()

    def overridable(self, path: str, default: Value | None, depth: int) -> Iterable[Flow]:
        """The flows of a default that something outside the program can override."""
        flows = self.flows(path, default, depth) if default is not None else ()
        return (flow._replace(overridable=True) for flow in flows)

    def definition(self, path: str, callee: Value) -> tuple[str, int] | None:
        """The function of the repository that a callee means, methods of `self` included."""
        if isinstance(callee, Local) and len(callee.attributes) == 1:
            owner = class_of_self(self.program.python(path), callee)
            return definition_of(self.program, path, Local(owner, callee.attributes[0])) if owner is not None else None
        return definition_of(self.program, path, callee)

    def returned(self, function: tuple[str, int], depth: int) -> Iterable[Flow]:
        """What a function returns; several returns, of which one is another device, are a choice."""
        path, scope = function
        flows: list[Flow] = []
        for binding in self.program.bound(path, scope, "return"):
            flows.extend(self.bound_flows(path, binding, depth))
        if any(flow.text.lower().startswith(OTHER_DEVICES) for flow in flows):
            return [flow._replace(guarded=True) for flow in flows]
        return flows

    def item(self, path: str, value: Item, depth: int) -> Iterable[Flow]:
        """`config["device"]`, where the dictionary is known."""
        if isinstance(value.owner, Local) and not value.owner.attributes:
            for binding in self.program.bound(path, value.owner.scope, f"{value.owner.name}[{value.key}]"):
                yield from self.bound_flows(path, binding, depth)
        for mapping in self.mappings(path, value.owner, depth):
            for key, item in mapping.items:
                if key == value.key:
                    yield from self.flows(path, item, depth)

    def mappings(self, path: str, value: Value, depth: int) -> Iterable[Mapping]:
        """The dictionary displays that a value may be, in this file."""
        if isinstance(value, Mapping):
            yield value
        elif isinstance(value, Local) and not value.attributes and depth > 0:
            for binding in self.program.bound(path, value.scope, value.name):
                if isinstance(binding.value, Mapping):
                    yield binding.value

    def member(self, path: str, value: Member, depth: int) -> Iterable[Flow]:
        """`torch.device("cuda").type`, `make().device`."""
        if value.attributes[-1:] in (("type",), ("device",)):
            return self.flows(path, value.owner, depth)
        return ()

    # ---- names -------------------------------------------------------------------------------------------------------

    def local(self, path: str, value: Local, depth: int) -> Iterable[Flow]:
        """A variable, a parameter, or an attribute of either."""
        if value.attributes:
            return self.attribute(path, value, depth)
        bindings = self.program.bound(path, value.scope, value.name)
        return self.all_bindings(path, bindings, depth)

    def all_bindings(self, path: str, bindings: tuple[Binding, ...], depth: int) -> list[Flow]:
        """The flows of a name that is bound in several places."""
        flows = [flow for binding in bindings for flow in self.bound_flows(path, binding, depth)]
        if any(flow.text.lower().startswith(OTHER_DEVICES) for flow in flows):
            flows = [flow._replace(guarded=True) for flow in flows]
        return flows

    def bound_flows(self, path: str, binding: Binding, depth: int) -> Iterable[Flow]:
        """The flows of one binding, with its line as their origin."""
        if binding.kind in ("definition", "import", "delete", "for", "with", "annotation"):
            return ()
        if binding.kind == "parameter":
            return self.parameter(path, binding, depth)
        guarded = bool(self.guards.words(path, binding.guard))
        python = self.program.python(path)
        may_change = python.global_names_may_change and binding.scope == MODULE_SCOPE
        is_field = self.is_field(path, binding)
        return [
            Flow(
                flow.text, flow.is_prefix, flow.path or path, flow.line or binding.line,
                flow.overridable or may_change or is_field, flow.guarded or guarded,
            )
            for flow in self.flows(path, binding.value, depth)
        ]  # fmt: skip

    def is_field(self, path: str, binding: Binding) -> bool:
        """Whether a binding is the default of a dataclass or settings field, which whoever makes one can override."""
        scope = self.program.python(path).scopes[binding.scope]
        if scope.kind != "class":
            return False
        names = {value.name for value in (*scope.decorators, *scope.bases) if isinstance(value, External)}
        names |= {
            value.callee.name for value in scope.decorators if isinstance(value, Called) and isinstance(value.callee, External)
        }
        return any(
            name.rpartition(".")[2] in ("dataclass", "BaseModel", "BaseSettings", "NamedTuple", "define", "attrs", "s")
            for name in names
        )

    def parameter(self, path: str, binding: Binding, depth: int) -> list[Flow]:
        """A parameter: its default, and what the repository's own calls pass."""
        python = self.program.python(path)
        scope = python.scopes[binding.scope]
        sites = self.program.call_sites.get((path, binding.scope), ())
        names = [parameter.name for parameter in scope.parameters]
        position = names.index(binding.target) if binding.target in names else -1
        is_method = scope.parent >= 0 and python.scopes[scope.parent].kind == "class"
        default = [
            flow._replace(path=flow.path or path, line=flow.line or binding.line) for flow in self.flows(path, binding.value, depth)
        ]
        passed: list[Flow] = []
        unknown = 0
        for site in sites:
            argument = argument_for(site.use, binding.target, position - is_method)
            if argument is None:
                continue
            flows = self.flows(site.path, argument.value, depth)
            unknown += all(flow.text.endswith("()") for flow in flows)
            passed.extend(flow._replace(path=flow.path or site.path, line=flow.line or site.use.span.line) for flow in flows)
        is_open = unknown > 0 or any(flow.text.lower().startswith(OTHER_DEVICES) for flow in passed)
        kept = [flow._replace(overridable=True) for flow in default] if is_open or passed else default
        return [*kept, *(flow._replace(guarded=True) if is_open else flow for flow in passed)]

    def attribute(self, path: str, value: Local, depth: int) -> Iterable[Flow]:
        """`self.device`, `args.device`, `Config.device`, `model.device.type`."""
        if value.attributes[-1] in ("type", "index") and (
            len(value.attributes) > 1 or value.name not in self.vocabulary.option_holders
        ):
            return self.flows(path, Local(value.scope, value.name, value.attributes[:-1]), depth)
        python = self.program.python(path)
        dotted = ".".join((value.name, *value.attributes))
        found = list(self.all_bindings(path, self.program.bound(path, value.scope, dotted), depth))
        owner = class_of_self(python, value)
        if owner is None:
            owner_class = self.class_of(path, Local(value.scope, value.name))
            if owner_class is not None and len(value.attributes) == 1:
                found.extend(self.class_attribute(owner_class, value.attributes[0], depth))
        elif len(value.attributes) == 1:
            found.extend(self.class_attribute((path, owner), value.attributes[0], depth))
        if not found and (
            value.name in self.vocabulary.option_holders
            or value.attributes[0] in self.vocabulary.option_holders
            or len(value.attributes) == 1
        ):
            found.extend(self.option(value, depth))
        return found

    def option(self, value: Local, depth: int) -> Iterable[Flow]:
        """A command-line option of the repository by its name, on an object that is named as such objects are."""
        holder = value.attributes[-2] if len(value.attributes) > 1 else value.name
        if holder not in self.vocabulary.option_holders:
            return
        for option in self.program.options.get(value.attributes[-1], ()):
            if option.default is not None:
                for flow in self.flows(option.path, option.default, depth):
                    yield flow._replace(path=flow.path or option.path, line=flow.line or option.line, overridable=True)

    def class_of(self, path: str, value: Local) -> tuple[str, int] | None:
        """The class of the repository of which a variable is an instance, or that it names."""
        named = definition_of(self.program, path, value)
        if named is not None and self.program.python(named[0]).scopes[named[1]].kind == "class":
            return named
        for binding in self.program.bound(path, value.scope, value.name):
            if isinstance(binding.value, Called) and isinstance(binding.value.callee, Local | External):
                found = definition_of(self.program, path, binding.value.callee)
                if found is not None and self.program.python(found[0]).scopes[found[1]].kind == "class":
                    return found
        return None

    def class_attribute(self, owner: tuple[str, int], name: str, depth: int, levels: int = 4) -> list[Flow]:
        """What the methods and the body of a class, or of its bases, give to an attribute."""
        path, scope = owner
        python = self.program.python(path)
        flows = list(self.all_bindings(path, self.program.bound(path, scope, name), depth))
        for index in _methods(python.scopes, scope):
            method = python.scopes[index]
            first = method.parameters[0].name if method.parameters else ""
            if first:
                flows.extend(self.all_bindings(path, self.program.bound(path, index, f"{first}.{name}"), depth))
        if not flows and levels > 0:
            for base in python.scopes[scope].bases:
                found = definition_of(self.program, path, base)
                if found is not None and found != owner:
                    flows.extend(self.class_attribute(found, name, depth, levels - 1))
        return flows

    # ---- types -------------------------------------------------------------------------------------------------------

    def type_of(self, path: str, value: Value, depth: int = 6) -> str:
        """The dotted name of what made a value (`torch.cuda.Stream`), `<own>` for one of ours, or ""."""
        if depth <= 0:
            return ""
        if isinstance(value, Text | Formatted):
            return "builtins.str"
        if isinstance(value, Mapping):
            return "builtins.dict"
        if isinstance(value, Sequence):
            return "builtins.list"
        if isinstance(value, External):
            return self.outside_name(path, value.name)
        if isinstance(value, Called):
            return self.type_of_call(path, value, depth)
        if isinstance(value, Local):
            return self.type_of_local(path, value, depth)
        if isinstance(value, Choice):
            return next((found for option in value.options if (found := self.type_of(path, option, depth - 1))), "")
        if isinstance(value, Member):
            return self.type_of(path, value.owner, depth - 1)
        return ""

    def outside_name(self, path: str, name: str) -> str:
        """A dotted name as seen from outside: through re-exports of the repository; `<own>` if it is ours."""
        if name.partition(".")[0] not in self.program.modules.top_names:
            return name
        key = (path, name)
        if key not in self.outside_names:
            self.outside_names[key] = "<own>"  # the answer for names that lead back to themselves
            self.outside_names[key] = self.resolved_outside_name(path, name)
        return self.outside_names[key]

    def resolved_outside_name(self, path: str, name: str) -> str:
        """The answer of `outside_name` that is then remembered."""
        found = self.program.modules.split(name, path)
        if found is None:
            return name
        module, attributes = found
        leads_to = imported_path(self.program, module, attributes) if attributes else None
        return self.outside_name(module, leads_to) if leads_to and leads_to != name else "<own>"

    def type_of_call(self, path: str, value: Called, depth: int) -> str:
        """A constructor or factory; methods of a known object are taken to return the same kind of object."""
        callee = value.callee
        if isinstance(callee, External):
            return self.outside_name(path, callee.name)
        if isinstance(callee, Local) and not callee.attributes:
            found = definition_of(self.program, path, callee)
            if found is not None:
                if self.program.python(found[0]).scopes[found[1]].kind == "class":
                    return "<own>"
                for binding in self.program.bound(found[0], found[1], "return"):
                    if known := self.type_of(found[0], binding.value, depth - 1):
                        return known
            return ""
        if isinstance(callee, Local):
            return self.type_of(path, Local(callee.scope, callee.name, callee.attributes[:-1]), depth - 1)
        if isinstance(callee, Member):
            return self.type_of(path, callee.owner, depth - 1)
        return ""

    def type_of_local(self, path: str, value: Local, depth: int) -> str:
        """A variable by its bindings, a parameter by its annotation, an attribute of self by the class's methods."""
        if value.attributes:
            owner = class_of_self(self.program.python(path), value)
            bindings = list(self.program.bound(path, value.scope, ".".join((value.name, *value.attributes))))
            if owner is not None and len(value.attributes) == 1:
                for index in _methods(self.program.python(path).scopes, owner):
                    bindings.extend(self.program.bound(path, index, f"{value.name}.{value.attributes[0]}"))
            return self.first_type(path, bindings, depth)
        return self.first_type(path, self.program.bound(path, value.scope, value.name), depth)

    def first_type(self, path: str, bindings: Iterable[Binding], depth: int) -> str:
        """The type that the first telling binding gives."""
        for binding in bindings:
            if binding.kind == "parameter":
                scope = self.program.python(path).scopes[binding.scope]
                for parameter in scope.parameters:
                    if parameter.name == binding.target and isinstance(parameter.annotation, External):
                        return self.outside_name(path, parameter.annotation.name)
            elif binding.kind in ("assign", "with") and (found := self.type_of(path, binding.value, depth - 1)):
                return found
            elif binding.kind == "definition":
                return "<own>"
        return ""


def _methods(scopes: tuple[object, ...], owner: int) -> list[int]:
    return [
        index
        for index, scope in enumerate(scopes)
        if getattr(scope, "parent", -1) == owner and getattr(scope, "kind", "") == "function"
    ]


def imported_path(program: Program, module: str, attributes: tuple[str, ...]) -> str | None:
    """The dotted path that a name imported into a module of ours leads to."""
    for entry in program.python(module).imports:
        if entry.scope == MODULE_SCOPE and entry.alias == attributes[0] and entry.name != "*":
            head = f"{entry.module}.{entry.name}".strip(".") if entry.name else entry.alias
            return ".".join((head, *attributes[1:]))
    return None
