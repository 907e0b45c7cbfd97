"""What makes a finding info: handed on, guarded, overridable; and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.scan import scan_repository


def severities(root: Path, source: str, rule: str) -> list[tuple[int, str]]:
    (root / "m.py").write_text("import torch, pytest, tools\n" + source)
    found = scan_repository(root, workers=1).detection.findings
    return [(finding.span.line, finding.severity) for finding in found if finding.rule_id == rule]


def test_a_variable_that_is_handed_to_a_function_of_ours_is_info(tmp_path: Path) -> None:
    source = "DEVICE = 'cuda'\ndef train(model, device):\n    model.to(device)\ntrain(tools.net, device=DEVICE)\ntools.train(tools.net, device=DEVICE)\n"
    assert severities(tmp_path, source, "cuda-device-argument") == [(4, "minor"), (5, "info"), (6, "minor")]


def test_a_literal_that_is_handed_to_a_function_of_ours_is_not(tmp_path: Path) -> None:
    source = "def train(model, device):\n    pass\ntrain(tools.net, device='cuda')\n"
    assert severities(tmp_path, source, "cuda-device-argument") == [(4, "minor")]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("raise RuntimeError()", ["minor"]),
        ("sys.exit(1)", ["minor"]),
        ("pytest.skip('no GPU')", []),
        ("raise unittest.SkipTest()", []),
    ],
)
def test_a_skip_is_no_requirement(tmp_path: Path, block: str, expected: list[str]) -> None:
    source = f"def test(x):\n    if not x.is_cuda:\n        {block}\n"
    assert [severity for _, severity in severities(tmp_path, source, "cuda-required-check")] == expected


def test_none_is_no_value(tmp_path: Path) -> None:
    source = "torch.nn.parallel.DistributedDataParallel(tools.net, device_ids=None)\n"
    assert severities(tmp_path, source, "ddp-device-ids") == []
    assert severities(tmp_path, source.replace("None", "[0]"), "ddp-device-ids") == [(2, "minor")]
