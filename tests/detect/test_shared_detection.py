"""Files are matched in parts, in any number of processes, with the same findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.detect import detector
from analyzer.detect.detector import Detector, even_parts
from analyzer.knowledge.rules import load_rules
from analyzer.scan import scan_repository

FIXTURES = Path(__file__).parents[2] / "fixtures"


def test_any_number_of_processes_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    program = scan_repository(FIXTURES, workers=1).program
    monkeypatch.setattr(detector, "USES_OF_A_PART", 100)
    assert len(even_parts(program.files)) > 5
    found = [Detector(program, load_rules()).hits(workers) for workers in (1, 2, 3)]
    assert len(found[0]) > 1000
    assert found[0] == found[1] == found[2]


def test_parts_hold_each_file_once_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    files = scan_repository(FIXTURES / "repos" / "example", workers=1).program.files
    assert even_parts(files) == [list(files)]  # too little to be shared out
    monkeypatch.setattr(detector, "USES_OF_A_PART", 20)
    parts = even_parts(files)
    assert [path for part in parts for path in part] == list(files) and len(parts) > 2
    assert even_parts({}) == [[]]
