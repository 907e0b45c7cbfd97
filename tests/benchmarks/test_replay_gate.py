"""The replay of commits through the gate: on a repository made here, and its counting of verdicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from replay_gate import Answer, Commit, Place, Verdict, judged, read_verdicts, replay_table

ROOT = Path(__file__).parents[2]
VERDICTS = "commit,path,line,rule_id,verdict,note\n"
TIED = "import torch\n\nmodel = torch.nn.Linear(1, 1).cuda()\n"
HELPER = "def device():\n    return 'cpu'\n"
USER = "import torch\nfrom helper import device\n\nx = torch.zeros(3).to(device())\n"


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=.none"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment["GIT_CONFIG_GLOBAL"] = os.devnull
    result = subprocess.run(["git", *identity, *arguments], cwd=root, env=environment, check=True, capture_output=True, text=True)
    return result.stdout.strip()


def commit(root: Path, files: dict[str, str | None]) -> str:
    for name, text in files.items():
        if text is None:
            (root / name).unlink()
        else:
            (root / name).write_text(text)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "change")
    return git(root, "rev-parse", "HEAD")


def test_commits_are_replayed_and_their_alarms_counted(tmp_path: Path) -> None:
    root = tmp_path / "source"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, {"tied.py": TIED, "helper.py": HELPER, "user.py": USER})
    added = commit(root, {"tied.py": TIED + "other = model.cuda()\n"})
    tainted = commit(root, {"helper.py": HELPER.replace("cpu", "cuda")})
    moved = commit(root, {"tied.py": None, "new.py": TIED + "other = model.cuda()\n"})
    commit(root, {"README.md": "no Python\n"})
    verdicts, page = tmp_path / "verdicts.csv", tmp_path / "page.md"
    verdicts.write_text(f"{VERDICTS}{added[:9]},tied.py,4,cuda-method,true,\n{moved[:9]},new.py,1,some-rule,miss,\n")
    page.write_text("<!-- replay: commits -->\n<!-- replay: end -->\n")
    command = [
        sys.executable, str(ROOT / "benchmarks" / "replay_gate.py"), str(root), "--commits", "3", "--verdicts", str(verdicts),
        "--findings", str(tmp_path / "findings.json"), "--write", str(page),
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.read_text().split("\n")[3:7]]
    assert [row[:6] for row in rows] == [
        [f"`{added[:9]}`", "1", "1", "1", "1", "1"],
        [f"`{tainted[:9]}`", "1", "2", "1", "2", "0"],
        [f"`{moved[:9]}`", "1", "0", "0", "0", "0"],
        ["all", "3", "3", "2", "3", "1"],
    ]
    assert [row[9:11] for row in rows] == [["0", "0"], ["0", "2"], ["1", "0"], ["1", "2"]]
    findings = json.loads((tmp_path / "findings.json").read_text())
    assert [finding["path"] for finding in findings[tainted]["since its parent"]] == ["helper.py", "user.py"]
    assert [finding["path"] for finding in findings[tainted]["as a hook"]] == ["helper.py"]
    assert git(root, "status", "--short") == ""


def test_verdicts_are_read_strictly_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.csv"
    file.write_text(f"{VERDICTS}abc,a.py,1,rule,maybe,\n")
    with pytest.raises(ValueError, match="'maybe' is none of"):
        read_verdicts(file)
    file.write_text(f"{VERDICTS}abc,a.py,1,rule,false,a comment\nabc,b.py,2,rule,miss,\ndef,c.py,3,rule,true,\n")
    verdicts = read_verdicts(file)
    found = [Place("a.py", 1, "rule"), Place("c.py", 3, "rule")]
    assert judged("abcdef", found, verdicts) == {"false": 1, "unread": 1, "miss": 1}
    assert judged("abcdef", [*found, Place("b.py", 2, "rule")], verdicts) == {"false": 1, "unread": 1, "true": 1, "miss": 0}
    assert verdicts[2] == Verdict("def", Place("c.py", 3, "rule"), "true")


def test_the_table_counts_a_place_once_however_often_it_is_found() -> None:
    finding: dict[str, object] = {"path": "a.ipynb", "line": 1, "file_line": 40, "rule_id": "rule"}
    ways = ("since its parent", "as a hook", "against a baseline")
    answer = Answer(Commit("abcdef" * 7, "", ("a.ipynb",)), {way: [finding] for way in ways}, dict.fromkeys(ways, 1.0))
    last = replay_table([answer], [Verdict("abc", Place("a.ipynb", 40, "rule"), "severity")]).split("\n")[-1]
    assert last == "| all | 1 | 1 | 1 | 1 | 0 | 1 | 0 | 0 | 0 | 0 |  |  |"


@pytest.mark.parametrize("file", sorted((ROOT / "benchmarks" / "replays").glob("*.csv")), ids=lambda file: file.stem)
def test_published_verdicts_can_be_read_and_the_published_table_is_whole(file: Path) -> None:
    page = (ROOT / "docs" / "replay.md").read_text("utf-8")
    block = page.partition(f"<!-- replay: {file.stem} -->\n")[2].partition("\n<!-- replay: end -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.split("\n")]
    head, body, total = rows[0], rows[2:-1], rows[-1]
    assert len(body) == 20 and {len(row) for row in rows} == {len(head)}
    for column in range(1, head.index("unread") + 1):
        assert sum(int(row[column]) for row in body) == int(total[column]), head[column]
    assert total[head.index("unread")] == "0"
    verdicts = read_verdicts(file)
    assert verdicts and {verdict.commit for verdict in verdicts} <= {row[0].strip("`") for row in body}
