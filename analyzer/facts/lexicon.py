"""The few words that make a string or attribute worth keeping as a fact.

They decide what is *kept*, never what is *found*: rules decide that. A word is added here when a rule needs strings or
attributes that none of these words is part of.
"""

from __future__ import annotations

import re
from functools import lru_cache

TELLING_WORDS = (
    "a100", "accelerator", "amdgpu", "apex", "attention-backend", "attention_backend", "attn", "awq", "bitsandbytes", "bnb",
    "cubin", "cublas", "cuda", "cudf", "cudnn", "cuml", "cupy", "cuvid", "device", "exllama", "expt-", "flash", "float16",
    "fp16", "fp8", "gencode", "gptq", "gpu", "h100", "h200", "half", "libcu", "lineinfo", "load_in_", "marlin", "nccl",
    "nsys", "nvcc", "nvcr", "nvenc", "nvidia", "nvml", "nvshmem", "nvte_", "nvtx", "pin_memory", "pinned", "ptx",
    "quantization", "quantize", "rapids", "sm_", "standard_n", "tensorrt", "tf32", "theano", "torch-backend",
    "torch_backend", "torchinductor", "triton", "trt", "vllm", "xformers", "xla_", "xlarge",
)  # fmt: skip
MODEL_KEYS = frozenset(
    {"_class_name", "_name_or_path", "architectures", "base_model", "d_ff", "d_model", "dim", "ffn_dim", "head_dim", "head_size",
     "hf_model_id", "hidden_size", "intermediate_size", "max_position_embeddings", "max_seq_len", "model_id", "model_name_or_path",
     "model_type", "n_ctx", "n_embd", "n_head", "n_heads", "n_inner", "n_kv_heads", "n_layer", "n_layers", "n_positions",
     "n_query_groups", "n_routed_experts", "num_attention_heads", "num_experts", "num_heads", "num_hidden_layers",
     "num_key_value_heads", "num_kv_heads", "num_layers", "num_local_experts", "pretrained_model_name_or_path", "torch_dtype",
     "quant_method", "stage", "vocab_size", "zero_stage"}
)  # fmt: skip
"""Keys of configuration files that say which model is meant and of what shape it is; they say nothing of an accelerator."""
_MODEL_WORDS = (
    "--model", "base_model", "hf_model_id", "hidden_size", "model-id", "model_id", "model_name_or_path", "n_embd",
    "pretrained_model_name_or_path", "tensor_parallel", "zero_optimization", "text-generation", "lorax", "sglang", "ollama",
    "safetensors",
)  # fmt: skip


@lru_cache(maxsize=1)
def _telling() -> re.Pattern[str]:
    """The same words in any script, and the few that need more than a plain search. Compiled when something asks."""
    return re.compile("|".join(TELLING_WORDS) + r"|\bcu1\d|\.cuh?\b|\.whl\b", re.IGNORECASE)


_COMMAND = (
    r"\s*(?:sudo\s+)?(?:uv\s+pip|pip3?|conda|mamba|micromamba|python3?\s+-m\s+pip|apt(?:-get)?|yum|dnf|docker|podman|nvidia-smi|nvcc"
    r"|module\s+load|srun|sbatch|nsys|ncu|trtexec|vllm|export|torchrun|deepspeed|aws|gcloud|az|kubectl|helm)(?:\s|$)"
)
"""How a string begins that is a line for a shell, wherever it stands."""

KERNEL_MARKS = ("__global__", "__device__", "asm volatile", ".visible .entry")
"""Any of these in a string constant makes it GPU source code."""

LONGEST_TEXT = 300
"""Longer strings are prose or data: only GPU source code is kept of them, and that shortened."""


@lru_cache(maxsize=65536)
def is_telling(text: str) -> bool:
    """Whether a string or attribute name mentions an accelerator."""
    if not text.isascii():
        return _telling().search(text) is not None
    lowered = text.lower()
    for word in TELLING_WORDS:  # plain searches beat one large expression, which only the few others need
        if word in lowered:
            return True
    return ("cu" in lowered or ".whl" in lowered) and _telling().search(text) is not None


def mentions_accelerator(text: str) -> bool:
    """The same for a whole file, several times faster, and not so exact: plain searches beat one large expression."""
    lowered = text.lower()
    return any(word in lowered for word in (*TELLING_WORDS, "cu1", ".cu", ".whl"))


def names_a_model(text: str) -> bool:
    """Whether a whole file may name a model, describe one, or run one."""
    lowered = text.lower()
    return any(word in lowered for word in _MODEL_WORDS)


def is_command(text: str) -> bool:
    """Whether a string is a line for a shell that installs, builds, runs or asks for something."""
    return re.match(_COMMAND, text) is not None


def is_kernel_source(text: str) -> bool:
    """Whether a string constant holds CUDA C++ or PTX."""
    return any(mark in text for mark in KERNEL_MARKS)
