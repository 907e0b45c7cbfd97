"""A verdict for every model of the repository: does its forward pass export, load, run and agree, as it stands?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from analyzer.discover.kinds import is_test_path
from analyzer.forked import in_runs
from analyzer.knowledge.export_patterns import load_export_patterns
from analyzer.knowledge.neuron_verdicts import load_neuron_verdicts
from analyzer.knowledge.operators import OperatorBook, operator_book, table_of
from analyzer.knowledge.targets import find_target
from analyzer.link.program import Program
from analyzer.model.effort import EntryPoint, OperatorUse, Reason
from analyzer.model.finding import Finding as Tie
from analyzer.operators.abstract import TENSOR, UNKNOWN, Abstract, ClassPlace, Finding, OperatorSite, objects_in
from analyzer.operators.classes import Classes
from analyzer.operators.documented import DocumentedVerdicts
from analyzer.operators.frames import Frame, is_tensor_annotation
from analyzer.operators.interpreter import Interpreter
from analyzer.operators.knowledge import Knowledge, is_measured, status_of
from analyzer.operators.pins import pins_of
from analyzer.operators.served import ServedFinder, arranged, may_serve

MOST_REASONS = 8
MODELS_OF_A_PART = 500
"""Fewer are walked through in less time than it takes to share them out, and what models have in common once for a part."""
EXPORT = "torch.onnx.export({}(...).eval(), (INPUTS,), dynamo=True, report=True)"
HOW_TO_KNOW = f"{EXPORT.format('MODEL')}, and run what it writes in ONNX Runtime"
CACHE = "cache-in-output"
COMPILE = "compile it for the target, with inputs as in use"
OTHER_FRAMEWORK = {
    "TensorFlow": "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx",
    "JAX": "jax.experimental.jax2tf.convert(FUNCTION), saved; then python -m tf2onnx.convert --saved-model FOLDER --output m.onnx",
}
"""What tells whether a model of another framework can be exported."""
NOTHING_AGAINST = (
    "Predicted to export, load, run and agree when it is called as usual: nothing that was measured ({}) stands for certain "
    "against a line that is reached. Results that differ in value are not foretold"
)
POSSIBLE = "Only where the code gets there: "
BLOCKING = frozenset({"compiled-extension"})
RARELY_TAKEN = frozenset(
    {
        "operator-not-exported",
        "compiled-extension",
        "scripted-function",
        "nested-tensor",
        "sparse-tensor",
        "custom-operator",
        "function-transform",
        "quantised-tensor",
        "copy-in-forward",
        "thread-in-forward",
        "numpy-in-forward",
    }
)
"""Rules that, where code only may lead to them, are mostly about a way that the usual call does not take."""
MASKS_NOT_GIVEN = ("decoder_", "cross_", "head_", "encoder_", "memory_", "src_", "tgt_")
"""How masks begin that the usual call leaves out: those of another input than the first."""
GIVEN_BY_NAME = ("mask", "input_", "pixel_values", "input_values", "input_features", "inputs")


class Walked(NamedTuple):
    """What walking through some models tells, and, but for what was found, those before them in the same process."""

    found: dict[ClassPlace, tuple[Finding, ...]]
    sites: dict[ClassPlace, tuple[OperatorSite, ...]]
    used: dict[str, set[tuple[str, int]]]
    """Operators, each with the (path, line) of its uses."""
    made: set[ClassPlace]
    """Modules that another class makes for itself."""


def walk_in_order(parts: Sequence[Callable[[], Walked]]) -> list[Walked]:
    """What comes of each part, one after the other."""
    return [part() for part in parts]


class Predictor:
    """Predictions for all targets with a table of operators, from one walk through the models."""

    def __init__(
        self,
        program: Program,
        target_ids: Iterable[str],
        ties: Iterable[Tie] = (),
        walk_all: Callable[[Sequence[Callable[[], Walked]]], list[Walked]] = walk_in_order,
    ) -> None:
        """`walk_all` does what it is given, perhaps in several processes, and gives what comes of each, in their order."""
        self.program = program
        self.classes = Classes(program)
        tables = tuple(dict.fromkeys(table for target in target_ids if (table := table_of(target))))
        places = list(self.models()) if tables else []
        self.books: dict[str, OperatorBook] = {}
        self.found: dict[ClassPlace, tuple[Finding, ...]] = {}
        self.sites: dict[ClassPlace, tuple[OperatorSite, ...]] = {}
        self.ties = tuple(tie for tie in ties if tie.suppressed is None and not tie.in_tests)
        self.documented: dict[str, DocumentedVerdicts | None] = {}
        if places or (tables and any(may_serve(python) for _, python in program.python_files())):  # else no table need be read
            self.books = {table: book for table in tables if (book := operator_book(table)) is not None}
            self.patterns = load_export_patterns()
            knowledge = Knowledge(tuple(self.books.values()), self.patterns, pins_of(program.files.values()))
            self.interpreter = Interpreter(program, knowledge, self.classes)
            self.interpreter.marked = frozenset((tie.path, tie.span.line) for tie in self.ties)
            self.take(walk_all(self.parts(places)))
            self.served = ServedFinder(program, self.interpreter)
        else:
            walk_all([])

    def parts(self, places: Sequence[ClassPlace]) -> list[Callable[[], Walked]]:
        """The walk through all models, in parts that no number of processes changes, each with nothing remembered of others."""
        return [partial(self.walked, part) for part in in_runs(places, round(len(places) / MODELS_OF_A_PART))]

    def take(self, parts: Iterable[Walked]) -> None:
        """Put together what the parts tell."""
        for walked in parts:
            self.found.update(walked.found)
            self.sites.update(walked.sites)
            self.interpreter.parts |= walked.made
            for name, used in walked.used.items():
                self.interpreter.used.setdefault(name, set()).update(used)
        self.interpreter.forget()

    def walked(self, places: Iterable[ClassPlace]) -> Walked:
        """Walk through some of the models."""
        self.interpreter.forget()
        found = {place: self.findings(place) for place in places}
        return Walked(found, self.sites, self.interpreter.used, self.interpreter.parts)

    def entry_points(self, target_id: str) -> tuple[EntryPoint, ...]:
        """One for each model, then for each part of one, then for each function that exports or serves; none without a table."""
        table = table_of(target_id)
        if not table or not self.books:
            return ()
        points = {place: self.entry_point(place, table, target_id) for place in self.found}
        return (
            *arranged(points, self.interpreter.parts),
            *self.served.entry_points(points, HOW_TO_KNOW if is_measured(self.books[table]) else COMPILE),
        )

    def documented_verdicts(self, target_id: str) -> DocumentedVerdicts | None:
        """The verdicts from documents; None for a target that the operators were tried on. Raises `LookupError` for one of
        which neither is told."""
        if target_id not in self.documented:
            self.documented[target_id] = self._documented(target_id, self.books[table_of(target_id)])
        return self.documented[target_id]

    def _documented(self, target_id: str, book: OperatorBook) -> DocumentedVerdicts | None:
        if is_measured(book):
            return None
        path = load_neuron_verdicts().path_of(target_id)
        if path is None:
            raise LookupError(f"{target_id}: its operators were not tried, and neuron-verdicts.toml has no path for it")
        return DocumentedVerdicts(target_id, path, book, find_target(target_id).support, self.ties)

    def operators(self, target_id: str) -> tuple[OperatorUse, ...]:
        """Every operator that reached code uses, with what the target does with it."""
        book = self.books.get(table_of(target_id))
        if book is None or not self.found:
            return ()
        documented = self.documented_verdicts(target_id)
        if documented is not None:
            named = ((name, len(places), documented.use_of(name)) for name, places in sorted(self.interpreter.used.items()))
            return tuple(OperatorUse(name, use[0], sites, use[1]) for name, sites, use in named if use is not None)
        return tuple(
            OperatorUse(name, status, len(places), f"{reference}; confidence {confidence}" if reference else "")
            for name, places in sorted(self.interpreter.used.items())
            for status, confidence, reference in [status_of(book, name)]
        )

    def models(self) -> Iterator[ClassPlace]:
        """Every class outside tests that is a `torch.nn.Module` with a forward pass, or a model of Keras, Flax and the like."""
        for path, python in self.program.python_files():
            if is_test_path(path):
                continue
            for index, scope in enumerate(python.scopes):
                if scope.kind == "class" and scope.bases and not scope.qualified_name.rpartition(".")[2].startswith("_"):
                    place = (path, index)
                    is_module = self.classes.is_module(place) and self.classes.method(place, "forward") is not None
                    if is_module or self.classes.other_framework(place) is not None:
                        yield place

    def entry_point(self, place: ClassPlace, table: str, target_id: str) -> EntryPoint:
        """The prediction for a model, called as it usually is."""
        scope = self.classes.scope(place)
        findings = tuple(finding for finding in self.found[place] if not finding.targets or table in finding.targets)
        symbol = f"{self.program.modules.shown_name(place[0])}.{scope.qualified_name}"
        other = self.classes.other_framework(place)
        documented = self.documented_verdicts(target_id) if other is None else None
        if documented is not None:
            return self.documented_entry_point(place, symbol, documented, findings)
        prediction, why = verdict(findings), reasons(findings)
        if prediction == "runs" and other is None:
            first = Reason(
                "predicted-from-measurements", place[0], scope.span.line, NOTHING_AGAINST.format(measured_with(self.books[table]))
            )
            why = (first, *why)[:MOST_REASONS]
        if other is not None and prediction == "runs":
            is_neuron = not is_measured(self.books[table])
            said = load_neuron_verdicts().other_frameworks[other[0]] if is_neuron else f"To know: {OTHER_FRAMEWORK[other[0]]}"
            message = f"{other[0]} code, of which no table here says whether it runs; its operators are listed. {said}"
            prediction, why = "unknown", (Reason("other-framework", place[0], scope.span.line, message),)
        if prediction == "unknown" and other is None:
            module, _, name = symbol.rpartition(".")
            command = f'python -c "import torch; from {module} import {name}; {EXPORT.format(name)}"'
            why = (*why[: MOST_REASONS - 1], Reason("to-know", place[0], scope.span.line, f"To know: {command}"))
        return EntryPoint(place[0], scope.span.line, symbol, "model", prediction, why)

    def documented_entry_point(
        self, place: ClassPlace, symbol: str, documented: DocumentedVerdicts, findings: tuple[Finding, ...]
    ) -> EntryPoint:
        """The prediction that documents allow, on a target that nothing was tried on."""
        line = self.classes.scope(place).span.line
        forward = self.classes.method(place, "forward")
        if forward is not None and not self.program.bound(*forward, "return"):
            left = Reason(
                "not-implemented-here", forward[0], self.classes.scope(forward).span.line, "Its forward pass returns nothing"
            )
            return EntryPoint(place[0], line, symbol, "model", "unknown", (left,))
        prediction, why = documented.verdict((place[0], line), findings, self.sites[place])
        return EntryPoint(place[0], line, symbol, "model", prediction, why)

    def findings(self, place: ClassPlace) -> tuple[Finding, ...]:
        """What stands against a model."""
        other = self.classes.other_framework(place)
        function = other[1] if other is not None else self.classes.method(place, self.classes.called_method(place))
        self.sites[place] = ()
        if function is None:
            return ()
        self.interpreter.frames = 0
        frame = Frame(function[0], function[1], place, self.inputs(place, function))
        outcome = self.interpreter.walk(frame, 0)
        found = list(outcome.findings)
        self.sites[place] = outcome.sites
        held = objects_in(outcome.returns)
        if held:
            found.append(self.output_finding(frame, next((item for item in held if item.const), held[0])))
        return tuple(dict.fromkeys(found))

    def inputs(self, place: ClassPlace, function: tuple[str, int]) -> tuple[tuple[str, Abstract], ...]:
        """What the usual call gives: all that has no default, the first input, and masks."""
        parameters = self.classes.scope(function).parameters[1:]
        values = []
        for number, parameter in enumerate(parameters):
            is_usual = any(word in parameter.name for word in GIVEN_BY_NAME) and not parameter.name.startswith(MASKS_NOT_GIVEN)
            is_given = parameter.default is None or number == 0 or is_usual
            value = self.interpreter.default(function, place, parameter.default, parameter.name, False)
            if is_given and parameter.name != "inputs_embeds":
                value = TENSOR if is_tensor_annotation(parameter.annotation) or number == 0 else UNKNOWN
            values.append((parameter.name, value))
        return tuple(values)

    def output_finding(self, frame: Frame, held: Abstract) -> Finding:
        """An output that exporters cannot take apart, at the place where it is made or handed on."""
        returned = self.program.bound(frame.path, frame.scope, "return")
        path, line = held.where or (
            frame.path,
            returned[-1].line if returned else self.classes.scope((frame.path, frame.scope)).span.line,
        )
        if held.const:
            return Finding(CACHE, "", path, line, f"{self.patterns.cache_note}. {self.patterns.cache_rewrite}", True)
        message = (
            "An object of a class of its own is among the outputs: return tensors, tuples or dictionaries, or register the class"
        )
        return Finding("object-in-output", "", path, line, message, True)


def measured_with(book: OperatorBook) -> str:
    """The versions of what operators were measured with."""
    measured = (item for statements in book.by_name.values() for item in statements if item.evidence == "measured")
    return next((item.version for item in measured), "versions not known")


def verdict(findings: tuple[Finding, ...]) -> str:
    """The prediction that findings lead to."""
    certain = [finding for finding in findings if finding.is_certain]
    if any(finding.rule_id in BLOCKING for finding in certain):
        return "blocked"
    if certain:
        return "needs_changes"
    return "unknown" if any(finding.rule_id not in RARELY_TAKEN for finding in findings) else "runs"


def reasons(findings: tuple[Finding, ...]) -> tuple[Reason, ...]:
    """The chain that a person can check, what is certain first."""
    certain = [finding for finding in findings if finding.is_certain]
    chosen: Iterable[Finding] = certain or findings
    if any(finding.rule_id != CACHE for finding in certain):
        chosen = (*certain, *(item._replace(message=POSSIBLE + item.message) for item in findings if not item.is_certain))
    places = {(finding.rule_id, finding.path, finding.line): finding for finding in reversed(tuple(chosen))}
    ordered = list(places.values())[::-1][:MOST_REASONS]
    return tuple(Reason(finding.rule_id, finding.path, finding.line, finding.message, finding.operator) for finding in ordered)
