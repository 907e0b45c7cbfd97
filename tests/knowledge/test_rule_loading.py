"""A typo never silently disables a rule: every mistake is an error that names file, rule and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.knowledge.rule_files import read_rule
from analyzer.knowledge.rules import load_rules
from analyzer.knowledge.toml_reader import read_toml_path
from analyzer.model.errors import UserInputError

GOOD = """[[rule]]
id = "some-rule"
title = "t"
why = "w"
capability = "device-placement"
severity = "minor"
confidence = "high"
replacement = "torch.accelerator"
references = ["https://example.com"]
[[rule.match]]
kind = "call"
names = ["torch.zeros"]
arguments = ["device"]
values = ["cuda"]
"""


def read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "family.toml"
    path.write_text(text)
    for table in read_toml_path(path).tables("rule"):
        read_rule(table, "family", ("device-placement",))


def test_a_good_rule(tmp_path: Path) -> None:
    read(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("severity", "severty", r"rule\[some-rule\].severity: is missing"),
        ('"minor"', '"small"', "must be one of info, minor, major, blocker"),
        ('"device-placement"', '"device-placment"', 'did you mean "device-placement"'),
        ('"call"', '"cal"', "is 'cal', must be one of"),
        ('names = ["torch.zeros"]', "", "names: is needed for kind 'call'"),
        ('names = ["torch.zeros"]', 'names = "torch.zeros"', "must be a list of strings"),
        ('values = ["cuda"]', "", "values: is needed where `arguments` are named"),
        ('values = ["cuda"]', 'values = ["cuda"]\nfiles = ["*.py"]', "files: has no meaning for kind 'call'"),
        ('values = ["cuda"]', 'values = ["cuda"]\nnmes = ["x"]', 'unknown key .did you mean "names"'),
        ('title = "t"', 'title = "t"\nwhen = "x"', "unknown key"),
        ('id = "some-rule"', 'id = "Some Rule"', "lower-case words joined by hyphens"),
        ('["https://example.com"]', "[]", "must name at least one source"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(UserInputError, match=message) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert caught.value.source.endswith("family.toml")


def test_shipped_rules_load_and_are_sorted() -> None:
    book = load_rules()
    assert [rule.id for rule in book.rules] == sorted(rule.id for rule in book.rules)
    assert len(book.version) == 12
