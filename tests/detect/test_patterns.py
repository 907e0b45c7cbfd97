"""Patterns match what the expression that they stand for matches."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzer.detect.patterns import PatternIndex, compiled
from analyzer.knowledge.rules import load_rules

RULE = next(iter(load_rules().rules))
WORDS = st.text(alphabet="ab.*\n", max_size=6)


@given(WORDS.filter(lambda pattern: "*" in pattern), st.text(alphabet="ab.\n", max_size=8))
def test_an_index_agrees_with_the_expression(pattern: str, name: str) -> None:
    index = PatternIndex()
    index.add(pattern, RULE, RULE.matches[0])
    first = name.partition(".")[0]
    is_filed_elsewhere = "." in pattern.partition("*")[0] and pattern.partition(".")[0] != first
    expected = compiled((pattern,)).fullmatch(name) is not None and not is_filed_elsewhere
    assert bool(index.find(name)) == expected


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
