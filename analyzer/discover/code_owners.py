"""Who owns which file, by the repository's CODEOWNERS file."""

from __future__ import annotations

import re
from pathlib import Path

from analyzer.discover.ignore_patterns import IgnorePatterns
from analyzer.discover.raw_files import read_regular
from analyzer.model.named_tuple import NamedTuple

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where GitHub and GitLab look for it; the first that is there counts."""
LARGEST_BYTES = 3_000_000
MOST_LINES = 5_000
_WORD = re.compile(r"(?:\\ |\S)+")


class CodeOwners(NamedTuple):
    """Patterns in the order of the file; the last one that fits decides, even where it names nobody."""

    path: str
    """The file that says so, or "" where there is none."""
    rules: tuple[tuple[IgnorePatterns, tuple[str, ...]], ...]

    def owners_of(self, path: str) -> tuple[str, ...]:
        """The owners of a file, as the file names them: `@team`, `@user`, an address."""
        return next((owners for pattern, owners in reversed(self.rules) if pattern.covers(path)), ())


NO_OWNERS = CodeOwners("", ())


def read_code_owners(root: Path) -> CodeOwners:
    """The owners that a repository names; none where the file is missing, unreadable or too large."""
    place, content = find_code_owners(root)
    return CodeOwners(place, tuple(_rules(content.decode("utf-8", "replace")))) if place else NO_OWNERS


def find_code_owners(root: Path) -> tuple[str, bytes]:
    """The place and content of the file that names the owners; both empty where there is none."""
    for place in PLACES:
        try:
            return place, read_regular(root / place, LARGEST_BYTES)
        except OSError:
            continue
    return "", b""


def _rules(text: str) -> list[tuple[IgnorePatterns, tuple[str, ...]]]:
    """Each line `pattern owner ...`; sections of GitLab give their owners to lines that name none."""
    found: list[tuple[IgnorePatterns, tuple[str, ...]]] = []
    of_section: tuple[str, ...] = ()
    for line in text.splitlines()[:MOST_LINES]:
        words = _WORD.findall(line.partition(" #")[0])
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith(("[", "^[")):
            of_section = tuple(word for word in words if word.startswith("@"))
            continue
        if not words[0].startswith("!"):
            found.append((IgnorePatterns((words[0].replace("\\ ", " "),)), tuple(words[1:]) or of_section))
    return found
