"""Patterns match what the expression that they stand for matches."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from analyzer.detect.patterns import PatternIndex, matches_any
from analyzer.knowledge.rules import load_rules

RULE = next(iter(load_rules().rules))
WORDS = st.text(alphabet="ab.*\n", max_size=6)


@given(WORDS.filter(lambda pattern: "*" in pattern), st.text(alphabet="ab.\n", max_size=8))
def test_an_index_agrees_with_the_expression(pattern: str, name: str) -> None:
    index = PatternIndex()
    index.add(pattern, RULE, RULE.matches[0])
    assert bool(index.find(name)) == _fits(name, pattern)


@given(st.lists(WORDS, max_size=4), st.text(alphabet="ab.\n", max_size=8))
def test_several_patterns_match_what_one_of_them_matches(patterns: list[str], text: str) -> None:
    assert matches_any(text, tuple(patterns)) == any(_fits(text, pattern) for pattern in patterns)


def _fits(text: str, pattern: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def test_an_index_that_is_filled_when_it_is_asked_answers_the_same() -> None:
    at_once, later = PatternIndex(), PatternIndex()
    patterns = ("torch.cuda.*", "*.to", "a", "*b*", "c*")
    for pattern in patterns:
        at_once.add(pattern, RULE, RULE.matches[0])
    later.add_all(patterns, RULE, RULE.matches[0])
    for name in ("torch.cuda.x", "m.to", "a", "xbx", "cd", "none"):
        assert at_once.find(name) == later.find(name)
    later.add_all(("none",), RULE, RULE.matches[0])
    assert later.find("other") == () and later.find("m.to")


def test_ends_that_overlap_do_not_match() -> None:
    index = PatternIndex()
    index.add("aba*aba", RULE, RULE.matches[0])
    assert index.find("abaaba") and not index.find("ababa")
