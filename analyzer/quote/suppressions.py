"""Comments that suppress findings: `# offramp: ignore[rule] reason`, `todo[rule]`, `ignore-file[rule]`.

In Python only comments count, so that text inside a string is no suppression. They are found by a pass over strings and
comments alone: a file that was parsed has no other surprises, and unlike a parse it cannot nest. In other files, and in
the lines of a notebook's cell that are for a shell, the line is searched.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MARK = "offramp:"
_COMMENT = re.compile(
    r"(#|//|/\*|;|::|\b(?:REM|rem)\b)[ \t]*offramp:[ \t]*(ignore-file|ignore|todo)[ \t]*(?:\[([^\]]*)\])?[ \t]*(.*)$"
)
_PYTHON_TOKEN = re.compile(
    r"#[^\n]*"
    r'|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\Z)'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\Z)"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|(?=\n)|\Z)'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|(?=\n)|\Z)",
    re.DOTALL,
)


class Comment(NamedTuple):
    """One suppression comment: `rules` is empty for a blanket one."""

    kind: str
    rules: tuple[str, ...]
    reason: str
    line: int
    own_line: bool


def read_suppressions(lines: Sequence[str], python: Sequence[str] | None) -> tuple[Comment, ...]:
    """All suppression comments of a file, in line order.

    `python` is the same text as Python, line for line; where it differs (magics of notebooks) a line is searched as it was
    written. None for other files.
    """
    marked = [number for number, line in enumerate(lines, 1) if MARK in line]
    if python is None:
        texts = {number: lines[number - 1] for number in marked}
    else:
        texts = _python_comments(python, MARK)
        texts.update({number: lines[number - 1] for number in marked if lines[number - 1] != python[number - 1]})
    found = (_parse(texts[number], number, lines[number - 1]) for number in marked if number in texts)
    return tuple(comment for comment in found if comment)


def _parse(text: str, line: int, whole: str) -> Comment | None:
    found = _COMMENT.search(text)
    if not found:
        return None
    rules = tuple(rule.strip() for rule in (found.group(3) or "").split(",") if rule.strip())
    reason = found.group(4).strip().removesuffix("*/").strip()
    return Comment(found.group(2), rules, reason, line, whole.lstrip().startswith(found.group(1)))


def honoured_lines(lines: Sequence[str], python: Sequence[str] | None, words: Sequence[str]) -> dict[int, str]:
    """The lines with a comment of another tool that dismisses them, `#ignore-cuda`, and the word that it begins with."""
    found: dict[int, str] = {}
    for word in words:
        pattern = re.compile(rf"(?:#|//)[ \t]*{re.escape(word)}(?![\w-])", re.IGNORECASE)
        texts = dict(enumerate(lines, 1)) if python is None else _python_comments(python, word)
        found.update((line, word) for line, text in texts.items() if pattern.search(text))
    return found


def _python_comments(lines: Sequence[str], mark: str) -> dict[int, str]:
    """The comments with a mark, in any case, by line."""
    mark = mark.lower()
    text = "\n".join(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    return {
        bisect_right(starts, token.start()): token.group()
        for token in _PYTHON_TOKEN.finditer(text)
        if text[token.start()] == "#" and mark in token.group().lower()
    }


class SuppressionTable:
    """The comments of a file by rule and line, so that each place finds its own however many there are."""

    def __init__(self, comments: Iterable[Comment]) -> None:
        self.comments = sorted(comments, key=lambda comment: comment.line)
        self.by_rule: dict[str, tuple[list[int], list[Comment]]] = {}
        """Rule (or "" for blanket comments) -> lines and comments, in order."""
        self.whole_file: dict[str, Comment] = {}
        self.asked: dict[str, list[tuple[int, int]]] = {}
        """Ranges of lines in which comments about a rule had something to suppress."""
        self.used_files: set[int] = set()
        for comment in self.comments:
            for rule in comment.rules or ("",):
                if comment.kind == "ignore-file":
                    self.whole_file[rule] = comment
                else:
                    lines, own = self.by_rule.setdefault(rule, ([], []))
                    lines.append(comment.line)
                    own.append(comment)

    def find(self, rule: str, first: int, last: int, has_line_above: bool) -> Comment | None:
        """The comment that speaks for a finding in these lines: the last of them, and of the file only if there is none."""
        best: Comment | None = None
        for key in (rule, ""):
            lines, own = self.by_rule.get(key, ([], []))
            low, high = bisect_left(lines, first), bisect_right(lines, last)
            if has_line_above and low and lines[low - 1] == first - 1 and own[low - 1].own_line:
                low -= 1
            if low < high:
                self.asked.setdefault(key, []).append((lines[low], last))
                if best is None or own[high - 1].line > best.line:
                    best = own[high - 1]
        for key in (rule, ""):
            if key in self.whole_file:
                self.used_files.add(self.whole_file[key].line)
                best = best or self.whole_file[key]
        return best

    def unused(self) -> list[Comment]:
        """Comments that had nothing to suppress."""
        used = set(self.used_files)
        for key, ranges in self.asked.items():
            lines = self.by_rule[key][0]
            reached = 0
            for first, last in sorted(ranges):
                low, high = max(bisect_left(lines, first), reached), bisect_right(lines, last)
                used.update(lines[low:high])
                reached = max(reached, high)
        return [comment for comment in self.comments if comment.line not in used]
