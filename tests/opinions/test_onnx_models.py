"""What an `.onnx` file tells: operators wherever they stand, opsets, kernels; and that no file can do harm."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from onnx import ModelProto, TensorProto, helper, numpy_helper
from onnx_files import model, nested, saved, sparse_file

from analyzer.model.errors import UserInputError
from analyzer.opinions.read_opinion import read_opinion

ROOT = Path(__file__).parents[2]
RELU = helper.make_node("Relu", ["x"], ["y"])


def counted(path: str) -> dict[str, int]:
    return {item.name: item.sites for item in read_opinion(path).operators}


def refused(path: str | Path) -> UserInputError:
    with pytest.raises(UserInputError) as caught:
        read_opinion(str(path))
    return caught.value


@pytest.mark.parametrize("opset", [7, 11, 13, 17, 21])
def test_operators_and_opset(tmp_path: Path, opset: int) -> None:
    opinion = read_opinion(saved(tmp_path, model([RELU, helper.make_node("TopK", ["y", "k"], ["v", "i"])], opset)))
    assert {item.name: item.sites for item in opinion.operators} == {"Relu": 1, "TopK": 1}
    assert f"opset {opset} of ai.onnx" in opinion.made_with
    assert opinion.outcome == "converts"


def test_subgraphs_are_looked_into(tmp_path: Path) -> None:
    body = helper.make_graph([helper.make_node("NonZero", ["a"], ["b"]), nested(3)], "body", [], [])
    loop = helper.make_node("Loop", ["n", "c", "x"], ["y"], body=body)
    assert counted(saved(tmp_path, model([loop]))) == {"If": 3, "Loop": 1, "NonZero": 1, "Relu": 1}


def test_functions_count_by_what_they_hold(tmp_path: Path) -> None:
    imports = [helper.make_opsetid("", 17)]
    own = helper.make_function("mine", "Gate", ["a"], ["b"], [helper.make_node("Sigmoid", ["a"], ["b"])], imports)
    made = model([helper.make_node("Gate", ["x"], ["y"], domain="mine")], domains=("mine",), functions=(own,))
    opinion = read_opinion(saved(tmp_path, made))
    assert {item.name: item.sites for item in opinion.operators} == {"Sigmoid": 1}
    assert "1 function of the model's own" in " ".join(opinion.notes)


def test_a_custom_domain_is_unknown_not_missing(tmp_path: Path) -> None:
    opinion = read_opinion(saved(tmp_path, model([RELU, helper.make_node("Wave", ["x"], ["y"], domain="acme")], domains=("acme",))))
    assert [(item.name, item.status) for item in opinion.operators] == [("Relu", "supported"), ("acme::Wave", "unknown")]
    assert opinion.outcome == "converts" and "only where these custom operators are registered: acme::Wave" in opinion.detail


def test_contributed_operators_have_kernels_of_their_own(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("FusedMatMul", ["x", "x"], ["y"], domain="com.microsoft"),
        helper.make_node("NoSuchThing", ["x"], ["z"], domain="com.microsoft"),
    ]
    opinion = read_opinion(saved(tmp_path, model(nodes, domains=("com.microsoft",))))
    assert {item.name: item.status for item in opinion.operators} == {
        "com.microsoft::FusedMatMul": "supported",
        "com.microsoft::NoSuchThing": "unsupported",
    }
    assert opinion.outcome == "fails"


def test_a_domain_that_is_not_imported(tmp_path: Path) -> None:
    opinion = read_opinion(saved(tmp_path, model([helper.make_node("Wave", ["x"], ["y"], domain="acme")])))
    assert "acme::Wave: its domain is not among the opset imports" in opinion.detail and opinion.outcome == "fails"


def test_an_operator_that_its_opset_does_not_have(tmp_path: Path) -> None:
    opinion = read_opinion(saved(tmp_path, model([helper.make_node("LayerNormalization", ["x", "s"], ["y"])], 13)))
    assert opinion.outcome == "fails" and "opset 13 of ai.onnx has no such operator" in opinion.detail


def test_what_is_defined_by_other_operators_needs_no_kernel(tmp_path: Path) -> None:
    opinion = read_opinion(
        saved(
            tmp_path,
            model(
                [helper.make_node("AffineGrid", ["x", "s"], ["y"]), helper.make_node("SoftmaxCrossEntropyLoss", ["x", "l"], ["z"])],
                20,
            ),
        )
    )
    by_name = {item.name: item for item in opinion.operators}
    assert by_name["SoftmaxCrossEntropyLoss"].detail == "expanded into other operators"
    assert by_name["AffineGrid"].detail == ""  # has a kernel, so nothing is expanded


def test_kernels_by_provider(tmp_path: Path) -> None:
    opinion = read_opinion(saved(tmp_path, model([RELU, helper.make_node("NonZero", ["x"], ["y"])])))
    missing = {item.name: dict(item.without_kernel) for item in opinion.providers}
    assert missing["CPUExecutionProvider"] == {}
    assert missing["CoreMLExecutionProvider(MLProgram)"] == {"NonZero": 1}
    assert {"CUDAExecutionProvider", "TensorrtExecutionProvider", "OpenVINOExecutionProvider", "QNNExecutionProvider",
            "DmlExecutionProvider", "MIGraphXExecutionProvider"} <= set(missing)  # fmt: skip


def test_weights_are_counted_and_not_kept(tmp_path: Path) -> None:
    import numpy

    weight = numpy_helper.from_array(numpy.ones((1000, 100)), "w")
    constant = helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(numpy.ones(5, numpy.int64)))
    notes = " ".join(read_opinion(saved(tmp_path, model([RELU, constant], weights=[weight]))).notes)
    assert "2 tensors (1 INT64, 1 DOUBLE)" in notes and "800," in notes


def test_data_in_other_files_is_named_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # to open it would wait for ever
    weights = []
    for name, place in (("a", "pipe"), ("b", "../../etc/passwd"), ("c", "/etc/shadow")):
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value=place)
        weights.append(tensor)
    notes = read_opinion(saved(tmp_path, model([RELU], weights=weights))).notes
    assert "Weights in other files, which were not opened: pipe, ../../etc/passwd, /etc/shadow" in notes
    assert "Names of such files that lead out of the model's folder: ../../etc/passwd, /etc/shadow" in notes


def test_metadata_tells_class_source_and_revision(tmp_path: Path) -> None:
    made = model([RELU])
    made.metadata_props.add(key="git_commit", value="0123456789abcdef")
    node = made.graph.node[0]
    node.metadata_props.add(key="pkg.torch.onnx.class_hierarchy", value="['net.Net', 'torch.nn.ReLU', 'aten.relu.default']")
    node.metadata_props.add(key="pkg.torch.onnx.stack_trace", value='File "/w/net.py", line 9, in forward\n    return relu(x)')
    opinion = read_opinion(saved(tmp_path, made))
    assert (opinion.revision, opinion.revision_key) == ("0123456789abcdef", "ModelProto.metadata_props.git_commit")
    assert opinion.classes == ("net.Net",)
    assert opinion.quotes == (("/w/net.py", 9, "forward", "return relu(x)"),)


@pytest.mark.parametrize(("opset", "reason"), [(0, "is opset 0"), (999, "is opset 999")])
def test_an_opset_that_is_not_known(tmp_path: Path, opset: int, reason: str) -> None:
    error = refused(saved(tmp_path, model([RELU], opset)))
    assert error.key == "ModelProto.opset_import[ai.onnx].version" and reason in error.reason and "knows 1 to" in error.reason


def test_no_opset_no_graph_no_node(tmp_path: Path) -> None:
    made = model([RELU])
    del made.opset_import[:]
    assert refused(saved(tmp_path, made)).key == "ModelProto.opset_import"
    assert refused(saved(tmp_path, ModelProto(ir_version=8))).key == "ModelProto.graph"
    assert refused(saved(tmp_path, model([]))).key == "ModelProto.graph.node"


def test_subgraphs_that_are_too_deep(tmp_path: Path) -> None:
    assert counted(saved(tmp_path, model([nested(30)])))["If"] == 30
    error = refused(saved(tmp_path, model([nested(31)])))
    assert "more than 30 deep" in error.reason


def test_every_cut_is_refused_with_its_place(tmp_path: Path) -> None:
    whole = model([RELU, nested(2)], weights=[numpy_helper.from_array(__import__("numpy").ones(3), "w")]).SerializeToString()
    path = tmp_path / "cut.onnx"
    ended = 0
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        error = refused(path)
        assert error.key.startswith(("ModelProto", "AttributeProto")), error
        ended += "ends too early" in error.reason
    assert ended > len(whole) / 2


def test_any_changed_byte_harms_nothing(tmp_path: Path) -> None:
    import random

    whole = bytearray(model([RELU, nested(2)]).SerializeToString())
    path = tmp_path / "changed.onnx"
    dice = random.Random(5)
    for _ in range(600):
        changed = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        path.write_bytes(changed)
        with suppress(UserInputError):
            read_opinion(str(path))


def test_more_fields_than_anybody_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzer.opinions.protobuf_stream.MOST_FIELDS", 50)
    assert "holds more than 50 fields" in refused(saved(tmp_path, model([RELU] * 30))).reason


def test_names_that_are_too_large(tmp_path: Path) -> None:
    assert "at most 4,000 are read" in refused(saved(tmp_path, model([helper.make_node("R" * 5000, ["x"], ["y"])]))).reason


def test_weights_of_four_gigabytes_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.onnx"
    sparse_file(path, 4_500_000_000)
    code = (
        "import resource, sys; from analyzer.opinions.read_opinion import read_opinion; "
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; import onnx; "
        "loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; "
        f"opinion = read_opinion({str(path)!r}); after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; "
        "print(opinion.operators[0].name, after - loaded)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    name, kilobytes = result.stdout.split()
    assert name == "MatMul" and int(kilobytes) < 60_000


def test_what_is_not_a_model_at_all(tmp_path: Path) -> None:
    for content in (b"\0" * 100, os.urandom(20) + b"\0\1", b"\x08\xff\xff"):
        path = tmp_path / "x.onnx"
        path.write_bytes(content)
        assert refused(path).key.startswith("ModelProto")
    (tmp_path / "empty.onnx").touch()
    assert refused(tmp_path / "empty.onnx").reason == "is empty"
    assert "cannot be read" in refused(tmp_path).reason
    assert "cannot be read" in refused(tmp_path / "none.onnx").reason


def test_without_the_package_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, model([RELU]))
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert 'pip install "offramp[onnx]"' in refused(path).reason
