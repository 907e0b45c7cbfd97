"""Replays commits of a repository through the gate, as if each had just been made, and counts what it says is new.

usage: python benchmarks/replay_gate.py CHECKOUT [--last REV] [--commits 20] [--verdicts FILE.csv] [--findings FILE.json]
           [--write docs/replay.md --name torchtitan]

CHECKOUT is a git repository with its history, bare or not; nothing in it is changed. Looked at are the last commits before REV
that touch Python and are no merges, oldest first. Every commit is asked about in three ways:

- since its parent: `offramp check --diff-base PARENT`, as CI asks;
- as a hook: `offramp check FILES` with the files that the commit changes, against a baseline of the parent;
- against a baseline: the whole repository against a baseline of the parent, which is a second opinion on the first.

--findings writes what was found, to be read against the diffs. --verdicts says what reading it came to, a row for each:
commit, path, line, rule_id, verdict and note. A verdict is `true`, `severity` (only that is wrong), `misplaced` (a tie of the
rule is new in this file, but another line), `false`, or `miss` for what was not reported. The table counts them; a miss that is
reported by now counts as true.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from processes import spend
from rivals import offramp, own_environment
from tables import note, table, write_into

VERDICTS = ("true", "severity", "misplaced", "false", "miss")
WAYS = ("since its parent", "as a hook", "against a baseline")
SHORT = 9


class Place(NamedTuple):
    """What was found, and where."""

    path: str
    line: int
    rule_id: str


class Verdict(NamedTuple):
    """What reading a place of a commit came to."""

    commit: str
    place: Place
    verdict: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that is replayed, and its files that are still there after it."""

    name: str
    parent: str
    files: tuple[str, ...]


@dataclass(slots=True)
class Answer:
    """What the gate said of a commit, in each way that it was asked, and how long that took."""

    commit: Commit
    findings: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def places(self, ways: Iterable[str] = WAYS) -> frozenset[Place]:
        """What was found in some ways."""
        return frozenset(place_of(finding) for way in ways for finding in self.findings[way])


def place_of(finding: Mapping[str, object]) -> Place:
    """Where a finding of the gate's JSON is, in the file."""
    return Place(str(finding["path"]), int(str(finding["file_line"] or finding["line"])), str(finding["rule_id"]))


# ---- the history -----------------------------------------------------------------------------------------------------


class History:
    """A working copy of its own that shares the objects of a repository."""

    def __init__(self, source: Path, root: Path) -> None:
        self.root = root
        _run(["git", "clone", "--quiet", "--shared", "--no-checkout", str(source.resolve()), str(root)], root.parent)

    def git(self, *arguments: str) -> str:
        """What git prints."""
        return _run(["git", "-c", "core.hooksPath=.none", *arguments], self.root)

    def commits(self, last: str, count: int) -> list[Commit]:
        """The last commits up to one, oldest first."""
        listed = self.git("log", "--no-merges", f"--max-count={count}", "--format=%H %P", last, "--", "*.py").split("\n")
        return [Commit(name, parent, self.changed(parent, name)) for name, parent in map(str.split, reversed(listed))]

    def changed(self, parent: str, name: str) -> tuple[str, ...]:
        """The files that a commit adds or changes, under their new names."""
        return tuple(filter(None, self.git("diff", "--name-only", "-z", "--diff-filter=d", parent, name).split("\0")))

    def lay_out(self, commit: str) -> None:
        """Make the work tree that of a commit; files whose content the repository lacks are left out."""
        self.git("update-ref", "--no-deref", "HEAD", commit)
        self.git("read-tree", commit)
        self.git("clean", "-fdxq")
        command = ["git", "checkout-index", "--all", "--force", "--quiet"]
        subprocess.run(command, cwd=self.root, capture_output=True, check=False)


def _run(command: list[str], cwd: Path) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(command, cwd=cwd, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def replay(history: History, commits: Sequence[Commit], work: Path) -> Iterator[Answer]:
    """Ask about every commit in every way."""
    baseline = work / "baseline.json"
    environment = own_environment(work / "cache")
    for number, commit in enumerate(commits, 1):
        note(f"{number} of {len(commits)}: {commit.name[:SHORT]}")
        history.lay_out(commit.parent)
        spend(offramp("baseline", "write", "--baseline", str(baseline), "--force"), history.root, environment)
        history.lay_out(commit.name)
        against = ["--baseline", str(baseline)]
        asked = {
            "since its parent": ["--no-baseline", "--diff-base", commit.parent],
            "as a hook": [*against, *(file for file in commit.files if (history.root / file).is_file())],
            "against a baseline": against,
        }
        answer = Answer(commit)
        for way, arguments in asked.items():
            spent = spend(offramp("check", "--format", "json", "--quiet", *arguments), history.root, environment, (0, 1))
            answer.findings[way] = json.loads(spent.output)["new"]
            answer.seconds[way] = spent.wall_seconds
        yield answer


# ---- what reading it came to -----------------------------------------------------------------------------------------


def read_verdicts(path: Path) -> list[Verdict]:
    """The verdicts of a file. Raises `ValueError` for a word that is none."""
    verdicts = []
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["verdict"] not in VERDICTS:
                raise ValueError(f"{path}: {row['verdict']!r} is none of {', '.join(VERDICTS)}")
            place = Place(row["path"], int(row["line"]), row["rule_id"])
            verdicts.append(Verdict(row["commit"], place, row["verdict"]))
    return verdicts


def judged(commit: str, found: Collection[Place], verdicts: Iterable[Verdict]) -> Counter[str]:
    """How many places of a commit are what; `unread` are those that nobody has read."""
    own = {verdict.place: verdict.verdict for verdict in verdicts if commit.startswith(verdict.commit)}
    counts = Counter("true" if own.get(place) == "miss" else own.get(place, "unread") for place in found)
    counts["miss"] = sum(verdict == "miss" and place not in found for place, verdict in own.items())
    return counts


def replay_table(answers: Sequence[Answer], verdicts: Sequence[Verdict]) -> str:
    """A row for each commit, and their sum."""
    head = ["commit", "files", *(f"new {way}" for way in WAYS), *VERDICTS, "unread", "seconds for all", "seconds as a hook"]
    rows, total = [], Counter[str]()
    for answer in answers:
        counts = judged(answer.commit.name, answer.places(), verdicts)
        counts["files"] = len(answer.commit.files)
        counts.update({way: len(answer.places([way])) for way in WAYS})
        seconds = [f"{answer.seconds[way]:.1f}" for way in WAYS[:2]]
        rows.append([f"`{answer.commit.name[:SHORT]}`", *_cells(counts), *seconds])
        total.update(counts)
    return table(head, [*rows, ["all", *_cells(total), "", ""]])


def _cells(counts: Counter[str]) -> list[str]:
    return [str(counts[name]) for name in ("files", *WAYS, *VERDICTS, "unread")]


def main() -> None:
    """Replay, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--last", default="HEAD", help="the last commit to replay")
    parser.add_argument("--commits", type=int, default=20)
    parser.add_argument("--verdicts", type=Path, help="what reading the findings came to")
    parser.add_argument("--findings", type=Path, help="where to write what was found, as JSON")
    parser.add_argument("--write", type=Path, action="append", default=[], help="a Markdown file with marks; repeatable")
    parser.add_argument("--name", default="commits", help="the name between the marks")
    options = parser.parse_args()
    verdicts = read_verdicts(options.verdicts) if options.verdicts else []
    with tempfile.TemporaryDirectory(prefix="offramp-replay-") as folder:
        work = Path(folder)
        history = History(options.checkout, work / "repository")
        answers = list(replay(history, history.commits(options.last, options.commits), work))
    if options.findings:
        document = {answer.commit.name: answer.findings for answer in answers}
        options.findings.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    text = replay_table(answers, verdicts)
    print(text)
    write_into(options.write, {options.name: text}, "replay")


if __name__ == "__main__":
    main()
