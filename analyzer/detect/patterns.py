"""Name patterns with `*`, compiled once into an index that answers in one look-up for most names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from analyzer.model.named_tuple import NamedTuple
from analyzer.model.rule import Match, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias


class _Sorted(NamedTuple):
    """Several patterns by their shape: most are told from a text by one look-up. A regular expression of all of them is no
    faster, and to compile it takes longer than all else that a check of one file does."""

    exact: frozenset[str]
    starts: tuple[str, ...]
    """Of those with one star, at the end."""
    ends: tuple[str, ...]
    """Of those with one star, at the beginning."""
    parts: tuple[str, ...]
    """Of those with two stars, around them."""
    others: tuple[str, ...]


@lru_cache(maxsize=8192)
def _sorted(patterns: tuple[str, ...]) -> _Sorted:
    exact, starts, ends, parts, others = [], [], [], [], []
    for pattern in patterns:
        head, *middle = pattern.split("*")
        if not middle:
            exact.append(pattern)
        elif middle == [""]:
            starts.append(head)
        elif len(middle) == 1 and not head:
            ends.append(middle[0])
        elif len(middle) == 2 and not head and not middle[1]:
            parts.append(middle[0])
        else:
            others.append(pattern)
    return _Sorted(frozenset(exact), tuple(starts), tuple(ends), tuple(parts), tuple(others))


@lru_cache(maxsize=8192)
def lowered(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns in lower case."""
    return tuple(pattern.lower() for pattern in patterns)


def matches_any(text: str, patterns: tuple[str, ...], ignore_case: bool = False) -> bool:
    """Whether any pattern matches the whole text."""
    if ignore_case:
        text, patterns = text.lower(), lowered(patterns)
    if not patterns:
        return False
    exact, starts, ends, parts, others = _sorted(patterns)
    if text in exact or text.startswith(starts) or text.endswith(ends):
        return True
    for part in parts:
        if part in text:
            return True
    return bool(others) and any(_fits(text, pattern) for pattern in others)


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


_Wild: TypeAlias = tuple[str, str, str, Rule, Match]
"""How a pattern with `*` begins and ends, the pattern, and what it is of."""


class PatternIndex:
    """All (rule, match) pairs of some kinds, found by name; remembers its answers."""

    def __init__(self, ignore_case: bool = False) -> None:
        self.ignore_case = ignore_case
        self.exact: dict[str, list[tuple[Rule, Match]]] = {}
        self.by_first: dict[str, list[_Wild]] = {}
        """Patterns with `*` whose first dotted words have none, by these."""
        self.by_last: dict[str, list[_Wild]] = {}
        """Others whose last dotted word has none."""
        self.by_end: tuple[tuple[str, ...], list[_Wild]] = ((), [])
        """Others that end in some text, and all of those ends."""
        self.by_start: tuple[tuple[str, ...], list[_Wild]] = ((), [])
        """Others that begin with some text, and all of those beginnings."""
        self.anywhere: list[_Wild] = []
        """All others."""
        self.answers: dict[str, tuple[tuple[Rule, Match], ...]] = {}
        self.waiting: list[tuple[tuple[str, ...], Rule, Match]] = []
        """What is filed when the first name is asked for: a check of a few files never asks most of the indices."""

    def add_all(self, patterns: tuple[str, ...], rule: Rule, match: Match) -> None:
        """Index all patterns of a match."""
        self.waiting.append((patterns, rule, match))

    def add(self, pattern: str, rule: Rule, match: Match) -> None:
        """Index a pattern of a match."""
        key = self._key(pattern)
        if "*" not in key:
            self.exact.setdefault(key, []).append((rule, match))
            return
        head, tail = key.partition("*")[0], key.rpartition("*")[2]
        entry = (head, tail, key, rule, match)
        if "." in head:
            self.by_first.setdefault(head.rpartition(".")[0], []).append(entry)
        elif "." in tail:
            self.by_last.setdefault(tail.rpartition(".")[2], []).append(entry)
        elif tail:
            self.by_end = ((*self.by_end[0], tail), [*self.by_end[1], entry])
        elif head:
            self.by_start = ((*self.by_start[0], head), [*self.by_start[1], entry])
        else:
            self.anywhere.append(entry)

    def _key(self, text: str) -> str:
        return text.lower() if self.ignore_case else text

    def find(self, name: str) -> tuple[tuple[Rule, Match], ...]:
        """The matches that a name satisfies, each once, in the order of rule ids."""
        known = self.answers.get(name)
        if known is None:
            for patterns_of_match, rule, match in self.waiting:
                for pattern in patterns_of_match:
                    self.add(pattern, rule, match)
            self.waiting.clear()
            key = self._key(name)
            found = list(self.exact.get(key, ()))
            for patterns in (
                *(self.by_first[words] for words in _first_words(key) if words in self.by_first),
                self.by_last.get(key.rpartition(".")[2], ()),
                self.by_end[1] if key.endswith(self.by_end[0]) else (),
                self.by_start[1] if key.startswith(self.by_start[0]) else (),
                self.anywhere,
            ):
                for head, tail, pattern, rule, match in patterns:
                    if key.startswith(head) and key.endswith(tail) and _fits(key, pattern):
                        found.append((rule, match))
            if not found:
                self.answers[name] = ()
                return ()
            kept = {
                (rule.id, _place(rule, match)): (rule, match)
                for rule, match in found
                if not matches_any(name, match.unless, self.ignore_case)
            }
            known = self.answers[name] = tuple(kept[key] for key in sorted(kept))
        return known


def _first_words(key: str) -> Iterator[str]:
    """The beginnings of a dotted name that end before a dot."""
    place = key.find(".")
    while place >= 0:
        yield key[:place]
        place = key.find(".", place + 1)


def _place(rule: Rule, match: Match) -> int:
    """Where a match stands in its rule; by identity first, since comparing matches costs more than all of a look-up."""
    return next((place for place, own in enumerate(rule.matches) if own is match), -1)


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
