"""Loads `rules/effort.toml`: the constants of the effort model, each with its basis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from analyzer.knowledge.effort_file import FIXED_WORK, EffortFile
from analyzer.knowledge.toml_reader import Table, read_rules_file
from analyzer.model.assumption import Assumption
from analyzer.model.calibration import AS_ESTIMATED, Calibration
from analyzer.model.target import BASES

NO_OWN = EffortFile()


@dataclass(frozen=True, slots=True)
class EffortConstants:
    """The constants by name (`rules/effort.toml` says what each is), and the same as assumptions to show."""

    draws: int
    seed: int
    shared_uncertainty: float
    learning_rate: float
    learning_floor: float
    test_code_weight: float
    extra_kernel_weight: float
    header_kernel_weight: float
    repeated_place_weight: float
    library_breadth: float
    library_usual_files: float
    untested_factor: float
    dependents_factor: float
    churn_factor: float
    working_hours_per_day: float
    weight_minor: float
    weight_major: float
    weight_blocker: float
    assumptions: tuple[Assumption, ...]
    calibration: Calibration = AS_ESTIMATED

    def severity_weight(self, severity: str) -> float:
        """How much a tie of a severity weighs in the readiness score."""
        return {"minor": self.weight_minor, "major": self.weight_major, "blocker": self.weight_blocker}.get(severity, 0.0)


BOUNDS = {
    "draws": (100, 1_000_000), "seed": (0, 2**31), "shared_uncertainty": (0, 1), "learning_rate": (0.5, 1),
    "learning_floor": (0, 1), "test_code_weight": (0, 1), "extra_kernel_weight": (0, 1), "header_kernel_weight": (0, 1),
    "repeated_place_weight": (0, 1), "library_breadth": (0, 1), "library_usual_files": (1, 1000), "untested_factor": (1, 5),
    "dependents_factor": (0, 1), "churn_factor": (0, 1), "working_hours_per_day": (1, 24),
    "weight_minor": (0, 100), "weight_major": (0, 100), "weight_blocker": (0, 100),
}  # fmt: skip


def load_effort_constants(own: EffortFile = NO_OWN) -> EffortConstants:
    """Read and check the constants, those of a user's file in place of ours. Raises `UserInputError` naming file and key."""
    document = read_rules_file("effort")
    given = dict(own.constants)
    numbers: dict[str, float] = {}
    assumptions = []
    for name, (low, high) in BOUNDS.items():
        number, assumption = _constant(name, document.table(name), low, high)
        if name in given:
            number = given[name]
            assumption = replace(assumption, value=f"{number:g}", kind="user", source=f"given in {own.name}", as_of="")
        numbers[name] = number
        assumptions.append(assumption)
    document.finish()
    return EffortConstants(
        draws=int(numbers.pop("draws")), seed=int(numbers.pop("seed")), calibration=own.calibration,
        assumptions=(*assumptions, *_of_calibration(own)), **numbers,
    )  # fmt: skip


def _of_calibration(own: EffortFile) -> Iterator[Assumption]:
    """The user's factors as assumptions to show."""
    calibration = own.calibration
    if calibration != AS_ESTIMATED:
        source = f"{own.name}: {own.note}" if own.note else own.name
        yield Assumption("effort.factor", "Actual days to estimated ones", f"{calibration.factor:g}", "times", "user", source, "")
        yield Assumption("effort.spread", "Width of ranges against ours", f"{calibration.spread:g}", "times", "user", source, "")
        for capability, factor in calibration.by_capability:
            name = capability or FIXED_WORK
            yield Assumption(f"effort.factor.{name}", f"The same for {name}", f"{factor:g}", "times", "user", source, "")


def _constant(name: str, table: Table, low: float, high: float) -> tuple[float, Assumption]:
    value = table.number("value", low=low, high=high)
    assumption = Assumption(
        id=f"effort.{name}",
        title=table.text("title"),
        value=f"{value:g}",
        unit=table.text("unit"),
        kind=table.text("basis", choices=BASES),
        source=table.text("source"),
        as_of=table.text("as_of"),
    )
    table.finish()
    return value, assumption
