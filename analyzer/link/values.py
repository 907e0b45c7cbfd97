"""Follows values: which device strings, or imported names, an expression may stand for, and where they were written.

Demand-driven and tabled: a value is followed only when a rule asks for it, each (file, value) a bounded number of times,
so the cost grows with the number of values and not with the number of paths between them.
"""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.discover.kinds import is_test_path
from analyzer.link.guards import GuardReader
from analyzer.link.program import Program, bindings_of, class_of_self, definition_of
from analyzer.model.facts import (
    ELEMENT,
    MODULE_SCOPE,
    UNKNOWN,
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
    Unknown,
    Value,
)
from analyzer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

DEEPEST_FLOW = 64
"""How many values may lead on to each other before following gives up, and says so in the coverage."""
MOST_FLOWS = 24
MOST_ROUNDS = 4
MOST_STEPS = 6
NEVER = DEEPEST_FLOW + 1
_DEFAULT_GETTERS = frozenset({"os.environ.get", "os.getenv", "os.environ.setdefault", "builtins.getattr"})
_PASS_THROUGH = frozenset({"builtins.str", "torch.device", "str", "jax.devices", "jax.local_devices"})
_FOLLOWED_CALLS = _DEFAULT_GETTERS | _PASS_THROUGH
_GETTERS = (("get",), ("pop",), ("setdefault",))
_PROPERTIES = frozenset({"builtins.property", "functools.cached_property", "cached_property.cached_property"})
_NAMED_DEVICE = (("type",), ("device",))
_FOLLOWED = (*_NAMED_DEVICE, (ELEMENT,))
"""How the attributes end that are followed to what they belong to."""
OTHER_DEVICES = ("cpu", "mps", "xpu", "npu", "hpu", "xla", "meta", "auto", "tpu", "neuron")
OTHER_PRECISIONS = frozenset(
    {"torch.float32", "torch.float", "torch.bfloat16", "torch.float64", "float32", "fp32", "bf16", "bfloat16", "jax.numpy.bfloat16",
     "jax.numpy.float32", "tensorflow.float32", "tensorflow.bfloat16"}
)  # fmt: skip


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
    via: tuple[tuple[str, int], ...] = ()
    """The (path, line) of the bindings and calls that passed the text on, from its origin to its use."""


def _openness(flow: Flow) -> tuple[bool, bool, str, int, int, tuple[tuple[str, int], ...]]:
    """What to prefer: a value that nothing guards and nobody can override, and that came the shortest way."""
    return (flow.guarded, flow.overridable, flow.path, flow.line, len(flow.via), flow.via)


def is_other(text: str) -> bool:
    """Whether a text is a device or a precision that is not CUDA's: beside one, a value is a choice."""
    return text.lower().startswith(OTHER_DEVICES) or text in OTHER_PRECISIONS


def passed_on(flow: Flow, path: str, line: int) -> Flow:
    """A flow after a binding or call: its origin if it was a constant until now, a step on its way otherwise."""
    if not flow.line:
        return flow._replace(path=path, line=line)
    step = (path, line)
    if len(flow.via) >= MOST_STEPS or step in flow.via or step == (flow.path, flow.line):
        return flow
    return flow._replace(via=(*flow.via, step))


def attribute_of_class(scope: int, name: str) -> Local:
    """The value that an attribute has on instances of a class: asked once for the class, not in each of its methods."""
    return Local(scope, "", (name,))


Question: TypeAlias = tuple[str, Value]
"""What may this value of this file be?"""


class ValueFollower:
    """Answers what values may be. Holds only a memory of answers.

    The order of questions changes nothing but where the limits cut an answer short: see `forget_answers`.
    """

    def __init__(self, program: Program, guards: GuardReader) -> None:
        self.program = program
        self.guards = guards
        self.vocabulary = guards.vocabulary
        self.known: dict[Question, tuple[Flow, ...]] = {}
        self.known_classes: dict[tuple[str, Local, int], tuple[str, int] | None] = {}
        self.level = 0
        """How many questions are open."""
        self.unsettled: list[Question] = []
        """Open questions, and those whose answer waits for the end of a cycle, in the order in which they were asked."""
        self.entered: dict[Question, int] = {}
        """For those: the level of the outermost question that the answer depends on."""
        self.so_far: dict[Question, tuple[Flow, ...]] = {}
        self.lowest = NEVER
        """The outermost level met since the innermost open question was asked."""
        self.gave_up: set[str] = set()

    def forget_answers(self) -> None:
        """Begin with an empty memory, so that what was asked before changes nothing, limits or not."""
        self.known.clear()
        self.known_classes.clear()

    def flows(self, path: str, value: Value) -> tuple[Flow, ...]:
        """Every text that a value may be, sorted; empty where nothing is known."""
        at_once = self.flows_at_once(value)
        if at_once is not None:
            return at_once
        key = (path, value)
        known = self.known.get(key)
        return self.ask(key) if known is None else known

    def flows_at_once(self, value: Any) -> tuple[Flow, ...] | None:
        """The answer for values that lead nowhere else, which most do; None for those that must be followed."""
        kind = type(value)
        if kind is Text or kind is Constant:
            return (Flow(value.text, False, "", 0, False, False),)
        if kind is External:
            is_foreign = not self.program.modules.may_be_ours(value.name)
            return (Flow(value.name, False, "", 0, False, False),) if is_foreign else None
        if kind is Called:
            return self.called_outside(value)
        if kind is Formatted:
            return None if value.rest else (Flow(value.prefix, True, "", 0, False, False),)
        if kind is Member:
            return None if value.attributes[-1:] in _FOLLOWED else ()
        return () if kind is Unknown or kind is Mapping else None

    def called_outside(self, value: Called) -> tuple[Flow, ...] | None:
        """What most calls give, with nothing to follow: a name from outside, or nothing; None for all other calls."""
        callee = value.callee
        if type(callee) is External:
            is_plain = callee.name not in _FOLLOWED_CALLS and not self.program.modules.may_be_ours(callee.name)
            return (Flow(f"{callee.name}()", False, "", 0, False, False),) if is_plain else None
        return () if type(callee) is Member and callee.attributes[-1:] not in _GETTERS else None

    def ask(self, key: Question) -> tuple[Flow, ...]:
        """The answer to a question that is not answered for good.

        Values form cycles (`x = f(x)`). A question met again while it is open is answered with what is known so far; the
        outermost question of a cycle is asked again until its answer stands, and only then are the answers of the whole
        cycle kept. So each question is asked a bounded number of times, whatever the number of paths (the strongly
        connected components of Tarjan, SIAM J. Comput. 1972, over questions instead of vertices).
        """
        if key in self.entered:
            self.lowest = min(self.lowest, self.entered[key])
            return self.so_far[key]
        level = self.level
        if level >= DEEPEST_FLOW:
            self.gave_up.add(key[0])
            return ()
        self.level += 1
        outer, first = self.lowest, len(self.unsettled)
        self.unsettled.append(key)
        self.entered[key], self.so_far[key] = level, ()
        for _ in range(MOST_ROUNDS):
            self.lowest = NEVER
            found = self.bounded(key[0], self.follow(*key))
            stands = self.lowest != level or found == self.so_far[key]
            self.so_far[key] = found
            if stands:
                break
            self.forget(first + 1)
        self.level -= 1
        if self.lowest == NEVER and len(self.unsettled) == first + 1:  # no cycle, as for nearly all
            self.known[key] = found
            del self.entered[key], self.so_far[key], self.unsettled[first]
            self.lowest = outer
            return found
        if self.lowest < level:  # part of a cycle that an outer question leads
            self.entered[key] = self.lowest
            self.lowest = min(outer, self.lowest)
            return found
        self.known.update((settled, self.so_far[settled]) for settled in self.unsettled[first:])
        self.forget(first)
        self.lowest = outer
        return found

    def forget(self, first: int) -> None:
        """Drop the provisional answers to the questions from a place of the list on."""
        for key in self.unsettled[first:]:
            del self.entered[key], self.so_far[key]
        del self.unsettled[first:]

    def bounded(self, path: str, flows: Iterable[Flow]) -> tuple[Flow, ...]:
        """Flows sorted, each text once: the hardest case of it, and of equals the first place where it is written."""
        found = tuple(flows)
        if len(found) < 2:
            return found
        best: dict[tuple[str, bool], Flow] = {}
        for flow in found:
            known = best.get(flow[:2])
            if known is None or _openness(flow) < _openness(known):
                best[flow[:2]] = flow
        if len(best) > MOST_FLOWS:
            self.gave_up.add(path)
        return tuple(sorted(best.values())[:MOST_FLOWS])

    def follow(self, path: str, value: Value) -> Iterable[Flow]:
        """The flows of a value that is not a plain constant."""
        if isinstance(value, External):
            return self.external(path, value)
        if isinstance(value, Local):
            return self.local(path, value)
        if isinstance(value, Called):
            return self.called(path, value)
        if isinstance(value, Choice):
            return self.choice(path, value.options, value.test)
        if isinstance(value, Condition):
            return self.choice(path, value.operands, None) if value.operator == "or" else ()
        if isinstance(value, Item):
            return self.item(path, value)
        if isinstance(value, Sequence):
            return (flow for item in value.items for flow in self.flows(path, item))
        if isinstance(value, Member):
            return self.member(path, value)
        if isinstance(value, Formatted):
            return self.formatted(path, value)
        return ()

    # ---- each kind of value ------------------------------------------------------------------------------------------

    def external(self, path: str, value: External) -> Iterable[Flow]:
        """An imported name: a constant of another module of ours, or a name from outside."""
        found = self.program.modules.split(value.name, path)
        if found is None:
            return (Flow(value.name, False, "", 0, False, False),)
        module, attributes = found
        if not attributes:
            return ()
        self.program.require(path, value)
        if self.program.bound(module, MODULE_SCOPE, attributes[0]):
            return self.flows(module, Local(MODULE_SCOPE, attributes[0], attributes[1:]))
        leads_to = self.program.imported_path(module, attributes)
        return self.flows(module, External(leads_to)) if leads_to else ()

    def formatted(self, path: str, value: Formatted) -> Iterable[Flow]:
        """A text put together: whole where all of its parts are known, else its beginning."""
        found = [Flow(value.prefix, False, "", 0, False, False)]
        for part in value.rest:
            is_foreign = isinstance(part, External) and self.program.modules.split(part.name, path) is None
            parts = () if is_foreign else self.flows(path, part)
            if not parts or len(parts) * len(found) > MOST_FLOWS or any(flow.text.endswith("()") for flow in parts):
                return [flow._replace(is_prefix=True) for flow in found]
            found = [
                after._replace(text=before.text + after.text, guarded=before.guarded or after.guarded)
                for before in found
                for after in parts
            ]
            if any(flow.is_prefix for flow in found):
                break
        return found

    def choice(self, path: str, options: tuple[Value, ...], test: Value | None) -> Iterable[Flow]:
        """One of several: guarded where a check decides or where another device is among them."""
        flows = [flow for option in options for flow in self.flows(path, option)]
        has_other = any(is_other(flow.text) for flow in flows)
        checked = test is not None and bool(self.guards.test(path, test, 5))
        return (flow._replace(guarded=True) for flow in flows) if has_other or checked else flows

    def called(self, path: str, value: Called) -> Iterable[Flow]:
        """`torch.device(x)` and `str(x)` pass on; a getter has a default; a function of ours returns something."""
        arguments = {argument.label: argument.value for argument in value.arguments}
        if isinstance(value.callee, External):
            name = value.callee.name
            if name in _PASS_THROUGH:
                first = arguments.get("0", arguments.get("device", arguments.get("type")))
                return self.flows(path, first) if first is not None else ()
            if name in _DEFAULT_GETTERS:
                default = arguments.get("2" if name.endswith("getattr") else "1", arguments.get("default"))
                return self.overridable(path, default)
        if isinstance(value.callee, Local | Member) and value.callee.attributes[-1:] in _GETTERS:
            return self.overridable(path, arguments.get("1"))
        if isinstance(value.callee, Local | External):
            function = self.definition(path, value.callee)
            if function is not None:
                return self.returned(function)
        if isinstance(value.callee, External):
            return (Flow(f"{value.callee.name}()", False, "", 0, False, False),)
        return ()

    def overridable(self, path: str, default: Value | None) -> Iterable[Flow]:
        """The flows of a default that something outside the program can override."""
        flows = self.flows(path, default) if default is not None else ()
        return (flow._replace(overridable=True) for flow in flows)

    def definition(self, path: str, callee: Value) -> tuple[str, int] | None:
        """The function of the repository that a callee means, methods of `self` included."""
        self.program.require(path, callee)
        if isinstance(callee, Local) and len(callee.attributes) == 1:
            owner = class_of_self(self.program.python(path), callee)
            return definition_of(self.program, path, Local(owner, callee.attributes[0])) if owner is not None else None
        return definition_of(self.program, path, callee)

    def returned(self, function: tuple[str, int]) -> Iterable[Flow]:
        """What a function returns; several returns, of which one is another device, are a choice."""
        path, scope = function
        flows: list[Flow] = []
        for binding in self.program.bound(path, scope, "return"):
            flows.extend(self.bound_flows(path, binding))
        if any(is_other(flow.text) for flow in flows):
            return [flow._replace(guarded=True) for flow in flows]
        return flows

    def item(self, path: str, value: Item) -> Iterable[Flow]:
        """`config["device"]`, where the dictionary is known."""
        if isinstance(value.owner, Local) and not value.owner.attributes:
            for binding in self.program.bound(path, value.owner.scope, f"{value.owner.name}[{value.key}]"):
                yield from self.bound_flows(path, binding)
        for mapping in self.mappings(path, value.owner):
            for key, item in mapping.items:
                if key == value.key:
                    yield from self.flows(path, item)
        if value.key.isdigit():
            for sequence in self.sequences(path, value.owner):
                place = int(value.key) if int(value.key) < len(sequence.items) else 0
                yield from self.flows(path, sequence.items[place]) if sequence.items else ()

    def sequences(self, path: str, value: Value) -> Iterable[Sequence]:
        """The list displays and comprehensions that a value may be, in this file."""
        if isinstance(value, Sequence):
            yield value
        elif isinstance(value, Local) and not value.attributes:
            for binding in self.program.bound(path, value.scope, value.name):
                if isinstance(binding.value, Sequence):
                    yield binding.value

    def mappings(self, path: str, value: Value) -> Iterable[Mapping]:
        """The dictionary displays that a value may be, in this file."""
        if isinstance(value, Mapping):
            yield value
        elif isinstance(value, Local) and not value.attributes:
            for binding in self.program.bound(path, value.scope, value.name):
                if isinstance(binding.value, Mapping):
                    yield binding.value

    def member(self, path: str, value: Member) -> Iterable[Flow]:
        """`torch.device("cuda").type`, `make().device`."""
        if value.attributes[-1:] in _NAMED_DEVICE:
            return self.flows(path, value.owner)
        if value.attributes == (ELEMENT,):
            items = [item for sequence in self.sequences(path, value.owner) for item in sequence.items]
            return self.choice(path, tuple(items), None)
        return ()

    # ---- names -------------------------------------------------------------------------------------------------------

    def local(self, path: str, value: Local) -> Iterable[Flow]:
        """A variable, a parameter, or an attribute of either."""
        if value.attributes and not value.name:
            return self.class_attribute(path, value.scope, value.attributes[0])
        if value.attributes:
            return self.attribute(path, value)
        bindings = self.program.bound(path, value.scope, value.name)
        return self.all_bindings(path, bindings)

    def all_bindings(self, path: str, bindings: tuple[Binding, ...]) -> list[Flow]:
        """The flows of a name that is bound in several places."""
        flows = [flow for binding in bindings for flow in self.bound_flows(path, binding)]
        if any(is_other(flow.text) for flow in flows):
            flows = [flow._replace(guarded=True) for flow in flows]
        return flows

    def bound_flows(self, path: str, binding: Binding) -> Iterable[Flow]:
        """The flows of one binding, with its line as their origin."""
        if binding.kind in ("definition", "import", "delete", "with", "annotation", "extend"):
            return ()
        if binding.kind == "parameter":
            return self.parameter(path, binding)
        found = self.flows(path, binding.value)
        if not found:
            return ()
        guarded = self.guards.guarding(path, binding.guard).has_other_way
        python = self.program.python(path)
        may_change = python.global_names_may_change and binding.scope == MODULE_SCOPE
        is_field = self.is_field(path, binding)
        return [
            passed_on(flow, path, binding.line)._replace(
                overridable=flow.overridable or may_change or is_field, guarded=flow.guarded or guarded
            )
            for flow in found
        ]

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

    def parameter(self, path: str, binding: Binding) -> list[Flow]:
        """A parameter: its default, and what the repository's own calls pass."""
        sites = self.program.call_sites.get((path, binding.scope), ())
        if not is_test_path(path):  # what tests pass says nothing of who else calls
            sites = tuple(site for site in sites if not is_test_path(site.path))
        default = [passed_on(flow, path, binding.line) for flow in self.flows(path, binding.value)]
        passed: list[Flow] = []
        unknown = 0
        for site in sites:
            argument = self.program.argument_of(path, binding, site.use)
            if argument is None:
                continue
            flows = self.flows(site.path, argument.value)
            unknown += all(flow.text.endswith("()") for flow in flows)
            passed.extend(passed_on(flow, site.path, site.use.span.line) for flow in flows)
        is_open = unknown > 0 or (path, binding.scope) in self.guards.handed_out or any(is_other(flow.text) for flow in passed)
        kept = [flow._replace(overridable=True) for flow in default] if is_open or passed else default
        return [*kept, *(flow._replace(guarded=True) if is_open else flow for flow in passed)]

    def attribute(self, path: str, value: Local) -> Iterable[Flow]:
        """`self.device`, `args.device`, `Config.device`, `model.device.type`."""
        if value.attributes[-1] in ("type", "index") and (
            len(value.attributes) > 1 or value.name not in self.vocabulary.option_holders
        ):
            return self.flows(path, Local(value.scope, value.name, value.attributes[:-1]))
        python = self.program.python(path)
        dotted = ".".join((value.name, *value.attributes))
        found = list(self.all_bindings(path, self.program.bound(path, value.scope, dotted)))
        owner = class_of_self(python, value)
        if owner is not None and len(value.attributes) == 1:
            found.extend(self.flows(path, attribute_of_class(owner, value.attributes[0])))
        else:
            owner_class = self.class_of(path, Local(value.scope, value.name, value.attributes[:-1]))
            if owner_class is not None:
                found.extend(self.flows(owner_class[0], attribute_of_class(owner_class[1], value.attributes[-1])))
        if not found:
            found.extend(self.option(path, value))
        return found

    def option(self, path: str, value: Local) -> Iterable[Flow]:
        """A command-line option by its name, on an object that is named as such objects are: of this file, else of any."""
        if not self.vocabulary.option_holders.intersection((value.name, *value.attributes[:-1])):
            return
        named = self.program.options.get(value.attributes[-1], ())
        own = tuple(option for option in named if option.path == path)
        for option in own or named:
            if option.default is not None:
                for flow in self.flows(option.path, option.default):
                    yield passed_on(flow, option.path, option.line)._replace(overridable=True)

    def class_of(self, path: str, value: Local, levels: int = 4) -> tuple[str, int] | None:
        """The class of the repository of which a variable or attribute is an instance, or that it names."""
        if levels <= 0:
            return None
        key = (path, value, levels)
        if key not in self.known_classes:
            named = self.class_named(path, value) if not value.attributes else None
            given = (self.class_given(path, binding, levels - 1) for binding in bindings_of(self.program, path, value))
            self.known_classes[key] = named or next((found for found in given if found is not None), None)
        return self.known_classes[key]

    def class_given(self, path: str, binding: Binding, levels: int) -> tuple[str, int] | None:
        """The class of which a binding gives an instance: by annotation, by a call of it, or through another name."""
        if binding.kind in ("parameter", "annotation"):
            named = self.annotation_of(path, binding) if binding.kind == "parameter" else binding.value
            return self.class_named(path, named)
        if isinstance(binding.value, Called):
            return self.class_named(path, binding.value.callee)
        if binding.kind == "assign" and isinstance(binding.value, Local):
            return self.class_of(path, binding.value, levels)
        return None

    def class_named(self, path: str, value: Value) -> tuple[str, int] | None:
        """The class of the repository that a name means."""
        found = definition_of(self.program, path, value)
        return found if found is not None and self.program.python(found[0]).scopes[found[1]].kind == "class" else None

    def annotation_of(self, path: str, binding: Binding) -> Value:
        """What the annotation of a parameter names."""
        parameters = self.program.python(path).scopes[binding.scope].parameters
        return next((p.annotation for p in parameters if p.name == binding.target), UNKNOWN)

    def class_attribute(self, path: str, scope: int, name: str) -> list[Flow]:
        """What the methods and the body of a class, or else of its bases, give to an attribute."""
        python = self.program.python(path)
        own = self.program.bound(path, scope, name)
        flows = [*self.all_bindings(path, own), *self.property_flows(path, own)]
        for index in self.program.methods.get((path, scope), ()):
            method = python.scopes[index]
            first = method.parameters[0].name if method.parameters else ""
            if first:
                flows.extend(self.all_bindings(path, self.program.bound(path, index, f"{first}.{name}")))
        if not flows:
            for base in python.scopes[scope].bases:
                self.program.require(path, base)
                found = definition_of(self.program, path, base)
                if found is not None:
                    flows.extend(self.flows(found[0], attribute_of_class(found[1], name)))
        return flows

    def property_flows(self, path: str, bindings: Iterable[Binding]) -> Iterable[Flow]:
        """What the properties among the members of a class return."""
        for binding in bindings:
            if binding.kind == "definition" and isinstance(binding.value, Local):
                decorators = self.program.python(path).scopes[binding.value.scope].decorators
                if any(isinstance(value, External) and value.name in _PROPERTIES for value in decorators):
                    yield from self.returned((path, binding.value.scope))
