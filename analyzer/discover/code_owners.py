"""Who owns which file, by the repository's CODEOWNERS file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from analyzer.discover.files import folders_around
from analyzer.discover.ignore_patterns import IgnorePatterns
from analyzer.discover.raw_files import read_regular
from analyzer.model.owned_files import OwnedFiles

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where GitHub and GitLab look for it; the first that is there counts."""
LARGEST_BYTES = 3_000_000
MOST_LINES = 5_000
_WORD = re.compile(r"(?:\\ |\S)+")


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """Patterns in the order of the file; the last one that fits decides, even where it names nobody."""

    path: str
    """The file that says so, or "" where there is none."""
    patterns: IgnorePatterns
    owners: tuple[tuple[str, ...], ...]
    """By the index of a pattern's line."""
    known_lines: dict[str, int] = field(default_factory=dict)
    """The last line that fits each file and folder that was asked about: files of a folder ask for it once."""

    def owners_of(self, path: str) -> tuple[str, ...]:
        """The owners of a file, as the file names them: `@team`, `@user`, an address."""
        line = max(self.line_of(place) for place in (path, *(f"{folder}/" for folder in folders_around(path))))
        return self.owners[line] if line >= 0 else ()

    def line_of(self, place: str) -> int:
        """The index of the last line that fits a file or folder itself; -1 where none does."""
        if place not in self.known_lines:
            self.known_lines[place] = self.patterns.deciding_line(place)
        return self.known_lines[place]


def owned_files(owners: CodeOwners, paths: Iterable[str]) -> tuple[OwnedFiles, ...]:
    """The files by who owns them, those of nobody included; nothing where the repository names no owners."""
    if not owners.path:
        return ()
    groups: dict[tuple[str, ...], list[str]] = {}
    for path in sorted(set(paths)):
        groups.setdefault(owners.owners_of(path), []).append(path)
    return tuple(OwnedFiles(names, tuple(own)) for names, own in sorted(groups.items()))


def read_code_owners(root: Path) -> CodeOwners:
    """The owners that a repository names; none where the file is missing, unreadable or too large."""
    place, content = find_code_owners(root)
    rules = _rules(content.decode("utf-8", "replace"))
    return CodeOwners(place, IgnorePatterns(pattern for pattern, _ in rules), tuple(owners for _, owners in rules))


def find_code_owners(root: Path) -> tuple[str, bytes]:
    """The place and content of the file that names the owners; both empty where there is none."""
    for place in PLACES:
        try:
            return place, read_regular(root / place, LARGEST_BYTES)
        except OSError:
            continue
    return "", b""


def _rules(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The pattern and the owners of each line `pattern owner ...`; sections of GitLab give their owners to lines that name none."""
    found: list[tuple[str, tuple[str, ...]]] = []
    of_section: tuple[str, ...] = ()
    for line in text.splitlines()[:MOST_LINES]:
        words = _WORD.findall(line.partition(" #")[0])
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith(("[", "^[")):
            of_section = tuple(word for word in words if word.startswith("@"))
            continue
        if not words[0].startswith("!"):
            found.append((words[0].replace("\\ ", " "), tuple(words[1:]) or of_section))
    return found
