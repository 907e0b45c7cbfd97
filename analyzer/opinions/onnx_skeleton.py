"""The skeleton of an `.onnx` file: nodes, subgraphs, functions and opsets, without a single weight.

Field numbers are those of onnx/onnx.proto. Tensors are counted where they stand and skipped; data beside the file is named,
never opened.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from analyzer.model.opinion import Quote
from analyzer.opinions.protobuf_stream import VARINT, Field, ProtobufStream, encoded, encoded_number

DEEPEST_SUBGRAPH = 30
"""A subgraph lies three messages below the one around it, and readers of protobuf stop at a hundred."""
LONGEST_NAME_BYTES = 4_000
LONGEST_TRACE_BYTES = 64_000
MOST_SKELETON_BYTES = 200_000_000
MOST_QUOTES = 20_000
MOST_LOCATIONS = 20
LARGEST_NUMBER = 2**64 - 1
MODEL_SCALARS = {1: "ir_version", 2: "producer_name", 3: "producer_version", 4: "domain", 5: "model_version"}
FRAME = re.compile(r'File "([^"\n]+)", line (\d{1,8}), in ([^\s,]+)(?:, code: ([^\n]+))?(?:\n[ \t]+([^\n]+))?')
"""A frame of a Python traceback, with its line of source where that is there."""


class Skeleton:
    """What is found on the way through a file."""

    def __init__(self) -> None:
        self.model = b""
        """A `ModelProto` with nodes only."""
        self.tensors: Counter[int] = Counter()
        """Number of weights by element type (`TensorProto.DataType`)."""
        self.tensor_bytes = 0
        self.locations: dict[str, None] = {}
        self.metadata: dict[str, str] = {}
        self.quotes: dict[Quote, None] = {}
        self.classes: dict[str, None] = {}
        self.bytes_kept = 0


def read_skeleton(source: str, stream: BinaryIO, size: int) -> Skeleton:
    """Walk a file. Raises `UserInputError` where it is truncated, not protobuf, too deep or too large in names and nodes."""
    return _Reader(ProtobufStream(source, stream, size)).model()


class _Reader:
    def __init__(self, wire: ProtobufStream) -> None:
        self.wire = wire
        self.found = Skeleton()

    def kept(self, part: bytes, place: str) -> bytes:
        self.found.bytes_kept += len(part)
        if self.found.bytes_kept > MOST_SKELETON_BYTES:
            raise self.wire.fail(place, f"needs more than {MOST_SKELETON_BYTES:,} bytes without its weights")
        return part

    def model(self) -> Skeleton:
        parts: list[bytes] = []
        graphs = 0
        for field in self.wire.fields(0, self.wire.size, "ModelProto"):
            place = f"ModelProto.{MODEL_SCALARS.get(field.number, field.number)}"
            if field.number in MODEL_SCALARS:
                parts.append(self.copied(field, place))
            elif field.number == 8:
                parts.append(self.opset(field, "ModelProto.opset_import"))
            elif field.number == 7:
                graphs += 1
                parts.append(encoded(7, self.graph(field, "ModelProto.graph", 0)))
            elif field.number == 14:
                key, value = self.entry(field, "ModelProto.metadata_props")
                self.found.metadata[key] = value
            elif field.number == 25:
                parts.append(encoded(25, self.function(field, "ModelProto.functions")))
        if graphs != 1:
            raise self.wire.fail("ModelProto.graph", f"is there {graphs} times, must be there once: this is no ONNX model")
        self.found.model = b"".join(parts)
        return self.found

    def copied(self, field: Field, place: str) -> bytes:
        """A number or text, written anew so that what `onnx` gets is always well-formed."""
        if field.kind == VARINT:
            return self.kept(encoded_number(field.number, field.value & LARGEST_NUMBER), place)
        return self.kept(encoded(field.number, self.wire.text(field, LONGEST_NAME_BYTES, place).encode("utf-8")), place)

    def opset(self, field: Field, place: str) -> bytes:
        parts = [self.copied(inner, place) for inner in self.message(field, place) if inner.number in (1, 2)]
        return encoded(field.number, b"".join(parts))

    def message(self, field: Field, place: str) -> Iterator[Field]:
        if field.kind == VARINT:
            raise self.wire.fail(place, "is a number, must be a message")
        return self.wire.fields(field.start, field.end, place)

    def graph(self, field: Field, place: str, depth: int) -> bytes:
        if depth > DEEPEST_SUBGRAPH:
            raise self.wire.fail("AttributeProto.g", f"subgraphs lie more than {DEEPEST_SUBGRAPH} deep in each other")
        parts: list[bytes] = []
        for inner in self.message(field, place):
            if inner.number == 1:
                parts.append(encoded(1, self.node(inner, f"{place}.node", depth)))
            elif inner.number == 5:
                self.tensor(inner, f"{place}.initializer")
            elif inner.number == 15:
                self.found.tensors[0] += 1
                self.found.tensor_bytes += inner.end - inner.start
        return b"".join(parts)

    def function(self, field: Field, place: str) -> bytes:
        parts: list[bytes] = []
        for inner in self.message(field, place):
            if inner.number == 7:
                parts.append(encoded(7, self.node(inner, f"{place}.node", 0)))
            elif inner.number == 9:
                parts.append(self.opset(inner, f"{place}.opset_import"))
            elif inner.number in (1, 10, 13):
                parts.append(self.copied(inner, place))
        return b"".join(parts)

    def node(self, field: Field, place: str, depth: int) -> bytes:
        parts: list[bytes] = []
        for inner in self.message(field, place):
            if inner.number in (4, 7, 8):
                parts.append(self.copied(inner, place))
            elif inner.number == 5:
                parts.extend(self.attribute(inner, f"{place}.attribute", depth))
            elif inner.number == 9:
                self.trace(inner, f"{place}.metadata_props")
        return self.kept(b"".join(parts), place)

    def attribute(self, field: Field, place: str, depth: int) -> Iterator[bytes]:
        for inner in self.message(field, place):
            if inner.number in (6, 11):
                yield encoded(5, encoded(6, self.graph(inner, "ModelProto.graph.node.attribute.g", depth + 1)))
            elif inner.number in (5, 10):
                self.tensor(inner, place)

    def tensor(self, field: Field, place: str) -> None:
        """Count a tensor, and the names of files that its data is in."""
        dtype = 0
        for inner in self.message(field, place):
            if inner.number == 2 and inner.kind == VARINT:
                dtype = inner.value
            elif inner.number == 13 and len(self.found.locations) < MOST_LOCATIONS:
                key, value = self.entry(inner, f"{place}.external_data")
                if key == "location":
                    self.found.locations[value] = None
        self.found.tensors[dtype] += 1
        self.found.tensor_bytes += field.end - field.start

    def entry(self, field: Field, place: str) -> tuple[str, str]:
        """A pair of texts; one that is too long counts as empty."""
        texts = {1: "", 2: ""}
        for inner in self.message(field, place):
            if inner.number in texts and inner.end - inner.start <= LONGEST_TRACE_BYTES:
                texts[inner.number] = self.wire.text(inner, LONGEST_TRACE_BYTES, place)
        return texts[1], texts[2]

    def trace(self, field: Field, place: str) -> None:
        """The source that a node was made from, as the exporter of torch writes it."""
        if len(self.found.quotes) >= MOST_QUOTES:
            return
        key, value = self.entry(field, place)
        if key == "pkg.torch.onnx.stack_trace":
            self.found.quotes.update(dict.fromkeys(frames_in(value)))
        elif key == "pkg.torch.onnx.class_hierarchy":
            outermost = _outermost(value)
            if outermost and len(self.found.classes) < MOST_LOCATIONS:
                self.found.classes[outermost] = None


def frames_in(text: str) -> Iterator[Quote]:
    """The frames of a traceback."""
    for path, line, function, code, following in FRAME.findall(text):
        source = code or ("" if following.startswith('File "') else following)
        yield Quote(path, int(line), function, source.strip())


def _outermost(hierarchy: str) -> str:
    """`['net.Net', 'torch.nn.Linear', 'aten.linear']` -> `net.Net`."""
    try:
        names = json.loads(hierarchy.replace("'", '"'))
    except (ValueError, RecursionError):
        return ""
    return names[0] if isinstance(names, list) and names and isinstance(names[0], str) else ""
