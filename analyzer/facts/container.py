"""Dockerfiles: base images with their build arguments filled in, environment, commands, each on its own line."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator

from analyzer.facts.lexicon import is_telling
from analyzer.facts.positions import Lines
from analyzer.facts.shell import MOST_OPEN_DOCUMENTS, Word, shell_entries, word_entries
from analyzer.model.facts import Entry

_ESCAPE = re.compile(r"#[ \t]*escape[ \t]*=[ \t]*(.)", re.IGNORECASE)
_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]{2,20})[ \t]+")
_COMMENT = re.compile(r"[ \t]*#")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::?[-+]([^{}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))")
_PAIR = re.compile(r"(?<![\w.-])([A-Za-z_][A-Za-z0-9_.-]*)=(\"[^\"]*\"|'[^']*'|\S*)")
_FLAG = re.compile(r"--([a-z-]+)(?:=(\S*))?\s+")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)([A-Za-z_][A-Za-z0-9_]{0,60})\1")
_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')
_IMAGE = re.compile(r"[a-z0-9][a-z0-9._-]*(?::\d+)?(?:/[A-Za-z0-9._-]+)*(?::[A-Za-z0-9_.${}-]+)?(?:@sha256:[0-9a-f]{64})?")
LONGEST_NAME = 300
MOST_VARIABLES = 20


def read_container(text: str) -> tuple[Entry, ...]:
    """The entries of a Dockerfile or Containerfile."""
    return tuple(_Reader(text).entries())


class _Reader:
    """The instructions of one file; build arguments hold from where they stand on, stages by their names."""

    def __init__(self, text: str) -> None:
        self.lines = Lines(text)
        self.text = text
        self.arguments: dict[str, str] = {}
        self.stages: set[str] = set()
        self.open_documents = 0
        first = _ESCAPE.match(text)
        self.escape = first.group(1) if first and first.group(1) in "\\`" else "\\"

    def entries(self) -> Iterator[Entry]:
        """Every instruction in order."""
        number = 1
        while number <= len(self.lines.lines):
            line = self.lines.lines[number - 1]
            found = _INSTRUCTION.match(line)
            if not found or _COMMENT.match(line):
                number += 1
                continue
            body, last = self.instruction(number, found.end())
            start = self.lines.starts[number - 1] + found.end()
            yield from self.read(found.group(1).upper(), body, start)
            number = last + 1
            number = yield from self.documents(found.group(1).upper(), body, number)

    def instruction(self, number: int, column: int) -> tuple[str, int]:
        """The text of an instruction, as long as in the file: comment lines in it are blanked; and its last line."""
        parts = [self.lines.lines[number - 1][column:]]
        while number < len(self.lines.lines):
            bare = parts[-1].rstrip()
            if _COMMENT.match(parts[-1]) and len(parts) > 1:
                parts[-1] = " " * (len(parts[-1]) - 1) + "\\" if parts[-1] else ""
            elif not bare.endswith(self.escape):
                if bare or len(parts) == 1:
                    break
                parts[-1] = " " * (len(parts[-1]) - 1) + "\\" if parts[-1] else ""
            elif self.escape == "`":
                parts[-1] = bare[:-1] + "\\" + " " * (len(parts[-1]) - len(bare))
            parts.append(self.lines.lines[number])
            number += 1
        if len(parts) > 1 and _COMMENT.match(parts[-1]):
            parts[-1] = " " * len(parts[-1])
        return "\n".join(parts), number

    def read(self, word: str, body: str, start: int) -> Iterator[Entry]:
        """One instruction whose text begins at an offset."""
        if word == "ONBUILD":
            inner = _INSTRUCTION.match(body)
            if inner and inner.group(1).upper() != "ONBUILD":
                yield from self.read(inner.group(1).upper(), body[inner.end() :], start + inner.end())
            return
        flags: dict[str, str] = {}
        offset = len(body) - len(body.lstrip())
        while found := _FLAG.match(body, offset):
            flags[found.group(1)] = found.group(2) or ""
            offset = found.end()
        body, start = body[offset:], start + offset
        span = self.lines.span(start, start + len(body.split("\n", 1)[0].rstrip()))
        if word == "FROM":
            yield from self.base_image(body, start)
        elif word == "ARG":
            yield from self.build_argument(body, start)
        elif word in ("ENV", "LABEL"):
            yield from self.pairs(word, body, start)
        elif word in ("COPY", "ADD"):
            if image := self.filled(flags.get("from", "")):
                if image.lower() not in self.stages and not image.isdecimal():
                    yield Entry("image", image[:LONGEST_NAME], "", span)
            elif "://" in body:
                yield from (
                    Entry("option", word.lower(), found.group(), self.lines.span(start + found.start(), start + found.end()))
                    for found in re.finditer(r"(?<!\S)\w+://\S+", body)
                )
        elif word in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
            if word == "HEALTHCHECK" and (command := re.match(r"CMD\s+", body)):
                body, start = body[command.end() :], start + command.end()
            if body.startswith("["):
                yield from self.vector(body, start)
            elif not _HEREDOC.match(body):
                yield from shell_entries(body, lambda first, end: self.lines.span(start + first, start + end))

    def filled(self, text: str) -> str:
        """A text with the build arguments that are known filled in."""
        if len(text) > LONGEST_NAME * 4:
            return text
        for _ in range(3):
            before = text
            text = _VARIABLE.sub(self.value_of, text, MOST_VARIABLES)[: LONGEST_NAME * 4]
            if text == before:
                break
        return text

    def value_of(self, found: re.Match[str]) -> str:
        """The value of a variable, its default, or the variable as written."""
        name = found.group(1) or found.group(3)
        return (self.arguments.get(name) or found.group(2) or found.group(0))[:LONGEST_NAME]

    def base_image(self, body: str, start: int) -> Iterator[Entry]:
        """`FROM image AS stage`; a stage of this file is no image."""
        words = body.replace("\\\n", " ").split()
        if not words:
            return
        image = self.filled(words[0])
        if image.lower() not in self.stages and image.lower() != "scratch":
            yield Entry("image", image[:LONGEST_NAME], "", self.lines.span(start, start + len(words[0])))
        if len(words) >= 3 and words[1].upper() == "AS":
            self.stages.add(words[2].lower())

    def build_argument(self, body: str, start: int) -> Iterator[Entry]:
        """`ARG NAME=default`, several of them on a line too."""
        for found in re.finditer(r"(?<!\S)([A-Za-z_][A-Za-z0-9_]*)(?:=(\"[^\"]*\"|'[^']*'|\S*))?", body):
            name, value = found.group(1), (found.group(2) or "").strip("\"'")
            span = self.lines.span(start + found.start(), start + found.end())
            if found.group(2) is not None:
                self.arguments[name] = self.filled(value)
            yield Entry("environment", name, value, span)
            filled = self.filled(value)
            if _is_image(filled):
                yield Entry("image", filled, "", span)

    def pairs(self, word: str, body: str, start: int) -> Iterator[Entry]:
        """`ENV A=1 B=2`, `ENV A 1`, `LABEL a=b`."""
        kind, prefix = ("environment", "") if word == "ENV" else ("setting", "label.")
        single = re.match(r"([A-Za-z_][A-Za-z0-9_.-]*)[ \t]+(?![= \t])", body)
        if single and "=" not in body[: single.end()]:
            value = body[single.end() :].strip().strip("\"'")
            span = self.lines.span(start, start + len(body.split("\n", 1)[0].rstrip()))
            yield Entry(kind, prefix + single.group(1), value[:500], span)
            return
        for found in _PAIR.finditer(body):
            value = found.group(2).strip("\"'")
            span = self.lines.span(start + found.start(), start + found.end())
            if word == "ENV":
                self.arguments.setdefault(found.group(1), value)
            yield Entry(kind, prefix + found.group(1), value[:500], span)

    def vector(self, body: str, start: int) -> Iterator[Entry]:
        """`CMD ["vllm", "serve"]`."""
        words = []
        for found in _STRING.finditer(body):
            words.append(Word(found.group(1), start + found.start(), start + found.end(), " " in found.group(1)))
        if words:
            yield from word_entries(words, "", self.lines.span)

    def documents(self, word: str, body: str, number: int) -> Generator[Entry, None, int]:
        """Here-documents: those of `RUN` are scripts unless another program reads them. Gives the line after them."""
        if word not in ("RUN", "COPY", "ADD") or self.open_documents > MOST_OPEN_DOCUMENTS:
            return number
        for found in list(_HEREDOC.finditer(body))[:10]:
            first = number
            while number <= len(self.lines.lines) and self.lines.lines[number - 1].strip() != found.group(2):
                number += 1
            if number > len(self.lines.lines):
                self.open_documents += 1
                return first
            before, after = body[: found.start()].split(), body[found.end() :].split()
            reader = (before or after or [""])[0].rpartition("/")[2]
            is_script = (
                reader in ("", "bash", "sh", "set", "zsh") if word == "RUN" else after[-1:] != [] and after[-1].endswith(".sh")
            )
            if is_script and number > first:
                start, end = self.lines.starts[first - 1], self.lines.starts[number - 1]
                yield from shell_entries(self.text, self.lines.span, start, end)
            number += 1
        return number


def _is_image(text: str) -> bool:
    """Whether a build argument's default is an image that mentions an accelerator."""
    has_mark = ("/" in text or ":" in text) and "://" not in text
    return has_mark and len(text) < LONGEST_NAME and is_telling(text) and _IMAGE.fullmatch(text) is not None


# ---- Singularity and Apptainer ---------------------------------------------------------------------------------------

_HEADER = re.compile(r"^[ \t]*(Bootstrap|From|Stage):[ \t]*(\S+)", re.IGNORECASE)
_SHELL_SECTIONS = frozenset({"%post", "%environment", "%runscript", "%startscript", "%test", "%setup"})


def read_singularity(text: str) -> tuple[Entry, ...]:
    """The entries of a definition file: its base image, its environment, what it installs and runs."""
    if not re.search(r"^[ \t]*Bootstrap[ \t]*:", text, re.IGNORECASE | re.MULTILINE):
        return ()
    lines = Lines(text)
    entries: list[Entry] = []
    section, start = "", 0
    for number, line in enumerate((*lines.lines, "%end"), 1):
        if not line.startswith("%"):
            header = _HEADER.match(line) if not section else None
            if header and header.group(1).lower() == "from":
                entries.append(Entry("image", header.group(2)[:LONGEST_NAME], "", lines.whole(number)))
            continue
        end = lines.starts[number - 1] if number <= len(lines.lines) else len(text)
        if section in _SHELL_SECTIONS:
            entries.extend(shell_entries(text, lines.span, start, end))
        section = line.split(maxsplit=1)[0]
        start = end + len(line) + 1
    return tuple(entries)
