"""Prices from AWS: the Price List API, spot price history, Savings Plans rates. Needs boto3 and credentials.

A response that is not what is expected stops the refresh: the first of several products would be a wrong price.
"""

from __future__ import annotations

import datetime
import json
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from analyzer.model.cost import Price
from analyzer.model.errors import UserInputError

PRICING_REGION = "us-east-1"
"""The Price List API has endpoints in three regions only; each knows the prices of all."""
HOURS_OF_A_YEAR = 8760
SPOT_DAYS = 7
TERMS = {"1yr": ("reserved-1y", 1), "3yr": ("reserved-3y", 3)}
PLANS = {"savings-plan-1y": 1, "savings-plan-3y": 3}
SECONDS_OF_A_YEAR = 365 * 24 * 3600
FILTERS = (("operatingSystem", "Linux"), ("tenancy", "Shared"), ("preInstalledSw", "NA"), ("capacitystatus", "Used"))
ZERO = Decimal(0)


class Clients(NamedTuple):
    """What answers: boto3 clients, or what stands in for them in a test."""

    pricing: Any
    ec2: Any
    savings_plans: Any


class PriceSource(Protocol):
    """Anything that knows the prices of an instance type in a region."""

    def fetch(self, instance_type: str, region: str) -> list[Price]:
        """Its prices by way of buying; none where it is not sold there."""
        ...


class AwsPrices:
    """AWS's own answers, dated `today`."""

    def __init__(self, clients: Clients, today: datetime.date, with_spot: bool = False, with_plans: bool = False) -> None:
        self._clients = clients
        self._today = today
        self._with_spot = with_spot
        self._with_plans = with_plans

    def fetch(self, instance_type: str, region: str) -> list[Price]:
        """On demand and reserved; spot and Savings Plans where asked for. Raises `UserInputError` for an answer that cannot
        be a price."""
        with _answers():
            product = self._product(instance_type, region)
            if product is None:
                return []
            prices = [self._on_demand(product, instance_type, region), *self._reserved(product, instance_type, region)]
            if self._with_spot:
                prices.extend(self._spot(instance_type, region))
            if self._with_plans:
                prices.extend(self._plans(instance_type, region))
        return prices

    def _price(self, instance_type: str, region: str, usd: Decimal, purchase: str, source: str) -> Price:
        exact = usd.quantize(Decimal("0.000001")).normalize()
        return Price(instance_type, region, exact, self._today.isoformat(), "listed", source, purchase)

    def _product(self, instance_type: str, region: str) -> dict[str, Any] | None:
        """The one product; None where it is not sold. Products at 0.00 are reservations that stand unused: left out."""
        fields = (("instanceType", instance_type), ("regionCode", region), *FILTERS)
        filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in fields]
        pages = self._clients.pricing.get_paginator("get_products").paginate(
            ServiceCode="AmazonEC2", Filters=filters, FormatVersion="aws_v1"
        )
        products = [json.loads(text) for page in pages for text in page["PriceList"]]
        sold = [product for product in products if "OnDemand" in product.get("terms", {}) and _hourly(product)]
        if len(sold) > 1:
            skus = ", ".join(str(product["product"]["sku"]) for product in sold)
            raise UserInputError("AWS Price List API", f"{instance_type} in {region}", f"{len(sold)} products ({skus}), not one")
        return sold[0] if sold else None

    def _on_demand(self, product: dict[str, Any], instance_type: str, region: str) -> Price:
        source = f"AWS Price List API, {product['product']['sku']}, published {product.get('publicationDate', '?')}"
        return self._price(instance_type, region, _hourly(product), "on-demand", source)

    def _reserved(self, product: dict[str, Any], instance_type: str, region: str) -> Iterator[Price]:
        """Standard reservations without upfront payment."""
        for term in product["terms"].get("Reserved", {}).values():
            attributes = term["termAttributes"]
            if attributes.get("OfferingClass") != "standard" or attributes.get("PurchaseOption") != "No Upfront":
                continue
            purchase, years = TERMS[attributes["LeaseContractLength"]]
            usd = ZERO
            for dimension in term["priceDimensions"].values():
                amount = Decimal(dimension["pricePerUnit"]["USD"])
                usd += amount / (years * HOURS_OF_A_YEAR) if dimension["unit"] == "Quantity" else amount
            if usd:
                yield self._price(instance_type, region, usd, purchase, "AWS Price List API, standard, no upfront")

    def _spot(self, instance_type: str, region: str) -> Iterator[Price]:
        """The median of the medians of the zones over a week."""
        start = datetime.datetime.combine(self._today - datetime.timedelta(days=SPOT_DAYS), datetime.time())
        pages = self._clients.ec2.get_paginator("describe_spot_price_history").paginate(
            InstanceTypes=[instance_type], ProductDescriptions=["Linux/UNIX"], StartTime=start
        )
        zones: dict[str, list[Decimal]] = {}
        for page in pages:
            for row in page["SpotPriceHistory"]:
                zones.setdefault(row["AvailabilityZone"], []).append(Decimal(row["SpotPrice"]))
        if zones:
            usd = statistics.median(statistics.median(prices) for prices in zones.values())
            source = f"EC2 spot price history, median of {SPOT_DAYS} days in {len(zones)} zones"
            yield self._price(instance_type, region, usd, "spot", source)

    def _plans(self, instance_type: str, region: str) -> Iterator[Price]:
        """Compute Savings Plans without upfront payment."""
        filters = {
            "region": region, "instanceType": instance_type, "tenancy": "shared", "productDescription": "Linux/UNIX",
        }  # fmt: skip
        answer = self._clients.savings_plans.describe_savings_plans_offering_rates(
            savingsPlanTypes=["Compute"], products=["EC2"], savingsPlanPaymentOptions=["No Upfront"], serviceCodes=["AmazonEC2"],
            filters=[{"name": name, "values": [value]} for name, value in filters.items()],
        )  # fmt: skip
        for purchase, years in PLANS.items():
            rates = {
                Decimal(row["rate"])
                for row in answer["searchResults"]
                if row["savingsPlanOffering"]["durationSeconds"] == years * SECONDS_OF_A_YEAR and "BoxUsage" in row["usageType"]
            }
            if len(rates) > 1:
                raise UserInputError(
                    "AWS Savings Plans", f"{instance_type} in {region}", f"{len(rates)} rates for {purchase}, not one"
                )
            for rate in rates:
                yield self._price(instance_type, region, rate, purchase, "AWS Compute Savings Plan, no upfront")


def _hourly(product: dict[str, Any]) -> Decimal:
    """US dollars an hour on demand; 0 where nothing is asked."""
    dimensions = [
        dimension for term in product["terms"]["OnDemand"].values() for dimension in term["priceDimensions"].values()
    ]  # fmt: skip
    if len(dimensions) != 1 or dimensions[0]["unit"] != "Hrs":
        raise UserInputError("AWS Price List API", str(product["product"]["sku"]), "is not priced by the hour alone")
    return Decimal(dimensions[0]["pricePerUnit"]["USD"])


@contextmanager
def _answers() -> Iterator[None]:
    """Turns what boto3 raises, and answers of another shape, into messages."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise UserInputError("AWS", "", f"{error}; `pricing:GetProducts` must be allowed") from None
    except (KeyError, TypeError, ArithmeticError, json.JSONDecodeError) as error:
        raise UserInputError("AWS", "", f"answered in a shape that is not known ({error!r})") from None


def aws_clients(region: str, profile: str | None = None) -> Clients:
    """Clients with the user's own credentials. Raises `UserInputError` where boto3 is not installed."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise UserInputError("offramp prices refresh", "", "needs boto3: pip install 'offramp[aws]'") from None
    try:
        session = boto3.Session(profile_name=profile)
        return Clients(
            session.client("pricing", region_name=PRICING_REGION), session.client("ec2", region_name=region),
            session.client("savingsplans", region_name=PRICING_REGION),
        )  # fmt: skip
    except BotoCoreError as error:
        raise UserInputError("AWS", "", str(error)) from None
