"""How a report says that it was made: the command makes the same bytes again, and names no place on the machine."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from analyzer.cli.group import group
from analyzer.discover.git import head_commit

WORKLOAD = '[fleet]\ninstance_type = "g5.2xlarge"\ncount = 4\n[model]\nkind = "encoder"\n[traffic]\npeak_per_second = 40\naverage_per_second = 20\n'


def run(*arguments: object) -> None:
    result = CliRunner().invoke(group, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", "-C", str(root), *identity, *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "a tree; rm"
    (root / "part").mkdir(parents=True)
    (root / "part" / "a.py").write_text("import torch\nx = torch.zeros(3).cuda()\n")
    (root / "b.py").write_text("import torch\ntorch.cuda.synchronize()\n")
    (tmp_path / "my workload.toml").write_text("version = 1\n" + WORKLOAD)
    return root


def made(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())["made"]
    return found


def test_the_command_makes_the_same_bytes_again(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = (
        "-t",
        "trainium2",
        "--workload",
        tmp_path / "my workload.toml",
        "--exclude",
        "part/*",
        "--no-source",
        "--as-of",
        "2026-11-01",
    )
    run("scan", tree, *options, "-q", "--no-cache", "--workers", "1", "-o", "first.json")
    (line,) = made(Path("first.json"))["commands"]
    assert str(tmp_path) not in Path("first.json").read_text()
    words = shlex.split(line)
    assert words[:3] == ["offramp", "scan", tree.name] and "my workload.toml" in words and "part/*" in words
    run(*words[1:], "-q", "--no-cache")
    assert Path("report.json").read_bytes() == Path("first.json").read_bytes()
    assert line in Path("report.html").read_text().replace("&#39;", "'")


def test_settings_of_the_repository_are_in_the_command(tree: Path, tmp_path: Path) -> None:
    (tree / "offramp.toml").write_text('targets = ["rocm"]\nexclude = ["part/*"]\n')
    run("scan", tree, "-q", "-o", tmp_path / "r.json", "--as-of", "2026-11-01")
    assert made(tmp_path / "r.json")["commands"] == [
        "offramp scan 'a tree; rm' -t rocm --exclude 'part/*' --as-of 2026-11-01 -o report.html -o report.json"
    ]


def test_what_is_costed_anew_is_a_second_command(tree: Path, tmp_path: Path) -> None:
    run("scan", tree, "-q", "-o", tmp_path / "r.json", "--as-of", "2026-11-01")
    run("report", tmp_path / "r.json", "-o", tmp_path / "same.json")
    assert made(tmp_path / "same.json") == made(tmp_path / "r.json"), "drawn again, it is the same report"
    run("report", tmp_path / "r.json", "--workload", tmp_path / "my workload.toml", "-o", tmp_path / "new.json")
    assert made(tmp_path / "new.json")["commands"][1:] == [
        "offramp report report.json --workload 'my workload.toml' --as-of 2026-11-01 -o report.html -o report.json"
    ]


def test_the_commit_is_told_where_the_folder_is_in_one(tree: Path, tmp_path: Path) -> None:
    assert head_commit(tree) == ""
    git(tree, "init", "-q")
    assert head_commit(tree) == "", "before the first commit"
    git(tree, "add", "b.py")
    git(tree, "commit", "-qm", "one")
    head = git(tree, "rev-parse", "HEAD")
    assert head_commit(tree) == head and head_commit(tree / "part") == "", "a folder that is in no commit"
    for _ in range(2):
        run("scan", tree, "-q", "-o", tmp_path / "r.json", "-o", tmp_path / "r.html", "--as-of", "2026-11-01")
        assert made(tmp_path / "r.json")["commit"] == head and head in (tmp_path / "r.html").read_text()
        git(tree, "commit", "-q", "--allow-empty", "-m", "two")  # the same files: what is remembered must not tell the old commit
        head = git(tree, "rev-parse", "HEAD")


def test_a_report_of_before_is_read(tree: Path, tmp_path: Path) -> None:
    run("scan", tree, "-q", "-o", tmp_path / "r.json", "--as-of", "2026-11-01")
    document = json.loads((tmp_path / "r.json").read_text())
    del document["made"]
    for target in document["targets"].values():
        del target["effort"]["quantiles"]
        for driver in target["effort"]["drivers"]:
            del driver["below_days"], driver["above_days"]
    (tmp_path / "old.json").write_text(json.dumps(document))
    run("report", tmp_path / "old.json", "-o", tmp_path / "old.html")
    page = (tmp_path / "old.html").read_text()
    assert "offramp scan" in page and 'class="dots"' not in page and "What does it take?" in page
