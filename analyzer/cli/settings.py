"""Settings of a project: `offramp.toml`, or `[tool.offramp]` in `pyproject.toml`, at the root that is scanned.

Only plain values are taken from there, within bounds; no rule, template or price list of the repository is ever loaded, and
no file outside of it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from analyzer.discover.files import LARGEST_FILE_BYTES
from analyzer.discover.raw_files import read_regular
from analyzer.knowledge.toml_reader import Table, read_toml
from analyzer.model.rule import SEVERITIES

LARGEST_SETTINGS_BYTES = 1_000_000
LARGEST_FILE_LIMIT = 100_000_000
"""What a repository may set for itself; only the command line can ask for more."""


@dataclass(frozen=True, slots=True)
class ScanDefaults:
    """What the project's file sets; the command line and the environment win over it."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    scenario: Path | None = None
    max_file_bytes: int = LARGEST_FILE_BYTES
    workers: int = 0
    fail_on: str | None = None


def read_defaults(root: Path) -> ScanDefaults:
    """The settings of a repository. Raises `UserInputError` for unknown keys and bad values."""
    own = _SettingsFile(root / "offramp.toml")
    if own.exists():
        return _defaults(read_toml(str(own.path), own), root)
    project = _SettingsFile(root / "pyproject.toml")
    if project.exists() and project.mentions(b"tool.offramp"):
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
        scenario=_scenario(table, root),
        max_file_bytes=table.integer("max-file-bytes", LARGEST_FILE_BYTES, low=1, high=LARGEST_FILE_LIMIT),
        workers=min(table.integer("workers", 0, high=256), 2 * (os.cpu_count() or 1)),
        fail_on=table.text("fail-on", choices=SEVERITIES) if table.has("fail-on") else None,
    )
    table.finish()
    return defaults


def _scenario(table: Table, root: Path) -> Path | None:
    """The scenario that a repository names: a file of its own, however it is spelled."""
    named = table.text("scenario", "")
    if not named:
        return None
    path = root / named
    try:
        is_inside = path.resolve().is_relative_to(root.resolve()) and not path.is_symlink()
        if is_inside and path.is_file() and path.stat().st_size > LARGEST_SETTINGS_BYTES:
            raise table.fail("scenario", f"is larger than {LARGEST_SETTINGS_BYTES:,} bytes")
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, a NUL byte
        is_inside = False
    if not is_inside or (path.exists() and not path.is_file()):
        raise table.fail("scenario", "must name a file below the root of the repository")
    return path
