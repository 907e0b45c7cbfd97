"""The baseline on disk: the same bytes for the same debt, and a clear word for everything that is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer.detect.baseline_file import baseline_text, read_baseline
from analyzer.model.baseline import Baseline, BaselineEntry
from analyzer.model.errors import UserInputError

ENTRIES = (
    BaselineEntry("a.py", "cuda-method", "torch.Tensor.cuda", "0123456789abcdef", 2, owner="team", expires="2027-01-31"),
    BaselineEntry("b/ü.py", "cuda-method", "torch.Tensor.cuda", "0123456789abcdef", 1, is_quiet=True),
)


def test_round_trip_one_entry_a_line(tmp_path: Path) -> None:
    text = baseline_text(Baseline(ENTRIES))
    assert len(text.splitlines()) == 4 + len(ENTRIES) + 1
    (tmp_path / "b.json").write_text(text)
    assert read_baseline(tmp_path / "b.json") == Baseline(ENTRIES)
    assert baseline_text(Baseline()) == '{\n "schema_version": 1,\n "entries": []\n}\n'
    assert json.loads(baseline_text(Baseline())) == {"schema_version": 1, "entries": []}


ROW = {"path": "a.py", "rule": "r", "symbol": "s", "content": "c", "count": 1}


@pytest.mark.parametrize(
    ("document", "key", "reason"),
    [
        ("{", "", "is not JSON"),
        ([], "", "must be an object"),
        ({"schema_version": 2, "entries": []}, "schema_version", "is 2; this version of the tool reads 1"),
        ({"schema_version": 1}, "entries", "must be a list"),
        ({"schema_version": 1, "entries": [], "x": 1}, "x", "is not a key"),
        ({"schema_version": 1, "entries": [3]}, "entries[0]", "must be an object"),
        ({"schema_version": 1, "entries": [ROW | {"count": 0}]}, "entries[0].count", "must be 1 or more"),
        ({"schema_version": 1, "entries": [ROW | {"count": True}]}, "entries[0].count", "must be of type int"),
        ({"schema_version": 1, "entries": [ROW | {"line": 3}]}, "entries[0].line", "is not a key"),
        ({"schema_version": 1, "entries": [ROW | {"expires": "soon"}]}, "entries[0].expires", "must be a date"),
        ({"schema_version": 1, "entries": [{"path": "a.py"}]}, "entries[0].rule", "is missing"),
    ],
)
def test_what_is_wrong_is_named(document: object, key: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    with pytest.raises(UserInputError) as error:
        read_baseline(file)
    assert str(file) in str(error.value) and key in str(error.value) and reason in str(error.value)


def test_a_missing_file_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="offramp baseline write"):
        read_baseline(tmp_path / "none.json")
