"""The other tools whose speed is measured, each in one process: what they are called with, and which version they are.

None of them does the same work. ruff lints by rules that look at one file; torchfix and semgrep look for patterns, semgrep by
rules of ours; grep searches text.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from contestants import HOOK, PROJECT, semgrep_command

RUFF_RULES = "E,F,W,B,UP,PERF"
WORDS = HOOK.pattern.replace("(?:", "(")
"""The patterns of an in-house hook as an extended regular expression."""
VERSION = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True, slots=True)
class Rival:
    """A tool; its version is empty where it is not installed."""

    name: str
    version: str
    command: Sequence[str]
    """What to look at comes behind."""
    environment: Mapping[str, str] = field(default_factory=dict)
    accepted: tuple[int, ...] = (0,)
    is_slow: bool = False
    """It is run less often, and not on everything."""
    in_hook: bool = True
    """It can be asked about the files of a commit."""


def offramp(*arguments: str) -> list[str]:
    """A call of this very checkout."""
    return [sys.executable, "-m", "analyzer", *arguments]


def own_environment(cache: Path | None = None) -> dict[str, str]:
    """What a call of this checkout needs; nothing is remembered outside the folder that is given."""
    where = {"OFFRAMP_NO_CACHE": "1"} if cache is None else {"OFFRAMP_CACHE_DIR": str(cache), "OFFRAMP_NO_CACHE": ""}
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}  # what is installed is compiled, whatever the environment of the benchmark says
    return {"PYTHONPATH": str(PROJECT), **compiled, **where}


def rivals(semgrep: str | None, torchfix: str | None, ruff: str | None) -> tuple[Rival, ...]:
    """All tools, the named commands in place of those on the path."""
    semgrep, torchfix, ruff = semgrep or "semgrep", torchfix or "torchfix", ruff or "ruff"
    alone = [ruff, "check", "--isolated", "--no-cache", "--no-respect-gitignore", "--exit-zero", "--quiet", "--select", RUFF_RULES]
    return (
        Rival("semgrep", _version(semgrep, "--disable-version-check"), semgrep_command(semgrep), is_slow=True),
        Rival("torchfix", _version(torchfix), [torchfix, "--jobs", "1"], accepted=(0, 1), is_slow=True, in_hook=False),
        Rival("ruff", _version(ruff), alone, {"RAYON_NUM_THREADS": "1"}),
        Rival("grep", _version("grep"), ["grep", "-rnE", "--include=*.py", WORDS], accepted=(0, 1)),
    )


def _version(command: str, *arguments: str) -> str:
    if shutil.which(command) is None:
        return ""
    result = subprocess.run([command, "--version", *arguments], capture_output=True, text=True, check=False)
    found = VERSION.search(result.stdout + result.stderr)
    return found[0] if found else ""
