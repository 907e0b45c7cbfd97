"""Hot spots by centrality and churn, and work by owner."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from graph_repositories import graph_of, written

from analyzer.discover.code_owners import owned_files, read_code_owners
from analyzer.discover.git import Git
from analyzer.discover.ignore_patterns import IgnorePatterns
from analyzer.graph.hot_spots import hot_spots, shares_of_owners
from analyzer.model.owned_files import OwnedFiles

TIED = "import torch\ndef f():\n    torch.cuda.synchronize()\n"
SOURCES = {
    "top_a.py": "import hub\n", "top_b.py": "import hub\n", "hub.py": f"{TIED}import low\n", "low.py": TIED, "side.py": TIED,
    "CODEOWNERS": "# who\n*.py @all\n/hub.py @core a@example.org\n/side.py\n",
}  # fmt: skip


def test_the_module_that_ways_lead_through_is_hottest(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, SOURCES, with_calls=False)
    spots = hot_spots(graph, {}, {"hub.py": 2.0, "low.py": 1.0}, read_code_owners(tmp_path))
    found = [(spot.path, spot.score, spot.days, spot.owners) for spot in spots]
    assert found == [
        ("hub.py", 1.0, 2.0, ("@core", "a@example.org")), ("low.py", 0.0, 1.0, ("@all",)), ("side.py", 0.0, 0.0, ()),
    ]  # fmt: skip


def test_churn_counts_as_much_as_centrality(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, SOURCES, with_calls=False)
    scores = {spot.path: spot.score for spot in hot_spots(graph, {"low.py": 4, "hub.py": 1}, {}, read_code_owners(tmp_path))}
    assert scores == {"hub.py": 0.625, "low.py": 0.5, "side.py": 0.0}


def test_work_by_owner(tmp_path: Path) -> None:
    owners = read_code_owners(written(tmp_path, SOURCES))
    shares = shares_of_owners({"hub.py": 2.0, "low.py": 1.0, "side.py": 0.5}, owners)
    assert [(share.owner, share.files, share.days) for share in shares] == [
        ("@core", 1, 2.0), ("a@example.org", 1, 2.0), ("@all", 1, 1.0), ("", 1, 0.5),
    ]  # fmt: skip


def test_sections_and_blanks_in_owners(tmp_path: Path) -> None:
    text = "[Docs] @docs\n/docs/\n/my\\ file.py @me # mine\n!/no.py @x\n"
    owners = read_code_owners(written(tmp_path, {".github/CODEOWNERS": text}))
    assert [owners.owners_of(path) for path in ("docs/a/b.py", "my file.py", "no.py")] == [("@docs",), ("@me",), ()]
    assert owners.path == ".github/CODEOWNERS"


def test_files_by_who_owns_them(tmp_path: Path) -> None:
    assert owned_files(read_code_owners(tmp_path), ["a.py"]) == ()
    (tmp_path / "CODEOWNERS").write_text("/a/ @one @two\n/a/b.py @two\n")
    paths = ["a/c.py", "a/b.py", "d.py", "a/a.py", "d.py"]
    assert owned_files(read_code_owners(tmp_path), paths) == (
        OwnedFiles((), ("d.py",)), OwnedFiles(("@one", "@two"), ("a/a.py", "a/c.py")), OwnedFiles(("@two",), ("a/b.py",)),
    )  # fmt: skip


def test_a_folder_is_matched_with_the_owners_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"/a/[b]/{number}* @o{number}\n" for number in range(5))
    owners = read_code_owners(written(tmp_path, {"CODEOWNERS": text}))
    asked: list[str] = []
    matched = IgnorePatterns.deciding_line

    def counting(patterns: IgnorePatterns, path: str) -> int:
        asked.append(path)
        return matched(patterns, path)

    monkeypatch.setattr(IgnorePatterns, "deciding_line", counting)
    paths = [f"a/b/{number}.py" for number in range(4)]
    assert [owners.owners_of(path) for path in (*paths, *paths)] == [(f"@o{number}",) for number in range(4)] * 2
    assert sorted(asked) == ["a/", "a/b/", *paths]


def test_commits_that_changed_a_file(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    git("init", "-q")
    for number, path in enumerate(("sub/a.py", "sub/a.py", "sub/b é.py", "other.py")):
        written(tmp_path, {path: f"x = {number}\n"})
        git("add", "-A")
        git("commit", "-q", "-m", f"Change {number}")
    counts, commits = Git(tmp_path).changes_by_path(100)
    assert counts == {"sub/a.py": 1, "sub/b é.py": 1, "other.py": 1} and commits == 4, "what the first commit brought is no change"
    assert Git(tmp_path / "sub").changes_by_path(100)[0] == {"a.py": 1, "b é.py": 1}, "paths are below the root that is scanned"
    assert Git(tmp_path).changes_by_path(1) == ({"other.py": 1}, 1)
    assert Git(tmp_path).changes_by_path(100, most_bytes=12)[0] in ({"other.py": 1}, {"other.py": 1, "sub/b é.py": 1})
