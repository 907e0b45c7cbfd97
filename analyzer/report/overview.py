"""The first screen of the page and the targets side by side: each question of a reader, answered for each target."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from analyzer.cost.cost_words import UNUSABLE_LEVEL
from analyzer.model.cost import OptionCost, Scenario, TcoComparison
from analyzer.model.counted import counted
from analyzer.model.effort import TargetAssessment, days
from analyzer.model.report import Report
from analyzer.report.charts import Scale, span_bar
from analyzer.report.cost_charts import thousands
from analyzer.report.cost_view import break_even_words, chance_words, money_range
from analyzer.report.pays_words import best_option, best_without_port, pays_words
from analyzer.report.printable import printable
from analyzer.report.wording import can_words, effort_words
from analyzer.report.workload_words import USE_WORDS

View = dict[str, Any]
BAR_WIDTH = 200
FIRST_TARGETS = 6
"""Rows of the first screen; further targets stand side by side below."""
SIDE_BY_SIDE = 4
"""Targets of one table, so that it fits a page of paper."""
FIRST_BLOCKERS = 2
FIRST_NAMES = 3
HEADLINES = {
    "no change found to be needed": ("needs no change that was found", "need no change that was found"),
    "needs changes": ("can be reached with changes", "can be reached with changes"),
    "blocked in part": ("can take over a part", "can take over a part"),
    "blocked": ("is blocked", "are blocked"),
    "cannot tell": ("cannot be told", "cannot be told"),
}
"""What is said of one target, and of several."""
MODEL_KINDS = ("model", "part")
UNTOLD = "–"
MONEY_QUESTIONS = (("One-off cost", "one_off"), ("Chance of a gain", "chance"), ("Break-even", "break_even"))
QUESTIONS = (
    ("Fits the use", "use_words"), ("Named models in memory", "memory"), ("Ties to be dealt with", "ties"),
    ("Models and entry points", "predictions"), ("Operators of its models", "operators"),
    ("Ties that need no rewrite", "score"), ("Source and answers known", "coverage"), ("Software", "sdk"),
    ("Knowledge of", "age"),
)  # fmt: skip
"""Rows of a table of targets side by side, each with the key of its cells."""
WORK_WORDS = {"blocked": "blocked", "rewrite": "to rewrite", "adapt": "to adapt", "unknown": "not known", "drop_in": "as they are"}
PREDICTIONS = {"runs": "run", "needs_changes": "need changes", "blocked": "are blocked", "unknown": "cannot be told"}
PLACEMENTS = {
    "fits": "fit", "depends": "fit at their low end only", "too large": "too large for one instance", "unknown": "not known",
}  # fmt: skip
NOT_COSTED: View = {
    "option": "", "words": "not costed", "detail": "nothing that was costed runs on it", "bar": None, "chance": "–",
    "one_off": "–", "npv": "–", "break_even": "–", "is_known": False,
}  # fmt: skip
STATUSES = {"supported": "supported", "partial": "in part", "unsupported": "not supported", "unknown": "not known"}


def overview(report: Report) -> View:
    """The rows of the first screen, and the tables of targets side by side."""
    scales = _Scales(report)
    guarded = frozenset(finding.fingerprint for finding in report.findings if finding.severity == "info")
    has_models = any(point.kind in MODEL_KINDS for target in report.targets for point in target.entry_points)
    rows = [_row(target, report, scales, guarded, has_models) for target in report.targets]
    return {
        "headline": headline(report.targets),
        "pays": pays_words(report.tco),
        "rows": _nearest(rows, report.targets),
        "more": max(len(rows) - FIRST_TARGETS, 0),
        "staying": _staying(report.tco, scales),
        "is_default": report.tco.scenario.is_default,
        "months": report.tco.scenario.horizon_months,
        "width": BAR_WIDTH,
        "zero_x": scales.money.x(0) if scales.money.high > scales.money.low else None,
        "groups": [_side_by_side(rows[at : at + SIDE_BY_SIDE]) for at in range(0, len(rows), SIDE_BY_SIDE)],
        "effort_top": days(scales.effort.high),
    }


def headline(targets: Sequence[TargetAssessment]) -> str:
    """Where one can go and what is blocked, in a sentence."""
    by_words: dict[str, list[TargetAssessment]] = {}
    for target in targets:
        by_words.setdefault(can_words(target), []).append(target)
    parts = [f"{_named(found)} {_can(words, found)}" for words in HEADLINES if (found := by_words.get(words))]
    return "; ".join(parts) + "." if parts else ""


def _named(targets: Sequence[TargetAssessment]) -> str:
    """The first few by name."""
    names = [target.title for target in targets[:FIRST_NAMES]]
    more = len(targets) - len(names)
    names += [f"{more} more"] if more else []
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def _can(words: str, targets: Sequence[TargetAssessment]) -> str:
    """What can be done with these targets, and for how much where it is known."""
    said = HEADLINES[words][len(targets) > 1]
    if targets[0].verdict in ("blocked", "unknown"):
        return said
    low, high = min(target.effort.p10_days for target in targets), max(target.effort.p90_days for target in targets)
    return f"{said}, in {days(low)} to {days(high)} person-days"


def _nearest(rows: Sequence[View], targets: Sequence[TargetAssessment]) -> list[View]:
    """The rows of the first screen: all in their order, or where these are too many those that can be reached soonest."""
    if len(rows) <= FIRST_TARGETS:
        return list(rows)
    order = list(HEADLINES)
    ranked = sorted(
        zip(rows, targets, strict=True),
        key=lambda pair: (order.index(pair[0]["verdict_words"]), pair[1].effort.p50_days, pair[0]["id"]),
    )
    return [row for row, _ in ranked[:FIRST_TARGETS]]


class _Scales:
    """One scale of person-days and one of money for all bars of the page's head."""

    def __init__(self, report: Report) -> None:
        known = [target.effort.p90_days for target in report.targets if target.verdict != "unknown"]
        self.effort = Scale.around((0, *known), BAR_WIDTH)
        shown = [option for target in report.targets if (option := best_option(report.tco.options, target.target_id))]
        shown += [option for option in (best_without_port(report.tco),) if option]
        ends = [float(end) for option in shown if option.npv for end in (option.npv.p10_usd, option.npv.p90_usd)]
        self.money = Scale.around((0, *ends), BAR_WIDTH)


def _staying(tco: TcoComparison, scales: _Scales) -> View | None:
    """The best that can be had without a port: any other move has to beat that."""
    option = best_without_port(tco)
    return None if option is None else _money(option, tco.scenario, scales)


def _row(target: TargetAssessment, report: Report, scales: _Scales, guarded: frozenset[str], has_models: bool) -> View:
    options = [option for option in report.tco.options if option.target_id == target.target_id]
    option = best_option(options, target.target_id)
    known, effort = target.verdict != "unknown", target.effort
    return {
        "id": target.target_id,
        "title": target.title,
        "verdict": target.verdict,
        "verdict_words": can_words(target),
        "blockers": [blocker.title for blocker in target.blockers],
        "first_blockers": [blocker.title for blocker in target.blockers[:FIRST_BLOCKERS]],
        "more_blockers": max(len(target.blockers) - FIRST_BLOCKERS, 0),
        "ties": _ties(target, guarded),
        "effort_words": effort_words(target).removesuffix(" person-days"),
        "median": days(effort.p50_days) if known else "",
        "effort_bar": span_bar(scales.effort, effort.p10_days, effort.p50_days, effort.p90_days) if known else None,
        "money": _money(option, report.tco.scenario, scales) if option else NOT_COSTED,
        "more_options": max(len(options) - 1, 0),
        "unknown": list(_unknown(target, option, has_models)),
        "use_words": USE_WORDS[target.fit.use],
        "memory": _memory(target),
        "predictions": _counts((point.prediction for point in target.entry_points), PREDICTIONS) or "none was found",
        "operators": _counts((use.status for use in target.operators), STATUSES) or "no table is kept, or no model found",
        "score": "not scored" if target.readiness.score is None else f"{target.readiness.score:.0%}",
        "coverage": f"{target.readiness.coverage:.0%}",
        "sdk": target.sdk_version or "–",
        "age": _age(target.as_of, report.as_of),
    }  # fmt: skip


def _ties(target: TargetAssessment, guarded: frozenset[str]) -> str:
    """The places that need something done for the target, by what they need."""
    places: dict[str, set[str]] = {}
    for item in target.work_items:
        places.setdefault(item.verdict, set()).update(item.findings)
    parts = [f"{len(places[verdict]):,} {words}" for verdict, words in WORK_WORDS.items() if places.get(verdict)]
    every = {finding for found in places.values() for finding in found}
    if not every:
        return "none that needs a change"
    aside = f"{len(every & guarded):,} of them guarded or optional" if every & guarded else ""
    if len(parts) == 1:
        return ", ".join(filter(None, (parts[0], aside)))
    return f"{', '.join(parts)}" + (f"; {aside}" if aside else "")


def _money(option: OptionCost, scenario: Scenario, scales: _Scales) -> View:
    npv, currency = option.npv, scenario.currency
    bar, detail = None, _without_npv(option)
    if npv is not None:
        low, middle, high = (float(end) for end in (npv.p10_usd, npv.p50_usd, npv.p90_usd))
        bar = span_bar(scales.money, low, middle, high)
        detail = thousands(middle, currency) if low == high else f"{thousands(low, currency)} to {thousands(high, currency)}"
    words = "not costed" if option.verdict == "does not fit" else "cannot tell"
    return {
        "option": printable(option.title), "words": option.verdict if npv is not None else words, "detail": detail,
        "bar": bar, "chance": chance_words(option), "one_off": " to ".join(money_range(option.one_off, currency)),
        "npv": " to ".join(money_range(npv, currency)), "break_even": break_even_words(option),
        "is_known": npv is not None,
    }  # fmt: skip


def _without_npv(option: OptionCost) -> str:
    """Why nothing is said of what an option gains."""
    if option.verdict == "does not fit":
        return "it cannot do what the repository does"
    if option.usd_per_hour is None:
        return "no price is known"
    if option.ratio is None:
        return "what the port takes is not known"
    if option.required_ratio is None:
        return "how fast it is there is not known"
    return f"pays from {option.required_ratio:g}× today's throughput; what it reaches is not known"


def _unknown(target: TargetAssessment, option: OptionCost | None, has_models: bool) -> Iterator[str]:
    """What is not known of a target that could change its verdict or its figures."""
    if target.readiness.coverage < 1:
        yield f"{max(1 - target.readiness.coverage, 0.01):.0%} of source or answers"
    models = [point for point in target.entry_points if point.kind in MODEL_KINDS]
    if has_models and not models:
        yield "whether its models run: no table of its operators is kept"
    doubted = sum(point.prediction == "unknown" for point in models)
    if doubted:
        yield f"whether {doubted:,} of {counted(len(models), 'model')} {'runs' if doubted == 1 else 'run'}"
    operators = sum(use.status == "unknown" for use in target.operators)
    if operators:
        yield f"{operators:,} of {counted(len(target.operators), 'operator')}"
    if any(fit.memory is None for fit in target.fit.models):
        yield "memory of some models"
    if option is not None and option.verdict != "does not fit":
        if option.usd_per_hour is None and option.npv is None:
            yield "price"
        if option.ratio is not None and option.ratio.level >= UNUSABLE_LEVEL:
            yield "throughput"


def _memory(target: TargetAssessment) -> str:
    """Whether the named models fit into memory, in a line."""
    models = target.fit.models
    if not models:
        return "no model of known size"
    return _counts((model.placement.verdict for model in models), PLACEMENTS)


def _counts(values: Iterable[str], words: dict[str, str]) -> str:
    counts = Counter(values)
    return ", ".join(f"{counts[value]:,} {said}" for value, said in words.items() if counts[value])


def _age(known: str, as_of: str) -> str:
    """The day of what is known of a target, and how old that was on the day of the report."""
    try:
        age = (datetime.date.fromisoformat(as_of) - datetime.date.fromisoformat(known)).days
    except ValueError:
        return known or "–"
    return f"{known}, {counted(age, 'day')} old" if age >= 0 else known


# ---- targets side by side --------------------------------------------------------------------------------------------


def _side_by_side(rows: Sequence[View]) -> View:
    """A table with a column a target and a row a question; money of which nothing is known takes one row."""

    def told(questions: Iterable[tuple[str, str]], of: Sequence[View]) -> list[tuple[str, list[str]]]:
        found = [(title, [row[key] for row in of]) for title, key in questions]
        return [(title, cells) for title, cells in found if any(cell != UNTOLD for cell in cells)]

    return {"targets": rows, "money": told(MONEY_QUESTIONS, [row["money"] for row in rows]), "questions": told(QUESTIONS, rows)}
