"""What small repositories of each kind do, with near misses: tests, comments, documentation and tokenizers name no model."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.model.workload import NamedModel, Workload
from analyzer.scan import scan_repository
from analyzer.workload.reader import read_workload

WORKLOADS = Path(__file__).parents[2] / "fixtures" / "repos" / "workloads"


def workload(name: str) -> Workload:
    scan = scan_repository(WORKLOADS / name, workers=1)
    return read_workload(scan.program, scan.readers)


def of(folder: Path, files: dict[str, str]) -> Workload:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    scan = scan_repository(folder, workers=1)
    return read_workload(scan.program, scan.readers)


def found(read: Workload, kind: str) -> list[str]:
    return [trait.id for trait in read.of(kind) if trait.strength == "found"]


def model(read: Workload, model_id: str) -> NamedModel:
    return next(known for known in read.models if known.id == model_id)


@pytest.mark.parametrize(
    ("name", "tasks", "phases"),
    [
        ("llm-service", ["llm", "text-encoder"], ["inference"]),
        ("diffusion-training", ["diffusion"], ["training"]),
        ("recommender", ["recommender"], ["training"]),
        ("reinforcement", ["reinforcement-learning"], ["training"]),
        ("classical", ["classical"], ["training"]),
        ("quantised", ["llm"], ["inference"]),
    ],
)
def test_tasks_and_phases(name: str, tasks: list[str], phases: list[str]) -> None:
    read = workload(name)
    assert (found(read, "task"), found(read, "phase")) == (tasks, phases)


def test_a_service_names_what_it_serves_and_no_more() -> None:
    read = workload("llm-service")
    assert [known.id for known in read.models] == ["meta-llama/Llama-3.1-8B-Instruct", "roberta-base"]
    served = read.models[0]
    assert (served.family, served.basis, served.dtype, served.evidence[0].path, served.evidence[0].line) == (
        "llama", "derived", "bfloat16", "docker-compose.yml", 4,
    )  # fmt: skip
    assert served.parameters_low is not None and served.parameters_high is not None
    assert served.parameters_low < 8_030_261_248 and served.parameters_high > 8.0e9
    assert served.shape is not None and (served.shape.layers, served.shape.kv_heads) == (32, 8)
    assert found(read, "serving") == ["vllm", "web"]
    assert read.of("parallelism")[0].details == ("2",)
    assert model(read, "roberta-base").dtype == "float32"
    assert (read.limits[0].kind, read.limits[0].value) == ("sequence", 8192)


def test_a_launcher_of_several_processes_only_hints_at_training(tmp_path: Path) -> None:
    serves = "from diffusers import DiffusionPipeline\npipe = DiffusionPipeline.from_pretrained('black-forest-labs/FLUX.1-dev')\n"
    read = of(
        tmp_path / "serves",
        {"serve.py": serves, "run.sh": "export CUDA_VISIBLE_DEVICES=0,1\ntorchrun --nproc_per_node=8 serve.py\n"},
    )
    assert {(trait.id, trait.strength) for trait in read.of("phase")} == {("inference", "hint"), ("training", "hint")}
    read = of(
        tmp_path / "trains", {"train.py": "import torch\n", "run.sh": "export CUDA_VISIBLE_DEVICES=0\naxolotl train lora.yml\n"}
    )
    assert found(read, "phase") == ["training"]


def test_float8_is_not_integer_quantisation(tmp_path: Path) -> None:
    code = "from torchao.quantization import Float8WeightOnlyConfig, quantize_\nquantize_(net, Float8WeightOnlyConfig())\n"
    assert found(of(tmp_path / "fp8", {"a.py": code}), "quantisation") == ["fp8"]
    code = code.replace("Float8WeightOnlyConfig", "Int8WeightOnlyConfig")
    assert found(of(tmp_path / "int8", {"a.py": code}), "quantisation") == ["int8"]
    code = "from torchao.quantization import Float8Tensor\nheld = Float8Tensor(values)\n"
    assert found(of(tmp_path / "tensor", {"a.py": code}), "quantisation") == ["fp8"]


def test_speech_is_inference_by_a_method_alone() -> None:
    read = workload("speech")
    assert found(read, "task") == ["speech"]
    assert model(read, "openai/whisper-large-v3").parameters_high == 1_550_000_000
    assert found(read, "phase") == ["inference"]


def test_a_library_without_models_says_so() -> None:
    read = workload("plain")
    assert read.traits == () and read.models == ()


def test_a_quantised_service_a_notebook_and_a_config() -> None:
    read = workload("quantised")
    assert found(read, "quantisation") == ["awq"]
    assert model(read, "TheBloke/Llama-2-70B-AWQ").formats == ("awq",)
    own = model(read, "model/config.json")
    assert own.is_own and own.dtype == "bfloat16" and own.architecture == "LlamaForCausalLM"
    # 16 layers of 2048 * 64 * 2 * (32 + 8) + 3 * 2048 * 8192, and 128256 * 2048 once (Llama 3.2 1B ties them: 1.236e9)
    assert own.parameters_low is not None and own.parameters_high is not None
    assert own.parameters_low < 1_235_814_400 < own.parameters_high
    assert model(read, "Qwen/Qwen2.5-7B-Instruct").evidence[0].path == "notebook.ipynb"


def test_values_are_followed(tmp_path: Path) -> None:
    read = of(
        tmp_path,
        {
            "names.py": 'BASE = "Qwen/Qwen2.5-7B"\n',
            "a.py": (
                "import click\nfrom dataclasses import dataclass, field\nfrom transformers import AutoModelForCausalLM\n"
                "from names import BASE\n"
                '@dataclass\nclass Settings:\n    model_id: str = field(default="microsoft/phi-2")\n'
                '@click.option("--model", default="google/gemma-2-9b")\ndef main(model):\n'
                "    AutoModelForCausalLM.from_pretrained(BASE)\n"
                '    AutoModelForCausalLM.from_pretrained(f"EleutherAI/pythia-{size}")\n'
            ),
            "train.yaml": "base_model: NousResearch/Llama-2-7b-hf\nsequence_len: 2048\n",
            "settings.toml": 'model_name_or_path = "tiiuae/falcon-7b"\n',
            "run.sh": "python train.py --model_name_or_path facebook/opt-350m\n",
            "Dockerfile": 'FROM python:3.12\nENV MODEL_ID=HuggingFaceTB/SmolLM2-135M\nCMD ["vllm", "serve", "ibm-granite/granite-3b"]\n',
        },
    )
    ids = {known.id + ("…" if known.is_prefix else "") for known in read.models}
    assert ids == {
        "Qwen/Qwen2.5-7B", "microsoft/phi-2", "google/gemma-2-9b", "EleutherAI/pythia-…", "NousResearch/Llama-2-7b-hf",
        "tiiuae/falcon-7b", "facebook/opt-350m", "HuggingFaceTB/SmolLM2-135M", "ibm-granite/granite-3b",
    }  # fmt: skip
    opt = model(read, "facebook/opt-350m")
    assert opt.basis == "name" and opt.parameters_low is not None and opt.parameters_low < 350e6 < (opt.parameters_high or 0)


@pytest.mark.parametrize(
    "text",
    [
        'AutoModel.from_pretrained("./checkpoints/mine")',
        'AutoModel.from_pretrained("output/model")',
        'AutoModel.from_pretrained("/data/llama-7b")',
        'AutoTokenizer.from_pretrained("meta-llama/Llama-2-7b-hf")',
        'AutoConfig.from_pretrained("meta-llama/Llama-2-7b-hf")',
        'print("meta-llama/Llama-2-7b-hf")',
        'URL = "https://huggingface.co/meta-llama/Llama-2-7b-hf"',
        'AutoModel.from_pretrained("hf-internal-testing/tiny-random-gpt2")',
    ],
)
def test_what_names_no_model(text: str, tmp_path: Path) -> None:
    head = "from transformers import AutoConfig, AutoModel, AutoTokenizer\n"
    assert of(tmp_path, {"a.py": head + text + "\n"}).models == ()


def test_own_names_are_only_hints(tmp_path: Path) -> None:
    read = of(tmp_path, {"a.py": "import torch\nclass LlamaForCausalLM(torch.nn.Module):\n    pass\n"})
    assert [(trait.id, trait.strength) for trait in read.of("task")] == [("llm", "hint")]


def test_examples_are_told_apart(tmp_path: Path) -> None:
    read = of(tmp_path, {"examples/a.py": "import torch\ntorch.optim.SGD([])\n", "lib.py": "import torch\n"})
    assert [(trait.id, trait.strength) for trait in read.of("phase")] == [("training", "examples")]


def test_a_packages_own_modules_are_not_a_library_of_the_same_name(tmp_path: Path) -> None:
    files = {
        "gym/__init__.py": "",
        "gym/core.py": "def make(): ...\n",
        "main.py": "import torch\nfrom gym.core import make\nmake()\n",
    }
    assert of(tmp_path, files).of("task") == ()


def test_deepspeed_stages_and_sizes(tmp_path: Path) -> None:
    files = {
        "ds.json": '{"zero_optimization": {"stage": 3}, "stage": 9}',
        "a.py": "import deepspeed, vllm\ndeepspeed.initialize()\nvllm.LLM(model=name, tensor_parallel_size=8)\n",
    }
    read = of(tmp_path, files)
    assert {trait.id: trait.details for trait in read.of("parallelism")} == {"zero": ("3",), "tensor": ("8",)}


def test_hostile_numbers_and_names_are_survived(tmp_path: Path) -> None:
    huge = '{"architectures": ["X"], "hidden_size": 1' + "0" * 400 + ', "num_hidden_layers": 3, "num_attention_heads": 0}'
    files = {
        "config.json": huge,
        "b/config.json": '{"hidden_size": -5, "num_hidden_layers": "x", "num_attention_heads": 4}',
        "c/config.json": '{"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 9999999, "vocab_size": 1.5}',
        "d.yaml": "model_id: " + "a/" * 4000 + "\nbase_model: \u202emeta/evil-7b\nmax_model_len: 99999999999999999999\n",
        "a.py": "from transformers import AutoModel as M\nM.from_pretrained('x' * 9)\nM.from_pretrained("
        + repr("a" * 5000 + "/b")
        + ")\n",
    }
    read = of(tmp_path, files)
    assert [known.id for known in read.models] == ["c/config.json"]
    assert read.limits == ()


def test_a_number_for_a_type_is_no_limit(tmp_path: Path) -> None:
    code = "from vllm import LLM\nllm = LLM('facebook/opt-125m', dtype=256, max_model_len=2048)\n"
    read = of(tmp_path, {"a.py": code, "serve.yaml": "model_id: facebook/opt-125m\ndtype: 16\nmax_model_len: 1024\n"})
    assert {(limit.kind, limit.value) for limit in read.limits} == {("sequence", 2048), ("sequence", 1024)}
