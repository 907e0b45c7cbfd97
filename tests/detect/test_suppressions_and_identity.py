"""Suppression comments, fingerprints, edits and notebooks, through the whole of detection."""

from __future__ import annotations

import json
from pathlib import Path

from analyzer.model.finding import Finding
from analyzer.scan import Scan, scan_repository

CALL = "torch.cuda.synchronize()"


def scan(root: Path, text: str, name: str = "m.py") -> Scan:
    (root / name).write_text(text)
    return scan_repository(root, workers=1)


def synchronizations(result: Scan) -> list[Finding]:
    return [finding for finding in result.detection.findings if finding.rule_id == "cuda-synchronize"]


def test_ignore_on_the_line_and_above(tmp_path: Path) -> None:
    text = f"import torch\n{CALL}  # offramp: ignore[cuda-synchronize] timing only\n# offramp: todo[cuda-synchronize] later\n{CALL}\n{CALL}\n"
    first, second, third = synchronizations(scan(tmp_path, text))
    assert first.suppressed is not None and (first.suppressed.kind, first.suppressed.reason) == (
        "ignore",
        "timing only",
    )
    assert second.suppressed is not None and second.suppressed.kind == "todo"
    assert third.suppressed is None


def test_ignore_file_unused_and_blanket(tmp_path: Path) -> None:
    text = f"# offramp: ignore-file[cuda-synchronize] legacy\nimport torch\n{CALL}\nx = 1  # offramp: ignore[cuda-synchronize] nothing\n{CALL}  # offramp: ignore\n"
    result = scan(tmp_path, text)
    assert all(finding.suppressed for finding in synchronizations(result))
    reasons = [(problem.reason, problem.line) for problem in result.detection.problems]
    assert ("unused-suppression", 4) in reasons and ("blanket-suppression", 5) in reasons


def test_text_in_a_string_is_no_suppression(tmp_path: Path) -> None:
    text = f"import torch\nx = '# offramp: ignore-file[cuda-synchronize]'\n{CALL}\n"
    (finding,) = synchronizations(scan(tmp_path, text))
    assert finding.suppressed is None


def test_fingerprint_survives_moves_inside_the_file_and_reformatting(tmp_path: Path) -> None:
    (before,) = synchronizations(scan(tmp_path, f"import torch\n{CALL}\n"))
    (after,) = synchronizations(scan(tmp_path, f"import torch\n\n\ndef f():\n    {CALL}\n"))
    assert before.fingerprint == after.fingerprint and before.span != after.span


def test_equal_findings_have_different_fingerprints(tmp_path: Path) -> None:
    found = synchronizations(scan(tmp_path, f"import torch\n{CALL}\n{CALL}\n"))
    assert len({finding.fingerprint for finding in found}) == 2


def test_edit_keeps_comments_and_layout(tmp_path: Path) -> None:
    text = "import torch\nx = torch.stack(\n    rows,  # all of them\n).cuda(non_blocking=True)\n"
    (finding,) = [finding for finding in scan(tmp_path, text).detection.findings if finding.edit]
    assert finding.edit is not None
    assert finding.edit.after == "x = torch.stack(\n    rows,  # all of them\n).to(device, non_blocking=True)"
    assert finding.snippet == finding.edit.before


def test_edit_of_a_header(tmp_path: Path) -> None:
    text = "import torch as t\nif flag:\n    pass\nelif t.cuda.synchronize() or other:\n    pass\n"
    (finding,) = synchronizations(scan(tmp_path, text))
    assert finding.edit is not None and finding.edit.after == "elif torch.accelerator.synchronize() or other:"


def test_notebook_findings_name_the_cell_and_both_lines(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["text"]},
        {"cell_type": "code", "source": ["import torch\n", "%time x = 1\n"]},
        {"cell_type": "code", "source": ["a = 1\n", CALL]},
    ]
    text = json.dumps({"cells": cells, "nbformat": 4}, indent=1)
    (finding,) = synchronizations(scan(tmp_path, text, "n.ipynb"))
    assert (finding.cell, finding.span.line, finding.snippet) == (2, 2, CALL)
    assert finding.file_line is not None and CALL in text.split("\n")[finding.file_line - 1]


def test_origin_is_named_for_a_value_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("\nDEVICE = 'cuda'\n")
    found = scan(tmp_path, "from settings import DEVICE\nmodel.to(DEVICE)\n").detection.findings
    (finding,) = [finding for finding in found if finding.path == "m.py"]
    assert finding.origin is not None and (finding.origin.path, finding.origin.line) == ("settings.py", 2)
