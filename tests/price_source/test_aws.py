"""Prices from AWS, against botocore's own check of what its services answer; no network, no credentials."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner

from analyzer.cli.prices import command
from analyzer.knowledge.prices import load_price_file, load_price_lists, price_list_text
from analyzer.model.errors import UserInputError
from analyzer.price_source import aws
from analyzer.price_source.aws import AwsPrices, Clients
from analyzer.price_source.refresh import changes, fetched, refreshed

TODAY = datetime.date(2026, 11, 25)


def product(usd: str = "0.7582000000", sku: str = "SKU1", instance: str = "inf2.xlarge", reserved: bool = True) -> dict[str, Any]:
    """A product as the Price List API writes it: a JSON string in `PriceList`."""
    terms: dict[str, Any] = {
        "OnDemand": {
            f"{sku}.JRTCKXETXF": {
                "offerTermCode": "JRTCKXETXF", "sku": sku, "effectiveDate": "2026-11-01T00:00:00Z", "termAttributes": {},
                "priceDimensions": {
                    f"{sku}.JRTCKXETXF.6YS6EN2CT7": {
                        "unit": "Hrs", "endRange": "Inf", "beginRange": "0", "appliesTo": [],
                        "description": f"${usd} per On Demand Linux {instance} Instance Hour",
                        "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7", "pricePerUnit": {"USD": usd},
                    }
                },
            }
        }
    }  # fmt: skip
    if reserved:
        terms["Reserved"] = {
            "a": reservation("1yr", "No Upfront", [("Hrs", "0.4777000000")]),
            "b": reservation("3yr", "No Upfront", [("Hrs", "0.3276000000")]),
            "c": reservation("1yr", "All Upfront", [("Quantity", "3905"), ("Hrs", "0.0000000000")]),
            "d": reservation("1yr", "No Upfront", [("Hrs", "0.5")], "convertible"),
        }
    return {
        "product": {
            "productFamily": "Compute Instance", "sku": sku,
            "attributes": {
                "instanceType": instance, "regionCode": "us-east-1", "operatingSystem": "Linux", "tenancy": "Shared",
                "preInstalledSw": "NA", "capacitystatus": "Used", "servicecode": "AmazonEC2", "usagetype": f"BoxUsage:{instance}",
            },
        },
        "serviceCode": "AmazonEC2", "terms": terms, "version": "20261101000000", "publicationDate": "2026-11-01T00:00:00Z",
    }  # fmt: skip


def reservation(term: str, payment: str, dimensions: list[tuple[str, str]], offering: str = "standard") -> dict[str, Any]:
    return {
        "sku": "SKU1", "termAttributes": {"LeaseContractLength": term, "OfferingClass": offering, "PurchaseOption": payment},
        "priceDimensions": {
            str(index): {"unit": unit, "pricePerUnit": {"USD": usd}} for index, (unit, usd) in enumerate(dimensions)
        },
    }  # fmt: skip


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")


class Answers:
    """Clients that give the answers that were put in, in order, and check what they are asked."""

    def __init__(self) -> None:
        self.clients = Clients(client("pricing"), client("ec2"), client("savingsplans"))
        self.stubs = Clients(*(Stubber(each) for each in self.clients))
        for stub in self.stubs:
            stub.activate()

    def products(
        self, *products: dict[str, Any], instance: str = "inf2.xlarge", token: str | None = None, asked: str | None = None
    ) -> None:
        fields = (("instanceType", instance), ("regionCode", "us-east-1"), *aws.FILTERS)
        expected: dict[str, Any] = {
            "ServiceCode": "AmazonEC2", "FormatVersion": "aws_v1",
            "Filters": [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in fields],
        }  # fmt: skip
        if asked:
            expected["NextToken"] = asked
        answer = {"FormatVersion": "aws_v1", "PriceList": [json.dumps(item) for item in products]}
        self.stubs.pricing.add_response("get_products", {**answer, **({"NextToken": token} if token else {})}, expected)

    def prices(self, **wanted: bool) -> list[tuple[str, Decimal]]:
        found = AwsPrices(self.clients, TODAY, **wanted).fetch("inf2.xlarge", "us-east-1")
        for stub in self.stubs:
            stub.assert_no_pending_responses()
        return [(price.purchase, price.usd_per_hour) for price in found]


@pytest.fixture
def answers() -> Answers:
    return Answers()


def test_on_demand_and_reserved(answers: Answers) -> None:
    answers.products(product())
    assert answers.prices() == [
        ("on-demand", Decimal("0.7582")), ("reserved-1y", Decimal("0.4777")), ("reserved-3y", Decimal("0.3276")),
    ]  # fmt: skip


def test_an_unused_reservation_at_zero_on_another_page_is_left_out(answers: Answers) -> None:
    answers.products(product("0.0000000000", "SKU0", reserved=False), token="more")
    answers.products(product(reserved=False), asked="more")
    assert answers.prices() == [("on-demand", Decimal("0.7582"))]


def test_what_is_not_sold_has_no_price(answers: Answers) -> None:
    answers.products()
    assert answers.prices() == []


def test_two_products_stop_the_refresh(answers: Answers) -> None:
    answers.products(product(), product("0.8", "SKU2"))
    with pytest.raises(UserInputError, match=r"inf2.xlarge in us-east-1: 2 products \(SKU1, SKU2\), not one"):
        answers.prices()


def broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    changed = copy.deepcopy(product())
    change(changed)
    return changed


@pytest.mark.parametrize(
    "item",
    [
        broken(lambda p: p["terms"]["OnDemand"]["SKU1.JRTCKXETXF"]["priceDimensions"].clear()),
        broken(lambda p: next(iter(p["terms"]["OnDemand"]["SKU1.JRTCKXETXF"]["priceDimensions"].values())).update(unit="Days")),
        broken(
            lambda p: next(iter(p["terms"]["OnDemand"]["SKU1.JRTCKXETXF"]["priceDimensions"].values())).update(
                pricePerUnit={"CNY": "1"}
            )
        ),
        broken(lambda p: p["terms"]["Reserved"]["a"]["termAttributes"].update(LeaseContractLength="5yr")),
    ],
)
def test_an_answer_of_another_shape_is_no_price(answers: Answers, item: dict[str, Any]) -> None:
    answers.products(item)
    with pytest.raises(UserInputError, match="AWS"):
        answers.prices()


def test_a_refusal_is_a_message(answers: Answers) -> None:
    answers.stubs.pricing.add_client_error("get_products", "AccessDeniedException", "not allowed", 400)
    with pytest.raises(UserInputError, match="not allowed; `pricing:GetProducts` must be allowed"):
        answers.prices()


def test_spot_is_the_median_of_zones(answers: Answers) -> None:
    answers.products(product(reserved=False))
    rows = [("a", "0.20"), ("a", "0.30"), ("a", "0.25"), ("b", "0.40"), ("c", "0.10")]
    history = [
        {"AvailabilityZone": f"us-east-1{zone}", "InstanceType": "inf2.xlarge", "ProductDescription": "Linux/UNIX", "SpotPrice": usd,
         "Timestamp": datetime.datetime(2026, 11, 20)} for zone, usd in rows
    ]  # fmt: skip
    expected = {
        "InstanceTypes": ["inf2.xlarge"], "ProductDescriptions": ["Linux/UNIX"], "StartTime": datetime.datetime(2026, 11, 18),
    }  # fmt: skip
    answers.stubs.ec2.add_response("describe_spot_price_history", {"SpotPriceHistory": history, "NextToken": ""}, expected)
    assert answers.prices(with_spot=True)[-1] == ("spot", Decimal("0.25"))


def test_savings_plans(answers: Answers) -> None:
    answers.products(product(reserved=False))
    rows = [
        {"savingsPlanOffering": {"offeringId": "o", "paymentOption": "No Upfront", "planType": "Compute",
                                 "durationSeconds": years * 31_536_000, "currency": "USD"},
         "rate": rate, "unit": "Hrs", "productType": "EC2", "serviceCode": "AmazonEC2", "usageType": usage, "operation": "RunInstances"}
        for years, rate, usage in ((1, "0.55", "BoxUsage:inf2.xlarge"), (3, "0.38", "BoxUsage:inf2.xlarge"), (1, "0.9", "UnusedBox:inf2.xlarge"))
    ]  # fmt: skip
    answers.stubs.savings_plans.add_response("describe_savings_plans_offering_rates", {"searchResults": rows})
    assert answers.prices(with_plans=True)[-2:] == [("savings-plan-1y", Decimal("0.55")), ("savings-plan-3y", Decimal("0.38"))]


def test_the_fetched_list_replaces_what_it_knows_and_keeps_the_rest(tmp_path: Path, answers: Answers) -> None:
    answers.products(product())
    asked: list[str] = []
    prices = fetched(AwsPrices(answers.clients, TODAY), ["inf2.xlarge"], "us-east-1", asked.append)
    first = refreshed(None, prices, TODAY)
    assert asked == ["inf2.xlarge"] and len(first.prices) == 3
    dearer = [replace(price, usd_per_hour=Decimal("0.6")) for price in prices if price.purchase == "reserved-1y"]
    second = {price.purchase: price.usd_per_hour for price in refreshed(first, dearer, TODAY).prices}
    assert second == {"on-demand": Decimal("0.7582"), "reserved-1y": Decimal("0.6"), "reserved-3y": Decimal("0.3276")}
    path = tmp_path / "prices.toml"
    path.write_text(price_list_text(first))
    assert load_price_file(path, TODAY).prices == first.prices


def test_what_changed_is_said_with_old_new_and_share(answers: Answers) -> None:
    answers.products(product("0.9100000000", reserved=False))
    prices = fetched(AwsPrices(answers.clients, TODAY), ["inf2.xlarge"], "us-east-1", lambda name: None)
    (change,) = changes(load_price_lists(), prices)
    assert change.line() == (
        "inf2.xlarge us-east-1 on-demand: 0.7582 USD (2026-07-20, listed) -> 0.91 USD (2026-11-25, listed) (+20.0%)"
    )


def test_a_fetched_price_that_cannot_be_true_is_refused(answers: Answers) -> None:
    answers.products(product("98.3200000000", instance="p5.48xlarge", reserved=False), instance="p5.48xlarge")
    prices = AwsPrices(answers.clients, TODAY).fetch("p5.48xlarge", "us-east-1")
    with pytest.raises(UserInputError, match="rule superseded"):
        refreshed(None, prices, TODAY)


def test_the_command_writes_the_users_list(tmp_path: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "aws_clients", lambda region, profile: answers.clients)
    answers.products(product())
    path = tmp_path / "folder" / "prices.toml"
    result = CliRunner().invoke(command, ["refresh", "--instance", "inf2.xlarge", "-o", str(path)], catch_exceptions=False)
    assert result.exit_code == 0 and "3 prices in" in result.output
    assert "inf2.xlarge us-east-1 reserved-1y: 0.445776 USD (2023-08-30, listed) -> 0.4777 USD" in result.output
    assert {price.purchase for price in load_price_file(path, datetime.date(9999, 1, 1)).prices} == {
        "on-demand",
        "reserved-1y",
        "reserved-3y",
    }


def test_without_boto3_the_way_to_get_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(UserInputError, match=r"pip install 'offramp\[aws\]'"):
        aws.aws_clients("us-east-1")
