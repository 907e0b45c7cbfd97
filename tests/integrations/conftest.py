"""The project, installed once by pre-commit from a repository of hooks, for all tests that run it from outside."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from integrations.repositories import Repository, copy_of_the_project, need_a_package_index, pre_commit_settings


@pytest.fixture(scope="session")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The project as a repository of hooks, which pre-commit has installed."""
    folder = tmp_path_factory.mktemp("hooks")
    need_a_package_index(folder)
    project = copy_of_the_project(folder / "offramp")
    project.environment |= {"PRE_COMMIT_HOME": str(folder / "home"), "PIP_NO_COMPILE": "1"}
    user = Repository(folder / "user", project.environment)
    user.write(".pre-commit-config.yaml", pre_commit_settings(project, {"id": "offramp-check"}))
    result = user.run(sys.executable, "-m", "pre_commit", "install-hooks")
    assert result.returncode == 0, result.stdout + result.stderr
    return project


@pytest.fixture(scope="session")
def installation(hooks: Repository) -> Path:
    """The environment that holds the installed project: it has the form of `python -m venv`."""
    found = [path.parent.parent for path in Path(hooks.environment["PRE_COMMIT_HOME"]).glob("repo*/py_env-*/bin/offramp")]
    assert len(found) == 1
    return found[0]
