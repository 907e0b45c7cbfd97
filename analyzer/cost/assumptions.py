"""The figures that a comparison of costs rests on, each with its kind and source."""

from __future__ import annotations

from analyzer.cost.cost_words import MEASURED_LEVEL
from analyzer.model.assumption import Assumption
from analyzer.model.cost import Scenario, TcoComparison


def assumptions_of(comparison: TcoComparison) -> tuple[Assumption, ...]:
    """Every figure that the comparison rests on, with its kind and source."""
    return (*_inputs(comparison), *_prices(comparison), *_ratios(comparison.scenario))


def _inputs(comparison: TcoComparison) -> list[Assumption]:
    scenario = comparison.scenario
    spans = {span.key: f" ({span.low:g} to {span.high:g})" for span in scenario.spans}

    def row(key: str, title: str, value: object, unit: str, source: str) -> Assumption:
        from_default = scenario.is_default or key in scenario.defaulted
        return Assumption(
            f"cost.{key}", title, f"{value}{spans.get(key, '')}", unit, "assumption" if from_default else "user",
            source if from_default else "given in the workload file", "",
        )  # fmt: skip

    fleet = scenario.fleet
    is_declared = any(item.name == fleet.instance_type and item.count == fleet.count for item in comparison.declared)
    fleet_source = "as the repository declares" if is_declared else "nobody's workload"
    day, year = "USD", "person-days a year"
    yours = "no source: yours decides"
    utilisation = "0.3 to 0.6 published for production inference (low confidence)"
    labour = "130.50 USD an hour loaded (US ML engineer, 2025-26, derived), 8 hours"
    rows = [
        row("fleet", "Today's fleet", f"{fleet.count} x {fleet.instance_type}", "instances", fleet_source),
        row("utilisation_today", "Utilisation at the busiest hour", scenario.utilisation_today, "share", utilisation),
        row("utilisation_target", "Utilisation aimed at", scenario.utilisation_target, "share", "common headroom practice"),
        row("usd_per_day_labour", "A person-day", scenario.usd_per_day_labour, day, labour),
        row("discount_rate_per_year", "Discount rate", scenario.discount_rate_per_year, "a year", "use your cost of capital"),
        row("horizon_months", "Horizon", scenario.horizon_months, "months", yours),
        row("dual_run_months", "Both fleets run for", scenario.dual_run_months, "months", "1 to 3 is usual, none published"),
        row("upkeep_days_per_year", "Upkeep of a port", scenario.upkeep_days_per_year, year, "40 to 320 hours, none published"),
        row("other_one_off_usd", "Instances for proof and compiling", scenario.other_one_off_usd, day, yours),
        row("discount_share", "Discount on list prices", scenario.discount_share, "share", "on demand"),
        row("growth_per_year", "Growth of the traffic", scenario.growth_per_year, "a year", yours),
        row("exit_days", "Leaving the new platform", scenario.exit_days, "person-days", "not counted unless you give it"),
    ]  # fmt: skip
    if scenario.currency.code != "USD":
        currency = scenario.currency
        rows.append(
            Assumption("cost.currency", f"{currency.code} for one USD", str(currency.per_usd), currency.code, "user",
                       "given in the workload file", currency.as_of)
        )  # fmt: skip
    return rows


def _prices(comparison: TcoComparison) -> list[Assumption]:
    return [
        Assumption(
            f"cost.price.{price.instance_type}.{price.purchase}", f"Price of {price.instance_type}, {price.purchase}",
            f"{price.usd_per_hour:f}", "USD an hour", "reported" if price.basis == "listed" else price.basis,
            price.source, price.as_of,
        )
        for price in comparison.prices_used
    ]  # fmt: skip


def _ratios(scenario: Scenario) -> list[Assumption]:
    rows = []
    for option in scenario.options:
        if option.kind == "move":
            ratio = option.ratio
            rows.append(
                Assumption(
                    f"cost.ratio.{option.id}", f"Throughput of {option.instance_type} against {scenario.fleet.instance_type}",
                    f"{ratio.low:g} to {ratio.high:g}, most likely {ratio.mid:g}", "x",
                    "measured" if ratio.level <= MEASURED_LEVEL else "derived", f"level {ratio.level}: {ratio.source}", ratio.as_of,
                )
            )  # fmt: skip
    return rows
