"""Where to cut: narrow waists are found, spread ties have none, and every figure adds up."""

from __future__ import annotations

from pathlib import Path

import pytest
from graph_repositories import graph_of_scan, written

from analyzer.graph.seams import find_seams
from analyzer.knowledge.seams import load_seam_costs
from analyzer.model.seams import Seams
from analyzer.scan import scan_repository

COSTS = load_seam_costs()


def seams_of(root: Path, sources: dict[str, str], effort: dict[str, float], starts: tuple[str, ...] = ("main.py",)) -> Seams:
    scan = scan_repository(written(root, sources), workers=1)
    return find_seams(scan.program, graph_of_scan(scan, with_calls=False), effort, starts, COSTS, "x")


WAIST = {
    "main.py": "from app.a import run\nimport app.b\nrun()\napp.b.run()\n",
    "app/__init__.py": "",
    "app/a.py": "from gpu.ops import blur\ndef run(): blur()\n",
    "app/b.py": "import gpu.ops\ndef run(): gpu.ops.blur()\n",
    "gpu/__init__.py": "",
    "gpu/ops.py": "from gpu.one import f\nfrom gpu.two import g\ndef blur(): f(); g()\n",
    "gpu/one.py": "def f(): pass\n",
    "gpu/two.py": "def g(): pass\n",
    "tests/test_ops.py": "from gpu.one import f\n",
}  # fmt: skip


def test_a_waist_is_cut_where_it_is_narrowest(tmp_path: Path) -> None:
    seams = seams_of(tmp_path, WAIST, {"gpu/one.py": 10.0, "gpu/two.py": 20.0, "k.cu": 5.0, "tests/test_ops.py": 1.0})
    best = seams.candidates[0]
    assert best.behind == ("gpu/one.py", "gpu/two.py") and best.companions == ("gpu/ops.py",) and best.is_good
    assert [(c.path, c.name, c.users, c.user_path, c.user_line) for c in best.crossings] == [
        ("gpu/ops.py", "blur", 2, "app/a.py", 1)
    ]
    assert seams.days_without == 35.0, "tests move with what they test"
    assert (best.days_behind, best.days_outside, best.adapter_days, best.companion_days) == (35.0, 0.0, 0.5, 0.25)
    assert (best.first_move_days, best.further_move_days) == (35.75, 35.25)


def test_cheap_ties_that_much_hangs_on_stay_outside(tmp_path: Path) -> None:
    many = {f"app/m{number}.py": f"from common import x{number}\n" for number in range(20)}
    main = "".join(f"import app.m{number}\n" for number in range(20)) + "from gpu import f\n"
    common = "".join(f"x{number} = 1\n" for number in range(20))
    seams = seams_of(
        tmp_path,
        {"main.py": main, "common.py": common, "gpu.py": "def f(): pass\n", "app/__init__.py": "", **many},
        {"common.py": 1.0, "gpu.py": 30.0},
    )
    assert seams.candidates[0].behind == ("gpu.py",) and seams.candidates[0].outside == ("common.py",)


def test_ties_that_are_spread_have_no_good_seam(tmp_path: Path) -> None:
    sources = {
        "main.py": "from a import a1, a2, a3\nfrom b import b1, b2, b3\n",
        "a.py": "a1 = a2 = a3 = 1\n",
        "b.py": "b1 = b2 = b3 = 1\n",
    }
    seams = seams_of(tmp_path, sources, {"a.py": 0.1, "b.py": 0.1, "main.py": 0.4})
    assert not any(seam.is_good for seam in seams.candidates)
    assert seams.verdict.startswith("There is no good seam. Only 0% of the work would lie behind it")


def test_scripts_that_nobody_uses_have_no_interface(tmp_path: Path) -> None:
    seams = seams_of(tmp_path, {"one.py": "x = 1\n", "two.py": "import one\n"}, {"one.py": 5.0, "two.py": 3.0}, ())
    assert seams.candidates and not any(seam.is_good or seam.crossings for seam in seams.candidates)
    assert "There is no good seam" in seams.verdict and "no interface to make" in seams.verdict


def test_nothing_tied_has_no_seam(tmp_path: Path) -> None:
    assert seams_of(tmp_path, WAIST, {}).candidates == ()


@pytest.mark.parametrize("count", [1600])
def test_too_many_modules_are_cut_by_folder(tmp_path: Path, count: int) -> None:
    modules = {f"m/d{number % 40}/f{number}.py": "from gpu import f\n" for number in range(count)}
    main = "".join(f"import m.d{number % 40}.f{number}\n" for number in range(count))
    seams = seams_of(tmp_path, {"main.py": main, "gpu.py": "def f(): pass\n", **modules}, {"gpu.py": 30.0})
    assert seams.is_coarse and seams.candidates[0].behind == ("gpu.py",) and len(seams.candidates[0].crossings) == 1
