"""The same repository gives the same bytes for any number of workers and any hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.detect import detector, findings
from analyzer.scan import scan_repository

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


def test_parts_as_small_as_can_be_change_nothing_with_more_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the fixtures all is one part: with many parts, one process and several give the same detection."""
    monkeypatch.setattr(findings, "HITS_OF_A_PART", 1)
    monkeypatch.setattr(detector, "USES_OF_A_PART", 20)
    folder = ROOT / "fixtures"
    first = scan_repository(folder, workers=1).detection
    assert len(first.findings) > 1000 and any(finding.edit for finding in first.findings)
    assert scan_repository(folder, workers=3).detection == first


def test_nothing_of_the_machine_is_in_the_report() -> None:
    text = report(ROOT / "fixtures" / "repos" / "example", workers=1, seed=0).decode()
    assert str(ROOT) not in text and str(Path.home()) not in text
