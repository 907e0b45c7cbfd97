"""The part of the full Markdown report about models, entry points and operators, against each target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analyzer.model.counted import counted
from analyzer.model.effort import OperatorUse, TargetAssessment
from analyzer.report.markdown_text import code, table, words

NOT_THERE = "–"


def operator_lines(targets: Sequence[TargetAssessment], most: int) -> Iterable[str]:
    """What is predicted of each entry point, and the operators that a target lacks, has in part, or is not known to have."""
    yield from ("## Models and operators, on each target", "")
    if not any(target.entry_points or target.operators for target in targets):
        yield from ("No model and no entry point was found.", "")
        return
    for target in targets:
        yield from _entry_points(target, most)
    yield from _operators(targets, most)


def _entry_points(target: TargetAssessment, most: int) -> Iterable[str]:
    from analyzer.report.entry_points_view import folded_entry_points

    points = folded_entry_points(target)
    if not points:
        return
    yield from (f"### {words(target.title)}: models and entry points", "")
    for point in points[:most]:
        more = f" and {point['more']} more" if point["more"] else ""
        told = "".join(f"; {words(reason, 400)}" for reason in point["reasons"])
        measured = "".join(f"; measured: {words(line, 400)}" for line in point["measured"])
        yield f"- {', '.join(map(code, point['places']))}{more} ({words(point['kind'])}): {point['prediction']}{told}{measured}"
    if len(points) > most:
        yield f"- and {len(points) - most} more kinds of entry points; the JSON report has all"
    yield ""


def _operators(targets: Sequence[TargetAssessment], most: int) -> Iterable[str]:
    tables = [{use.name: use for use in target.operators} for target in targets]
    names = sorted({name for uses in tables for name in uses})
    if not names:
        return
    lacking = [name for name in names if any(uses[name].status != "supported" for uses in tables if name in uses)]
    passing = len(names) - len(lacking)
    yield from (
        "### Operators",
        "",
        f"{counted(passing, 'operator')} of {len(names)} that the models use "
        f"{'is' if passing == 1 else 'are'} said to be there on every target that keeps a table. The others:",
        "",
    )
    rows = [(code(name), *(_status(uses.get(name)) for uses in tables)) for name in lacking[:most]]
    if rows:
        yield from table(("Operator", *(words(target.title) for target in targets)), rows)
    if len(lacking) > most:
        yield from (f"And {len(lacking) - most} more; the JSON report has all.", "")


def _status(use: OperatorUse | None) -> str:
    """What a target is said to do with an operator; a dash where it does not come up there or no table is kept."""
    return NOT_THERE if use is None else f"{words(use.status)}, {counted(use.sites, 'place')}"
