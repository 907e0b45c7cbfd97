"""Whether anything pays, in a sentence or two."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.model.cost import OptionCost, TcoComparison
from analyzer.report.cost_charts import thousands
from analyzer.report.printable import printable


def pays_words(tco: TcoComparison) -> str:
    """Whether a move that needs a port pays, and what can be had without one."""
    return " ".join(filter(None, (_pays(tco), _without_port_words(tco))))


def _pays(tco: TcoComparison) -> str:
    if tco.scenario.is_default:
        return "Whether it pays is not known: no workload was given."
    ports = [option for option in tco.options if option.target_id]
    shown = [option for option in ports if option.npv is not None and option.verdict in ("go", "worth a proof of concept")]
    if best := max(shown, key=lambda option: option.npv.p50_usd if option.npv else 0, default=None):
        return f"Of the moves that need a port {printable(best.title)} gains most: {best.verdict}."
    if less := next((option for option in ports if option.verdict == "right-size first"), None):
        return f"{printable(less.title)} would gain, but less than right-sizing today's instances."
    if any(option.npv is None and option.verdict != "does not fit" for option in ports):
        return "No port is shown to pay; for some targets the price or the throughput is not known."
    return "No move that needs a port is shown to pay." if ports else ""


def _without_port_words(tco: TcoComparison) -> str:
    option = best_without_port(tco)
    if tco.scenario.is_default or option is None or option.npv is None or option.npv.p50_usd <= 0:
        return ""
    low, high = (thousands(float(end), tco.scenario.currency) for end in (option.npv.p10_usd, option.npv.p90_usd))
    return f"{printable(option.title)}: an NPV of {low if low == high else f'{low} to {high}'}, without a port."


def best_option(options: Iterable[OptionCost], target_id: str) -> OptionCost | None:
    """Of the options of a target the one with the highest median NPV; one without a figure where there is no other."""
    own = [option for option in options if option.target_id == target_id and option.verdict != "baseline"]
    return max(own, key=lambda option: (option.npv is not None, option.npv.p50_usd if option.npv else 0), default=None)


def best_without_port(tco: TcoComparison) -> OptionCost | None:
    """The best of those that need none; None where none has a figure."""
    option = best_option(tco.options, "")
    return option if option and option.npv is not None else None
