"""Markdown in which nothing of the repository becomes markup: read back with a parser of Markdown."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from analyzer.discover.files import DiscoverySettings
from analyzer.knowledge.rules import load_rules
from analyzer.pipeline import build_report
from analyzer.report.markdown_text import code, prose
from analyzer.report.render import render

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "repos" / "example"
NASTY = (
    "plain.py", "`a`.py", "a|b.py", "``|``.py", "a\\|b\\.py", "\\", "@owner/team.py", "<img src=x onerror=alert(1)>.py",
    "[a](http://evil).py", "new\nline.py", "--> <!-- offramp -->.py", "*a* _b_ ~~c~~ #1 :tada:", "\ud800\u202e.py", "", " ", "`",
    "$x$", "www.example.org", "a" * 5000,
)  # fmt: skip


def tokens(text: str) -> list[Token]:
    """All tokens of a text, those of lines included."""
    parser = MarkdownIt("commonmark").enable("table").enable("strikethrough")
    return [inner for token in parser.parse(text) for inner in (token.children or [token])]


@pytest.mark.parametrize("text", NASTY)
def test_a_code_span_in_a_table_holds_whatever_it_is_given(text: str) -> None:
    """Two cells with nothing but the span in each."""
    table = f"| a | b |\n| --- | --- |\n| {code(text)} | {code(text)} |\n"
    found = tokens(table)
    kinds = {token.type for token in found if token.type not in ("text", "softbreak")}
    assert [token.type for token in found].count("code_inline") == 2
    assert [token.type for token in found].count("td_open") == 2
    assert not {kind for kind in kinds if kind.startswith(("html", "link", "image", "em", "strong", "s_"))}


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("`|\\\\<>[]()!*_~@#:&\n\r -a\u2028\ud800"), max_size=30) | st.text(max_size=30))
def test_a_code_span_holds_any_text(text: str) -> None:
    test_a_code_span_in_a_table_holds_whatever_it_is_given(text)


def test_words_of_every_rule_are_literal() -> None:
    for rule in load_rules().rules:
        for words in (rule.title, rule.replacement, rule.why):
            found = tokens(f"| a |\n| --- |\n| x {prose(words)} |\n")
            shown = "".join(token.content for token in found if token.type in ("text", "code_inline", "text_special"))
            assert shown == f"ax {words.replace('`', '')}", words
            assert not {token.type for token in found} & {"html_inline", "link_open", "em_open", "strong_open"}, words


def test_the_summary_of_a_scan_is_short_and_answers() -> None:
    report = build_report(EXAMPLE, DiscoverySettings(), (), None, 1, datetime.date(2026, 11, 1))
    text = render(report, "markdown")
    assert text.startswith("# Offramp: `example`\n") and "**What does it take?**" in text and len(text) < 5000
    assert [token.type for token in tokens(text)].count("table_open") == 2
    hostile = render(replace(report, root="<b>`|@x"), "markdown")
    assert "html_inline" not in {token.type for token in tokens(hostile)}
