"""`offramp rules`: the rules by family."""

from __future__ import annotations

import click

from analyzer.knowledge.rules import load_rules


@click.command("rules")
@click.option("--family", help="Only the rules of one family.")
def command(family: str | None) -> None:
    """List the rules: id, severity, title."""
    book = load_rules()
    families = sorted({rule.family for rule in book.rules})
    if family is not None and family not in families:
        raise click.UsageError(f"unknown family {family!r}; there are: {', '.join(families)}")
    for name in families:
        if family in (None, name):
            click.echo(click.style(name, bold=True))
            for rule in book.rules:
                if rule.family == name:
                    click.echo(f"  {rule.id:<42} {rule.severity:<8} {rule.title}")
