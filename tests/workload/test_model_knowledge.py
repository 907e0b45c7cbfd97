"""The tables of models: sizes agree with names and with published counts, and a broken table is refused by file and key."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from analyzer.knowledge.fit import load_fit_facts, load_listed_models, read_fit_facts
from analyzer.knowledge.targets import load_targets
from analyzer.knowledge.toml_reader import Table
from analyzer.knowledge.workload import Signal, _family, _signal, load_families, load_language_shapes, load_signals, shape_key
from analyzer.model.errors import UserInputError
from analyzer.workload.model_ids import family_of, is_model_id, size_in_name, size_of


def test_shapes_agree_with_the_number_in_the_name() -> None:
    """Of the published shapes whose name has a number, the derived range meets what the number stands for."""
    table = load_language_shapes()
    compared = wrong = 0
    for key, (low, high) in table.parameters.items():
        said = size_in_name(key)
        if said is None or "/" not in key or re.search(r"a\d+b", key):
            continue
        compared += 1
        wrong += said.high < low or said.low > high
    assert compared > 120 and wrong / compared <= 0.03


@pytest.mark.parametrize(
    ("model_id", "published"),
    [
        ("meta-llama/Llama-2-7b-hf", 6_738_415_616),
        ("mistralai/Mistral-7B-v0.1", 7_241_732_096),
        ("Qwen/Qwen2.5-7B-Instruct", 7_615_616_512),
        ("mistralai/Mixtral-8x7B-v0.1", 46_702_792_704),
        ("google/gemma-2-9b", 9_241_705_984),
        ("TheBloke/Llama-2-13B-chat-GPTQ", 13_015_864_320),
        ("openai/whisper-small", 244_000_000),
        ("bert-base-uncased", 110_000_000),
        ("resnet50", 25_557_032),
        ("gpt2-xl", 1_557_611_200),
    ],
)
def test_published_counts_lie_in_the_range(model_id: str, published: int) -> None:
    size = size_of(model_id, family_of(model_id))
    assert size is not None
    assert size.low * 0.99 <= published <= size.high * 1.01


def test_names_that_tell_no_size() -> None:
    assert size_in_name("v2-base") is None and size_in_name("b200") is None and size_in_name("abc7b9") is None
    assert size_in_name("x/y-8x7b") is not None


def test_a_name_is_not_every_word() -> None:
    assert is_model_id("gpt2", is_certain=True) and is_model_id("gpt2", is_certain=False)
    assert not is_model_id("model", is_certain=True) and not is_model_id("phi", is_certain=True)
    assert not is_model_id("owner/name", is_certain=False) and is_model_id("owner/name", is_certain=True)


def test_one_shape_under_many_names() -> None:
    assert shape_key("TheBloke/Llama-2-7B-Chat-AWQ") == shape_key("meta-llama/Llama-2-7b-hf")
    assert shape_key("meta-llama/Meta-Llama-3.1-8B") == shape_key("meta-llama/Llama-3.1-8B-Instruct")
    assert shape_key("meta-llama/Llama-3.1-8B") != shape_key("meta-llama/Llama-3.1-70B")


def test_every_target_has_its_facts() -> None:
    assert {target.id for target in load_targets()} == set(load_fit_facts().targets)


def test_every_documented_row_has_a_source_and_a_version() -> None:
    rows = load_listed_models("neuron")
    assert len(rows) == 317
    assert all(row.source and row.sdk_version and row.use in ("inference", "training") for row in rows)
    chips = {chip for row in rows for chip in row.statuses}
    assert chips == {"inf1", "inf2", "trn1", "trn2", "trn3"}


def test_families_are_told_apart() -> None:
    wanted = {
        "openai/whisper-large-v3": "whisper", "meta-llama/Llama-3.2-11B-Vision": "llama-3-vision", "Qwen/Qwen2-VL-7B": "qwen-vl",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B": "qwen2", "stabilityai/stable-diffusion-xl-base-1.0": "sdxl",
        "openai/clip-vit-base-patch32": "clip", "distilbert-base-uncased": "distilbert", "xlm-roberta-base": "xlm-roberta",
        "microsoft/phi-2": "phi", "mistralai/Mixtral-8x7B-v0.1": "mixtral", "Qwen/Qwen3-30B-A3B": "qwen3-moe",
    }  # fmt: skip
    assert {name: getattr(family_of(name), "id", "") for name in wanted} == wanted


def test_every_signal_says_something() -> None:
    empty = [signal.id for signal in load_signals() if not any(signal.lists.values())]
    assert empty == [] and all(signal.source.startswith("http") for signal in load_signals())
    assert len({family.id for family in load_families()}) == len(load_families())


def broken(values: dict[str, Any], reader: Any) -> UserInputError:
    with pytest.raises(UserInputError) as caught:
        reader(Table("rules/x.toml", "", values))
    return caught.value


def test_a_broken_table_is_refused_by_file_and_key() -> None:
    signal = {"kind": "task", "id": "a", "title": "A", "source": "https://x"}
    assert isinstance(_signal(Table("rules/x.toml", "", dict(signal))), Signal)
    assert "imags" in str(broken({**signal, "imags": []}, _signal)) and "rules/x.toml" in str(
        broken({**signal, "kind": "x"}, _signal)
    )
    family = {"id": "a", "title": "A", "task": "llm", "names": ["a*"], "source": "s"}
    for sizes in ([["a", 1]], [[1, 2, 3]], ["a"], [["a", "1", 2]], [["a", True, 2]], 3):
        assert "sizes" in str(broken({**family, "sizes": sizes}, _family))
    assert "source" in str(broken({**family, "source": "", "sizes": [["a", 1, Decimal("1.5")]]}, _family))


def test_a_target_without_devices_of_that_kind_is_refused() -> None:
    target = {"ids": ["x"], "devices": "abacus"}
    document = {"as_of": "2026-01-01", "target": [target], "memory": {}, "formats": {}, "services": {}, "guides": {}}
    assert "abacus" in str(broken(document, lambda table: read_fit_facts(table, ())))
