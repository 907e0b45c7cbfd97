"""What the tables say against a call in code that is to be exported, looked up once for each name."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from analyzer.knowledge.export_patterns import Builder, ExportPatterns
from analyzer.knowledge.operators import OperatorBook, find_statements
from analyzer.model.facts import Argument, Constant, External, Sequence, Text, Value
from analyzer.model.operators import Statement, combined
from analyzer.operators.pins import Pin, seen_with

SURE_NOTES = ("no ONNX lowering", "it cannot be exported")
"""How failures begin that do not hang on the shapes that were tried."""


class Against(NamedTuple):
    """Something that speaks against a call."""

    rule_id: str
    operator: str
    message: str
    targets: tuple[str, ...]
    """The targets that it is about; () for all."""
    needs_tensor: bool = False
    """Whether it only counts where a tensor or module is passed."""


class Knowledge:
    """Answers for all targets with a table of operators at once."""

    def __init__(self, books: tuple[OperatorBook, ...], patterns: ExportPatterns, pins: Mapping[str, Pin] | None = None) -> None:
        self.books = books
        self.patterns = patterns
        self.pins = pins or {}
        self.known: dict[str, tuple[Against, ...]] = {}
        self.deciding = {name for item in patterns.arguments for name in item.names}

    def against(self, name: str, arguments: tuple[Argument, ...]) -> tuple[Against, ...]:
        """Everything that speaks against a call of a name."""
        if name not in self.known:
            self.known[name] = self.find(name)
        return (*self.known[name], *self.by_argument(name, arguments)) if name in self.deciding else self.known[name]

    def find(self, name: str) -> tuple[Against, ...]:
        """What speaks against a name whatever its arguments."""
        for surface in self.patterns.surfaces:
            if any(_means(name, pattern) for pattern in surface.names) and not any(_means(name, item) for item in surface.excepted):
                seen = seen_with(surface.versions, self.pins)
                if seen is None:
                    return ()
                message = f"{surface.note}. {surface.rewrite}{seen}"
                return (Against(surface.rule, surface.operator, message, surface.targets, surface.needs_tensor),)
        if not name.startswith(("torch.", "jax.")):
            return ()
        by_text: dict[str, list[str]] = {}
        for book in self.books:
            statement = self.unsupported(book, name)
            if statement is not None:
                by_text.setdefault(f"{name}: {statement.note or 'not supported'}", []).append(book.target_id)
        return tuple(Against("operator-not-exported", name, text, tuple(targets)) for text, targets in by_text.items())

    def hangs_on_shapes(self, item: Against) -> bool:
        """Whether sizes that are not known here decide."""
        return item.operator in self.patterns.by_shape

    def unsupported(self, book: OperatorBook, name: str) -> Statement | None:
        """The statement that an operator cannot be used in its usual form: measured, or documented."""
        if not is_measured(book):
            said = [item for item in find_statements(book, name) if item.applies and item.evidence.startswith("documented")]
            plain = [item for item in said if not item.variant]
            return plain[0] if plain and all(item.status == "unsupported" for item in plain) else None
        found = tuple(item for item in book.by_name.get(name.lower(), ()) if item.confidence == "high")
        own = [item for item in found if item.operator == name and item.evidence == "measured"]
        usual = [item for item in own if item.dtype == "float32"] or own
        plain = [item for item in usual if not item.variant] or usual
        is_sure = plain and all(item.status == "unsupported" and item.note.startswith(SURE_NOTES) for item in plain)
        return plain[0] if is_sure else None

    def by_argument(self, name: str, arguments: tuple[Argument, ...]) -> tuple[Against, ...]:
        """What speaks against a call because of an argument that is written out."""
        given = {argument.label: argument.value for argument in arguments}
        found: list[Against] = []
        if name not in self.deciding:
            return ()
        for item in self.patterns.arguments:
            value = given.get(item.argument, given.get(str(item.position))) if name in item.names else None
            if value is not None and any(_is_value(value, wanted) for wanted in item.values):
                found.append(Against(item.rule, item.operator, f"{item.note}. {item.rewrite}", item.targets))
        return tuple(found)

    def always_works(self, name: str, size: object) -> bool:
        """Whether a layer made with such a first argument works although others of its kind do not."""
        return any(name in item.names and str(size) in item.values for item in self.patterns.exceptions)

    def builder(self, name: str) -> Builder | None:
        """What a call makes a model by, if it is one that makes what a configuration describes."""
        return next((item for item in self.patterns.builders if any(fnmatchcase(name, wanted) for wanted in item.names)), None)

    def is_cache_attribute(self, name: str) -> bool:
        """Whether an attribute of an unknown output is a cache."""
        return name in self.patterns.cache_attributes

    def is_cache_class(self, name: str) -> bool:
        """Whether an outside class is a cache."""
        return any(fnmatchcase(name, pattern) for pattern in self.patterns.cache_classes)


def is_measured(book: OperatorBook) -> bool:
    """Whether operators were tried on the target; documents alone never prove that something runs."""
    return book.target_id == "onnxruntime"


def _means(name: str, pattern: str) -> bool:
    """Whether a dotted name is the pattern's, or, in a library's own source, ends like it."""
    if "*" in pattern:
        return fnmatchcase(name, pattern)
    return name == pattern or ("." in name and pattern.endswith(f".{name}"))


def _is_value(value: Value, wanted: str) -> bool:
    """Whether an argument has a value that decides."""
    if isinstance(value, Sequence):
        return any(_is_value(item, wanted) for item in value.items)
    text = value.text if isinstance(value, Text | Constant) else value.name if isinstance(value, External) else None
    if wanted == "*":
        return text != "None"
    if wanted.startswith(">") and text is not None and text.isdigit():
        return int(text) > int(wanted[1:])
    return text == wanted


def status_of(book: OperatorBook, name: str) -> tuple[str, str, str]:
    """(status, confidence, source) of an operator on a target."""
    found = find_statements(book, name)
    status, confidence = combined(found)
    chosen = next((statement for statement in found if statement.status == status), None)
    return status, confidence, f"{chosen.source} ({chosen.version}, {chosen.as_of})" if chosen else ""
