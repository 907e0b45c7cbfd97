"""Settings of a project: `offramp.toml`, or `[tool.offramp]` in `pyproject.toml`, at the root that is scanned.

Only plain values are taken from there, within bounds; no rule, template or price list of the repository is ever loaded, and
no file outside of it.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from analyzer.detect.policy import OFF, PathPolicy, Policy, RuleLevel, Selector
from analyzer.discover.files import LARGEST_FILE_BYTES
from analyzer.discover.ignore_patterns import IgnorePatterns
from analyzer.discover.raw_files import read_regular
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.rule import SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from analyzer.knowledge.toml_reader import Table

_COMMENT_WORD = re.compile(r"[A-Za-z][\w:. -]{1,60}")
LARGEST_SETTINGS_BYTES = 1_000_000
LARGEST_BASELINE_BYTES = 20_000_000
LARGEST_FILE_LIMIT = 100_000_000
"""What a repository may set for itself; only the command line can ask for more."""


class CheckDefaults(NamedTuple):
    """What the project's file sets for the gate."""

    baseline: Path | None = None
    severity: str | None = None
    policy: Policy = Policy()


class ScanDefaults(NamedTuple):
    """What the project's file sets; the command line and the environment win over it."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    workload: Path | None = None
    """A workload file of the repository; the older key `scenario` names one as well."""
    effort: Path | None = None
    second_opinions: tuple[str, ...] = ()
    """Files below the root, each with `=SYMBOL` where it is named."""
    max_file_bytes: int = LARGEST_FILE_BYTES
    workers: int = 0
    fail_on: str | None = None
    honour_comments: tuple[str, ...] = ()
    """Words of another tool whose comments dismiss what stands beside them: `ignore-cuda`."""
    check: CheckDefaults = CheckDefaults()


def read_defaults(root: Path) -> ScanDefaults:
    """The settings of a repository. Raises `UserInputError` for unknown keys and bad values."""
    own = _SettingsFile(root / "offramp.toml")
    if own.exists():
        from analyzer.knowledge.toml_reader import read_toml

        return _defaults(read_toml(str(own.path), own), root)
    project = _SettingsFile(root / "pyproject.toml")
    if project.exists() and project.mentions(b"tool.offramp"):
        from analyzer.knowledge.toml_reader import read_toml

        tool = read_toml(str(project.path), project).table("tool", {})
        return _defaults(tool.table("offramp", {}), root)
    return ScanDefaults()


class _SettingsFile:
    """A file at the root: read without following a link, waiting for a pipe, or taking in what has no end."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether it is there, and a file."""
        return self.path.is_file() and not self.path.is_symlink()

    def read_bytes(self) -> bytes:
        """The content. Raises `OSError`, also for a file that is larger than any settings."""
        data = read_regular(self.path, LARGEST_SETTINGS_BYTES + 1)
        if len(data) > LARGEST_SETTINGS_BYTES:
            raise OSError(0, f"larger than {LARGEST_SETTINGS_BYTES:,} bytes")
        return data

    def mentions(self, mark: bytes) -> bool:
        """Whether a mark stands in it; not in a file that cannot be read, which is a problem of the scan."""
        with suppress(OSError):
            return mark in self.read_bytes()
        return False


def _defaults(table: Table, root: Path) -> ScanDefaults:
    defaults = ScanDefaults(
        include=table.texts("include", ()),
        exclude=table.texts("exclude", ()),
        targets=table.texts("targets", ()),
        workload=_workload(table, root),
        effort=_own_file(table, "effort", root),
        second_opinions=_opinions(table, root),
        max_file_bytes=table.integer("max-file-bytes", LARGEST_FILE_BYTES, low=1, high=LARGEST_FILE_LIMIT),
        workers=min(table.integer("workers", 0, high=256), 2 * (os.cpu_count() or 1)),
        fail_on=table.text("fail-on", choices=SEVERITIES) if table.has("fail-on") else None,
        honour_comments=_comment_words(table),
        check=_check(table.table("check", {}), root),
    )
    table.finish()
    return defaults


def _workload(table: Table, root: Path) -> Path | None:
    """The file that `workload` or, as before, `scenario` names."""
    if table.has("workload") and table.has("scenario"):
        raise table.fail("scenario", "names the same as workload: keep workload alone")
    return _own_file(table, "workload", root) or _own_file(table, "scenario", root)


def _opinions(table: Table, root: Path) -> tuple[str, ...]:
    """Second opinions that a repository names: files of its own, of any size, since weights are not read."""
    named = table.texts("second-opinions", ())
    if not named:
        return ()
    from analyzer.opinions.read_opinion import split_name

    found = []
    for text in named:
        name, symbol = split_name(text, root)
        path = root / name
        if not name or not _is_below(root, path) or not path.is_file():
            raise table.fail("second-opinions", f"{text!r} must name a file below the root of the repository")
        found.append(f"{path}={symbol}" if symbol or "=" in str(path) else str(path))
    return tuple(found)


def _comment_words(table: Table) -> tuple[str, ...]:
    words = table.texts("honour-comments", ())
    for word in words:
        if not _COMMENT_WORD.fullmatch(word):
            raise table.fail("honour-comments", f"{word!r} must be words such as `ignore-cuda`, without the `#`")
    return words


def _check(table: Table, root: Path) -> CheckDefaults:
    defaults = CheckDefaults(
        baseline=_own_file(table, "baseline", root, LARGEST_BASELINE_BYTES),
        severity=table.text("severity", choices=SEVERITIES) if table.has("severity") else None,
        policy=Policy(
            select=_selector(table, "select"),
            ignore=_selector(table, "ignore"),
            levels=_levels(table.table("rules", {})),
            paths=tuple(_path_policy(inner) for inner in table.tables("paths", [])),
        ),
    )
    table.finish()
    return defaults


def _selector(table: Table, key: str) -> Selector:
    return Selector(table.texts(key, ()), f"{table.source}: {table.key(key)}")


def _levels(table: Table) -> tuple[RuleLevel, ...]:
    """`cuda-synchronize = "info"`, in the order of the file."""
    levels = []
    for word in table.values:
        selector = Selector((word,), f"{table.source}: {table.key(word)}")
        levels.append(RuleLevel(selector, table.text(word, choices=(*SEVERITIES, OFF))))
    return tuple(levels)


def _path_policy(table: Table) -> PathPolicy:
    try:
        match = IgnorePatterns(table.texts("match"), strict=True)
    except ValueError as error:
        raise table.fail("match", f"malformed pattern: {error}") from None
    policy = PathPolicy(match, _selector(table, "ignore"), _levels(table.table("rules", {})))
    table.finish()
    return policy


def _own_file(table: Table, key: str, root: Path, most_bytes: int = LARGEST_SETTINGS_BYTES) -> Path | None:
    """A file that a repository names: one of its own, however it is spelled."""
    named = table.text(key, "")
    if not named:
        return None
    path = root / named
    if not _is_below(root, path) or (path.exists() and not path.is_file()):
        raise table.fail(key, "must name a file below the root of the repository")
    if path.is_file() and path.stat().st_size > most_bytes:
        raise table.fail(key, f"is larger than {most_bytes:,} bytes")
    return path


def _is_below(root: Path, path: Path) -> bool:
    """Whether a path leads to a place below the root, and is no link."""
    try:
        return path.resolve().is_relative_to(root.resolve()) and not path.is_symlink()
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, a NUL byte
        return False
