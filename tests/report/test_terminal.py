"""The summary on a terminal: a screen or two, verdicts first, whole at every width, plain where it is piped."""

from __future__ import annotations

import datetime
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.cli.scan import LEAST_COLUMNS, next_steps, on_terminal, summary_of
from analyzer.cli.scan_memory import Depends
from analyzer.discover.files import DiscoverySettings
from analyzer.model.cost_files import CostFiles
from analyzer.model.report import Report
from analyzer.pipeline import build_report

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "fixtures" / "repos" / "example"
DAY = datetime.date(2026, 11, 1)
HEADINGS = (
    "Can we move, and what does it take?", "What stops it?", "What ties us?", "Does it pay?", "What is not known?",
)  # fmt: skip


@pytest.fixture(scope="module")
def report() -> Report:
    return build_report(EXAMPLE, DiscoverySettings(), (), None, 1, DAY)


def shown(report: Report, width: int, encoding: str = "utf-8") -> list[str]:
    return on_terminal(report, f"terminal {width} {encoding} plain").rstrip("\n").split("\n")


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal_nor_ends_in_spaces(report: Report, width: int) -> None:
    lines = shown(report, width)
    assert max(map(len, lines)) <= width and not any(line.endswith(" ") for line in lines)
    found = [line for line in lines for heading in HEADINGS if line.startswith(heading)]
    assert [heading for heading in HEADINGS if any(line.startswith(heading) for line in found)] == list(HEADINGS)
    assert [HEADINGS.index(next(h for h in HEADINGS if line.startswith(h))) for line in found] == list(range(len(HEADINGS)))


def test_it_is_a_screen_or_two_and_long_advice_is_not_on_it(report: Report) -> None:
    lines = shown(report, 80)
    assert len(lines) < 66
    assert not any("ties you to" in line or "http" in line for line in lines)


def test_each_target_has_its_verdict_range_and_a_bar_on_one_scale(report: Report) -> None:
    lines = shown(report, 80)
    rows = {
        target.target_id: next(line for line in lines if line.startswith(f"  {target.target_id} ")) for target in report.targets
    }
    widest = max(report.targets, key=lambda target: target.effort.p90_days)
    assert all(rows[widest.target_id].count("━") >= row.count("━") for row in rows.values())
    for target in report.targets:
        row = rows[target.target_id]
        assert row.count("●") == 1
        assert [float(figure.replace(",", "")) for figure in row.split()[-3:]] == pytest.approx(
            [target.effort.p10_days, target.effort.p50_days, target.effort.p90_days], rel=0.1
        )


def test_a_terminal_that_knows_only_ascii_has_bars_too(report: Report) -> None:
    lines = shown(report, 80, "ascii")
    assert "\n".join(lines).isascii() and any(re.search(r"-+o-+", line) for line in lines)


def test_what_was_not_told_has_no_figures(report: Report) -> None:
    unknown = replace(report, targets=tuple(replace(target, verdict="unknown", sentence="Why not.") for target in report.targets))
    lines = shown(unknown, 80)
    assert any(line.split()[-3:] == ["-", "-", "-"] for line in lines) and "  Why not." in lines
    assert not any("●" in line for line in lines)


def test_of_nothing_no_money_and_no_days_are_said(tmp_path: Path) -> None:
    lines = shown(build_report(tmp_path, DiscoverySettings(), (), None, 1, DAY), 80)
    assert any("is it the right" in line for line in lines) and not any("$" in line or "P50" in line for line in lines)


def test_many_targets_are_a_line_each(report: Report) -> None:
    six = build_report(EXAMPLE, DiscoverySettings(), ("all",), None, 1, DAY)
    assert len(shown(six, 120)) < len(shown(report, 120)) + len(six.targets) + 12


def test_commands_that_lead_on_are_never_broken(report: Report) -> None:
    settings = DiscoverySettings()
    depends = Depends(EXAMPLE, settings, (), (), CostFiles(None, (), None), DAY.isoformat())
    summary = summary_of(report, depends)
    path = Path("a folder/it's")
    narrow = "\n".join(next_steps(path, summary, (), "terminal 60 utf-8 plain")).split("\n")
    assert "  offramp scan 'a folder/it'\"'\"'s' -o report.html" in narrow
    assert f"  offramp explain {summary.rule}" in narrow
    wide = "\n".join(next_steps(path, summary, (), "terminal 200 utf-8 plain")).split("\n")
    assert len(wide) < len(narrow)
    assert not any("report.html" in line for line in next_steps(path, summary, ("html",), "terminal 80 utf-8 plain"))


def run(environment: dict[str, str], *arguments: str) -> str:
    keep = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLORTERM")}
    command = [sys.executable, "-m", "analyzer", "scan", str(EXAMPLE), *arguments]
    result = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=100, env={**keep, "TERM": "xterm", **environment}
    )
    return result.stdout


@pytest.mark.parametrize(
    ("environment", "arguments", "has_escapes", "has_colours"),
    [
        ({}, (), False, False),
        ({}, ("--color", "always"), True, True),
        ({"FORCE_COLOR": "1"}, (), True, True),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), True, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, (), False, False),
    ],
)
def test_colours_are_as_the_environment_asks(
    environment: dict[str, str], arguments: tuple[str, ...], has_escapes: bool, has_colours: bool
) -> None:
    text = run(environment, *arguments)
    assert ("\x1b[" in text.split("What next?")[0]) == has_escapes
    assert bool(re.search(r"\x1b\[(?:\d+;)*3[1-7]m", text)) == has_colours


def test_a_terminal_has_colours_and_its_own_width() -> None:
    main, other = pty.openpty()
    keep = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    command = [sys.executable, "-m", "analyzer", "scan", str(EXAMPLE), "--no-progress"]
    with subprocess.Popen(
        command, stdout=other, stderr=subprocess.DEVNULL, cwd=ROOT, env={**keep, "TERM": "xterm", "COLUMNS": "60"}
    ) as run:
        os.close(other)
        written = b""
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:  # the other end is closed: so Linux says that all is read
                break
            if not part:
                break
            written += part
        assert run.wait(100) == 0
    os.close(main)
    text = written.decode()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\r\n", "\n").split("\nWhat next?")[0]
    assert "\x1b[1m" in text and max(map(len, plain.split("\n"))) <= 60


def test_a_width_that_cannot_be_is_taken_for_the_least() -> None:
    lines = run({"COLUMNS": "3"}).split("\n\nWhat next?")[0].split("\n")
    assert max(map(len, lines)) <= LEAST_COLUMNS
