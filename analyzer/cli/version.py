"""`offramp version`: the tool and its knowledge."""

from __future__ import annotations

import json

import click

from analyzer import __version__


@click.command("version")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the JSON report.")
@click.option("--lines-schema", is_flag=True, help="Print the JSON Schema of a line of the JSON Lines report.")
def command(as_json: bool, schema: bool, lines_schema: bool) -> None:
    """Print the versions of the tool, its rules, targets and price lists."""
    if schema or lines_schema:
        from analyzer.knowledge.report_schema import line_schema_text, report_schema_text

        click.echo(report_schema_text() if schema else line_schema_text(), nl=False)
        return
    from analyzer.knowledge.prices import load_price_lists
    from analyzer.knowledge.rules import load_rules
    from analyzer.knowledge.targets import load_targets

    book = load_rules()
    facts = {
        "offramp": __version__,
        "rules": {"version": book.version, "count": len(book.rules)},
        "targets": {target.id: {"sdk": target.sdk_version, "as_of": target.as_of} for target in load_targets()},
        "prices": {prices.id: prices.as_of for prices in load_price_lists()},
    }
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    click.echo(f"offramp {__version__}")
    click.echo(f"rules   {len(book.rules)} (version {book.version})")
    for target in load_targets():
        click.echo(f"target  {target.id}: {target.sdk_version}, knowledge of {target.as_of}")
    for prices in load_price_lists():
        click.echo(f"prices  {prices.id}: {prices.as_of}")
