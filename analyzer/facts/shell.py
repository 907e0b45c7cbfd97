"""Shell lines: in scripts, `RUN` instructions, CI steps, Makefile recipes and `!` lines of notebooks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from analyzer.facts.positions import Lines
from analyzer.facts.requirements import requirement_entry
from analyzer.model.facts import Entry
from analyzer.model.span import Span

_ASSIGNMENT = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*)=(.*)$", re.DOTALL)
_BREAKS = re.compile(r"\s*(?:&&|\|\||;|\||\n)\s*")
_SUBSTITUTION = re.compile(r"\$\((?![A-Z_]+\))([^()]*)\)|`([^`]*)`")
_PREFIXES = frozenset(
    {
        "sudo",
        "time",
        "exec",
        "nohup",
        "command",
        "env",
        "then",
        "do",
        "else",
        "elif",
        "if",
        "while",
        "!",
        "uv",
        "-v",
        "@",
    }
)
_INSTALLERS = frozenset({"pip", "pip3", "pipx", "conda", "mamba", "micromamba"})
_DIRECTIVE = re.compile(r"^#\s*(SBATCH|PBS|BSUB|\$)\s+(.*)$")
_INDEX_OPTIONS = frozenset(
    {"-i", "--index-url", "--extra-index-url", "--index", "--default-index", "-f", "--find-links", "-c", "--channel"}
)
LONGEST_COMMAND = 4000


def command_entries(command: str, span: Span) -> Iterator[Entry]:
    """The entries of one logical line: environment settings, the program with its words, what it installs."""
    command = command[:LONGEST_COMMAND]
    for inner in _SUBSTITUTION.findall(command):
        yield from command_entries("".join(inner), span)
    for part in _BREAKS.split(_SUBSTITUTION.sub("…", command)):
        words = _words(part)
        while words and (words[0] in _PREFIXES or _ASSIGNMENT.match(words[0]) or words[0] in ("export", "ENV", "$env:")):
            word = words.pop(0)
            assignment = _ASSIGNMENT.match(word)
            if assignment:
                yield Entry("environment", assignment.group(1), assignment.group(2), span)
        if not words:
            continue
        program = words[0].rsplit("/", 1)[-1]
        yield Entry("command", program, " ".join(words[1:]), span)
        if program in ("echo", "printf") and len(words) > 1 and _ASSIGNMENT.match(words[1]):
            yield from command_entries(words[1], span)  # a script that writes a script
        yield from _installed(program, words[1:], span)


def _words(part: str) -> list[str]:
    try:
        return shlex.split(part, comments=True)
    except ValueError:
        return part.split()


def _installed(program: str, words: list[str], span: Span) -> Iterator[Entry]:
    """Requirements named by `pip install`, `python -m pip install`, `uv pip install`, `conda install`."""
    if program.startswith("python") and words[:2] == ["-m", "pip"]:
        program, words = "pip", words[2:]
    if program not in _INSTALLERS or "install" not in words[:2]:
        return
    rest = iter(words[words.index("install") + 1 :])
    for word in rest:
        option, equals, value = word.partition("=")
        if option in _INDEX_OPTIONS:
            yield Entry("index", "", value if equals else next(rest, ""), span)
        elif option == "--torch-backend":
            yield Entry("index", "", f"torch-backend={value if equals else next(rest, '')}", span)
        elif word in ("-r", "--requirement", "-t", "--target", "--prefix", "-p", "--python", "-n", "--name"):
            next(rest, "")
        else:
            entry = requirement_entry(word, span)
            if entry:
                yield entry


def logical_lines(lines: Lines, first: int = 1, last: int | None = None) -> Iterator[tuple[str, int, int]]:
    """Lines joined where they end with a backslash, as (text, first line, last line)."""
    number = first
    end = len(lines.lines) if last is None else last
    while number <= end:
        start = number
        parts = [lines.lines[number - 1].rstrip("\r")]
        while parts[-1].rstrip().endswith("\\") and number < end:
            parts[-1] = parts[-1].rstrip()[:-1]
            number += 1
            parts.append(lines.lines[number - 1].rstrip("\r"))
        yield " ".join(parts), start, number
        number += 1


def read_shell(text: str) -> tuple[Entry, ...]:
    """The entries of a shell script, with scheduler directives (`#SBATCH --gres=gpu:4`) as settings."""
    lines = Lines(text)
    entries: list[Entry] = []
    for line, first, last in logical_lines(lines):
        span = Span(first, lines.whole(first).column, last, lines.whole(last).end_column)
        directive = _DIRECTIVE.match(line.strip())
        if directive:
            option, _, value = directive.group(2).strip().replace("=", " ", 1).partition(" ")
            entries.append(Entry("setting", f"scheduler.{option.lstrip('-')}", value.strip(), span))
        elif not line.lstrip().startswith("#"):
            entries.extend(command_entries(line, span))
    return tuple(entries)
