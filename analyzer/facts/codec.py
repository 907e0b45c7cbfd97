"""Facts as bytes and back: what a cache, and a process that reads for another, hand over in place of Python objects.

A file's facts are a few hundred thousand small tuples at most, and of the values many are equal. Strings, places and values are
numbered, equal ones the same, and all else is written column by column for each type, as whole numbers: most of it is done by
loops that are not Python's, so that writing and reading cost a fraction of reading the source (docs/speed.md). Nothing in it
is code. What is not as it must be raises `ValueError`: a cache that was damaged is a miss.
"""

from __future__ import annotations

import sys
import typing
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import chain, islice
from itertools import count as counting_from
from typing import Any

from analyzer.model import facts as model
from analyzer.model.facts import UNKNOWN, Argument, FileFacts
from analyzer.model.span import Span

_VALUES: tuple[type, ...] = (
    model.Text, model.Formatted, model.Constant, model.External, model.Local, model.Called, model.Member, model.Item,
    model.Choice, model.Mapping, model.Sequence, model.Condition,
)  # fmt: skip
_RECORDS: tuple[type, ...] = (
    model.Import, model.Parameter, model.Scope, model.Binding, model.Use, model.StringLiteral, model.Guard, model.PythonFacts,
    model.Entry, model.NativeFunction, model.Registration, model.NativeFacts, model.Problem, model.Cell, FileFacts,
)  # fmt: skip
_STRING, _NUMBER, _FLAG, _WORDS, _NUMBERS, _SPAN, _SPANS, _VALUE, _RECORD, _RECORDS_OF = range(10)
"""What a field holds: `_WORDS` are a tuple of strings; a tuple of values, of arguments or of pairs counts as a value."""
_ARGUMENTS, _PAIRS, _TUPLE = range(len(_VALUES), len(_VALUES) + 3)
"""Codes of values that are plain tuples; the others are the places of their types in `_VALUES`."""
_STEP = len(_VALUES) + 1
_ALWAYS: dict[int, Any] = {0: None, _STEP: UNKNOWN, 2 * _STEP: ()}
"""Values with a number that is always theirs. Leaves have the code of their type, plus one, on top of a multiple of `_STEP`;
values that hold others have negative numbers, in an order in which each comes after those that it holds."""
_WIDTHS = "hiq"
_LAYOUT = {"little": b"l", "big": b"b"}[sys.byteorder]
_LENGTH_BYTES = 4
_PLAIN, _ESCAPED = "\0\1"
"""How the text of all strings begins: NUL stands between them, and where some have it themselves, it is written otherwise there."""


class Shape(typing.NamedTuple):
    """What a field holds; `record` is the type, where it holds records."""

    holds: int
    record: type


@lru_cache(maxsize=1)
def _shapes() -> dict[type, tuple[Shape, ...]]:
    """For each type what its fields hold, as they are annotated."""
    names = vars(model) | {"Span": Span}
    return {kind: tuple(map(_shape, typing.get_type_hints(kind, names).values())) for kind in (*_VALUES, *_RECORDS)}


def _shape(hint: Any) -> Shape:
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)[0]
        if inner in _RECORDS:
            return Shape(_RECORDS_OF, inner)
        return Shape({str: _WORDS, int: _NUMBERS, Span: _SPANS}.get(inner, _VALUE), FileFacts)
    for kind in (hint, *typing.get_args(hint)):
        if kind in _RECORDS:
            return Shape(_RECORD, kind)
    return Shape({str: _STRING, int: _NUMBER, bool: _FLAG, Span: _SPAN}.get(hint, _VALUE), FileFacts)


@lru_cache(maxsize=1)
def _leaves() -> dict[type, int]:
    """The types of values that hold no others, with the number of the first."""
    shapes = _shapes()
    return {kind: 1 + code for code, kind in enumerate(_VALUES) if all(shape.holds != _VALUE for shape in shapes[kind])}


@lru_cache(maxsize=1)
def _compounds() -> dict[type, int]:
    """The types of values that hold others, with their codes."""
    return {kind: code for code, kind in enumerate(_VALUES) if kind not in _leaves()}


def _numbering(first: int = 0, step: int = 1) -> defaultdict[Any, int]:
    """Numbers things, equal ones the same, in the order in which they are first asked for."""
    return defaultdict(counting_from(first, step).__next__)


class _Writer:
    """Numbers strings, places and values, and writes records down as columns of numbers."""

    def __init__(self) -> None:
        self.strings = _numbering()
        self.words = _numbering()
        self.spans = _numbering()
        self.leaves = {kind: _numbering(first, _STEP) for kind, first in _leaves().items()}
        self.compounds = _numbering(-1, -1)
        self.tuples: dict[int, int] = {}
        """By identity: the arguments of a call are those of the value that it gives."""
        self.ways: dict[int, Callable[[Any], int]] = {
            _STRING: self.strings.__getitem__,
            _WORDS: self.words.__getitem__,
            _SPAN: self.spans.__getitem__,
        }
        self.rows = {
            kind: (code, tuple(self.ways.get(shape.holds) for shape in _shapes()[kind])) for kind, code in _compounds().items()
        }
        self.number_of: dict[type, Callable[[Any], int]] = {
            type(None): {None: 0}.__getitem__, model.Unknown: {UNKNOWN: _STEP}.__getitem__, tuple: self.number_of_tuple,
            **dict.fromkeys(self.rows, self.number_of_compound),
            **{kind: numbers.__getitem__ for kind, numbers in self.leaves.items()},
        }  # fmt: skip
        """By type, what numbers a value: asked a million times, so that it is looked up where it is called."""

    def number_of_compound(self, value: Any) -> int:
        """The number of a value that holds others; readers bound how deep values nest."""
        number_of = self.number_of
        code, ways = self.rows[type(value)]
        row = [code]
        for way, field in zip(ways, value, strict=True):
            row.append(way(field) if way is not None else number_of[type(field)](field))
        return self.compounds[tuple(row)]

    def number_of_tuple(self, values: tuple[Any, ...]) -> int:
        """The number of a tuple of values, of arguments, or of pairs of a key and a value."""
        if not values:
            return 2 * _STEP
        known = self.tuples.get(id(values))
        if known is None:
            number_of, string = self.number_of, self.ways[_STRING]
            kind = type(values[0])
            if kind is Argument or kind is tuple:
                row = [_ARGUMENTS if kind is Argument else _PAIRS, len(values)]
                for label, value in values:
                    row += string(label), number_of[type(value)](value)
            else:
                row = [_TUPLE, len(values), *[number_of[type(value)](value) for value in values]]
            known = self.tuples[id(values)] = self.compounds[tuple(row)]
        return known

    def records(self, kind: type, records: Iterable[Any], out: list[int]) -> None:
        """Write down records of one type, whose count the reader knows: field by field, what a field holds after it."""
        for (holds, inner), column in zip(_shapes()[kind], zip(*records, strict=True), strict=False):
            if holds in self.ways:
                out.extend(map(self.ways[holds], column))
            elif holds == _VALUE:
                number_of = self.number_of
                out.extend([number_of[type(value)](value) for value in column])
            elif holds in (_NUMBER, _FLAG):
                out.extend(column)
            elif holds == _RECORD:
                out.extend(record is not None for record in column)
                self.records(inner, filter(None, column), out)
            else:
                out.extend(map(len, column))
                held = chain.from_iterable(column)
                if holds == _RECORDS_OF:
                    self.records(inner, held, out)
                else:
                    out.extend(held if holds == _NUMBERS else map(self.spans.__getitem__, held))

    def tables(self) -> list[int]:
        """What the records' numbers mean, in the order in which it can be read."""
        values: list[int] = []
        for kind, numbers in self.leaves.items():
            values.append(len(numbers))
            self.records(kind, numbers, values)
        values.append(len(self.compounds))
        values.extend(chain.from_iterable(self.compounds))
        words = [len(self.words), *map(len, self.words), *map(self.strings.__getitem__, chain.from_iterable(self.words))]
        return [len(self.spans), *chain.from_iterable(zip(*self.spans, strict=True)), *words, *values]


def encode(facts: FileFacts) -> bytes:
    """The facts of one file as bytes: the layout, the strings, then all else as numbers of one width."""
    writer = _Writer()
    records: list[int] = []
    writer.records(FileFacts, (facts,), records)
    numbers = writer.tables() + records
    text = _PLAIN + "\0".join(writer.strings)
    if text.count("\0") > len(writer.strings):  # a string has one of its own
        text = _ESCAPED + "\0".join(string.replace("\1", "\1a").replace("\0", "\1b") for string in writer.strings)
    strings = text.encode("utf-8", "surrogatepass")
    width, packed = _packed(numbers)
    return b"".join((_LAYOUT, width, len(strings).to_bytes(_LENGTH_BYTES, "little"), strings, packed))


def _packed(numbers: list[int]) -> tuple[bytes, bytes]:
    """The numbers in as few bytes for each as will do, and the letter of that width."""
    for width in _WIDTHS:
        try:
            return width.encode("ascii"), array(width, numbers).tobytes()
        except OverflowError:
            pass
    raise ValueError("no file has so many lines")


def decode(data: bytes) -> FileFacts:
    """The facts that `encode` wrote. Raises `ValueError` where it is not what `encode` writes."""
    start = 2 + _LENGTH_BYTES
    if len(data) <= start or data[:1] != _LAYOUT or chr(data[1]) not in _WIDTHS:
        raise ValueError("not facts that were written on such a machine")
    end = start + int.from_bytes(data[2:start], "little")
    text = data[start:end].decode("utf-8", "surrogatepass")
    numbers = array(chr(data[1]))
    numbers.frombytes(data[end:])
    try:
        reader = _Reader(_strings(text), numbers.tolist())
        (facts,) = reader.records(FileFacts, 1)
    except (TypeError, LookupError, StopIteration, OverflowError) as error:
        raise ValueError(str(error)) from None
    if reader.place != len(reader.numbers):
        raise ValueError("there is more than the facts of one file")
    return typing.cast(FileFacts, facts)


def _strings(text: str) -> list[str]:
    strings = text[1:].split("\0")
    if text[0] == _ESCAPED:
        return [string.replace("\1b", "\0").replace("\1a", "\1") for string in strings]
    return strings


def _maker(kind: Any) -> Callable[[Any], Any]:
    """Makes a named tuple from as many values as it has fields: what its own constructor does, without a call of it."""
    return partial(tuple.__new__, kind)


_argument = _maker(Argument)
_span = _maker(Span)


_SAME: dict[type, dict[Any, Any]] = defaultdict(dict)
"""Values of all files that hold no others, by type: of the names of libraries few are different."""


class _Reader:
    """Builds what `_Writer` wrote, in the same order."""

    def __init__(self, strings: list[str], numbers: list[int]) -> None:
        self.numbers = numbers
        self.place = 0
        self.same: dict[int, int] = {}
        string = list(map(sys.intern, strings)).__getitem__
        spans = self.count()
        span = list(map(_span, zip(*[self.shared(spans) for _ in Span._fields], strict=True))).__getitem__
        lengths = self.take(self.count())
        words = list(_split(map(string, self.take(sum(lengths))), lengths)).__getitem__
        self.values = dict(_ALWAYS)
        self.found: dict[int, Callable[[int], Any]] = {
            _STRING: string, _WORDS: words, _SPAN: span, _VALUE: self.values.__getitem__, _FLAG: bool,
        }  # fmt: skip
        for kind, first in _leaves().items():
            leaves = self.records(kind, self.count())
            leaves = list(map(_SAME[kind].setdefault, leaves, leaves))
            self.values.update(zip(range(first, first + _STEP * len(leaves), _STEP), leaves, strict=True))
        self.read_compounds(self.count())

    def take(self, count: int) -> list[int]:
        """The next so many numbers."""
        taken = self.numbers[self.place : self.place + count]
        if count < 0 or len(taken) != count:
            raise ValueError(f"{count} numbers are not there")
        self.place += count
        return taken

    def shared(self, count: int) -> Iterable[int]:
        """The next so many numbers, equal ones the same object: most are lines, of which two are equal as a rule."""
        taken = self.take(count)
        return map(self.same.setdefault, taken, taken)

    def count(self) -> int:
        """The next number."""
        return self.take(1)[0]

    def read_compounds(self, count: int) -> None:
        """Values that hold others, each made of those before it."""
        if not count:
            return
        numbers, place, values = self.numbers, self.place, self.values
        value, string = self.found[_VALUE], self.found[_STRING]
        rows = {code: (kind, [self.found[shape.holds] for shape in _shapes()[kind]]) for kind, code in _compounds().items()}
        new: Any = tuple.__new__
        for number in range(-1, -1 - count, -1):
            code = numbers[place]
            if code < 0 or numbers[place + 1] < 0 <= code - _ARGUMENTS:
                raise ValueError(f"no value begins with {code}, {numbers[place + 1]}")
            if code < _ARGUMENTS:
                kind, ways = rows[code]
                end = place + 1 + len(ways)
                if end == place + 3:  # nearly all
                    first, second = ways
                    values[number] = new(kind, (first(numbers[place + 1]), second(numbers[place + 2])))
                else:
                    values[number] = new(kind, [way(field) for way, field in zip(ways, numbers[place + 1 : end], strict=True)])
            elif code == _TUPLE:
                end = place + 2 + numbers[place + 1]
                values[number] = tuple(map(value, numbers[place + 2 : end]))
            else:
                end = place + 2 + 2 * numbers[place + 1]
                pairs = zip(map(string, numbers[place + 2 : end : 2]), map(value, numbers[place + 3 : end : 2]), strict=True)
                values[number] = tuple(map(_argument, pairs) if code == _ARGUMENTS else pairs)
            place = end
        self.place = place

    def records(self, kind: type, count: int) -> list[Any]:
        """So many records of one type."""
        if not count:
            return []
        found, take = self.found, self.take
        columns: list[Iterable[Any]] = []
        for holds, inner in _shapes()[kind]:
            if holds in found:
                columns.append(map(found[holds], take(count)))
            elif holds == _NUMBER:
                columns.append(self.shared(count))
            else:
                columns.append(self.held(holds, inner, take(count)))
        return list(map(_maker(kind), zip(*columns, strict=True)))

    def held(self, holds: int, inner: type, counts: list[int]) -> Iterable[Any]:
        """What several records hold in one field, so many things each."""
        if holds == _RECORD:
            there = iter(self.records(inner, sum(counts)))
            return [next(there) if is_there else None for is_there in counts]
        if holds == _RECORDS_OF:
            return _split(self.records(inner, sum(counts)), counts)
        held = self.take(sum(counts))
        return _split(held if holds == _NUMBERS else map(self.found[_SPAN], held), counts)


def _split(things: Iterable[Any], lengths: Iterable[int]) -> Iterable[tuple[Any, ...]]:
    """Tuples of so many things each, in their order."""
    rest = iter(things)
    return (tuple(islice(rest, length)) for length in lengths)
