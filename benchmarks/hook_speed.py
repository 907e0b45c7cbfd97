"""What a commit waits for: the gate on the files that it changes, against a Python that starts and does nothing."""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpora import Corpus
from in_process import python_files
from processes import Spent, median_ratio, spend
from rivals import Rival, offramp, own_environment
from tables import NOT_RUN, note, table

BARE = "bare Python"
WITH_CUDA = re.compile(rb"torch\.cuda|\.cuda\(")
ANY_ACCELERATOR = re.compile(rb"cuda|gpu|nccl|triton|nvidia", re.IGNORECASE)
LINES = range(50, 800)
MANY = 20
MILLISECONDS = 1000
SLOW_RUNS = 3


@dataclass(frozen=True, slots=True)
class Commit:
    """The files that a commit changes, by what is in them."""

    name: str
    files: tuple[str, ...]


def hook_table(corpus: Corpus, folder: Path, runs: int, tools: Sequence[Rival]) -> str:
    """Milliseconds of wall time and the ratio to a bare Python, a row for each kind of commit."""
    note(f"hook: {corpus.name}")
    commits = commits_of(corpus.root)
    root = folder / "repository"
    make_repository(corpus.root, root, sorted({file for commit in commits for file in commit.files}))
    callers = ["Offramp", *(tool.name for tool in tools if tool.in_hook)]
    rows = []
    for commit in commits:
        walls = _walls(root, folder / "cache", commit, runs, tools)
        rows.append([
            commit.name,
            f"{statistics.median(walls[BARE]) * MILLISECONDS:.0f} ms",
            *(_cell(walls.get(name), walls[BARE]) for name in callers),
        ])  # fmt: skip
    return table(["files of a commit", BARE, *callers], rows)


def _cell(walls: list[float] | None, bare: list[float]) -> str:
    if not walls:
        return NOT_RUN
    return f"{statistics.median(walls) * MILLISECONDS:.0f} ms ({median_ratio(walls, bare[: len(walls)]):.1f}x)"


def _walls(root: Path, cache: Path, commit: Commit, runs: int, tools: Sequence[Rival]) -> dict[str, list[float]]:
    """Seconds of every run, after one that counts for nothing: rules are remembered and files are in memory."""
    walls: dict[str, list[float]] = {}
    for run in range(runs + 1):
        spent: dict[str, Spent] = {BARE: spend([sys.executable, "-I", "-c", "pass"], root)}
        spent["Offramp"] = spend(offramp("check", *commit.files), root, own_environment(cache), (0, 1))
        for tool in tools:
            if tool.version and tool.in_hook and (run <= SLOW_RUNS or not tool.is_slow):
                spent[tool.name] = spend([*tool.command, *commit.files], root, tool.environment, tool.accepted)
        for name, one in spent.items():
            if run:
                walls.setdefault(name, []).append(one.wall_seconds)
    return walls


def commits_of(root: Path) -> list[Commit]:
    """One file and twenty, with CUDA and without, from all over a corpus."""
    with_cuda, without = [], []
    for path in python_files(root):
        content = path.read_bytes()
        if content.count(b"\n") not in LINES:
            continue
        name = path.relative_to(root).as_posix()
        if WITH_CUDA.search(content):
            with_cuda.append(name)
        elif not ANY_ACCELERATOR.search(content):
            without.append(name)
    return [
        Commit(f"{len(files)} {what}" if len(files) > 1 else f"one {what}", tuple(files))
        for what, found in (("with CUDA", with_cuda), ("without", without))
        for files in (spread(found, 1), spread(found, MANY))
        if files
    ]


def spread(names: Sequence[str], wanted: int) -> list[str]:
    """So many names, evenly spaced."""
    step = max(len(names) // wanted, 1)
    return list(names[step // 2 :: step][:wanted])


def make_repository(source: Path, root: Path, changed: Sequence[str]) -> None:
    """A git repository with everything committed but a line at the end of some files, which is staged."""
    shutil.copytree(source, root)
    _git(root, "init", "--quiet")
    _git(root, "add", "--all", "--force")
    _git(root, "commit", "--quiet", "--no-verify", "-m", "everything")
    for name in changed:
        with (root / name).open("ab") as file:
            file.write(b"\nCHANGED = True\n")
    _git(root, "add", "--update")


def _git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=.none"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *identity, *arguments], cwd=root, env=environment, check=True, capture_output=True)
