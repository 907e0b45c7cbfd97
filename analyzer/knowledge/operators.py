"""Loads what is known about operators on each target, from `rules/operators/`, when it is first asked for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from analyzer.knowledge.provider_kernels import load_provider_kernels
from analyzer.knowledge.toml_reader import Table, read_rules_file
from analyzer.model.errors import UserInputError
from analyzer.model.operators import CONFIDENCES, STATUSES, OperatorAnswer, Statement, combined

_DOTTED = re.compile(r"\b(?:torch|jax|jnp|lax|tf|aten)(?:\.|::)[A-Za-z_][\w.]*")
_CODE = re.compile(r"\bNCC_[A-Z]+\d+\b")
_CONDITION = re.compile(r"^(?:torch|jax|aten)(?:\.|::)\S+ ((?:on|with) .+)$")
"""A statement about an operator under a condition: `torch.topk on int32/int64`."""
_VERSION = re.compile(r"\b\d+\.\d+(?:\.\d+)*\b")
_FAMILIES = ("fft", "linalg", "special")
NEURON_GENERATIONS = {
    "inferentia1": ("inf1",),
    "inferentia2": ("inf2",),
    "trainium1": ("trn1", "inf2/trn/"),
    "trainium2": ("trn2", "inf2/trn/"),
    "trainium3": ("trn3", "inf2/trn/"),
}
"""The generations of Neuron hardware, with the words by which statements name them; variants of a target start alike."""


class OperatorBook(NamedTuple):
    """All statements about operators on one target, by every name that they can be asked by."""

    target_id: str
    by_name: dict[str, tuple[Statement, ...]]
    versions: tuple[str, ...]


def operator_targets() -> tuple[str, ...]:
    """The targets that operators can be asked about."""
    return ("onnxruntime", *NEURON_GENERATIONS)


def table_of(target_id: str) -> str:
    """The target whose table a target shares: its own, or that of what it is a variant of; "" where there is none."""
    return next((known for known in operator_targets() if target_id == known or target_id.startswith(f"{known}-")), "")


@lru_cache(maxsize=8)
def operator_book(target_id: str) -> OperatorBook | None:
    """What is known about operators on a target; None where there is no table for it."""
    target_id = table_of(target_id)
    if target_id == "onnxruntime":
        statements = list(read_onnx(read_rules_file("operators/onnxruntime")))
    elif target_id in NEURON_GENERATIONS:
        documents = [read_rules_file(f"operators/{name}") for name in ("neuron", "neuron-by-hand")]
        statements = [item for document in documents for item in read_neuron(document, NEURON_GENERATIONS[target_id])]
    else:
        return None
    by_name: dict[str, list[Statement]] = {}
    for statement in statements:
        for name in names_of(statement):
            by_name.setdefault(name, []).append(statement)
    versions = {version for statement in statements for version in _VERSION.findall(statement.version)}
    return OperatorBook(target_id, {name: tuple(found) for name, found in by_name.items()}, tuple(sorted(versions)))


def read_onnx(document: Table) -> Iterator[Statement]:
    """Statements of the measured exports and of the exporter's registry."""
    software, opset, as_of = document.text("software"), document.integer("opset"), document.text("as_of")
    source, registry_source = document.text("source"), document.text("registry_source")
    version = f"{software}, opset {opset}"
    for table in document.tables("measured"):
        dtype, status, note = table.text("dtype"), table.text("status", choices=STATUSES), table.text("note")
        for name in table.texts("operators"):
            yield _measured(name, dtype, status, note, "", version, as_of, source)
        table.finish()
    for table in document.tables("limit"):
        name, dtype, status = table.text("operator"), table.text("dtype"), table.text("status", choices=STATUSES)
        yield _measured(name, dtype, status, table.text("note"), table.text("example"), version, as_of, source)
        table.finish()
    notes = {
        "registered": ("supported", "The exporter has a function for it; not every argument need work"),
        "decomposed": ("unknown", "It decomposes into other operators; support depends on those"),
        "missing": ("unsupported", "The exporter has neither a function nor a decomposition for it"),
    }
    for table in document.tables("registry"):
        status, note = notes[table.text("status", choices=notes)]
        for name in table.texts("operators"):
            plain, _, overload = name.partition(".")
            yield Statement(
                plain, overload, "", status, "medium", "ONNX exporter", note, "", "registry", version, as_of, registry_source, True
            )
        table.finish()
    document.finish()


def _measured(name: str, dtype: str, status: str, note: str, example: str, version: str, as_of: str, source: str) -> Statement:
    plain, _, variant = name.rstrip("]").partition("[")
    return Statement(
        plain, variant, dtype, status, "high", "ONNX Runtime, CPU", note, example, "measured", version, as_of, source, True
    )


def read_neuron(document: Table, generations: tuple[str, ...]) -> Iterator[Statement]:
    """Statements of the Neuron documentation; those about other hardware are kept and marked."""
    for table in document.tables("group"):
        framework, status = table.text("framework"), table.text("status", choices=STATUSES)
        confidence, evidence = table.text("confidence", choices=CONFIDENCES), table.text("evidence")
        version, as_of, source, note = table.text("version"), table.text("as_of"), table.text("source"), table.text("note")
        notes = table.table("notes", {})
        about = "/".join(re.findall(r"[\[(]([^\])]*(?:inf\d|trn)[^\])]*)[\])]", framework)) or "inf2/trn1/trn2/trn3"
        applies = any(word in f"{about}/" for word in generations)
        for name in table.texts("operators"):
            own = notes.text(name, note)
            condition = _CONDITION.match(name)
            variant = condition.group(1) if condition else ""
            yield Statement(name, variant, "", status, confidence, framework, own, "", evidence, version, as_of, source, applies)
        notes.finish()
        table.finish()
    document.finish()


def names_of(statement: Statement) -> Iterator[str]:
    """Every name that a statement can be asked by, each once."""
    return iter(dict.fromkeys(_names_of(statement)))


def _names_of(statement: Statement) -> Iterator[str]:
    yield statement.operator.lower()
    for part in statement.operator.split(" / "):
        yield part.lower()
        yield plain_name(part)
    for found in _DOTTED.findall(statement.operator):
        yield found.lower()
        yield plain_name(found)
    for code in _CODE.findall(statement.note):
        yield code.lower()


def plain_name(name: str) -> str:
    """What names of one operator in several places have in common: `torch.Tensor.sort`, `aten::sort.stable` -> `:sort`."""
    name = name.strip().removesuffix("()")
    base, has_namespace, _ = name.partition("::")
    if has_namespace:
        return ":" + name.split("::")[1].split(".")[0].split(" ")[0].lower()
    parts = name.split(" ")[0].split(".")
    if parts[0] in ("torch", "nn", "F") and len(parts) > 1:
        family = f"{parts[1]}_" if len(parts) > 2 and parts[1] in _FAMILIES else ""
        return f":{family}{parts[-1]}".lower()
    return f":{base}".lower() if len(parts) == 1 else base.lower()


def find_statements(book: OperatorBook, name: str) -> tuple[Statement, ...]:
    """The statements about an operator: under its own name first, then under other names of the same operator."""
    plain, _, variant = name.strip().rstrip("]").partition("[")
    own = book.by_name.get(plain.lower(), ())
    others = book.by_name.get(plain_name(plain), ())
    if not own and plain.startswith("torch.Tensor.") and plain.endswith("_") and not plain.endswith("__"):
        others = others or book.by_name.get(plain_name(plain[:-1]), ())
    measured = [statement for statement in own if statement.evidence == "measured"]
    if measured and "." in plain:  # of the same operator under other names, what the registry knows is enough
        others = tuple(statement for statement in others if statement.evidence != "measured")
    found = tuple(dict.fromkeys((*own, *others)))
    return tuple(statement for statement in found if not variant or statement.variant in ("", variant))


def answer_operator(target_id: str, name: str, dtype: str = "", version: str = "") -> OperatorAnswer:
    """What is known about an operator on a target. Raises `UserInputError` with the nearest names."""
    book = operator_book(target_id)
    if book is None:
        raise UserInputError(
            "--operator", name, f"no operators are known of {target_id}; of {', '.join(operator_targets())} they are"
        )
    if version and version not in book.versions:
        raise UserInputError(
            "--sdk-version", version, f"is not among the versions known of {target_id}{_near(version, book.versions)}"
        )
    found = find_statements(book, name)
    if dtype:
        known = sorted({statement.dtype for statement in found if statement.dtype})
        if known and dtype not in known:
            raise UserInputError("--dtype", dtype, f"{name} was not tried with it (tried: {', '.join(known)})")
        found = tuple(statement._replace(dtype="") for statement in found if statement.dtype in ("", dtype))
    if version:
        found = tuple(statement for statement in found if version in _VERSION.findall(statement.version)) or found
    if not found:
        raise UserInputError("--operator", name, f"nothing is known of it on {target_id}{_near(name, spellings(book))}")
    variant = name.strip().rstrip("]").partition("[")[2]
    is_exact = variant or name.upper().startswith("NCC_") or (" " in name and any(item.operator == name for item in found))
    judged = tuple(statement._replace(variant="") for statement in found) if is_exact else found
    return OperatorAnswer(name, target_id, *combined(judged), found, providers_of(name) if book.target_id == "onnxruntime" else ())


def spellings(book: OperatorBook) -> set[str]:
    """The operators' names as the sources write them."""
    return {statement.operator for found in book.by_name.values() for statement in found}


def _near(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, sorted(known), n=5, cutoff=0.5)
    return f"; near: {', '.join(close)}" if close else ""


@lru_cache(maxsize=1)
def _graphs() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    document = read_rules_file("operators/onnxruntime-graphs")
    for table in document.tables("graph"):
        onnx = table.texts("onnx")
        found.update((name.lower(), onnx) for name in table.texts("operators"))
        table.finish()
    document.finish()
    return found


def providers_of(name: str) -> tuple[tuple[str, str, str, tuple[str, ...]], ...]:
    """For each execution provider the ONNX operators of an API's exported graph that it has no kernel for."""
    plain = name.lower()
    onnx = _graphs().get(plain) or _graphs().get(f"torch.{plain.partition('::')[2] or plain}")
    if onnx is None:
        return ()
    return tuple(
        (kernels.name, kernels.version, kernels.source, tuple(name for name in onnx if name not in kernels.operators))
        for kernels in load_provider_kernels()
    )
