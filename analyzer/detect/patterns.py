"""Name patterns with `*`, compiled once into an index that answers in one look-up for most names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from analyzer.model.rule import Match, Rule


@lru_cache(maxsize=8192)
def split(pattern: str) -> tuple[str, ...]:
    """The parts of a pattern between its `*`, each of which stands for any run of characters."""
    return tuple(pattern.split("*"))


@lru_cache(maxsize=8192)
def compiled(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern."""
    return re.compile(".*".join(re.escape(part) for part in split(pattern)), re.DOTALL)


def fits(text: str, pattern: str) -> bool:
    """Whether a pattern matches a whole text. Most have one `*`, which takes no regular expression."""
    parts = split(pattern)
    if len(parts) == 1:
        return text == pattern
    if len(parts) == 2:
        return len(text) >= len(pattern) - 1 and text.startswith(parts[0]) and text.endswith(parts[1])
    return compiled(pattern).fullmatch(text) is not None


def matches_any(text: str, patterns: Iterable[str], ignore_case: bool = False) -> bool:
    """Whether any pattern matches the whole text."""
    if ignore_case:
        text = text.lower()
        return any(fits(text, pattern.lower()) for pattern in patterns)
    return any(fits(text, pattern) for pattern in patterns)


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
                if fits(key, pattern):
                    found.append((rule, match))
            kept = {
                (rule.id, rule.matches.index(match)): (rule, match)
                for rule, match in found
                if not matches_any(name, match.unless, self.ignore_case)
            }
            known = self.answers[name] = tuple(kept[key] for key in sorted(kept))
        return known
