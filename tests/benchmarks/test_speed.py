"""The speed benchmark's own logic: what it measures on, how it measures, and that its tables are whole. No network, no clock."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import corpora
import pytest
from contestants import HOOK
from corpora import Corpus, CorpusError, Package, fetched, gather, index_address, laid_out, packages, unpack, unpacked
from hook_speed import commits_of, make_repository, spread
from in_process import parse_seconds, python_files
from processes import Spent, median_ratio, spend
from rivals import WORDS, rivals
from scaling import fill
from speed import (
    NAMES,
    Series,
    checkout,
    contestant_table,
    options_of,
    ratio_text,
    scan_table,
    stage_table,
    summary_table,
    version_text,
)
from tables import NOT_RUN, table, written

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "speed.md").read_text("utf-8")
MISSING = "no-such-command-anywhere"


# ---- what is measured on ---------------------------------------------------------------------------------------------


def wheel_with(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as wheel:
        for name in names:
            wheel.writestr(name, "x = 1\n")
    return path


def test_archives_are_unpacked_and_nothing_else(tmp_path: Path) -> None:
    unpack(wheel_with(tmp_path / "a.whl", "a/b.py", "a/c/d.txt"), tmp_path / "wheel")
    assert sorted(path.name for path in (tmp_path / "wheel").rglob("*.*")) == ["b.py", "d.txt"]
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as sdist:
        sdist.addfile(tarfile.TarInfo("a-1/setup.py"), io.BytesIO(b""))
        link = tarfile.TarInfo("a-1/link.py")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        sdist.addfile(link)
    unpack(tmp_path / "a.tar.gz", tmp_path / "sdist")
    assert [path.name for path in (tmp_path / "sdist" / "a-1").iterdir()] == ["setup.py"]


@pytest.mark.parametrize("name", ["../out.py", "/etc/out.py", "a/../../out.py", "a\\..\\out.py"])
def test_an_archive_that_wants_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusError, match=r"out\.py"):
        unpack(wheel_with(tmp_path / "a.whl", name), tmp_path / "target")
    assert not list(tmp_path.rglob("out.py"))


def test_only_the_pinned_bytes_are_unpacked(tmp_path: Path) -> None:
    archive = wheel_with(tmp_path / "a.whl", "a/b.py")
    with pytest.raises(CorpusError, match="is not the pinned file"):
        fetched(Package("a", "a.whl", "0" * 64, "a"), tmp_path)
    import hashlib

    pinned = Package("a", "a.whl", hashlib.sha256(archive.read_bytes()).hexdigest(), "a")
    assert [path.name for path in unpacked(pinned, tmp_path).iterdir()] == ["b.py"]
    archive.unlink()
    assert unpacked(pinned, tmp_path).is_dir()


def test_pins_are_whole_and_name_no_host() -> None:
    found = packages()
    assert len({package.name for package in found}) == len(found) >= 4
    for package in found:
        assert re.fullmatch(r"[0-9a-f]{64}", package.sha256) and package.file.endswith((".whl", ".tar.gz"))
    assert "://" not in corpora.PINS.read_text("utf-8") + Path(corpora.__file__).read_text("utf-8")


def test_the_index_is_the_one_of_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://example.org/simple")
    assert index_address() == "https://example.org/simple"
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setattr(
        corpora, "_output", lambda command: "" if "get" in command else "-i, --index-url <url>  Base\n (default\n https://x/y)."
    )
    assert index_address() == "https://x/y"
    monkeypatch.setattr(corpora, "_output", lambda command: "")
    with pytest.raises(CorpusError):
        index_address()


def test_everybody_gets_the_files_of_a_scan_and_nobody_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "source"
    for name in ("a.py", "b/c.py", ".git/config.py", "node_modules/d.py", "setup.cfg", ".semgrepignore"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("x = 1\n")
    corpus = laid_out("one", source, tmp_path / "work")
    assert [path.relative_to(corpus.root).as_posix() for path in python_files(corpus.root)] == ["a.py", "b/c.py"]
    assert not (corpus.root / ".semgrepignore").exists()
    found = gather(["two", "gone"], {"two": source, "gone": tmp_path / "gone"}, tmp_path, tmp_path / "more")
    assert [one.name for one in found] == ["two"] and "gone: left out" in capsys.readouterr().err


# ---- how it is measured ----------------------------------------------------------------------------------------------


def test_a_process_is_measured_whole() -> None:
    spent = spend([sys.executable, "-c", "import os; print(os.environ['WORD'])"], extra={"WORD": "here"})
    assert spent.output == b"here\n" and spent.peak_bytes > 1_000_000 and spent.cpu_seconds > 0 and spent.wall_seconds > 0
    assert spend([sys.executable, "-c", "raise SystemExit(1)"], accepted=(0, 1)).output == b""
    with pytest.raises(RuntimeError, match="ended with 3: because"):
        spend([sys.executable, "-c", "import sys; sys.stderr.write('because'); sys.exit(3)"])


def test_ratios_are_taken_run_by_run() -> None:
    assert median_ratio([2, 30, 4], [1, 10, 4]) == 2
    with pytest.raises(ValueError, match="longer"):
        median_ratio([1], [1, 2])
    assert [ratio_text(ratio) for ratio in (0.123, 4.56, 78.9)] == ["0.12x", "4.6x", "79x"]


def test_what_does_not_parse_is_passed_over() -> None:
    assert parse_seconds([b"x = 1", b"x =", b"\0"]) >= 0


def test_words_of_the_hook_are_those_that_accuracy_is_measured_with() -> None:
    assert "(?:" not in WORDS and re.compile(WORDS).groups >= re.compile(HOOK.pattern).groups
    assert re.search(WORDS, "torch.cuda.synchronize()") and not re.search(WORDS, 'device="cuda"')


def test_what_is_not_installed_has_no_version() -> None:
    tools = rivals(MISSING, MISSING, MISSING)
    assert [tool.name for tool in tools if not tool.version and tool.name != "grep"] == ["semgrep", "torchfix", "ruff"]
    assert "no semgrep" in version_text(tools, 5)


def test_commits_have_one_file_and_twenty(tmp_path: Path) -> None:
    for number in range(50):
        line = "x = torch.zeros(1).cuda()\n" if number % 2 else "x = 1\n"
        (tmp_path / f"{number:02}.py").write_text("import torch\n" + line * 60)
    (tmp_path / "short.py").write_text("x = torch.zeros(1).cuda()\n")
    (tmp_path / "comment.py").write_text("# no GPU here\n" * 60)
    commits = commits_of(tmp_path)
    assert [(commit.name, len(commit.files)) for commit in commits] == [
        ("one with CUDA", 1), ("20 with CUDA", 20), ("one without", 1), ("20 without", 20),
    ]  # fmt: skip
    files = {file for commit in commits for file in commit.files}
    assert not files & {"short.py", "comment.py"}
    assert spread("abcdef", 2) == ["b", "e"] and spread("ab", 5) == ["a", "b"] and spread("", 1) == []


def test_the_repository_of_a_commit_has_its_files_staged(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    for name in ("a.py", "b.py"):
        (tmp_path / "source" / name).write_text("x = 1\n")
    make_repository(tmp_path / "source", tmp_path / "repository", ["b.py"])
    status = subprocess.run(["git", "status", "--short"], cwd=tmp_path / "repository", capture_output=True, text=True, check=True)
    assert status.stdout == "M  b.py\n"


def test_a_corpus_is_copied_until_there_are_enough_lines(tmp_path: Path) -> None:
    (tmp_path / "one" / "a").mkdir(parents=True)
    (tmp_path / "one" / "a" / "b.py").write_text("x = 1\n" * 40)
    (tmp_path / "one" / "c.py").write_text("x = 1\n" * 10)
    fill(tmp_path / "target", [Corpus("one", tmp_path / "one")], 150)
    names = [path.relative_to(tmp_path / "target").as_posix() for path in python_files(tmp_path / "target")]
    assert names == [f"copy{number}/one/{name}" for number in (1, 2, 3) for name in ("a/b.py", "c.py")]


# ---- tables ----------------------------------------------------------------------------------------------------------


def test_tables_of_what_was_measured_and_what_was_not() -> None:
    series = Series(Corpus("one", Path()), 3, 4000, [1.0, 2.0, 1.0])
    for _ in range(3):
        series.take("cold", Spent(4.0, 2.0, 0, b""))
        series.peak.append(50_000_000)
    series.take("semgrep", Spent(40.0, 2.0, 0, b""))
    series.cpu["read"] = [0.5, 1.0, 0.5]
    assert scan_table([series]).split("\n")[2] == "| one | 3 | 4,000 | 1.00 s | 4.0x | not run | 50 MB | – | not run |"
    assert stage_table([series]).split("\n")[2] == "| one | not run | 0.50x | not run | not run |"
    tools = rivals(MISSING, MISSING, MISSING)
    assert contestant_table([series], tools).split("\n")[2] == f"| one | 4.0x | 40x |{f' {NOT_RUN} |' * 4}"
    assert summary_table([series], tools).split("\n")[2].startswith("| one | 4,000 | 4.0x | not run | 40x |")


def test_the_command_line_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    options = options_of(["--tables", "hook", "--checkout", "one=here"])
    assert options.tables == ["hook"] and options.checkout == [("one", Path("here"))] and checkout("a=b=c")[1] == Path("b=c")
    for wrong in (["--tables", "hock"], ["--checkout", "one"]):
        with pytest.raises(SystemExit):
            options_of(wrong)
    assert "hock" in capsys.readouterr().err


def test_the_page_has_a_place_for_every_table_and_its_tables_are_whole() -> None:
    for name in {*NAMES, "versions"} - {"summary"}:  # which is for the front page
        block = re.search(rf"<!-- speed: {name} -->\n(.*?)\n<!-- speed: end -->", PAGE, re.DOTALL)
        assert block, name
        lines = [line for line in block[1].split("\n") if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1, name


def test_only_marked_and_closed_places_are_written() -> None:
    page = "a\n<!-- speed: x -->\n<!-- speed: end -->\n<!-- speed: y -->\nb\n"
    assert written(page, {"x": "new", "y": "lost", "z": "lost"}, "speed") == page.replace("x -->\n", "x -->\nnew\n")
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_the_command_measures_a_checkout(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(4):
        line = "x = torch.zeros(1).cuda()\n" if number % 2 else "x = 1\n"
        (source / f"{number}.py").write_text("import torch\n" * (number % 2) + line * 60)
    page = tmp_path / "page.md"
    page.write_text("<!-- speed: scan -->\nold\n<!-- speed: end -->\nstays\n")
    command = [
        sys.executable, str(ROOT / "benchmarks" / "speed.py"), "--corpora", "own", "--checkout", f"own={source}", "--runs", "1",
        "--hook-runs", "1", "--tables", "scan,stages,hook", "--write", str(page), "--semgrep", MISSING, "--torchfix", MISSING,
        "--ruff", MISSING, "--cache", str(tmp_path / "cache"),
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    row = next(line for line in page.read_text().split("\n") if line.startswith("| own"))
    assert row.startswith("| own | 4 | 242 |") and NOT_RUN not in row and page.read_text().endswith("end -->\nstays\n")
    assert "| 2 with CUDA |" in result.stdout and "| one without |" in result.stdout
