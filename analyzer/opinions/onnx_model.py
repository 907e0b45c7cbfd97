"""An ONNX model as a second opinion: operators, opsets, and which execution provider has a kernel for what.

The only place that imports `onnx`, and only when such a file is given: `pip install "offramp[onnx]"`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from analyzer.knowledge.provider_kernels import ProviderKernels, load_provider_kernels
from analyzer.model.counted import counted
from analyzer.model.errors import UserInputError
from analyzer.model.opinion import MeasuredOperator, Opinion, ProviderCoverage
from analyzer.opinions.onnx_skeleton import Skeleton, read_skeleton
from analyzer.opinions.revision_keys import revision_in

if TYPE_CHECKING:
    import onnx

DEFAULT_DOMAINS = ("", "ai.onnx")
RUNTIME_PROVIDER = "CPUExecutionProvider"
"""The provider that takes every node that no other takes: without a kernel here a model does not load."""
MOST_NAMED = 8


def read_onnx_model(source: str, symbol: str, stream: BinaryIO, size: int) -> Opinion:
    """Read a file. Raises `UserInputError` naming the file and the place in the message, or what must be installed."""
    skeleton = read_skeleton(source, stream, size)
    try:
        import onnx
    except ImportError:
        raise UserInputError(source, "", 'is an ONNX model; `pip install "offramp[onnx]"` installs what reads it') from None
    model = onnx.ModelProto.FromString(skeleton.model)
    opsets = opsets_of(source, model)
    counted = count_operators(model)
    local = {("" if function.domain in DEFAULT_DOMAINS else function.domain, function.name) for function in model.functions}
    nodes = {key: count for key, count in counted.items() if key not in local}
    undefined, expanded = judged_by_schema(nodes, opsets)
    named = {shown_name(key): count for key, count in sorted(nodes.items())}
    own_kernels = {name for kernels in load_provider_kernels() if kernels.name == RUNTIME_PROVIDER for name in kernels.operators}
    expanded -= own_kernels  # one that the last provider has a kernel for falls to it before it is expanded
    coverage = tuple(covered(kernels, named, expanded) for kernels in load_provider_kernels())
    return opinion_of(source, symbol, model, skeleton, opsets, named, undefined, expanded, coverage)


def opinion_of(
    source: str, symbol: str, model: onnx.ModelProto, skeleton: Skeleton, opsets: dict[str, int], named: dict[str, int],
    undefined: dict[str, str], expanded: frozenset[str], coverage: tuple[ProviderCoverage, ...],
) -> Opinion:  # fmt: skip
    """The outcome: every operator is defined in its opset and has a kernel where all others fall back to, or which do not."""
    lacking = {name for item in coverage if item.name == RUNTIME_PROVIDER for name, _ in item.without_kernel}
    custom = {name for name in named if name not in lacking and unknown_domain(name, coverage)}
    problems = {**dict.fromkeys(lacking, f"{RUNTIME_PROVIDER} has no kernel"), **undefined}
    if not named:
        raise UserInputError(source, "ModelProto.graph.node", "is empty: the model holds no operator")
    if problems:
        detail = "; ".join(f"{name}: {why}" for name, why in sorted(problems.items())[:MOST_NAMED])
    else:
        held = f"{counted(sum(named.values()), 'node')} of {counted(len(named), 'operator')}"
        detail = f"{held}, each with a kernel in {RUNTIME_PROVIDER}; not run here"
    if custom:
        detail += f"; it runs only where these custom operators are registered: {', '.join(sorted(custom)[:MOST_NAMED])}"
    uses = [f"opset {version} of {domain or 'ai.onnx'}" for domain, version in opsets.items()]
    notes = {**dict.fromkeys(expanded, "expanded into other operators"), **problems}
    producer = " ".join(part for part in (model.producer_name, model.producer_version) if part)
    revision_key, revision = revision_in(skeleton.metadata)
    return Opinion(
        file=source, kind="onnx-model", asked_symbol=symbol,
        made_with=(*((producer,) if producer else ()), *uses),
        outcome="fails" if problems else "converts", detail=detail,
        operators=tuple(
            MeasuredOperator(name, count, status_of(name, problems, custom), notes.get(name, ""))
            for name, count in named.items()
        ),
        providers=coverage, classes=tuple(skeleton.classes), quotes=tuple(skeleton.quotes),
        revision=revision, revision_key=f"ModelProto.metadata_props.{revision_key}" if revision else "",
        notes=notes_of(model, skeleton),
    )  # fmt: skip


def status_of(name: str, problems: dict[str, str], custom: set[str]) -> str:
    """What is known of an operator in ONNX Runtime."""
    return "unsupported" if name in problems else "unknown" if name in custom else "supported"


def opsets_of(source: str, model: onnx.ModelProto) -> dict[str, int]:
    """The opset of each domain, functions' included. Raises `UserInputError` for none, or one that is not known."""
    import onnx

    found: dict[str, int] = {}
    for entry in (*model.opset_import, *(entry for function in model.functions for entry in function.opset_import)):
        domain = "" if entry.domain in DEFAULT_DOMAINS else entry.domain
        found[domain] = max(entry.version, found.get(domain, entry.version))
    newest = onnx.defs.onnx_opset_version()
    if not found:
        raise UserInputError(source, "ModelProto.opset_import", "is missing: no operator has a meaning without it")
    if not 1 <= found.get("", 1) <= newest:
        reason = f"is opset {found['']}; onnx {onnx.__version__}, which is installed, knows 1 to {newest}"
        raise UserInputError(source, "ModelProto.opset_import[ai.onnx].version", reason)
    return dict(sorted(found.items()))


def count_operators(model: onnx.ModelProto) -> Counter[tuple[str, str]]:
    """How many nodes each (domain, operator) has, in subgraphs and functions too."""
    found: Counter[tuple[str, str]] = Counter()
    waiting: list[onnx.NodeProto] = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    while waiting:
        node = waiting.pop()
        found["" if node.domain in DEFAULT_DOMAINS else node.domain, node.op_type] += 1
        for attribute in node.attribute:
            waiting.extend(attribute.g.node)
    return found


def judged_by_schema(nodes: dict[tuple[str, str], int], opsets: dict[str, int]) -> tuple[dict[str, str], frozenset[str]]:
    """Operators that their opset does not define, each with the reason; and those that are defined by other operators."""
    import onnx

    undefined, expanded = {}, set()
    for domain, name in nodes:
        if domain and domain not in opsets:
            undefined[shown_name((domain, name))] = "its domain is not among the opset imports"
        if domain:
            continue
        try:
            schema = onnx.defs.get_schema(name, opsets.get("", 1), "")
        except onnx.defs.SchemaError:
            undefined[name] = f"opset {opsets.get('', 1)} of ai.onnx has no such operator"
            continue
        if getattr(schema, "has_function", False) or getattr(schema, "has_context_dependent_function", False):  # no stubs
            expanded.add(name)
    return undefined, frozenset(expanded)


def covered(kernels: ProviderKernels, named: dict[str, int], expanded: frozenset[str]) -> ProviderCoverage:
    """Which nodes a provider has no kernel for. What is defined by other operators needs none of its own."""
    domains = kernels.domains()
    missing = [(name, count) for name, count in named.items() if name not in kernels.operators and name not in expanded]
    return ProviderCoverage(
        kernels.name, kernels.version, kernels.source,
        tuple(item for item in missing if domain_of(item[0]) in domains),
        tuple(item for item in missing if domain_of(item[0]) not in domains),
    )  # fmt: skip


def unknown_domain(name: str, coverage: tuple[ProviderCoverage, ...]) -> bool:
    """Whether the runtime's own table says nothing about an operator's domain."""
    return any(name == other for item in coverage if item.name == RUNTIME_PROVIDER for other, _ in item.not_in_table)


def shown_name(key: tuple[str, str]) -> str:
    """`Conv`, or `com.microsoft::FusedMatMul`."""
    return f"{key[0]}::{key[1]}" if key[0] else key[1]


def domain_of(name: str) -> str:
    """What stands before `::`."""
    return name.partition("::")[0] if "::" in name else ""


def notes_of(model: onnx.ModelProto, skeleton: Skeleton) -> tuple[str, ...]:
    """What else a reader should know."""
    return tuple(_notes(model, skeleton))


def _notes(model: onnx.ModelProto, skeleton: Skeleton) -> Iterator[str]:
    import onnx

    names = {value: name for name, value in onnx.TensorProto.DataType.items()}
    if skeleton.tensors:
        types = ", ".join(f"{count} {names.get(dtype, dtype)}" for dtype, count in sorted(skeleton.tensors.items()))
        number = sum(skeleton.tensors.values())
        yield f"Weights were skipped: {counted(number, 'tensor')} ({types}), {skeleton.tensor_bytes:,} bytes in the file"
    if skeleton.locations:
        yield f"Weights in other files, which were not opened: {', '.join(skeleton.locations)}"
    outside = [name for name in skeleton.locations if name.startswith(("/", "\\")) or ".." in name or ":" in name]
    if outside:
        yield f"Names of such files that lead out of the model's folder: {', '.join(outside)}"
    if model.functions:
        yield f"{counted(len(model.functions), 'function')} of the model's own, counted by what is in them"
