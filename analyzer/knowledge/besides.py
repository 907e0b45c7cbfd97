"""What is paid besides instance hours, as a workload file states it: `[storage]` and `[egress]`."""

from __future__ import annotations

from decimal import Decimal

from analyzer.knowledge.scenario import MOST_MONEY
from analyzer.knowledge.toml_reader import Table, read_rules_file
from analyzer.model.cost import Besides

ZERO = Decimal(0)
MOST_GIB = Decimal(10) ** 9


def read_besides(document: Table, rate: Decimal) -> Besides | None:
    """Both tables; None where neither is there. `rate` is US dollars for one unit of the file's currency.

    Raises `UserInputError`; storage has no price of its own, that of data sent out is the sourced one where none is given.
    """
    if not document.has("storage") and not document.has("egress"):
        return None
    storage, egress = document.table("storage", {}), document.table("egress", {})
    per_instance, shared = (storage.decimal(name, ZERO, high=MOST_GIB) for name in ("gib_per_instance", "shared_gib"))
    if storage.values and not per_instance + shared:
        raise storage.fail("gib_per_instance", "is missing or 0, and so is shared_gib: leave [storage] out where there is none")
    per_gib_month = storage.decimal("per_gib_month", high=MOST_MONEY) * rate if storage.values else ZERO
    sent = egress.decimal("gib_per_month", low=Decimal("0.001"), high=MOST_GIB) if egress.values else ZERO
    usd, source, as_of = _egress_price(egress, rate)
    for table in (storage, egress):
        table.finish()
    return Besides(per_instance, shared, per_gib_month, sent, usd, source, as_of)


def _egress_price(egress: Table, rate: Decimal) -> tuple[Decimal, str, str]:
    if egress.has("per_gib"):
        return egress.decimal("per_gib", high=MOST_MONEY) * rate, "", ""
    document = read_rules_file("network")
    known = document.table("egress")
    price = known.decimal("usd_per_gib")
    source, as_of = f"{known.text('title')}: {known.text('source')}", known.date("as_of")
    known.text("basis", choices=("reported",))
    known.finish()
    document.finish()
    return price, source, as_of
