"""Counts in sentences: one is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analyzer.model.counted import counted

ROOT = Path(__file__).parents[2]
PLURALS = (
    "files|places|items|findings|modules|kernels|problems|months|nodes|operators|calls|instances|copies|entries|lines|boxes|commits"
)


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (1, ("file",), "1 file"),
        (0, ("file",), "0 files"),
        (2, ("entry", "entries"), "2 entries"),
        (1234, ("place",), "1,234 places"),
        (1, ("tie has", "ties have"), "1 tie has"),
    ],
)
def test_one_is_one(number: int, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said


def test_no_template_puts_a_number_before_a_fixed_plural() -> None:
    for template in (ROOT / "report_templates").glob("*.j2"):
        assert not re.findall(rf"\}}\}} (?:more |lesser |tied )*(?:{PLURALS})\b", template.read_text("utf-8")), template.name
