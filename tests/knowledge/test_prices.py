"""Price lists: what is shipped, which rows are refused and why, and which of several prices counts."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from analyzer.cost.price_book import PriceBook
from analyzer.knowledge.prices import load_price_file, load_price_lists, load_user_prices, price_list_text
from analyzer.model.cost import Price, PriceList
from analyzer.model.errors import UserInputError

TODAY = datetime.date(2026, 11, 25)
HEAD = 'id = "own"\nas_of = "2026-11-01"\nsource = "our contract"\n'
ON_DEMAND = (("on-demand", Decimal(1)),)


def price_file(folder: Path, text: str, head: str = HEAD) -> Path:
    path = folder / "own.toml"
    path.write_text(head + text)
    return path


def row(instance: str, usd: str, region: str = "us-east-1", purchase: str = "on-demand") -> str:
    return (
        f'[[price]]\ninstance_type = "{instance}"\nregion = "{region}"\nusd_per_hour = {usd}\npurchase = "{purchase}"\n'
    )  # fmt: skip


def test_the_shipped_lists() -> None:
    lists = {price_list.id: price_list for price_list in load_price_lists()}
    prices = {(p.instance_type, p.region, p.purchase): p for price_list in lists.values() for p in price_list.prices}
    assert prices["inf2.xlarge", "us-east-1", "on-demand"].usd_per_hour == Decimal("0.7582")
    assert prices["inf2.xlarge", "us-east-1", "reserved-3y"].usd_per_hour == Decimal("0.328")
    frankfurt = prices["inf2.xlarge", "eu-central-1", "on-demand"]
    assert (frankfurt.usd_per_hour, frankfurt.basis) == (Decimal("1.1373"), "derived")
    assert not any(name.startswith(("trn2", "p5e.")) for name, _, purchase in prices if purchase == "on-demand")
    for family in ("g4dn", "g5", "g6", "g6e", "p5", "inf1", "inf2", "trn1", "c7i"):
        assert {region for name, region, _ in prices if name.startswith(family + ".")} >= {"us-east-1", "us-west-2"}, family
    assert all(price_list.licence and price_list.source for price_list in lists.values())


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (row("a2-ultragpu-1g", "1.8462") + row("a2-ultragpu-1g", "1.964", purchase="spot"), "spot-above-on-demand"),
        (row("inf2.48xlarge", "19.47") + row("inf2.48xlarge", "18.56", purchase="spot"), "no-spot-pool"),
        (row("a3-highgpu-1g", "4.20") + row("a3-highgpu-1g", "9.80", "eu-west-1"), "region-spread"),
        (row("g5.xlarge", "1.006") + row("g5.xlarge", "1.2", purchase="reserved-1y"), "commitment-above-on-demand"),
        (row("g5.xlarge", "1.006") + row("g5.xlarge", "1.007"), "one-price"),
        (row("p4d.24xlarge", "32.77"), "superseded"),
        (row("p5.48xlarge", "98.32"), "superseded"),
        (row("v6e-1", "700.0"), "is 700.0, must lie between 0.001 and 500"),
        (row("g5.xlarge", "0"), "is 0, must lie between"),
        (row("g5.xlarge", "-1"), "is -1, must lie between"),
        (row("g5.xlarge", '"cheap"'), "must be a number"),
        (row("g5.xlarge", "1", purchase="lease"), "must be one of on-demand"),
        (row("g5.xlarge", "1") + 'as_of = "2027-01-01"\n', "must not lie after 2026-11-25"),
        ("[usd_per_hour]\na = 1\n", "region: is missing"),
        ('currency = "EUR"\n', "a price list is in USD"),
        ('regoin = "x"\n', "unknown key"),
    ],
)
def test_corrupt_rows_are_refused_by_name(tmp_path: Path, text: str, rule: str) -> None:
    path = price_file(tmp_path, text)
    with pytest.raises(UserInputError) as caught:
        load_price_file(path, TODAY)
    assert str(path) in str(caught.value) and rule in str(caught.value)


def test_the_row_of_a_corrupt_price_is_named(tmp_path: Path) -> None:
    path = price_file(tmp_path, row("g5.xlarge", "1.006") + row("p4d.24xlarge", "32.77"))
    with pytest.raises(UserInputError, match=r"price\[1\]: p4d.24xlarge in us-east-1, on-demand: .*cut of 2025-06-23"):
        load_price_file(path, TODAY)


def test_a_list_survives_being_written(tmp_path: Path) -> None:
    first = load_price_file(
        price_file(tmp_path, row("g5.xlarge", "1.006") + row("g5.xlarge", "0.59", purchase="reserved-1y")), TODAY
    )
    path = tmp_path / "again.toml"
    path.write_text(price_list_text(first))
    assert load_price_file(path, TODAY) == first


def listed(usd: str, as_of: str, is_explicit: bool = False, basis: str = "listed") -> PriceList:
    price = Price("g5.xlarge", "us-east-1", Decimal(usd), as_of, basis, "s")
    return PriceList(usd, as_of, "s", "l", (price,), is_explicit)


def counting(*lists: PriceList, own: tuple[Price, ...] = ()) -> Decimal:
    bought = PriceBook("us-east-1", own, lists).find("g5.xlarge", ON_DEMAND)
    assert bought is not None
    return bought.usd_per_hour


def test_which_price_counts() -> None:
    old, new, derived = listed("1", "2026-01-01"), listed("2", "2026-05-01"), listed("3", "2026-05-01", basis="derived")
    named, own = listed("4", "2025-01-01", is_explicit=True), Price("g5.xlarge", "us-east-1", Decimal(5), "2024-01-01", "user", "s")
    for lists in ((old, new, derived, named), (named, derived, new, old)):
        assert counting(*lists[1:3], *lists[:1]) in (Decimal(2), Decimal(4))
        assert counting(*lists) == 4
        assert counting(*lists, own=(own,)) == 5
    assert counting(new, derived) == counting(derived, new) == counting(old, new) == 2


def test_a_mix_of_ways_to_buy() -> None:
    book = PriceBook("us-east-1", (), load_price_lists())
    bought = book.find("inf2.xlarge", (("on-demand", Decimal("0.4")), ("reserved-3y", Decimal("0.6"))))
    assert bought is not None and bought.usd_per_hour == Decimal("0.7582") * Decimal("0.4") + Decimal("0.328") * Decimal("0.6")
    assert (bought.as_of, bought.basis, bought.list_usd_per_hour) == ("2025-10-17", "derived", Decimal("0.7582"))
    assert book.find("inf2.xlarge", (("on-demand", Decimal("0.4")), ("spot", Decimal("0.6")))) is None
    assert book.missing("inf2.xlarge", (("spot", Decimal(1)),)) == ["spot"]


def test_lists_that_disagree_are_said() -> None:
    lists = (listed("1", "2026-01-01"), listed("1.2", "2026-05-01"))
    book = PriceBook("us-east-1", (), lists)
    bought = book.find("g5.xlarge", ON_DEMAND)
    assert bought is not None
    (sentence,) = book.disagreements(bought.prices)
    assert "1.2 USD of 2026-05-01 counts, 1 of 2026-01-01 does not" in sentence
    near = listed("1.04", "2026-05-01")
    assert list(PriceBook("us-east-1", (), (listed("1", "2026-01-01"), near)).disagreements(near.prices)) == []


def test_a_fetched_list_is_used_without_being_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFRAMP_DATA_DIR", str(tmp_path))
    assert load_user_prices(TODAY) == ()
    price_file(tmp_path, row("trn2.48xlarge", "30")).rename(tmp_path / "prices.toml")
    (fetched,) = load_user_prices(TODAY)
    assert fetched.prices[0].instance_type == "trn2.48xlarge" and not fetched.is_explicit


def test_the_script_reproduces_the_list(tmp_path: Path) -> None:
    """The on-demand list is what the script makes of the generated table."""
    import subprocess
    import sys

    root = Path(__file__).parents[2]
    table = tmp_path / "pricing.go"
    table.write_text(
        '// generated at 2026-07-20T13:44:30Z for us-east-1\nvar x = map[string]map[T]float64{\n\t"us-east-1": {\n'
        '\t\t// g5 family\n\t\t"g5.xlarge": 1.006000, "g5.2xlarge": 1.212000,\n\t\t"t3.micro": 0.0104,\n\t},\n'
        '\t"us-gov-west-1": {\n\t\t"g5.xlarge": 1.268000,\n\t},\n}\n'
    )
    made = subprocess.run(
        [sys.executable, str(root / "scripts" / "price_lists.py"), "on-demand", str(table), "1d927085dd81"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert made.stdout.endswith('[usd_per_hour]\n"g5.2xlarge" = 1.212\n"g5.xlarge" = 1.006\n')
    shipped = (root / "rules" / "prices" / "aws-us-east-1.toml").read_text("utf-8")
    assert made.stdout.split("[usd_per_hour]")[0] == shipped.split("[usd_per_hour]")[0]
