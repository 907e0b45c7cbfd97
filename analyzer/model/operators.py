"""Operators, and what is known about each on a target: statements, never a single truth."""

from __future__ import annotations

from typing import NamedTuple

STATUSES = ("supported", "partial", "unsupported", "unknown")
CONFIDENCES = ("high", "medium", "low")


class Statement(NamedTuple):
    """What one source says about one operator. Sources may contradict each other: each keeps its own statement."""

    operator: str
    variant: str
    """Which way to call it: `floor_rounding`; "" for all or the usual one."""
    dtype: str
    status: str
    confidence: str
    framework: str
    """What the statement is about: a framework with its hardware, or the exporter."""
    note: str
    example: str
    """Arguments that fail, where they are known."""
    evidence: str
    version: str
    as_of: str
    source: str
    applies: bool
    """Whether it is about this target's hardware generation."""


class OperatorAnswer(NamedTuple):
    """Everything known about an operator on a target."""

    name: str
    target_id: str
    status: str
    confidence: str
    statements: tuple[Statement, ...]
    providers: tuple[tuple[str, str, str, tuple[str, ...]], ...] = ()
    """(execution provider, version, source, ONNX operators of the exported graph without a kernel there)."""


def combined(statements: tuple[Statement, ...]) -> tuple[str, str]:
    """The status and confidence of several statements: of the surest of them, the most careful reading.

    Ways to call an operator that differ make it `partial`; sources that contradict each other count as the worst of them.
    """
    own = [statement for statement in statements if statement.applies and statement.status != "unknown"]
    if not own:
        return "unknown", "low"
    surest = min(CONFIDENCES.index(statement.confidence) for statement in own)
    judged = [statement for statement in own if CONFIDENCES.index(statement.confidence) == surest]
    usual = [statement for statement in judged if not statement.variant and statement.dtype in ("", "float32")] or judged
    statuses = {statement.status for statement in usual}
    if all(statement.variant and statement.evidence.startswith("documented") for statement in usual) and "unsupported" in statuses:
        return "partial", CONFIDENCES[surest]  # refused under conditions only
    ways = {(statement.variant, statement.dtype) for statement in usual}
    if len(statuses) == 1:
        return statuses.pop(), CONFIDENCES[surest]
    if len(ways) > 1:
        return "partial", CONFIDENCES[surest]
    return max(statuses, key=STATUSES.index), CONFIDENCES[surest]
