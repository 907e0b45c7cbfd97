"""A target and what becomes of each capability there."""

from __future__ import annotations

from dataclasses import dataclass

VERDICTS = ("drop_in", "adapt", "rewrite", "blocked", "unknown")
BASES = ("measured", "reported", "assumption")
EFFORT_PER = ("site", "module", "item", "repository")


@dataclass(frozen=True, slots=True)
class EffortRange:
    """Person-days for one unit of work: low (P10), likely (P50) and high (P90)."""

    low_days: float
    likely_days: float
    high_days: float
    per: str
    """`site` (each place), `module` (each file), `item` (each kernel, library or build target) or `repository`."""


@dataclass(frozen=True, slots=True)
class Support:
    """What a target does with a capability, for the named SDK versions."""

    capability: str
    verdict: str
    advice: str
    reference: str
    since: str
    as_of: str
    role: str
    effort: EffortRange
    basis: str
    note: str


@dataclass(frozen=True, slots=True)
class FixedWork:
    """Work that a target needs whatever the findings say: validation, packaging, first compilation."""

    id: str
    title: str
    role: str
    effort: EffortRange
    basis: str
    source: str
    when: str
    """`always`, or `deployed`: only where the repository holds deployment files."""


@dataclass(frozen=True, slots=True)
class Target:
    """A place to move to."""

    id: str
    title: str
    software: str
    sdk_version: str
    as_of: str
    summary: str
    ties_you_to: str
    maturity: tuple[str, ...]
    serves: bool
    trains: bool
    support: tuple[Support, ...]
    fixed_work: tuple[FixedWork, ...]
    reference: str
