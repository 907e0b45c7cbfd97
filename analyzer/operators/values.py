"""What the expressions of a function are while a model is exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.link.program import class_of_self
from analyzer.model.facts import (
    CALCULATIONS,
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
    Item,
    Local,
    Mapping,
    Member,
    Sequence,
    Text,
    Value,
)
from analyzer.operators.abstract import (
    CLOSURE_OWNER,
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
    OperatorSite,
    join,
    truth,
)
from analyzer.operators.classes import constant, function_around
from analyzer.operators.frames import (
    COMPARISONS,
    DEEPEST_KEPT,
    DEEPEST_VALUE,
    EMPTY,
    HALF_TYPES,
    MOST_ADDED,
    MOST_SITES,
    Frame,
    Outcome,
    compared,
    element_of,
    identity,
    is_tensor_annotation,
    joined_lists,
)
from analyzer.operators.masks import of_condition
from analyzer.operators.surface import MAKERS, attribute

if TYPE_CHECKING:
    from analyzer.operators.interpreter import Interpreter


class ValueReader:
    """What the expressions of one function are, for one way of calling it."""

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
        self.sites: dict[str, OperatorSite] = {}
        self.guard_of_call = NO_GUARD
        self.guard_now = NO_GUARD
        self.line_now = self.scope.span.line
        self.busy: set[tuple[int, str, int]] = set()
        self.names: dict[tuple[int, str, int], Abstract] = {}
        self.outcomes: dict[tuple[Value, tuple[Argument, ...], int, int], Outcome] = {}

    def kept(self, binding: Binding) -> Abstract:
        """What an attribute of an instance gets; a tensor made on the way is one like any other once it is kept."""
        value = binding.value
        if isinstance(value, Called) and isinstance(value.callee, External) and value.callee.name in MAKERS:
            return TENSOR
        return self.value(value, binding.line, 0) if binding.kind != "for" else UNKNOWN

    def called(self, callee: Value, given: tuple[Argument, ...], line: int, depth: int) -> Outcome:
        """The outcome of a call: see `CallReader`."""
        raise NotImplementedError

    def note(self, rule_id: str, operator: str, line: int, message: str, guard: int, is_sure: bool = True) -> None:
        """Something that stops an exporter; certain where the code before it surely leads there."""
        certain = is_sure and self.guard_truth(guard) is True
        self.found.setdefault(Finding(rule_id, operator, self.path, line, message, certain), None)

    def use_operator(self, site: OperatorSite) -> None:
        """Something outside that is called; the surest place of a name is kept."""
        is_marked = (site.path, site.line) in self.interpreter.marked
        key = f"{site.name} {site.path}:{site.line}" if is_marked else site.name
        known = self.sites.get(key)
        is_new = known is None and len(self.sites) < MOST_SITES
        if is_new or (known is not None and site.is_certain and not known.is_certain):
            self.sites[key] = site

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
        line = self.line_now
        own = truth(self.value(guard.test, guard.line, 0))
        self.line_now = line
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
        if isinstance(value, Local):  # the most frequent kinds first
            return self.local(value, line, depth + 1)
        if isinstance(value, Called):
            return self.called(value.callee, value.arguments, line, depth + 1).returns
        if isinstance(value, External):
            return self.external(value)
        if isinstance(value, Text | Constant):
            return constant(value) or STATIC
        if isinstance(value, Formatted):
            return STATIC
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
        known = constant(value)
        if known is not None:
            return known
        if value.name.startswith("torch.") and value.name.count(".") == 1:
            return STATIC
        return self.definition(self.path, value) or UNKNOWN

    def definition(self, path: str, value: Value) -> Abstract | None:
        """A function or class of the repository, passed around by its name."""
        target = self.classes.resolve(path, value)
        kind = self.classes.scope(target).kind if target is not None else ""
        return Abstract(kind, None, (), target) if kind in ("function", "class") else None

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
        bindings = self.program.bound(self.path, scope, name)
        if self.python.scopes[scope].kind in ("comprehension", "lambda"):
            pass
        elif len(bindings) == 1:  # as most names have
            bindings = bindings if bindings[0].line <= line else ()
        else:
            bindings = tuple(binding for binding in bindings if self.is_before(binding, line, bindings))
        key = (scope, name, len(bindings))
        known = self.names.get(key)
        if known is not None:
            return known
        if key in self.busy:
            return UNKNOWN
        self.busy.add(key)
        found = self.of_bindings(bindings, depth)
        self.busy.discard(key)
        if depth < DEEPEST_KEPT:
            self.names[key] = found
        return found

    def is_before(self, binding: Binding, line: int, bindings: tuple[Binding, ...]) -> bool:
        """Whether a binding has happened when a line is read, which may be the line that binds the name anew."""
        if binding.kind == "annotation" and len(bindings) > 1:
            return False
        is_same = binding.line == line and binding.kind in ("assign", "extend") and len(bindings) > 1 and binding is not bindings[0]
        return binding.line <= line and not is_same

    def of_bindings(self, bindings: tuple[Binding, ...], depth: int) -> Abstract:
        """What the bindings of a name give together."""
        values: list[Abstract] = []
        added: list[tuple[str, Abstract]] = []
        for binding in reversed(bindings):
            runs = True if binding.kind == "parameter" else self.guard_truth(binding.guard)
            if runs is False:
                continue
            if binding.kind == "extend":  # what is added to a list is in it; to anything else it changes little
                if isinstance(binding.value, Sequence) and len(added) < MOST_ADDED:
                    added.extend(self.value(binding.value, binding.line, depth + 1).fields)
                continue
            values.append(self.bound(binding, depth))
            if runs:
                break
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
            kind = self.python.scopes[binding.value.scope].kind
            is_closure = self.frame.owner is not None and self.python.scopes[binding.scope].kind == "function"
            around = ((CLOSURE_OWNER, Abstract("module", None, (), self.frame.owner)),) if is_closure and kind != "class" else ()
            return Abstract(kind if kind == "class" else "function", None, around, (self.path, binding.value.scope))
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
            if found is not None and found.kind == "object" and found.const and found.where and found.where[0] != self.path:
                return found._replace(where=(self.path, self.line_now))  # where this file hands on what another made
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
        if default is None or default == NONE:
            inner = self.classes.inner_config(config, name)
            default = Abstract("config", None, (), inner) if inner is not None else default
        if default is None:
            return UNKNOWN
        return UNKNOWN if name in self.classes.changed_settings(self.path) else default

    def condition(self, value: Condition, line: int, depth: int) -> Abstract:
        """A condition, or arithmetic."""
        if value.operator in ("and", "or"):
            return self.boolean(value, line, depth)
        operands = [self.value(operand, line, depth) for operand in value.operands]
        return of_condition(value.operator, operands, self.of_operands(value, operands))

    def of_operands(self, value: Condition, operands: list[Abstract]) -> Abstract:
        """What a condition, or arithmetic, gives, whatever the type of its elements."""
        if value.operator == "not":
            known = truth(operands[0])
            return SCALAR if known == "data" else UNKNOWN if known is None else FALSE if known else TRUE
        if value.operator in ("is", "is not") and len(operands) == 2:
            return identity(operands[0], operands[1], value.operator == "is")
        kinds = {operand.kind for operand in operands}
        if "scalar" in kinds and value.operator not in ("in", "not in"):
            return next(operand for operand in operands if operand.kind == "scalar")
        if value.operator in CALCULATIONS and all(operand == FALSE for operand in operands):
            return FALSE
        if "tensor" in kinds and value.operator not in ("in", "not in"):
            return TENSOR
        if value.operator in ("==", "!=") and any(operand.const in HALF_TYPES for operand in operands if operand.kind == "const"):
            return FALSE if value.operator == "==" else TRUE  # models are exported in float32 unless somebody says otherwise
        if kinds == {"const"} and value.operator in COMPARISONS and len(operands) == 2:
            return compared(value.operator, operands[0].const, operands[1].const)
        if value.operator in CALCULATIONS and kinds & {"record", "container"}:
            return joined_lists(operands)
        return STATIC if kinds <= {"const", "static"} else UNKNOWN

    def boolean(self, value: Condition, line: int, depth: int) -> Abstract:
        """`and` and `or`, which leave the rest alone where the first decides."""
        decides = value.operator == "or"
        is_open = False
        last = UNKNOWN
        for operand in value.operands:
            last = self.value(operand, line, depth)
            known = truth(last)
            if known == "data":  # where an operand before it may decide alone, it may not be asked
                return UNSURE if is_open else SCALAR
            if known is decides:
                return last if not is_open else UNKNOWN
            is_open = is_open or known is None
        return UNKNOWN if is_open else last
