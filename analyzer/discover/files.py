"""Walks a root and says which files to analyse: nothing outside the root, nothing ignored, nothing huge or binary.

Ignore files are honoured with or without a git checkout.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from analyzer.discover.ignore_patterns import IgnorePatterns
from analyzer.discover.kinds import TEXT_KINDS, kind_of
from analyzer.discover.raw_files import PROBE_BYTES, encoding_of, read_regular
from analyzer.model.errors import UserInputError
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.source import Discovery, SkippedFile, SourceFile

LARGEST_FILE_BYTES = 5_000_000
NOTEBOOK_FACTOR = 40
"""So many times as large a notebook may be: nearly all of it is output, which is left out while it is read."""
DEEPEST_FOLDER = 64
ALWAYS_LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "__pycache__", ".tox", ".nox", ".mypy_cache", ".ruff_cache",
     ".pytest_cache", ".ipynb_checkpoints", ".eggs"}
)  # fmt: skip
NEVER_OURS = frozenset({"node_modules", "site-packages"})
VENDORED = frozenset({"third_party", "third-party", "thirdparty", "vendor", "_vendor", "external"})
LARGEST_IGNORE_FILE_BYTES = 1_000_000


class DiscoverySettings(NamedTuple):
    """What to leave out besides the defaults: gitignore-style patterns relative to the root.

    `include` wins over ignore files, `exclude` and vendored folders."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    largest_file_bytes: int = LARGEST_FILE_BYTES


class _IgnoreFile(NamedTuple):
    folder: str
    patterns: IgnorePatterns


class _Around(NamedTuple):
    """What holds for everything in a folder."""

    ignores: tuple[_IgnoreFile, ...] = ()
    left_out: tuple[str, str] | None = None
    """Reason and detail, where the folder is only walked for something in it that `include` may want."""
    is_wanted: bool = False
    """`include` names the folder itself."""


def discover(root: Path, settings: DiscoverySettings | None = None, only: Collection[str] | None = None) -> Discovery:
    """Find the files below a folder, sorted by path; `only` those of some paths, or in those folders, where it is given.

    Raises `UserInputError` where the root is missing or is not a folder, or where a pattern is malformed.
    """
    settings = settings or DiscoverySettings()
    if not root.exists():
        raise UserInputError(str(root), "", "no such folder")
    if not root.is_dir():
        raise UserInputError(str(root), "", "is a file; give the folder of the repository to scan")
    walk = _Walk(root, settings, None if only is None else _Wanted(only))
    walk.folder("", _Around(), 0)
    return Discovery(
        root.resolve().name or "/",
        tuple(sorted(walk.files, key=lambda file: file.path)),
        tuple(sorted(walk.skipped, key=lambda file: (file.path, file.reason))),
    )


def _patterns(option: str, lines: Sequence[str]) -> IgnorePatterns:
    try:
        return IgnorePatterns(lines, strict=True)
    except ValueError as error:
        raise UserInputError(option, "", f"malformed pattern: {error}") from None


@lru_cache(maxsize=256)
def _ignore_patterns(data: bytes) -> IgnorePatterns:
    """The patterns of an ignore file: a check of some files comes by it again for each module that they take values from."""
    return IgnorePatterns(data.decode("utf-8", "replace").split("\n"))


class _Wanted:
    """The paths that were named, for a walk that goes nowhere else."""

    def __init__(self, paths: Collection[str]) -> None:
        self.paths = frozenset(path.rstrip("/") for path in paths)
        self.on_the_way = frozenset(folder for path in self.paths for folder in folders_around(path))

    def may_hold(self, path: str) -> bool:
        """Whether a file or folder is named, lies on the way to one that is, or in a folder that is."""
        return (
            path in self.paths
            or path in self.on_the_way
            or "" in self.paths
            or any(folder in self.paths for folder in folders_around(path))
        )


def folders_around(path: str) -> Iterator[str]:
    """The folders around a path, from the innermost on, without the root."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


class _Walk:
    """The state of one walk; files and skipped files are only ever appended."""

    def __init__(self, root: Path, settings: DiscoverySettings, only: _Wanted | None = None) -> None:
        self.root = root
        self.only = only
        self.settings = settings
        self.include = _patterns("--include", settings.include)
        self.exclude = _patterns("--exclude", settings.exclude)
        self.files: list[SourceFile] = []
        self.skipped: list[SkippedFile] = []

    def skip(self, path: str, reason: str, detail: str) -> None:
        """Note what is left out."""
        self.skipped.append(SkippedFile(path, reason, detail))

    def folder(self, folder: str, around: _Around, depth: int) -> None:
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
        if own:
            around = around._replace(ignores=(*around.ignores, own))
        for entry in entries:
            if self.only is None or self.only.may_hold(folder + entry.name):
                self.entry(entry, folder, around, depth)

    def read_ignore_file(self, folder: str, entries: list[os.DirEntry[str]]) -> _IgnoreFile | None:
        """The `.gitignore` of a folder, if it has one that can be read and is no link."""
        for entry in entries:
            if entry.name == ".gitignore" and entry.is_file(follow_symlinks=False):
                try:
                    data = read_regular(self.root / folder / ".gitignore", LARGEST_IGNORE_FILE_BYTES + 1)
                except OSError as error:
                    self.skip(folder + ".gitignore", "unreadable", error.strerror or str(error))
                    return None
                if len(data) > LARGEST_IGNORE_FILE_BYTES:
                    limit = f"the limit for ignore files is {LARGEST_IGNORE_FILE_BYTES:,} bytes"
                    self.skip(folder + ".gitignore", "too-large", f"not honoured: {limit}")
                    return None
                return _IgnoreFile(folder, _ignore_patterns(data))
        return None

    def entry(self, entry: os.DirEntry[str], folder: str, around: _Around, depth: int) -> None:
        """Decide about one directory entry."""
        if not _is_text(entry.name):
            shown = entry.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            self.skip(folder + shown, "unreadable", "its name is not valid UTF-8")
            return
        path = folder + entry.name
        try:
            if entry.is_symlink():
                if kind_of(path) or _leads_to_folder(entry):
                    self.skip(path, "link", "links are not followed")
            elif entry.is_dir(follow_symlinks=False):
                if not _is_internal(entry.name):
                    self.inner_folder(entry.name, path + "/", around, depth)
            elif entry.is_file(follow_symlinks=False):
                self.file(entry, path, around)
            elif kind_of(path):
                self.skip(path, "special", "not a regular file")
        except OSError as error:
            self.skip(path, "unreadable", error.strerror or str(error))

    def inner_folder(self, name: str, path: str, around: _Around, depth: int) -> None:
        """Walk a folder, or say why it is left out; one that holds something wanted is walked for that alone."""
        is_wanted = self.is_wanted(path, around)
        reason = None if is_wanted else around.left_out or self.folder_reason(name, path, around.ignores)
        if reason and not any(_may_lead_to(pattern, path) for pattern in self.settings.include):
            self.skip(path, *reason)
            return
        self.folder(path, _Around(around.ignores, reason, is_wanted), depth + 1)

    def is_wanted(self, path: str, around: _Around) -> bool:
        """Whether `include` names a path, or a folder that it is in."""
        verdict = self.include.verdict(path)
        return around.is_wanted if verdict is None else verdict

    def folder_reason(self, name: str, path: str, ignores: tuple[_IgnoreFile, ...]) -> tuple[str, str] | None:
        """Why a folder is left out, and the detail."""
        if self.exclude.verdict(path):
            return "excluded", "by --exclude"
        if _is_ignored(path, ignores):
            return "ignored", "by .gitignore"
        parent = path[: -len(name) - 1]
        if name in NEVER_OURS or (name in VENDORED and not self.is_package(parent)):
            return "vendored", "third-party code; --include brings it back"
        return None

    def is_package(self, folder: str) -> bool:
        """Whether a folder is a Python package: what is vendored in it ships with it, and is imported at run time."""
        return bool(folder) and (self.root / folder / "__init__.py").is_file()

    def file(self, entry: os.DirEntry[str], path: str, around: _Around) -> None:
        """Decide about one regular file."""
        kind = kind_of(path)
        if kind is None:
            return
        if not self.is_wanted(path, around):
            if around.left_out:
                self.skip(path, *around.left_out)
                return
            if self.exclude.verdict(path):
                self.skip(path, "excluded", "by --exclude")
                return
            if _is_ignored(path, around.ignores):
                self.skip(path, "ignored", "by .gitignore")
                return
        status = entry.stat(follow_symlinks=False)
        if not stat.S_ISREG(status.st_mode):
            self.skip(path, "special", "not a regular file")
        elif kind != "model" and status.st_size > (limit := self.limit(kind)):
            self.skip(path, "too-large", f"{status.st_size:,} bytes, the limit is {limit:,}")
        elif kind in TEXT_KINDS and kind != "python" and _is_binary(Path(entry.path)):
            self.skip(path, "binary", "not a text file")
        else:
            self.files.append(SourceFile(path, kind, status.st_size, self.settings.largest_file_bytes))

    def limit(self, kind: str) -> int:
        """How large a file of a kind may be."""
        return self.settings.largest_file_bytes * (NOTEBOOK_FACTOR if kind == "notebook" else 1)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_internal(name: str) -> bool:
    return name in ALWAYS_LEFT_OUT or name.endswith(".egg-info")


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_ignored(path: str, ignores: tuple[_IgnoreFile, ...]) -> bool:
    """The innermost ignore file that speaks of a path decides, as in git."""
    for ignore in reversed(ignores):
        verdict = ignore.patterns.verdict(path[len(ignore.folder) :])
        if verdict is not None:
            return verdict
    return False


def _may_lead_to(pattern: str, folder: str) -> bool:
    """Whether an include pattern may match something below a folder."""
    plain = pattern.lstrip("/").split("*", 1)[0]
    return plain.startswith(folder) or folder.startswith(plain.rstrip("/") + "/") if plain else False


def _is_binary(path: Path) -> bool:
    return encoding_of(read_regular(path, PROBE_BYTES)) is None
