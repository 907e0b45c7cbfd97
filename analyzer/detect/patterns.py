"""Name patterns with `*`, compiled once into an index that answers in one look-up for most names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from analyzer.model.rule import Match, Rule

TIMES_BEFORE_COMPILED = 32
"""A check of one file asks most patterns once or twice; to compile them takes longer than all else that it does."""
_asked: dict[tuple[str, ...], int] = {}


@lru_cache(maxsize=8192)
def compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One regular expression for several patterns: a single call answers for all of them."""
    return re.compile("|".join(".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns), re.DOTALL)


@lru_cache(maxsize=8192)
def lowered(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns in lower case."""
    return tuple(pattern.lower() for pattern in patterns)


def matches_any(text: str, patterns: tuple[str, ...], ignore_case: bool = False) -> bool:
    """Whether any pattern matches the whole text."""
    if ignore_case:
        text, patterns = text.lower(), lowered(patterns)
    times = _asked.get(patterns, 0)
    if times < TIMES_BEFORE_COMPILED:
        _asked[patterns] = times + 1
        return any(_fits(text, pattern) for pattern in patterns)
    return bool(patterns) and compiled(patterns).fullmatch(text) is not None


@lru_cache(maxsize=65536)
def matches_value(text: str, patterns: tuple[str, ...]) -> bool:
    """The same without case, remembered: configuration files repeat their values."""
    return matches_any(text, patterns, True)


@lru_cache(maxsize=4096)
def matches_path(path: str, patterns: tuple[str, ...]) -> bool:
    """The same for the path of a file, asked again for every entry of it."""
    return matches_any(path, patterns)


def prefix_may_match(prefix: str, patterns: Iterable[str]) -> bool:
    """Whether a text of which only the beginning is known can match: `cuda:` + something matches `cuda:*`."""
    for pattern in patterns:
        head = pattern.split("*", 1)[0]
        if prefix and head and prefix.startswith(head) and "*" in pattern:
            return True
        if len(prefix) > 3 and head.startswith(prefix) and len(head) - len(prefix) <= 1:
            return True
    return False


class PatternIndex:
    """All (rule, match) pairs of some kinds, found by name; remembers its answers."""

    def __init__(self, ignore_case: bool = False) -> None:
        self.ignore_case = ignore_case
        self.exact: dict[str, list[tuple[Rule, Match]]] = {}
        self.wild: dict[str, list[tuple[str, Rule, Match]]] = {}
        """Patterns with `*` by the first dotted word, or under "" where the star stands in it."""
        self.answers: dict[str, tuple[tuple[Rule, Match], ...]] = {}

    def add(self, pattern: str, rule: Rule, match: Match) -> None:
        """Index a pattern of a match."""
        if "*" in pattern:
            head, dot, _ = pattern.partition("*")[0].partition(".")
            self.wild.setdefault(self._key(head) if dot else "", []).append((self._key(pattern), rule, match))
        else:
            self.exact.setdefault(self._key(pattern), []).append((rule, match))

    def _key(self, text: str) -> str:
        return text.lower() if self.ignore_case else text

    def find(self, name: str) -> tuple[tuple[Rule, Match], ...]:
        """The matches that a name satisfies, each once, in the order of rule ids."""
        known = self.answers.get(name)
        if known is None:
            found = list(self.exact.get(self._key(name), ()))
            key = self._key(name)
            for pattern, rule, match in (*self.wild.get(key.partition(".")[0], ()), *self.wild.get("", ())):
                if _fits(key, pattern):
                    found.append((rule, match))
            kept = {
                (rule.id, rule.matches.index(match)): (rule, match)
                for rule, match in found
                if not matches_any(name, match.unless, self.ignore_case)
            }
            known = self.answers[name] = tuple(kept[key] for key in sorted(kept))
        return known


def _fits(text: str, pattern: str) -> bool:
    """Whether a pattern matches a whole text. What stands between two stars may be taken where it first occurs."""
    if "*" not in pattern:
        return text == pattern
    head, *middle, tail = pattern.split("*")
    last = len(text) - len(tail)
    place = len(head)
    if last < place or not text.startswith(head) or not text.endswith(tail):
        return False
    for piece in middle:
        place = text.find(piece, place, last) + len(piece)
        if place < len(piece):
            return False
    return True
