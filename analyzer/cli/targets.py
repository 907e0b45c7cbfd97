"""`offramp targets`: the places to move to, with their status and date."""

from __future__ import annotations

import click

from analyzer.knowledge.targets import find_target, load_targets


@click.command("targets")
@click.argument("target_id", metavar="[TARGET]", required=False)
def command(target_id: str | None) -> None:
    """List the targets, or what one of them does with every capability."""
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
