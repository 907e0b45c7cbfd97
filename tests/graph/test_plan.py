"""The order of work in days: waves, what runs after each, the critical path and a team's calendar."""

from __future__ import annotations

import datetime

import pytest
from graph_repositories import written

from analyzer.graph.plan import Task, critical_path, schedule
from analyzer.knowledge.targets import find_target
from analyzer.model.plan import WorkPlan
from analyzer.planning import Assessor, effort_constants
from analyzer.scan import scan_repository

TIE = "    torch.cuda.current_stream().synchronize()\n"
SOURCES = {
    "p/__init__.py": "from p.top import run\n",
    "p/low.py": f"import torch\ndef low():\n{TIE}",
    "p/top.py": f"import torch\nimport p\nfrom p.low import low\ndef run():\n    low()\n{TIE}",
    "p/dead.py": "x = 1\n",
    "main.py": "from p.top import run\nif __name__ == '__main__':\n    run()\n",
    "early.py": "from p.low import low\nif __name__ == '__main__':\n    low()\n",
    "free.py": "if __name__ == '__main__':\n    print(1)\n",
    "tests/test_low.py": f"import torch\nfrom p.low import low\ndef test_low():\n    low()\n{TIE}",
    "requirements.txt": "torch\nflash-attn\n",
}


@pytest.fixture(scope="module")
def assessor(tmp_path_factory: pytest.TempPathFactory) -> Assessor:
    scan = scan_repository(written(tmp_path_factory.mktemp("repository"), SOURCES), workers=1)
    return Assessor.of_scan(scan, effort_constants(None), datetime.date(2026, 11, 25))


@pytest.fixture(scope="module")
def plan(assessor: Assessor) -> WorkPlan:
    return assessor.planner().plan(assessor.assess(find_target("trainium2")))


def test_what_is_imported_comes_first_and_tests_ride_along(plan: WorkPlan) -> None:
    steps = [(wave.index, wave.modules, wave.runnable) for wave in plan.waves]
    assert steps == [(0, (), ("free.py",)), (1, ("p/low.py",), ("early.py",)), (2, ("p/top.py",), ("main.py",))]
    assert plan.test_days > 0 and plan.other_files_days > 0


def test_all_days_are_the_p50_of_the_whole(assessor: Assessor, plan: WorkPlan) -> None:
    assert plan.total_days == pytest.approx(assessor.assess(find_target("trainium2")).effort.p50_days, abs=0.1)


def test_the_critical_path_is_a_chain_and_no_team_is_faster(plan: WorkPlan) -> None:
    titles = [step.title for step in plan.critical_path]
    assert titles[:2] == ["p/low.py", "p/top.py"] and not plan.critical_path[-1].paths, "validation and the like come last"
    calendar = dict(plan.calendar)
    assert calendar[1] == pytest.approx(plan.total_days, abs=0.1)
    assert calendar[1] > calendar[2] >= calendar[8] >= plan.critical_path_days - 0.01


def test_list_scheduling_by_hand() -> None:
    tasks = [Task("a", (), 3, ()), Task("b", (), 2, ()), Task("c", (), 2, (0,)), Task("d", (), 4, (1,))]
    assert critical_path(tasks) == [1, 3]
    assert [schedule(tasks, people) for people in (1, 2, 3)] == [11, 6, 6]
    assert (critical_path([]), schedule([], 2)) == ([], 0)


def test_a_package_that_gathers_its_modules_makes_no_cycle(assessor: Assessor) -> None:
    assert [wave.cycles for wave in assessor.summary.waves] == [(), ()], "p.top imports p, which imports p.top"
