"""`offramp targets onnxruntime --onnx FILE`: which nodes of a model have no kernel in which execution provider."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from analyzer.model.counted import counted
from analyzer.model.errors import UserInputError
from analyzer.model.opinion import Opinion, ProviderCoverage
from analyzer.model.target import Target
from analyzer.report.printable import printable

MOST_OPERATORS = 40


def show_onnx(target: Target, file: str, as_json: bool) -> None:
    """Print it: for `onnxruntime` all providers, for one of its variants that one and the CPU. Raises `UserInputError`."""
    from analyzer.knowledge.opinion_kinds import load_opinion_kinds
    from analyzer.opinions.read_opinion import read_opinion

    providers = load_opinion_kinds().providers
    if target.id not in providers:
        raise UserInputError("--onnx", target.id, f"runs no ONNX models through ONNX Runtime; {', '.join(providers)} do")
    opinion = read_opinion(file)
    if opinion.kind != "onnx-model":
        raise UserInputError(file, "", "is no ONNX model; give other files to `offramp scan --second-opinion`")
    wanted = set(providers[target.id]) | set(providers["onnxruntime"])
    shown = [item for item in opinion.providers if target.id == "onnxruntime" or item.name in wanted]
    if as_json:
        click.echo(json.dumps({**opinion._asdict(), **as_plain(opinion, shown)}, indent=2))
        return
    for line in onnx_lines(opinion, shown):
        click.echo(printable(line))


def as_plain(opinion: Opinion, shown: list[ProviderCoverage]) -> dict[str, object]:
    """The parts that are not plain values by themselves."""
    from analyzer.report.json_report import provider_to_json

    return {
        "operators": [operator._asdict() for operator in opinion.operators],
        "providers": [provider_to_json(item) for item in shown],
        "quotes": [quote._asdict() for quote in opinion.quotes],
    }


def onnx_lines(opinion: Opinion, shown: list[ProviderCoverage]) -> Iterator[str]:
    """What the model holds, then each provider with the nodes that it has no kernel for."""
    total = sum(operator.sites for operator in opinion.operators)
    held = f"{counted(total, 'node')} of {counted(len(opinion.operators), 'operator')}"
    yield f"{opinion.file}: {held}; {', '.join(opinion.made_with)}"
    yield opinion.detail
    yield from opinion.notes
    for item in shown:
        missing, unknown = listed(item.without_kernel), listed(item.not_in_table)
        lost = sum(nodes for _, nodes in item.without_kernel)
        said = (
            f"no kernel for {lost} of {counted(total, 'node')}: {missing}"
            if lost
            else "a kernel for every operator that its table is about"
        )
        yield f"- {item.name} ({item.version}): {said}" + (f"; not in the table: {unknown}" if unknown else "")
    yield "Without a kernel a node falls to the CPU. Element types and shapes decide too: no table proves that a model runs."


def listed(operators: tuple[tuple[str, int], ...]) -> str:
    """`TopK (3), NonZero`."""
    names = [name if nodes == 1 else f"{name} ({nodes})" for name, nodes in operators[:MOST_OPERATORS]]
    more = [f"and {len(operators) - MOST_OPERATORS} more"] if len(operators) > MOST_OPERATORS else []
    return ", ".join(names + more)
