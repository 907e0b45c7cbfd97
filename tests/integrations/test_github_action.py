"""The GitHub Action: its form, and its steps run as a runner would, with a stand-in for GitHub's command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from integrations.repositories import CLEAN, ROOT, TIED, Repository, clean_environment

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


# ---- its form --------------------------------------------------------------------------------------------------------


def test_it_keeps_the_schema_of_actions() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", str(ROOT / "action.yml")]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_no_expression_reaches_a_script() -> None:
    for step in STEPS:
        assert "${{" not in step.get("run", ""), step["name"]
        assert "run" not in step or step["shell"] == "bash"


def test_actions_of_others_are_pinned_to_a_commit_and_say_their_version() -> None:
    lines = [line for line in (ROOT / "action.yml").read_text("utf-8").splitlines() if "uses:" in line]
    assert len(lines) == 2
    assert all(re.fullmatch(r"\s+uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in lines)


def test_every_input_is_described_used_and_known() -> None:
    text = (ROOT / "action.yml").read_text("utf-8")
    used = set(re.findall(r"inputs\.([\w-]+)", text))
    assert used == set(ACTION["inputs"])
    assert all(entry["description"] and "default" in entry for entry in ACTION["inputs"].values())
    variables = {name for step in STEPS for name in step.get("env", {})}
    scripts = "".join(path.read_text("utf-8") for path in (ROOT / "action").glob("*.py")) + "".join(s.get("run", "") for s in STEPS)
    assert {name for name in variables if name not in scripts} == set()


def test_it_installs_itself_into_an_environment_of_its_own(tmp_path: Path) -> None:
    """With a stand-in for Python, that writes down what it is asked for; the same installation is made for the hooks."""
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\necho "$@" >>"$RUNNER_TEMP/calls"\nmkdir -p "$RUNNER_TEMP/offramp/venv/bin"\n'
        'cp "$0" "$RUNNER_TEMP/offramp/venv/bin/python" 2>/dev/null || true\n'
    )
    python.chmod(0o755)
    step = next(step for step in STEPS if step["name"] == "Install Offramp")
    environment = {**os.environ, "RUNNER_TEMP": str(tmp_path), "PYTHON": str(python), "ACTION_PATH": "/the action"}
    subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], env=environment, check=True)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls == [f"-m venv {tmp_path}/offramp/venv", "-m pip install --quiet --disable-pip-version-check /the action"]


# ---- a runner --------------------------------------------------------------------------------------------------------


@dataclass
class Runner:
    """Carries out the steps of the action, as far as they are scripts."""

    temporary: Path
    bin: Path
    store: Path
    python: str = sys.executable
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.store.read_text("utf-8"))
        return found

    @property
    def comments(self) -> list[str]:
        return [comment["body"] for comment in self.state["comments"]]

    def evaluate(self, expression: str, context: Mapping[str, Any]) -> str:
        """The few forms of expressions that the action uses."""
        for operator, holds in (("&&", all), ("||", any)):
            if operator in expression:
                values = [self.evaluate(part, context) for part in expression.split(operator)]
                return next((value for value in values if bool(value) is (holds is any)), values[-1])
        if match := re.fullmatch(r"(.+?)\s*([!=]=)\s*'(.*)'", expression.strip()):
            is_equal = self.evaluate(match[1], context) == match[3]
            return "true" if is_equal is (match[2] == "==") else ""
        value: Any = context
        for name in expression.strip().split("."):
            value = value.get(name, "") if isinstance(value, Mapping) else ""
        return str(value)

    def fill(self, text: object, context: Mapping[str, Any]) -> str:
        return EXPRESSION.sub(lambda match: self.evaluate(match[1], context), str(text))

    def run(self, workspace: Path, event: dict[str, Any], **inputs: str) -> tuple[int, str]:
        """All scripts but the installation; the code and the log of the whole."""
        github = {"action_path": str(ROOT), "token": "t0ken", "workspace": str(workspace), "event": event}
        given = {name: self.fill(entry["default"], {"github": github}) for name, entry in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        self.outputs = {"python": {"python-path": self.python}}
        log, code = "", 0
        for step in STEPS:
            steps = {name: {"outputs": outputs} for name, outputs in self.outputs.items()}
            context = {"inputs": given, "steps": steps, "github": github}
            if "run" in step and step["name"] != "Install Offramp" and ("if" not in step or self.evaluate(step["if"], context)):
                code, text = self._step(step, context, workspace, event)
                log += text
                if code:
                    break
        return code, log

    def _step(self, step: dict[str, Any], context: Mapping[str, Any], workspace: Path, event: dict[str, Any]) -> tuple[int, str]:
        output = self.temporary / "output"
        output.write_text("")
        environment = {
            **clean_environment(), "RUNNER_TEMP": str(self.temporary), "GITHUB_OUTPUT": str(output), "GITHUB_REPOSITORY": "o/r",
            "GITHUB_STEP_SUMMARY": str(self.temporary / "summary"), "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_EVENT_NAME": "pull_request" if "pull_request" in event else "push", "STANDIN_GH": str(self.store),
            "PATH": f"{self.bin}:{os.environ['PATH']}", **{name: self.fill(value, context) for name, value in step.get("env", {}).items()},
        }  # fmt: skip
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        result = subprocess.run(
            command, cwd=workspace, env=environment, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if "id" in step:
            pairs = (line.partition("=") for line in output.read_text("utf-8").splitlines())
            self.outputs[step["id"]] = {name: value for name, _, value in pairs}
        return result.returncode, result.stdout


@pytest.fixture
def runner(installation: Path, tmp_path: Path) -> Runner:
    """A runner on which the project is installed already."""
    folder, temporary = tmp_path / "bin", tmp_path / "temporary"
    folder.mkdir()
    (temporary / "offramp").mkdir(parents=True)
    (temporary / "offramp" / "venv").symlink_to(installation)
    script = folder / "gh"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).parent / "standin_gh.py"}" "$@"\n')
    script.chmod(0o755)
    store = tmp_path / "comments.json"
    others = [
        {"id": 1, "body": "<!-- offramp -->\nnot ours", "user": {"login": "mallory"}},
        {"id": 2, "body": "hello", "user": None},
    ]
    store.write_text(json.dumps({"comments": others, "calls": []}))
    return Runner(temporary, folder, store)


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    """The repository at the service: main with known debt, and a pull request that was opened before main went on."""
    found = Repository(tmp_path / "origin")
    found.commit(known=TIED)
    found.git("checkout", "--quiet", "-b", "change")
    found.commit(new=TIED)
    found.git("checkout", "--quiet", "main")
    return found


def pull_request(origin: Repository, folder: Path, base: str) -> tuple[Path, dict[str, Any]]:
    """A workspace as GitHub's checkout makes it: the merge with today's main, and nothing before it."""
    origin.git("checkout", "--quiet", "--detach", "main")
    origin.git("merge", "--quiet", "--no-ff", "-m", "merge", "change")
    origin.git("update-ref", "refs/pull/7/merge", "HEAD")
    origin.git("checkout", "--quiet", "main")
    workspace = Repository(folder / "workspace", origin.environment)
    workspace.git("remote", "add", "origin", origin.root.as_uri())
    workspace.git("fetch", "--quiet", "--no-tags", "--depth=1", "origin", "+refs/pull/7/merge:refs/remotes/pull/7/merge")
    workspace.git("checkout", "--quiet", "--detach", "refs/remotes/pull/7/merge")
    return workspace.root, {"pull_request": {"number": 7, "base": {"sha": base}}}


# ---- runs ------------------------------------------------------------------------------------------------------------


def test_a_pull_request_fails_on_what_it_adds_and_gets_one_comment(runner: Runner, origin: Repository, tmp_path: Path) -> None:
    base = origin.git("rev-parse", "HEAD")
    origin.commit(of_others=TIED)  # main goes on: none of this pull request's doing
    workspace, event = pull_request(origin, tmp_path, base)
    code, log = runner.run(workspace, event)
    assert code == 1 and log.count("::warning") == 1 and "file=new.py,line=3" in log and "no common history" not in log
    assert runner.outputs["check"]["exit-code"] == "1" and runner.outputs["check"]["findings"] == "1"
    assert json.loads(Path(runner.outputs["check"]["sarif-file"]).read_text())["runs"][0]["results"]
    assert len(runner.comments) == 3 and "1 new tie to CUDA" in runner.comments[2] and "new.py:3" in runner.comments[2]
    assert "new.py:3" in (runner.temporary / "summary").read_text()
    Repository(workspace).write("new.py", CLEAN)
    assert runner.run(workspace, event)[0] == 0
    assert len(runner.comments) == 3 and "no new ties to CUDA" in runner.comments[2]
    assert runner.comments[0] == "<!-- offramp -->\nnot ours"


def test_a_pull_request_without_ties_gets_no_comment(runner: Runner, origin: Repository, tmp_path: Path) -> None:
    origin.git("checkout", "--quiet", "change")
    origin.commit(new=CLEAN)
    workspace, event = pull_request(origin, tmp_path, origin.git("rev-parse", "main"))
    assert runner.run(workspace, event)[0] == 0
    assert len(runner.comments) == 2


def test_a_token_that_may_not_write_is_a_warning(runner: Runner, origin: Repository, tmp_path: Path) -> None:
    runner.store.write_text(json.dumps({"comments": [], "calls": [], "read_only": True}))
    workspace, event = pull_request(origin, tmp_path, origin.git("rev-parse", "main"))
    code, log = runner.run(workspace, event, fail_on="never")
    assert code == 0 and "::warning title=Offramp::The comment could not be written: gh: Resource not accessible" in log
    assert "\n::error" not in log and "100%25" in log


def test_without_a_pull_request_the_baseline_decides_and_nobody_is_told(runner: Runner, origin: Repository) -> None:
    code, log = runner.run(origin.root, {})
    assert code == 1 and "known.py" in log and runner.state["calls"] == []
    origin.offramp("baseline", "write", "--baseline", "debt.json")
    assert runner.run(origin.root, {}, baseline="debt.json")[0] == 0
    assert runner.run(origin.root, {}, args="--severity major --fail-on 'blocker'")[0] == 0


def test_a_head_checkout_is_held_against_the_base_of_the_event(runner: Runner, origin: Repository, tmp_path: Path) -> None:
    base = origin.git("rev-parse", "main")
    clone = Repository(tmp_path / "clone", origin.environment)
    clone.git("remote", "add", "origin", origin.root.as_uri())
    clone.git("fetch", "--quiet", "--depth=1", "origin", "change")
    clone.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    code, log = runner.run(clone.root, {"pull_request": {"number": 7, "base": {"sha": base}}}, comment="false")
    assert code == 1 and log.count("::warning") == 1 and runner.state["calls"] == []


def test_a_base_that_cannot_be_had_is_an_error_and_no_pass(runner: Runner, origin: Repository, tmp_path: Path) -> None:
    workspace, event = pull_request(origin, tmp_path, "0" * 40)
    Repository(workspace).git("remote", "remove", "origin")
    code, log = runner.run(workspace, event)
    assert code == 2 and "--diff-base" in log and "fetch" in log and len(runner.comments) == 2


@pytest.mark.parametrize("name", ["args", "baseline", "diff_base", "fail_on", "path"])
def test_inputs_are_never_run(runner: Runner, origin: Repository, name: str) -> None:
    attack = "$(touch owned)`touch owned`; touch owned; \"'\n${{ github.token }}"
    code, log = runner.run(origin.root, {}, **{name: attack})
    assert code in (1, 2) and "t0ken" not in log and "Traceback" not in log
    assert not list(origin.root.rglob("owned"))


def test_a_repository_with_a_package_of_the_same_name_is_read_and_not_run(runner: Runner, origin: Repository) -> None:
    for name in ("analyzer", "json", "click"):
        origin.write(f"{name}.py", "raise SystemExit('owned')\n")
    origin.write("::error file=a::x.py", TIED)
    code, log = runner.run(origin.root, {})
    assert code == 1 and "owned" not in log
    assert not any(line.startswith("::error") for line in log.splitlines())
