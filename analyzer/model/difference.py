"""How two reports of one repository differ."""

from __future__ import annotations

from dataclasses import dataclass

from analyzer.model.rule import SEVERITIES


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

    @property
    def is_debt(self) -> bool:
        """Whether something is to be done about it."""
        return not self.is_suppressed and self.severity != "info"


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
    blockers: tuple[str, ...] = ()
    """Titles."""


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
    files: int = 0
    lines: int = 0
    """Files that were analysed, and their lines."""

    @property
    def debt(self) -> tuple[SavedFinding, ...]:
        """Ties above info that no comment dismisses."""
        return tuple(finding for finding in self.findings if finding.is_debt)


@dataclass(frozen=True, slots=True)
class FindingChange:
    """A tie that stays: its text was rewritten, it moved to another file, or what is around it changed its severity."""

    before: SavedFinding
    after: SavedFinding

    @property
    def is_moved(self) -> bool:
        """Whether it stands in another file now."""
        return self.before.path != self.after.path

    @property
    def raised(self) -> int:
        """How many steps its severity went up; below zero down."""
        return SEVERITIES.index(self.after.severity) - SEVERITIES.index(self.before.severity)


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
    """Gone, and nothing of the same rule came in the same file, nor the same text elsewhere."""
    added: tuple[SavedFinding, ...]
    changed: tuple[FindingChange, ...]
    dismissed: tuple[SavedFinding, ...]
    """There still, and a comment dismisses them now."""
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
