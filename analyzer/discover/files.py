"""Walks a root and says which files to analyse: nothing outside the root, nothing ignored, nothing huge or binary.

Ignore files are honoured with or without a git checkout, through pathspec, the only place that imports it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from analyzer.discover.kinds import TEXT_KINDS, kind_of
from analyzer.model.errors import UserInputError
from analyzer.model.source import Discovery, SkippedFile, SourceFile

LARGEST_FILE_BYTES = 5_000_000
DEEPEST_FOLDER = 64
ALWAYS_LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "__pycache__", ".tox", ".nox", ".mypy_cache", ".ruff_cache",
     ".pytest_cache", ".ipynb_checkpoints", ".eggs"}
)  # fmt: skip
VENDORED = frozenset({"node_modules", "third_party", "third-party", "thirdparty", "vendor", "_vendor", "site-packages", "external"})
BINARY_PROBE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class DiscoverySettings:
    """What to leave out besides the defaults: gitignore-style patterns relative to the root.

    `include` wins over ignore files, `exclude` and vendored folders."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    largest_file_bytes: int = LARGEST_FILE_BYTES


@dataclass(frozen=True, slots=True)
class _IgnoreFile:
    folder: str
    patterns: GitIgnoreSpec


def discover(root: Path, settings: DiscoverySettings | None = None) -> Discovery:
    """Find the files below a folder, sorted by path.

    Raises `UserInputError` where the root is missing or is not a folder, or where a pattern is malformed.
    """
    settings = settings or DiscoverySettings()
    if not root.exists():
        raise UserInputError(str(root), "", "no such folder")
    if not root.is_dir():
        raise UserInputError(str(root), "", "is a file; give the folder of the repository to scan")
    walk = _Walk(root, settings)
    walk.folder("", (), 0)
    return Discovery(
        root.resolve().name or "/",
        tuple(sorted(walk.files, key=lambda file: file.path)),
        tuple(sorted(walk.skipped, key=lambda file: (file.path, file.reason))),
    )


def _patterns(option: str, lines: Sequence[str]) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise UserInputError(option, "", f"malformed pattern: {error}") from None


class _Walk:
    """The state of one walk; files and skipped files are only ever appended."""

    def __init__(self, root: Path, settings: DiscoverySettings) -> None:
        self.root = root
        self.settings = settings
        self.include = _patterns("--include", settings.include)
        self.exclude = _patterns("--exclude", settings.exclude)
        self.files: list[SourceFile] = []
        self.skipped: list[SkippedFile] = []

    def skip(self, path: str, reason: str, detail: str) -> None:
        """Note what is left out."""
        self.skipped.append(SkippedFile(path, reason, detail))

    def folder(self, folder: str, ignores: tuple[_IgnoreFile, ...], depth: int) -> None:
        """Walk one folder; `folder` is relative to the root and ends with a slash, or is empty."""
        if depth > DEEPEST_FOLDER:
            self.skip(folder, "too-deep", f"more than {DEEPEST_FOLDER} folders deep")
            return
        try:
            with os.scandir(self.root / folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            self.skip(folder or ".", "unreadable", error.strerror or str(error))
            return
        own = self.read_ignore_file(folder, entries)
        ignores = (*ignores, own) if own else ignores
        for entry in entries:
            self.entry(entry, folder, ignores, depth)

    def read_ignore_file(self, folder: str, entries: list[os.DirEntry[str]]) -> _IgnoreFile | None:
        """The `.gitignore` of a folder, if it has one that can be read and is no link."""
        for entry in entries:
            if entry.name == ".gitignore" and entry.is_file(follow_symlinks=False):
                try:
                    lines = (self.root / folder / ".gitignore").read_text("utf-8", "replace").splitlines()
                    return _IgnoreFile(folder, GitIgnoreSpec.from_lines(lines))
                except (OSError, ValueError) as error:
                    self.skip(folder + ".gitignore", "unreadable", str(error))
        return None

    def entry(self, entry: os.DirEntry[str], folder: str, ignores: tuple[_IgnoreFile, ...], depth: int) -> None:
        """Decide about one directory entry."""
        if not _is_text(entry.name):
            shown = entry.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            self.skip(folder + shown, "unreadable", "its name is not valid UTF-8")
            return
        path = folder + entry.name
        wanted = bool(self.settings.include) and self.include.match_file(path)
        try:
            if entry.is_symlink():
                if kind_of(path) or _leads_to_folder(entry):
                    self.skip(path, "link", "links are not followed")
            elif entry.is_dir(follow_symlinks=False):
                if reason := self.folder_reason(entry.name, path + "/", ignores):
                    if reason != "internal":
                        self.skip(path + "/", *reason.split("|", 1))
                else:
                    self.folder(folder + entry.name + "/", ignores, depth + 1)
            elif entry.is_file(follow_symlinks=False):
                self.file(entry, path, ignores, wanted)
            elif kind_of(path):
                self.skip(path, "special", "not a regular file")
        except OSError as error:
            self.skip(path, "unreadable", error.strerror or str(error))

    def folder_reason(self, name: str, path: str, ignores: tuple[_IgnoreFile, ...]) -> str:
        """Why a folder is left out ("" where it is not), as `reason|detail`."""
        if name in ALWAYS_LEFT_OUT or name.endswith(".egg-info"):
            return "internal"
        if self.settings.include and any(_may_lead_to(pattern, path) for pattern in self.settings.include):
            return ""
        if self.exclude.match_file(path):
            return "excluded|by --exclude"
        if _is_ignored(path, ignores):
            return "ignored|by .gitignore"
        if name in VENDORED:
            return "vendored|third-party code; --include brings it back"
        return ""

    def file(self, entry: os.DirEntry[str], path: str, ignores: tuple[_IgnoreFile, ...], wanted: bool) -> None:
        """Decide about one regular file."""
        kind = kind_of(path)
        if kind is None:
            return
        if not wanted:
            if self.exclude.match_file(path):
                self.skip(path, "excluded", "by --exclude")
                return
            if _is_ignored(path, ignores):
                self.skip(path, "ignored", "by .gitignore")
                return
        status = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            self.skip(path, "special", "not a regular file")
        elif kind != "model" and status.st_size > self.settings.largest_file_bytes:
            limit = self.settings.largest_file_bytes
            self.skip(path, "too-large", f"{status.st_size:,} bytes, the limit is {limit:,}")
        elif kind in TEXT_KINDS and kind != "python" and _is_binary(Path(entry.path)):
            self.skip(path, "binary", "not a text file")
        else:
            self.files.append(SourceFile(path, kind, status.st_size))


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_ignored(path: str, ignores: tuple[_IgnoreFile, ...]) -> bool:
    """The innermost ignore file that speaks of a path decides, as in git."""
    for ignore in reversed(ignores):
        verdict = ignore.patterns.check_file(path[len(ignore.folder) :]).include
        if verdict is not None:
            return verdict
    return False


def _may_lead_to(pattern: str, folder: str) -> bool:
    """Whether an include pattern may match something below a folder."""
    plain = pattern.lstrip("/").split("*", 1)[0]
    return plain.startswith(folder) or folder.startswith(plain.rstrip("/") + "/") if plain else False


def _is_binary(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(BINARY_PROBE_BYTES)
    return b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
