"""What the work looks like in time: days per wave, what can run after each, the critical path, and a team's calendar."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """One wave of the order of work for a target. Wave 0 holds what runs today, and no work."""

    index: int
    modules: tuple[str, ...]
    """The tied modules of the wave, dearest first, without tests."""
    days: float
    """Person-days of those modules."""
    runnable: tuple[str, ...]
    """Entry points (`path`, or `path:name` of a console script) whose tied modules are all done with this wave, and were not
    before."""


@dataclass(frozen=True, slots=True)
class Step:
    """One task of the critical path: a file, files that import each other, or work on the whole repository."""

    title: str
    paths: tuple[str, ...]
    days: float


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """The plan for one target.

    Days are person-days: shares of the P50 of the whole, which they add up to.
    """

    target_id: str
    waves: tuple[PlannedWave, ...]
    native_days: float
    """Kernels and other native sources: each comes before the first module that calls it."""
    test_days: float
    """Tests: each moves with what it tests."""
    other_files_days: float
    """Requirements, containers, scripts and whatever else is no Python module; they wait for nothing."""
    whole_days: float
    """Work on the repository as a whole, such as validation: it comes after everything else."""
    unreached_days: float
    """What all of the above holds for files that nothing reaches: find out whether they are needed before you port them."""
    critical_path: tuple[Step, ...]
    """The longest chain of tasks that wait for each other, first to last."""
    critical_path_days: float
    """No team, however large, is faster: a task is one person's."""
    calendar: tuple[tuple[int, float], ...]
    """(people, working days until all is done) by list scheduling, the longest remaining chain first."""

    @property
    def total_days(self) -> float:
        """All person-days."""
        parts = (self.native_days, self.test_days, self.other_files_days, self.whole_days)
        return sum(parts) + sum(wave.days for wave in self.waves)
