"""YAML, JSON and TOML as leaves with exact places. The only place that imports PyYAML, whose node graph is read without
building objects: an anchor that would explode stays one node, and the number of nodes visited is bounded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import tomli
import yaml

from analyzer.facts.decoding import MalformedFileError
from analyzer.facts.instances import COUNT_KEYS
from analyzer.facts.leaves import CUT, LONGEST_KEY, Block, Leaf, leaf_entries
from analyzer.facts.lexicon import MODEL_KEYS, is_telling
from analyzer.facts.positions import Lines
from analyzer.facts.requirements import normalized, requirement_entry
from analyzer.facts.toml_places import toml_leaves
from analyzer.model.facts import Entry
from analyzer.model.span import Span

MOST_NODES = 20_000
DEEPEST_NODE = 60
DEEPEST_YAML = 500
LONGEST_ALIASED = 200
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


# ---- YAML ------------------------------------------------------------------------------------------------------------


def read_yaml(text: str, is_conda: bool = False) -> tuple[Entry, ...]:
    """The entries of a YAML file. Raises `MalformedFileError` where nothing could be read.

    Templates (`{{ ... }}` of Helm and Jinja) are read as if they were values; what is no YAML even then is read line by
    line.
    """
    lines = Lines(text)
    masked = _without_templates(text)
    try:
        leaves = _yaml_leaves(masked, lines if masked == text else Lines(masked))
    except MalformedFileError as error:
        leaves = _leaves_by_line(masked, lines)
        if not leaves:
            raise error from None
    entries = list(leaf_entries(leaves, lines))
    if is_conda:
        for leaf in leaves:
            entries.extend(_conda_entries(leaf))
        for found in _CONDA_COMPILER.finditer(text):
            line = lines.span(found.start(), found.end()).line
            entries.append(Entry("setting", "conda.compiler", found.group(1), lines.whole(line)))
    return tuple(sorted(entries, key=lambda entry: entry.span.line) if is_conda else entries)


def _yaml_leaves(text: str, lines: Lines) -> list[Leaf]:
    walk = _Walk(lines)
    try:
        for document in yaml.compose_all(text.translate(_OTHER_LINE_BREAKS), Loader=_LOADER):
            if document is not None:
                walk.read(document)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line + 1, len(lines.lines)) if mark else 0  # the end is sometimes said to be a line later
        raise MalformedFileError(getattr(error, "problem", None) or "not valid YAML", line) from None
    except RecursionError:
        raise MalformedFileError("nested too deeply", 0) from None
    return [*walk.leaves, CUT] if walk.is_cut else walk.leaves


_OTHER_LINE_BREAKS = {0x85: " ", 0x2028: " ", 0x2029: " "}
"""YAML ends lines at these too; editors, and everything else here, do not."""


class _Visit(NamedTuple):
    """A node with the keys that lead to it, the place of the last of them, and the mapping or list that it stands in."""

    node: yaml.Node
    keys: tuple[str, ...]
    key_span: Span | None
    group: int


class _Walk:
    """A bounded walk over the documents of one file."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.visited = 0
        self.groups = 0
        self.leaves: list[Leaf] = []
        self.long_nodes: set[int] = set()
        self.is_cut = False

    def read(self, document: yaml.Node) -> None:
        """Add every scalar with its dotted key; list indices are left out."""
        self.long_nodes.clear()  # nodes of the last document are gone, and their ids with them
        stack: list[Iterator[_Visit]] = [iter([_Visit(document, (), None, 0)])]
        while stack and self.visited < MOST_NODES:
            visit = next(stack[-1], None)
            if visit is None:
                stack.pop()
                continue
            self.visited += 1
            if len(visit.keys) > DEEPEST_NODE:
                continue
            self.groups += 1
            if isinstance(visit.node, yaml.MappingNode | yaml.SequenceNode):
                if isinstance(visit.node, yaml.MappingNode) and not visit.node.value and visit.key_span:
                    self.leaves.append(Leaf(visit.keys, "", visit.key_span, visit.group, False))  # `nvidia.com/gpu: {}`
                stack.append(self.children(visit.node, visit.keys, self.groups))
            elif isinstance(visit.node, yaml.ScalarNode) and not self.is_seen(visit.node):
                self.leaves.append(self.leaf(visit.node, visit.keys, visit.key_span, visit.group))
        if stack:
            self.is_cut = True

    def children(self, node: yaml.Node, keys: tuple[str, ...], group: int) -> Iterator[_Visit]:
        """What stands in a mapping or a list, one at a time: an alias may stand for thousands, many times."""
        if not isinstance(node, yaml.MappingNode):
            yield from (_Visit(item, keys, None, group) for item in node.value)
            return
        named = self.key_of_values(node)
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                name = named if named and key.value == "values" else str(key.value)
                yield _Visit(value, (*keys, name[:LONGEST_KEY]), self.span(key), group)

    def is_seen(self, node: yaml.ScalarNode) -> bool:
        """Whether a long text was read before, under another alias of it."""
        if len(node.value) <= LONGEST_ALIASED:
            return False
        is_seen = id(node) in self.long_nodes
        self.long_nodes.add(id(node))
        return is_seen

    def key_of_values(self, node: yaml.MappingNode) -> str:
        """`key: a/b` with `values: [...]`, as Kubernetes writes affinities: what the values are of."""
        pairs = {str(key.value): value for key, value in node.value[:10] if isinstance(key, yaml.ScalarNode)}
        name = pairs.get("key")
        return str(name.value) if isinstance(name, yaml.ScalarNode) and "values" in pairs else ""

    def span(self, node: yaml.Node) -> Span:
        """The 1-based span of a node, cut to its first line if it is long."""
        start, end = node.start_mark, node.end_mark
        if end.line > start.line and end.column == 0:
            return Span(start.line + 1, start.column + 1, end.line, len(self.lines.lines[end.line - 1]) + 1)
        return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def leaf(self, node: yaml.ScalarNode, keys: tuple[str, ...], key_span: Span | None, group: int) -> Leaf:
        """One value; one of several lines is shown by its first."""
        span = self.span(node)
        whole = Span(key_span.line, key_span.column, span.end_line, span.end_column) if key_span else span
        block = None
        if span.end_line > span.line:
            starts, first = self.lines.starts, self.lines.lines[whole.line - 1]
            inside = starts[span.line] if node.style in ("|", ">") else starts[span.line - 1] + span.column - 1 + bool(node.style)
            end = starts[span.end_line - 1] + span.end_column - 1 - (node.style in ('"', "'"))
            block = Block(inside, end, node.style not in ("|",))
            whole = Span(whole.line, whole.column, whole.line, len(first.rstrip()) + 1)
        return Leaf(keys, str(node.value), whole, group, key_span is None, block)


_MARKS = {"{{": "}}", "{%": "%}", "<%": "%>"}
_OPENING = re.compile(r"(?<!\$)\{\{|\{%|<%")
_PAIR = re.compile(r"^((?:- +)*)([\"']?)([A-Za-z0-9_.$/{}-][A-Za-z0-9_.$/{} -]{0,120}?)\2[ \t]*:(?:[ \t]+(.*))?$")
_ITEM = re.compile(r"^((?:- +)+)(.*)$")
_CONDA_COMPILER = re.compile(r"compiler\([\"']([a-z]{1,20})[\"']\)")
_FLOW_ITEM = re.compile(r"\"([^\"]*)\"|'([^']*)'|([^\s,\[\]\"']+)")
LONGEST_LINE = 2000


def _without_templates(text: str) -> str:
    """The text with every template replaced, character for character: by `_` inside a line, by blanks where it is one.

    A line that is nothing but templates is control flow, or includes a block that is not known.
    """
    pieces: list[str] = []
    position = 0
    while found := _OPENING.search(text, position):
        close = text.find(_MARKS[found.group()], found.end())
        if close < 0:
            break
        before = text[max(position, found.start() - LONGEST_LINE) : found.start()].rpartition("\n")
        after = text[close + 2 : close + 2 + LONGEST_LINE].partition("\n")[0]
        starts_line = bool(before[1]) or position == 0
        blank = " " if starts_line and not before[2].strip() and ":" not in after else "_"
        pieces.append(text[position : found.start()])
        pieces.append("".join(char if char == "\n" else blank for char in text[found.start() : close + 2]))
        position = close + 2
    return "".join((*pieces, text[position:]))


def _leaves_by_line(text: str, lines: Lines) -> list[Leaf]:
    """`key: value` and `- item` lines by their indentation, whatever stands between them."""
    leaves: list[Leaf] = []
    path: list[tuple[int, str, int]] = []
    groups = 0
    for number, line in enumerate(text.split("\n"), 1):
        body = line.strip()
        if not body or body.startswith("#") or len(line) > LONGEST_LINE or len(leaves) >= MOST_NODES:
            continue
        body = body.split(" #", 1)[0].rstrip()
        indent = len(line) - len(line.lstrip())
        pair, item = _PAIR.match(body), _ITEM.match(body)
        if pair is None and item is None:
            continue
        dashes = pair.group(1) if pair else item.group(1) if item else ""
        depth = indent + len(dashes)
        while path and (path[-1][0] > depth or (path[-1][0] == depth and (bool(pair) or not dashes))):
            path.pop()
        if dashes:
            groups += 1
        value = (pair.group(4) or "") if pair else item.group(2) if item else ""
        value = value.strip().strip("\"'")
        above = tuple(key for _, key, _ in path)[-DEEPEST_NODE:]
        if pair:
            if not value or value in ("|", ">", "|-", ">-", "|+", ">+"):
                groups += 1
                path.append((depth, pair.group(3), groups))
                continue
            above = (*above, pair.group(3))
        if not value or re.fullmatch(r"[\[\]{}&*|> -]*", value):
            continue
        span, group = lines.whole(number), path[-1][2] if path else 0
        if value[:1] == "[":
            groups += 1
            words = [next(filter(None, found), "") for found in _FLOW_ITEM.findall(value)]
            leaves.extend(Leaf(above, word, span, -groups, True) for word in words)
        else:
            leaves.append(Leaf(above, value, span, group if pair else -group, pair is None))
    return leaves


def _conda_entries(leaf: Leaf) -> Iterator[Entry]:
    """Requirements and channels of environment files and recipes."""
    keys, text = leaf.keys, leaf.text
    if keys[:1] == ("channels",):
        yield Entry("index", "", text, leaf.span)
    elif keys[:1] in (("dependencies",), ("requirements",), ("test",), ("outputs",)) and leaf.is_item and len(text) < LONGEST_LINE:
        if keys[-1] == "pip":
            return  # read as pip writes them
        name = text.rpartition("::")[2].split(" #", 1)[0].strip()
        name = re.sub(r"^([A-Za-z0-9._-]+)(?:=| +)(?=[\w*.])(?!=)", r"\1==", name)
        entry = requirement_entry(name, leaf.span)
        if entry:
            yield entry


# ---- JSON ------------------------------------------------------------------------------------------------------------

_SPEAKING_KEYS = frozenset({"name", "value", "tag", "image"})
_JSON_TOKEN = re.compile(
    r'\s+|(?:-?\d[\d.eE+-]*,\s*)+|"[^"\\\n]*(?:\\.[^"\\\n]*)*\\?(?:"|(?=\n)|\Z)|[{}\[\],:]|//[^\n]*|/\*|[^\s{}\[\],:"/]+|.',
    re.DOTALL,
)
_JSON_SPACE = re.compile(r"\s*")


def read_json(text: str) -> tuple[Entry, ...]:
    """What the values of a JSON file that mention an accelerator say; comments are allowed. Raises `MalformedFileError`."""
    failure: MalformedFileError | None = None
    try:
        json.loads(text)
    except ValueError as error:
        failure = MalformedFileError(str(error), getattr(error, "lineno", 0))
        if "//" not in text and "/*" not in text and not re.search(r",\s{0,200}[\]}]", text):
            raise failure from None
    except RecursionError:
        raise MalformedFileError("nested too deeply", 0) from None
    lines = Lines(text)
    leaves = list(_json_leaves(text, lines))
    if len(leaves) >= MOST_NODES:
        leaves.append(CUT)
    if failure is not None and not leaves:
        raise failure
    return tuple(entry for entry in leaf_entries(leaves, lines) if _is_worth_keeping(entry))


def _may_matter(key: str, text: str, is_item: bool, is_string: bool) -> bool:
    """Whether a value mentions an accelerator, or can say more of one that does: data files have millions of others."""
    if not is_string:
        return not is_item and (is_telling(key) or key.lower() in COUNT_KEYS or key in MODEL_KEYS)
    return is_item or key in _SPEAKING_KEYS or key in MODEL_KEYS or is_telling(key) or is_telling(text)


def _is_worth_keeping(entry: Entry) -> bool:
    if entry.kind not in ("setting", "command", "option") or is_telling(entry.name) or is_telling(entry.value):
        return True
    above, _, last = entry.name.rpartition(".")
    return entry.kind == "setting" and last in MODEL_KEYS and (last != "stage" or above.endswith("zero_optimization"))


def _json_leaves(text: str, lines: Lines) -> Iterator[Leaf]:
    """A walk over the tokens of a text that is JSON, or nearly so."""
    stack: list[tuple[str, int]] = []
    path: list[str] = []
    groups = count = 0
    key: tuple[str, int] | None = None
    pending: tuple[str, int, int] | None = None
    position, size = 0, len(text)
    while position < size and count < MOST_NODES:
        found = _JSON_TOKEN.match(text, position)
        if found is None:
            return
        piece, start = found.group(), position
        position = found.end()
        if piece.isspace() or piece.startswith("//"):
            continue
        if piece[-1].isspace() or (piece[-1] == "," and piece != ","):  # numbers of a list, or the number of a key
            if key is None:
                continue
            piece = piece.split(",", 1)[0]
            position = start + len(piece)
        if piece == "/*":
            close = text.find("*/", position)
            position = close + 2 if close >= 0 else size
        elif piece in "{[":
            groups += 1
            if len(stack) >= DEEPEST_YAML:
                return
            stack.append((piece, groups))
            path.append(key[0] if key else "")
            key = pending = None
        elif piece in "}]":
            pending = key = None
            if stack:
                stack.pop()
                path.pop()
        elif piece == ":" and pending is not None:
            key, pending = (pending[0], pending[1]), None
        elif piece == ",":
            pending = key = None
        elif piece != ":":
            value = _unescaped(piece[1:-1]) if piece[0] == '"' else piece
            following = _next_mark(text, position)
            if following == ":" and stack and stack[-1][0] == "{":
                pending = (value[:LONGEST_KEY], start, position)
                continue
            is_item = bool(stack) and stack[-1][0] == "["
            if not _may_matter(key[0] if key else "", value, is_item, piece[0] == '"'):
                continue
            count += 1
            keys = tuple(part for part in (*path[-DEEPEST_NODE:], key[0] if key else "") if part)
            first = key[1] if key else start
            yield Leaf(keys, value, lines.span(first, position), stack[-1][1] if stack else 0, is_item)


def _next_mark(text: str, position: int) -> str:
    found = _JSON_SPACE.match(text, position)
    end = found.end() if found else position
    return text[end : end + 1]


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text


# ---- TOML ------------------------------------------------------------------------------------------------------------


def read_toml_file(text: str) -> tuple[Entry, ...]:
    """The entries of a TOML file: settings, and the requirements of pyproject files. Raises `MalformedFileError`."""
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise MalformedFileError(str(error), int(line.group(1)) if line else 0) from None
    except ValueError as error:  # a number of thousands of digits
        raise MalformedFileError(str(error), 0) from None
    except RecursionError:
        raise MalformedFileError("nested too deeply", 0) from None
    lines = Lines(text)
    leaves = toml_leaves(text, lines, MOST_NODES)
    if len(leaves) >= MOST_NODES:
        leaves.append(CUT)
    entries = list(leaf_entries(leaves, lines))
    own = next((normalized(leaf.text) for leaf in leaves if leaf.keys in (("project", "name"), ("tool", "poetry", "name"))), "")
    for leaf in leaves:
        entries.extend(entry for entry in _toml_entries(leaf) if entry.kind != "requirement" or entry.name != own)
    return tuple(entries)


_REQUIREMENT_TABLES = re.compile(
    r"^(project\.dependencies|project\.optional-dependencies\..*|build-system\.requires|dependency-groups\..*"
    r"|tool\.uv\.(dev-dependencies|constraint-dependencies|override-dependencies|build-constraint-dependencies)"
    r"|tool\.pdm\.dev-dependencies\..*|tool\.hatch\.(envs|build)\..*dependencies|tool\.flit\.metadata\.requires.*)$"
)
_POETRY_TABLE = re.compile(
    r"^(tool\.poetry\.(dev-)?dependencies|tool\.poetry\.group\..*\.dependencies|packages|dev-packages"
    r"|(tool\.pixi\.)?((feature|target)\.[^.]+\.){0,2}(dependencies|pypi-dependencies|host-dependencies|build-dependencies))$"
)
_CHANNELS = re.compile(r"^(tool\.pixi\.)?(project|workspace|feature\.[^.]+)\.channels$")
_INDEX_KEYS = re.compile(
    r"^(tool\.(uv|poetry|pdm)\.(index|source|sources)(\..*)?\.(url|index)|tool\.uv\.(extra-)?index-url|source\.url"
    r"|(tool\.pixi\.)?.*pypi-options\..*|tool\.uv\.pip\.(extra-)?index-url)$"
)


def _toml_entries(leaf: Leaf) -> Iterator[Entry]:
    keys, text, span = leaf.keys, leaf.text, leaf.span
    dotted = ".".join(keys)
    if len(dotted) > LONGEST_LINE:
        return
    if _REQUIREMENT_TABLES.match(dotted) and leaf.is_item:
        entry = requirement_entry(text, span)
        if entry:
            yield entry
    for length in (1, 2):
        table, rest = ".".join(keys[:-length]), keys[len(keys) - length :]
        if _POETRY_TABLE.match(table) and (length == 1 or rest[-1] in ("version", "git", "url", "path", "build")):
            yield Entry("requirement", normalized(rest[0]), text, span)
    if _INDEX_KEYS.match(dotted) or (leaf.is_item and _CHANNELS.match(dotted)):
        yield Entry("index", "", text, span)
