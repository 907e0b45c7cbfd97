"""`offramp targets`: the places to move to, with their status and date."""

from __future__ import annotations

import click

from analyzer.cli.target_operator import show_operator
from analyzer.knowledge.targets import find_target, load_targets


@click.command("targets")
@click.argument("target_id", metavar="[TARGET]", required=False)
@click.option("--operator", default="", help="What is known about an operator there: torch.sort, aten::sort, torch.div[floor_rounding].")
@click.option("--dtype", default="", help="Only with this element type, for --operator.")
@click.option("--sdk-version", default="", help="Only statements about this version, for --operator.")
def command(target_id: str | None, operator: str, dtype: str, sdk_version: str) -> None:
    """List the targets, or what one of them does with every capability or with an operator."""
    if (operator or dtype or sdk_version) and not (target_id and operator):
        raise click.UsageError("--operator needs a TARGET, and --dtype and --sdk-version need --operator")
    if target_id is not None and operator:
        show_operator(find_target(target_id).id, operator, dtype, sdk_version)
        return
    if target_id is None:
        for target in load_targets():
            click.echo(
                f"{click.style(target.id, bold=True)}  {target.title}; {target.software} {target.sdk_version}, "
                f"knowledge of {target.as_of}"
            )
            click.echo(f"    {target.summary}")
        return
    target = find_target(target_id)
    click.echo(f"{click.style(target.id, bold=True)}  {target.title}\n{target.summary}\n")
    click.echo(f"Ties you to: {target.ties_you_to}")
    for line in target.maturity:
        click.echo(f"- {line}")
    click.echo("")
    for support in target.support:
        click.echo(f"{support.capability:<28} {support.verdict:<8} {support.advice}")
        if support.reference:
            click.echo(f"{'':<37} source: {support.reference} ({support.as_of})")
