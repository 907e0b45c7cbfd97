"""A target and what becomes of each capability there."""

from __future__ import annotations

from dataclasses import dataclass

VERDICTS = ("drop_in", "adapt", "rewrite", "blocked", "unknown")
BASES = ("measured", "reported", "assumption")
EFFORT_PER = ("site", "module", "item", "repository")
EVIDENCE = ("documented", "inferred", "none")
"""`documented`: the reference says it. `inferred`: it says what to use, not in place of what.
`none`: nothing is known, which only an `unknown` verdict may say."""
STATUSES = ("current", "beta", "maintenance", "frozen", "service", "undisclosed", "claim")
MATURITY_KINDS = ("cadence", "support", "pins", "regression", "beta", "price", "scope", "contradiction", "caveat")


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
    evidence: str
    note: str
    inherited_from: str = ""
    """The target or base whose file says it; "" where the target's own does."""


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
class SoftwarePath:
    """One of several ways to run on the same hardware, with the versions that it stands for."""

    id: str
    title: str
    status: str
    versions: str
    target: str
    """The id of the target that says what this way does with each capability; "" where none does."""
    note: str
    reference: str
    as_of: str


@dataclass(frozen=True, slots=True)
class MaturityFact:
    """A fact that decides in practice: a release rhythm, an end of support, pins, a regression, what is beta."""

    kind: str
    text: str
    reference: str
    as_of: str
    """The day that the fact is of: a day before it does not know it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says and nothing at hand confirms. Never calculated with."""

    subject: str
    value: str
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Ties:
    """What a target ties you to in place of CUDA, and the layer that keeps the way open."""

    vendor: str
    cloud: str
    compiler: str
    model_format: str
    keeps_open: str

    def sentence(self) -> str:
        """All of it in a few words."""
        parts = (("vendor", self.vendor), ("cloud", self.cloud), ("compiler", self.compiler), ("model format", self.model_format))
        return "; ".join(f"{name}: {text}" for name, text in parts) + f". The way stays open through: {self.keeps_open}"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Where tables of a vendor's facts are, and which of their rows are about this target."""

    family: str
    """The stem of the files below `rules/lifecycle`, `rules/packages` and `rules/features`; "" where there are none."""
    chip: str


@dataclass(frozen=True, slots=True)
class Target:
    """A place to move to."""

    id: str
    title: str
    status: str
    software: str
    sdk_version: str
    as_of: str
    summary: str
    ties_you_to: str
    ties: Ties
    maturity: tuple[MaturityFact, ...]
    serves: bool
    trains: bool
    support: tuple[Support, ...]
    fixed_work: tuple[FixedWork, ...]
    reference: str
    is_default: bool = False
    variant_of: str = ""
    extends: tuple[str, ...] = ()
    """The targets and bases whose answers it takes where it has none of its own, nearest first."""
    paths: tuple[SoftwarePath, ...] = ()
    claims: tuple[Claim, ...] = ()
    knowledge: Knowledge = Knowledge("", "")
    takes_fallback: bool = False
    """Whether the way that guarded code takes where there is no CUDA is the one wanted here: then it needs no change."""

    @property
    def is_claim(self) -> bool:
        """Whether it exists only as somebody's unconfirmed claim."""
        return self.status == "claim"
