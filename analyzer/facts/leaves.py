"""What a value with a dotted key says, whatever it was written in: YAML, JSON, TOML, HCL or protobuf text.

A reader turns its file into leaves, in the order of the file and with exact places; what they mean is decided here, once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from analyzer.facts.instances import accelerator_entries, instance_entry, names_accelerators
from analyzer.facts.lexicon import is_command
from analyzer.facts.positions import Lines
from analyzer.facts.requirements import requirement_entry
from analyzer.facts.shell import Word, at, option_entries, shell_entries, word_entries
from analyzer.model.facts import Entry
from analyzer.model.span import Span

LONGEST_SETTING = 500
LONGEST_IMAGE = 300
LONGEST_KEY = 120
LONGEST_PATH = 600
"""A key is written once and repeated before everything below it: readers cut long ones, and paths keep their end."""


class Block(NamedTuple):
    """A range of offsets; `is_folded` where line breaks mean no more than blanks."""

    start: int
    end: int
    is_folded: bool


class Leaf(NamedTuple):
    """A value at the end of a path of keys; list indices are left out of the path."""

    keys: tuple[str, ...]
    text: str
    span: Span
    """Of the key and the value, or of the value alone in a list."""
    group: int
    """The mapping, or list, that it stands in directly: leaves of one group are beside each other."""
    is_item: bool
    block: Block | None = None
    """Where a text of several lines stands, so that a script in it can be read with its lines."""


CUT = Leaf((), "", Span(1, 1, 1, 1), 0, False)
"""Ends the leaves of a file that has more of them than are read; gives an entry `cut`, from which a problem is made."""

_COMMAND_KEYS = frozenset(
    {"run", "command", "commands", "args", "script", "scripts", "entrypoint", "before_script", "after_script", "setup", "install",
     "post", "pre", "cmd", "bash", "sh", "pwsh", "powershell", "inlinescript", "user_data", "userdata", "bootcmd", "runcmd",
     "setup_commands", "initialization_commands", "head_setup_commands", "worker_setup_commands", "postcreatecommand",
     "oncreatecommand", "poststartcommand", "pre_build", "post_build", "build_commands", "pre-install", "system_commands",
     "poststart", "startup_script", "startup-script", "exec", "prerun_commands", "commands_pre", "deploy_command", "inline"}
)  # fmt: skip
_VECTOR_KEYS = frozenset({"command", "entrypoint", "cmd", "exec"})
_ARGUMENT_KEYS = re.compile(r"(?:^|[._-])(?:args|arguments|options|flags|runargs|parameters|argv)$|args$", re.IGNORECASE)
_IMAGE_KEYS = re.compile(
    r"(?:^|[_-])image$|Image$|^(?:container|image_?uri|imageuri|imagename|docker_?image|container_?image|base_?image|image_name)$",
    re.IGNORECASE,
)
_ENVIRONMENT_KEYS = frozenset(
    {"env", "envs", "environment", "variables", "build-args", "build_args", "env_vars", "environment_variables", "secrets",
     "environmentvariables", "containerenv", "remoteenv", "extraenv", "env_variables", "setenv", "args"}
)  # fmt: skip
_ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,99})=", re.ASCII)
_REQUIREMENT_LISTS = re.compile(
    r"(?:^|\.)(?:python_packages|pip_packages|pip|requirements|python\.packages|pip\.packages|python_requirements|pypi|pip_install"
    r"|conda_packages)$",
    re.IGNORECASE,
)
_INDEX_KEYS = re.compile(r"(?:index[_-]?urls?|find[_-]links|pip_index|extra[_-]index[_-]urls?)$", re.IGNORECASE)


def leaf_entries(leaves: Sequence[Leaf], lines: Lines) -> Iterator[Entry]:
    """The entries of all leaves of a file, in their order."""
    beside: dict[int, dict[str, str]] = {}
    for leaf in leaves:
        if leaf.keys and not leaf.is_item:
            beside.setdefault(leaf.group, {})[leaf.keys[-1]] = leaf.text
    index = 0
    while index < len(leaves):
        leaf = leaves[index]
        stop = index + 1
        if leaf is CUT:
            yield Entry("cut", "", "", leaves[index - 1].span if index else CUT.span)
            return
        if leaf.is_item:
            while stop < len(leaves) and leaves[stop].is_item and leaves[stop].group == leaf.group:
                stop += 1
            yield from _vector(leaves[index:stop])
        for one in leaves[index:stop]:
            yield from _leaf(one, beside.get(one.group, {}), lines)
        index = stop


def _leaf(leaf: Leaf, beside: dict[str, str], lines: Lines) -> Iterator[Entry]:
    keys, text, span = leaf.keys, leaf.text, leaf.span
    last = keys[-1] if keys else ""
    if _IMAGE_KEYS.search(last) or last == "image":
        yield Entry("image", text[:LONGEST_IMAGE], "", span)
    elif last in ("repository", "ImageUri") and len(keys) > 1 and "image" in keys[-2].lower():
        yield Entry("image", f"{text}:{beside['tag']}" if beside.get("tag") else text[:LONGEST_IMAGE], "", span)
    elif last == "uses" and text.startswith("docker://"):
        yield Entry("image", text.removeprefix("docker://"), "", span)
    yield from _environment(leaf, beside)
    yield from _commands(leaf, lines)
    if last.startswith("--"):
        yield from option_entries("settings", [Word(last, 0, 0, False), Word(text, 0, 0, True)], at(span))
    if leaf.is_item and (_REQUIREMENT_LISTS.search(".".join(keys[-2:])) or (last == "packages" and keys[0] != "tool")):
        entry = requirement_entry(text, span)
        if entry:
            yield entry
    elif _INDEX_KEYS.search(".".join(keys[-2:])):
        yield Entry("index", "", text, span)
    yield from _instances(leaf, beside)
    yield Entry("setting", ".".join(keys)[-LONGEST_PATH:], text[:LONGEST_SETTING].replace("\n", " "), span)


def _environment(leaf: Leaf, beside: dict[str, str]) -> Iterator[Entry]:
    keys, text = leaf.keys, leaf.text
    last = keys[-1] if keys else ""
    if last == "name" and len(keys) > 1 and keys[-2].lower() in _ENVIRONMENT_KEYS:
        yield Entry("environment", text, beside.get("value", ""), leaf.span)
    elif leaf.is_item:
        if last.lower() in _ENVIRONMENT_KEYS or last.lower() == "runargs":
            assigned = _ASSIGNMENT.match(text)
            if assigned:
                yield Entry("environment", assigned.group(1), text[assigned.end() :], leaf.span)
            elif _ENVIRONMENT_NAME.fullmatch(text):
                yield Entry("environment", text, "", leaf.span)
    elif _ENVIRONMENT_NAME.fullmatch(last) or (
        len(keys) > 1 and keys[-2].lower() in _ENVIRONMENT_KEYS and last not in ("name", "value", "key")
    ):
        yield Entry("environment", last, text[:LONGEST_SETTING], leaf.span)


def _commands(leaf: Leaf, lines: Lines) -> Iterator[Entry]:
    last = leaf.keys[-1].lower() if leaf.keys else ""
    if leaf.is_item and (last in _VECTOR_KEYS or _ARGUMENT_KEYS.search(last)) and " " not in leaf.text.strip():
        return  # a word of a command: read with its neighbours
    if leaf.block is not None:
        if last in _COMMAND_KEYS or last in _ENVIRONMENT_KEYS or is_command(leaf.text) or leaf.text.lstrip().startswith("#!"):
            start = leaf.block.start
            text = lines.text[start : leaf.block.end]
            text = text.replace("\n", " ") if leaf.block.is_folded else text
            yield from shell_entries(text, lambda first, end: lines.span(start + first, start + end))
    elif last in _COMMAND_KEYS or is_command(leaf.text):
        yield from shell_entries(leaf.text[:20_000], at(leaf.span))
    elif _ARGUMENT_KEYS.search(last) and leaf.text.lstrip()[:1] == "-":
        yield from shell_entries(f"{last} {leaf.text[:4000]}", at(leaf.span))


def _vector(items: Sequence[Leaf]) -> Iterator[Entry]:
    """`command: ["nvidia-smi", "-L"]`, `args: ["--quantization", "awq"]`: a command in words, each at its own place."""
    last = items[0].keys[-1] if items[0].keys else ""
    words = [Word(item.text, number, number, " " in item.text) for number, item in enumerate(items)]

    def place(start: int, end: int) -> Span:
        return items[start].span

    if last.lower() in _VECTOR_KEYS and len(items[0].text.split()) == 1 and not any("\n" in word.text for word in words[:1]):
        yield from word_entries(words, "", place)
    elif _ARGUMENT_KEYS.search(last):
        if any(word.text in ("-c", "-lc", "-ec") for word in words):
            yield from word_entries([Word("sh", 0, 0, False), *words], "", place)
        else:
            yield from option_entries(last, words, place)


def _instances(leaf: Leaf, beside: dict[str, str]) -> Iterator[Entry]:
    keys, text = leaf.keys, leaf.text.strip()
    entry = instance_entry(text, beside, leaf.span)
    if entry:
        yield entry
    elif names_accelerators(keys):
        yield from accelerator_entries(text, beside, leaf.span)
    if keys[-2:-1] in (("accelerators",), ("accelerator",)) and text.isdecimal():  # accelerators: {A100: 8}
        yield from accelerator_entries(f"{keys[-1]}:{text}", {}, leaf.span)
    if keys and keys[-1].endswith(("instance-family", "instanceFamily", "instance_family")):
        yield Entry("instance", text.lower(), "", leaf.span)
