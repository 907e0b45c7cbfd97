"""The check of the GitHub Action: one run that gives annotations, SARIF, a comment and a summary of the job.

Takes everything from the environment, as text; ends with 0 whatever is found, so that the steps after it can tell.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Run the check, and hand its results on."""
    root = Path(os.environ.get("INPUT_PATH") or ".").resolve()
    if not root.is_dir():
        sys.exit("offramp: error: path: there is no such folder in the workspace; is the repository checked out?")
    folder = Path(os.environ["RUNNER_TEMP"]) / "offramp"
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"offramp.{name}" for name in ("sarif", "md", "json")}
    for file in files.values():
        file.unlink(missing_ok=True)
    environment = {**os.environ, **trusting(root)}
    command = [sys.executable, "-I", "-m", "analyzer", "check", "--root", ".", "--format", "github"]
    for file in files.values():
        command += ["--output", str(file)]
    command += chosen_options(root, environment)
    result = subprocess.run(command, cwd=root, env=environment, check=False)
    results = {"exit-code": str(result.returncode)}
    if all(file.is_file() for file in files.values()):
        findings = len(json.loads(files["json"].read_text("utf-8"))["new"])
        results |= {"findings": str(findings), "sarif-file": str(files["sarif"]), "comment-file": str(files["md"])}
        append_to("GITHUB_STEP_SUMMARY", files["md"].read_text("utf-8"))
        print(f"Offramp: {findings} findings to show; exit code {result.returncode}")
    append_to("GITHUB_OUTPUT", "".join(f"{name}={value}\n" for name, value in results.items()))


def chosen_options(root: Path, environment: dict[str, str]) -> list[str]:
    """The options that the inputs ask for; the user's own arguments last."""
    options: list[str] = []
    if os.environ.get("INPUT_BASELINE"):
        options.append(f"--baseline={os.environ['INPUT_BASELINE']}")
    base = os.environ.get("INPUT_DIFF_BASE") or base_of_pull_request(root, environment)
    if base and base != "none":
        options.append(f"--diff-base={base}")
    fail_on = os.environ.get("INPUT_FAIL_ON", "")
    if fail_on:
        options.append("--exit-zero" if fail_on == "never" else f"--fail-on={fail_on}")
    try:
        return options + shlex.split(os.environ.get("INPUT_ARGS", ""))
    except ValueError as error:
        sys.exit(f"offramp: error: args: {error}")


def base_of_pull_request(root: Path, environment: dict[str, str]) -> str:
    """The commit to compare with, fetched where the checkout is shallow; "" where there is no pull request.

    What GitHub checks out for a pull request is a merge with the newest base, its first parent: the base that the event
    names may be older, and what others have merged since then would count as new.
    """
    base = os.environ.get("BASE_SHA", "")
    if not base:
        return ""
    lines = git(root, environment, "cat-file", "commit", "HEAD").split("\n\n", 1)[0].splitlines()
    parents = [line.removeprefix("parent ") for line in lines if line.startswith("parent ")]
    is_merge = len(parents) == 2 and os.environ.get("GITHUB_EVENT_NAME") == "pull_request"
    base = parents[0] if is_merge else base
    if not git(root, environment, "cat-file", "-t", base):
        head = git(root, environment, "rev-parse", "HEAD").strip()
        wanted = ("--depth=2", "origin", head) if is_merge else ("--depth=1", "origin", base)
        git(root, environment, "fetch", "--quiet", "--no-tags", *wanted)
    return base


def git(root: Path, environment: dict[str, str], *arguments: str) -> str:
    """What git says, or "" where it refuses: the check then says what is missing."""
    result = subprocess.run(
        ["git", "-C", str(root), *arguments], env=environment, check=False, capture_output=True, text=True, errors="replace"
    )
    return result.stdout if result.returncode == 0 else ""


def trusting(root: Path) -> dict[str, str]:
    """Lets git read a checkout of another user, as it is in a job that runs in a container; in this step only."""
    count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    return {
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": "safe.directory",
        f"GIT_CONFIG_VALUE_{count}": str(root),
    }


def append_to(variable: str, text: str) -> None:
    """Append to a file that GitHub names; nothing where it names none."""
    if os.environ.get(variable):
        with Path(os.environ[variable]).open("a", encoding="utf-8") as stream:
            stream.write(text)


if __name__ == "__main__":
    main()
