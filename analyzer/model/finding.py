"""A finding: one tie to CUDA, with its evidence; the same for every target."""

from __future__ import annotations

from analyzer.model.named_tuple import NamedTuple
from analyzer.model.span import Span


class Origin(NamedTuple):
    """Where a value that came from elsewhere was written."""

    path: str
    line: int


class Suppression(NamedTuple):
    """A comment in the code: `ignore` (not debt) or `todo` (debt that still counts as effort)."""

    kind: str
    reason: str
    line: int


class Edit(NamedTuple):
    """The edit that would fix a finding: the statement before and after, and what else it needs."""

    before: str
    after: str
    note: str
    since: str


class Finding(NamedTuple):
    """One tie to CUDA.

    `fingerprint` is made of rule, path, quoted text and an index among equal ones: no line number, no absolute path.
    `statement` is the span of the whole statement that `snippet` quotes; `span` is the exact place in it.
    """

    rule_id: str
    family: str
    capability: str
    severity: str
    confidence: str
    path: str
    span: Span
    statement: Span
    cell: int | None
    file_line: int | None
    symbol: str
    snippet: str
    guarded: bool
    guard: str
    overridable: bool
    in_tests: bool
    origin: Origin | None
    fingerprint: str
    suppressed: Suppression | None
    edit: Edit | None
    flow: tuple[Origin, ...] = ()
    """The places that passed the value on, from its origin to the finding."""
