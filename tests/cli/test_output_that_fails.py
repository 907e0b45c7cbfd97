"""Outputs that take no more: a message or a quiet end, exit code 2, and no file that is half-written."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "fixtures" / "repos" / "example"
FULL = Path("/dev/full")


def offramp(
    *arguments: object, stdout: int | None = subprocess.PIPE, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "analyzer", *map(str, arguments)]
    return subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=ROOT, timeout=100, check=False, preexec_fn=before
    )  # fmt: skip


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    report = tmp_path_factory.mktemp("saved") / "report.json"
    assert offramp("scan", EXAMPLE, "-q", "-o", report).returncode == 0
    return report


COMMANDS = (
    ("scan", EXAMPLE), ("scan", EXAMPLE, "--format", "html"), ("check", "--root", EXAMPLE, "--no-baseline"), ("rules",), ("version",),
    ("report", "REPORT", "--format", "json"), ("diff", "REPORT", "REPORT"), ("graph", "order", EXAMPLE),
)  # fmt: skip


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full")
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_full_disk_behind_standard_output_is_told(command: tuple[object, ...], saved: Path) -> None:
    with FULL.open("w") as full:
        result = offramp(*(saved if part == "REPORT" else part for part in command), stdout=full.fileno())
    assert result.returncode == 2
    assert "offramp: error: the output cannot be written: No space left on device" in result.stderr
    assert "Traceback" not in result.stderr and "Exception ignored" not in result.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_where_nobody_reads_on_it_ends_quietly(command: tuple[object, ...], saved: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = offramp(*(saved if part == "REPORT" else part for part in command), stdout=writing)
    os.close(writing)
    assert result.returncode == 2
    assert not any(word in result.stderr for word in ("Traceback", "Broken pipe", "Exception ignored"))


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_where_the_reader_goes_away_in_between_the_rest_is_not_lost_in_silence(saved: Path, unbuffered: str) -> None:
    command = [sys.executable, "-m", "analyzer", "report", str(saved), "--format", "json"]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.read(1) == b"{"
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == 2 and told == b"" and saved.stat().st_size > 100_000, "more than a pipe holds"


def test_closed_streams_are_no_fault(tmp_path: Path) -> None:
    def close_both() -> None:
        os.close(1)
        os.close(2)

    report = tmp_path / "r.json"
    assert offramp("scan", EXAMPLE, "-o", report, before=close_both).returncode == 0
    assert json.loads(report.read_bytes())["root"] == "example"


@pytest.mark.parametrize("ending", ["html", "json", "jsonl", "full.md", "sarif", "csv"])
def test_a_file_that_does_not_fit_is_not_there_and_the_old_one_is(ending: str, tmp_path: Path, saved: Path) -> None:
    target = tmp_path / f"r.{ending}"
    target.write_text("old")

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    result = offramp("report", saved, "-o", target, before=little_room)
    assert result.returncode == 2 and f"{target}: cannot be written: File too large" in result.stderr
    assert target.read_text() == "old" and [path.name for path in tmp_path.iterdir()] == [target.name]


def test_what_is_read_is_not_written_over(saved: Path, tmp_path: Path) -> None:
    before = saved.read_bytes()
    link = tmp_path / "link.json"
    link.symlink_to(saved)
    for command in (("report", saved, "-o", saved), ("report", link, "-o", saved), ("diff", saved, saved, "-o", saved)):
        result = offramp(*command)
        assert result.returncode == 2 and "is a report that is read" in result.stderr
    assert saved.read_bytes() == before


def test_a_folder_is_no_output_and_that_is_said_before_the_scan(tmp_path: Path) -> None:
    (tmp_path / "out.html").mkdir()
    result = offramp("scan", tmp_path / "missing", "-o", tmp_path / "out.html")
    assert result.returncode == 2 and "is a folder" in result.stderr


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
def test_a_report_that_was_cut_off_is_told_from_a_whole_one(share: float, tmp_path: Path, saved: Path) -> None:
    whole = saved.read_bytes()
    (tmp_path / "cut.json").write_bytes(whole[: int(len(whole) * share)])
    for command in (("report", tmp_path / "cut.json"), ("diff", saved, tmp_path / "cut.json")):
        result = offramp(*command)
        assert result.returncode == 2 and "cut.json: is no JSON, or only a part of it" in result.stderr


def test_json_lines_are_read_again_and_missing_ones_are_missed(tmp_path: Path, saved: Path) -> None:
    lines, again = tmp_path / "r.jsonl", tmp_path / "again.json"
    assert offramp("report", saved, "-o", lines).returncode == 0
    assert offramp("report", lines, "-o", again).returncode == 0
    assert again.read_bytes() == saved.read_bytes()
    records = lines.read_text("utf-8").splitlines(keepends=True)
    for name, kept in (
        ("short", records[:-1]),
        ("other", [*records[:-1], '{"record": "else"}\n']),
        ("list", [*records[:-1], "[]\n"]),
    ):
        broken = tmp_path / f"{name}.jsonl"
        broken.write_text("".join(kept), "utf-8")
        result = offramp("report", broken)
        assert result.returncode == 2 and "only a part of it" in result.stderr


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    def little_memory() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    result = offramp("report", "/dev/zero", before=little_memory)
    assert result.returncode == 2 and "has more than" in result.stderr
