"""The examples of docs/continuous-integration.md: taken from the page, held against schemas, and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml

from integrations.repositories import CLEAN, ROOT, TIED, Repository, clean_environment

PAGE = (ROOT / "docs" / "continuous-integration.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def example(language: str, start: str = "") -> str:
    """The one block of a language that begins in a way."""
    found = [text for name, text in BLOCKS if name == language and text.startswith(start)]
    assert len(found) == 1, (language, start)
    return str(found[0])


def keeps_schema(text: str, schema: str, folder: Path) -> None:
    (folder / "file.yml").write_text(text)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(folder / "file.yml")]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


@pytest.fixture
def repository(tmp_path: Path, installation: Path) -> Repository:
    """A clone with a branch that adds a tie, in the place and with the programs of a build server."""
    origin = Repository(tmp_path / "origin")
    origin.commit(known=TIED)
    origin.git("checkout", "--quiet", "-b", "change")
    origin.commit(new=TIED)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("apt-get", "pip", "podman"):
        (programs / name).write_text(f'#!/bin/sh\necho {name} "$@" >>"{tmp_path}/calls"\n')
        (programs / name).chmod(0o755)
    (programs / "offramp").symlink_to(installation / "bin" / "offramp")
    environment = clean_environment(PATH=f"{programs}:{os.environ['PATH']}", CI="true")
    origin.git("clone", "--quiet", origin.root.as_uri(), tmp_path / "clone")
    return Repository(tmp_path / "clone", environment)


# ---- pre-commit ------------------------------------------------------------------------------------------------------


def test_the_settings_of_pre_commit_are_valid_and_work(hooks: Repository, tmp_path: Path) -> None:
    text = example("yaml", "# .pre-commit-config.yaml")
    repository = Repository(tmp_path / "repository", hooks.environment)
    settings = text.replace("https://git.example.org/tools/offramp", hooks.root.as_uri())
    repository.write(".pre-commit-config.yaml", settings.replace("v0.1.0", hooks.git("rev-parse", "HEAD")))
    repository.commit(tied=TIED)
    assert repository.run(sys.executable, "-m", "pre_commit", "validate-config").returncode == 0
    result = repository.run(sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose")
    assert result.returncode == 0 and "minor cuda-method" in result.stdout
    known = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    assert set(re.findall(r"^\| `(offramp-check[\w-]*)`", PAGE, re.MULTILINE)) == known


# ---- GitHub ----------------------------------------------------------------------------------------------------------


def test_the_workflow_keeps_its_schema_and_uses_what_the_action_knows(tmp_path: Path) -> None:
    text = example("yaml", "# .github/workflows/")
    keeps_schema(text, "github-workflows", tmp_path)
    workflow = yaml.safe_load(text)
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    step = workflow["jobs"]["check"]["steps"][-1]
    assert set(step["with"]) <= set(action["inputs"]) and workflow["permissions"] == {"contents": "read"}
    table = dict(re.findall(r"^\| `([\w-]+)` \| (.*?) \|", PAGE.split("## GitHub")[1].split("## GitLab")[0], re.MULTILINE))
    assert set(table) == set(action["inputs"])
    fixed = {name: entry["default"] for name, entry in action["inputs"].items() if "${{" not in entry["default"]}
    assert all(table[name] == f"`{value}`" for name, value in fixed.items() if value)
    outputs = PAGE.split("Its outputs are ")[1].split(". ")[0]
    assert set(re.findall(r"`([\w-]+)`", outputs)) == set(action["outputs"])


# ---- GitLab ----------------------------------------------------------------------------------------------------------


def gitlab_job() -> dict[str, Any]:
    job: dict[str, Any] = yaml.safe_load(example("yaml", "# .gitlab-ci.yml"))["offramp"]
    return job


def test_the_job_of_gitlab_keeps_its_schema(tmp_path: Path) -> None:
    keeps_schema(example("yaml", "# .gitlab-ci.yml"), "gitlab-ci", tmp_path)


@pytest.mark.parametrize("is_merge_request", [True, False])
def test_the_job_of_gitlab_writes_what_it_promises(repository: Repository, tmp_path: Path, is_merge_request: bool) -> None:
    job = gitlab_job()
    base = repository.git("rev-parse", "origin/main")
    variables = {"CI_PROJECT_DIR": str(repository.root)} | ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": base} if is_merge_request else {})
    lines = [*job["before_script"], *job["script"]]
    result = repository.run("bash", "-eo", "pipefail", "-c", "\n".join(lines), **variables)
    assert result.returncode == 1 and ("known.py" in result.stdout) is not is_merge_request and "new.py" in result.stdout
    assert "pip install --quiet offramp @ git+" in (tmp_path / "calls").read_text()
    reports = job["artifacts"]["reports"]
    quality = json.loads((repository.root / reports["codequality"]).read_text())
    assert {entry["location"]["path"] for entry in quality} == {"known.py", "new.py"}
    assert ET.parse(repository.root / reports["junit"]).getroot().get("failures") == ("1" if is_merge_request else "2")
    assert all((repository.root / path).is_file() for path in job["artifacts"]["paths"])


# ---- Jenkins ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["main", ""])
def test_the_steps_of_jenkins_write_what_is_recorded(
    repository: Repository, installation: Path, tmp_path: Path, target: str
) -> None:
    text = example("groovy")
    scripts = [script.replace("\\\\", "\\") for script in re.findall(r"sh '''(.*?)'''", text, re.DOTALL)]
    assert len(scripts) == 2 and text.count("{") == text.count("}")
    (tmp_path / "offramp" / "bin").mkdir(parents=True)
    for name, source in (("pip", tmp_path / "programs" / "pip"), ("offramp", installation / "bin" / "offramp")):
        (tmp_path / "offramp" / "bin" / name).symlink_to(source)
    (tmp_path / "programs" / "python3").write_text(f'#!/bin/sh\necho python3 "$@" >>"{tmp_path}/calls"\n')
    (tmp_path / "programs" / "python3").chmod(0o755)
    codes = [repository.run("sh", "-xe", "-c", s, WORKSPACE_TMP=str(tmp_path), CHANGE_TARGET=target).returncode for s in scripts]
    assert codes == [0, 1] and "-m venv" in (tmp_path / "calls").read_text()
    recorded = set(re.findall(r"'(offramp-reports/[\w.]+)'", text))
    assert recorded == {"offramp-reports/offramp.xml", "offramp-reports/offramp.sarif"}
    failures = ET.parse(repository.root / "offramp-reports" / "offramp.xml").getroot().get("failures")
    assert failures == ("1" if target else "2") and (repository.root / "offramp-reports" / "offramp.sarif").is_file()


# ---- containers, and the rest ----------------------------------------------------------------------------------------


def test_the_lines_for_containers_are_commands(repository: Repository, tmp_path: Path) -> None:
    assert repository.run("sh", "-e", "-c", example("sh")).returncode == 0
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[0] == "podman build --tag offramp ." and f"--volume {repository.root}:/repository:ro offramp check" in calls[1]


def test_the_commands_of_the_page_do_what_it_says(repository: Repository) -> None:
    for line in re.findall(r"^    (offramp .*)$", PAGE, re.MULTILINE):
        assert repository.run("sh", "-c", line).returncode == 1
    assert all((repository.root / name).is_file() for name in ("offramp.sarif", "offramp.md", "offramp.xml"))
    shallow = Repository(repository.root.parent / "shallow", repository.environment)
    shallow.git("fetch", "--quiet", "--depth=1", repository.git("remote", "get-url", "origin"), "change")
    shallow.git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    shallow.git("remote", "add", "origin", repository.git("remote", "get-url", "origin"))
    fetch = re.search(r"`(git fetch [^`]*)`", PAGE.split("## Any other")[1])
    assert fetch is not None and shallow.run("sh", "-c", fetch[1]).returncode == 0
    result = shallow.run("offramp", "check", "--diff-base", "FETCH_HEAD")
    assert result.returncode == 1 and "new.py" in result.stdout and "known.py" not in result.stdout
    shallow.write("new.py", CLEAN)
    assert shallow.run("offramp", "check", "--diff-base", "FETCH_HEAD").returncode == 0


def test_formats_and_endings_of_the_page_are_those_of_the_program() -> None:
    from analyzer.report.gate_formats import ENDINGS, FORMATS

    table = PAGE.split("| ending |")[1].split("\n\n")[0]
    assert {f"{name}" for name in re.findall(r"`([\w.-]+)`", table)} == set(ENDINGS)
    listed = PAGE.split("`--format` prints one of them (")[1].split(")")[0]
    assert tuple(re.findall(r"`(\w+)`", listed)) == FORMATS


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
