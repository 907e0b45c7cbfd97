"""The container: what its file says, and, where buildah and a base image are at hand, that it is built and runs."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import tomli

from integrations.repositories import ROOT, TIED, Repository

TEXT = (ROOT / "Containerfile").read_text("utf-8")
INSTRUCTIONS = [line.split(" ", 1) for line in re.sub(r"\\\n", " ", TEXT).splitlines() if line and not line.startswith("#")]
BASE = os.environ.get("OFFRAMP_TEST_BASE_IMAGE", "")


def test_it_does_not_run_as_root_and_is_the_command() -> None:
    last = dict(INSTRUCTIONS)
    assert last["USER"] == "10001" and last["ENTRYPOINT"] == '["offramp"]' and last["WORKDIR"] == "/repository"
    names = [name for name, _ in INSTRUCTIONS]
    assert names.index("USER") > max(number for number, name in enumerate(names) if name in ("RUN", "COPY"))
    assert ":latest" not in TEXT and "ADD" not in names


def test_git_may_read_a_repository_of_another_user() -> None:
    assert "install --yes --no-install-recommends git python3" in TEXT and "--system --add safe.directory '*'" in TEXT


def test_what_is_ignored_is_not_needed_to_build() -> None:
    ignored = [line for line in (ROOT / ".containerignore").read_text("utf-8").splitlines() if line]
    project = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [*included["packages"], *included["force-include"], "pyproject.toml", project["project"]["readme"], "LICENSE"]
    for path in needed:
        parents = [path, *(str(parent) for parent in Path(path).parents if parent != Path())]
        assert not [pattern for pattern in ignored for part in parents if fnmatch.fnmatch(part, pattern)], path
    assert {".git", "tests", "**/__pycache__"} <= set(ignored)


@pytest.mark.skipif(not BASE, reason="OFFRAMP_TEST_BASE_IMAGE names no local image of Debian to build on")
def test_it_is_built_and_reads_a_repository_that_it_cannot_write(tmp_path: Path) -> None:
    assert shutil.which("buildah"), "buildah is not installed"
    repository = Repository(tmp_path / "repository")
    repository.commit(known=TIED)
    repository.write("new.py", TIED)
    options = os.environ.get("OFFRAMP_TEST_BUILD_OPTIONS", "").split()
    build = [
        "buildah",
        "build",
        "--isolation=chroot",
        "--pull-never",
        *options,
        f"--build-arg=BASE={BASE}",
        "--tag=offramp-test",
        ".",
    ]
    subprocess.run(build, cwd=ROOT, check=True, timeout=600)
    container = output("buildah", "from", "--pull-never", "localhost/offramp-test")
    try:
        run = [
            "buildah",
            "run",
            "--isolation=chroot",
            "--user=10001",
            f"--volume={repository.root}:/repository:ro",
            container,
            "--",
        ]
        assert output(*run, "id", "-u") == "10001"
        assert subprocess.run([*run, "touch", "/repository/x"], check=False, capture_output=True).returncode != 0
        found = subprocess.run([*run, "offramp", "check", "--diff-base", "HEAD"], check=False, capture_output=True, text=True)
        assert found.returncode == 1 and "new.py:3" in found.stdout and "known.py" not in found.stdout, found.stderr
    finally:
        output("buildah", "rm", container)
        output("buildah", "rmi", "localhost/offramp-test")


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
