"""What is known of operators: every documented statement can be asked for, and contradictions stay visible."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from analyzer.cli.group import group as cli
from analyzer.knowledge.operators import NEURON_GENERATIONS, answer_operator, operator_book, operator_targets, table_of
from analyzer.model.errors import UserInputError
from analyzer.model.operators import Statement, combined


def statement(status: str, confidence: str = "high", variant: str = "", dtype: str = "") -> Statement:
    return Statement("torch.x", variant, dtype, status, confidence, "f", "", "", "documented", "1", "", "s", True)


@pytest.mark.parametrize("target", operator_targets())
def test_every_statement_is_found_by_its_operator(target: str) -> None:
    book = operator_book(target)
    assert book is not None
    for found in {item for items in book.by_name.values() for item in items}:
        answer = answer_operator(target, found.operator)
        assert found in answer.statements, found.operator


def test_error_codes_can_be_asked_for() -> None:
    answer = answer_operator("inferentia2", "NCC_EVRF018")
    assert answer.status == "unsupported" and "dilation" in answer.statements[0].operator


def test_what_is_refused_under_a_condition_is_partial() -> None:
    assert answer_operator("inferentia2", "torch.topk").status == "partial"
    assert answer_operator("inferentia2", "torch.topk on int32/int64").status == "unsupported"
    assert answer_operator("inferentia2", "NCC_EVRF013").status == "unsupported"


@pytest.mark.parametrize("name", ["aten::sort", "torch.sort", "torch.Tensor.sort"])
def test_one_operator_has_many_names(name: str) -> None:
    assert answer_operator("inferentia2", name).status == "unsupported"


def test_hardware_generations_are_told_apart() -> None:
    assert answer_operator("trainium2", "torch._grouped_mm").status == "supported"
    assert answer_operator("inferentia2", "torch._grouped_mm").status == "unknown"
    assert set(NEURON_GENERATIONS) <= {"inferentia1", "inferentia2", "trainium1", "trainium2", "trainium3"}


def test_measured_ways_to_call_are_told_apart() -> None:
    assert answer_operator("onnxruntime", "torch.topk", "float32").status == "supported"
    assert answer_operator("onnxruntime", "torch.topk", "int64").status == "unsupported"
    assert answer_operator("onnxruntime", "torch.masked_select").status == "unsupported"
    assert answer_operator("onnxruntime", "torch.div[floor_rounding]").status == "supported"


def test_sources_that_contradict_each_other_count_as_the_worst() -> None:
    assert combined((statement("supported"), statement("unsupported"))) == ("unsupported", "high")
    assert combined((statement("supported"), statement("unsupported", "low"))) == ("supported", "high")
    assert combined((statement("supported", dtype="float32"), statement("unsupported", dtype="int64"))) == ("supported", "high")
    assert combined(()) == ("unknown", "low")


def test_variants_share_the_table_of_their_target() -> None:
    assert (table_of("onnxruntime-cuda"), table_of("trainium2-xla"), table_of("rocm")) == ("onnxruntime", "trainium2", "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["inferentia2", "--operator", "aten::srot"], "aten::sort"),
        (["inferentia2", "--operator", "aten::sort", "--sdk-version", "99.1"], "99.1"),
        (["onnxruntime", "--operator", "torch.abs", "--dtype", "float7"], "float32"),
        (["rocm", "--operator", "aten::sort"], "onnxruntime"),
        (["onnxruntime", "--dtype", "int64"], "--operator"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is_near(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(cli, ["targets", *arguments])
    text = result.output + str(result.exception or "")
    assert result.exit_code != 0 and words in text


def test_the_answer_shows_sources_and_execution_providers() -> None:
    result = CliRunner().invoke(cli, ["targets", "onnxruntime", "--operator", "torch.abs"])
    assert result.exit_code == 0
    assert "measured" in result.output and "CUDAExecutionProvider" in result.output and "has no kernel for Abs" in result.output


def test_an_unknown_operator_of_a_table_is_an_input_error() -> None:
    with pytest.raises(UserInputError):
        answer_operator("onnxruntime", "torch.no_such_thing_at_all")
