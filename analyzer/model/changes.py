"""What became of the lines of a repository between an earlier state and now."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MOST_LINES_BETWEEN = 3
"""As many as a diff shows around a change."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that were replaced: `old_count` from `old_first` on by `new_count` from `new_first` on, 1-based.

    Where a count is 0 its first line is the one before, as in a unified diff.
    """

    old_first: int
    old_count: int
    new_first: int
    new_count: int

    @property
    def new_end(self) -> int:
        """The first line after the new ones."""
        return self.new_first + max(self.new_count, 1) if self.new_count else self.new_first + 1

    @property
    def old_end(self) -> int:
        """The first line after the old ones."""
        return self.old_first + self.old_count if self.old_count else self.old_first + 1


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that is not what it was: its earlier path ("" for a new file), and its hunks in order."""

    old_path: str
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """All files that changed, by their path now; every other file is what it was."""

    files: Mapping[str, FileChange]

    def old_place(self, path: str, line: int) -> tuple[str, int] | None:
        """The earlier path and line of a line, or None where it was added."""
        change = self.files.get(path)
        if change is None:
            return path, line
        if not change.old_path:
            return None
        before = _last_hunk(change.hunks, line)
        if before is None:
            return change.old_path, line
        if before.new_count and line < before.new_first + before.new_count:
            return None
        return change.old_path, line - before.new_end + before.old_end

    def has_added(self, path: str, first: int, last: int) -> bool:
        """Whether any of some lines was added."""
        change = self.files.get(path)
        if change is None:
            return False
        return not change.old_path or any(
            hunk.new_count and hunk.new_first <= last and first < hunk.new_first + hunk.new_count for hunk in change.hunks
        )

    def removed_beside(self, path: str, first: int, last: int) -> tuple[str, range] | None:
        """The earlier path and the lines that were replaced by some lines, or None where they replace nothing.

        A diff keeps a line that happens to be equal, such as a closing bracket, in the middle of a rewritten statement: hunks
        that are so near to each other count as one.
        """
        change = self.files.get(path)
        if change is None:
            return None
        for hunks in _near(change.hunks):
            if any(hunk.new_count and hunk.new_first <= last and first < hunk.new_first + hunk.new_count for hunk in hunks):
                return change.old_path, range(hunks[0].old_first, max(hunk.old_end for hunk in hunks))
        return None


def _near(hunks: tuple[Hunk, ...]) -> Iterator[list[Hunk]]:
    """The hunks in groups between which more than a few lines are what they were."""
    group: list[Hunk] = []
    for hunk in hunks:
        if group and hunk.new_first - group[-1].new_end > MOST_LINES_BETWEEN:
            yield group
            group = []
        group.append(hunk)
    if group:
        yield group


def _last_hunk(hunks: tuple[Hunk, ...], line: int) -> Hunk | None:
    """The last hunk that begins at or before a line; one that only removes stands after the line that it names."""
    index = bisect_right(hunks, line, key=lambda hunk: hunk.new_first + (hunk.new_count == 0)) - 1
    return hunks[index] if index >= 0 else None
