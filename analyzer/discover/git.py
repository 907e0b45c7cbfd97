"""What git knows of a repository: trees of revisions, what is staged, and which lines changed.

Only plumbing that neither runs a filter, hook or helper of the repository's own configuration nor reaches for a network: the
repository under analysis may be hostile, its `.git/config` included.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from analyzer.model.changes import Hunk
from analyzer.model.errors import UserInputError

_SAFE = (
    "-c", "core.fsmonitor=false", "-c", "protocol.allow=never", "-c", "core.quotePath=false",
    "--no-pager", "--no-replace-objects", "--literal-pathspecs",
)  # fmt: skip
_REGULAR_MODES = (b"100644", b"100755", b"100664")
SHA1_DIGITS = 40
_LOCATION = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")


@dataclass(frozen=True, slots=True)
class Blob:
    """A regular file in a tree or in the index: POSIX path below the root that is scanned, and the id of its content."""

    path: str
    id: str


def head_commit(root: Path) -> str:
    """The id of the commit that a folder stands at; "" where it is in no commit, or there is no git to ask."""
    place = root.resolve()
    if not any(os.path.lexists(folder / ".git") for folder in (place, *place.parents)):
        return ""  # nothing to ask: no process is started
    try:
        git = Git(root)
    except UserInputError:
        return ""
    head = git.try_text("rev-parse", "--verify", "--quiet", "HEAD^{commit}") or ""
    prefix = (git.try_text("rev-parse", "--show-prefix") or "").rstrip("/")
    is_in_it = not prefix or git.try_text("rev-parse", "--verify", "--quiet", f"{head}:{prefix}") is not None
    return head if head and is_in_it else ""


class Git:
    """The git repository around a folder."""

    def __init__(self, root: Path) -> None:
        """Raises `UserInputError` where there is no git, no repository, or one without files."""
        self.root = root
        inside = self.try_text("rev-parse", "--is-inside-work-tree")
        if inside is None:
            reason = self.complaint("rev-parse", "--is-inside-work-tree")
            raise UserInputError(str(root), "", f"is not in a git repository that can be read ({reason})")
        if inside != "true":
            raise UserInputError(str(root), "", "is in a bare git repository, which has no files; give a checkout")

    # ---- running -----------------------------------------------------------------------------------------------------

    def start(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Run git to its end."""
        try:
            return subprocess.run(
                ["git", *_SAFE, "-C", str(self.root), *arguments],
                stdin=subprocess.DEVNULL, capture_output=True, check=False, env=_environment(),
            )  # fmt: skip
        except FileNotFoundError:
            raise UserInputError("git", "", "is not installed, or not on PATH; --diff-base and --staged need it") from None
        except OSError as error:
            raise UserInputError("git", "", f"cannot be run: {error.strerror or error}") from None

    def bytes(self, *arguments: str) -> bytes:
        """What git prints. Raises `UserInputError` with its complaint."""
        done = self.start(*arguments)
        if done.returncode:
            raise UserInputError(f"git {arguments[0]}", "", _last_line(done.stderr))
        return done.stdout

    def try_text(self, *arguments: str) -> str | None:
        """What git prints, or None where it refuses."""
        done = self.start(*arguments)
        return None if done.returncode else done.stdout.decode("utf-8", "surrogateescape").strip()

    def complaint(self, *arguments: str) -> str:
        """The last line of what git complains of."""
        return _last_line(self.start(*arguments).stderr)

    # ---- revisions ---------------------------------------------------------------------------------------------------

    def commit(self, revision: str) -> str:
        """The id of the commit that a revision names. Raises `UserInputError` where this clone does not have it."""
        if revision and not revision.startswith("-") and "\0" not in revision:
            found = self.try_text("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
            if found:
                return found
        is_shallow = self.try_text("rev-parse", "--is-shallow-repository") == "true"
        advice = "; the clone is shallow: fetch it first, as in `git fetch --depth=1 origin REV`" if is_shallow else ""
        raise UserInputError("--diff-base", revision, f"is no commit of this repository{advice}")

    def fork_point(self, revision: str) -> tuple[str, str]:
        """The commit from which HEAD and a revision went apart, so that what happened there since then is not ours.

        With it a remark: where the history between is missing, as in a shallow clone, the revision itself is compared with.
        """
        base = self.commit(revision)
        if self.try_text("rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None:
            return base, ""
        common = self.try_text("merge-base", base, "HEAD")
        if common:
            return common.split("\n")[0], ""
        return base, f"no common history with {revision} in this clone; compared with {revision} itself"

    def tree(self, commit: str) -> tuple[Blob, ...]:
        """The regular files of a commit below the root; links and submodules are left out."""
        prefix = (self.try_text("rev-parse", "--show-prefix") or "").rstrip("/")
        if prefix and self.try_text("rev-parse", "--verify", "--quiet", f"{commit}:{prefix}") is None:
            return ()  # the folder did not exist then
        return tuple(_blobs(self.bytes("ls-tree", "-r", "-z", "--full-tree", f"{commit}:{prefix}"), id_field=2))

    def staged(self) -> tuple[tuple[Blob, ...], tuple[str, ...]]:
        """The regular files of the index below the root, and the paths that are in conflict."""
        listing = self.bytes("ls-files", "--stage", "-z")
        conflicts = {path for fields, path in _rows(listing) if fields[2] != b"0"}
        return tuple(_blobs(listing, id_field=1, left_out=conflicts)), tuple(sorted(conflicts))

    def changed_in_index(self) -> frozenset[str]:
        """The paths below the root whose staged content is not that of HEAD; all of them before the first commit."""
        if self.try_text("rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None:
            return frozenset(blob.path for blob in self.staged()[0])
        names = self.bytes("diff-index", "--cached", "--name-only", "--relative", "--no-renames", "--diff-filter=d", "-z", "HEAD")
        return frozenset(name for raw in names.split(b"\0") if (name := _name(raw)))

    def changes_by_path(self, most_commits: int, most_bytes: int = 50_000_000) -> tuple[dict[str, int], int]:
        """How many of the last commits changed each path below the root, and how many commits that were.

        Merges and the first commit are left out. Reading ends after `most_bytes` of names: a hostile history can have any.
        """
        ids = self.try_text("rev-list", f"--max-count={most_commits}", "--no-merges", "HEAD")
        if not ids:
            return {}, 0
        counts: dict[str, int] = {}
        with tempfile.TemporaryFile() as stream:
            stream.write(f"{ids}\n".encode())
            stream.seek(0)
            command = ["git", *_SAFE, "-C", str(self.root), "diff-tree", "--stdin", "-r", "-z", "--name-only", "--no-commit-id"]
            quiet = ("--no-renames", "--no-ext-diff", "--no-textconv", "--relative")
            with subprocess.Popen(
                [*command, *quiet], stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
            ) as running:
                names = running.stdout.read(most_bytes) if running.stdout else b""
                running.kill()
        for raw in names.split(b"\0")[:-1]:
            name = _name(raw)
            if name:
                counts[name] = counts.get(name, 0) + 1
        return counts, ids.count("\n") + 1

    def write(self, blobs: Iterable[Blob], folder: Path, most_bytes: int) -> list[Blob]:
        """Write files into a folder as they are in the repository: no filter, no line ends changed.

        Of a file larger than `most_bytes` the beginning is written; its size is kept. Returned are those whose content
        this clone does not have.
        """
        wanted = list(blobs)
        with (
            tempfile.TemporaryDirectory(prefix="offramp-") as plain,
            tempfile.TemporaryFile() as ids,
            tempfile.TemporaryFile() as contents,
        ):
            ids.write("".join(f"{blob.id}\n" for blob in wanted).encode())
            ids.seek(0)
            done = subprocess.run(
                ["git", *_SAFE, "cat-file", "--batch", "--buffer"],
                stdin=ids, stdout=contents, stderr=subprocess.PIPE, check=False, env=self.plain_repository(Path(plain), wanted),
            )  # fmt: skip
            if done.returncode:
                raise UserInputError("git cat-file", "", _last_line(done.stderr))
            contents.seek(0)
            return [blob for blob in wanted if not _write_blob(contents, folder / blob.path, most_bytes)]

    def plain_repository(self, folder: Path, blobs: list[Blob]) -> dict[str, str]:
        """The environment of a repository without any configuration that has the objects of this one.

        In it nothing that a clone lacks is asked for from where it came, and it is not the clone's own settings that rule.
        """
        objects = self.bytes("rev-parse", "--path-format=absolute", "--git-path", "objects").decode("utf-8", "surrogateescape")
        (folder / "objects").mkdir()
        (folder / "refs").mkdir()
        (folder / "HEAD").write_text("ref: refs/heads/none\n")
        if any(len(blob.id) > SHA1_DIGITS for blob in blobs):
            (folder / "config").write_text("[core]\nrepositoryformatversion = 1\n[extensions]\nobjectformat = sha256\n")
        return {**_elsewhere(), "GIT_DIR": str(folder), "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects.rstrip("\n")}


def _write_blob(contents: BinaryIO, path: Path, most_bytes: int) -> bool:
    """Write the next object; False where it is missing."""
    header = contents.readline().split()
    if len(header) != 3:
        return False
    size = int(header[2])
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(contents.read(min(size, most_bytes)))
        stream.truncate(size)
    contents.seek(max(size - most_bytes, 0) + 1, os.SEEK_CUR)
    return True


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}


def _elsewhere() -> dict[str, str]:
    """The environment of a call that is about no repository of the user's."""
    return {key: value for key, value in _environment().items() if key not in _LOCATION}


def _rows(listing: bytes) -> Iterator[tuple[list[bytes], str]]:
    """The fields and the path of each entry of `ls-tree -z` or `ls-files --stage -z`."""
    for row in listing.split(b"\0"):
        fields, _, raw = row.partition(b"\t")
        name = _name(raw)
        if name:
            yield fields.split(), name


def _blobs(listing: bytes, id_field: int, left_out: Iterable[str] = ()) -> Iterator[Blob]:
    for fields, path in _rows(listing):
        if fields[0] in _REGULAR_MODES and path not in left_out:
            yield Blob(path, fields[id_field].decode("ascii"))


def _name(raw: bytes) -> str:
    """A path that may be written below a folder, or "": a hostile tree can hold any."""
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    parts = PurePosixPath(name).parts
    return "" if not parts or ".." in parts or parts[0] == "/" or ".git" in {part.lower() for part in parts} else name


def _last_line(complaint: bytes) -> str:
    lines = complaint.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ") if lines else "git says nothing more"


# ---- lines -----------------------------------------------------------------------------------------------------------


def differences(old: Path, new: Path) -> list[tuple[str, str, tuple[Hunk, ...]]]:
    """The files that two folders share, also under another name: (old name, new name, what changed in it).

    Names must be plain ASCII without blanks. Nothing of any repository is in force here.
    """
    environment = {**_elsewhere(), "GIT_CEILING_DIRECTORIES": str(old.parent.parent)}
    done = subprocess.run(
        ["git", *_SAFE, "diff", "--no-index", "--no-ext-diff", "--no-textconv", "--no-color", "--ignore-cr-at-eol",
         "--find-renames", "--unified=0", "--text", "--src-prefix=a/", "--dst-prefix=b/", old.name, new.name],
        cwd=old.parent, capture_output=True, check=False, env=environment,
    )  # fmt: skip
    if done.returncode > 1:
        raise UserInputError("git diff", "", _last_line(done.stderr))
    found: list[tuple[str, str, tuple[Hunk, ...]]] = []
    hunks: list[Hunk] = []
    names: tuple[str, str] | None = None
    for line in (*done.stdout.split(b"\n"), b"diff --git a/ b/"):
        if line.startswith(b"diff --git "):
            if names:
                found.append((*names, tuple(hunks)))
            first, _, second = line.decode("ascii").removeprefix("diff --git a/").partition(" b/")
            names, hunks = (first.partition("/")[2], second.partition("/")[2]), []
        elif line.startswith(b"@@ "):
            hunks.append(_hunk(line.split()[1:3]))
        elif line.startswith((b"new file mode", b"deleted file mode")):
            names = None
    return found


def _hunk(ranges: list[bytes]) -> Hunk:
    (old_first, old_count), (new_first, new_count) = (
        (int(first), int(count or 1)) for first, _, count in (text[1:].partition(b",") for text in ranges)
    )
    return Hunk(old_first, old_count, new_first, new_count)
