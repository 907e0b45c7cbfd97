"""Shell text: scripts, `RUN` instructions, CI steps, Makefile recipes and `!` lines of notebooks.

One pass over the characters gives words with their offsets, so that what a line of a long command says is found on that
line. It is no shell: what it cannot read it takes as plain words. Every loop is bounded, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from analyzer.facts.instances import accelerator_entries, instance_entry, is_instance_type, names_accelerators
from analyzer.facts.lexicon import is_telling
from analyzer.facts.positions import Lines
from analyzer.facts.requirements import LONGEST_REQUIREMENT, requirement_entry
from analyzer.model.facts import Entry
from analyzer.model.span import Span

LONGEST_COMMAND = 4000
LONGEST_VALUE = 2000
LONGEST_IMAGE = 200
LOOKED_UP = "looked up"
"""The words of a program that is only asked for: `command -v nvcc`, `which nvidia-smi`."""
DEEPEST_SUBSTITUTION = 5
FARTHEST_BRACKET = 10_000
LONGEST_EXPANSION = 1000
MOST_OPEN_DOCUMENTS = 3
MOST_COMMANDS = 20_000
MOST_LINES = 50_000

Place = Callable[[int, int], Span]
"""The span of a range of offsets."""


def at(span: Span) -> Place:
    """One place for everything."""
    return lambda start, end: span


class Word(NamedTuple):
    """A word as the program gets it, and where it stands."""

    text: str
    start: int
    end: int
    is_quoted: bool


class Heredoc(NamedTuple):
    """A document that stands in a script: the command that reads it, the file it is written to, its lines."""

    words: tuple[Word, ...]
    target: str
    start: int
    end: int


_CHUNK = re.compile(r"[^\s'\"\\$`#;&|()<>]+")
_BLANKS = re.compile(r"[ \t\r\f\v]+")
_CONTINUATION = re.compile(r"\\[ \t\r]*\n")
_BRACES = re.compile(r"[{}]")
_HEREDOC = re.compile(r"<<-?[ \t]*(['\"]?)([A-Za-z_][A-Za-z0-9_.-]{0,60})\1")
_IN_QUOTES = re.compile(r"[^\"\\$`]+")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,99})\+?=", re.ASCII)
_MAKE_VARIABLE = re.compile(r"\$\([A-Za-z_][A-Za-z0-9_.-]{0,60}\)")


class Script:
    """The commands, substitutions and documents of a stretch of text."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.position = start
        self.end = end
        self.commands: list[tuple[Word, ...]] = []
        self.targets: list[str] = []
        """The file that each command writes to, or ""."""
        self.inner: list[tuple[int, int]] = []
        self.heredocs: list[Heredoc] = []
        self.words: list[Word] = []
        self.pieces: list[str] = []
        self.word_start = -1
        self.word_end = -1
        self.quoted = False
        self.target = ""
        self.next_is_target = False
        self.waiting: list[str] = []
        self.unbalanced = False
        self.unclosed = False
        self.open_documents = 0
        self.scan()

    def scan(self) -> None:
        """Read everything."""
        text, end = self.text, self.end
        while self.position < end and len(self.commands) < MOST_COMMANDS:
            i = self.word_end = self.position
            chunk = _CHUNK.match(text, i, end)
            if chunk:
                self.add(chunk.group(), i)
                self.position = chunk.end()
                continue
            char = text[i]
            self.position = i + 1
            if char == "\n":
                self.end_command()
                self.read_heredocs()
            elif char.isspace():
                self.end_word()
            elif char == "\\":
                self.escape(i)
            elif char in "'\"":
                self.quote(i, char)
            elif char == "$":
                self.dollar(i)
            elif char == "`":
                self.backtick(i)
            elif char == "#":
                self.comment(i)
            elif char in ";&|()":
                self.end_command()
            else:
                self.redirect(i, char)
        self.word_end = self.position
        self.end_command()

    def add(self, piece: str, at: int, quoted: bool = False) -> None:
        """Lengthen the word."""
        if self.word_start < 0:
            self.word_start = at
        self.pieces.append(piece)
        self.quoted = self.quoted or quoted

    def end_word(self) -> None:
        """The word is complete."""
        if self.word_start < 0:
            return
        word = Word("".join(self.pieces), self.word_start, self.word_end, self.quoted)
        if self.next_is_target:
            self.target, self.next_is_target = word.text, False
        else:
            self.words.append(word)
        self.pieces, self.word_start, self.quoted = [], -1, False

    def end_command(self) -> None:
        """The command is complete."""
        self.end_word()
        if self.words:
            self.commands.append(tuple(self.words))
            self.targets.append(self.target)
        if not self.waiting:
            self.target = ""
        self.next_is_target = False
        self.words = []

    def escape(self, i: int) -> None:
        """A backslash: the line goes on, or the next character stands for itself."""
        follows = _CONTINUATION.match(self.text, i, self.end)
        if follows:
            self.end_word()
            self.position = follows.end()
        else:
            self.add(self.text[i + 1 : i + 2] if i + 1 < self.end else "\\", i)
            self.position = min(i + 2, self.end)

    def quote(self, i: int, mark: str) -> None:
        """A quoted string; a mark that nothing closes stands for itself."""
        if mark == "'":
            close = self.text.find("'", i + 1, self.end)
            if close < 0:
                self.add("'", i)
                return
            self.add(self.text[i + 1 : close], i, quoted=True)
            self.position = close + 1
            return
        pieces: list[str] = []
        at = i + 1
        while at < self.end:
            chunk = _IN_QUOTES.match(self.text, at, self.end)
            if chunk:
                pieces.append(chunk.group())
                at = chunk.end()
                continue
            char = self.text[at]
            if char == '"':
                self.add("".join(pieces), i, quoted=True)
                self.position = at + 1
                return
            if char == "\\":
                follows = _CONTINUATION.match(self.text, at, self.end)
                pieces.append(" " if follows else self.text[at + 1 : at + 2])
                at = follows.end() if follows else at + 2
            elif char == "$" and self.text.startswith("$(", at) and (close := self.closing(at + 1)) > 0:
                self.inner.append((at + 2, close))
                pieces.append("…")
                at = close + 1
            elif char == "$" and self.text.startswith("${", at) and (close := self.brace_end(at + 1)) > 0:
                pieces.append(self.text[at:close])
                at = close
            else:
                pieces.append(char)
                at += 1
        self.add('"', i)
        self.end = min(self.end, len(self.text))
        self.position = i + 1
        self.text = self.text[: i + 1] + self.text[i + 1 :].replace('"', " ")  # none of the marks that follow is closed

    def dollar(self, i: int) -> None:
        """`$(...)`, `${...}` or a variable."""
        text = self.text
        variable = _MAKE_VARIABLE.match(text, i, self.end)
        if variable and variable.group()[2:-1].isupper():
            self.add(variable.group(), i)
            self.position = variable.end()
        elif text.startswith("$(", i) and (close := self.closing(i + 1)) > 0:
            if not text.startswith("$((", i):
                self.inner.append((i + 2, close))
            self.add("…", i)
            self.position = close + 1
        elif text.startswith("${", i):
            stop = max(self.brace_end(i + 1), i + 2)
            self.add(text[i:stop], i)
            self.position = stop
        else:
            self.add("$", i)

    def closing(self, bracket: int) -> int:
        """The bracket that closes one, -1 where none does; after the first failure no other is looked for."""
        if self.unbalanced:
            return -1
        depth = 0
        for at in range(bracket, min(self.end, bracket + FARTHEST_BRACKET)):
            char = self.text[at]
            if char == "(":
                depth += 1
            elif char == ")":
                depth -= 1
                if not depth:
                    return at
        self.unbalanced = True
        return -1

    def brace_end(self, brace: int) -> int:
        """Where `${...}` ends, -1 where it does not; after the first failure no other is looked for."""
        depth = 0
        if not self.unclosed:
            for found in _BRACES.finditer(self.text, brace, min(self.end, brace + LONGEST_EXPANSION)):
                depth += 1 if found.group() == "{" else -1
                if not depth:
                    return found.end()
        self.unclosed = True
        return -1

    def backtick(self, i: int) -> None:
        """The old form of a substitution."""
        close = self.text.find("`", i + 1, min(self.end, i + FARTHEST_BRACKET))
        if close > 0:
            self.inner.append((i + 1, close))
            self.add("…", i)
            self.position = close + 1

    def comment(self, i: int) -> None:
        """A `#` starts a comment at the beginning of a word only."""
        if self.word_start >= 0:
            self.add("#", i)
            return
        stop = self.text.find("\n", i, self.end)
        self.position = stop if stop >= 0 else self.end

    def redirect(self, i: int, char: str) -> None:
        """`> file`, `2>&1`, `<<EOF`."""
        heredoc = _HEREDOC.match(self.text, i, self.end) if char == "<" else None
        if self.word_start >= 0 and "".join(self.pieces).isdecimal() and not self.quoted:
            self.pieces, self.word_start = [], -1
        self.end_word()
        if heredoc and len(self.waiting) < 5 and self.open_documents < MOST_OPEN_DOCUMENTS:
            self.waiting.append(heredoc.group(2))
            self.position = heredoc.end()
            return
        while self.position < self.end and self.text[self.position] in "<>&":
            self.position += 1
        self.next_is_target = True

    def read_heredocs(self) -> None:
        """Step over the documents whose commands stand on the line that has just ended."""
        for mark in self.waiting:
            start = self.position
            last = re.compile(rf"^[ \t]*{re.escape(mark)}[ \t\r]*$", re.MULTILINE).search(self.text, start, self.end)
            if last is None:
                self.open_documents += 1
                continue
            words = self.commands[-1] if self.commands else ()
            self.heredocs.append(Heredoc(words, self.target, start, last.start()))
            self.position = last.end()
        self.waiting = []
        self.target = ""


# ---- what commands say -----------------------------------------------------------------------------------------------

_KEYWORDS = frozenset({"then", "do", "else", "elif", "if", "while", "until", "!", "{", "}", "time", "@", "-", "\\", "fi", "done"})
_PREFIXES = frozenset(
    {"sudo", "exec", "nohup", "command", "env", "which", "type", "hash", "builtin", "doas", "uv", "nice", "-v", "-V", "-E", "-p"}
)
_EXPORTS = frozenset({"export", "declare", "typeset", "readonly", "local", "ENV"})
_SETTERS = frozenset({"setenv", "set", "setx"})
_INSTALLERS = frozenset({"pip", "pip3", "pipx", "conda", "mamba", "micromamba", "pdm", "poetry", "pipenv", "uv"})
_CONDAS = frozenset({"conda", "mamba", "micromamba"})
_SYSTEM_INSTALLERS = frozenset(
    {"apt-get", "apt", "aptitude", "yum", "dnf", "microdnf", "zypper", "apk", "brew", "choco", "tdnf", "module", "spack", "ml"}
)
_INSTALL_WORDS = frozenset({"install", "add", "load", "create", "reinstall", "swap"})
_CONTAINER_PROGRAMS = frozenset(
    {"docker", "podman", "nerdctl", "nvidia-docker", "singularity", "apptainer", "enroot", "sarus", "shifter"}
)
_LAUNCHERS = frozenset(
    {"srun", "mpirun", "mpiexec", "docker", "podman", "nvidia-docker", "singularity", "apptainer", "kubectl", "ssh", "xargs",
     "watch", "timeout", "conda", "poetry", "pipenv", "pdm", "numactl", "nsys", "ncu", "nvprof", "pdsh", "docker-compose",
     "stdbuf", "taskset", "run", "nix-shell", "sh", "bash"}
)  # fmt: skip
_TOOL = re.compile(
    r"(?:nvidia-[a-z]+|nvcc|nsys|ncu|nvprof|nv-nsight-cu-cli|cuda-[a-z]+|compute-sanitizer|trtexec|dcgmi|gpustat|nvitop)"
)
_COMMAND_OPTIONS = frozenset({"-c", "-lc", "-ec", "-xc", "-exc", "-ic", "-lic", "-euxc", "-xec", "--command", "-cx"})
_TAKES_LINES = frozenset(
    {"ssh", "eval", "watch", "tmux", "screen", "parallel", "xargs", "su", "pdsh", "sbatch", "bsub", "oarsub", "call"}
)
_PASSES_VARIABLES = frozenset({"-e", "--env", "-x", "--build-arg", "--export", "-genv", "--env-vars", "-v"})
_INDEX_OPTIONS = frozenset(
    {"-i", "--index-url", "--extra-index-url", "--index", "--default-index", "-f", "--find-links", "-c", "--channel"}
)
_VALUE_OPTIONS = frozenset(
    {"-r", "--requirement", "-t", "--target", "--prefix", "-p", "--python", "-n", "--name", "--root", "--cache-dir", "--platform",
     "--group", "-G", "--extra", "-E", "--proxy", "--timeout", "--constraint", "--only-binary", "--no-binary", "--config-settings",
     "--global-option", "--build-option", "--src", "--abi", "--implementation", "--upgrade-strategy", "--index-strategy", "-C"}
)  # fmt: skip
_RUN_WORDS = frozenset({"run", "create", "pull", "exec", "shell", "import", "instance"})
_NO_IMAGE_AFTER = frozenset({"-v", "--volume", "-e", "--env", "--name", "-f", "--file", "-t", "--tag", "-w", "--mount"})
_IMAGE = re.compile(
    r"(?:docker://)?(?:[a-z0-9][a-z0-9.-]*(?::\d+)?[/#])?[a-z0-9][a-z0-9._-]*(?:/[a-zA-Z0-9._-]+){0,5}(?::[A-Za-z0-9_.${}-]+)?"
)
_ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


def shell_entries(text: str, place: Place, start: int = 0, end: int | None = None, depth: int = 0) -> Iterator[Entry]:
    """The entries of a stretch of shell text: environment, programs with their words and options, what they install."""
    script = Script(text, start, len(text) if end is None else end)
    for number, words in enumerate(script.commands):
        yield from word_entries(words, text, place, depth)
        if words[0].text in ("echo", "printf") and _is_written(script, number):  # a script that writes a script
            for word in words[1:2]:
                if _ASSIGNMENT.match(word.text):
                    yield from _inside(word, text, place, depth)
    if len(script.commands) >= MOST_COMMANDS:
        last_word = script.commands[-1][-1]
        yield Entry("cut", "", "", place(last_word.start, last_word.end))
    if depth < DEEPEST_SUBSTITUTION:
        for first, last in script.inner:
            yield from shell_entries(text, place, first, last, depth + 1)
        for heredoc in script.heredocs:
            if _is_read_by_shell(heredoc):
                yield from shell_entries(text, place, heredoc.start, heredoc.end, depth + 1)


def _is_written(script: Script, number: int) -> bool:
    """Whether what a command prints goes to a file."""
    following = script.commands[number + 1] if number + 1 < len(script.commands) else ()
    return bool(script.targets[number]) or (bool(following) and following[0].text == "tee")


def command_entries(command: str, span: Span) -> Iterator[Entry]:
    """The entries of one logical line, all at one place."""
    command = command[:LONGEST_COMMAND]
    yield from shell_entries(command, at(span))


def _is_read_by_shell(heredoc: Heredoc) -> bool:
    programs = [word.text.rpartition("/")[2] for word in heredoc.words]
    if heredoc.target.endswith((".sh", ".bash", ".sbatch", ".slurm", ".bashrc", ".profile", ".zshrc", ".env", ".pbs")):
        return True
    if any(word.endswith((".sh", ".bashrc", ".profile")) for word in programs):  # tee run.sh <<EOF
        return True
    if programs[:1] in (["sudo"], ["su"]) and {"-i", "-s", "-", "-l"} & set(programs):
        return True
    return bool({"bash", "sh", "zsh", "ssh", "sbatch", "qsub", "bsub"} & set(programs)) or not programs


def word_entries(words: Sequence[Word], text: str, place: Place, depth: int = 0) -> Iterator[Entry]:
    """The entries of one command, given as words."""
    rest = list(words)
    looked_up = False
    while rest:
        word = rest[0]
        if (word.text in _KEYWORDS or word.text in _PREFIXES) and not word.is_quoted:
            if word.text == "uv" and len(rest) > 1 and rest[1].text in ("add", "sync", "lock"):
                break
            looked_up = looked_up or word.text in ("which", "type", "hash", "-v")
            rest.pop(0)
            while word.text in ("sudo", "env", "nice", "doas") and rest and rest[0].text[:1] == "-":
                rest.pop(0)
        elif word.text in _EXPORTS or (word.text in _SETTERS and len(rest) > 1):
            yield from _exported(rest, text, place)
            return
        elif (assigned := _ASSIGNMENT.match(word.text)) is not None:
            rest.pop(0)
            yield from _assignment(assigned.group(1), word, assigned.end(), text, place)
        else:
            break
    if rest:
        yield from _program_entries(rest, text, place, depth, looked_up)


def _exported(words: list[Word], text: str, place: Place) -> Iterator[Entry]:
    """`export A=1 B`, `declare -x A=1`, `setenv A 1`, `set A=1`."""
    rest = words[1:]
    if words[0].text in _SETTERS and len(rest) >= 2 and "=" not in rest[0].text and rest[0].text.replace("_", "").isalnum():
        yield Entry("environment", rest[0].text, rest[1].text[:LONGEST_VALUE], place(rest[0].start, rest[1].end))
        return
    for word in rest:
        assigned = _ASSIGNMENT.match(word.text)
        if assigned:
            yield from _assignment(assigned.group(1), word, assigned.end(), text, place)
        elif _ENVIRONMENT_NAME.fullmatch(word.text):
            yield Entry("environment", word.text, "", place(word.start, word.end))


def _assignment(name: str, word: Word, start: int, text: str, place: Place) -> Iterator[Entry]:
    """`NAME=value`: also the instance type or image that the value is, and the options that it holds for later."""
    value, span = word.text[start:], _first_line(place(word.start, word.end))
    yield Entry("environment", name, value[:LONGEST_VALUE], span)
    yield from _instance_words([word._replace(text=value)], place)
    if _is_image(value):
        yield Entry("image", value, "", span)
    elif "--" in value and is_telling(value[:LONGEST_COMMAND]):
        first = word.start + start + 1
        if word.is_quoted and text[first - 1 : first] in ("'", '"'):
            for words in Script(text, first, word.end - 1).commands:
                yield from option_entries(name, words, place)
        else:
            parts = [Word(part, word.start, word.end, False) for part in value[:LONGEST_COMMAND].split()]
            yield from option_entries(name, parts, place)


def _is_image(text: str) -> bool:
    """Whether a word has the shape of an image with a tag or registry, and mentions an accelerator."""
    if len(text) > LONGEST_IMAGE or "/" not in text or (":" not in text and "." not in text.split("/", 1)[0]):
        return False
    return is_telling(text) and _IMAGE.fullmatch(text) is not None


def _program_entries(words: list[Word], text: str, place: Place, depth: int, looked_up: bool) -> Iterator[Entry]:
    head, rest = words[0], words[1:]
    program = head.text.rpartition("/")[2].lstrip("@-+") or head.text
    value = LOOKED_UP if looked_up else _joined(words, text)
    yield Entry("command", program, value, _first_line(place(head.start, words[-1].end)))
    if head.text[:1] == "-":  # an array of arguments: one line of it
        yield from option_entries("arguments", words, place)
    else:
        yield from option_entries(program, rest, place)
    for previous, word in zip(words, rest, strict=False):
        if word.is_quoted and (previous.text in _COMMAND_OPTIONS or program in _TAKES_LINES):
            yield from _inside(word, text, place, depth)
    if program in _LAUNCHERS:
        for index, word in enumerate(rest):
            inner = word.text.rpartition("/")[2]
            if _TOOL.fullmatch(inner) and not word.is_quoted:
                words_after = " ".join(later.text for later in rest[index + 1 :])[:LONGEST_VALUE]
                yield Entry("command", inner, words_after, place(word.start, word.end))
                break
    if head.is_quoted and _is_image(head.text):  # a list of images
        yield Entry("image", head.text, "", place(head.start, head.end))
    if program in _CONTAINER_PROGRAMS:
        yield from _images(rest, place)
    yield from _installed(program, rest, place)


def _joined(words: Sequence[Word], text: str) -> str:
    """The words after the program, with the line breaks that the text has between them."""
    pieces: list[str] = []
    length = 0
    for previous, word in pairwise(words):
        breaks = text.count("\n", previous.end, word.start) if text else 0
        pieces.append("\n" * breaks if breaks else " " if pieces else "")
        pieces.append(word.text)
        length += len(word.text) + 1
        if length > LONGEST_VALUE:
            break
    return "".join(pieces)[:LONGEST_VALUE]


def _first_line(span: Span) -> Span:
    """A span cut to its first line; where that ends does not matter to a quotation of whole lines."""
    return span if span.end_line == span.line else Span(span.line, span.column, span.line, span.column + 1)


def _inside(word: Word, text: str, place: Place, depth: int) -> Iterator[Entry]:
    """The command line that a word holds."""
    if depth >= DEEPEST_SUBSTITUTION or len(word.text) < 3:
        return
    if text[word.start + 1 : word.end - 1] == word.text:  # nothing was escaped, and the text is at hand: offsets hold
        yield from shell_entries(text, place, word.start + 1, word.end - 1, depth + 1)
    else:
        yield from shell_entries(word.text[:LONGEST_COMMAND], at(place(word.start, word.end)), depth=depth + 1)


def option_entries(program: str, words: Sequence[Word], place: Place) -> Iterator[Entry]:
    """Each option with its value, each telling word that is none, and the instance types and variables in them."""
    for index, word in enumerate(words):
        following = words[index + 1] if index + 1 < len(words) else None
        if word.text[:1] == "-" and len(word.text) > 1:
            name, equals, value = word.text.partition("=")
            end = word.end
            if not equals and following is not None and following.text[:1] != "-":
                value, end = following.text, max(word.end, following.end)
            span = place(word.start, word.end)
            yield Entry("option", program, f"{name} {value}".strip()[:LONGEST_VALUE], span)
            yield from _option_value(name, value, span if equals else place(word.start, end))
        elif is_telling(word.text) or "://" in word.text:
            yield Entry("option", program, word.text[:LONGEST_VALUE], place(word.start, word.end))
        if word.text[:1] != "-":
            yield from _instance_words([word], place)


def _option_value(name: str, value: str, span: Span) -> Iterator[Entry]:
    """What the value of an option says by itself."""
    if name in _PASSES_VARIABLES and (assigned := _ASSIGNMENT.match(value)) is not None:
        given = value[assigned.end() :]
        yield Entry("environment", assigned.group(1), given[:LONGEST_VALUE], span)
        if name == "--build-arg" and "/" in given and len(given) < LONGEST_IMAGE and is_telling(given) and _IMAGE.fullmatch(given):
            yield Entry("image", given, "", span)
    elif name in _PASSES_VARIABLES and name != "-v" and _ENVIRONMENT_NAME.fullmatch(value):
        yield Entry("environment", value, "", span)
    elif name in ("--image", "--container-image", "--docker-image", "--base-image"):
        yield Entry("image", value.removeprefix("docker://").replace("#", "/"), "", span)
    if name == "--gres" or (name.startswith("--gpus") and ":" in value):
        parts = value.split(",", maxsplit=1)[0].removeprefix("gpu:").split(":")
        yield from accelerator_entries(":".join(parts[:2]), {}, span)
    elif names_accelerators((name.lstrip("-"),)):
        yield from accelerator_entries(value, {}, span)
    if "=" in value and is_instance_type(value.rpartition("=")[2]):
        yield Entry("instance", value.rpartition("=")[2].lower(), "", span)


def _instance_words(words: Sequence[Word], place: Place) -> Iterator[Entry]:
    for word in words:
        entry = instance_entry(word.text.rpartition("=")[2], {}, place(word.start, word.end))
        if entry:
            yield entry


def _images(words: Sequence[Word], place: Place) -> Iterator[Entry]:
    """`docker run nvcr.io/nvidia/pytorch:24.05`: words that have the shape of an image and mention an accelerator."""
    verb = next((word.text for word in words if word.text[:1] != "-"), "")
    if verb not in _RUN_WORDS:
        return
    for previous, word in zip((None, *words), words, strict=False):
        text = word.text
        if (previous is not None and previous.text in _NO_IMAGE_AFTER) or len(text) > LONGEST_IMAGE:
            continue
        if ("/" in text or ":" in text) and is_telling(text) and _IMAGE.fullmatch(text):
            yield Entry("image", text.removeprefix("docker://").replace("#", "/"), "", place(word.start, word.end))


def _installed(program: str, words: list[Word], place: Place) -> Iterator[Entry]:
    """What `pip install`, `python -m pip install`, `uv add`, `conda create`, `apt-get install`, `module load` name."""
    if [word.text for word in words[:2]] == ["-m", "pip"]:
        program, words = "pip", words[2:]
    index = next((i for i, word in enumerate(words) if word.text[:1] != "-"), len(words))
    while index < len(words) and words[index].text in ("pip", "env", "tool", "global"):
        index += 1
    if index >= len(words) or words[index].text not in _INSTALL_WORDS:
        return
    verb, rest = words[index].text, words[index + 1 :]
    if program in _SYSTEM_INSTALLERS:
        for word in rest:
            if word.text[:1] != "-":
                yield Entry("option", program, f"{verb} {word.text}"[:LONGEST_VALUE], place(word.start, word.end))
    elif program in _INSTALLERS and verb in ("install", "add", "create", "reinstall"):
        yield from _requirements(program, rest, place)


def _requirements(program: str, words: list[Word], place: Place) -> Iterator[Entry]:
    skip = False
    for position, word in enumerate(words):
        option, equals, value = word.text.partition("=")
        following = words[position + 1] if position + 1 < len(words) else None
        span = place(word.start, word.end)
        if skip:
            skip = False
        elif option in _INDEX_OPTIONS or option == "--torch-backend":
            given = value if equals else following.text if following else ""
            skip = not equals
            yield Entry("index", "", f"torch-backend={given}" if option == "--torch-backend" else given, span)
        elif option in _VALUE_OPTIONS:
            skip = not equals
        elif len(word.text) <= LONGEST_REQUIREMENT:
            named = word.text
            if program in _CONDAS:
                named = re.sub(r"^([A-Za-z0-9._-]+)=(?!=)", r"\1==", named.rpartition("::")[2])
            entry = requirement_entry(named, span)
            if entry:
                yield entry


# ---- whole files -----------------------------------------------------------------------------------------------------

_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(SBATCH|PBS|BSUB|COBALT|PJM|OAR|FLUX|\$)[ \t:]+(\S.*)$", re.MULTILINE)
_BATCH_COMMENT = re.compile(r"^[ \t]*(?:@?[Rr][Ee][Mm]\b|::)")
_BATCH_SET = re.compile(r"^[ \t]*@?(?:set|SET|Set|setx|SETX)[ \t]+(?:/[A-Za-z][ \t]+)*\"?([A-Za-z_][A-Za-z0-9_]*)[= \t](.*)$")
_POWERSHELL_SET = re.compile(r"\$env:([A-Za-z_][A-Za-z0-9_]*)[ \t]*\+?=[ \t]*([^;\n]*)", re.IGNORECASE)


def read_shell(text: str) -> tuple[Entry, ...]:
    """The entries of a shell script, with scheduler directives (`#SBATCH --gres=gpu:4`) as settings."""
    lines = Lines(text)
    entries = list(directive_entries(text, lines))
    entries.extend(shell_entries(text, lines.span))
    return tuple(entries)


def directive_entries(text: str, lines: Lines) -> Iterator[Entry]:
    """What the comments for a scheduler ask for."""
    for found in _DIRECTIVE.finditer(text):
        if len(found.group(2)) > LONGEST_COMMAND:
            continue
        script = Script(text, found.start(2), found.end(2))
        words = script.commands[0] if script.commands else ()
        span = lines.whole(lines.span(found.start(2), found.end(2)).line)
        for entry in option_entries("scheduler", words, at(span)):
            if entry.kind == "option":
                name, _, value = entry.value.partition(" ")
                yield Entry("setting", f"scheduler.{name.lstrip('-')}", value, span)
            else:
                yield entry


def read_batch(text: str) -> tuple[Entry, ...]:
    """The entries of a Windows batch file, line by line."""
    lines = Lines(text)
    entries: list[Entry] = []
    for number, line in enumerate(lines.lines[:MOST_LINES], 1):
        if not line.strip() or len(line) > LONGEST_COMMAND or _BATCH_COMMENT.match(line):
            continue
        assigned = _BATCH_SET.match(line)
        if assigned:
            entries.append(Entry("environment", assigned.group(1), assigned.group(2).strip().strip('"'), lines.whole(number)))
        else:
            bare = line.strip().lstrip("@").replace("\\", "/").replace("%", " ").rstrip("^")
            entries.extend(command_entries(bare.removeprefix("call "), lines.whole(number)))
    return tuple(entries)


def read_powershell(text: str) -> tuple[Entry, ...]:
    """The entries of a PowerShell script, line by line."""
    lines = Lines(text)
    entries: list[Entry] = []
    for number, line in enumerate(lines.lines[:MOST_LINES], 1):
        if not line.strip() or len(line) > LONGEST_COMMAND or line.lstrip().startswith("#"):
            continue
        span = lines.whole(number)
        assigned = list(_POWERSHELL_SET.finditer(line))
        entries.extend(Entry("environment", found.group(1), found.group(2).strip().strip("\"'"), span) for found in assigned)
        if not assigned:
            entries.extend(command_entries(line.strip().replace("`", " ").replace("\\", "/"), span))
    return tuple(entries)
