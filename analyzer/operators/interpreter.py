"""Walks a model's forward pass as an exporter would: which code is reached, with which values, and what stops it there."""

from __future__ import annotations

import bisect
from typing import NamedTuple

from analyzer.link.program import Program, class_of_self
from analyzer.model.facts import (
    ELEMENT,
    NO_GUARD,
    Argument,
    Binding,
    Called,
    Choice,
    Condition,
    Constant,
    External,
    Formatted,
    Guard,
    Item,
    Local,
    Mapping,
    Member,
    Sequence,
    Text,
    Use,
    Value,
)
from analyzer.operators.abstract import (
    CHOICE,
    FALSE,
    NONE,
    SCALAR,
    STATIC,
    TENSOR,
    TRUE,
    UNKNOWN,
    UNSURE,
    Abstract,
    ClassPlace,
    Finding,
    join,
    truth,
)
from analyzer.operators.classes import Classes, constant, function_around
from analyzer.operators.knowledge import Against, Knowledge
from analyzer.operators.surface import MAKERS, STATIC_ATTRIBUTES, TENSOR_ONLY_METHODS, attribute, method_call, outside_call

DEEPEST_CALL = 24
DEEPEST_VALUE = 14
MOST_FINDINGS = 24
MOST_FRAMES = 3000
"""Functions walked for one entry point; a model that leads on further is said to be known in part."""
ONE_OF_MANY = frozenset({"library-operator"})
"""Rules about layers of which models with alternatives nearly always have some."""
MOST_ADDED = 12
OPERATOR_PACKAGES = ("torch.", "einops.", "torchvision.ops.", "torchaudio.", "jax.", "tensorflow.")
EMPTY = Sequence(())
HALF_TYPES = ("torch.float16", "torch.bfloat16", "torch.half")
MOST_FIELDS = 6
"""Elements up to which a tuple is told apart when it is passed on."""
TENSOR_ANNOTATIONS = frozenset({"Tensor", "FloatTensor", "LongTensor", "BoolTensor", "IntTensor"})


class Frame(NamedTuple):
    """A function being walked: whose method, with which arguments."""

    path: str
    scope: int
    owner: ClassPlace | None
    """The class of the instance, which may inherit the method."""
    arguments: tuple[tuple[str, Abstract], ...]


class Outcome(NamedTuple):
    """What walking a function tells."""

    findings: tuple[Finding, ...]
    returns: Abstract


NOTHING = Outcome((), UNKNOWN)


class Interpreter:
    """One for a whole repository: what a function does with certain arguments is worked out once."""

    def __init__(self, program: Program, knowledge: Knowledge) -> None:
        self.program = program
        self.classes = Classes(program)
        self.knowledge = knowledge
        self.known: dict[Frame, Outcome] = {}
        self.open: set[Frame] = set()
        self.attributes: dict[tuple[ClassPlace, str], Abstract] = {}
        self.buffers: dict[ClassPlace, frozenset[str]] = {}
        self.guard_lines: dict[str, tuple[list[int], list[int]]] = {}
        self.used: dict[str, set[tuple[str, int]]] = {}
        """Operators that reached code uses, with their places."""
        self.frames = 0

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
        outcome = Outcome(walker.findings(), walker.returned())
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
            value = passed.get(parameter.name)
            if value is None:
                value = self.default(function, owner, parameter.default, parameter.name, is_open)
            if value.kind == "unknown" and is_tensor_annotation(parameter.annotation):
                value = TENSOR
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
            found = set()
            for path, scope in self.classes.ancestors(place):
                for function in self.program.methods.get((path, scope), ()):
                    for use in self.classes.uses(path).get(function, ()):
                        is_buffer = isinstance(use.target, Local) and use.target.attributes == ("register_buffer",)
                        if is_buffer and use.arguments and isinstance(use.arguments[0].value, Text):
                            found.add(use.arguments[0].value.text)
            self.buffers[place] = frozenset(found)
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


class Walker:
    """The values of one function call."""

    def __init__(self, interpreter: Interpreter, frame: Frame, depth: int) -> None:
        self.interpreter = interpreter
        self.program = interpreter.program
        self.classes = interpreter.classes
        self.frame = frame
        self.path = frame.path
        self.depth = depth
        self.python = self.program.python(frame.path)
        self.scope = self.python.scopes[frame.scope]
        self.arguments = dict(frame.arguments)
        self.truths: dict[int, bool | None] = {}
        self.found: dict[Finding, None] = {}
        self.guard_now = NO_GUARD
        self.line_now = self.scope.span.line
        self.busy: set[tuple[int, str, int]] = set()

    def kept(self, binding: Binding) -> Abstract:
        """What an attribute of an instance gets; a tensor made on the way is one like any other once it is kept."""
        value = binding.value
        if isinstance(value, Called) and isinstance(value.callee, External) and value.callee.name in MAKERS:
            return TENSOR
        return self.value(value, binding.line, 0) if binding.kind != "for" else UNKNOWN

    # ---- what stops an exporter --------------------------------------------------------------------------------------

    def findings(self) -> tuple[Finding, ...]:
        """Everything in the function, and in what it calls, that stops an exporter."""
        self.check_decorators()
        seen: set[int] = set()
        last = self.scope.last_line or self.scope.span.line
        for _, guard in self.interpreter.guards_between(self.path, self.scope.span.line, last):
            if guard.kind in ("if", "else") and guard.line not in seen:
                seen.add(guard.line)
                self.check_branch(guard)
        self.check_changes()
        for use in self.classes.uses(self.path).get(self.frame.scope, ()):
            if use.kind == "call" and self.guard_truth(use.guard) is not False:
                self.check_call(use)
        return tuple(self.found)[:MOST_FINDINGS]

    def note(self, rule_id: str, operator: str, line: int, message: str, guard: int, is_sure: bool = True) -> None:
        """Something that stops an exporter; certain where the code before it surely leads there."""
        certain = is_sure and self.guard_truth(guard) is True
        self.found.setdefault(Finding(rule_id, operator, self.path, line, message, certain), None)

    def check_decorators(self) -> None:
        """Decorators of the function, and of the class whose method it is, that put something else in its place."""
        places = [(self.path, self.scope)]
        if self.frame.owner is not None:
            places.append((self.frame.owner[0], self.classes.scope(self.frame.owner)))
        for path, scope in places:
            for mark in scope.decorators:
                callee = mark.callee if isinstance(mark, Called) else mark
                if isinstance(callee, External):
                    for item in self.interpreter.knowledge.against(callee.name, ()):
                        found = Finding(item.rule_id, item.operator, path, scope.span.line, item.message, True, item.targets)
                        self.found.setdefault(found, None)

    def check_branch(self, guard: Guard) -> None:
        """A condition that depends on the value of a tensor."""
        if self.guard_truth(guard.parent) is False:
            return
        found = self.value(guard.test, guard.line, 0)
        if truth(found) == "data":
            message = "A branch depends on the value of a tensor: use torch.where or torch.cond"
            self.note("branch-on-tensor-value", "", guard.line, message, guard.parent, found != UNSURE)

    def check_changes(self) -> None:
        """A module that is moved or cast while the model runs."""
        for binding in self.classes.changes(self.path).get(self.frame.scope, ()):
            value = binding.value
            callee = value.callee if isinstance(value, Called) else None
            is_same = isinstance(callee, Local) and ".".join((callee.name, *callee.attributes[:-1])) == binding.target
            if is_same and isinstance(callee, Local) and callee.attributes[-1] in ("to", "half", "float", "double", "cuda", "cpu"):
                owner = self.value(callee._replace(attributes=callee.attributes[:-1]), binding.line, 0)
                if owner.kind in ("module", "layer", "container"):
                    message = "A module is cast or moved while the model runs: do it before exporting"
                    self.note("module-changed-in-forward", "", binding.line, message, binding.guard)

    def check_call(self, use: Use) -> None:
        """A call: of something that has no place in an exported graph, or of code of ours that is walked in turn."""
        line = use.span.line
        outcome = self.called(use.target, use.arguments, line, 0)
        certain = self.guard_truth(use.guard) is True
        for finding in outcome.findings[:MOST_FINDINGS]:
            self.found.setdefault(finding if certain else finding._replace(is_certain=False), None)
        if use.is_required and truth(outcome.returns) == "data" and not self.is_test(use):
            message = "An assertion depends on the value of a tensor: leave it out, or use torch._check"
            self.note("branch-on-tensor-value", "", line, message, use.guard, outcome.returns != UNSURE)
        self.check_operator(use, line)

    def is_test(self, use: Use) -> bool:
        """Whether a call stands in a condition that is looked at as such."""
        last = use.span.line
        return any(guard.line == last for _, guard in self.interpreter.guards_between(self.path, last, last))

    def check_operator(self, use: Use, line: int) -> None:
        """What the tables say against a call; where it is an operator, that it is used."""
        name = self.outside_name(use.target, line)
        if not name:
            return
        if name.startswith(OPERATOR_PACKAGES):
            self.interpreter.used.setdefault(name, set()).add((self.path, line))
        for item in self.interpreter.knowledge.against(name, use.arguments):
            self.note_against(item, line, use.guard)

    def note_against(self, item: Against, line: int, guard: int) -> None:
        """Something that the tables say, as a finding."""
        certain = self.guard_truth(guard) is True
        self.found.setdefault(Finding(item.rule_id, item.operator, self.path, line, item.message, certain, item.targets), None)

    def outside_name(self, target: Value, line: int) -> str:
        """The dotted outside name that a callee means: a function, or a method of a tensor."""
        if isinstance(target, External):
            return target.name
        if isinstance(target, Local) and target.attributes:
            owner = self.value(target._replace(attributes=target.attributes[:-1]), line, 1)
            return f"torch.Tensor.{target.attributes[-1]}" if owner.kind == "tensor" else ""
        if isinstance(target, Member) and target.attributes:
            inner = target.owner if len(target.attributes) == 1 else target._replace(attributes=target.attributes[:-1])
            owner = self.value(inner, line, 1)
            return f"torch.Tensor.{target.attributes[-1]}" if owner.kind == "tensor" else ""
        return ""

    def returned(self) -> Abstract:
        """What the function gives back."""
        values = []
        for binding in self.program.bound(self.path, self.frame.scope, "return"):
            runs = self.guard_truth(binding.guard)
            if runs is not False:
                value = self.value(binding.value, binding.line, 0)
                values.append(value if runs else without_objects(value))
        return join(values) if values else NONE

    # ---- conditions --------------------------------------------------------------------------------------------------

    def guard_truth(self, index: int) -> bool | None:
        """Whether the code under a guard runs."""
        if index == NO_GUARD:
            return True
        if index not in self.truths:
            self.truths[index] = None
            self.truths[index] = self.find_guard_truth(index)
        return self.truths[index]

    def find_guard_truth(self, index: int) -> bool | None:
        """The answer of `guard_truth` that is then remembered."""
        guard = self.python.guards[index]
        outer = self.guard_truth(guard.parent)
        if outer is False or guard.kind in ("except", "except-import", "type-checking"):
            return False
        if guard.kind not in ("if", "else"):
            return outer
        own = truth(self.value(guard.test, guard.line, 0))
        if own == "data" or own is None:
            return None
        return outer if own == (guard.kind == "if") else False

    # ---- values ------------------------------------------------------------------------------------------------------

    def value(self, value: Value, line: int, depth: int) -> Abstract:
        """What an expression is at a line of the function."""
        if depth > DEEPEST_VALUE:
            return UNKNOWN
        if depth == 0:
            self.line_now = line
        if isinstance(value, Text | Constant):
            return constant(value) or STATIC
        if isinstance(value, Formatted):
            return STATIC
        if isinstance(value, Local):
            return self.local(value, line, depth + 1)
        if isinstance(value, External):
            return self.external(value)
        if isinstance(value, Called):
            return self.called(value.callee, value.arguments, line, depth + 1).returns
        if isinstance(value, Member | Item):
            names = value.attributes if isinstance(value, Member) else (value.key,)
            return self.attributes(self.value(value.owner, line, depth + 1), names, depth + 1)
        if isinstance(value, Condition):
            return self.condition(value, line, depth + 1)
        if isinstance(value, Choice):
            chosen = truth(self.value(value.test, line, depth + 1)) if value.test is not None else None
            if chosen == "data":
                self.note("branch-on-tensor-value", "", line, "A branch depends on the value of a tensor", NO_GUARD)
            if isinstance(chosen, bool) and len(value.options) == 2:
                return self.value(value.options[0 if chosen else 1], line, depth + 1)
            return join([self.value(option, line, depth + 1) for option in value.options])
        if isinstance(value, Sequence):
            return Abstract(
                "record", None, tuple((str(i), self.value(item, line, depth + 1)) for i, item in enumerate(value.items))
            )
        if isinstance(value, Mapping):
            return Abstract("record", None, tuple((key, self.value(item, line, depth + 1)) for key, item in value.items))
        return UNKNOWN

    def external(self, value: External) -> Abstract:
        """An imported name: a constant or class of ours, or something from outside."""
        if value.name in HALF_TYPES:
            return Abstract("const", value.name)
        if value.name.startswith("torch.") and value.name.count(".") == 1:
            return STATIC
        return UNKNOWN

    def local(self, value: Local, line: int, depth: int) -> Abstract:
        """A name of this function, of its class, or of the module."""
        owner = self.frame.owner
        if (
            owner is not None
            and value.attributes
            and class_of_self(self.python, Local(function_around(self.python.scopes, value.scope), value.name)) is not None
        ):
            first = self.interpreter.attribute_of(owner, value.attributes[0], self.depth)
            return self.attributes(first, value.attributes[1:], depth)
        return self.attributes(self.name(value.scope, value.name, line, depth), value.attributes, depth)

    def name(self, scope: int, name: str, line: int, depth: int) -> Abstract:
        """What a name stands for at a line: its last binding before that is sure to run, and those after it that may."""
        key = (scope, name, line)
        if key in self.busy:
            return UNKNOWN
        self.busy.add(key)
        values: list[Abstract] = []
        added: list[tuple[str, Abstract]] = []
        bindings = self.program.bound(self.path, scope, name)
        is_inner = self.python.scopes[scope].kind in ("comprehension", "lambda")
        for binding in reversed(bindings):
            if (binding.line > line and not is_inner) or (binding.kind == "annotation" and len(bindings) > 1):
                continue
            runs = True if binding.kind == "parameter" else self.guard_truth(binding.guard)
            if runs is False or (
                binding.line == line and binding.kind in ("assign", "extend") and len(bindings) > 1 and binding is not bindings[0]
            ):
                continue
            if binding.kind == "extend":  # what is added to a list is in it; to anything else it changes little
                if isinstance(binding.value, Sequence) and len(added) < MOST_ADDED:
                    added.extend(self.value(binding.value, binding.line, depth + 1).fields)
                continue
            values.append(self.bound(binding, depth))
            if runs:
                break
        self.busy.discard(key)
        found = join(values) if values else UNKNOWN
        return found._replace(fields=(*found.fields, *added)) if added and found.kind == "record" else found

    def bound(self, binding: Binding, depth: int) -> Abstract:
        """What one binding gives."""
        if binding.kind == "parameter":
            known = self.arguments.get(binding.target)
            if known is not None:
                return known
            parameters = self.python.scopes[binding.scope].parameters
            parameter = next((item for item in parameters if item.name == binding.target), None)
            if parameter is None:
                return UNKNOWN
            if binding.target == "config" and self.frame.owner is not None:
                return self.interpreter.attribute_of(self.frame.owner, "config", self.depth)
            return TENSOR if is_tensor_annotation(parameter.annotation) else UNKNOWN
        if binding.kind == "definition" and isinstance(binding.value, Local):
            return Abstract("function", None, (), (self.path, binding.value.scope))
        if binding.kind in ("assign", "for", "with"):
            outer, self.guard_now = self.guard_now, binding.guard
            found = self.value(binding.value, binding.line, depth + 1)
            self.guard_now = outer
            return self.filled(binding, depth) if binding.value == EMPTY else found
        return UNKNOWN

    def filled(self, binding: Binding, depth: int) -> Abstract:
        """A list that starts empty, with what is appended to it."""
        uses = self.classes.appended(self.path, function_around(self.python.scopes, binding.scope), binding.target)
        added = [
            self.value(use.arguments[0].value, use.span.line, depth + 1)
            for use in uses[:4]
            if self.guard_truth(use.guard) is not False
        ]
        return Abstract("record", None, tuple((f"#{index}", value) for index, value in enumerate(dict.fromkeys(added))))

    def attributes(self, owner: Abstract, names: tuple[str, ...], depth: int) -> Abstract:
        """Attributes, one after the other."""
        for name in names:
            owner = self.attribute(owner, name, depth)
        return owner

    def attribute(self, owner: Abstract, name: str, depth: int) -> Abstract:
        """One attribute, or an element."""
        if owner.kind == "record":
            found = owner.field(name)
            if found is None and name == ELEMENT:
                return element_of(owner)
            return found if found is not None else UNKNOWN
        if owner.kind == "container":
            return owner.field(name) or owner  # any of its modules, or a part of it
        if owner.kind == "config" and owner.where is not None:
            return self.setting(owner.where, name)
        if owner.kind == "module" and owner.where is not None:
            return self.interpreter.attribute_of(owner.where, name, self.depth) if depth < DEEPEST_VALUE else UNKNOWN
        if owner.kind == "unknown" and self.interpreter.knowledge.is_cache_attribute(name):
            return Abstract("object", True, (), (self.path, self.line_now))
        return attribute(owner, name)

    def setting(self, config: ClassPlace, name: str) -> Abstract:
        """A setting at its default; unknown where this file gives it another value."""
        default = self.classes.config_default(config, name)
        if default is None:
            return UNKNOWN
        is_changed = any(target.endswith(f"config.{name}") for _, target in self.program.bindings[self.path])
        return UNKNOWN if is_changed else default

    def condition(self, value: Condition, line: int, depth: int) -> Abstract:
        """A condition, or arithmetic."""
        if value.operator in ("and", "or"):
            return self.boolean(value, line, depth)
        operands = [self.value(operand, line, depth) for operand in value.operands]
        if value.operator == "not":
            known = truth(operands[0])
            return SCALAR if known == "data" else UNKNOWN if known is None else FALSE if known else TRUE
        if value.operator in ("is", "is not") and len(operands) == 2:
            return identity(operands[0], operands[1], value.operator == "is")
        kinds = {operand.kind for operand in operands}
        if "scalar" in kinds and value.operator not in ("in", "not in"):
            return next(operand for operand in operands if operand.kind == "scalar")
        if value.operator == "+" and all(operand == FALSE for operand in operands):
            return FALSE
        if "tensor" in kinds and value.operator not in ("in", "not in"):
            return TENSOR
        if value.operator in ("==", "!=") and any(operand.const in HALF_TYPES for operand in operands if operand.kind == "const"):
            return FALSE if value.operator == "==" else TRUE  # models are exported in float32 unless somebody says otherwise
        if kinds == {"const"} and value.operator in ("==", "!="):
            return TRUE if (operands[0].const == operands[1].const) == (value.operator == "==") else FALSE
        return STATIC if kinds <= {"const", "static"} else UNKNOWN

    def boolean(self, value: Condition, line: int, depth: int) -> Abstract:
        """`and` and `or`, which leave the rest alone where the first decides."""
        decides = value.operator == "or"
        is_open = False
        last = UNKNOWN
        for operand in value.operands:
            last = self.value(operand, line, depth)
            known = truth(last)
            if known == "data":
                return SCALAR
            if known is decides:
                return last if not is_open else UNKNOWN
            is_open = is_open or known is None
        return UNKNOWN if is_open else last

    # ---- calls -------------------------------------------------------------------------------------------------------

    def called(self, callee: Value, given: tuple[Argument, ...], line: int, depth: int) -> Outcome:
        """The outcome of a call."""
        if depth > DEEPEST_VALUE:
            return NOTHING
        values = [self.value(argument.value, line, depth + 1) for argument in given]
        inner = self.depth + 1
        if isinstance(callee, External | Local) and not (isinstance(callee, Local) and callee.attributes):
            target = self.classes.resolve(self.path, callee)
            if target is not None:
                return self.called_ours(target, given, values, line)
        if isinstance(callee, Local) and not callee.attributes:
            names = [
                item.value.name
                for item in self.program.bound(self.path, callee.scope, callee.name)
                if isinstance(item.value, External)
            ]
            callee = External(names[0]) if len(names) == 1 else callee
        if isinstance(callee, External):
            return self.called_outside(callee.name, given, values, line)
        owner, name = self.split(callee, line, depth)
        if name and isinstance(callee, Local) and owner.kind == "self" and self.frame.owner is not None:
            function = self.classes.method(self.frame.owner, name)
            if function is not None:
                return self.interpreter.call(function, self.frame.owner, given, values, inner)
            owner, name = self.interpreter.attribute_of(self.frame.owner, name, self.depth), ""
        if not name:
            self.check_layers(owner, line)
            return self.called_value(owner, given, values)
        if owner.kind == "module" and owner.where is not None:
            function = self.classes.method(owner.where, name)
            if function is not None:
                return self.interpreter.call(function, owner.where, given, values, inner)
            return self.called_value(self.interpreter.attribute_of(owner.where, name, self.depth), given, values)
        if owner.kind == "super" and self.frame.owner is not None:
            return self.called_super(name, given, values)
        if owner.kind == "unknown" and name in TENSOR_ONLY_METHODS:
            return Outcome((), UNSURE)
        if owner.kind == "record" and name in ("get", "pop") and given and isinstance(given[0].value, Text):
            return Outcome((), owner.field(given[0].value.text) or UNKNOWN)
        return Outcome((), method_call(owner, name, values))

    def split(self, callee: Value, line: int, depth: int) -> tuple[Abstract, str]:
        """The owner and the name of a method; the value itself and "" for anything else that is called."""
        if isinstance(callee, Local) and callee.attributes:
            around = function_around(self.python.scopes, callee.scope)
            is_self = class_of_self(self.python, Local(around, callee.name)) is not None
            if is_self and len(callee.attributes) == 1:
                return Abstract("self"), callee.attributes[0]
            return self.value(callee._replace(attributes=callee.attributes[:-1]), line, depth + 1), callee.attributes[-1]
        if isinstance(callee, Member) and callee.attributes:
            if (
                isinstance(callee.owner, Called)
                and isinstance(callee.owner.callee, External)
                and callee.owner.callee.name == "builtins.super"
            ):
                return Abstract("super"), callee.attributes[-1]
            if callee.attributes[-1] == ELEMENT:
                return self.value(callee, line, depth + 1), ""
            inner = callee.owner if len(callee.attributes) == 1 else callee._replace(attributes=callee.attributes[:-1])
            return self.value(inner, line, depth + 1), callee.attributes[-1]
        return self.value(callee, line, depth + 1), ""

    def called_super(self, name: str, given: tuple[Argument, ...], values: list[Abstract]) -> Outcome:
        """A method of the next class of the line."""
        own = (self.path, self.scope.parent)
        assert self.frame.owner is not None
        function = self.classes.after(self.frame.owner, own, name)
        return self.interpreter.call(function, self.frame.owner, given, values, self.depth + 1) if function else NOTHING

    def called_value(self, owner: Abstract, given: tuple[Argument, ...], values: list[Abstract]) -> Outcome:
        """A call of an object: a module, all modules of a container, a function passed around."""
        inner = self.depth + 1
        if owner.kind == "module" and owner.where is not None:
            name = "forward" if self.classes.method(owner.where, "forward") else "__call__"
            return self.interpreter.call_method(owner.where, name, given, values, inner)
        if owner.kind == "function" and owner.where is not None:
            return self.interpreter.call(owner.where, None, given, values, inner)
        if owner.kind == "container":
            outcomes = [self.called_value(value, given, values) for _, value in owner.fields]
            found = tuple(finding for outcome in outcomes for finding in outcome.findings)
            if owner.const == CHOICE:
                found = tuple(item if item.rule_id in ONE_OF_MANY else item._replace(is_certain=False) for item in found)
            return Outcome(found, join([outcome.returns for outcome in outcomes]))
        return Outcome((), TENSOR if owner.kind == "layer" else UNKNOWN)

    def check_layers(self, owner: Abstract, line: int) -> None:
        """Layers of torch that are called and that the tables speak against."""
        if owner.kind == "layer":
            self.interpreter.used.setdefault(str(owner.const), set()).add((self.path, line))
            for item in self.interpreter.knowledge.against(str(owner.const), ()):
                self.note_against(item, line, self.guard_now)
        elif owner.kind == "container" and owner.const != CHOICE:
            for _, value in owner.fields:
                self.check_layers(value, line)

    def called_ours(self, target: tuple[str, int], given: tuple[Argument, ...], values: list[Abstract], line: int) -> Outcome:
        """A call of a function or class of the repository."""
        scope = self.classes.scope(target)
        if scope.kind == "function":
            return self.interpreter.call(target, None, given, values, self.depth + 1)
        if scope.kind != "class":
            return NOTHING
        if self.classes.is_module(target):
            return Outcome((), Abstract("module", None, (), target))
        fields = tuple((argument.label, value) for argument, value in zip(given, values, strict=False))
        if self.classes.is_opaque(target):
            is_cache = "cache" in scope.qualified_name.lower() or any(
                "cache" in self.classes.scope(a).qualified_name.lower() for a in self.classes.ancestors(target)
            )
            return Outcome((), Abstract("object", is_cache, (), (self.path, line)))
        return Outcome((), Abstract("record", None, fields, target))

    def instance(self, value: Abstract, kind: Value) -> Abstract:
        """`isinstance`, as far as it is known."""
        names = {item.name for item in (kind.items if isinstance(kind, Sequence) else (kind,)) if isinstance(item, External)}
        is_tensor = any(name.rpartition(".")[2] in TENSOR_ANNOTATIONS for name in names)
        if value.kind == "tensor":
            return TRUE if is_tensor else FALSE if all(name.startswith("builtins.") for name in names) and names else UNKNOWN
        if value.kind in ("const", "static", "scalar", "module") and names and is_tensor and len(names) == 1:
            return FALSE
        return UNKNOWN

    def called_outside(self, name: str, given: tuple[Argument, ...], values: list[Abstract], line: int) -> Outcome:
        """A call of something from outside."""
        if name in ("torch.nn.Sequential", "torch.nn.ModuleList"):
            elements = [value for value in values if value.kind in ("module", "container", "layer")]
            elements += [inner for value in values if value.kind == "record" for _, inner in value.fields]
            kept = list(dict.fromkeys(value for value in elements if value.kind in ("module", "container", "layer")))
            return Outcome((), Abstract("container", None, tuple((f"#{index}", value) for index, value in enumerate(kept))))
        if name in ("torch.nn.Parameter", "torch.nn.parameter.Parameter", "torch.nn.Buffer", "torch.nn.parameter.Buffer"):
            return Outcome((), TENSOR)
        if name.startswith("torch.nn.") and name.rpartition(".")[2][:1].isupper():
            size = values[0].const if values and values[0].kind == "const" else None
            return Outcome((), UNKNOWN if self.interpreter.knowledge.always_works(name, size) else Abstract("layer", name))
        if name == "builtins.isinstance" and len(given) == 2:
            return Outcome((), self.instance(values[0], given[1].value))
        if name in ("builtins.int", "builtins.float") and values and values[0].kind == "tensor":
            message = "The value of a tensor becomes a Python number: keep it a tensor, or give the number from outside"
            self.note("tensor-value-as-number", "", line, message, self.guard_now)
        if name == "builtins.bool" and values:
            known = truth(values[0])
            return Outcome((), SCALAR if known == "data" else UNKNOWN if known is None else TRUE if known else FALSE)
        if name == "builtins.enumerate" and values:
            return Outcome((), Abstract("record", None, (("0", STATIC), ("1", values[0]))))
        if name == "builtins.zip":
            return Outcome((), Abstract("record", None, tuple((str(index), value) for index, value in enumerate(values))))
        if name == "builtins.getattr" and len(values) > 1 and values[1].kind == "const":
            found = self.attribute(values[0], str(values[1].const), DEEPEST_VALUE)
            return Outcome((), found)
        if self.interpreter.knowledge.is_cache_class(name):
            return Outcome((), Abstract("object", True, (), (self.path, line)))
        return Outcome((), outside_call(name, values))


def identity(left: Abstract, right: Abstract, positive: bool) -> Abstract:
    """`is` and `is not`, which in such code ask for None."""
    if left.kind == "const" and right.kind == "const":
        return TRUE if (left.const is right.const) == positive else FALSE
    if NONE in (left, right):
        other = right if left == NONE else left
        if other.kind in ("unknown", "static", "scalar", "config"):
            return UNKNOWN
        return FALSE if positive else TRUE
    return STATIC


def element_of(owner: Abstract) -> Abstract:
    """Some element of a tuple or list; where they are modules, all of them, one after the other."""
    values = [value for _, value in owner.fields]
    values += [inner for value in values if value.kind == "record" for _, inner in value.fields]
    modules = [value for value in dict.fromkeys(values) if value.kind in ("module", "container", "layer")]
    if modules:
        return Abstract("container", None, tuple((f"#{index}", value) for index, value in enumerate(modules)))
    return join([value for _, value in owner.fields])


def without_objects(value: Abstract) -> Abstract:
    """A value that may not come about, without what would make it certain that an export fails; caches are kept."""
    if value.kind == "object":
        return value if value.const else UNKNOWN
    if value.kind == "record":
        return value._replace(fields=tuple((name, without_objects(inner)) for name, inner in value.fields))
    return value


def is_tensor_annotation(annotation: Value) -> bool:
    """Whether a parameter is said to be a tensor, and not perhaps None."""
    return isinstance(annotation, External) and annotation.name.rpartition(".")[2] in TENSOR_ANNOTATIONS


__all__ = ["STATIC_ATTRIBUTES", "Frame", "Interpreter", "Outcome", "Walker"]
