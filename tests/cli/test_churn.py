"""`offramp scan --churn`: files that change often are dearer to port, where the history is asked for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analyzer.cli.group import group


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, "-C", str(root), *arguments], check=True, capture_output=True)


@pytest.fixture
def often_changed(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    root.mkdir()
    git(root, "init", "-q")
    for number in range(9):
        (root / "serve.py").write_text(f"import torch\n\nx = torch.zeros({number}).cuda()\ntorch.cuda.synchronize()\n")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", str(number))
    return root


def scanned(root: Path, *arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(group, ["scan", str(root), "-t", "trainium2", "-q", "--no-cache", "--format", "json", *arguments])
    assert result.exit_code == 0, result.output
    report: dict[str, Any] = json.loads(result.output)
    return report


def test_often_changed_files_are_dearer_and_the_report_says_what_was_looked_at(often_changed: Path) -> None:
    plain, with_history = scanned(often_changed), scanned(often_changed, "--churn", "5")
    days = [report["targets"]["trainium2"]["effort"]["p50_days"] for report in (plain, with_history)]
    assert days[0] < days[1] < 1.3 * days[0]
    looked_at = [
        [item["value"] for item in report["assumptions"] if item["id"] == "churn-commits"] for report in (plain, with_history)
    ]
    assert looked_at == [["none"], ["5"]]


def test_without_a_history_the_wish_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import torch\n")
    result = CliRunner().invoke(group, ["scan", str(tmp_path), "-q", "--churn", "5"])
    assert isinstance(result.exception, Exception) and "has no git history to read" in str(result.exception)
