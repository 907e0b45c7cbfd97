"""Reads the use of models off Python code: calls, base classes, keywords, and the models that they are given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analyzer.knowledge.workload import ModelCall, load_model_names
from analyzer.link.program import Program
from analyzer.link.values import Flow, ValueFollower
from analyzer.model.facts import MODULE_SCOPE, Called, Constant, External, Local, Member, PythonFacts, Text, Use, Value
from analyzer.model.workload import Evidence
from analyzer.workload.model_ids import is_image_model, is_model_id
from analyzer.workload.sightings import Seen, SeenLimit, SeenModel, Sightings, file_line
from analyzer.workload.signal_index import Hit, NamePatterns, SignalIndex, valued

CALLED = ("call", "base", "decorator")
FUNCTION = "function"
"""Stands among the arguments of a model call where the function's own name is the model's."""
MOST_WHY = 100
_PIPELINE_ARGUMENTS = ("0", "task")
_SHORT = re.compile(r"[A-Za-z][\w-]{1,28}(?:/\w{1,3})?(?:\.en)?")
"""The short name of a size, as some loaders take it: `large-v3`, `small.en`, `ViT-B/32`."""
_FIELDS = frozenset({"dataclasses.field", "pydantic.Field", "typer.Option", "typer.Argument"})


class CodeReader:
    """One walk over all Python files outside tests."""

    def __init__(self, program: Program, index: SignalIndex, sightings: Sightings, follower: ValueFollower) -> None:
        self.program = program
        self.index = index
        self.found = sightings
        self.names = load_model_names()
        self.follower = follower
        self.model_calls: NamePatterns[ModelCall] = NamePatterns()
        for call in self.names.calls:
            for name in call.names:
                self.model_calls.add(name, call)
        self.assigned, self.options_named = sorted(self.names.assigned), sorted(self.names.options)
        self.methods = {name: calls[0] for name, calls in self.model_calls.lasts.items()}
        self.watched = frozenset(self.index.arguments) | frozenset(self.names.limits) | {"torch_dtype"}
        self.known_names: dict[str, tuple[tuple[Hit, ...], ModelCall | None]] = {}

    def read(self, path: str, python: PythonFacts) -> None:
        """What one file says."""
        known, watched = self.known_names, self.watched
        for use in python.uses:
            kind, target, arguments = use[0], use[1], use[2]
            if kind not in CALLED:
                continue
            if type(target) is External:
                entry = known.get(target.name)
                if entry is None:
                    entry = known[target.name] = self.judged(target.name)
                hits, call = entry
                if hits or call is not None:
                    self.call_of(path, use, target.name, hits, call)
            elif type(target) is Local or type(target) is Member:
                last = target.attributes[-1] if target.attributes else ""
                hits = self.index.of_method(last) if last else ()
                call = self.methods.get(last)
                if hits or call is not None:
                    self.call_of(path, use, self.shown(target), hits, call)
            for argument in arguments:
                if argument[0] in watched:
                    self.keyword(path, use, argument[0], argument[1])
        self.definitions(path, python)
        self.constants(path)

    def judged(self, name: str) -> tuple[tuple[Hit, ...], ModelCall | None]:
        """What an imported name says, and whether it is given a model; of the repository's own names methods alone say anything."""
        last = name.rpartition(".")[2]
        if self.program.modules.may_be_ours(name):
            return self.index.of_method(last), self.methods.get(last)
        call = next((call for call in self.model_calls.of(name) if not call.exclude.match(name)), None)
        return self.index.of_call(name), call

    @staticmethod
    def shown(target: Local | Member) -> str:
        """A method as the evidence shows it."""
        owner = target.name if isinstance(target, Local) and target.name else "..."
        return ".".join((owner, *target.attributes))

    def evidence(self, path: str, line: int, why: str) -> Evidence:
        """A place in a Python file or notebook."""
        return Evidence(path, file_line(self.program.files[path], line), why[:MOST_WHY])

    def call_of(self, path: str, use: Use, name: str, hits: Iterable[Hit], call: ModelCall | None) -> None:
        """A call, or base class, that says something or names a model."""
        what = "uses" if use.kind != "base" else "derives from"
        place = None
        for signal, is_hint in hits:
            if signal.kind == "phase" and use.kind != "call":
                continue
            place = place or self.evidence(path, use.span.line, f"{what} {name}")
            self.found.signals.append(Seen(signal, is_hint, "", place))
        if call is not None and use.kind == "call":
            self.model(path, use, name, call)
        if name.endswith(".pipeline"):
            self.pipeline(path, use, name)

    # ---- models ------------------------------------------------------------------------------------------------------

    def model(self, path: str, use: Use, name: str, call: ModelCall) -> None:
        """The models that a call is given."""
        words = name.split(".")
        owner = words[-2] if len(words) > 1 else ""
        if self.names.not_models.match(owner):
            return
        dtype = next((self.dtype_of(path, a.value) for a in use.arguments if a.label in ("torch_dtype", "dtype")), "")
        architecture = owner if owner[:1].isupper() and not owner.startswith("Auto") else ""
        if FUNCTION in call.arguments:
            if is_image_model(words[-1]):
                self.add_model(path, use, Flow(words[-1], False, "", 0, False, False), name, "", dtype)
            return
        for value in self.given(path, use, call.arguments):
            for flow in self.follower.flows(path, value):
                model_id = self.named(flow, call)
                if model_id:
                    self.add_model(path, use, flow._replace(text=model_id), name, architecture, dtype)

    def named(self, flow: Flow, call: ModelCall) -> str:
        """The id that a text given to a call of models stands for, or "" where it is none."""
        text = flow.text
        if flow.is_prefix:  # what follows is not known: an owner and the beginning of a name must be there
            return text if "/" in text and is_model_id(text.rstrip("-/") + "x", is_certain=True) else ""
        if call.prefix and _SHORT.fullmatch(text) and text not in ("None", "True", "False"):
            return call.prefix + text.removesuffix(".en")
        is_image = call.table == "vision" and is_image_model(text)
        return text if is_image or (not text.endswith("()") and is_model_id(text, is_certain=True)) else ""

    def given(self, path: str, use: Use, labels: tuple[str, ...]) -> Iterator[Value]:
        """The values of an argument, in a mapping that is unpacked too."""
        for argument in use.arguments:
            if argument.label in labels:
                yield argument.value
            elif argument.label in ("*", "**"):
                for mapping in self.follower.mappings(path, argument.value):
                    yield from (value for key, value in mapping.items if key in labels)

    def add_model(self, path: str, use: Use, flow: Flow, name: str, architecture: str, dtype: str) -> None:
        """A model at the place where its id is written."""
        written, line = (flow.path, flow.line) if flow.line else (path, use.span.line)
        way = f"given to {name}" + ("" if written == path else f" at {path}:{use.span.line}")
        self.found.models.append(SeenModel(flow.text, flow.is_prefix, architecture, dtype, self.evidence(written, line, way)))

    def pipeline(self, path: str, use: Use, name: str) -> None:
        """The task that a pipeline is asked for."""
        for value in self.given(path, use, _PIPELINE_ARGUMENTS):
            for flow in self.follower.flows(path, value):
                for signal, is_hint in self.index.of_pipeline(flow.text):
                    place = self.evidence(path, use.span.line, f'{name}("{flow.text}")')
                    self.found.signals.append(Seen(signal, is_hint, "", place))

    # ---- keywords, definitions, constants ----------------------------------------------------------------------------

    def keyword(self, path: str, use: Use, label: str, value: Value) -> None:
        """A keyword that says how a model is kept, spread or bounded."""
        texts = [value.text] if isinstance(value, Text | Constant) else [flow.text for flow in self.follower.flows(path, value)]
        for text in texts:
            if text in ("None", "False") or text.endswith("()"):
                continue
            for signal, is_hint in valued(self.index.arguments, label, text):
                detail = text if text.isdecimal() else ""
                place = self.evidence(path, use.span.line, f"{label}={text}")
                self.found.signals.append(Seen(signal, is_hint, detail, place))
            kind = self.names.limits.get(label, "")
            if kind == "dtype" and text in self.names.dtypes:
                self.found.dtypes.append((self.names.dtypes[text], self.evidence(path, use.span.line, f"{label}={text}")))
            elif kind not in ("", "dtype") and text.isdecimal() and len(text) < 9:
                self.found.limits.append(SeenLimit(kind, int(text), self.evidence(path, use.span.line, f"{label}={text}")))

    def dtype_of(self, path: str, value: Value) -> str:
        """The type that a value names, if there is just one."""
        kinds = {self.names.dtypes[flow.text] for flow in self.follower.flows(path, value) if flow.text in self.names.dtypes}
        return kinds.pop() if len(kinds) == 1 else ""

    def definitions(self, path: str, python: PythonFacts) -> None:
        """What the names of the repository's own classes and functions hint at."""
        for scope in python.scopes:
            if scope.kind == "class" or (scope.kind == "function" and "." not in scope.qualified_name):
                name = scope.qualified_name.rpartition(".")[2]
                for signal, _ in self.index.of_definition(name, scope.kind == "class"):
                    place = self.evidence(path, scope.span.line, f"defines {scope.kind} {name}")
                    self.found.signals.append(Seen(signal, True, "", place))

    def constants(self, path: str) -> None:
        """Constants and defaults of fields that are named as models are."""
        bound = self.program.bindings[path]
        for name in self.assigned:
            for binding in bound.get((MODULE_SCOPE, name), ()):
                if isinstance(binding.value, Text) and is_model_id(binding.value.text, is_certain=False):
                    self.add_constant(path, binding.value.text, binding.line, f"{name} is set to it")
        python = self.program.python(path)
        for scope, parameters in enumerate(python.scopes):
            if parameters.kind == "class":
                self.fields(path, scope)

    def fields(self, path: str, scope: int) -> None:
        """Fields of a class of settings: `model_name_or_path: str = field(default="...")`."""
        bound = self.program.bindings[path]
        for name in self.options_named:
            for binding in bound.get((scope, name), ()):
                value = binding.value
                if isinstance(value, Called) and isinstance(value.callee, External) and value.callee.name in _FIELDS:
                    value = next((a.value for a in value.arguments if a.label in ("default", "0")), value)
                if isinstance(value, Text) and is_model_id(value.text, is_certain="/" in value.text):
                    self.add_constant(path, value.text, binding.line, f"default of the setting {name}")

    def options(self) -> None:
        """Defaults of command-line options that are named as models are."""
        for name in self.options_named:
            for option in self.program.options.get(name, ()):
                default = option.default
                if isinstance(default, Text) and (
                    is_model_id(default.text, is_certain="/" in default.text) or is_image_model(default.text)
                ):
                    self.add_constant(option.path, default.text, option.line, f"default of --{name}")

    def add_constant(self, path: str, text: str, line: int, why: str) -> None:
        """A model that is named by a constant."""
        self.found.models.append(SeenModel(text, False, "", "", self.evidence(path, line, why)))
