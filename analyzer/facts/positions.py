"""Turns character offsets in a text into spans."""

from __future__ import annotations

from bisect import bisect_right

from analyzer.model.span import Span


class Lines:
    """The lines of a text, for spans of offsets, of whole lines and of searched words."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines[:-1]:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def span(self, start: int, end: int) -> Span:
        """The span of a range of offsets."""
        first = bisect_right(self.starts, start)
        last = bisect_right(self.starts, max(end, start))
        return Span(first, start - self.starts[first - 1] + 1, last, max(end, start) - self.starts[last - 1] + 1)

    def whole(self, number: int) -> Span:
        """The span of a 1-based line without its indentation."""
        line = self.lines[number - 1]
        return Span(number, len(line) - len(line.lstrip()) + 1, number, len(line.rstrip()) + 1)

    def find(self, word: str, after: int = 0) -> int:
        """The first 1-based line from `after` on that contains a word; `after` (at least 1) where none does."""
        place = self.text.find(word, self.starts[min(max(after - 1, 0), len(self.starts) - 1)])
        return bisect_right(self.starts, place) if place >= 0 else max(after, 1)
