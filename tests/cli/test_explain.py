"""`offramp explain` for a rule and for a place."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from analyzer.cli.group import group

SOURCES = {
    "config.py": "DEVICE = 'cuda'\n",
    "train.py": "import torch\nfrom config import DEVICE\n\ndef place(x, device):\n    return x.to(device)\n\nplace(x, DEVICE)\n"
    "if torch.cuda.is_available():\n    torch.cuda.synchronize()\n",
}


def explain(*arguments: str) -> str:
    result = CliRunner().invoke(group, ["explain", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def root(tmp_path: Path) -> str:
    for name, text in SOURCES.items():
        (tmp_path / name).write_text(text)
    return str(tmp_path)


def test_a_rule() -> None:
    text = explain("cuda-synchronize")
    assert "trainium2:" in text and "Sources: https://" in text


def test_a_place_tells_the_name_the_way_of_the_value_and_the_rule(root: str) -> None:
    text = explain("train.py:5", "--root", root)
    assert "train.py:5:12  cuda-device-argument  minor" in text
    assert "Name:     torch.Tensor.to" in text
    assert "Value:    written in config.py:1, passed on in train.py:7" in text


def test_a_place_tells_the_guard_and_what_it_does_to_the_severity(root: str) -> None:
    text = explain("train.py:9", "--root", root)
    assert "Guard:    torch.cuda.is_available(), line 8" in text
    assert "Severity: info and not minor" in text


def test_a_place_without_findings_names_the_nearest(root: str) -> None:
    assert "Nothing was found in train.py:7; the nearest are in lines 5, 8, 9." in explain("train.py:7", "--root", root)


def test_a_file_that_is_not_there_is_an_error(root: str) -> None:
    result = CliRunner().invoke(group, ["explain", "other.py:1", "--root", root])
    assert result.exit_code != 0
