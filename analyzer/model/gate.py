"""What the gate says of a repository, or of some files of it."""

from __future__ import annotations

from analyzer.model.facts import Problem
from analyzer.model.finding import Finding
from analyzer.model.named_tuple import NamedTuple


class GateVerdict(NamedTuple):
    """The answer of one check; findings in the order of their places."""

    new: tuple[Finding, ...]
    """What neither the baseline nor the earlier state knows."""
    tainted: frozenset[str]
    """The fingerprints of those new findings whose lines did not change: something elsewhere did."""
    known: tuple[Finding, ...]
    """Debt that the baseline or the earlier state has already."""
    quiet: tuple[Finding, ...]
    """No debt: informational, guarded, or dismissed by a comment."""
    gone: int | None
    """How many findings of the baseline, or of the earlier state, are no more; None where that was not looked at."""
    expired: int
    """How many findings of the baseline have passed their date, and are new again."""
    left_out: int
    """How many findings the project's own settings leave out."""
    compared_with: str
    """What new is measured against: the baseline's path, a revision, or ""."""
    problems: tuple[Problem, ...]
    """What could not be read in the files that were looked at."""
    remarks: tuple[str, ...]
    """What the user should know of how it was looked at."""
    broken: tuple[str, ...]
    """Promises that are broken: what `--ratchet` demands."""
    is_partial: bool
    """Only the named files were read, with the values that they name."""
