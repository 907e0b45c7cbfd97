"""Where the code could be cut between what is tied to CUDA and the rest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Crossing:
    """One name behind the seam that code outside of it uses."""

    path: str
    """The module, or the file of a kernel, behind the seam."""
    name: str
    """"" where the module as a whole is imported."""
    users: int
    """Modules outside that use it."""
    user_path: str
    user_line: int
    """The first of them."""


@dataclass(frozen=True, slots=True)
class Seam:
    """One candidate. Days are person-days for the target that was asked about."""

    behind: tuple[str, ...]
    """Tied modules behind the seam."""
    companions: tuple[str, ...]
    """Modules behind it that are not tied, but would otherwise widen the interface."""
    outside: tuple[str, ...]
    """Tied modules that are left outside, because an interface for them would cost more than changing them."""
    crossings: tuple[Crossing, ...]
    """The interface, the most used names first."""
    days_behind: float
    """Kernels and other native sources included."""
    days_outside: float
    adapter_days: float
    companion_days: float
    is_good: bool
    verdict: str
    """Why it is good or not, in a sentence."""

    @property
    def first_move_days(self) -> float:
        """The first target: all of the code's ties, and the interface."""
        return self.days_behind + self.days_outside + self.adapter_days + self.companion_days

    @property
    def further_move_days(self) -> float:
        """Each further target: only what lies behind, since what lies outside calls the interface by then."""
        return self.days_behind + self.companion_days


@dataclass(frozen=True, slots=True)
class Seams:
    """The candidates for a target, the best first; none where nothing is tied."""

    target_id: str
    days_without: float
    """All ties of the code changed in place: what the first target takes without a seam, and each further one again."""
    candidates: tuple[Seam, ...]
    verdict: str
    is_coarse: bool = False
    """Whether folders were cut in place of modules, because there are too many of those for an exact answer."""
