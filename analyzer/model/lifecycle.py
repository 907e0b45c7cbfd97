"""Dated facts about a vendor's software: releases, ends of support, packages that fit together, features per chip."""

from __future__ import annotations

from dataclasses import dataclass

EVENT_KINDS = ("end-of-support", "maintenance", "change")


@dataclass(frozen=True, slots=True)
class Release:
    """A release of an SDK and its day. `note` says where sources give another day."""

    version: str
    date: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class LifecycleEvent:
    """Something that a vendor announced on a day and that takes effect with a release, which may be yet to come."""

    kind: str
    subject: str
    chips: tuple[str, ...]
    announced: str
    release: str
    """The release with which it takes effect; "" where no release was named."""
    effective: str
    """The day on which it takes effect; "" where none is known."""
    source: str

    def phase(self, day: str) -> str:
        """`unknown yet`, `announced` or `in effect` on a day (ISO dates compare as text)."""
        if self.announced > day:
            return "unknown yet"
        return "in effect" if self.effective and self.effective <= day else "announced"


@dataclass(frozen=True, slots=True)
class PackagePin:
    """A version of a package in a release: what fits together."""

    release: str
    package: str
    version: str
    chips: tuple[str, ...]
    pythons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that code may use, its status on each chip in the vendor's words, and what to use instead."""

    category: str
    name: str
    status: tuple[tuple[str, str], ...]
    instead: str
    release: str
    sources: tuple[str, ...]
    note: str = ""
    """What sources say against each other, or what the statement rests on."""

    def status_on(self, chip: str) -> str:
        """The status on a chip; "unknown" where the sources say nothing."""
        return dict(self.status).get(chip, "") or "unknown"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What takes the place of something that relies on CUDA, by way of running; "" where none is known."""

    area: str
    name: str
    traced: str
    native: str
    effort: str
    known: str
    """How it is known, in the words of our reading."""
    is_stated: bool
    """Whether a source states the pairing itself; else the source states the replacement and the pairing is inferred."""
    note: str
    release: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """Something that stopped others, the sign of it in source, and the threads that tell."""

    name: str
    symptom: str
    sign: str
    foretold: str
    """Whether source alone foretells it, in the words of our reading."""
    chips: tuple[str, ...]
    threads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """All releases and events of a family, oldest first."""

    releases: tuple[Release, ...]
    events: tuple[LifecycleEvent, ...]
    as_of: str
