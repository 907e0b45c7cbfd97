"""Bad input gets a clear message that names what and why, exit code 2, never a traceback; the rest is analysed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CUDA = "import torch\nx = torch.zeros(3).cuda()\n"


def offramp(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "analyzer", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd or ROOT, env=environment, check=False)


def refused(*arguments: str | Path) -> str:
    result = offramp(*arguments)
    assert result.returncode == 2, result
    assert "Traceback" not in result.stderr
    return result.stderr


def scanned(root: Path) -> dict[str, object]:
    result = offramp("scan", root, "--format", "json", "--quiet")
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    report: dict[str, object] = json.loads(result.stdout)
    return report


def test_missing_path(tmp_path: Path) -> None:
    assert f"{tmp_path / 'missing'}: no such folder" in refused("scan", tmp_path / "missing")


def test_file_instead_of_folder(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CUDA)
    assert "is a file; give the folder" in refused("scan", tmp_path / "a.py")


def test_empty_folder(tmp_path: Path) -> None:
    report = scanned(tmp_path)
    assert report["findings"] == []


BROKEN = {
    "python2.py": (b"print 'cuda'\n", "python-2"),
    "syntax.py": (b"def f(:\n", "syntax-error"),
    "encoding.py": (b"x = '\xe9'\n", "encoding"),
    "nul.py": (b"x = 1\0\n", "nul-byte"),
    "bad.ipynb": (b"not json", "malformed"),
}


def test_broken_files_are_problems_and_the_rest_is_analysed(tmp_path: Path) -> None:
    for name, (data, _) in BROKEN.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "generated.py").write_bytes(b"x = 'cuda'\n" * 4_600_000)
    (tmp_path / "good.py").write_text(CUDA)
    (tmp_path / "loop").symlink_to(tmp_path)
    report = scanned(tmp_path)
    coverage = report["coverage"]
    assert isinstance(coverage, dict) and isinstance(report["findings"], list)
    assert {problem["path"]: problem["reason"] for problem in coverage["problems"]} == {
        name: reason for name, (_, reason) in BROKEN.items()
    }
    skipped = {entry["path"]: entry["reason"] for entry in coverage["skipped"]}
    assert skipped["generated.py"] == "too-large" and skipped["loop"] == "link"
    assert [finding["path"] for finding in report["findings"]] == ["good.py"]
    assert coverage["analysed_share"] < 0.5
    assert offramp("scan", tmp_path, "--strict", "--quiet").returncode == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(CUDA)
    (tmp_path / "a.py").chmod(0)
    report = scanned(tmp_path)
    coverage = report["coverage"]
    assert isinstance(coverage, dict)
    assert [problem["reason"] for problem in coverage["problems"]] == ["unreadable"]


def test_unreadable_file_as_the_reader_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analyzer.facts.read_file import read_file
    from analyzer.model.source import SourceFile

    def refuse(path: Path, most_bytes: int) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("analyzer.facts.decoding.read_regular", refuse)
    (problem,) = read_file(tmp_path, SourceFile("a.py", "python", 1)).problems
    assert (problem.reason, problem.detail) == ("unreadable", "Permission denied")


def test_unknown_target_names_the_nearest(tmp_path: Path) -> None:
    assert "inferentia2" in refused("scan", tmp_path, "--target", "inferentia")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("horizon_months = -1", "horizon_months"),
        ("horizn_months = 12", "horizon_months"),
        ("[fleet]\ncount = 'many'", "fleet.count"),
        ("horizon_months = ", "not valid TOML"),
    ],
)
def test_bad_scenario_names_file_and_key(tmp_path: Path, text: str, expected: str) -> None:
    scenario = tmp_path / "mine.toml"
    scenario.write_text(text)
    message = refused("scan", tmp_path, "--scenario", scenario)
    assert "mine.toml" in message and expected in message


def test_missing_scenario(tmp_path: Path) -> None:
    assert "none.toml: cannot be read" in refused("scan", tmp_path, "--scenario", tmp_path / "none.toml")


def test_bad_settings_file(tmp_path: Path) -> None:
    (tmp_path / "offramp.toml").write_text("exlude = ['a']\n")
    message = refused("scan", tmp_path)
    assert "offramp.toml: exlude: unknown key" in message and "exclude" in message


def test_unknown_output_format_is_refused_before_the_scan(tmp_path: Path) -> None:
    assert "unknown ending '.docx'" in refused("scan", tmp_path, "-o", tmp_path / "report.docx")
    assert "there is no folder" in refused("scan", tmp_path, "-o", tmp_path / "none" / "report.json")


def test_an_existing_report_survives_a_failed_write(tmp_path: Path) -> None:
    from analyzer.cli.output_files import write_whole
    from analyzer.model.errors import UserInputError

    (tmp_path / "folder.json").mkdir()
    with pytest.raises(UserInputError, match="is a folder"):
        write_whole(tmp_path / "folder.json", "x")
    (tmp_path / "kept.json").write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "kept.json", "\ud800")
    assert (tmp_path / "kept.json").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.json", "kept.json"]


def test_bad_date_rule_and_family(tmp_path: Path) -> None:
    assert "must be a date" in refused("scan", tmp_path, "--as-of", "yesterday")
    assert "there is no such rule" in refused("explain", "cuda-synchronise")
    assert "unknown family" in refused("rules", "--family", "nope")


def test_of_a_folder_with_nothing_to_read_nothing_is_promised(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing that is read")
    report = json.loads(offramp("scan", tmp_path, "--format", "json", "--quiet", "--no-cache").stdout)
    assert report["coverage"]["analysed_share"] == 0
    assert {target["verdict"] for target in report["targets"].values()} == {"unknown"}
    assert all("is it the right folder?" in target["sentence"] for target in report["targets"].values())
