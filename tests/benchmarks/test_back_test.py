"""The back-test of effort: on ports made here, and its arithmetic."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from back_test import covered, ranks, spearman

from analyzer.model.effort import EffortEstimate

ROOT = Path(__file__).parents[2]


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=.none"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["GIT_CONFIG_GLOBAL"] = os.devnull
    result = subprocess.run(["git", *identity, *arguments], cwd=root, env=environment, check=True, capture_output=True, text=True)
    return result.stdout.strip()


def test_ranks_share_their_middle_where_values_are_equal() -> None:
    assert ranks([3, 1, 3, 2]) == [2.5, 0, 2.5, 1]
    assert spearman([1, 2, 3, 4], [10, 20, 30, 40]) == pytest.approx(1)
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)


def test_a_band_covers_what_lies_in_it_once_a_day_has_its_lines() -> None:
    narrow, wide = EffortEstimate(0.9, 1, 1.1), EffortEstimate(0.1, 1, 10)
    lines = [100, 200, 50, 100, 100]
    assert covered([(wide, count) for count in lines]) == 1.0
    assert covered([(narrow, count) for count in lines]) == pytest.approx(3 / 5)


def test_ports_are_estimated_as_they_stood_before(tmp_path: Path) -> None:
    history = tmp_path / "histories" / "someone+thing"
    history.mkdir(parents=True)
    git(history, "init", "--quiet", "--initial-branch=main")
    rows = []
    for number in range(1, 5):
        file = history / f"m{number}.py"
        file.write_text("import torch\n" + "x = torch.zeros(3).cuda()\n" * number)
        git(history, "add", ".")
        git(history, "commit", "--quiet", "-m", "tied")
        before = git(history, "rev-parse", "HEAD")
        file.write_text("import torch\n" + "x = torch.zeros(3)\n" * number)
        git(history, "commit", "--quiet", "-a", "-m", "ported")
        rows.append(f"someone/thing,{before},{git(history, 'rev-parse', 'HEAD')},{number},{number},{number},{number},title")
    ports, series, page = (tmp_path / name for name in ("ports.csv", "series.csv", "page.md"))
    ports.write_text("\n".join(["repo,parent,sha,deleted,added,ties,ported,title", *rows, "no/one,0,0,1,1,1,1,title"]) + "\n")
    series.write_text("repo,series,before,deleted,added,author_days,commits\n")
    page.write_text("<!-- effort: back-test -->\n<!-- effort: end -->\n")
    command = [
        sys.executable, str(ROOT / "benchmarks" / "back_test.py"), "--histories", str(tmp_path / "histories"), "--ports", str(ports),
        "--series", str(series), "--write", str(page),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert result.returncode == 0, result.stderr
    assert "no/one: no history" in result.stderr
    assert "Order, 4 whole ports" in page.read_text() and "| trainium2 | 1.00 | 1.00 |" in page.read_text()
