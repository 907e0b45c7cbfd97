"""How two reports of one repository differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SavedFinding:
    """A finding of a saved report, as far as two reports are compared."""

    fingerprint: str
    rule_id: str
    severity: str
    path: str
    line: int
    snippet: str
    is_suppressed: bool


@dataclass(frozen=True, slots=True)
class SavedItem:
    """A work item of a saved report."""

    id: str
    title: str
    capability: str
    units: float
    p10_days: float
    p50_days: float
    p90_days: float


@dataclass(frozen=True, slots=True)
class SavedTarget:
    """What a saved report says of a target."""

    id: str
    title: str
    verdict: str
    p10_days: float
    p50_days: float
    p90_days: float
    items: tuple[SavedItem, ...]


@dataclass(frozen=True, slots=True)
class SavedReport:
    """What a comparison needs of a saved JSON report."""

    name: str
    root: str
    as_of: str
    rules_version: str
    findings: tuple[SavedFinding, ...]
    targets: tuple[SavedTarget, ...]
    constants: tuple[tuple[str, str], ...]
    """Assumptions of the effort model, by id, with their values."""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """How one work item moved, in person-days at P50: by its amount (code), and by what a unit of it takes (figures)."""

    id: str
    title: str
    by_code_days: float
    by_figures_days: float


@dataclass(frozen=True, slots=True)
class TargetChange:
    """How the effort for one target moved."""

    old: SavedTarget
    new: SavedTarget
    items: tuple[ItemChange, ...]
    """Largest change first; none of items that stayed."""

    @property
    def added_days(self) -> float:
        """P50 of the new report less that of the old one."""
        return self.new.p50_days - self.old.p50_days

    @property
    def by_code_days(self) -> float:
        """What the code moved: the sum over work items."""
        return sum(item.by_code_days for item in self.items)

    @property
    def by_figures_days(self) -> float:
        """What changed figures moved: the sum over work items."""
        return sum(item.by_figures_days for item in self.items)


@dataclass(frozen=True, slots=True)
class ReportDifference:
    """Everything that changed between two reports."""

    old: SavedReport
    new: SavedReport
    fixed: tuple[SavedFinding, ...]
    added: tuple[SavedFinding, ...]
    targets: tuple[TargetChange, ...]
    only_old: tuple[str, ...]
    """Targets of the old report alone."""
    only_new: tuple[str, ...]
    changed_constants: tuple[tuple[str, str, str], ...]
    """(id, old value, new value); "" where it was not there."""

    @property
    def is_other_rules(self) -> bool:
        """Whether the rules are of another version: then findings can come and go without a change of the code."""
        return self.old.rules_version != self.new.rules_version
