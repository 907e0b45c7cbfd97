"""YAML, JSON and TOML as settings: dotted keys with their values; images, environment, commands and requirements in
them. The only place that imports PyYAML, whose node graph is read without building objects: an anchor that would
explode stays one node, and the number of nodes visited is bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import tomli
import yaml

from analyzer.facts.lexicon import is_command, is_telling
from analyzer.facts.positions import Lines
from analyzer.facts.requirements import normalized, requirement_entry
from analyzer.facts.shell import command_entries
from analyzer.model.facts import Entry
from analyzer.model.span import Span

MOST_NODES = 20_000
DEEPEST_NODE = 60
_COMMAND_KEYS = frozenset({"run", "command", "args", "script", "commands", "entrypoint", "before_script", "setup", "install"})
_VECTOR_KEYS = frozenset({"command", "entrypoint", "args"})
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class MalformedFileError(ValueError):
    """The file is not what its name says; carries the reason and the line."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line


def read_yaml(text: str, is_conda: bool = False) -> tuple[Entry, ...]:
    """The entries of a YAML or JSON file. Raises `MalformedFileError`."""
    lines = Lines(text)
    entries: list[Entry] = []
    try:
        for document in yaml.compose_all(text, Loader=_LOADER):
            if document is not None:
                walk = _Walk(lines, is_conda)
                entries.extend(walk.entries(document))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise MalformedFileError(getattr(error, "problem", None) or "not valid YAML", mark.line + 1 if mark else 0) from None
    except RecursionError:
        raise MalformedFileError("nested too deeply", 0) from None
    return tuple(entries)


class _Walk:
    """A bounded walk over one document."""

    def __init__(self, lines: Lines, is_conda: bool) -> None:
        self.lines = lines
        self.is_conda = is_conda
        self.visited = 0

    def entries(self, document: yaml.Node) -> Iterator[Entry]:
        """Every scalar with its dotted key; list indices are left out."""
        stack: list[tuple[yaml.Node, tuple[str, ...], Span | None]] = [(document, (), None)]
        while stack and self.visited < MOST_NODES:
            node, keys, key_span = stack.pop()
            self.visited += 1
            if len(keys) > DEEPEST_NODE:
                continue
            if isinstance(node, yaml.MappingNode):
                yield from self.named_pair(node, keys)
                for key, value in reversed(node.value):
                    if isinstance(key, yaml.ScalarNode):
                        stack.append((value, (*keys, str(key.value)), self.span(key)))
            elif isinstance(node, yaml.SequenceNode):
                yield from self.argument_vector(node, keys)
                stack.extend((item, keys, None) for item in reversed(node.value))
            elif isinstance(node, yaml.ScalarNode):
                yield from self.scalar(node, keys, key_span)

    def span(self, node: yaml.Node) -> Span:
        """The 1-based span of a node, cut to its first line if it is long."""
        start, end = node.start_mark, node.end_mark
        if end.line > start.line and end.column == 0:
            return Span(start.line + 1, start.column + 1, end.line, len(self.lines.lines[end.line - 1]) + 1)
        return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def named_pair(self, node: yaml.MappingNode, keys: tuple[str, ...]) -> Iterator[Entry]:
        """`- name: X` with `value: Y`, as Kubernetes writes environment variables."""
        pairs = {str(key.value): value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
        name, value = pairs.get("name"), pairs.get("value")
        if keys[-1:] in (("env",), ("envs",), ("environment",)) and isinstance(name, yaml.ScalarNode):
            text = str(value.value) if isinstance(value, yaml.ScalarNode) else ""
            yield Entry("environment", str(name.value), text, self.span(name))

    def argument_vector(self, node: yaml.SequenceNode, keys: tuple[str, ...]) -> Iterator[Entry]:
        """`command: ["nvidia-smi", "-L"]`."""
        if keys and keys[-1] in _VECTOR_KEYS and all(isinstance(n, yaml.ScalarNode) for n in node.value):
            words = " ".join(str(item.value) for item in node.value)
            yield from command_entries(words, self.span(node)._replace(end_line=node.start_mark.line + 1))

    def scalar(self, node: yaml.ScalarNode, keys: tuple[str, ...], key_span: Span | None) -> Iterator[Entry]:
        """One value."""
        text = str(node.value)
        span = self.span(node)
        whole = Span(key_span.line, key_span.column, span.end_line, span.end_column) if key_span else span
        last = keys[-1] if keys else ""
        if self.is_conda and "dependencies" in keys[:1] + keys[-2:]:
            entry = requirement_entry(re.sub(r"^([A-Za-z0-9._-]+)=(?!=)", r"\1==", text.rsplit("::", maxsplit=1)[-1]), span)
            if entry:
                yield entry
        elif self.is_conda and keys[:1] == ("channels",):
            yield Entry("index", "", text, span)
        elif last == "image" or last.endswith("_image") or last == "container":
            yield Entry("image", text, "", whole)
        elif len(keys) >= 2 and keys[-2] in ("env", "environment", "envs", "variables", "build-args"):
            yield Entry("environment", last, text, whole)
        elif last in ("env", "environment", "envs") and "=" in text:
            name, _, value = text.partition("=")
            yield Entry("environment", name, value, whole)
        is_word_of_vector = key_span is None and last in _VECTOR_KEYS
        if not is_word_of_vector and (last in _COMMAND_KEYS or is_command(text)):
            yield from self.commands(text, span, node.style in ("|", ">"))
        yield Entry("setting", ".".join(keys), text[:500], whole)

    def commands(self, text: str, span: Span, is_block: bool) -> Iterator[Entry]:
        """The shell lines of a value; the lines of a block scalar are found again by their order."""
        if not is_block:
            yield from command_entries(text, span)
            return
        number = span.line
        for line in text.split("\n"):
            if line.strip():
                number = self.lines.find(line.strip(), number + 1)
                yield from command_entries(line, self.lines.whole(min(number, len(self.lines.lines))))


def read_json(text: str) -> tuple[Entry, ...]:
    """The settings of a JSON file whose key or value mentions an accelerator. Raises `MalformedFileError`."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise MalformedFileError(str(error), getattr(error, "lineno", 0)) from None
    except RecursionError:
        raise MalformedFileError("nested too deeply", 0) from None
    lines = Lines(text)
    entries: list[Entry] = []
    stack: list[tuple[object, tuple[str, ...]]] = [(document, ())]
    visited = 0
    while stack and visited < MOST_NODES:
        value, keys = stack.pop()
        visited += 1
        if isinstance(value, dict):
            stack.extend((child, (*keys, str(key))) for key, child in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((child, keys) for child in reversed(value))
        elif keys and (is_telling(keys[-1]) or (isinstance(value, str) and is_telling(value))):
            span = lines.whole(lines.find(json.dumps(keys[-1])))
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            entries.append(Entry("setting", ".".join(keys), shown[:500], span))
            if is_command(shown):
                entries.extend(command_entries(shown, span))
            if keys[-1] == "image":
                entries.append(Entry("image", shown, "", span))
    return tuple(entries)


def read_toml_file(text: str) -> tuple[Entry, ...]:
    """The entries of a TOML file: settings, and the requirements of pyproject files. Raises `MalformedFileError`."""
    try:
        document = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise MalformedFileError(str(error), int(line.group(1)) if line else 0) from None
    except RecursionError:
        raise MalformedFileError("nested too deeply", 0) from None
    lines = Lines(text)
    entries: list[Entry] = []
    position = 1
    stack: list[tuple[object, tuple[str, ...]]] = [(document, ())]
    leaves: list[tuple[tuple[str, ...], object]] = []
    while stack and len(leaves) < MOST_NODES:
        value, keys = stack.pop()
        if isinstance(value, dict):
            stack.extend((child, (*keys, str(key))) for key, child in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((child, keys) for child in reversed(value))
        else:
            leaves.append((keys, value))
    for keys, value in leaves:
        word = str(value) if isinstance(value, str) else (keys[-1] if keys else "")
        found = lines.find(word.split("\n")[0], 1) if isinstance(value, str) else lines.find(word, 1)
        again = lines.find(word.split("\n")[0], position)
        position = again if lines.text.find(word.split("\n")[0], lines.starts[position - 1]) >= 0 else found
        span = lines.whole(position)
        entries.extend(_toml_entries(keys, value, span))
    return tuple(entries)


_REQUIREMENT_TABLES = re.compile(
    r"^(project\.dependencies|project\.optional-dependencies\..*|build-system\.requires|dependency-groups\..*"
    r"|tool\.uv\.(dev-dependencies|constraint-dependencies|override-dependencies)|tool\.pdm\.dev-dependencies\..*"
    r"|tool\.hatch\.envs\..*dependencies)$"
)
_POETRY_TABLE = re.compile(r"^(tool\.poetry\.(dev-)?dependencies|tool\.poetry\.group\..*\.dependencies|packages|dev-packages)$")
_INDEX_KEYS = re.compile(
    r"^(tool\.(uv|poetry|pdm)\.(index|source|sources)(\..*)?\.(url|index)|tool\.uv\.(extra-)?index-url|source\.url)$"
)


def _toml_entries(keys: tuple[str, ...], value: object, span: Span) -> Iterator[Entry]:
    dotted = ".".join(keys)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if _REQUIREMENT_TABLES.match(dotted) and isinstance(value, str):
        entry = requirement_entry(text, span)
        if entry:
            yield entry
    for length in (1, 2):
        table, rest = ".".join(keys[:-length]), keys[len(keys) - length :]
        if _POETRY_TABLE.match(table) and (length == 1 or rest[-1] in ("version", "git", "url")):
            yield Entry("requirement", normalized(rest[0]), text, span)
    if _INDEX_KEYS.match(dotted):
        yield Entry("index", "", text, span)
    if is_command(text):
        yield from command_entries(text, span)
    yield Entry("setting", dotted, text[:500], span)
