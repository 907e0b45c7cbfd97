"""Settings of a project: `offramp.toml`, or `[tool.offramp]` in `pyproject.toml`, at the root that is scanned.

Only plain values are taken from there; no rule, template or price list of the repository is ever loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from analyzer.discover.files import LARGEST_FILE_BYTES
from analyzer.knowledge.toml_reader import Table, read_toml_path
from analyzer.model.rule import SEVERITIES


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
    own = root / "offramp.toml"
    if own.is_file() and not own.is_symlink():
        return _defaults(read_toml_path(own), root)
    project = root / "pyproject.toml"
    if project.is_file() and not project.is_symlink() and b"tool.offramp" in project.read_bytes():
        tool = read_toml_path(project).table("tool", {})
        return _defaults(tool.table("offramp", {}), root)
    return ScanDefaults()


def _defaults(table: Table, root: Path) -> ScanDefaults:
    scenario = table.text("scenario", "")
    defaults = ScanDefaults(
        include=table.texts("include", ()),
        exclude=table.texts("exclude", ()),
        targets=table.texts("targets", ()),
        scenario=root / scenario if scenario else None,
        max_file_bytes=table.integer("max-file-bytes", LARGEST_FILE_BYTES, low=1),
        workers=table.integer("workers", 0, high=256),
        fail_on=table.text("fail-on", choices=SEVERITIES) if table.has("fail-on") else None,
    )
    table.finish()
    return defaults
