"""Reads and writes the user's own figures of effort: constants in place of ours, and a calibration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from analyzer.knowledge.toml_reader import nearest, read_toml_path
from analyzer.knowledge.toml_text import quoted
from analyzer.model.calibration import AS_ESTIMATED, Calibration, Fit
from analyzer.model.counted import counted

FACTORS = (0.02, 50.0)
SPREADS = (0.1, 10.0)
FIXED_WORK = "fixed-work"
"""How the file names the items that no capability stands for: what a target needs in any case."""


@dataclass(frozen=True, slots=True)
class EffortFile:
    """What a user's file says; `name` is shown as the source."""

    name: str = ""
    constants: tuple[tuple[str, float], ...] = ()
    calibration: Calibration = AS_ESTIMATED
    note: str = ""


def read_effort_file(path: Path, bounds: Mapping[str, tuple[float, float]], capabilities: Iterable[str]) -> EffortFile:
    """Read and check a file. Raises `UserInputError` naming file, key and allowed range."""
    document = read_toml_path(path)
    table = document.table("constants", {})
    for name in table.values:
        if name not in bounds:
            raise table.fail(name, f"is no constant of the effort model{nearest(name, bounds)}")
    constants = tuple((name, table.number(name, low=bounds[name][0], high=bounds[name][1])) for name in sorted(table.values))
    table.finish()
    own = document.table("calibration", {})
    factors = own.table("capability", {})
    known = (*capabilities, FIXED_WORK)
    for name in factors.values:
        if name not in known:
            raise factors.fail(name, f"is no capability{nearest(name, known)}")
    calibration = Calibration(
        own.number("factor", 1, *FACTORS), own.number("spread", 1, *SPREADS),
        tuple(sorted((name if name != FIXED_WORK else "", factors.number(name, 1, *FACTORS)) for name in factors.values)),
    )  # fmt: skip
    note = own.text("note", "")
    factors.finish()
    own.finish()
    document.finish()
    return EffortFile(path.name, constants, calibration, note)


def written(fit: Fit, source: str) -> str:
    """The calibration of a fit as such a file."""
    calibration = fit.calibration
    lines = [
        "# Figures of effort from actual days; give it to `offramp scan --effort FILE`. Make it anew with `offramp calibrate`.",
        "",
        "[calibration]",
        f"factor = {calibration.factor:g}",
        f"spread = {calibration.spread:g}",
        f"note = {quoted(counted(fit.rows, 'item') + f' of {source}')}",
    ]
    if calibration.by_capability:
        lines += ["", "[calibration.capability]"]
        lines += [f"{name or FIXED_WORK} = {factor:g}" for name, factor in calibration.by_capability]
    return "\n".join(lines) + "\n"
