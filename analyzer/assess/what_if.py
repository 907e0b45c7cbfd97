"""Asks what is left of a target's work when some of it is done: the assessment anew, without the findings that it was about."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Sequence

from analyzer.model.effort import TargetAssessment, WorkItem
from analyzer.model.errors import UserInputError
from analyzer.model.finding import Finding
from analyzer.model.what_if import Step, WhatIf

Assess = Callable[[Sequence[Finding]], TargetAssessment]
MOST_NAMED = 3


def what_if(findings: Sequence[Finding], assess: Assess, chosen: Iterable[str] = (), cheapest: int = 0) -> WhatIf:
    """Do the chosen work items, then the cheapest others up to a number, one after another.

    `assess` is the assessment for the target with some findings. Raises `UserInputError` for an item that there is not.
    """
    before = assess(findings)
    steps: list[Step] = []
    left, current = list(findings), before
    for item in _queue(before, tuple(dict.fromkeys(chosen)), cheapest):
        done = frozenset(item.findings)
        left = [finding for finding in left if finding.fingerprint not in done]
        after = assess(left)
        steps.append(Step(item, after, _freed(current, after)))
        current = after
    return WhatIf(before, tuple(steps))


def _queue(before: TargetAssessment, chosen: Collection[str], cheapest: int) -> list[WorkItem]:
    """The items in the order in which they are done. What no finding is behind, such as validation, cannot be done away with."""
    able = {item.id: item for item in before.work_items if item.findings}
    for name in chosen:
        if name not in able:
            close = difflib.get_close_matches(name, able, n=MOST_NAMED)
            near = f" (did you mean {', '.join(close)}?)" if close else ""
            raise UserInputError("--item", name, f"is no work item of {before.target_id} that a finding is behind{near}")
    others = sorted((item for item in able.values() if item.id not in chosen), key=lambda item: (item.estimate.p50_days, item.id))
    return [*(able[name] for name in chosen), *others[:cheapest]]


def _freed(before: TargetAssessment, after: TargetAssessment) -> tuple[str, ...]:
    """The entry points that run now and did not."""
    ran = _running(before)
    return tuple(name for name in _running(after) if name not in ran)


def _running(assessment: TargetAssessment) -> tuple[str, ...]:
    return tuple(
        point.path if point.kind != "console-script" else f"{point.path}:{point.symbol}"
        for point in assessment.entry_points
        if point.prediction == "runs"
    )
