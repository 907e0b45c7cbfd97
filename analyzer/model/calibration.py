"""How far a team's actual effort was from the estimates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """Factors on the estimates: 1 leaves them as they are."""

    factor: float = 1.0
    """On every item: actual days to estimated ones (P50)."""
    spread: float = 1.0
    """On the width of every range, on a logarithmic scale: 0.5 halves the distance of P10 and P90 from P50."""
    by_capability: tuple[tuple[str, float], ...] = ()
    """In place of `factor`, for the items of some capabilities."""

    def factor_of(self, capability: str) -> float:
        """The factor of a capability's items; "" stands for items that no finding makes."""
        return dict(self.by_capability).get(capability, self.factor)


AS_ESTIMATED = Calibration()


@dataclass(frozen=True, slots=True)
class Actual:
    """What one work item really took, and what had been estimated for it: person-days."""

    target_id: str
    work_item: str
    capability: str
    actual_days: float
    p10_days: float
    p50_days: float
    p90_days: float


@dataclass(frozen=True, slots=True)
class Fit:
    """What the actual days say of the estimates, and the calibration that follows."""

    rows: int
    median_ratio: float
    """Of actual days to P50."""
    in_range_share: float
    """Share (0 to 1) of items whose actual days lay between P10 and P90; 0.8 is what the range promises."""
    calibrated_in_range_share: float
    """The same with the calibration, on the items that it was made from: too good by nature."""
    by_capability: Mapping[str, tuple[int, float]]
    """Number of items and median ratio."""
    calibration: Calibration
