"""What would be left if some of the work were done."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.model.effort import TargetAssessment, WorkItem


@dataclass(frozen=True, slots=True)
class Step:
    """One more work item done, and what is left then."""

    item: WorkItem
    after: TargetAssessment
    """The assessment without what this item and all before it were about."""
    freed: tuple[str, ...]
    """Entry points that this step lets run: `path`, or `path:name`."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A target's assessment as it is, and after each of some work items in turn."""

    before: TargetAssessment
    steps: tuple[Step, ...]

    @property
    def after(self) -> TargetAssessment:
        """What is left in the end."""
        return self.steps[-1].after if self.steps else self.before

    @property
    def days_done(self) -> float:
        """Person-days (P50s) of the items themselves."""
        return sum(step.item.estimate.p50_days for step in self.steps)
