"""What calls give: of code of the repository, which is walked, of modules, and of outside names."""

from __future__ import annotations

from analyzer.link.program import class_of_self
from analyzer.model.facts import (
    ELEMENT,
    Argument,
    Called,
    External,
    Local,
    Member,
    Sequence,
    Text,
    Value,
)
from analyzer.model.facts import UNKNOWN as UNFOLLOWED
from analyzer.operators.abstract import (
    CHOICE,
    CLOSURE_OWNER,
    ELEMENT_TYPES,
    FALSE,
    SCALAR,
    STATIC,
    TENSOR,
    TRUE,
    UNKNOWN,
    UNSURE,
    Abstract,
    Finding,
    OperatorSite,
    join,
    truth,
)
from analyzer.operators.classes import function_around
from analyzer.operators.frames import (
    DEEPEST_KEPT,
    DEEPEST_VALUE,
    NOTHING,
    ONE_OF_MANY,
    TENSOR_ANNOTATIONS,
    Outcome,
)
from analyzer.operators.knowledge import Against
from analyzer.operators.masks import typed_function, typed_method
from analyzer.operators.surface import SAME_MODULE, SAME_MODULE_FUNCTIONS, TENSOR_ONLY_METHODS, method_call, outside_call
from analyzer.operators.values import ValueReader


def is_number_of(name: str, values: list[Abstract]) -> bool:
    """Whether a call makes a Python number, for the program to go on with, of the value of a tensor."""
    kinds = {value.kind for value in values if value != UNSURE}
    if name in ("builtins.int", "builtins.float"):
        return bool(values) and values[0].kind == "tensor"
    if name == "builtins.range":
        return bool(kinds & {"tensor", "scalar"})
    return name.startswith("math.") and bool(kinds & {"tensor", "scalar"})


class CallReader(ValueReader):
    """A reader of values that follows calls."""

    def called(self, callee: Value, given: tuple[Argument, ...], line: int, depth: int) -> Outcome:
        """The outcome of a call; what is asked again, as for each call around it, is remembered."""
        if depth > DEEPEST_VALUE:
            return NOTHING
        if depth == 0:
            self.line_now = line
        key = (callee, given, line, self.guard_now)
        known = self.outcomes.get(key)
        if known is None:
            known = self.find_outcome(callee, given, line, depth)
            if depth < DEEPEST_KEPT and not self.busy:
                self.outcomes[key] = known
        return known

    def find_outcome(self, callee: Value, given: tuple[Argument, ...], line: int, depth: int) -> Outcome:
        """The answer of `called` that is then remembered."""
        values = [self.value(argument.value, line, depth + 1) for argument in given]
        inner = self.depth + 1
        built = self.built(callee, values) if isinstance(callee, External) and callee.name.endswith(".from_config") else None
        if built is not None:
            return Outcome((), built)
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
            if len(names) == 1 and self.definition(self.path, External(names[0])) is None:
                callee = External(names[0])
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
            if name in SAME_MODULE:
                return Outcome((), owner)
            return self.called_value(self.interpreter.attribute_of(owner.where, name, self.depth), given, values)
        part = owner.field(name) if owner.kind == "container" else None
        if part is not None:
            self.check_layers(part, line)
            return self.called_value(part, given, values)
        if owner.kind in ("layer", "container") and name in SAME_MODULE:
            return Outcome((), self.cast(owner, name, given, line))
        made_of = owner.field("class") if owner.kind == "object" else None
        if made_of is not None and made_of.where is not None:
            function = self.classes.method(made_of.where, name)
            return self.interpreter.call(function, made_of.where, given, values, inner) if function else NOTHING
        if owner.kind == "super" and self.frame.owner is not None:
            return self.called_super(name, given, values)
        if owner.kind == "unknown" and name in TENSOR_ONLY_METHODS:
            return Outcome((), UNSURE)
        if owner.kind == "record" and name in ("get", "pop") and given and isinstance(given[0].value, Text):
            return Outcome((), owner.field(given[0].value.text) or UNKNOWN)
        return Outcome((), typed_method(owner, name, given, method_call(owner, name, values)))

    def layer(self, name: str, given: tuple[Argument, ...], line: int) -> Abstract:
        """A layer of torch, with what the tables say against the arguments that it is made with."""
        refused = self.interpreter.knowledge.by_argument(name, self.with_types(name, given, line))
        return Abstract("layer", name, (("refused", Abstract("const", refused)),) if refused else ())

    def with_types(self, name: str, given: tuple[Argument, ...], line: int) -> tuple[Argument, ...]:
        """Arguments of what decides by them, with the element types that names and attributes stand for."""
        if name not in self.interpreter.knowledge.deciding:
            return given
        found = []
        for argument in given:
            is_name = isinstance(argument.value, Local | Member)
            known = self.value(argument.value, line, 1).const if is_name else None
            found.append(argument._replace(value=External(known)) if known in ELEMENT_TYPES else argument)
        return tuple(found)

    def cast(self, owner: Abstract, name: str, given: tuple[Argument, ...], line: int) -> Abstract:
        """A layer after `to`, `double` and the like: as if it had been made with the element type that they give."""
        types = [self.value(argument.value, line, 1).const for argument in given] if name == "to" else [f"torch.{name}"]
        known = next((item for item in types if item in ELEMENT_TYPES), None)
        if owner.kind != "layer" or known is None:
            return owner
        return self.layer(str(owner.const), (Argument("dtype", External(str(known))),), line)

    def built(self, callee: External, values: list[Abstract]) -> Abstract | None:
        """The model that a configuration describes, where its class is ours."""
        builder = self.interpreter.knowledge.builder(callee.name)
        config = values[0] if values and values[0].kind == "config" else None
        if builder is None or config is None or config.where is None:
            return None
        model = self.classes.model_of(config.where, builder.configuration_ending, builder.ending)
        return Abstract("module", None, (), model) if model is not None else None

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
        owner = self.frame.owner
        function = self.classes.after(owner, own, name) if owner is not None else None
        if function is None and name == "__call__" and owner is not None:
            function = self.classes.method(owner, "forward")
        return self.interpreter.call(function, owner, given, values, self.depth + 1) if function else NOTHING

    def called_value(self, owner: Abstract, given: tuple[Argument, ...], values: list[Abstract]) -> Outcome:
        """A call of an object: a module, all modules of a container, a function passed around."""
        inner = self.depth + 1
        if owner.kind == "module" and owner.where is not None:
            return self.interpreter.call_method(owner.where, self.classes.called_method(owner.where), given, values, inner)
        if owner.kind in ("function", "class") and owner.where is not None:
            around = owner.field(CLOSURE_OWNER)  # of a function within a method, whose `self` it sees
            fields = [(name, value) for name, value in owner.fields if name != CLOSURE_OWNER]
            bound = tuple(Argument(name, UNFOLLOWED) for name, _ in fields)  # what functools.partial gave it
            all_given, all_values = (*given, *bound), [*values, *(value for _, value in fields)]
            if around is not None:
                return self.interpreter.call(owner.where, around.where, all_given, all_values, inner)
            return self.called_ours(owner.where, all_given, all_values, self.line_now)
        if owner.kind == "outside":
            return self.called_outside(str(owner.const), given, values, self.line_now)
        if owner.kind == "container":
            outcomes = [self.called_value(value, given, values) for _, value in owner.fields]
            found = tuple(finding for outcome in outcomes for finding in outcome.findings)
            is_sure = all(any(finding.is_certain for finding in outcome.findings) for outcome in outcomes)
            if owner.const == CHOICE and not is_sure:
                found = tuple(item if item.rule_id in ONE_OF_MANY else item._replace(is_certain=False) for item in found)
            sites = tuple(dict.fromkeys(site for outcome in outcomes for site in outcome.sites))
            if owner.const == CHOICE:
                sites = tuple(site._replace(is_certain=False) for site in sites)
            return Outcome(found, join([outcome.returns for outcome in outcomes]), sites)
        return Outcome((), TENSOR if owner.kind == "layer" else UNKNOWN)

    def note_against(self, item: Against, line: int, guard: int) -> None:
        """Something that the tables say, as a finding."""
        certain = self.guard_truth(guard) is True and not self.interpreter.knowledge.hangs_on_shapes(item)
        self.found.setdefault(Finding(item.rule_id, item.operator, self.path, line, item.message, certain, item.targets), None)

    def check_layers(self, owner: Abstract, line: int) -> None:
        """Layers of torch that are called and that the tables speak against."""
        if owner.kind == "layer":
            self.interpreter.used.setdefault(str(owner.const), set()).add((self.path, line))
            is_sure = self.guard_truth(self.guard_of_call) is True and self.guard_truth(self.guard_now) is True
            self.use_operator(OperatorSite(str(owner.const), self.path, line, is_sure))
            refused = owner.field("refused")
            own = refused.const if refused is not None and isinstance(refused.const, tuple) else ()
            for item in (*self.interpreter.knowledge.against(str(owner.const), ()), *own):
                self.note_against(item, line, self.guard_now)
        elif owner.kind == "container" and owner.const != CHOICE:
            for _, value in owner.fields:
                self.check_layers(value, line)

    def called_ours(self, target: tuple[str, int], given: tuple[Argument, ...], values: list[Abstract], line: int) -> Outcome:
        """A call of a function or class of the repository."""
        scope = self.classes.scope(target)
        if scope.kind == "function":
            is_closure = target[0] == self.path and scope.parent == self.frame.scope
            owner = self.frame.owner if is_closure else None
            return self.interpreter.call(target, owner, given, values, self.depth + 1)
        if scope.kind != "class":
            return NOTHING
        if self.classes.is_module(target):
            owner = self.frame.owner
            if owner is not None and owner != target and self.classes.is_module(owner):
                self.interpreter.parts.add(target)
            return Outcome((), Abstract("module", None, (), target))
        fields = tuple((argument.label, value) for argument, value in zip(given, values, strict=False))
        if self.classes.is_opaque(target):
            is_cache = "cache" in scope.qualified_name.lower() or any(
                "cache" in self.classes.scope(a).qualified_name.lower() for a in self.classes.ancestors(target)
            )
            return Outcome((), Abstract("object", is_cache, (("class", Abstract("class", None, (), target)),), (self.path, line)))
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
        if name == "torch.nn.ModuleDict":  # without fields where it is not known what is in it
            return Outcome((), Abstract("container", None, values[0].fields if values and values[0].kind == "record" else ()))
        if name in SAME_MODULE_FUNCTIONS and values:
            return Outcome((), values[0])
        if name == "builtins.dict" and given and not any(argument.label.isdigit() for argument in given):
            fields = tuple((argument.label, value) for argument, value in zip(given, values, strict=False))
            return Outcome((), Abstract("record", None, fields))
        if name in ("collections.OrderedDict", "builtins.dict") and len(values) == 1 and values[0].kind == "record":
            pairs = [(str(index), pair.field("1")) for index, (_, pair) in enumerate(values[0].fields) if pair.kind == "record"]
            return Outcome((), Abstract("record", None, tuple((key, made) for key, made in pairs if made is not None)))
        if name in ("copy.deepcopy", "copy.copy") and values and values[0].kind in ("module", "container", "layer"):
            return Outcome((), values[0])
        if name in ("torch.nn.Parameter", "torch.nn.parameter.Parameter", "torch.nn.Buffer", "torch.nn.parameter.Buffer"):
            return Outcome((), TENSOR)
        if name.startswith("torch.nn.") and name.rpartition(".")[2][:1].isupper():
            size = values[0].const if values and values[0].kind == "const" else None
            if self.interpreter.knowledge.always_works(name, size):
                return NOTHING
            return Outcome((), self.layer(name, given, line))
        if name == "torch._assert" and values and truth(values[0]) == "data":
            message = "An assertion depends on the value of a tensor: leave it out, or use torch._check"
            self.note("branch-on-tensor-value", "", line, message, self.guard_now, values[0] != UNSURE)
        if name == "functools.partial" and values and values[0].kind in ("function", "class"):
            bound = tuple(
                (item.label, value) for item, value in zip(given[1:], values[1:], strict=False) if not item.label.isdigit()
            )
            return Outcome((), values[0]._replace(fields=bound))
        if name == "builtins.isinstance" and len(given) == 2:
            return Outcome((), self.instance(values[0], given[1].value))
        if is_number_of(name, values):
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
            if isinstance(given[0].value, External) and values[0].kind in ("unknown", "static"):
                return Outcome((), Abstract("outside", f"{given[0].value.name}.{values[1].const}"))
            found = self.attribute(values[0], str(values[1].const), DEEPEST_VALUE)
            return Outcome((), found)
        if self.interpreter.knowledge.is_cache_class(name):
            return Outcome((), Abstract("object", True, (), (self.path, line)))
        return Outcome((), typed_function(name, given, values, outside_call(name, values)))
