"""Which price counts for an instance: the user's own first, then the newest list; a missing one is never a zero."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from analyzer.model.cost import Price, PriceList

LISTS_AGREE_WITHIN = Decimal("0.05")
_BASIS_ORDER = ("user", "listed", "derived")

Shares = Sequence[tuple[str, Decimal]]
"""Ways to buy with their shares."""


@dataclass(frozen=True, slots=True)
class Bought:
    """What an hour of an instance costs as it is bought, and the prices that this rests on."""

    usd_per_hour: Decimal
    list_usd_per_hour: Decimal
    """On demand; the mix itself where no on-demand price is known."""
    prices: tuple[Price, ...]

    @property
    def as_of(self) -> str:
        """The day of the oldest price in it."""
        return min(price.as_of for price in self.prices)

    @property
    def basis(self) -> str:
        """The weakest basis in it."""
        return max((price.basis for price in self.prices), key=_BASIS_ORDER.index)


class PriceBook:
    """The prices of the region of a scenario, and of others where an option names one."""

    def __init__(self, region: str, own: Iterable[Price], lists: Iterable[PriceList], spot_overhead: Decimal = Decimal(0)) -> None:
        """`own` are the scenario's and win over a list that the user named, which wins over the newest other list.
        `spot_overhead` is the share of spot hours that is lost to interruptions."""
        self.region = region
        self._factor = {"spot": 1 + spot_overhead}
        self._known: dict[tuple[str, str, str], Price] = {}
        self._other: dict[tuple[str, str, str], list[Price]] = {}
        for price_list in sorted(lists, key=lambda item: item.is_explicit):
            for price in price_list.prices:
                self._add(price, price_list.is_explicit)
        for price in own:
            self._add(price, True)

    def _add(self, price: Price, wins: bool) -> None:
        key = (price.region, price.instance_type, price.purchase)
        before = self._known.get(key)
        self._other.setdefault(key, []).append(price)
        if before is None or wins or (price.as_of, _rank(price)) > (before.as_of, _rank(before)):
            self._known[key] = price

    def find(self, instance_type: str, shares: Shares, region: str = "") -> Bought | None:
        """The price of a mix of ways to buy; None where one of them has no price. `region` is "" for the scenario's own."""
        place = region or self.region
        prices = tuple(self._known.get((place, instance_type, purchase)) for purchase, share in shares if share)
        found = tuple(price for price in prices if price is not None)
        if not found or len(found) < len(prices):
            return None
        bought = zip(found, _positive(shares), strict=True)
        usd = sum((price.usd_per_hour * share * self._factor.get(way, Decimal(1)) for price, (way, share) in bought), Decimal(0))
        listed = self._known.get((place, instance_type, "on-demand"))
        return Bought(usd, listed.usd_per_hour if listed else usd, found)

    def missing(self, instance_type: str, shares: Shares, region: str = "") -> list[str]:
        """The ways to buy that have no price."""
        place = region or self.region
        return [purchase for purchase, _ in _positive(shares) if (place, instance_type, purchase) not in self._known]

    def disagreements(self, used: Iterable[Price]) -> Iterator[str]:
        """A sentence where two lists differ on a price that counts."""
        for price in used:
            others = self._other[(price.region, price.instance_type, price.purchase)]
            for other in others:
                if other.basis == "derived" or price.basis in ("derived", "user"):
                    continue
                if abs(other.usd_per_hour - price.usd_per_hour) > price.usd_per_hour * LISTS_AGREE_WITHIN:
                    yield (
                        f"Two lists disagree on {price.instance_type}, {price.purchase}: {price.usd_per_hour:f} USD of "
                        f"{price.as_of} counts, {other.usd_per_hour:f} of {other.as_of} does not."
                    )


def _positive(shares: Shares) -> list[tuple[str, Decimal]]:
    return [(purchase, share) for purchase, share in shares if share]


def _rank(price: Price) -> int:
    """A listed price beats a derived one of the same day."""
    return -_BASIS_ORDER.index(price.basis)


def age_days(price: Price, as_of: datetime.date) -> int:
    """Days since the price was read."""
    return (as_of - datetime.date.fromisoformat(price.as_of)).days
