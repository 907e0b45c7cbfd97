"""Every command in README works as written."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
GATE = (ROOT / "docs" / "gate.md").read_text("utf-8")
_COMMAND = re.compile(r"^    (offramp .*?)(?:\s+#.*)?$", re.MULTILINE)
COMMANDS = _COMMAND.findall(README)
GATE_COMMANDS = _COMMAND.findall(GATE)
SCRIPTS = re.findall(r"^    sh (scripts/\S+)$", README, re.MULTILINE)


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 10 and set(SCRIPTS) == {"scripts/example.sh", "scripts/test.sh"}


@pytest.mark.parametrize("line", COMMANDS)
def test_command(line: str, tmp_path: Path) -> None:
    (tmp_path / "PATH").mkdir()
    (tmp_path / "PATH" / "train.py").write_text("import torch\nx = torch.zeros(3).cuda()\n")
    (tmp_path / "workload.toml").write_text('version = 1\n[fleet]\ninstance_type = "g5.2xlarge"\ncount = 4\n')
    measured = '[[measurement]]\ninstance_type = "g6.xlarge"\nthroughput_per_second = 9\nas_of = "2026-01-01"\n'
    (tmp_path / "m.toml").write_text(f"version = 1\n{measured}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "analyzer", *shlex.split(line)[1:]]
    if line.startswith("offramp diff"):
        reports = ["scan", "PATH", "--quiet", "-o", "old.json", "-o", "new.json"]
        subprocess.run([*command[:3], *reports], cwd=tmp_path, env=environment, check=True)
    if line.startswith("offramp report"):
        scan = ["scan", "PATH", "--quiet", "--workload", "workload.toml", "-o", "report.json"]
        subprocess.run([*command[:3], *scan], cwd=tmp_path, env=environment, check=True)
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    if "-o report.html" in line:
        assert (tmp_path / "report.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("line", GATE_COMMANDS)
def test_command_of_the_gate(line: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "GIT_CONFIG_GLOBAL": os.devnull}
    for name in ("train.py", "serve.py"):
        (tmp_path / name).write_text("import torch\nx = torch.zeros(3).cuda()\n")
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for arguments in (["init", "--quiet", "--initial-branch=main"], ["add", "."], ["commit", "--quiet", "-m", "first"]):
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, env=environment, check=True)
    command = [sys.executable, "-m", "analyzer", *shlex.split(line)[1:]]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    is_clean = "--diff-base" in line or "--staged" in line
    assert (result.returncode, "cuda-method" in result.stdout) == ((0, False) if is_clean else (1, True)), result.stderr


def test_the_settings_of_the_gate_are_read(tmp_path: Path) -> None:
    from analyzer.cli.settings import read_defaults
    from analyzer.detect.policy import check_policy
    from analyzer.knowledge.rules import load_rules

    block = re.search(r"```toml\n(.*?)```", GATE, re.DOTALL)
    assert block is not None
    (tmp_path / "offramp.toml").write_text(block.group(1))
    defaults = read_defaults(tmp_path)
    check_policy(defaults.check.policy, load_rules())
    assert defaults.honour_comments == ("ignore-cuda",) and len(defaults.check.policy.paths) == 2


@pytest.mark.parametrize("script", SCRIPTS)
def test_set_up_scripts_are_shell(script: str) -> None:
    assert subprocess.run(["sh", "-n", str(ROOT / script)], check=False).returncode == 0


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_workload_of_the_cost_page_is_read() -> None:
    import datetime

    from analyzer.cost.costing import Costing, Text
    from analyzer.model.workload_file import Workload

    text = (ROOT / "docs" / "cost.md").read_text("utf-8")
    block = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    plan = Costing.from_texts(Text("docs/cost.md", block.group(1)), (), None, datetime.date(2026, 11, 25)).plan
    assert isinstance(plan, Workload) and plan.scenario.fleet.count == 20 and plan.scenario.currency.code == "EUR"


def test_the_number_of_rules_is_true() -> None:
    from analyzer.knowledge.rules import load_rules

    rules = load_rules().rules
    assert f"{len(rules)} rules in {len({rule.family for rule in rules})} families" in " ".join(README.split())
