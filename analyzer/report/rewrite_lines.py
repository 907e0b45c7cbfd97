"""A rewrite as a reader of code expects it: the lines that go, those that come, and a little of what stands around them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from analyzer.report.runs import PLAIN, runs_text, shown_length

CONTEXT_LINES = 2
GAP = "@"
"""The sign of a line that stands for those which are left out."""
CHANGED = "M"
Line = tuple[str, str, str]
"""A sign (`-`, `+`, a blank or `@`), the text, and the runs of what changes in it where one line takes the place of one."""
_WORD = re.compile(r"\w+|\W")


def rewrite_lines(before: str, after: str) -> list[Line]:
    """The lines of the difference with their context; nothing where there is none."""
    old, new = before.split("\n"), after.split("\n")
    found: list[Line] = []
    at = 0
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        if group[0][1] > at:
            found.append((GAP, "…", ""))
        for tag, a, b, c, d in group:
            found += [(" ", line, "") for line in old[a:b]] if tag == "equal" else _changed(old[a:b], new[c:d])
        at = group[-1][2]
    return [*found, (GAP, "…", "")] if found and at < len(old) else found


def _changed(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    if len(old) != len(new):
        return [*(("-", line, "") for line in old), *(("+", line, "") for line in new)]
    pairs = [_runs(_WORD.findall(one), _WORD.findall(other)) for one, other in zip(old, new, strict=True)]
    gone = [("-", line, runs) for line, (runs, _) in zip(old, pairs, strict=True)]
    return gone + [("+", line, runs) for line, (_, runs) in zip(new, pairs, strict=True)]


def _runs(old: Sequence[str], new: Sequence[str]) -> tuple[str, str]:
    """What lies between the words that two lines begin and end with alike."""
    most = min(len(old), len(new))
    start = next((n for n in range(most) if old[n] != new[n]), most)
    end = next((n for n in range(most - start) if old[-1 - n] != new[-1 - n]), most - start)
    return _middle(old, start, end), _middle(new, start, end)


def _middle(words: Sequence[str], start: int, end: int) -> str:
    lengths = [shown_length("".join(part)) for part in (words[:start], words[start : len(words) - end])]
    return runs_text([(PLAIN, lengths[0]), (CHANGED, lengths[1])])
