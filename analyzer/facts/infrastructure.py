"""Infrastructure and serving files that are neither YAML nor TOML: Terraform, protobuf text, Jenkinsfiles."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzer.facts.leaves import CUT, LONGEST_KEY, Block, Leaf, leaf_entries
from analyzer.facts.positions import Lines
from analyzer.facts.shell import command_entries
from analyzer.model.facts import Entry

MOST_LEAVES = 20_000
DEEPEST_BLOCK = 60
LONGEST_LINE = 4000

# ---- Terraform -------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"[ \t\r]+|\n|#[^\n]*|//[^\n]*|/\*|<<-?[ \t]*\"?([A-Za-z_][A-Za-z0-9_]*)\"?[ \t\r]*\n"
    r"|\"([^\"\\\n]*(?:\\.[^\"\\\n]*)*)\\?(?:\"|(?=\n)|\Z)"
    r"|[A-Za-z_][A-Za-z0-9_.-]*|\d[\d.eE]*|[{}\[\](),=:]|."
)


def read_terraform(text: str) -> tuple[Entry, ...]:
    """Attributes as settings under the names of their blocks; each item of a list by itself."""
    lines = Lines(text)
    return tuple(leaf_entries(_Terraform(text, lines).leaves, lines))


class _Terraform:
    """One pass over the tokens: blocks and objects nest, a key stands before `=` or `:`."""

    def __init__(self, text: str, lines: Lines) -> None:
        self.text = text
        self.lines = lines
        self.leaves: list[Leaf] = []
        self.path: list[tuple[tuple[str, ...], int, str]] = [((), 0, "")]
        self.words: list[tuple[str, int]] = []
        """What may name a block or a key: the words since the last line or mark."""
        self.key: tuple[str, int] | None = None
        self.groups = 0
        position = 0
        while position < len(text) and len(self.leaves) < MOST_LEAVES:
            found = _TOKEN.match(text, position)
            if found is None:
                return
            position = self.read(found, found.end())
        if position < len(text):
            self.leaves.append(CUT)

    def read(self, found: re.Match[str], end: int) -> int:
        """One token; gives where the next begins."""
        piece = found.group()
        if piece == "/*":
            close = self.text.find("*/", end)
            return close + 2 if close >= 0 else len(self.text)
        if piece.startswith("<<") and found.group(1):
            return self.document(found.group(1), end)
        if piece == "\n":
            if self.path[-1][2] != "[":
                self.key, self.words = None, []
        elif piece in ("{", "["):
            self.open(piece)
        elif piece in ("}", "]", ","):
            if piece != "," and len(self.path) > 1:
                self.path.pop()
            self.key, self.words = None, []
        elif piece in ("=", ":"):
            self.key = self.words[-1] if self.words else self.key
        elif piece[0] in '"_' or piece[0].isalnum():
            self.value(found.group(2) if found.group(2) is not None else piece, found.start(), end)
        return end

    def open(self, bracket: str) -> None:
        """A block, an object or a list begins."""
        self.groups += 1
        above = self.path[-1][0]
        if self.key:
            names: tuple[str, ...] = (self.key[0],)
        else:
            names = tuple(word for word, _ in self.words if word not in ("resource", "data", "dynamic"))[-2:]
        if len(self.path) < DEEPEST_BLOCK:
            self.path.append(((*above, *names) if bracket == "{" or self.key else above, self.groups, bracket))
        self.key, self.words = None, []

    def value(self, text: str, start: int, end: int) -> None:
        """A value, or a word that may name one."""
        keys, group, bracket = self.path[-1]
        if bracket == "[":
            self.leaves.append(Leaf(keys, text, self.lines.span(start, end), group, True))
        elif self.key is not None:
            self.leaves.append(Leaf((*keys, self.key[0]), text, self.lines.span(self.key[1], end), group, False))
        else:
            self.words.append((text[:LONGEST_KEY], start))

    def document(self, mark: str, start: int) -> int:
        """A here-document: the value of the key."""
        last = re.compile(rf"^[ \t]*{re.escape(mark)}[ \t\r]*$", re.MULTILINE).search(self.text, start)
        stop = last.start() if last else len(self.text)
        if self.key:
            keys, group, _ = self.path[-1]
            span = self.lines.whole(self.lines.span(self.key[1], self.key[1]).line)
            block = Block(start, stop, False)
            self.leaves.append(Leaf((*keys, self.key[0]), self.text[start:stop][:LONGEST_LINE], span, group, False, block))
        self.key, self.words = None, []
        return last.end() if last else len(self.text)


# ---- protobuf text ---------------------------------------------------------------------------------------------------

_PROTOBUF_TOKEN = re.compile(
    r"\s+|#[^\n]*|\"([^\"\\\n]*(?:\\.[^\"\\\n]*)*)\\?(?:\"|(?=\n)|\Z)|'([^'\\\n]*(?:\\.[^'\\\n]*)*)\\?(?:'|(?=\n)|\Z)"
    r"|[A-Za-z0-9_.+-]+|.",
    re.DOTALL,
)


def read_protobuf_text(text: str) -> tuple[Entry, ...]:
    """Fields as settings with dotted names: `instance_group.kind` is `KIND_GPU`."""
    lines = Lines(text)
    return tuple(leaf_entries(list(_protobuf_leaves(text, lines)), lines))


def _protobuf_leaves(text: str, lines: Lines) -> Iterator[Leaf]:
    path: list[tuple[tuple[str, ...], int]] = [((), 0)]
    lists: list[tuple[str, int]] = []
    field: tuple[str, int] | None = None
    has_colon = False
    groups = count = position = 0
    while position < len(text) and count < MOST_LEAVES:
        found = _PROTOBUF_TOKEN.match(text, position)
        if found is None:
            return
        piece, start = found.group(), position
        position = found.end()
        if piece.isspace() or piece[0] == "#":
            continue
        if piece in "{<":
            groups += 1
            name = field[0] if field else lists[-1][0] if lists else ""
            if len(path) < DEEPEST_BLOCK:
                path.append(((*path[-1][0], name) if name else path[-1][0], groups))
            field, has_colon = None, False
        elif piece in "}>":
            if len(path) > 1:
                path.pop()
            field, has_colon = None, False
        elif piece == "[":
            groups += 1
            if len(lists) < DEEPEST_BLOCK:
                lists.append((field[0] if field else "", groups))
            field, has_colon = None, False
        elif piece == "]":
            if lists:
                lists.pop()
            field, has_colon = None, False
        elif piece == ":":
            has_colon = True
        elif piece in ",;":
            continue
        else:
            value = next((group for group in found.groups() if group is not None), piece)
            if has_colon and field:
                count += 1
                yield Leaf((*path[-1][0], field[0]), value, lines.span(field[1], position), path[-1][1], False)
                field, has_colon = None, False
            elif lists and (piece[0] in "\"'" or piece.isdecimal()):
                count += 1
                yield Leaf((*path[-1][0], lists[-1][0]), value, lines.span(start, position), lists[-1][1], True)
            else:
                field = (value[:LONGEST_KEY], start)
    if position < len(text):
        yield CUT


# ---- Jenkins ---------------------------------------------------------------------------------------------------------

_STEP = re.compile(
    r"\b(label|image|args|sh|bat|powershell|registryUrl|docker\.image|additionalBuildArgs)\b[ \t]*\(?[ \t]*"
    r"(?:script[ \t]*:[ \t]*)?(\"\"\"|'''|\"|')"
)
_VARIABLE = re.compile(r"^[ \t]*(?:env\.)?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)[ \t]*=[ \t]*(.*)$")


def read_jenkinsfile(text: str) -> tuple[Entry, ...]:
    """Agents, images, arguments, environment and shell steps of a pipeline, line by line."""
    lines = Lines(text)
    entries: list[Entry] = []
    script_end = ""
    for number, line in enumerate(lines.lines, 1):
        if len(line) > LONGEST_LINE:
            continue
        span = lines.whole(number)
        if script_end:
            body, close, _ = line.partition(script_end)
            entries.extend(command_entries(body.strip(), span))
            script_end = "" if close else script_end
            continue
        if line.lstrip().startswith("//"):
            continue
        variable = _VARIABLE.match(line)
        if variable:
            entries.append(Entry("environment", variable.group(1), variable.group(2).strip().strip("\"'"), span))
        for found in _STEP.finditer(line):
            word, quote = found.group(1), found.group(2)
            value, close, _ = line[found.end() :].partition(quote)
            if word in ("sh", "bat", "powershell"):
                entries.extend(command_entries(value.strip(), span))
                script_end = quote if len(quote) == 3 and not close else script_end
            elif word in ("image", "docker.image"):
                entries.append(Entry("image", value, "", span))
            elif word in ("args", "additionalBuildArgs"):
                entries.extend(command_entries(f"{word} {value}", span))
            else:
                entries.append(Entry("setting", f"agent.{word}", value, span))
    return tuple(entries)
