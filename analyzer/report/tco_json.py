"""The part of the JSON report about cost. Column names of the FinOps bill format FOCUS (CC-BY-4.0) where it has one.

Keys that end in `_usd` are US dollars; FOCUS columns are in `BillingCurrency`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from analyzer.model.cost import CostInputs, Evidence, MoneyRange, OptionCost, Price, ProofPlan, Scenario, Sway, TcoComparison

Json = dict[str, Any]
YEAR_FIELDS = (
    "year", "months", "stay_usd", "new_usd", "today_still_usd", "stranded_usd", "one_off_usd", "upkeep_usd", "resale_and_exit_usd",
    "net_usd", "discounted_net_usd",
)  # fmt: skip


def tco_to_json(tco: TcoComparison) -> Json:
    """All options side by side, what they rest on, and the texts to cost them anew."""
    return {
        "scenario": _scenario(tco.scenario),
        "options": [_option(option, tco.scenario) for option in tco.options],
        "declared": [{"name": item.name, "count": item.count, "path": item.path, "line": item.line} for item in tco.declared],
        "prices": [_price(price, tco.scenario) for price in tco.prices_used],
        "proof_of_concept": [_plan(plan) for plan in tco.plans],
        "warnings": list(tco.warnings),
        "inputs": _inputs(tco.inputs or CostInputs("", "", ())),
    }


def _inputs(inputs: CostInputs) -> Json:
    return {"workload": inputs.workload, "measurements": inputs.measurements, "prices": list(inputs.prices)}


def _scenario(scenario: Scenario) -> Json:
    return {
        "id": scenario.id,
        "title": scenario.title,
        "is_default": scenario.is_default,
        "region": scenario.region,
        "BillingCurrency": scenario.currency.code,
        "PricingCurrency": "USD",
        "currency_per_usd": _number(scenario.currency.per_usd),
        "fleet": {
            "instance_type": scenario.fleet.instance_type,
            "count": scenario.fleet.count,
            "hours_per_month": _number(scenario.fleet.hours_per_month),
        },
        "horizon_months": scenario.horizon_months,
        "discount_rate_per_year": _number(scenario.discount_rate_per_year),
        "utilisation_today": _rounded(scenario.utilisation_today),
        "utilisation_target": _number(scenario.utilisation_target),
        "growth_per_year": _number(scenario.growth_per_year),
        "defaulted": list(scenario.defaulted),
    }


def _option(option: OptionCost, scenario: Scenario) -> Json:
    per_usd = scenario.currency.per_usd
    return {
        "id": option.option_id,
        "title": option.title,
        "target": option.target_id,
        "instance_type": option.instance_type,
        "instances": option.instances,
        "mean_instances": None if option.mean_instances is None else _rounded(option.mean_instances),
        "ListUnitPrice": _converted(option.usd_per_hour, per_usd),
        "ContractedUnitPrice": _converted(option.contracted_usd_per_hour, per_usd),
        "EffectiveCost": _converted(option.monthly_usd, per_usd),
        "PricingQuantity": _number((option.mean_instances or Decimal(0)) * scenario.fleet.hours_per_month),
        "PricingUnit": "Hours",
        "BillingCurrency": scenario.currency.code,
        "price_as_of": option.price_as_of,
        "price_basis": option.price_basis,
        "monthly_usd": _number(option.monthly_usd),
        "alike_usd": _number(option.alike_usd),
        "idle_usd": _number(option.idle_usd),
        "usd_per_million": _number(option.usd_per_million),
        "one_off_usd": _range(option.one_off),
        "npv_usd": _range(option.npv),
        "gain_over_right_size_usd": _number(option.gain_over_right_size_usd),
        "probability_npv_positive": option.probability_npv_positive,
        "break_even_month": option.break_even_month,
        "break_even_instances": option.break_even_instances,
        "break_even_per_second": _per_second(option, scenario),
        "best_start_month": option.best_start_month,
        "best_start_npv_usd": _number(option.best_start_npv_usd),
        "required_ratio": option.required_ratio,
        "ratio": None if option.ratio is None else {
            "low": option.ratio.low, "likely": option.ratio.mid, "high": option.ratio.high, "level": option.ratio.level,
            "source": option.ratio.source, "as_of": option.ratio.as_of,
        },
        "memory": option.devices_needed,
        "verdict": option.verdict,
        "sentence": option.sentence,
        "evidence": option.evidence,
        "published": [_evidence(item) for item in option.published],
        "cases": [
            {"name": case.name, "npv_usd": _number(case.npv_usd), "break_even_month": case.break_even_month}
            for case in option.cases
        ],
        "grid": [{"ratio": cell.ratio, "instances": cell.instances, "npv_usd": _number(cell.npv_usd)} for cell in option.grid],
        "tornado": [_sway(sway) for sway in option.tornado],
        "flows": [
            {
                "month": flow.month,
                "net_usd": _number(flow.net_usd),
                "cumulative_usd": _number(flow.cumulative_usd),
                "discounted_cumulative_usd": _number(flow.discounted_cumulative_usd),
            }
            for flow in option.flows
        ],
        "years": [{name: _number(getattr(year, name)) for name in YEAR_FIELDS} for year in option.years],
        "band": [{"month": p.month, "p10_usd": _number(p.p10_usd), "p90_usd": _number(p.p90_usd)} for p in option.band],
    }  # fmt: skip


def break_even_per_second(option: OptionCost, scenario: Scenario) -> Decimal | None:
    """The break-even fleet as requests or tokens a second at the busiest hour; None where the workload says no rate."""
    if option.break_even_instances is None or scenario.volume is None:
        return None
    return scenario.volume.peak_per_second * option.break_even_instances / scenario.fleet.count


def _per_second(option: OptionCost, scenario: Scenario) -> float | int | None:
    rate = break_even_per_second(option, scenario)
    return None if rate is None else _rounded(rate)


def _evidence(item: Evidence) -> Json:
    return {
        "publisher": item.publisher, "sells_it": item.sells_it, "as_of": item.as_of, "text": item.text, "source": item.source,
    }  # fmt: skip


def _sway(sway: Sway) -> Json:
    return {
        "key": sway.key, "title": sway.title, "low": sway.low, "high": sway.high, "npv_low_usd": _number(sway.npv_low_usd),
        "npv_high_usd": _number(sway.npv_high_usd), "value_of_knowing_usd": _number(sway.value_of_knowing_usd),
    }  # fmt: skip


def _price(price: Price, scenario: Scenario) -> Json:
    return {
        "instance_type": price.instance_type, "RegionId": price.region, "purchase": price.purchase,
        "ListUnitPrice": _converted(price.usd_per_hour, scenario.currency.per_usd), "usd_per_hour": _number(price.usd_per_hour),
        "PricingUnit": "Hours", "as_of": price.as_of, "basis": price.basis, "source": price.source,
    }  # fmt: skip


def _plan(plan: ProofPlan) -> Json:
    return {
        "option": plan.option_id, "target": plan.target_id, "title": plan.title, "instance_type": plan.instance_type,
        "hours": plan.hours, "cost_usd": _number(plan.cost_usd), "value_of_knowing_usd": _number(plan.value_usd),
        "pass_marks": [{"quantity": mark.quantity, "mark": mark.mark, "why": mark.why} for mark in plan.marks],
        "commands": list(plan.commands),
    }  # fmt: skip


def _range(value: MoneyRange | None) -> Json | None:
    if value is None:
        return None
    return {"p10": _number(value.p10_usd), "p50": _number(value.p50_usd), "p90": _number(value.p90_usd)}


def _converted(value: Decimal | None, per_usd: Decimal) -> float | int | None:
    return None if value is None else _rounded(value * per_usd)


def _rounded(value: Decimal) -> float | int:
    number = _number(round(value, 6))
    return 0 if number is None else number


def _number(value: Decimal | int | None) -> float | int | None:
    """Money and rates as JSON numbers; cents survive, since no figure here has more than 15 digits."""
    if value is None or isinstance(value, int):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
