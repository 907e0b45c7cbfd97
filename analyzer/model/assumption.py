"""A constant that an estimate rests on, with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assumption:
    """`value` is text so that ranges ("0.5 to 0.75") and words fit; `kind` is measured, reported, derived, assumption
    or user."""

    id: str
    title: str
    value: str
    unit: str
    kind: str
    source: str
    as_of: str
