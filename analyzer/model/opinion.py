"""Second opinions: what another tool measured, kept beside what was predicted from source alone."""

from __future__ import annotations

from typing import NamedTuple

OUTCOMES = ("works", "converts", "operators-pass", "captured", "fails")
"""`works`: it ran, with the same values. `converts`: it was converted or compiled, and not run. `operators-pass`: every operator
was taken by itself, the whole was not tried. `captured`: the graph was captured, and not converted. `fails`: some step failed."""
WEAK_OUTCOMES = frozenset({"operators-pass", "captured"})
"""Those that prove too little to contradict a prediction."""


class MeasuredOperator(NamedTuple):
    """An operator of the file: how often it stands there and what the tool did with it."""

    name: str
    sites: int
    status: str
    """`supported`, `unsupported` or `unknown`."""
    detail: str = ""


class Quote(NamedTuple):
    """A line of source that the file quotes, or only names; `path` is as on the machine where the file was made."""

    path: str
    line: int
    function: str
    text: str


class ProviderCoverage(NamedTuple):
    """What an execution provider does with the operators of an ONNX model: (operator, nodes) each."""

    name: str
    version: str
    source: str
    without_kernel: tuple[tuple[str, int], ...]
    not_in_table: tuple[tuple[str, int], ...]
    """Of domains that the table of this provider says nothing about."""


class Opinion(NamedTuple):
    """What one file says, before anything is known of the repository."""

    file: str
    kind: str
    asked_symbol: str
    """The entry point that the user named; "" where none was."""
    made_with: tuple[str, ...]
    outcome: str
    detail: str
    steps: tuple[tuple[str, str], ...] = ()
    """(what was tried, `passed`, `failed` or `not tried`)."""
    operators: tuple[MeasuredOperator, ...] = ()
    providers: tuple[ProviderCoverage, ...] = ()
    classes: tuple[str, ...] = ()
    """Dotted names of the outermost classes that the file was made from."""
    quotes: tuple[Quote, ...] = ()
    revision: str = ""
    revision_key: str = ""
    notes: tuple[str, ...] = ()


class SecondOpinion(NamedTuple):
    """An opinion placed into the repository."""

    opinion: Opinion
    title: str
    """The kind in words."""
    entry_point: str
    """The symbol that it speaks for; "" where that could not be told."""
    targets: tuple[str, ...]
    same_source: str
    """What is known of whether it was made from this source, as a sentence."""
    disagreements: tuple[str, ...]
    reference: str


class Measured(NamedTuple):
    """A second opinion as it stands beside the prediction for an entry point on a target."""

    file: str
    outcome: str
    detail: str
    disagrees: bool
