"""Temporary git repositories, and the project itself as one, for tests that run other programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = (
    "analyzer", "rules", "report_templates", "fixtures/repos/example", "action", "action.yml", "pyproject.toml", "README.md",
    "LICENSE", ".pre-commit-hooks.yaml", "Containerfile", ".containerignore",
)  # fmt: skip
TIED = "import torch\n\nmodel = torch.nn.Linear(1, 1).cuda()\n"
CLEAN = "import torch\n\nmodel = torch.nn.Linear(1, 1)\n"


def clean_environment(**more: str) -> dict[str, str]:
    """The environment without what a surrounding git, hook or build server put into it."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "PRE_COMMIT", "OFFRAMP_CHECK"))
    }
    identity = {
        f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "A"), ("EMAIL", "a@b.c"))
    }
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **identity, **more}


class Repository:
    """A git repository in a folder, driven by commands."""

    def __init__(self, root: Path, environment: Mapping[str, str] | None = None) -> None:
        self.root = root
        self.environment = dict(environment or clean_environment())
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def run(self, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(map(str, command)), cwd=self.root, env={**self.environment, **environment}, check=False, capture_output=True,
            text=True, timeout=300,
        )  # fmt: skip

    def git(self, *arguments: str | Path) -> str:
        result = self.run("git", *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def commit(self, **files: str) -> str:
        """Commit everything, past any hook."""
        for name, text in files.items():
            self.write(f"{name}.py", text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def offramp(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "analyzer", *arguments, PYTHONPATH=str(ROOT))


def copy_of_the_project(folder: Path) -> Repository:
    """The project as it is now, as a git repository of one commit."""
    repository = Repository(folder)
    for name in SOURCES:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    repository.commit()
    return repository


def pre_commit_settings(hooks: Repository, hook: dict[str, Any]) -> str:
    """What a user writes into .pre-commit-config.yaml; JSON is YAML."""
    entry = {"repo": hooks.root.as_uri(), "rev": hooks.git("rev-parse", "HEAD"), "hooks": [hook]}
    return json.dumps({"repos": [entry]})


def need_a_package_index(folder: Path) -> None:
    """Skip where nothing can be installed; on a build server, fail."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries=1", "--timeout=20", "hatchling"]
    result = subprocess.run([*command, "--dest", str(folder)], check=False, capture_output=True, text=True, timeout=120)
    if result.returncode:
        reason = f"needs a package index, to install the hook: {result.stderr.strip().splitlines()[-1]}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
