"""The models that are exported: none of them, and few of their libraries, were looked at when the prediction was written."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from typing import Any
from unittest.mock import MagicMock

from table import MODELS, PARTS_OF_TRANSFORMERS, TRANSFORMERS

Built = tuple[Any, tuple[Any, ...], dict[str, Any]]
Case = tuple[str, str, str, Callable[[], Built]]

SMALL = {
    "hidden_size": 32, "d_model": 32, "n_embd": 32, "dim": 32, "embed_dim": 32, "embedding_size": 32, "word_embed_proj_dim": 32,
    "num_hidden_layers": 2, "n_layer": 2, "num_layers": 2, "n_layers": 2, "encoder_layers": 2, "decoder_layers": 2,
    "num_decoder_layers": 2, "num_encoder_layers": 2, "num_attention_heads": 4, "n_head": 4, "num_heads": 4, "n_heads": 4,
    "encoder_attention_heads": 4, "decoder_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "d_kv": 8, "d_ff": 64,
    "intermediate_size": 64, "ffn_dim": 64, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "n_inner": 64,
    "moe_intermediate_size": 32,
    "vocab_size": 128, "image_size": 64, "patch_size": 16, "max_position_embeddings": 64, "num_experts": 4, "num_local_experts": 4,
    "n_routed_experts": 4, "num_experts_per_tok": 2, "projection_dim": 32, "qk_nope_head_dim": 8, "qk_rope_head_dim": 8,
    "v_head_dim": 8, "q_lora_rank": 16, "kv_lora_rank": 16, "n_group": 1, "topk_group": 1, "num_queries": 10, "mlp_dim": 64,
    "first_k_dense_replace": 1, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1,
    "mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 16, "mamba_n_groups": 1, "linear_num_key_heads": 2,
    "linear_num_value_heads": 2, "linear_key_head_dim": 8, "linear_value_head_dim": 8, "shared_expert_intermediate_size": 32,
    "moe_num_experts": 4, "moe_k": 2, "moe_num_shared_experts": 1, "n_shared_experts": 1, "type_vocab_size": 2,
    "vision_feature_layer": -1, "use_timm_backbone": False, "index_n_heads": 2, "index_head_dim": 16, "index_topk": 4,
    "attention_window": 8, "sliding_window": 8, "local_attention": 8,
}  # fmt: skip
"""Sizes that keep a transformers model of any architecture small; a configuration takes those that it has."""


def all_cases() -> Iterator[Case]:
    """(library, model, variant, what builds it), in a fixed order."""
    for library, name, model, inputs in MODELS:
        yield library, name, "default", lambda model=model, inputs=inputs: _evaluated(model, inputs)
    for kind in TRANSFORMERS:
        for variant in ("default", "use_cache=False") if _has_cache(kind) else ("default",):
            yield "transformers", kind, variant, lambda kind=kind, variant=variant: _transformers(kind, variant)
    for name in PARTS_OF_TRANSFORMERS:
        yield "transformers", name, "default", lambda name=name: _transformers(name, "default")


class _Names(dict[str, Any]):
    """`speechbrain.nnet.RNN.LSTM` and the like, imported when they are read."""

    def __missing__(self, name: str) -> Any:
        if name == "speechbrain":  # its layers do not need torchaudio, but importing it does
            for missing in ("torchaudio", "torchaudio.transforms", "torchaudio.functional", "torchaudio.compliance"):
                fake = MagicMock()
                fake.__spec__ = ModuleSpec(missing, None)
                fake.__path__ = []
                sys.modules[missing] = fake
        if name in ("whisper", "encodec", "vocos"):
            for missing in ("numba", "torchaudio"):
                fake = MagicMock()
                fake.__spec__ = ModuleSpec(missing, None)
                fake.jit = lambda *_, **__: lambda function: function
                sys.modules[missing] = fake
        return importlib.import_module(name)


def _evaluated(model: str, inputs: str) -> Built:
    import torch

    names = _Names(torch=torch, randn=torch.randn, rand=torch.rand, ones=torch.ones, zeros=torch.zeros, arange=torch.arange,
                   ids=lambda *shape: torch.randint(1, 16, shape), at=_at)  # fmt: skip
    given = eval(f"({inputs},)", names)
    return eval(model, names), given, {}


def _at(path: str) -> Any:
    """An object by `module:name`."""
    module, _, name = path.partition(":")
    _Names()[module.split(".")[0]]
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _names_of(kind: str) -> str:
    """The class for a model type, by what it is mostly used for."""
    from transformers.models.auto import modeling_auto as auto

    for mapping in (
        auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
        auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES, auto.MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES,
        auto.MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES, auto.MODEL_FOR_CTC_MAPPING_NAMES, auto.MODEL_MAPPING_NAMES,
    ):  # fmt: skip
        if kind in mapping:
            found = mapping[kind]
            return found if isinstance(found, str) else found[0]
    raise ValueError(f"no class for {kind}")


def _has_cache(kind: str) -> bool:
    from transformers.models.auto import modeling_auto as auto

    return kind in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES or kind in auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES


def _small(config: Any) -> Any:
    from transformers import PretrainedConfig

    for name, value in list(vars(config).items()):
        if isinstance(value, PretrainedConfig):
            _small(value)
        elif name in SMALL and isinstance(value, int | float | type(None)) and (value is not None or name.endswith("token_id")):
            setattr(config, name, SMALL[name])
    if isinstance(getattr(config, "layer_types", None), list):
        kinds = list(dict.fromkeys(config.layer_types))
        config.layer_types = (kinds * 2)[: max(2, getattr(config, "num_hidden_layers", 2))][:2]
    for name in ("mlp_layer_types", "attn_layer_types", "layers_block_type"):
        if isinstance(getattr(config, name, None), list):
            setattr(config, name, list(dict.fromkeys(getattr(config, name)))[:2] * 2 if len(set(getattr(config, name))) == 1 else
                    list(dict.fromkeys(getattr(config, name)))[:2])  # fmt: skip
            setattr(config, name, getattr(config, name)[:2])
    return config


def _transformers(kind: str, variant: str) -> Built:
    import torch
    import transformers

    kind, _, wanted = kind.partition(":")
    config = _small(transformers.AutoConfig.for_model(kind))
    model = getattr(transformers, wanted or _names_of(kind))(config)
    main = type(model).main_input_name
    words = torch.randint(3, 16, (1, 16))
    keywords: dict[str, Any] = {}
    if main == "input_ids":
        keywords = {"input_ids": words, "attention_mask": torch.ones(1, 16, dtype=torch.int64)}
        if getattr(config, "is_encoder_decoder", False):
            keywords["decoder_input_ids"] = torch.randint(3, 16, (1, 8))
        vision = getattr(config, "vision_config", None)
        if "pixel_values" in type(model).forward.__code__.co_varnames and vision is not None and hasattr(vision, "image_size"):
            keywords["pixel_values"] = torch.randn(1, 3, vision.image_size, vision.image_size)
    elif main == "pixel_values":
        size = getattr(config, "image_size", 64)
        keywords = {
            "pixel_values": torch.randn(
                1, getattr(config, "num_channels", 3), *(size if isinstance(size, list | tuple) else (size, size))
            )
        }
    elif main == "input_values":
        keywords = {"input_values": torch.randn(1, 4000)}
    elif main == "input_features":
        keywords = {"input_features": torch.randn(1, 100, getattr(config, "feature_size", getattr(config, "num_mel_bins", 80)))}
    if variant != "default":
        keywords["use_cache"] = False
    return model, (), keywords
