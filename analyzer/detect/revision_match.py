"""Which findings are new since an earlier state of the repository, found by holding both states' findings side by side.

A finding is known where the earlier state has one of the same rule at the line that its line comes from. On lines that were
added it is known only where it replaces an equal one: the same statement that has gone from another place (a move), or one
of the same rule and symbol on the lines that were replaced by these (an edit), or in a file
of settings one of the same rule anywhere. What is left is new, also on lines that did
not change: a helper elsewhere has begun to hand them a CUDA device, or a guard around them has gone.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from analyzer.detect.baseline import content_of, is_quiet, is_settings
from analyzer.model.changes import Changes
from analyzer.model.finding import Finding


@dataclass(frozen=True, slots=True)
class RevisionMatch:
    """The answer; findings keep their order."""

    added: tuple[Finding, ...]
    """New, on lines that were added."""
    tainted: tuple[Finding, ...]
    """New, on lines that are what they were."""
    known: tuple[Finding, ...]
    gone: int
    """How many findings of the earlier state are no more."""


def match_revision(findings: Iterable[Finding], earlier: Iterable[Finding], changes: Changes) -> RevisionMatch:
    """Hold findings against those of an earlier state; what is quiet (informational, dismissed) is no debt in either."""
    wanted = [finding for finding in findings if not is_quiet(finding)]
    left = _Pool(finding for finding in earlier if not is_quiet(finding))
    known: set[int] = set()
    for step in (_same_place, _edited_here, _moved_here, _rewritten_here):
        for number, finding in enumerate(wanted):
            if number not in known and left.take(step(finding, changes)):
                known.add(number)
    fresh = [finding for number, finding in enumerate(wanted) if number not in known]
    is_added = [changes.has_added(finding.path, *_lines(finding)) for finding in fresh]
    return RevisionMatch(
        added=tuple(finding for finding, added in zip(fresh, is_added, strict=True) if added),
        tainted=tuple(finding for finding, added in zip(fresh, is_added, strict=True) if not added),
        known=tuple(finding for number, finding in enumerate(wanted) if number in known),
        gone=left.count(),
    )


def _lines(finding: Finding) -> tuple[int, int]:
    """The first and the last line of the statement, in the file."""
    shift = (finding.file_line or finding.span.line) - finding.span.line
    first = min(finding.span.line, finding.statement.line)
    return first + shift, max(finding.span.end_line, finding.statement.end_line) + shift


def _line(finding: Finding) -> int:
    return finding.file_line or finding.span.line


def _same_place(finding: Finding, changes: Changes) -> list[Hashable]:
    place = changes.old_place(finding.path, _line(finding))
    return [("at", finding.rule_id, *place)] if place is not None else []


def _edited_here(finding: Finding, changes: Changes) -> list[Hashable]:
    replaced = changes.removed_beside(finding.path, *_lines(finding))
    if replaced is None:
        return []
    path, lines = replaced
    return [("symbol at", finding.rule_id, finding.symbol, path, line) for line in lines]


def _moved_here(finding: Finding, changes: Changes) -> list[Hashable]:
    return [("content", content_of(finding))] if changes.has_added(finding.path, *_lines(finding)) else []


def _rewritten_here(finding: Finding, changes: Changes) -> list[Hashable]:
    """In a file of settings the same tie under another key: a job that became a row of a matrix."""
    change = changes.files.get(finding.path)
    if change is None or not change.old_path or not is_settings(finding.path):
        return []
    return [("rule in", finding.rule_id, change.old_path)]


class _Pool:
    """Earlier findings, each of which makes one finding of now known."""

    def __init__(self, earlier: Iterable[Finding]) -> None:
        self.by_key: dict[Hashable, list[int]] = {}
        self.used: set[int] = set()
        self.total = 0
        for number, finding in enumerate(earlier):
            self.total += 1
            for key in (
                ("at", finding.rule_id, finding.path, _line(finding)),
                ("symbol at", finding.rule_id, finding.symbol, finding.path, _line(finding)),
                ("content", content_of(finding)),
                ("rule in", finding.rule_id, finding.path),
            ):
                self.by_key.setdefault(key, []).append(number)

    def take(self, keys: Iterable[Hashable]) -> bool:
        """Use up one earlier finding that has any of some keys."""
        for key in keys:
            numbers = self.by_key.get(key, [])
            while numbers:
                number = numbers.pop()
                if number not in self.used:
                    self.used.add(number)
                    return True
        return False

    def count(self) -> int:
        """How many are left."""
        return self.total - len(self.used)
