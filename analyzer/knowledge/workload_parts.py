"""The tables of a workload file and of a measurements file, one reader each."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from analyzer.knowledge.scenario import MOST_MONEY
from analyzer.knowledge.toml_reader import MISSING, Table
from analyzer.model.cost import PURCHASES, USD, Commitment, Currency, OwnedHardware, Volume
from analyzer.model.workload_file import KINDS, Latency, Measurement, ModelShape

ONE, ZERO = Decimal(1), Decimal(0)
LEAST_RATE, MOST_RATE = Decimal("0.000001"), Decimal(10) ** 9
MOST_MILLISECONDS = Decimal(10) ** 7
HOURS_OF_A_DAY, MOST_HOURS = 24, 8784
HUNDREDTH = Decimal("0.01")
HOURS_OF_A_MONTH = Decimal(730)
COMMITMENTS = ("compute-savings-plan", "ec2-instance-savings-plan", "standard-reserved", "convertible-reserved", "capacity-block")
AGREES_WITHIN = Decimal("0.05")
SHARES_ADD_UP_WITHIN = Decimal("0.001")


def read_currency(document: Table, today: datetime.date) -> Currency:
    """`[currency]`, else US dollars."""
    if not document.has("currency"):
        return USD
    table = document.table("currency")
    code = table.text("code")
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise table.fail("code", f"is {code!r}, must be three capital letters such as EUR")
    per_usd = table.decimal("per_usd", low=Decimal("0.0001"), high=Decimal(1_000_000))
    if code == "USD" and per_usd != 1:
        raise table.fail("per_usd", f"is {per_usd}, must be 1 for USD")
    currency = Currency(code, per_usd, table.date("as_of", today=today))
    table.finish()
    return currency


def read_volume(table: Table) -> Volume | None:
    """The rates of `[traffic]`; None where none is given."""
    rates = hourly_rates(table)
    unit = table.text("unit", "requests", choices=("requests", "tokens"))
    tokens = [table.integer(name, 0, high=10**7) for name in ("input_tokens", "output_tokens")]
    if rates:
        return Volume(unit, max(rates), sum(rates, ZERO) / len(rates), *tokens)
    if not table.has("peak_per_second"):
        if table.has("average_per_second"):
            raise table.fail("peak_per_second", "is missing: instances are bought for the busiest hour")
        return None
    peak = table.decimal("peak_per_second", low=LEAST_RATE, high=MOST_RATE)
    average = table.decimal("average_per_second", low=LEAST_RATE, high=MOST_RATE) if table.has("average_per_second") else None
    return Volume(unit, peak, ZERO if average is None else average, *tokens)


def read_profile(table: Table) -> tuple[Decimal, ...]:
    """`daily_profile`: 24 numbers in any unit, as shares of the largest; of `hourly_rates` the same, rounded up to hundredths so
    that a year of hours has few levels."""
    rates = hourly_rates(table)
    if rates:
        return tuple((rate / max(rates)).quantize(HUNDREDTH, ROUND_CEILING) for rate in rates)
    if not table.has("daily_profile"):
        return ()
    hours = _hours(table, "daily_profile")
    if len(hours) != HOURS_OF_A_DAY:
        raise table.fail("daily_profile", f"must be a list of {HOURS_OF_A_DAY} numbers, one for each hour of the day")
    return tuple(hour / max(hours) for hour in hours)


def hourly_rates(table: Table) -> tuple[Decimal, ...]:
    """`hourly_rates`: what was asked for a second in each hour of a day, a week, a year; () where it is not given."""
    if not table.has("hourly_rates"):
        return ()
    rates = _hours(table, "hourly_rates")
    if not HOURS_OF_A_DAY <= len(rates) <= MOST_HOURS:
        raise table.fail("hourly_rates", f"holds {len(rates)} hours, must hold {HOURS_OF_A_DAY} to {MOST_HOURS}")
    for name in ("daily_profile", "peak_per_second", "average_per_second"):
        if name in table.values:
            raise table.fail(name, "contradicts hourly_rates, from which it follows: leave one of them out")
    return rates


def _hours(table: Table, name: str) -> tuple[Decimal, ...]:
    """A list of numbers, not all of them 0."""
    values = table.values[name]
    if not isinstance(values, list) or not values:
        raise table.fail(name, "must be a list of numbers, one for each hour")
    if not all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in values):
        raise table.fail(name, "must hold numbers")
    hours = tuple(Decimal(value) for value in values)
    if not all(hour.is_finite() and ZERO <= hour <= MOST_RATE for hour in hours) or not any(hours):
        raise table.fail(name, f"must hold numbers between 0 and {MOST_RATE}, and at least one above 0")
    return hours


def checked_volume(table: Table, volume: Volume | None, profile: tuple[Decimal, ...]) -> Volume | None:
    """The volume, its average from the profile where it is not given. Raises `UserInputError` where peak, average and
    profile contradict each other."""
    if table.values.get("autoscaled") is True and not profile:
        raise table.fail("autoscaled", "needs daily_profile or hourly_rates: without them nobody can tell when instances may go")
    if volume is None or "hourly_rates" in table.values:
        return volume
    implied = volume.peak_per_second * sum(profile) / 24 if profile else ZERO
    if not volume.average_per_second:
        return replace(volume, average_per_second=implied)
    if volume.average_per_second > volume.peak_per_second:
        raise table.fail("average_per_second", f"is {volume.average_per_second}, above peak_per_second ({volume.peak_per_second})")
    if profile and abs(implied - volume.average_per_second) > implied * AGREES_WITHIN:
        reason = f"is {volume.average_per_second}; peak_per_second and daily_profile give {implied:.4g}: leave one of them out"
        raise table.fail("average_per_second", reason)
    return volume


def read_model(table: Table) -> ModelShape:
    """`[model]`."""
    layers, kv_heads, head_size = (table.integer(name, 0, high=10**6) for name in ("layers", "kv_heads", "head_size"))
    shape = ModelShape(
        table.text("kind", "other", choices=KINDS), table.text("family", ""), table.integer("parameters", 0, high=10**14),
        table.decimal("bytes_per_parameter", Decimal(2), low=Decimal("0.1"), high=Decimal(16)), layers, kv_heads,
        head_size,
        table.integer("context_tokens", 0, high=10**8), table.integer("concurrency", 1, low=1, high=100_000),
    )  # fmt: skip
    table.finish()
    return shape


def read_latency(table: Table) -> Latency:
    """`[latency]`."""
    latency = Latency(*(_milliseconds(table, name) for name in ("p95_ms", "ttft_ms", "itl_ms")))
    table.finish()
    return latency


def _milliseconds(table: Table, name: str) -> Decimal | None:
    return table.decimal(name, low=Decimal("0.001"), high=MOST_MILLISECONDS) if table.has(name) else None


def read_purchases(table: Table, name: str) -> tuple[tuple[str, Decimal], ...]:
    """`[purchase.today]` or `[purchase.new]`: shares of the ways to buy; on demand where it is left out."""
    shares = table.table(name, {"on-demand": 1})
    bought = [(way, shares.decimal(way, high=ONE)) for way in PURCHASES if shares.has(way)]
    shares.finish()
    total = sum((share for _, share in bought), ZERO)
    if abs(total - 1) > SHARES_ADD_UP_WITHIN:
        raise table.fail(name, f"the shares add up to {total}, must add up to 1")
    return tuple((way, share) for way, share in bought if share)


def read_commitment(table: Table, rate: Decimal) -> Commitment:
    """One `[[commitment]]`: a share of the fleet, or an amount a month or an hour."""
    kind = table.text("kind", choices=COMMITMENTS)
    given = [name for name in ("share", "per_month", "per_hour") if table.has(name)]
    if len(given) != 1:
        raise table.fail("share", f"give one of share, per_month and per_hour, not {len(given)} of them")
    share = table.decimal("share", high=ONE) if given == ["share"] else ZERO
    amount = table.decimal(given[0], high=MOST_MONEY) * rate if not share and given != ["share"] else ZERO
    amount *= HOURS_OF_A_MONTH if given == ["per_hour"] else ONE
    commitment = Commitment(kind, share, amount, table.integer("months_left", low=0, high=120))
    table.finish()
    return commitment


def read_owned(document: Table, rate: Decimal, today: datetime.date) -> OwnedHardware | None:
    """`[owned]`: hardware that was bought."""
    if not document.has("owned"):
        return None
    table = document.table("owned")

    def money(name: str, default: object = MISSING) -> Decimal:
        return table.decimal(name, default, high=MOST_MONEY) * rate

    kilowatts = table.decimal("power_kw", ZERO, high=Decimal(100_000))
    pue = table.decimal("pue", Decimal("1.4"), low=ONE, high=Decimal(4))
    power = kilowatts * pue * HOURS_OF_A_MONTH * money("per_kwh", ZERO)
    owned = OwnedHardware(
        table.date("purchase_date", today=today), money("purchase"), table.integer("book_life_months", 60, low=1, high=240),
        power + money("other_per_month", ZERO), money("resale_now", ZERO), money("resale_at_horizon", ZERO),
    )  # fmt: skip
    if kilowatts and not table.has("per_kwh"):
        raise table.fail("per_kwh", "is missing: power_kw costs something")
    if owned.resale_now_usd > owned.purchase_usd:
        raise table.fail("resale_now", "is above purchase: check both")
    table.finish()
    return owned


def read_measurements(document: Table, today: datetime.date) -> tuple[Measurement, ...]:
    """The `[[measurement]]` rows of a workload or measurements file; rows that are not filled in are left out."""
    return tuple(
        _measurement(table, today) for table in document.tables("measurement", []) if table.values.get("throughput_per_second") != 0
    )  # fmt: skip


def _measurement(table: Table, today: datetime.date) -> Measurement:
    change = table.decimal("accuracy_change", low=-ONE, high=ONE) if table.has("accuracy_change") else None
    minutes = table.decimal("compile_minutes", high=Decimal(100_000)) if table.has("compile_minutes") else None
    measurement = Measurement(
        table.text("instance_type"), table.decimal("throughput_per_second", low=LEAST_RATE, high=MOST_RATE),
        table.date("as_of", today=today), table.text("software", ""), _milliseconds(table, "p95_ms"),
        _milliseconds(table, "ttft_ms"), _milliseconds(table, "itl_ms"), change, minutes, table.source,
    )  # fmt: skip
    table.text("note", "")
    table.finish()
    return measurement
