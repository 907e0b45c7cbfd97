"""Which Python file a command line starts: `python train.py`, `torchrun ... -m pkg.train`, a console script."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from analyzer.link.program import Program
from analyzer.model.facts import External, Sequence, Text, Use, Value
from analyzer.model.facts import Mapping as Display

LAUNCHERS = frozenset(
    {"python", "python3", "python2", "torchrun", "accelerate", "deepspeed", "horovodrun", "mpirun", "srun", "bash", "sh",
     "exec", "nohup", "uv", "poetry", "pdm", "pipenv", "conda", "nsys", "ncu", "time", "sudo", "env", "xvfb-run", "numactl",
     "coverage", "streamlit", "uvicorn", "gunicorn"}
)  # fmt: skip
"""Programs that start others. What stands behind any other program is its own business."""
_SERVERS = frozenset({"uvicorn", "gunicorn"})
MOST_WORDS = 400


class ConsoleScript(NamedTuple):
    """A command that installing the project makes."""

    name: str
    target: str
    """`package.module:function`."""
    path: str
    line: int


def console_scripts(program: Program) -> Iterator[ConsoleScript]:
    """Those of `pyproject.toml`, and of calls of `setup()`."""
    sections = ("project.scripts.", "tool.poetry.scripts.", "project.gui-scripts.")
    for path, facts in program.files.items():
        for entry in facts.entries:
            section = next((section for section in sections if entry.kind == "setting" and entry.name.startswith(section)), "")
            if section:
                yield ConsoleScript(entry.name[len(section) :], entry.value, path, entry.span.line)
        if facts.python is not None and path.rpartition("/")[2] == "setup.py":
            for use in facts.python.uses:
                if use.kind == "call" and isinstance(use.target, External) and use.target.name.endswith(".setup"):
                    yield from _of_setup(path, use)


def _of_setup(path: str, use: Use) -> Iterator[ConsoleScript]:
    for argument in use.arguments:
        if argument.label == "entry_points" and isinstance(argument.value, Display):
            for group, listed in argument.value.items:
                if group in ("console_scripts", "gui_scripts"):
                    for text in _texts(listed):
                        name, _, target = text.partition("=")
                        yield ConsoleScript(name.strip(), target.strip(), path, use.span.line)


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, Text):
        yield value.text
    for item in value.items if isinstance(value, Sequence) else ():
        if isinstance(item, Text):
            yield item.text


class CommandReader:
    """Answers what a command starts."""

    def __init__(self, program: Program, scripts: Mapping[str, str]) -> None:
        """`scripts` gives the id of the entry point that a console script is."""
        self.program = program
        self.scripts = scripts

    def started(self, path: str, program_name: str, arguments: str) -> tuple[str, str] | None:
        """("module", path) or ("script", console script), or None. `path` is the file that holds the command."""
        name = program_name.rpartition("/")[2]
        if name in self.scripts:
            return "script", name
        if name.endswith(".py"):
            found = self.file(path, program_name)
            return ("module", found) if found else None
        if name.rstrip("0123456789.") not in LAUNCHERS and name not in LAUNCHERS:
            return None
        words = arguments.split()[:MOST_WORDS]
        for index, word in enumerate(words):
            if word.endswith(".py") and not word.startswith("-") and (found := self.file(path, word)):
                return "module", found
            if word == "-m" and index + 1 < len(words) and (found := self.module(path, words[index + 1])):
                return "module", found
            if name in _SERVERS and ":" in word and (found := self.program.modules.find(word.partition(":")[0], path)):
                return "module", found
            if word in self.scripts and not word.startswith("-"):
                return "script", word
        return None

    def names_python(self, program_name: str, arguments: str) -> bool:
        """Whether a command plainly starts a Python file, found or not."""
        name = program_name.rpartition("/")[2]
        return name.endswith(".py") or (name in LAUNCHERS and any(w.endswith(".py") for w in arguments.split()[:MOST_WORDS]))

    def module(self, path: str, dotted: str) -> str | None:
        """The file that `-m` runs."""
        inside = self.program.modules.find(f"{dotted}.__main__", path)
        return inside or self.program.modules.find(dotted, path)

    def file(self, path: str, word: str) -> str | None:
        """A script as seen from the folder of the command, from one above it, or from the root."""
        folder = posixpath.dirname(path)
        word = word.strip("\"'")
        while True:
            tried = posixpath.normpath(posixpath.join(folder, word.lstrip("/")))
            facts = self.program.files.get(tried)
            if facts is not None and facts.python is not None:
                return tried
            if not folder:
                return None
            folder = posixpath.dirname(folder)
