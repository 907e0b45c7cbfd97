"""Results of AWS Neuron's tools as second opinions, after the formats that their documentation shows.

`torch_neuronx.analyze` gives a dictionary; `neuron_parallel_compile --command analyze` writes the same with operators below
`aten` and `xla`; `neuron_parallel_compile` prints a summary of compiled graphs into its log.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from analyzer.model.counted import counted
from analyzer.model.errors import UserInputError
from analyzer.model.opinion import MeasuredOperator, Opinion, Quote
from analyzer.opinions.revision_keys import revision_in

FAILURE_PLACES = ("neuronx-cc", "Lowering to HLO")
ANALYZE_KEYS = ("torch_neuronx_version", "neuronx_cc_version", "support_percentage", "supported_operators", "unsupported_operators")
COMPILE_KEYS = ("compilation_summary", "compilation_report")
MOST_OPERATORS = 100_000
MOST_NAMED = 8
_CALL = re.compile(r"^(\S[^\n]*?)(?:\((\d{1,8})\): (\S+)|[ \t](\d{1,8}))$", re.MULTILINE)
"""`test.py(6): fft`, or `test.py 24`."""
_COMPILER = re.compile(r"neuronxcc-([\w.+]+)/")
_LOG_PREFIX = re.compile(r"^INFO:[ \t]?", re.MULTILINE)
Json = Mapping[str, object]


def read_json(source: str, text: str) -> Json:
    """The object of a JSON file. Raises `UserInputError` where it is malformed, nested too deeply or no object."""
    try:
        found = json.loads(text)
    except RecursionError:
        raise UserInputError(source, "", "is JSON that is nested too deeply") from None
    except ValueError as error:
        raise UserInputError(source, "", f"is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise UserInputError(source, "", "must be a JSON object")
    return found


def is_analysis(values: Json) -> bool:
    """Whether it looks like the result of `torch_neuronx.analyze`."""
    return "supported_operators" in values or "unsupported_operators" in values


def is_compilation(values: Json) -> bool:
    """Whether it looks like the summary of `neuron_parallel_compile`."""
    return "compilation_report" in values or "compilation_summary" in values


def read_analysis(source: str, symbol: str, values: Json) -> Opinion:
    """The result of an analysis. Raises `UserInputError` naming the key that is missing or malformed."""
    _require(source, values, ANALYZE_KEYS)
    supported = dict(_supported(source, values["supported_operators"]))
    refused = list(_refused(source, values["unsupported_operators"]))
    if not supported and not refused:
        raise UserInputError(source, "supported_operators", "names no operator, and neither does unsupported_operators")
    uses = Counter(name for name, _, _ in refused)
    places = {name: where for name, where, _ in reversed(refused)}
    operators = [MeasuredOperator(name, count, "supported") for name, count in sorted(supported.items())]
    operators += [MeasuredOperator(name, count, "unsupported", f"fails at {places[name]}") for name, count in sorted(uses.items())]
    if refused:
        shown = ", ".join(f"{name} (at {places[name]})" for name in sorted(uses)[:MOST_NAMED])
        detail = f"{counted(len(refused), 'use')} of {counted(len(uses), 'operator')} refused: {shown}"
    else:
        each = counted(len(supported), "operator was", "operators were")
        detail = f"{each} compiled one by one and none was refused; the whole model was not compiled"
    key, revision = revision_in(values)
    return Opinion(
        file=source, kind="neuron-analyze", asked_symbol=symbol,
        made_with=tuple(f"{name} {values[f'{name}_version']}" for name in ("torch_neuronx", "neuronx_cc")),
        outcome="fails" if refused else "operators-pass", detail=detail, operators=tuple(operators),
        quotes=tuple(dict.fromkeys(quote for _, _, call in refused for quote in quotes_in(call))),
        revision=revision, revision_key=key,
        notes=("The file does not name the chip that was compiled for",),
    )  # fmt: skip


def _require(source: str, values: Json, keys: tuple[str, ...]) -> None:
    for key in keys:
        if key not in values:
            raise UserInputError(source, key, "is missing")
    for key in keys:
        if key.endswith("_version") and not isinstance(values[key], str):
            raise UserInputError(source, key, "must be a text")


def _supported(source: str, value: object) -> Iterator[tuple[str, int]]:
    """(operator, count); below `aten` where the file is of `--command analyze`."""
    counts = value.get("aten", value) if isinstance(value, dict) else value
    if not isinstance(counts, dict) or len(counts) > MOST_OPERATORS:
        raise UserInputError(source, "supported_operators", f"must be an object of at most {MOST_OPERATORS:,} operators")
    for name, count in counts.items():
        if name == "xla" and counts is value:
            continue
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise UserInputError(source, f"supported_operators.{name}", "must be a number above 0")
        yield name, count


def _refused(source: str, value: object) -> Iterator[tuple[str, str, str]]:
    """(operator, where it fails, the call)."""
    rows = value.get("aten", ()) if isinstance(value, dict) else value
    if not isinstance(rows, list | tuple) or len(rows) > MOST_OPERATORS:
        raise UserInputError(source, "unsupported_operators", f"must be a list of at most {MOST_OPERATORS:,} operators")
    for index, row in enumerate(rows):
        place = f"unsupported_operators[{index}]"
        if not isinstance(row, dict):
            raise UserInputError(source, place, "must be an object")
        for key in ("kind", "failureAt", "call"):
            if not isinstance(row.get(key), str):
                raise UserInputError(source, f"{place}.{key}", "must be a text")
        if row["failureAt"] not in FAILURE_PLACES:
            raise UserInputError(
                source, f"{place}.failureAt", f"is {row['failureAt'][:80]!r}, must be one of {', '.join(FAILURE_PLACES)}"
            )
        yield row["kind"], row["failureAt"], row["call"]


def quotes_in(call: str) -> Iterator[Quote]:
    """The frames of a call, the innermost first; functions are named, lines are not quoted."""
    for path, line, function, plain in _CALL.findall(call):
        yield Quote(path, int(line or plain), function, "")


def read_compilation(source: str, symbol: str, values: Json) -> Opinion:
    """A summary of compiled graphs. Raises `UserInputError` naming the key that is missing or malformed."""
    _require(source, values, COMPILE_KEYS)
    report, summary = values["compilation_report"], values["compilation_summary"]
    if not isinstance(report, dict) or not report:
        raise UserInputError(source, "compilation_report", "must be an object with at least one graph")
    statuses: dict[str, bool] = {}
    for graph, row in report.items():
        status = row.get("status") if isinstance(row, dict) else None
        if not isinstance(status, bool):
            raise UserInputError(source, f"compilation_report.{graph[-80:]}.status", "must be true or false")
        statuses[graph] = status
    counts = Counter(str(status).lower() for status in statuses.values())
    if not isinstance(summary, dict) or any(summary.get(key, 0) != counts[key] for key in ("true", "false")):
        raise UserInputError(source, "compilation_summary", f"does not fit compilation_report, which says {dict(counts)}")
    failed = sorted(graph for graph, status in statuses.items() if not status)
    detail = f"{counts['true']} of {counted(len(statuses), 'graph')} were compiled; they were not run"
    if failed:
        names = ", ".join("/".join(graph.split("/")[-2:]) for graph in failed[:MOST_NAMED])
        detail = f"{len(failed)} of {counted(len(statuses), 'graph')} were not compiled: {names}"
    compilers = sorted({found for graph in statuses for found in _COMPILER.findall(graph)})
    steps = [(f"compile {'/'.join(graph.split('/')[-2:])}", "passed" if ok else "failed") for graph, ok in sorted(statuses.items())]
    key, revision = revision_in(values)
    return Opinion(
        file=source, kind="neuron-parallel-compile", asked_symbol=symbol,
        made_with=tuple(f"neuronx_cc {version}" for version in compilers),
        outcome="fails" if failed else "converts", detail=detail,
        steps=tuple(steps),
        revision=revision, revision_key=key,
        notes=("The graphs are those of one run of a script; the file does not name the script, its operators or the chip",),
    )  # fmt: skip


def summary_in_log(source: str, text: str) -> Json:
    """The last summary in a log of `neuron_parallel_compile`. Raises `UserInputError` where there is none."""
    plain = _LOG_PREFIX.sub("", text)
    start = plain.rfind('"compilation_summary"')
    opening = plain.rfind("{", 0, start) if start >= 0 else -1
    if opening < 0:
        raise UserInputError(source, "compilation_summary", "is missing: the log of neuron_parallel_compile holds no summary")
    try:
        found, _ = json.JSONDecoder().raw_decode(plain, opening)
    except (ValueError, RecursionError) as error:
        raise UserInputError(source, "compilation_summary", f"is cut off or not valid JSON: {str(error)[:200]}") from None
    return found if isinstance(found, dict) else {}
