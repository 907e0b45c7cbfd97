"""Patterns of `.gitignore`, as git itself reads them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.discover.ignore_patterns import IgnorePatterns

CASES: dict[str, dict[str, bool | None]] = {
    "build/": {"build/": True, "a/build/": True, "build": None},
    "/build": {"build": True, "build/": True, "a/build": None},
    "*.py[co]": {"a.pyc": True, "x/a.pyo": True, "a.py": None},
    "doc/*.txt": {"doc/a.txt": True, "doc/a/b.txt": None, "x/doc/a.txt": None},
    "**/logs": {"logs/": True, "a/b/logs": True, "xlogs": None},
    "a/**/b": {"a/b": True, "a/x/b": True, "a/x/y/b": True, "ab": None},
    "abc/**": {"abc/": None, "abc/x": True, "abc/x/y": True},
    "!keep.py": {"keep.py": False, "a/keep.py": False},
    "\\#x": {"#x": True},
    "\\!x": {"!x": True},
    "# x": {"# x": None},
    "a\\ ": {"a ": True, "a": None},
    "a  ": {"a": True},
    "[!a-c]x": {"dx": True, "ax": None, "/x": None},
    "[]-]": {"]": True, "-": True},
    "[[:digit:]]": {"7": True, "x": None},
    "[z-a]": {"z": None},
    "[a": {"[a": None, "a": None},
    "x*y*z": {"xyz": True, "xaybz": True, "xzy": None},
    "**": {"a": True, "a/": True},
    "/": {"a": None},
}


@pytest.mark.parametrize("pattern", CASES)
def test_patterns(pattern: str) -> None:
    patterns = IgnorePatterns([pattern])
    assert {path: patterns.verdict(path) for path in CASES[pattern]} == CASES[pattern]


def test_the_last_pattern_decides() -> None:
    patterns = IgnorePatterns(["*.log", "!a.log", "x/a.log"])
    assert (patterns.verdict("b.log"), patterns.verdict("a.log"), patterns.verdict("x/a.log")) == (True, False, True)


GLOBS = ("a", "b", "*", "a*", "*b", "*a*", "?", "a?", "[ab]", "[!a]", "**", "*.py", "*a*b*", "[a-c]b", "a**b", "[[:alpha:]]")
PATTERN = st.builds(
    lambda negated, rooted, parts, folder: negated + rooted + "/".join(parts) + folder,
    st.sampled_from(("", "", "", "!")),
    st.sampled_from(("", "/")),
    st.lists(st.sampled_from(GLOBS), min_size=1, max_size=4),
    st.sampled_from(("", "/")),
)
PATH = st.lists(st.sampled_from(("a", "b", "ab", "abc", "a.py", "aa")), min_size=1, max_size=4).map("/".join)


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.lists(st.tuples(st.lists(PATTERN, min_size=1, max_size=3), st.lists(PATH, min_size=10, max_size=10)), min_size=1))
def test_git_says_the_same(tmp_path_factory: pytest.TempPathFactory, cases: list[tuple[list[str], list[str]]]) -> None:
    root = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for lines, paths in cases[:3]:
        (root / ".gitignore").write_text("\n".join(lines) + "\n")
        assert [is_left_out(IgnorePatterns(lines), path) for path in paths] == git_ignores(root, paths), lines


def git_ignores(root: Path, paths: list[str]) -> list[bool]:
    command = ["git", "-C", str(root), "check-ignore", "--no-index", "-v", "-n", "-z", "--stdin"]
    result = subprocess.run(command, input="\0".join(paths) + "\0", capture_output=True, text=True, check=False)
    patterns = result.stdout.split("\0")[2::4]
    return [bool(pattern) and not pattern.startswith("!") for pattern in patterns]


def is_left_out(patterns: IgnorePatterns, path: str) -> bool:
    """As a walk decides: folders first, and no way back into one that is left out."""
    parts = path.split("/")
    folders = ("/".join(parts[:depth]) + "/" for depth in range(1, len(parts)))
    return any(patterns.verdict(folder) for folder in folders) or bool(patterns.verdict(path))


def test_work_does_not_explode() -> None:
    """Each of these takes hours as an ordinary regular expression; here it ends at once."""
    bombs = ["*a" * 400 + "b", "a/**/" * 100 + "b", "**/*a*/" * 50 + "b", "?*" * 300 + "[!a]", "[ab]*" * 200 + "c"]
    patterns = IgnorePatterns(bombs)
    for path in ("a" * 255, "a/" * 64 + "a", "/".join(["a" * 60] * 64), "ab" * 127):
        assert patterns.verdict(path) is None


def test_patterns_of_a_line_that_never_ends_are_passed_over() -> None:
    assert IgnorePatterns(["a" * 5000, "b"]).verdict("b") is True
    assert len(IgnorePatterns(["a"] * 20_000).patterns) == 10_000
