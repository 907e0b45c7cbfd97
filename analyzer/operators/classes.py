"""Classes of the repository: ancestors, methods, attributes, configuration defaults."""

from __future__ import annotations

import ast
from functools import lru_cache

from analyzer.link.program import Program, definition_of
from analyzer.model.facts import (
    Binding,
    Called,
    Constant,
    External,
    Item,
    Local,
    Mapping,
    Member,
    Scope,
    Text,
    Use,
    Value,
)
from analyzer.operators.abstract import ELEMENT_TYPES, NONE, Abstract, ClassPlace

MODULE_BASES = frozenset({"torch.nn.Module", "torch.nn.modules.Module", "torch.nn.modules.module.Module", "torch.jit.ScriptModule"})
MODULE_SUFFIXES = (".LightningModule", ".PreTrainedModel", ".ModelMixin")
OTHER_FRAMEWORKS = {
    "TensorFlow": (
        ("tensorflow.keras.Model", "tensorflow.keras.layers.Layer", "tensorflow.Module", "keras.Model", "keras.layers.Layer"),
        "call",
    ),
    "JAX": (("flax.linen.Module", "flax.nnx.Module", "haiku.Module", "equinox.Module"), "__call__"),
}
"""Framework -> (bases of its models, the method that runs them)."""
PLAIN_BASES = frozenset(
    {"OrderedDict", "dict", "tuple", "NamedTuple", "Enum", "list", "str", "int", "float", "set", "Exception", "Tensor"}
)
TABLES_OF_CONFIGS = ("sub_configs_defaults", "sub_configs")
"""Attributes of configuration classes that say of which class the configurations within them are."""
RANGE = External("builtins.range")
DEEPEST_ANCESTOR = 12
MOST_ANCESTORS = 40


class Classes:
    """Answers questions about the repository's classes, each worked out once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lines: dict[ClassPlace, tuple[ClassPlace, ...]] = {}
        self.outside: dict[ClassPlace, tuple[str, ...]] = {}
        self.found_uses: dict[tuple[str, tuple[str, ...]], dict[int, list[Use]]] = {}
        self.common: dict[str, ClassPlace | None] = {}
        self.changed: dict[str, dict[int, list[Binding]]] = {}
        self.inner_configs: dict[tuple[ClassPlace, str], ClassPlace | None] = {}
        self.kinds_of_config: dict[str, ClassPlace] | None = None
        self.named: dict[str, list[ClassPlace]] | None = None
        self.settings: dict[str, frozenset[str]] = {}
        self.buffers: dict[ClassPlace, frozenset[str]] = {}
        self.looped: dict[str, dict[int, list[Binding]]] = {}
        self.found_methods: dict[tuple[ClassPlace, str], tuple[str, int] | None] = {}

    def scope(self, place: ClassPlace) -> Scope:
        """The scope of a class or function."""
        return self.program.python(place[0]).scopes[place[1]]

    def resolve(self, path: str, value: Value) -> tuple[str, int] | None:
        """The class or function of the repository that a name means; what stands in a function sees what encloses it."""
        is_outside = isinstance(value, External) and value.name.startswith(("torch.", "builtins."))
        if is_outside and isinstance(value, External) and not self.program.modules.split(value.name, path):
            return None
        return definition_of(self.program, path, value)

    def ancestors(self, place: ClassPlace) -> tuple[ClassPlace, ...]:
        """A class and its bases in the repository, the class first, depth first."""
        if place not in self.lines:
            self.lines[place] = (place,)
            found: dict[ClassPlace, None] = {place: None}
            names: list[str] = []
            for base in self.scope(place).bases:
                target = self.resolve(place[0], base)
                if target is not None and self.scope(target).kind == "class":
                    found.update(dict.fromkeys(self.ancestors(target)[:MOST_ANCESTORS]))
                    names.extend(self.outside.get(target, ()))
                elif isinstance(base, External):
                    names.append(base.name)
            self.lines[place] = tuple(found)[:MOST_ANCESTORS]
            self.outside[place] = tuple(dict.fromkeys(names))
        return self.lines[place]

    def outside_bases(self, place: ClassPlace) -> tuple[str, ...]:
        """The bases outside the repository, of the class and its ancestors."""
        self.ancestors(place)
        return self.outside[place]

    def is_module(self, place: ClassPlace) -> bool:
        """Whether the class is a `torch.nn.Module`."""
        return any(
            name in MODULE_BASES
            or name.endswith(MODULE_SUFFIXES)
            or (name.startswith("torch.nn.") and name.split(".")[-1][:1].isupper())
            for name in self.outside_bases(place)
        )

    def other_framework(self, place: ClassPlace) -> tuple[str, tuple[str, int]] | None:
        """(framework, method that runs it) of a model that is not torch's."""
        bases = self.outside_bases(place)
        for framework, (names, method) in OTHER_FRAMEWORKS.items():
            if any(base in names for base in bases):
                function = self.method(place, method)
                return (framework, function) if function is not None else None
        return None

    def is_opaque(self, place: ClassPlace) -> bool:
        """Whether exporters cannot take an instance apart: neither a module, nor a tuple, dictionary or enumeration."""
        if self.scope(place).kind != "class" or self.is_module(place):
            return False
        return not any(name.split(".")[-1] in PLAIN_BASES or name.startswith("torch.nn.") for name in self.outside_bases(place))

    def method(self, place: ClassPlace, name: str) -> tuple[str, int] | None:
        """The function that a method name means for instances of a class."""
        key = (place, name)
        if key not in self.found_methods:
            self.found_methods[key] = None
            for path, scope in self.ancestors(place):
                target = definition_of(self.program, path, Local(scope, name))
                if target is not None and self.scope(target).kind == "function":
                    self.found_methods[key] = target
                    break
        return self.found_methods[key]

    def called_method(self, place: ClassPlace) -> str:
        """The method that runs when an instance is called: a class may wrap the `__call__` of modules."""
        return "__call__" if self.method(place, "__call__") or not self.method(place, "forward") else "forward"

    def after(self, place: ClassPlace, owner: ClassPlace, name: str) -> tuple[str, int] | None:
        """The method that `super()` leads to from a class of the line."""
        line = self.ancestors(place)
        rest = line[line.index(owner) + 1 :] if owner in line else ()
        for path, scope in rest:
            target = definition_of(self.program, path, Local(scope, name))
            if target is not None:
                return target
        return None

    def attribute_bindings(self, place: ClassPlace, name: str) -> list[tuple[str, int, Binding]]:
        """(path, function scope, binding) of everything that gives an attribute of instances its value."""
        for path, scope in self.ancestors(place):
            found: list[tuple[str, int, Binding]] = []
            for function, bound in self.program.attributes.get((path, scope, f"self.{name}"), ()):
                found.extend((path, function, binding) for binding in bound)
            if not found:
                found = [(path, scope, binding) for binding in self.program.bound(path, scope, name) if binding.kind == "assign"]
            if found:
                return found
        return []

    def uses(self, path: str) -> dict[int, list[Use]]:
        """The calls of a file by the function (or class, or module) that they stand in, in source order."""
        return self.by_function(path, ("call", "decorator"))

    def indexed(self, path: str) -> dict[int, list[Use]]:
        """The places where something is read or written by a key that may be a mask, by function."""
        return self.by_function(path, ("index", "put"))

    def launched(self, path: str) -> dict[int, list[Use]]:
        """The calls of elements, by function."""
        return self.by_function(path, ("launch",))

    def by_function(self, path: str, kinds: tuple[str, ...]) -> dict[int, list[Use]]:
        """The uses of some kinds by the function, class or module around them, in source order."""
        if (path, kinds) not in self.found_uses:
            python = self.program.python(path)
            index: dict[int, list[Use]] = {}
            for use in python.uses:
                if use.kind in kinds:
                    index.setdefault(function_around(python.scopes, use.scope), []).append(use)
            self.found_uses[path, kinds] = index
        return self.found_uses[path, kinds]

    def appended(self, path: str, function: int, name: str, attribute: str = "") -> list[Use]:
        """The calls in a function that append something to a list: to a name, or to an attribute of `self`."""
        found = []
        wanted = (attribute, "append") if attribute else ("append",)
        for use in self.uses(path).get(function, ()):
            target = use.target
            if isinstance(target, Local) and target.attributes == wanted and (attribute or target.name == name) and use.arguments:
                found.append(use)
        return found

    def changes(self, path: str) -> dict[int, list[Binding]]:
        """The bindings of attributes of `self` by function."""
        if path not in self.changed:
            index: dict[int, list[Binding]] = {}
            for (scope, target), bindings in self.program.bindings[path].items():
                if target.startswith("self."):
                    index.setdefault(scope, []).extend(bindings)
            self.changed[path] = index
        return self.changed[path]

    def changed_settings(self, path: str) -> frozenset[str]:
        """The settings of configurations that a file gives another value."""
        if path not in self.settings:
            targets = (target for _, target in self.program.bindings[path] if "config." in target)
            self.settings[path] = frozenset(target.rpartition("config.")[2] for target in targets)
        return self.settings[path]

    def own_buffers(self, path: str, scope: int) -> frozenset[str]:
        """Names that `register_buffer` gives to tensors in the methods of one class."""
        if (path, scope) not in self.buffers:
            found = set()
            for function in self.program.methods.get((path, scope), ()):
                for use in self.uses(path).get(function, ()):
                    if isinstance(use.target, Local) and use.target.attributes == ("register_buffer",) and use.arguments:
                        is_empty = len(use.arguments) > 1 and use.arguments[1].value == Constant("None")  # filled in later
                        if not is_empty and isinstance(use.arguments[0].value, Text):
                            found.add(use.arguments[0].value.text)
            self.buffers[path, scope] = frozenset(found)
        return self.buffers[path, scope]

    def loops(self, path: str) -> dict[int, list[Binding]]:
        """The variables of loops over calls, by function: over what is called decides how often they run."""
        if path not in self.looped:
            index: dict[int, list[Binding]] = {}
            for (scope, _), bindings in self.program.bindings[path].items():
                for binding in bindings:
                    owner = binding.value.owner if binding.kind == "for" and isinstance(binding.value, Member) else None
                    if isinstance(owner, Called) and owner.callee == RANGE:
                        index.setdefault(scope, []).append(binding)
            self.looped[path] = index
        return self.looped[path]

    def config_class(self, place: ClassPlace) -> ClassPlace | None:
        """The class of the configuration that a model is made with, by annotation or class attribute.

        Where its own class says nothing, and all others of the file agree, it is theirs.
        """
        for path, scope in self.ancestors(place):
            for value in self.config_names(path, scope):
                target = self.resolve(path, value) if isinstance(value, External | Local) else None
                if target is not None and self.scope(target).kind == "class":
                    return target
        return self.common_config(place[0])

    def config_names(self, path: str, scope: int) -> list[Value]:
        """What a class says of its configuration."""
        init = definition_of(self.program, path, Local(scope, "__init__"))
        parameters = self.scope(init).parameters if init else ()
        named = [parameter.annotation for parameter in parameters if parameter.name == "config"]
        for name in ("config", "config_class"):
            named += [binding.value for binding in self.program.bound(path, scope, name)]
        return named

    def common_config(self, path: str) -> ClassPlace | None:
        """The class of all parameters named `config` of a file, if there is but one."""
        if path not in self.common:
            scopes = self.program.python(path).scopes
            named = {item.annotation for scope in scopes for item in scope.parameters if item.name == "config"}
            found = {self.resolve(path, value) for value in named if isinstance(value, External | Local)}
            classes = {target for target in found if target is not None and self.scope(target).kind == "class"}
            self.common[path] = classes.pop() if len(classes) == 1 else None
        return self.common[path]

    def config_default(self, config: ClassPlace, name: str) -> Abstract | None:
        """The default of a setting, where its class gives one that is a constant."""
        for path, scope in self.ancestors(config):
            for binding in self.program.bound(path, scope, name):
                if binding.kind in ("assign", "annotation") and (known := constant(binding.value)) is not None:
                    return known
            init = definition_of(self.program, path, Local(scope, "__init__"))
            for parameter in self.scope(init).parameters if init else ():
                if parameter.name == name and parameter.default is not None:
                    return constant(parameter.default)
        return None

    def inner_config(self, config: ClassPlace, name: str) -> ClassPlace | None:
        """The class of a configuration within another: by the table of them that its class has, or by what it is filled with."""
        key = (config, name)
        if key not in self.inner_configs:
            self.inner_configs[key] = self.find_inner_config(config, name)
        return self.inner_configs[key]

    def find_inner_config(self, config: ClassPlace, name: str) -> ClassPlace | None:
        """The answer of `inner_config` that is then remembered."""
        for path, scope in self.ancestors(config):
            bound = self.program.attributes.get((path, scope, f"self.{name}"), ())
            values = [binding.value for _, bindings in bound for binding in bindings]
            tables = [binding.value for table in TABLES_OF_CONFIGS for binding in self.program.bound(path, scope, table)]
            values += [value for table in tables if isinstance(table, Mapping) for key, value in table.items if key == name]
            for target in (self.config_made_by(path, value) for value in values):
                if target is not None and target not in self.ancestors(config):
                    return target
        return None

    def config_made_by(self, path: str, value: Value) -> ClassPlace | None:
        """The configuration class that an expression is, calls, or asks for by the name of a kind of model."""
        made = value.callee if isinstance(value, Called) else value
        kinds = [item.value for item in value.arguments if item.label == "model_type"] if isinstance(value, Called) else []
        kind = kinds[0].text if kinds and isinstance(kinds[0], Text) else made.key if isinstance(made, Item) else ""
        if kind:
            return self.config_of_kind(kind)
        target = self.resolve(path, made) if isinstance(made, External | Local) else None
        is_config = target is not None and self.scope(target).kind == "class" and bool(self.program.bound(*target, "model_type"))
        return target if is_config else None

    def config_of_kind(self, kind: str) -> ClassPlace | None:
        """The configuration class that calls itself by a kind of model."""
        if self.kinds_of_config is None:
            self.kinds_of_config = {}
            for path, python in self.program.python_files():
                for (scope, target), bindings in self.program.bindings[path].items():
                    if target == "model_type" and python.scopes[scope].kind == "class":
                        for binding in bindings:
                            if isinstance(binding.value, Text):
                                self.kinds_of_config.setdefault(binding.value.text, (path, scope))
        return self.kinds_of_config.get(kind)

    def model_of(self, config: ClassPlace, configuration_ending: str, ending: str) -> ClassPlace | None:
        """The module named like a configuration, in the same folder."""
        wanted = self.scope(config).qualified_name.removesuffix(configuration_ending) + ending
        folder = config[0].rpartition("/")[0]
        for path, index in self.by_name(wanted):
            if path.rpartition("/")[0] == folder and self.is_module((path, index)):
                return path, index
        return None

    def by_name(self, name: str) -> tuple[ClassPlace, ...]:
        """The classes at the top of files that have a name."""
        if self.named is None:
            self.named = {}
            for path, python in self.program.python_files():
                for index, scope in enumerate(python.scopes):
                    if scope.kind == "class":
                        self.named.setdefault(scope.qualified_name, []).append((path, index))
        return tuple(self.named.get(name, ()))


def function_around(scopes: tuple[Scope, ...], index: int) -> int:
    """The function, class or module that a comprehension or lambda stands in."""
    while scopes[index].kind in ("comprehension", "lambda") and scopes[index].parent >= 0:
        index = scopes[index].parent
    return index


@lru_cache(maxsize=4096)
def _literal(text: str) -> tuple[object, ...]:
    try:
        return (ast.literal_eval(text),)
    except (ValueError, SyntaxError):
        return ()


def constant(value: Value) -> Abstract | None:
    """A constant as an abstract value; an element type is one, by its name."""
    if isinstance(value, External):
        return Abstract("const", value.name) if value.name in ELEMENT_TYPES else None
    if isinstance(value, Text):
        return Abstract("const", value.text)
    if isinstance(value, Constant):
        if value.text == "None":
            return NONE
        known = _literal(value.text)
        return Abstract("const", known[0]) if known else None
    return None
