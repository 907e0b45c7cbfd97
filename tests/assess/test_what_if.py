"""What is left when some work is done."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pytest

from analyzer.assess.what_if import what_if
from analyzer.knowledge.targets import find_target
from analyzer.model.effort import TargetAssessment
from analyzer.model.errors import UserInputError
from analyzer.model.finding import Finding
from analyzer.model.what_if import WhatIf
from analyzer.planning import Assessor, effort_constants
from analyzer.scan import scan_repository


@pytest.fixture(scope="module")
def assessor(tmp_path_factory: pytest.TempPathFactory) -> Assessor:
    root = tmp_path_factory.mktemp("repository")
    (root / "one.py").write_text("import torch\nif __name__ == '__main__':\n    torch.zeros(1).cuda()\n")
    (root / "two.py").write_text("import torch\nif __name__ == '__main__':\n    torch.cuda.Stream()\n    torch.zeros(1).cuda()\n")
    return Assessor.of_scan(scan_repository(root, workers=1), effort_constants(None), datetime.date(2026, 11, 25))


def ask(assessor: Assessor, chosen: tuple[str, ...] = (), cheapest: int = 0) -> WhatIf:
    target = find_target("trainium2")

    def assess(findings: Sequence[Finding]) -> TargetAssessment:
        return assessor.assess(target, findings)

    return what_if(assessor.scan.detection.findings, assess, chosen, cheapest)


def test_each_step_leaves_less(assessor: Assessor) -> None:
    answer = ask(assessor, cheapest=10)
    left = [step.after.effort.p50_days for step in answer.steps]
    assert len(left) >= 2 and left == sorted(left, reverse=True) and left[0] < answer.before.effort.p50_days
    costs = [step.item.estimate.p50_days for step in answer.steps]
    assert costs == sorted(costs) and answer.days_done == pytest.approx(sum(costs))
    assert answer.after.verdict == "runs" and answer.after.effort.p50_days > 0, "validation is left whatever is fixed"


def test_what_a_step_lets_run(assessor: Assessor) -> None:
    items = [item.id for item in assessor.assess(find_target("trainium2")).work_items if item.findings]
    device = next(name for name in items if name.startswith("device"))
    rest = [name for name in items if name != device]
    first, *others = ask(assessor, (device, *rest)).steps
    assert first.item.id == device and first.freed == ("one.py",)
    assert [point for step in others for point in step.freed] == ["two.py"]


def test_an_item_that_is_not_there(assessor: Assessor) -> None:
    with pytest.raises(UserInputError, match="is no work item of trainium2 that a finding is behind"):
        ask(assessor, ("validation",))
