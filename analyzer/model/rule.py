"""A rule: which fact is a tie to CUDA, and what it means."""

from __future__ import annotations

from analyzer.model.named_tuple import NamedTuple

SEVERITIES = ("info", "minor", "major", "blocker")
CONFIDENCES = ("low", "medium", "high")
MATCH_KINDS = (
    "import", "use", "call", "decorator", "base", "method", "argument", "literal", "environment", "requirement",
    "index", "image", "command", "option", "setting", "instance", "artifact", "locked", "kernel", "file", "extension", "assign",
    "launch",
)  # fmt: skip


class Match(NamedTuple):
    """The small closed grammar over facts (docs/rules.md has the meaning of each kind and key)."""

    kind: str
    names: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unless_values: tuple[str, ...] = ()


class Rewrite(NamedTuple):
    """The edit that would fix a site, as a closed set of operations that libcst carries out.

    `kind` is `replace-callee` (call `to` instead, same arguments), `method-to-device` (`x.cuda()` -> `x.to(device)`),
    `device-literal` (`"cuda"` -> `device`). `note` says what else the edit needs.
    """

    kind: str
    to: str
    since: str
    note: str
    reference: str


class Rule(NamedTuple):
    """One kind of lock-in. `id` reads after "allow ..."; `severity` holds before any target is known."""

    id: str
    family: str
    title: str
    why: str
    capability: str
    severity: str
    guarded_severity: str
    confidence: str
    replacement: str
    """What to use instead, in a sentence; it says so where there is nothing."""
    references: tuple[str, ...]
    matches: tuple[Match, ...]
    rewrite: Rewrite | None = None
    tags: tuple[str, ...] = ()
