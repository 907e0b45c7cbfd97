"""Use, documented lists and memory: figures that can be checked by hand, and plain sentences where a target does not fit."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path

import jsonschema
import pytest

from analyzer.assess.documented_models import documented
from analyzer.assess.fit import fit_of
from analyzer.assess.memory_fit import cache_bytes, gib_words, load_of, place, serving_memory, training_memory
from analyzer.discover.files import DiscoverySettings
from analyzer.knowledge.data_files import data_folder
from analyzer.knowledge.fit import load_fit_facts
from analyzer.knowledge.targets import find_target, load_targets
from analyzer.model.report import Report
from analyzer.model.workload import (
    NO_WORKLOAD,
    Evidence,
    Limit,
    MemoryRange,
    ModelShape,
    NamedModel,
    TargetFit,
    Trait,
    Workload,
)
from analyzer.pipeline import build_report
from analyzer.report.render import render

WORKLOADS = Path(__file__).parents[2] / "fixtures" / "repos" / "workloads"
PLACE = (Evidence("a.py", 1, "because"),)
LLAMA_2_7B = NamedModel(
    "meta-llama/Llama-2-7b-hf", False, False, "llama", "Llama", "llm", "", 6_738_415_616, 6_738_415_616, "derived", "s",
    ModelShape(32, 4096, 32, 128, 32000, 4096), "float16", (), "found", PLACE,
)  # fmt: skip
FACTS = load_fit_facts()


def phase(name: str, strength: str = "found") -> Trait:
    return Trait("phase", name, name, strength, (), 1, PLACE)


def doing(*phases: Trait, models: tuple[NamedModel, ...] = (LLAMA_2_7B,), limits: tuple[Limit, ...] = ()) -> Workload:
    return Workload(phases, models, limits, ())


def fit(target: str, workload: Workload) -> TargetFit:
    return fit_of(find_target(target), workload)


# ---- use -------------------------------------------------------------------------------------------------------------


def test_training_on_a_chip_that_serves_is_said_plainly() -> None:
    read = fit("inferentia2", doing(phase("training")))
    assert read.use == "no" and read.models == ()
    assert "serves, it does not train" in read.sentence and read.sentence.endswith("Training goes to Trainium, or stays.")


def test_training_and_serving_fit_in_part_and_evaluation_is_no_serving() -> None:
    assert fit("inferentia2", doing(phase("training"), phase("inference"))).use == "partly"
    assert fit("inferentia2", doing(phase("training"), phase("inference", "hint"))).use == "no"
    assert fit("inferentia2", doing(phase("inference", "hint"))).use == "fits"
    assert fit("trainium2", doing(phase("training"))).use == "fits"
    assert "trains, in its examples." in fit("inferentia2", doing(phase("training", "examples"))).sentence


def test_nothing_found_is_unknown_and_not_a_fit() -> None:
    assert fit("inferentia2", NO_WORKLOAD).use == "unknown"
    assert fit("inferentia2", doing()).use == "unknown"
    assert fit("inferentia3", doing(phase("inference"))).use == "unknown"


# ---- memory ----------------------------------------------------------------------------------------------------------


def test_the_cache_of_llama_2_7b() -> None:
    """2 * 32 layers * 4096 values * 2 bytes = 512 KiB a token: 2 GiB for 4,096 tokens."""
    assert LLAMA_2_7B.shape is not None
    assert cache_bytes(LLAMA_2_7B.shape, 4096, 1, 2) == 2 * 2**30


def test_serving_memory_of_llama_2_7b() -> None:
    memory = serving_memory(LLAMA_2_7B, doing(phase("inference")), FACTS, loads_quantised=False).memory
    assert memory is not None
    assert memory.weights_low_gib == memory.weights_high_gib == pytest.approx(6_738_415_616 * 2 / 2**30, rel=0.01)
    assert (memory.cache_low_gib, memory.cache_high_gib) == (2.0, 32.0)
    placed = place(memory, FACTS.of_chip("inf2"), FACTS)
    assert (placed.verdict, placed.instance, placed.devices) == ("fits", "inf2.24xlarge", 2)


def test_length_and_batch_of_the_repository_are_taken() -> None:
    limits = (Limit("sequence", 1024, PLACE[0]), Limit("batch", 4, PLACE[0]), Limit("sequence", 9999, Evidence("b.py", 1, "")))
    load = load_of(doing(limits=limits), LLAMA_2_7B, FACTS)
    assert load[:3] == (1024, 1, 4)
    two = doing(models=(LLAMA_2_7B, dataclasses.replace(LLAMA_2_7B, id="b", evidence=(Evidence("c.py", 1, ""),))), limits=limits)
    assert load_of(two, two.models[1], FACTS).tokens == 4096  # whose limits these are is not known


def test_training_memory_is_sixteen_bytes_a_parameter_and_adapters_are_a_range() -> None:
    memory = training_memory(LLAMA_2_7B, doing(phase("training")), FACTS).memory
    assert memory is not None and memory.total_low_gib == pytest.approx(6_738_415_616 * 16 / 2**30, rel=0.01)
    adapters = Trait("parallelism", "lora", "", "found", (), 1, PLACE)
    memory = training_memory(LLAMA_2_7B, doing(phase("training"), adapters), FACTS).memory
    assert memory is not None and memory.total_low_gib < 15 < 100 < memory.total_high_gib


def test_quantised_weights_count_only_where_they_load() -> None:
    awq = dataclasses.replace(LLAMA_2_7B, formats=("awq",))
    loaded = serving_memory(awq, doing(), FACTS, loads_quantised=True).memory
    refused = serving_memory(awq, doing(), FACTS, loads_quantised=False)
    assert loaded is not None and refused.memory is not None
    assert loaded.weights_high_gib < 4 < 12 < refused.memory.weights_low_gib and "do not load here" in refused.recipe


def test_too_large_and_unknown_are_said() -> None:
    big = MemoryRange(1250, 1250, 0, 0, 1250, 1250)
    placed = place(big, FACTS.of_chip("inf2"), FACTS)
    assert placed.verdict == "too large" and "at least 4" in placed.sentence
    assert place(big, FACTS.of_chip("trn2"), FACTS).instance == "trn2.48xlarge"
    unknown = dataclasses.replace(LLAMA_2_7B, parameters_low=None, parameters_high=None, basis="unknown")
    row = fit("inferentia2", doing(phase("inference"), models=(unknown,))).models[0]
    assert row.memory is None and row.placement.verdict == "unknown" and "config.json" in row.missing


def test_figures_are_not_finer_than_they_are_known() -> None:
    assert gib_words(14.551, 44.551) == "15 to 45 GiB" and gib_words(0.0312, 0.0314) == "0.031 GiB"


# ---- documented ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "model_id", "family", "status", "words"),
    [
        ("trainium2-vllm", "meta-llama/Llama-3.1-8B-Instruct", "llama", "documented", "beta"),
        ("trainium2", "Qwen/Qwen3-8B", "qwen3", "documented", "Qwen3"),
        ("inferentia2", "openai/whisper-large-v3", "whisper", "family", "whisper"),
        ("inferentia1", "mistralai/Mistral-7B-v0.1", "mistral", "not documented", "not the same as unsupported"),
        ("inferentia2", "owner/unheard-of", "", "not documented", "this model"),
        ("onnxruntime", "meta-llama/Llama-3.1-8B-Instruct", "llama", "no list", "No list"),
        ("managed-api", "meta-llama/Llama-3.1-8B-Instruct", "llama", "documented", "Bedrock"),
        ("managed-api", "openai/whisper-large-v3", "whisper", "not documented", "SageMaker"),
        ("managed-api", "owner/unheard-of", "", "not documented", "not recognised"),
        ("trainium2", "THUDM/chatglm3-6b", "chatglm", "not documented", "not the same as unsupported"),
    ],
)
def test_what_lists_say(target: str, model_id: str, family: str, status: str, words: str) -> None:
    model = dataclasses.replace(LLAMA_2_7B, id=model_id, family=family, family_title=family)
    own = FACTS.targets[target]
    said = documented(model, "inference", own.devices, own, FACTS)
    assert said.status == status and words.lower() in said.sentence.lower()
    assert bool(said.reference) == (status in ("documented", "family") or target == "managed-api")


def test_a_guide_by_kind_of_model_is_kept_beside() -> None:
    own = FACTS.targets["inferentia1"]
    said = documented(LLAMA_2_7B, "inference", "inf1", own, FACTS)
    assert 'Transformer Decoders "Not a Good Fit"' in said.sentence and "2023" in said.sentence


def test_every_target_answers_for_a_model() -> None:
    for target in load_targets():
        if not target.is_claim:
            rows = fit_of(target, doing(phase("inference"))).models
            assert rows and rows[0].documented.sentence and rows[0].placement.sentence, target.id


# ---- in the report ---------------------------------------------------------------------------------------------------


def report_of(name: str, *targets: str) -> Report:
    return build_report(WORKLOADS / name, DiscoverySettings(), targets, None, 1, datetime.date(2026, 11, 1))


@pytest.fixture(scope="module")
def training() -> Report:
    return report_of("diffusion-training")


def test_a_target_that_does_not_fit_says_so_first_and_is_no_option_that_pays(training: Report) -> None:
    inferentia = next(target for target in training.targets if target.target_id == "inferentia2")
    assert inferentia.fit.use == "no" and inferentia.sentence.startswith(inferentia.fit.sentence)
    assert inferentia.verdict == "blocked"
    option = next(option for option in training.tco.options if option.target_id == "inferentia2")
    assert option.verdict == "does not fit" and option.npv is None and option.flows == () and "does not train" in option.sentence
    stay = next(option for option in training.tco.options if option.option_id == "stay")
    assert stay.verdict == "baseline"
    trainium = next(target for target in training.targets if target.target_id == "trainium2")
    assert trainium.fit.use == "fits" and {row.phase for row in trainium.fit.models} == {"training"}


@pytest.mark.parametrize("name", sorted(path.name for path in WORKLOADS.iterdir()))
def test_the_json_keeps_its_schema(name: str) -> None:
    schema = json.loads(data_folder("report_templates").joinpath("report.schema.json").read_text("utf-8"))
    read = json.loads(render(report_of(name, "all"), "json"))
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(read)] == []
    assert len(read["targets"]) > 20


def test_pages_show_use_and_memory(training: Report) -> None:
    page = render(training, "html")
    assert 'id="workload"' in page and "does not fit the use" in page and "stable-diffusion-v1-5/stable-diffusion-v1-5" in page
    assert "Diffusion" in render(training, "markdown")


def test_a_name_that_looks_like_markup_is_escaped() -> None:
    built = report_of("llm-service")
    evil = dataclasses.replace(LLAMA_2_7B, id="a/<script>alert(1)</script>", source="<b>", evidence=(Evidence("<i>.py", 1, "<u>"),))
    page = render(dataclasses.replace(built, workload=doing(phase("inference"), models=(evil,))), "html")
    assert "<script>alert" not in page and "<i>.py" not in page and "&lt;script&gt;alert" in page


def test_no_model_of_known_size_is_said() -> None:
    built = report_of("reinforcement", "trainium2")
    assert "nothing is said about memory" in render(built, "html")
    assert "nothing is said about memory" not in render(report_of("llm-service", "trainium2"), "html")


def test_a_target_of_which_too_little_is_known_has_no_figures_of_money(tmp_path: Path) -> None:
    report = build_report(tmp_path, DiscoverySettings(), (), None, 1, datetime.date(2026, 11, 1))
    assert {target.verdict for target in report.targets} == {"unknown"}
    ports = [option for option in report.tco.options if option.target_id]
    assert ports and all(option.npv is None and option.flows == () for option in ports)
    assert any(option.verdict == "unclear" and "what the port takes" in option.sentence for option in ports)
