"""Facts as JSON and back: what a cache, and a process that reads for another, hand over in place of Python objects.

A file's facts are a few hundred thousand small tuples at most, and of the values many are equal. Each different value is written
once, after the values in it; all else is written column by column for each type, so that reading it back costs a fraction of
reading the source (docs/speed.md). What is not as it must be raises `ValueError`: a cache that was damaged is a miss.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from analyzer.model import facts as model
from analyzer.model.facts import Argument, FileFacts
from analyzer.model.span import Span

_VALUES: tuple[type, ...] = (
    model.Text, model.Formatted, model.Constant, model.External, model.Local, model.Called, model.Member, model.Item,
    model.Choice, model.Mapping, model.Sequence, model.Condition, model.Unknown,
)  # fmt: skip
_RECORDS: tuple[type, ...] = (
    model.Import, model.Parameter, model.Scope, model.Binding, model.Use, model.StringLiteral, model.Guard, model.PythonFacts,
    model.Entry, model.NativeFunction, model.Registration, model.NativeFacts, model.Problem, model.Cell, FileFacts,
)  # fmt: skip
"""Each after those that it holds."""
_VALUE_NUMBER = {kind: number for number, kind in enumerate(_VALUES)}
NOTHING = -1
_PLAIN, _PLAINS, _SPAN, _SPANS, _VALUE, _VALUE_LIST, _PAIRS, _ARGUMENTS, _RECORD, _RECORD_LIST = range(10)
"""What a field holds. Places, pairs of key and value, and arguments are written inside of what they belong to."""


@lru_cache(maxsize=1)
def _shapes() -> dict[type, tuple[tuple[int, int], ...]]:
    """For each type what its fields hold, as they are annotated, and the number of the record type where it is one."""
    names = vars(model) | {"Span": Span}
    return {kind: tuple(map(_shape, typing.get_type_hints(kind, names).values())) for kind in (*_VALUES, *_RECORDS)}


def _shape(hint: Any) -> tuple[int, int]:
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)[0]
        if typing.get_origin(inner) is tuple:
            return _PAIRS, 0
        if inner in _RECORDS:
            return _RECORD_LIST, _RECORDS.index(inner)
        return {str: _PLAINS, int: _PLAINS, Span: _SPANS, Argument: _ARGUMENTS}.get(inner, _VALUE_LIST), 0
    for kind in (hint, *typing.get_args(hint)):
        if kind in _RECORDS:
            return _RECORD, _RECORDS.index(kind)
    return {str: _PLAIN, int: _PLAIN, bool: _PLAIN, Span: _SPAN}.get(hint, _VALUE), 0


class _Writer:
    """Numbers values, equal ones the same, and records within their type."""

    def __init__(self) -> None:
        self.values: list[list[Any]] = []
        self.by_id: dict[int, int] = {}
        self.by_content: dict[str, int] = {}
        self.records: list[list[list[Any]]] = [[] for _ in _RECORDS]
        self.inner = {
            kind: [(place, shape, record) for place, (shape, record) in enumerate(shapes) if shape >= _VALUE]
            for kind, shapes in _shapes().items()
        }

    def value(self, value: Any) -> int:
        """The number of a value; readers bound how deep values nest. None has none."""
        if value is None:
            return NOTHING
        known = self.by_id.get(id(value))
        if known is None:
            row = self.row(value)
            row.insert(0, _VALUE_NUMBER[type(value)])
            known = self.by_content.setdefault(repr(row), len(self.values))
            if known == len(self.values):
                self.values.append(row)
            self.by_id[id(value)] = known
        return known

    def record(self, record: Any, number: int) -> int:
        """The number of a record within its type."""
        if record is None:
            return NOTHING
        row = self.row(record)
        self.records[number].append(row)
        return len(self.records[number]) - 1

    def row(self, node: Any) -> list[Any]:
        """The fields of a tuple, with numbers for what is in them."""
        row = list(node)
        for place, shape, number in self.inner[type(node)]:
            held = row[place]
            if shape == _VALUE:
                row[place] = self.value(held)
            elif shape == _ARGUMENTS or shape == _PAIRS:  # noqa: PLR1714, SIM109 - asked a million times
                row[place] = [[key, self.value(value)] for key, value in held]
            elif shape == _VALUE_LIST:
                row[place] = [self.value(value) for value in held]
            elif shape == _RECORD:
                row[place] = self.record(held, number)
            else:
                row[place] = [self.record(record, number) for record in held]
        return row


def encode(facts: FileFacts) -> bytes:
    """The facts of one file as JSON."""
    writer = _Writer()
    writer.record(facts, len(_RECORDS) - 1)
    columns = [list(zip(*rows, strict=True)) for rows in writer.records]
    return json.dumps([writer.values, columns], ensure_ascii=True, separators=(",", ":")).encode("ascii")


def decode(data: bytes) -> FileFacts:
    """The facts that `encode` wrote. Raises `ValueError` where it is not what `encode` writes."""
    try:
        rows, tables = json.loads(data)
        found = _Reader(rows)
        for kind, columns in zip(_RECORDS, tables, strict=True):
            found.add_records(kind, columns)
        (facts,) = found.records[-1]
    except (TypeError, IndexError, RecursionError, AttributeError) as error:
        raise ValueError(str(error)) from None
    return typing.cast(FileFacts, facts)


def _maker(kind: Any) -> Callable[[Any], Any]:
    """Makes a named tuple from as many values as it has fields: what its own constructor does, without a call of it."""
    return partial(tuple.__new__, kind)


_argument = _maker(Argument)


class _Reader:
    """Builds the values, then the records type by type."""

    def __init__(self, rows: list[list[Any]]) -> None:
        self.values: list[Any] = []
        self.records: list[list[Any]] = []
        shapes = _shapes()
        kinds = [(_maker(kind), [(i, shape) for i, (shape, _) in enumerate(shapes[kind]) if shape != _PLAIN]) for kind in _VALUES]
        for kind, *row in rows:
            make, inner = kinds[kind]
            for place, shape in inner:
                row[place] = self.column([row[place]], shape, 0)[0]
            self.values.append(make(row))

    def add_records(self, kind: type, columns: list[list[Any]]) -> None:
        """All records of a type, in order."""
        shapes = _shapes()[kind]
        if columns and len(columns) != len(shapes):
            raise ValueError(f"{len(columns)} columns for {kind.__name__}")
        built = [self.column(column, *shape) for column, shape in zip(columns, shapes, strict=False)]
        self.records.append(list(map(_maker(kind), zip(*built, strict=True))))

    def column(self, values: list[Any], shape: int, number: int) -> list[Any]:
        """The values of one field of several tuples."""
        find = self.values.__getitem__
        if shape == _PLAIN:
            return values
        if shape == _PLAINS:
            return [tuple(parts) for parts in values]
        if shape == _SPAN:
            return list(map(Span._make, values))
        if shape == _SPANS:
            return [tuple(map(Span._make, parts)) for parts in values]
        if shape == _VALUE:
            return [None if place == NOTHING else find(place) for place in values]
        if shape == _VALUE_LIST:
            return [tuple(map(find, places)) for places in values]
        if shape == _PAIRS:
            return [tuple((key, find(place)) for key, place in pairs) for pairs in values]
        if shape == _ARGUMENTS:
            return [tuple(_argument((label, find(place))) for label, place in pairs) for pairs in values]
        record = self.records[number].__getitem__
        if shape == _RECORD:
            return [None if place == NOTHING else record(place) for place in values]
        return [tuple(map(record, places)) for places in values]
