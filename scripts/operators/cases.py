"""What can be tried of the installed torch: its own test inputs for public functions, tensor methods and modules.

torch's test suite ships inputs for nearly every public API (`op_db`, `module_db`). `extra_cases` adds modules that it
has no inputs for.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import module_db

MOST_SAMPLES_LOOKED_AT = 60
DTYPES = (torch.float32, torch.int64, torch.complex64, torch.bool)


class Sample(NamedTuple):
    """One way to call something: arguments, and what it was made with where it is a module."""

    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    module: nn.Module | None = None
    made_with: str = ""


class Case(NamedTuple):
    """One public API in one variant and dtype, with a way to get its inputs."""

    name: str
    kind: str
    variant: str
    dtype: str
    call: Callable[..., Any] | None
    samples: Callable[[], list[Sample]]


def all_cases() -> list[Case]:
    """Every case, in a fixed order, each (name, kind, variant, dtype) once."""
    found: dict[tuple[str, str, str, str], Case] = {}
    for case in itertools.chain(function_cases(), module_cases(), extra_cases()):
        found.setdefault((case.name, case.kind, case.variant, case.dtype), case)
    return list(found.values())


def function_cases() -> Iterator[Case]:
    """Functions, their aliases, tensor methods and in-place methods that torch has test inputs for."""
    for op in op_db:
        main = next((dtype for dtype in DTYPES if op.supports_dtype(dtype, "cpu")), None)
        if main is None:
            continue
        samples = _op_samples(op, main)
        variant = op.variant_test_name
        function_name = _public_name(op)
        yield Case(function_name, "function", variant, str(main), op.op, samples)
        if main != torch.int64 and op.supports_dtype(torch.int64, "cpu"):
            yield Case(function_name, "function", variant, "torch.int64", op.op, _op_samples(op, torch.int64))
        for alias in op.aliases:
            if callable(_lookup(alias.name)):
                yield Case(f"torch.{alias.name}", "function", variant, str(main), alias.op, samples)
        for method in _methods(op):
            name = f"torch.Tensor.{method}"
            if not name.endswith("_") or name.endswith("__"):
                yield Case(name, "method", variant, str(main), _method_call(method), samples)
            else:
                yield Case(name, "in-place", variant, str(main), _in_place_call(method), samples)
        in_place = _lookup(f"{op.name}_")
        if callable(in_place):
            yield Case(f"torch.{op.name}_", "in-place", variant, str(main), _in_place_function(in_place), samples)


def module_cases() -> Iterator[Case]:
    """Modules that torch has test inputs for."""
    for info in module_db:
        name = f"torch.nn.{info.module_cls.__name__}"
        yield Case(name, "module", "", "torch.float32", None, _module_samples(info))


def extra_cases() -> Iterator[Case]:
    """Modules, methods and functions in common use that torch's test suite has no inputs for."""
    image, series, volume = torch.randn(2, 4, 8, 8), torch.randn(2, 4, 8), torch.randn(2, 4, 4, 4, 4)
    tokens = torch.randint(0, 10, (2, 6))
    by_input: list[tuple[str, tuple[Any, ...], dict[str, Any], torch.Tensor]] = [
        ("Identity", (), {}, image), ("Dropout", (), {}, image), ("Dropout1d", (), {}, series), ("Dropout2d", (), {}, image),
        ("Dropout3d", (), {}, volume), ("AlphaDropout", (), {}, image), ("FeatureAlphaDropout", (), {}, image),
        ("Flatten", (), {}, image), ("Unflatten", (1, (2, 2)), {}, image), ("PixelShuffle", (2,), {}, image),
        ("PixelUnshuffle", (2,), {}, image), ("ChannelShuffle", (2,), {}, image), ("Softmax2d", (), {}, image),
        ("Unfold", (3,), {}, image), ("Fold", ((4, 5), (2, 2)), {}, torch.randn(1, 12, 12)), ("ZeroPad1d", (1,), {}, series),
        ("ZeroPad2d", (1,), {}, image), ("ZeroPad3d", (1,), {}, volume), ("UpsamplingNearest2d", (), {"scale_factor": 2}, image),
        ("UpsamplingBilinear2d", (), {"scale_factor": 2}, image), ("Embedding", (10, 4), {}, tokens),
        ("EmbeddingBag", (10, 4), {}, tokens), ("RReLU", (), {}, image), ("SyncBatchNorm", (4,), {}, image),
        ("AdaptiveAvgPool2d", (2,), {}, image), ("AdaptiveMaxPool3d", (2,), {}, volume), ("MaxUnpool2d", (2,), {}, image),
        ("LazyLinear", (3,), {}, image), ("LazyBatchNorm2d", (), {}, image),
        *(("Upsample", (), {"scale_factor": 2, "mode": mode}, image) for mode in ("nearest", "bilinear", "bicubic", "nearest-exact")),
    ]  # fmt: skip
    for name, made, keywords, value in by_input:
        variant = str(keywords.get("mode", ""))
        yield Case(f"torch.nn.{name}", "module", variant, "torch.float32", None, _one_module(name, made, keywords, value))
    simple: list[tuple[str, str, str, Callable[..., Any], tuple[Any, ...]]] = [
        ("torch.Tensor.item", "method", "", lambda x: x + x.sum().item(), (series,)),
        ("torch.Tensor.tolist", "method", "", lambda x, n: x.split(n.tolist()), (torch.randn(5, 2), torch.tensor([2, 3]))),
        ("torch.Tensor.numpy", "method", "", lambda x: torch.from_numpy(x.numpy()) + 1, (series,)),
        ("torch.from_numpy", "function", "", lambda x: torch.from_numpy(x.numpy()) + 1, (series,)),
        ("torch.Tensor.to", "method", "", lambda x: x.to(torch.float16), (series,)),
        ("torch.Tensor.cpu", "method", "", lambda x: x.cpu(), (series,)),
        ("torch.Tensor.detach", "method", "", lambda x: x.detach(), (series,)),
        ("torch.Tensor.type", "method", "", lambda x: x.type(torch.int64), (series,)),
        ("torch.Tensor.type_as", "method", "", lambda x, y: x.type_as(y), (series, tokens)),
        ("torch.Tensor.apply_", "method", "", lambda x: x.clone().apply_(lambda v: v + 1), (series,)),
        ("torch.Tensor.data_ptr", "method", "", lambda x: x + x.data_ptr(), (series,)),
        ("torch.Tensor.storage", "method", "", lambda x: x + len(x.storage()), (series,)),
        ("torch.Tensor.register_hook", "method", "", lambda x: (x.register_hook(lambda g: g), x + 1)[1], (series,)),
        ("torch.is_tensor", "function", "", lambda x: x + int(torch.is_tensor(x)), (series,)),
        ("torch.tensor", "function", "", lambda x: x + torch.tensor(2.0), (series,)),
        ("torch.as_tensor", "function", "", lambda x: x + torch.as_tensor(2.0), (series,)),
        ("torch.compile", "function", "", lambda x: torch.compile(lambda v: v + 1)(x), (series,)),
        ("torch.vmap", "function", "", lambda x: torch.vmap(lambda v: v * 2)(x), (series,)),
        ("torch.func.vmap", "function", "", lambda x: torch.func.vmap(lambda v: v * 2)(x), (series,)),
        ("torch.func.grad", "function", "", lambda x: torch.func.grad(lambda v: (v * v).sum())(x), (series,)),
        ("torch.autograd.grad", "function", "", _differentiate, (series,)),
        ("torch.bucketize", "function", "", lambda x: torch.bucketize(x, torch.tensor([0.0, 1.0])), (series,)),
        ("torch.nested.nested_tensor", "function", "", lambda x: torch.nested.nested_tensor([x[0], x[1]]).to_padded_tensor(0.0), (series,)),
        ("torch.Tensor.to_dense", "method", "", lambda x: x.to_sparse().to_dense(), (image[0, 0],)),
        ("torch.sparse.mm", "function", "", lambda x: torch.sparse.mm(x.to_sparse(), x), (image[0, 0],)),
        ("torch.nn.utils.rnn.pad_sequence", "function", "", lambda x: nn.utils.rnn.pad_sequence([x[0], x[1]]), (series,)),
        ("torch.nn.utils.rnn.pack_padded_sequence", "function", "", _packed, (series, torch.tensor([4, 3]))),
        ("torch.quantize_per_tensor", "function", "", lambda x: torch.quantize_per_tensor(x, 0.1, 0, torch.quint8).dequantize(), (series,)),
        ("torch.histc", "function", "int-input", lambda x: torch.histc(x.float(), bins=4, min=0, max=8), (tokens,)),
        ("torch.cond", "function", "", lambda x: torch.cond(x.sum() > 0, lambda v: v + 1, lambda v: v - 1, (x,)), (series,)),
        ("torch.manual_seed", "function", "", lambda x: (torch.manual_seed(0), x + 1)[1], (series,)),
        ("torch.autocast", "function", "", _autocast, (series,)),
        ("torch.no_grad", "function", "", _no_grad, (series,)),
        ("torch.utils.checkpoint.checkpoint", "function", "", _checkpoint, (series,)),
    ]  # fmt: skip
    for name, kind, variant, call, arguments in simple:
        yield Case(name, kind, variant, "torch.float32", call, lambda arguments=arguments: [Sample(arguments, {})])


def _differentiate(x: torch.Tensor) -> Any:
    x = x.clone().requires_grad_()
    return torch.autograd.grad((x * x).sum(), x)[0]


def _packed(x: torch.Tensor, lengths: torch.Tensor) -> Any:
    return nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True).data


def _autocast(x: torch.Tensor) -> Any:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return (x @ x.transpose(-1, -2)).float()


def _no_grad(x: torch.Tensor) -> Any:
    with torch.no_grad():
        return x + 1


def _checkpoint(x: torch.Tensor) -> Any:
    import torch.utils.checkpoint

    return torch.utils.checkpoint.checkpoint(lambda v: v + 1, x, use_reentrant=False)


def _public_name(op: Any) -> str:
    if callable(_lookup(op.name)):
        return f"torch.{op.name}"
    method = op.name.rsplit(".", 1)[-1]
    if hasattr(torch.Tensor, method):
        return f"torch.Tensor.{method}"
    if hasattr(torch.ops.aten, method):
        return f"torch.ops.aten.{method}"
    return op.name


def _lookup(dotted: str) -> Any:
    owner: Any = torch
    for part in dotted.split("."):
        owner = getattr(owner, part, None)
        if owner is None:
            return None
    return owner


def _methods(op: Any) -> list[str]:
    """Names of tensor methods, in place or not, that take this API's inputs."""
    names = [_name_of(op.method_variant), _name_of(op.inplace_variant)]
    if op.method_variant is None and not callable(_lookup(op.name)):
        names.append(op.name.rsplit(".", 1)[-1])
    for alias in op.aliases:
        names += [_name_of(alias.method_variant), _name_of(alias.inplace_variant)]
        if op.inplace_variant is not None:
            names.append(f"{alias.name}_")
    return [name for name in dict.fromkeys(names) if name and hasattr(torch.Tensor, name)]


def _name_of(function: Any) -> str:
    name = getattr(function, "__name__", "")
    return "" if name == "<lambda>" else str(name)


def _method_call(name: str) -> Callable[..., Any]:
    def call(first: Any, *rest: Any, **keywords: Any) -> Any:
        method = getattr(first, name)
        return method(*rest, **keywords) if callable(method) else method

    return call


def _in_place_call(name: str) -> Callable[..., Any]:
    def call(first: Any, *rest: Any, **keywords: Any) -> Any:
        return getattr(first.clone(), name)(*rest, **keywords)

    return call


def _in_place_function(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(first: Any, *rest: Any, **keywords: Any) -> Any:
        return function(first.clone(), *rest, **keywords)

    return call


def _op_samples(op: Any, dtype: torch.dtype) -> Callable[[], list[Sample]]:
    def read() -> list[Sample]:
        torch.manual_seed(0)
        found = itertools.islice(op.sample_inputs("cpu", dtype, requires_grad=False), MOST_SAMPLES_LOOKED_AT)
        return [Sample((sample.input, *sample.args), dict(sample.kwargs)) for sample in found]

    return read


def _module_samples(info: Any) -> Callable[[], list[Sample]]:
    def read() -> list[Sample]:
        torch.manual_seed(0)
        inputs = info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=False)
        found = []
        for item in itertools.islice(inputs, MOST_SAMPLES_LOOKED_AT):
            made, given = item.constructor_input, item.forward_input
            if given is None:
                continue
            keywords = dict(made.kwargs)
            accepted = inspect.signature(info.module_cls.__init__).parameters
            if "device" in accepted:
                keywords.setdefault("device", "cpu")
            module = info.module_cls(*made.args, **keywords).eval()
            shown = ", ".join([*map(_short, made.args), *(f"{key}={_short(value)}" for key, value in made.kwargs.items())])
            found.append(Sample(tuple(given.args), dict(given.kwargs), module, shown))
        return found

    return read


def _one_module(name: str, made: tuple[Any, ...], keywords: dict[str, Any], value: torch.Tensor) -> Callable[[], list[Sample]]:
    def read() -> list[Sample]:
        module = getattr(nn, name)(*made, **keywords).eval()
        arguments: tuple[Any, ...] = (value,)
        if name == "MaxUnpool2d":
            arguments = nn.MaxPool2d(2, return_indices=True)(value)
        return [Sample(arguments, {}, module, ", ".join(f"{key}={item}" for key, item in keywords.items()))]

    return read


def _short(value: Any) -> str:
    return f"tensor{tuple(value.shape)}" if isinstance(value, torch.Tensor) else repr(value)[:60]
