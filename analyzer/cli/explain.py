"""`offramp explain RULE`: what a rule finds, why it matters, and what each target does with it."""

from __future__ import annotations

import click

from analyzer.knowledge.rules import load_rules


@click.command("explain")
@click.argument("rule_id", metavar="RULE")
def command(rule_id: str) -> None:
    """Explain one rule."""
    from analyzer.knowledge.targets import load_targets

    rule = load_rules().rule(rule_id)
    click.echo(f"{click.style(rule.id, bold=True)}  ({rule.family}, {rule.severity}, confidence {rule.confidence})")
    click.echo(f"{rule.title}\n\n{rule.why}\n")
    if rule.replacement:
        click.echo(f"Instead: {rule.replacement}\n")
    if rule.guarded_severity != "info":
        click.echo(f"Where the code already has a path without CUDA it is {rule.guarded_severity}.\n")
    if rule.rewrite:
        click.echo(f"Edit: {rule.rewrite.to} (since {rule.rewrite.since}). {rule.rewrite.note}\n")
    for target in load_targets():
        for support in target.support:
            if support.capability == rule.capability:
                click.echo(f"{target.id}: {support.verdict}. {support.advice}")
    click.echo("\nSources: " + ", ".join(rule.references))
    click.echo(f"Suppress one place with a comment: # offramp: ignore[{rule.id}] reason")
