"""What calls of outside names give while a model is exported: tensors, static values, numbers that depend on data."""

from __future__ import annotations

from analyzer.operators.abstract import FALSE, SCALAR, STATIC, TENSOR, TRUE, UNKNOWN, Abstract

STATIC_ATTRIBUTES = frozenset(
    {
        "shape",
        "dtype",
        "device",
        "ndim",
        "layout",
        "requires_grad",
        "is_cuda",
        "is_sparse",
        "is_nested",
        "is_quantized",
        "names",
        "itemsize",
        "grad_fn",
        "is_leaf",
        "is_meta",
        "is_cpu",
        "nbytes",
    }
)
SAME_ATTRIBUTES = frozenset({"T", "mT", "H", "mH", "data", "grad", "real", "imag", "values", "indices"})
STATIC_METHODS = frozenset(
    {
        "size",
        "dim",
        "ndimension",
        "numel",
        "nelement",
        "stride",
        "is_floating_point",
        "is_complex",
        "is_contiguous",
        "element_size",
        "get_device",
        "type",
        "storage_offset",
        "data_ptr",
        "is_signed",
        "dense_dim",
        "sparse_dim",
        "is_pinned",
        "has_names",
        "is_inference",
        "is_conj",
        "is_neg",
        "sym_size",
    }
)
NUMBER_METHODS = frozenset({"item", "tolist", "equal", "allclose", "is_nonzero"})
SAME_MODULE = frozenset(
    {"to", "eval", "train", "cuda", "cpu", "half", "float", "double", "bfloat16", "requires_grad_", "to_empty", "share_memory"}
)
"""Methods of modules that give the module itself."""
SAME_MODULE_FUNCTIONS = frozenset(
    f"torch.nn.utils.{name}"
    for name in (
        *("weight_norm", "spectral_norm", "remove_weight_norm", "remove_spectral_norm"),
        *("parametrizations.weight_norm", "parametrizations.spectral_norm", "parametrizations.orthogonal"),
    )
)
"""Functions that give the module that they are given, with its weights made anew from others."""
TENSOR_ONLY_METHODS = frozenset({"any", "all", "item"})
"""Methods that in code for models nothing but tensors (and arrays) have."""
STATIC_FUNCTIONS = (
    "torch.is_tensor",
    "torch.is_grad_enabled",
    "torch.finfo",
    "torch.iinfo",
    "torch.device",
    "torch.Size",
    "torch.is_floating_point",
    "torch.is_complex",
    "torch.get_default_dtype",
    "torch.broadcast_shapes",
    "torch.numel",
    "torch.is_storage",
    "torch.typename",
    "torch.result_type",
    "torch.promote_types",
    "torch.can_cast",
    "torch.is_autocast_enabled",
    "torch.get_autocast",
    "torch.is_inference_mode_enabled",
    "torch.get_rng_state",
    "torch.Generator",
    "torch.dtype",
    "torch.no_grad",
    "torch.autocast",
    "torch.enable_grad",
    "torch.set_grad_enabled",
    "torch.inference_mode",
    "torch.manual_seed",
    "torch._C.",
    "torch.version.",
    "jax.devices",
    "jax.local_devices",
    "jax.device_count",
    "jax.default_backend",
    "jax.ShapeDtypeStruct",
    "jax.eval_shape",
    "jax.tree",
    "jax.config",
)
STATIC_PACKAGES = (
    "torch.cuda.",
    "torch.backends.",
    "torch.distributed.",
    "torch.utils.",
    "torch.jit.",
    "torch.compiler.",
    "torch._dynamo.",
    "torch.autograd.",
    "torch.amp.",
    "torch.onnx.",
    "torch.overrides.",
    "torch.fx.",
    "torch.mps.",
    "torch.xpu.",
)
CONSTANTS = {
    "torch.jit.is_scripting": FALSE,
    "torch.jit.is_tracing": FALSE,
    "torch.compiler.is_exporting": TRUE,
    "torch.compiler.is_compiling": TRUE,
    "torch._dynamo.is_compiling": TRUE,
    "torch.is_autocast_enabled": FALSE,
    "torch.overrides.has_torch_function": FALSE,
    "torch.overrides.has_torch_function_unary": FALSE,
    "torch.overrides.has_torch_function_variadic": FALSE,
    "torch.overrides.has_torch_function_": FALSE,
    "torch.cuda.is_available": STATIC,
    "torch.is_grad_enabled": FALSE,
    "typing.TYPE_CHECKING": FALSE,
}
MAKERS = frozenset(
    {
        "torch.tensor",
        "torch.as_tensor",
        "torch.zeros",
        "torch.ones",
        "torch.full",
        "torch.arange",
        "torch.eye",
        "torch.linspace",
        "torch.empty",
        "torch.tril_indices",
        "torch.triu_indices",
        "torch.from_numpy",
        "torch.meshgrid",
    }
)
"""Functions that make tensors out of what is known when exporting; where nothing else is in them, their values are known too."""
NUMBER_FUNCTIONS = frozenset({"torch.equal", "torch.allclose", "torch.is_nonzero"})
SAME_ELEMENTS = frozenset({"list", "tuple", "reversed", "sorted", "iter"})
PASSING_BUILTINS = frozenset(
    {"abs", "min", "max", "sum", "round", "list", "tuple", "reversed", "sorted", "iter", "next", "zip", "enumerate"}
)


def outside_call(name: str, arguments: list[Abstract]) -> Abstract:
    """What a call of an outside function gives."""
    if name in CONSTANTS:
        return CONSTANTS[name]
    kinds = {argument.kind for argument in arguments}
    if name.startswith("builtins."):
        if name[9:] in SAME_ELEMENTS and len(arguments) == 1 and arguments[0].kind in ("container", "record"):
            return arguments[0]
        return builtin_call(name[9:], kinds)
    if name.startswith("math."):
        return SCALAR if kinds & {"tensor", "scalar"} else STATIC
    if name.startswith(("numpy.", "os.", "copy.", "itertools.", "functools.", "inspect.", "warnings.", "logging.")):
        return STATIC if name.startswith(("numpy.", "os.")) else UNKNOWN
    if not name.startswith("torch."):
        return (
            TENSOR if name.startswith(("einops.", "torchvision.ops.", "torchaudio.functional.")) and "tensor" in kinds else UNKNOWN
        )
    if name in NUMBER_FUNCTIONS:
        return SCALAR if "tensor" in kinds else UNKNOWN
    if name.startswith(STATIC_FUNCTIONS) or name.startswith(STATIC_PACKAGES):
        return STATIC
    if name in MAKERS:
        return TENSOR if kinds & {"tensor", "scalar"} else STATIC
    last = name.rpartition(".")[2]
    if last[:1].isupper():
        return UNKNOWN
    return STATIC if arguments and kinds <= {"const", "static"} else TENSOR


def builtin_call(name: str, kinds: set[str]) -> Abstract:
    """What a call of a builtin gives."""
    if name in ("int", "float", "bool"):
        return SCALAR if kinds & {"tensor", "scalar"} else STATIC
    if name in PASSING_BUILTINS:
        if name in ("min", "max"):
            return SCALAR if kinds & {"tensor", "scalar"} else STATIC if kinds <= {"const", "static"} else UNKNOWN
        return (
            SCALAR
            if "scalar" in kinds
            else TENSOR
            if "tensor" in kinds and name in ("abs", "sum", "list", "tuple", "iter", "next")
            else UNKNOWN
        )
    if name == "range":
        return SCALAR if kinds & {"tensor", "scalar"} else STATIC
    return (
        STATIC
        if name in ("len", "isinstance", "hasattr", "type", "str", "callable", "id", "issubclass", "repr", "hash")
        else UNKNOWN
    )


def method_call(owner: Abstract, name: str, arguments: list[Abstract]) -> Abstract:
    """What a method of a value that is not of the repository gives."""
    if owner.kind == "tensor":
        if name in STATIC_METHODS:
            return STATIC
        return SCALAR if name in NUMBER_METHODS else TENSOR
    if owner.kind == "scalar":
        return STATIC if name in STATIC_METHODS else owner
    if owner.kind in ("static", "const"):
        return STATIC
    return UNKNOWN


def attribute(owner: Abstract, name: str) -> Abstract:
    """What an attribute of such a value is."""
    if owner.kind == "tensor":
        return (
            STATIC if name in STATIC_ATTRIBUTES else owner if name in SAME_ATTRIBUTES or name == "[]" or name.isdigit() else UNKNOWN
        )
    if owner.kind == "scalar":
        return STATIC if name in STATIC_ATTRIBUTES else owner
    if owner.kind == "static" or name in STATIC_ATTRIBUTES:
        return STATIC
    return UNKNOWN
