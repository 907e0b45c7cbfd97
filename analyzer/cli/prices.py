"""`offramp prices`: which prices count, and fetching today's. Only `refresh` talks to a network."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from analyzer.cli.dates import day
from analyzer.cli.output_files import write_whole
from analyzer.model.counted import counted
from analyzer.model.errors import UserInputError
from analyzer.report.printable import printable


@click.group("prices")
def command() -> None:
    """Say which prices count, or fetch today's from the provider."""


@command.command("list")
@click.option("--region", default="us-east-1", show_default=True)
@click.option("--prices", multiple=True, type=click.Path(path_type=Path), metavar="FILE.toml", help="A list of yours. Repeatable.")
@click.option("--as-of", metavar="DATE", help="YYYY-MM-DD (default: today).")
def show(region: str, prices: tuple[Path, ...], as_of: str | None) -> None:
    """List the prices of a region, a line each: instance, way of buying, US dollars an hour, date, basis."""
    from analyzer.knowledge.prices import load_price_file, load_price_lists, load_user_prices

    today = datetime.date.fromisoformat(day(as_of))
    lists = (*load_price_lists(), *load_user_prices(today), *(load_price_file(path, today) for path in prices))
    rows = {
        (price.instance_type, price.purchase, price.as_of, f"{price.usd_per_hour:f}", price.basis)
        for price_list in lists for price in price_list.prices if price.region == region
    }  # fmt: skip
    if not rows:
        known = sorted({price.region for price_list in lists for price in price_list.prices})
        raise UserInputError("--region", region, f"is in no list; known are {', '.join(known)}")
    for instance_type, purchase, date, usd, basis in sorted(rows):
        click.echo(f"{instance_type:20} {purchase:16} {usd:>12} {date} {basis}")


@command.command("refresh")
@click.option("--region", "regions", multiple=True, help="Repeatable (default: us-east-1).")
@click.option("--instance", "instances", multiple=True, metavar="TYPE", help="Repeatable (default: all that are known).")
@click.option("--spot", is_flag=True, help="Spot prices too: the median of a week.")
@click.option("--savings-plans", is_flag=True, help="Compute Savings Plans too, without upfront payment.")
@click.option("--profile", help="A profile of your AWS configuration.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The list (default: the one of this user).")
def refresh(
    regions: tuple[str, ...], instances: tuple[str, ...], spot: bool, savings_plans: bool, profile: str | None, output: Path | None
) -> None:
    """Fetch prices through the APIs of AWS with your credentials, and write them to a list that later scans use.

    Needs `pip install 'offramp[aws]'` and the right to call pricing:GetProducts. Prints what changed: look at it.
    """
    from analyzer.knowledge.performance import load_performance
    from analyzer.knowledge.price_place import user_price_file
    from analyzer.knowledge.prices import load_price_lists, price_list_text, read_price_list
    from analyzer.knowledge.toml_reader import read_toml_path
    from analyzer.price_source.aws import AwsPrices, aws_clients
    from analyzer.price_source.refresh import changes, fetched, refreshed

    today = datetime.date.fromisoformat(day(None))
    file = output or user_price_file()
    if file is None:
        raise UserInputError("--output", "", "give the file: no folder for your data is known (HOME is not set)")
    before = read_price_list(read_toml_path(file), today) if file.is_file() else None
    wanted = instances or tuple(sorted(name for chip in load_performance().accelerators for name, _ in chip.instances))
    prices = []
    for region in regions or ("us-east-1",):
        source = AwsPrices(aws_clients(region, profile), today, spot, savings_plans)
        prices.extend(fetched(source, wanted, region, lambda name: click.echo(f"asking for {printable(name)}", err=True)))
    after = refreshed(before, prices, today)
    known = (*load_price_lists(), *((before,) if before else ()))
    for change in changes(known, prices):
        click.echo(printable(change.line()))
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, price_list_text(after))
    unsold = sorted(set(wanted) - {price.instance_type for price in prices})
    click.echo(
        f"{counted(len(prices), 'price')} in {printable(str(file))}."
        + (f" Not sold on demand: {', '.join(unsold)}." if unsold else "")
    )
