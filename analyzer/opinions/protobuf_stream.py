"""Walks a protobuf file field by field without holding it: what is not wanted is skipped, however large it is.

The wire format: https://protobuf.dev/programming-guides/encoding/ . Every length is checked against what encloses it, and
the number of fields is bounded, so that time and memory are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from analyzer.model.errors import UserInputError

MOST_FIELDS = 6_000_000
LONGEST_VARINT_BYTES = 10
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED_SIZES = {FIXED64: 8, FIXED32: 4}


class Field(NamedTuple):
    """One field: `value` of a number, else its bytes from `start` to `end` of the file."""

    number: int
    kind: int
    value: int
    start: int
    end: int


class ProtobufStream:
    """A file that is read as protobuf. Every error names the file, the place in the message and the byte."""

    def __init__(self, source: str, stream: BinaryIO, size: int) -> None:
        self.source = source
        self.stream = stream
        self.size = size
        self.position = 0
        self.fields_read = 0

    def fail(self, place: str, reason: str) -> UserInputError:
        """The error for a place in the message, to be raised by the caller."""
        return UserInputError(self.source, place, reason)

    def fields(self, start: int, end: int, place: str) -> Iterator[Field]:
        """The fields of a message that lies from `start` to `end`; what the caller does not read is skipped."""
        at = start
        while at < end:
            self.fields_read += 1
            if self.fields_read > MOST_FIELDS:
                raise self.fail(place, f"holds more than {MOST_FIELDS:,} fields")
            self.seek(at)
            tag = self.varint(end, place)
            number, kind = tag >> 3, tag & 7
            if number == 0 or kind not in (VARINT, FIXED64, BYTES, FIXED32):
                raise self.fail(place, f"is not valid protobuf at byte {at:,}")
            value = self.varint(end, place) if kind in (VARINT, BYTES) else _FIXED_SIZES[kind]
            begin = self.position
            at = begin if kind == VARINT else begin + value
            if at > end:
                raise self.fail(place, f"ends too early: a field at byte {begin:,} needs {value:,} bytes, {end - begin:,} are left")
            yield Field(number, kind, value, begin, at)

    def varint(self, end: int, place: str) -> int:
        """The number at the present position."""
        value = 0
        for index in range(LONGEST_VARINT_BYTES):
            byte = self.stream.read(1) if self.position < end else b""
            if not byte:
                raise self.fail(place, f"ends too early, at byte {self.position:,}")
            self.position += 1
            value |= (byte[0] & 127) << (7 * index)
            if byte[0] < 128:
                return value
        raise self.fail(place, f"is not valid protobuf at byte {self.position:,}: a number without end")

    def content(self, field: Field, most_bytes: int, place: str) -> bytes:
        """The bytes of a field that must be short."""
        if field.kind != BYTES:
            raise self.fail(place, "is a number, must be text or a message")
        if field.end - field.start > most_bytes:
            raise self.fail(place, f"is {field.end - field.start:,} bytes long; at most {most_bytes:,} are read")
        self.seek(field.start)
        data = self.stream.read(field.end - field.start)
        self.position = field.start + len(data)
        if len(data) < field.end - field.start:
            raise self.fail(place, f"ends too early, at byte {self.position:,}")
        return data

    def text(self, field: Field, most_bytes: int, place: str) -> str:
        """The text of a field that must be short; bytes that are not UTF-8 become replacement characters."""
        return self.content(field, most_bytes, place).decode("utf-8", "replace")

    def seek(self, position: int) -> None:
        """Go to a byte."""
        if position != self.position:
            self.stream.seek(position)
            self.position = position


def encoded(number: int, content: bytes) -> bytes:
    """A field that holds text or a message."""
    return _varint_bytes(number << 3 | BYTES) + _varint_bytes(len(content)) + content


def encoded_number(number: int, value: int) -> bytes:
    """A field that holds a number."""
    return _varint_bytes(number << 3 | VARINT) + _varint_bytes(value)


def _varint_bytes(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
