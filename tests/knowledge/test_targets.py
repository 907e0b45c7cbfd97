"""Every target answers for every capability, with source, version and date; shared answers say where they come from."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from analyzer.knowledge.rule_files import load_capabilities
from analyzer.knowledge.targets import choose_targets, combine, find_target, load_targets
from analyzer.knowledge.toml_reader import Table, read_toml_path
from analyzer.model.errors import UserInputError
from analyzer.model.target import Target

TARGETS = load_targets()
IDS = [target.id for target in TARGETS]
CAPABILITIES = tuple(capability.id for capability in load_capabilities())
NEURON = [target for target in TARGETS if target.knowledge.family == "neuron"]
WANTED = {
    "inferentia1", "inferentia2", "inferentia3", "trainium1", "trainium2", "trainium2-vllm", "trainium2-xla", "trainium3",
    "trainium3-vllm", "onnxruntime", "onnxruntime-cuda", "onnxruntime-tensorrt", "onnxruntime-openvino", "onnxruntime-qnn",
    "onnxruntime-coreml", "onnxruntime-directml", "onnxruntime-migraphx", "openvino", "tpu", "rocm", "gaudi", "intel-gpu", "maia",
    "mps", "cpu", "managed-api",
}  # fmt: skip
EFFORT = "[support.graph-capture]\nverdict = 'adapt'\nadvice = 'a'\nreference = 'r'\n"
BASE = "id = 'b'\ntitle = 't'\nas_of = '2026-01-01'\nsince = '1'\n" + EFFORT
TARGET = """
id = 't'
title = 't'
status = 'current'
extends = 'b'
software = 's'
sdk_version = '1'
as_of = '2026-01-01'
since = '2'
summary = 's'
ties_you_to = 't'
serves = true
trains = false
reference = 'r'
[ties]
vendor = 'v'
cloud = 'c'
compiler = 'c'
model_format = 'm'
keeps_open = 'k'
"""


def test_the_targets_are_those_promised() -> None:
    assert set(IDS) == WANTED


@pytest.mark.parametrize("target", TARGETS, ids=IDS)
def test_a_verdict_for_every_capability_with_source_version_and_date(target: Target) -> None:
    assert [entry.capability for entry in target.support] == list(CAPABILITIES)
    for entry in target.support:
        assert entry.advice, entry
        if entry.verdict == "unknown":
            assert entry.evidence == "none", entry
            continue
        assert entry.reference and entry.since and entry.evidence != "none", entry
        assert datetime.date.fromisoformat(entry.as_of), entry
        work = entry.effort.low_days, entry.effort.likely_days, entry.effort.high_days
        assert entry.verdict == "drop_in" or 0 < work[0] <= work[1] <= work[2], entry


@pytest.mark.parametrize("target", NEURON, ids=[target.id for target in NEURON])
def test_a_verdict_of_neuron_names_its_sdk(target: Target) -> None:
    for entry in target.support:
        if entry.verdict != "unknown":
            assert re.fullmatch(r"2\.\d+", entry.since), entry
            assert "2026-06-01" <= entry.as_of <= "2026-11-25", entry


@pytest.mark.parametrize("target", TARGETS, ids=IDS)
def test_what_decides_in_practice_is_said_with_source_and_day(target: Target) -> None:
    assert target.ties.keeps_open and target.ties.vendor and target.maturity
    for fact in target.maturity:
        assert fact.reference and datetime.date.fromisoformat(fact.as_of), fact
    for path in target.paths:
        assert path.versions and path.reference and datetime.date.fromisoformat(path.as_of), path


def test_the_default_targets_stay() -> None:
    assert [target.id for target in choose_targets(())] == ["inferentia2", "onnxruntime", "trainium2"]


def test_all_takes_everything_but_claims() -> None:
    assert {target.id for target in choose_targets(("all",))} == WANTED - {"inferentia3"}
    assert next(target.id for target in choose_targets(("rocm", "all"))) == "rocm"


def test_a_bare_claim_must_be_accepted_and_says_what_it_is() -> None:
    with pytest.raises(UserInputError, match=r"unverified claim.*--accept-claims"):
        choose_targets(("inferentia3",))
    (target,) = choose_targets(("inferentia3",), accept_claims=True)
    assert {entry.verdict for entry in target.support} == {"unknown"}
    assert all("unverified claim" in claim.value for claim in target.claims)


def test_an_unknown_target_names_the_nearest() -> None:
    with pytest.raises(UserInputError, match="did you mean inferentia2, inferentia1, inferentia3"):
        find_target("inferentia")
    with pytest.raises(UserInputError, match="known: cpu, gaudi"):
        find_target("zzz")


def test_execution_providers_are_told_apart() -> None:
    variants = [target for target in TARGETS if target.variant_of == "onnxruntime"]
    assert len(variants) == 7
    placements = {target.support[0].advice for target in (find_target("onnxruntime"), *variants)}
    assert len(placements) == 8


def combined(tmp_path: Path, *sources: str, capabilities: tuple[str, ...] = ("graph-capture",)) -> tuple[Target, ...]:
    """The targets of the sources that have a `summary`; the others are bases."""
    documents: list[Table] = []
    for index, source in enumerate(sources):
        path = tmp_path / f"{index}.toml"
        path.write_text(source)
        documents.append(read_toml_path(path))
    targets = [document for document in documents if "summary" in document.values]
    return combine(targets, [document for document in documents if document not in targets], capabilities)


def test_an_answer_is_taken_over_with_its_own_version_and_origin(tmp_path: Path) -> None:
    (target,) = combined(tmp_path, BASE, TARGET)
    (entry,) = target.support
    assert (entry.inherited_from, entry.since, target.extends) == ("b", "1", ("b",))


def test_an_own_answer_wins(tmp_path: Path) -> None:
    own = TARGET + "[support.graph-capture]\nverdict = 'drop_in'\nadvice = 'x'\nreference = 'r'\n"
    ((entry,),) = [target.support for target in combined(tmp_path, BASE, own)]
    assert (entry.verdict, entry.inherited_from, entry.since) == ("drop_in", "", "2")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("extends = 'b'", "extends = 'bb'", "extends: 'bb' is no target or base"),
        ("extends = 'b'", "extends = 't'", "extends: goes round in a circle: t > t"),
        ("extends = 'b'", "", "support.graph-capture: is missing"),
        ("extends = 'b'", "extnds = 'b'", 'extnds: unknown key .did you mean "extends"'),
        ("keeps_open", "keeps_opn", "keeps_open: is missing"),
        ("status = 'current'", "status = 'claim'", "claim: must say what is claimed"),
        ("status = 'current'", "status = 'old'", "status: is 'old', must be one of current"),
        ("as_of = '2026-01-01'", "as_of = '2026'", "as_of: is '2026', must be a date"),
        ("extends = 'b'", "extends = 'b'\nvariant_of = 'x'", "variant_of: 'x' is no target"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(UserInputError, match=message):
        combined(tmp_path, BASE, TARGET.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("verdict = 'adapt'", "verdict = 'adopt'", 'must be one of .*did you mean "adapt"'),
        ("reference = 'r'", "reference = ''", "a verdict needs a source"),
        ("reference = 'r'", "reference = 'r'\nevidence = 'none'", "evidence: is `none` for `unknown` and for nothing else"),
        ("since = '1'\n", "", "since: is missing here and for the whole file"),
        ("[support.graph-capture]", "[support.graph-captur]", 'is no capability .did you mean "graph-capture"'),
        ("verdict = 'adapt'", "verdict = 'blocked'\neffort = { low = 2, likely = 1, high = 3, per = 'site' }", "must lie between"),
    ],
)
def test_mistakes_in_answers_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(UserInputError, match=message):
        combined(tmp_path, BASE.replace(old, new, 1), TARGET)
