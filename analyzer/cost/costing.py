"""From the user's files and the assessed targets to the comparison of costs: what a scan and a re-costed report share."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzer.cost.tco import compare_options
from analyzer.knowledge.prices import load_price_file, load_price_lists, load_user_prices
from analyzer.knowledge.scenario import load_default_scenario, load_scenario
from analyzer.model.cost import DeclaredInstance, PriceList, Scenario, TcoComparison
from analyzer.model.cost_files import CostFiles
from analyzer.model.effort import TargetAssessment


@dataclass(frozen=True, slots=True)
class Costing:
    """All that a comparison needs besides what was assessed; read, and refused, before any work is done."""

    scenario: Scenario
    price_lists: tuple[PriceList, ...]
    as_of: datetime.date

    @staticmethod
    def from_files(files: CostFiles, as_of: datetime.date) -> Costing:
        """Reads the files. Raises `UserInputError` naming file, key and allowed range."""
        lists = (*load_price_lists(), *load_user_prices(as_of), *(load_price_file(path, as_of) for path in files.prices))
        scenario = load_scenario(files.workload) if files.workload else load_default_scenario()
        return Costing(scenario, lists, as_of)

    def compare(self, assessments: Iterable[TargetAssessment], declared: tuple[DeclaredInstance, ...]) -> TcoComparison:
        """Every option for the assessed targets. `declared` are the machines that the repository names."""
        assessments = tuple(assessments)
        efforts = {assessment.target_id: assessment.effort for assessment in assessments}
        roles = {assessment.target_id: days_by_role(assessment) for assessment in assessments}
        return compare_options(self.scenario, self.price_lists, efforts, self.as_of, declared, roles)


def days_by_role(assessment: TargetAssessment) -> Mapping[str, float]:
    """Median person-days by role."""
    days: dict[str, float] = {}
    for item in sorted(assessment.work_items, key=lambda item: (item.role, item.id)):
        days[item.role] = days.get(item.role, 0.0) + item.estimate.p50_days
    return days
