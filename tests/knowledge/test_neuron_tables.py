"""Every row of the tables about Neuron can be asked for, and what sources say against each other is shown."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from analyzer.cli.group import group
from analyzer.knowledge.lifecycle import load_features, load_issues, load_lifecycle, load_replacements
from analyzer.knowledge.operators import NEURON_GENERATIONS, answer_operator, operator_book
from analyzer.knowledge.targets import load_targets
from analyzer.model.errors import UserInputError
from analyzer.model.operators import Statement

CHIPS = {target.id: target.knowledge.chip for target in load_targets() if target.id in NEURON_GENERATIONS}


def statements(target: str) -> list[Statement]:
    book = operator_book(target)
    assert book is not None
    return list(dict.fromkeys(item for found in book.by_name.values() for item in found))


def told(*arguments: str) -> str:
    result = CliRunner().invoke(group, ["targets", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("target", NEURON_GENERATIONS)
def test_every_statement_about_an_operator_is_in_the_answer_to_its_name(target: str) -> None:
    asked: dict[str, set[Statement]] = {}
    for item in statements(target):
        if item.operator not in asked:
            asked[item.operator] = set(answer_operator(target, item.operator).statements)
        assert item in asked[item.operator]
    assert len(asked) > 1000


def test_every_error_code_is_answered_by_the_rule_of_its_page() -> None:
    rules = [item for item in statements("inferentia2") if item.evidence == "documented error code"]
    codes = {code for item in rules for code in re.findall(r"NCC_[A-Z]+\d+", item.note)[:1]}
    assert len(codes) >= 60
    for code in codes:
        answer = answer_operator("inferentia2", code)
        assert answer.status in ("unsupported", "partial") and all(item.source for item in answer.statements)


def test_statements_that_contradict_each_other_are_shown_as_such() -> None:
    assert "The sources contradict each other" in told("inferentia2", "--operator", "aten::sort")
    assert "contradicts error page" in told("inferentia2", "--features", "complex64")
    assert "contradict" not in told("trainium2", "--operator", "torch.compile"), "conditions are no contradiction"


@pytest.mark.parametrize("target", CHIPS)
def test_every_feature_is_told_with_its_status_and_note(target: str) -> None:
    lines = told(target, "--features")
    for feature in load_features("neuron"):
        assert f"{feature.name}: {feature.status_on(CHIPS[target])}" in lines
        assert feature.note in lines


@pytest.mark.parametrize("target", CHIPS)
def test_every_announcement_about_a_chip_is_told(target: str) -> None:
    lines = told(target, "--lifecycle", "--as-of", "2026-11-25")
    for event in load_lifecycle("neuron").events:
        if CHIPS[target] in event.chips:
            assert event.subject in lines and event.announced in lines


def test_every_replacement_is_told_with_what_it_rests_on() -> None:
    found = load_replacements("neuron")
    assert (sum(entry.is_stated for entry in found), sum(not entry.is_stated for entry in found)) == (27, 81)
    for target, column in (("inferentia2", "traced"), ("trainium2", "native"), ("trainium2-vllm", "native")):
        lines = told(target, "--replacements")
        assert all(f"{entry.name}: {getattr(entry, column) or 'none known'}" in lines for entry in found)
    assert "pairing inferred" in told("inferentia2", "--replacements", "CUDA_VISIBLE_DEVICES")
    assert "stated by the source" in told("inferentia2", "--replacements", "torch.compile")


def test_every_issue_is_told_for_its_chips() -> None:
    issues = load_issues("neuron")
    lines = {chip: told(target, "--issues") for target, chip in CHIPS.items()}
    assert issues and all(issue.threads for issue in issues)
    for issue in issues:
        assert all(issue.threads[0] in lines[chip] for chip in issue.chips if chip in lines)


def test_a_name_in_no_table_is_refused_with_those_that_are_near() -> None:
    result = CliRunner().invoke(group, ["targets", "inferentia2", "--features", "flaot64"])
    assert isinstance(result.exception, UserInputError)
    assert "float64" in str(result.exception)
