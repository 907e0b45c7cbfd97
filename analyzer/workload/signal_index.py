"""Signals by what they match, so that each different name of a repository is judged once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from analyzer.knowledge.workload import Signal, pattern_of

Hit = tuple[Signal, bool]
"""A signal, and whether it is only a hint at this name."""


Meaning = TypeVar("Meaning")


class NamePatterns(Generic[Meaning]):
    """Dotted names as signals write them: `a.b`, `a.b.*`, `*.b`, `a.*B`."""

    def __init__(self) -> None:
        self.exact: dict[str, list[Meaning]] = {}
        self.below: dict[str, list[Meaning]] = {}
        self.lasts: dict[str, list[Meaning]] = {}
        self.others: list[tuple[re.Pattern[str], Meaning]] = []

    def add(self, pattern: str, hit: Meaning) -> None:
        """Enter a pattern."""
        bare = pattern.removesuffix(".*")
        if pattern.startswith("*.") and "*" not in pattern[2:]:
            self.lasts.setdefault(pattern[2:], []).append(hit)
        elif "*" not in pattern:
            self.exact.setdefault(pattern, []).append(hit)
        elif pattern.endswith(".*") and "*" not in bare:
            self.below.setdefault(bare, []).append(hit)
        else:
            self.others.append((pattern_of([pattern]), hit))

    def of(self, name: str) -> list[Meaning]:
        """What is entered under the patterns that a dotted name fits."""
        found = [*self.exact.get(name, ()), *self.lasts.get(name.rpartition(".")[2], ())]
        head = name
        while head:
            found.extend(self.below.get(head, ()))
            head = head.rpartition(".")[0]
        found.extend(hit for pattern, hit in self.others if pattern.match(name))
        return found


class SignalIndex:
    """All signals, asked by name. Holds only a memory of answers."""

    def __init__(self, signals: Iterable[Signal]) -> None:
        self.signals = tuple(signals)
        self.called: NamePatterns[Hit] = NamePatterns()
        self.excluded: dict[int, re.Pattern[str]] = {}
        self.packages: dict[str, list[Hit]] = {}
        self.pipelines: list[tuple[re.Pattern[str], Hit]] = []
        self.artifacts: dict[str, list[Hit]] = {}
        self.environment: dict[str, list[Hit]] = {}
        self.commands: dict[str, list[tuple[tuple[str, ...], Hit]]] = {}
        self.settings: dict[str, list[tuple[re.Pattern[str], Hit]]] = {}
        self.options: dict[str, list[tuple[re.Pattern[str], Hit]]] = {}
        self.arguments: dict[str, list[tuple[re.Pattern[str], Hit]]] = {}
        self.classes: list[tuple[re.Pattern[str], Hit]] = []
        self.images: list[tuple[re.Pattern[str], Hit]] = []
        self.ids: list[tuple[re.Pattern[str], Hit]] = []
        self.defined: list[tuple[re.Pattern[str], Hit]] = []
        self.functions: list[tuple[re.Pattern[str], Hit]] = []
        for signal in self.signals:
            self._enter(signal)
        self.known: dict[tuple[str, str], tuple[Hit, ...]] = {}

    def _enter(self, signal: Signal) -> None:
        lists = signal.lists
        hit: Hit = (signal, signal.is_weak)
        if lists["exclude"]:
            self.excluded[id(signal)] = pattern_of(lists["exclude"])
        for pattern in lists["calls"]:
            is_weak = signal.is_weak or pattern in lists["weak_calls"]
            self.called.add(pattern, (signal, is_weak))
        for field, patterns in (
            ("classes", self.classes), ("images", self.images), ("model_ids", self.ids), ("pipelines", self.pipelines),
        ):  # fmt: skip
            if lists[field]:
                patterns.append((pattern_of(lists[field]), hit))
        for field, patterns in (("defines", self.defined), ("functions", self.functions)):
            if lists[field]:
                patterns.append((pattern_of(lists[field]), (signal, True)))
        for field, table in (("packages", self.packages), ("artifacts", self.artifacts), ("environment", self.environment)):
            for name in lists[field]:
                table.setdefault(name, []).append((signal, True) if field == "packages" else hit)
        for words in lists["commands"]:
            first, *rest = words.split()
            self.commands.setdefault(first, []).append((tuple(rest), hit))
        for field, valued in (("settings", self.settings), ("options", self.options), ("arguments", self.arguments)):
            for text in lists[field]:
                name, _, value = text.partition("=")
                key = name.lower().replace("-", "_").lstrip("_") if field != "arguments" else name
                valued.setdefault(key, []).append((pattern_of([value.lower() or "*"]), hit))

    def _once(self, kind: str, name: str, ask: Callable[[str], Iterable[Hit]]) -> tuple[Hit, ...]:
        key = (kind, name)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = tuple({(signal.kind, signal.id, weak): (signal, weak) for signal, weak in ask(name)}.values())
        return found

    def of_call(self, name: str) -> tuple[Hit, ...]:
        """What an imported name says where it is called or a base class."""
        return self._once("call", name, self._of_call)

    def _of_call(self, name: str) -> Iterable[Hit]:
        hits = [hit for hit in self.called.of(name) if not self._is_excluded(hit[0], name)]
        words = [part for part in name.split(".")[-2:] if part[:1].isupper()]
        return [*hits, *(hit for word in words for pattern, hit in self.classes if pattern.match(word))]

    def _is_excluded(self, signal: Signal, name: str) -> bool:
        pattern = self.excluded.get(id(signal))
        return pattern is not None and pattern.match(name) is not None

    def of_method(self, name: str) -> tuple[Hit, ...]:
        """What a method says by its name alone, whatever object it is of."""
        return self._once("method", name, lambda last: self.called.lasts.get(last, ()))

    def of_definition(self, name: str, is_class: bool) -> tuple[Hit, ...]:
        """What the name of a class or function of the repository hints at."""
        patterns = self.defined if is_class else self.functions
        return self._once("class" if is_class else "function", name, lambda word: _fitting(patterns, word))

    def of_image(self, name: str) -> tuple[Hit, ...]:
        """What the image of a container says."""
        return self._once("image", name, lambda word: _fitting(self.images, word))

    def of_model_id(self, name: str) -> tuple[Hit, ...]:
        """What the id of a model says of its format."""
        return self._once("id", name.lower(), lambda word: _fitting(self.ids, word))

    def of_pipeline(self, task: str) -> tuple[Hit, ...]:
        """What the name of a task, as pipelines are given it, says."""
        return self._once("pipeline", task, lambda word: _fitting(self.pipelines, word))

    def of_command(self, program: str, words: str) -> Iterable[Hit]:
        """What a program that is run says."""
        following = words.split()
        for needed, hit in self.commands.get(program, ()):
            if len(following) >= len(needed) and all(_word_fits(want, got) for want, got in zip(needed, following, strict=False)):
                yield hit


def _word_fits(want: str, got: str) -> bool:
    return got.startswith(want[:-1]) if want.endswith("*") else want == got


def _fitting(patterns: Iterable[tuple[re.Pattern[str], Hit]], word: str) -> Iterable[Hit]:
    return [hit for pattern, hit in patterns if pattern.match(word)]


def valued(table: Mapping[str, list[tuple[re.Pattern[str], Hit]]], name: str, value: str) -> Iterable[Hit]:
    """The signals of a named value: of a setting, an option or a keyword."""
    lowered = value.strip().strip("\"'").lower()
    return (hit for pattern, hit in table.get(name, ()) if pattern.match(lowered))
