"""The hooks in the real pre-commit, in real repositories; and that they are called for whatever the analyzer reads."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from analyzer.discover import kinds
from integrations.repositories import CLEAN, ROOT, TIED, Repository, pre_commit_settings

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
READ = (
    "poetry.lock", "conda-lock.yml", "a/conda-linux.lock", "conda-linux-64.lock", "requirements-gpu.txt", "a/dev_requirements.in",
    "constraints.txt", "requirements/gpu.txt", "requirements_lock.lock", "Dockerfile", "docker/Dockerfile.gpu", "containerfile",
    "environment.yml", "conda_gpu.yaml", "recipe.yaml", "conda_envs/gpu.yaml", "CMakeLists.txt", "a.cmake.in", "meson.build",
    "Makefile", "Makefile.gpu", "GNUmakefile", "BUILD", "WORKSPACE.bazel", "Jenkinsfile", "ci/Jenkinsfile.gpu", "Pipfile", ".env",
    "a/.env.gpu", "pytorch_model-00001.bin", "saved_model.pb", "frozen_graph.pb", "libcudart.so", "trt_timing.cache",
)  # fmt: skip


# ---- which files -----------------------------------------------------------------------------------------------------


def test_the_hooks_are_called_for_whatever_is_read() -> None:
    pattern = re.compile(HOOKS[0]["files"])
    assert all(any(regex.search(path) for path in READ) for regex, _ in kinds._by_name()), "READ lacks a kind"
    for path in (*READ, *(f"a/x{suffix}" for suffix in kinds.BY_SUFFIX), *(f"X{suffix.upper()}" for suffix in kinds.BY_SUFFIX)):
        assert kinds.kind_of(path) and pattern.search(path), path
    for path in ("README.md", "docs/a.rst", "a.png", "data.csv", "py", "notes.txt", "LICENSE", "a.py.orig"):
        assert not pattern.search(path), path


def test_the_narrow_hook_is_called_for_python_only() -> None:
    pattern = re.compile(HOOKS[1]["files"])
    chosen = {suffix for suffix in kinds.BY_SUFFIX if pattern.search(f"a/x{suffix}")}
    assert chosen == {suffix for suffix, kind in kinds.BY_SUFFIX.items() if kind in ("python", "notebook", "cython")}
    assert not pattern.search("Dockerfile")


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_no_name_is_taken_for_an_option(hook: dict[str, Any]) -> None:
    assert hook.get("pass_filenames") is False or not re.search(hook["files"], "--exit-zero --root=x.py")
    assert hook["require_serial"], "batches in parallel would each read all rules, and miss what moved between them"


# ---- the real program ------------------------------------------------------------------------------------------------


@pytest.fixture
def repository(hooks: Repository, tmp_path: Path) -> Repository:
    """A repository with one tied file that is known debt, and the hook installed."""
    return with_hook(hooks, tmp_path, {"id": "offramp-check"})


def with_hook(hooks: Repository, folder: Path, hook: dict[str, Any]) -> Repository:
    found = Repository(folder / "repository", hooks.environment)
    found.write(".pre-commit-config.yaml", pre_commit_settings(hooks, hook))
    found.write("known.py", TIED)
    assert found.offramp("baseline", "write").returncode == 0
    found.commit()
    assert found.run(sys.executable, "-m", "pre_commit", "install").returncode == 0
    return found


def commit(repository: Repository, *files: str) -> subprocess.CompletedProcess[str]:
    """Stage files, and commit as a user does, through the hook."""
    for file in files:
        repository.git("add", "--", file)
    return repository.run("git", "commit", "-m", "change")


def pre_commit(repository: Repository, *arguments: str) -> subprocess.CompletedProcess[str]:
    return repository.run(sys.executable, "-m", "pre_commit", "run", *arguments)


def test_a_new_tie_stops_the_commit_and_says_what_to_use_instead(repository: Repository) -> None:
    before = repository.git("rev-parse", "HEAD")
    repository.write("new.py", TIED)
    result = commit(repository, "new.py")
    assert result.returncode == 1 and "new.py:3:9: minor cuda-method" in result.stderr and "Instead:" in result.stderr
    assert repository.git("rev-parse", "HEAD") == before
    repository.write("new.py", CLEAN)
    assert commit(repository, "new.py").returncode == 0


def test_without_a_file_that_is_read_the_hook_is_skipped(repository: Repository) -> None:
    repository.write("notes.md", "torch.cuda")
    result = commit(repository, "notes.md")
    assert result.returncode == 0 and "Skipped" in result.stderr


def test_a_deleted_file_is_no_trouble(repository: Repository) -> None:
    repository.git("rm", "--quiet", "known.py")
    result = commit(repository)
    assert result.returncode == 0 and "Skipped" in result.stderr
    repository.write("other.py", CLEAN)
    (repository.root / "third.py").write_text(TIED)
    assert commit(repository, "other.py").returncode == 0


def test_what_is_not_staged_does_not_count(repository: Repository) -> None:
    repository.write("half.py", CLEAN)
    repository.git("add", "half.py")
    repository.write("half.py", TIED)
    assert commit(repository).returncode == 0
    assert "cuda" in (repository.root / "half.py").read_text()
    repository.git("add", "half.py")
    repository.write("half.py", CLEAN)
    assert commit(repository).returncode == 1


def test_known_debt_may_be_edited_renamed_and_moved_but_not_added_to(repository: Repository) -> None:
    repository.write("known.py", "import torch\n\n# a comment\nmodel = torch.nn.Linear(2, 2).cuda()\n")
    assert commit(repository, "known.py").returncode == 0
    repository.write("known.py", TIED)
    repository.git("add", "known.py")
    repository.git("mv", "known.py", "renamed.py")
    assert commit(repository).returncode == 0
    repository.write("renamed.py", CLEAN)
    repository.write("moved.py", TIED)
    assert commit(repository, "renamed.py", "moved.py").returncode == 0
    repository.write("renamed.py", TIED)
    repository.write("moved.py", f"{TIED}# one statement, twice\n")
    assert commit(repository, "renamed.py", "moved.py").returncode == 1


def test_notebooks_and_files_of_a_build_are_seen(repository: Repository) -> None:
    cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": TIED}
    repository.write("n.ipynb", json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    repository.write("docker/Dockerfile.gpu", "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n")
    result = commit(repository, "n.ipynb", "docker/Dockerfile.gpu")
    assert result.returncode == 1 and "n.ipynb:" in result.stderr and "docker/Dockerfile.gpu:1:" in result.stderr


def test_all_files_against_the_baseline_however_many(repository: Repository) -> None:
    """More names than fit into one command: pre-commit calls the hook several times, one call after another."""
    assert pre_commit(repository, "--all-files").returncode == 0
    for number in range(1200):
        repository.write(f"{'long/' * 20}f{number:04}.py", "x = 1\n")
    repository.git("add", "--all")
    assert pre_commit(repository, "--all-files").returncode == 0
    repository.write(f"{'long/' * 20}f1100.py", TIED)
    repository.git("add", "--all")
    result = pre_commit(repository, "--all-files")
    assert result.returncode == 1 and result.stdout.count("minor cuda-method") == 1


def test_hostile_names_reach_the_hook_as_names(repository: Repository) -> None:
    for name in ("--exit-zero", "--root=x.py", "-q.py", "::error file=a::b.py", "$(touch owned).py", "a b'\"`.py"):
        repository.write(name, TIED)
    repository.git("add", "--all")
    result = pre_commit(repository, "--all-files")
    assert result.returncode == 1 and result.stdout.count("minor cuda-method") == 3
    assert not any(line.startswith("::") for line in result.stdout.splitlines())
    assert not (repository.root / "owned").exists()


def test_arguments_of_the_user_come_before_the_names(hooks: Repository, tmp_path: Path) -> None:
    repository = with_hook(hooks, tmp_path, {"id": "offramp-check", "args": ["--fail-on", "blocker", "--no-baseline"]})
    repository.write("new.py", TIED)
    assert commit(repository, "new.py").returncode == 0


def test_the_hook_for_the_whole_repository_sees_what_was_not_staged_now(hooks: Repository, tmp_path: Path) -> None:
    repository = with_hook(hooks, tmp_path, {"id": "offramp-check-all"})
    repository.commit(earlier=TIED)
    repository.write("notes.md", "words")
    result = commit(repository, "notes.md")
    assert result.returncode == 1 and "earlier.py:3" in result.stderr
