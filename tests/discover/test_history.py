"""Churn: commits of the year before HEAD by file, what was used is said, and no repository can make it run or hang."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import analyzer.discover.git
from analyzer.cli.group import group
from analyzer.discover.history import history_key, history_of

PATHS = {"a.py", "b.py", "sub/c.py"}
TIED = "import torch\n\nmodel = torch.nn.Linear(1, 1).cuda()\n"


class Repository:
    """A repository whose commits have a day of their own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, day: str = "2026-01-01") -> str:
        moment = f"{day}T12:00:00+00:00"
        environment = {**os.environ, "GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment, "GIT_CONFIG_GLOBAL": os.devnull}
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True, env=environment
        ).stdout

    def commit(self, day: str, **files: str) -> None:
        for name, text in files.items():
            path = self.root / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self.git("add", "--all", day=day)
        self.git("commit", "--quiet", "-m", "change", day=day)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    found = Repository(tmp_path / "r")
    found.commit("2024-01-01", a=TIED, b="1\n", sub__c="1\n")
    found.commit("2025-01-01", a=TIED + "# 1\n")
    found.commit("2026-03-01", a=TIED + "# 2\n", sub__c="2\n")
    found.commit("2026-04-01", a=TIED + "# 3\n")
    return found


def test_commits_of_the_year_before_the_last_one_count(repository: Repository) -> None:
    history = history_of(repository.root, PATHS)
    assert history.changes == {"a.py": 2, "sub/c.py": 1}
    head = repository.git("rev-parse", "HEAD").strip()
    assert history.used == f"2 commits of the 365 days up to {head[:12]}"


def test_the_same_commit_gives_the_same_counts_on_any_day(repository: Repository) -> None:
    """Ages are judged by HEAD's own date: nothing is read off a clock."""
    repository.commit("2020-01-01", b="2\n")
    assert history_of(repository.root, PATHS).changes == {"a.py": 3, "sub/c.py": 1, "b.py": 1}


def test_merges_and_files_that_nobody_asks_for_do_not_count(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "side", day="2026-05-01")
    repository.commit("2026-05-02", b="3\n", other="1\n")
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "-m", "merge", "side", day="2026-05-03")
    assert history_of(repository.root, PATHS).changes == {"a.py": 2, "sub/c.py": 1, "b.py": 1}


def test_without_a_history_at_the_root_nothing_is_known_and_that_is_said(repository: Repository, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    for root in (plain, repository.root / "sub"):
        history = history_of(root, PATHS)
        assert (history.changes, history.used) == ({}, "none") and "no git history" in history.source
        assert history_key(root) == ""


def test_a_broken_or_empty_repository_is_no_error(tmp_path: Path) -> None:
    for name, make in (("broken", lambda root: (root / ".git").write_text("gitdir: nowhere\n")), ("empty", lambda root: None)):
        root = tmp_path / name
        if name == "empty":
            Repository(root)
        else:
            root.mkdir()
        make(root)
        history = history_of(root, PATHS)
        assert history.used == "none" and "git cannot read it" in history.source


def test_no_program_of_the_repositorys_settings_is_run(repository: Repository, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path / 'sprung'}\n")
    trap.chmod(0o755)
    for key in ("gpg.program", "diff.external", "diff.d.command", "diff.d.textconv", "core.fsmonitor", "core.pager"):
        repository.git("config", key, str(trap))
    repository.git("config", "log.showSignature", "true")
    (repository.root / ".gitattributes").write_text("*.py diff=d\n")
    assert history_of(repository.root, PATHS).changes and not (tmp_path / "sprung").exists()


def test_a_history_without_end_is_given_up(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyzer.discover.git, "MOST_NAMES_BYTES", 3)
    history = history_of(repository.root, PATHS)
    assert history.used == "none" and "more than 3 bytes" in history.source
    monkeypatch.setattr(analyzer.discover.git, "MOST_NAMES_BYTES", 10_000)
    monkeypatch.setattr(analyzer.discover.git, "MOST_SECONDS", 0)
    assert "takes longer" in history_of(repository.root, PATHS).source


def test_a_shallow_clone_counts_what_it_has(repository: Repository, tmp_path: Path) -> None:
    subprocess.run(["git", "clone", "-q", "--depth=2", f"file://{repository.root}", str(tmp_path / "c")], check=True)
    assert history_of(tmp_path / "c", PATHS).changes == {"a.py": 1}
    assert history_key(tmp_path / "c") != history_key(repository.root)


def test_a_report_says_what_was_used_and_a_remembered_one_sees_new_commits(repository: Repository) -> None:
    def scanned() -> tuple[float, str]:
        result = CliRunner().invoke(group, ["scan", str(repository.root), "-q", "--as-of", "2026-11-01", "--format", "json"])
        report = json.loads(result.stdout)
        (used,) = (row["value"] for row in report["assumptions"] if row["id"] == "history.commits")
        items = report["targets"]["trainium2"]["work_items"]
        return next(item["units"] for item in items if item["capability"] == "device-placement"), used

    before, used = scanned()
    assert used.startswith("2 commits")
    for number in range(6):
        repository.commit("2026-04-02", b=f"{number}\n", a=TIED + f"# {number}, again\n")
    repository.commit("2026-04-03", a=TIED + "# 3\n")  # the same bytes as before
    repository.commit("2026-04-03", b="1\n")
    after, used = scanned()
    assert used.startswith("10 commits") and after > before
