"""The files about cost that a user names: paths only, so that looking for a remembered report loads nothing more."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class CostFiles(NamedTuple):
    """The files that the user named on the command line or in the settings."""

    workload: Path | None = None
    prices: tuple[Path, ...] = ()
    measurements: Path | None = None
