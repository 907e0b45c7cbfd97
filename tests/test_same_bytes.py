"""The same repository gives the same bytes for any number of workers and any hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def report(folder: Path, workers: int, seed: int) -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(seed)}
    command = [
        sys.executable, "-m", "analyzer", "scan", str(folder), "--format", "json", "--quiet", "--as-of", "2026-11-01",
        "--workers", str(workers),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=True, env=environment).stdout


def test_same_bytes() -> None:
    folder = ROOT / "fixtures"
    first = report(folder, workers=1, seed=1)
    assert len(first) > 100_000
    assert first == report(folder, workers=2, seed=2)


def test_nothing_of_the_machine_is_in_the_report() -> None:
    text = report(ROOT / "fixtures" / "repos" / "example", workers=1, seed=0).decode()
    assert str(ROOT) not in text and str(Path.home()) not in text
