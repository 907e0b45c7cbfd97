"""Real `.onnx` files for the tests, made by the onnx package."""

from __future__ import annotations

from pathlib import Path

from onnx import (
    FunctionProto,
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    helper,
)

from analyzer.opinions.protobuf_stream import _varint_bytes, encoded


def value(name: str) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 2])


def graph(nodes: list[NodeProto], weights: list[TensorProto] | None = None, name: str = "g") -> GraphProto:
    return helper.make_graph(nodes, name, [value("x")], [value("y")], weights or [])


def model(
    nodes: list[NodeProto],
    opset: int = 17,
    weights: list[TensorProto] | None = None,
    domains: tuple[str, ...] = (),
    functions: tuple[FunctionProto, ...] = (),
) -> ModelProto:
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph(nodes, weights), opset_imports=imports, functions=functions, producer_name="tests")


def saved(folder: Path, made: ModelProto, name: str = "net.onnx") -> str:
    path = folder / name
    path.write_bytes(made.SerializeToString())
    return str(path)


def nested(depth: int) -> NodeProto:
    """An `If` in an `If` in an `If`."""
    inner = helper.make_node("Relu", ["x"], ["y"])
    for _ in range(depth):
        branch = helper.make_graph([inner], "branch", [], [value("y")])
        inner = helper.make_node(
            "If", ["c"], ["y"], then_branch=branch, else_branch=helper.make_graph([], "other", [], [value("y")])
        )
    return inner


def sparse_file(path: Path, weight_bytes: int) -> None:
    """A model whose one weight takes so many bytes, as a hole in the file."""
    node = helper.make_node("MatMul", ["x", "w"], ["y"]).SerializeToString()
    tensor_head = TensorProto(dims=[weight_bytes // 4], data_type=TensorProto.FLOAT, name="w").SerializeToString()
    raw_head = bytes([9 << 3 | 2]) + _varint_bytes(weight_bytes)
    tensor_bytes = len(tensor_head) + len(raw_head) + weight_bytes
    initializer = bytes([5 << 3 | 2]) + _varint_bytes(tensor_bytes) + tensor_head + raw_head
    graph_head = encoded(1, node)
    graph_bytes = len(graph_head) + len(initializer) + weight_bytes
    head = ModelProto(ir_version=8, opset_import=[helper.make_opsetid("", 17)]).SerializeToString()
    with path.open("wb") as stream:
        stream.write(head + bytes([7 << 3 | 2]) + _varint_bytes(graph_bytes) + graph_head + initializer)
        stream.truncate(stream.tell() + weight_bytes)
