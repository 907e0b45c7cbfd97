"""Which files an extension is compiled from: source lists evaluated by reading, however they are put together."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from itertools import islice, product

from analyzer.discover.ignore_patterns import IgnorePatterns
from analyzer.link.program import Program, definition_of
from analyzer.model.facts import (
    Called,
    Choice,
    External,
    Formatted,
    Item,
    Local,
    Mapping,
    Member,
    Sequence,
    Text,
    Value,
)

NATIVE_SUFFIXES = (".cu", ".cuh", ".cpp", ".cc", ".cxx", ".c", ".hip", ".mm")
DEEPEST = 10
MOST_JOINS = 64
_JOINERS = frozenset({"os.path.join", "posixpath.join", "pathlib.Path", "pathlib.PurePath"})
_GROWING = frozenset({"append", "extend", "insert", "update", "add"})


class SourceLists:
    """Answers which native files of the repository the value of a `sources` argument means."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.native_paths = tuple(path for path, facts in program.files.items() if facts.kind in ("cuda", "cpp"))
        self.grown: dict[str, dict[tuple[int, str], list[Value]]] = {}

    def sources(self, path: str, value: Value) -> tuple[str, ...]:
        """The files that a source list in a build file means, sorted."""
        patterns = {posixpath.normpath(text) if text else "" for text in self.texts(path, value, DEEPEST)}
        return tuple(sorted({found for pattern in patterns for found in self.matching(path, pattern)}))

    def names_cuda(self, path: str, value: Value) -> bool:
        """Whether a source list names a CUDA source, found or not."""
        return any(text.endswith((".cu", '.cu"')) or "*.cu" in text for text in self.texts(path, value, DEEPEST))

    # ---- texts -------------------------------------------------------------------------------------------------------

    def texts(self, path: str, value: Value, depth: int) -> Iterator[str]:
        """Every text that an expression may contribute: of lists, globs, joined paths, variables and calls of ours."""
        if depth <= 0:
            return
        if isinstance(value, Text):
            yield value.text
        elif isinstance(value, Formatted):
            yield value.prefix + "*"  # what follows is a pattern of its own: sizes, dtypes, directions
        elif isinstance(value, Called):
            yield from self.texts_of_call(path, value, depth - 1)
        elif isinstance(value, Local) and not value.attributes:
            yield from self.texts_of_name(path, value, depth - 1)
        elif isinstance(value, Sequence | Choice | Mapping):
            for item in _parts(value):
                yield from self.texts(path, item, depth - 1)
        elif isinstance(value, Member | Item):
            yield from self.texts(path, value.owner, depth - 1)

    def texts_of_call(self, path: str, value: Called, depth: int) -> Iterator[str]:
        """A joined path, or whatever the arguments of any other call, or the function of ours that is called, give."""
        arguments = [argument.value for argument in value.arguments]
        if isinstance(value.callee, External) and value.callee.name in _JOINERS:
            parts = [list(islice(self.texts(path, argument, depth), MOST_JOINS)) or [""] for argument in arguments]
            yield from ("/".join(filter(None, joined)) for joined in islice(product(*parts), MOST_JOINS))
            return
        function = definition_of(self.program, path, value.callee)
        if function is not None:
            for binding in self.program.bound(*function, "return"):
                yield from self.texts(function[0], binding.value, depth)
        if isinstance(value.callee, Member | Local) and value.callee.attributes[-1:] in (("glob",), ("rglob",), ("joinpath",)):
            arguments.append(
                value.callee.owner if isinstance(value.callee, Member) else Local(value.callee.scope, value.callee.name)
            )
        for argument in arguments:
            yield from self.texts(path, argument, depth)

    def texts_of_name(self, path: str, value: Local, depth: int) -> Iterator[str]:
        """A variable: what it was bound to, and what was added to it."""
        for binding in self.program.bound(path, value.scope, value.name):
            if binding.kind != "definition":
                yield from self.texts(path, binding.value, depth)
        for added in self.additions(path).get((value.scope, value.name), ()):
            yield from self.texts(path, added, depth)

    def additions(self, path: str) -> dict[tuple[int, str], list[Value]]:
        """What `sources.append(...)` and its kin add to the variables of a file."""
        if path not in self.grown:
            found: dict[tuple[int, str], list[Value]] = {}
            for use in self.program.python(path).uses:
                target = use.target
                if isinstance(target, Local) and len(target.attributes) == 1 and target.attributes[0] in _GROWING:
                    found.setdefault((target.scope, target.name), []).extend(argument.value for argument in use.arguments)
            self.grown[path] = found
        return self.grown[path]

    # ---- files -------------------------------------------------------------------------------------------------------

    def matching(self, path: str, pattern: str) -> Iterable[str]:
        """The native files that a path or glob means, seen from the build file's folder and from below it."""
        folder = posixpath.dirname(path)
        ending = pattern.rstrip("*")
        if not ending.endswith(NATIVE_SUFFIXES) and not (pattern.endswith("*") and len(ending) > len("a/b")):
            return ()
        wanted = posixpath.normpath(posixpath.join(folder, pattern))
        if "*" not in pattern and wanted in self.program.files:
            return (wanted,)
        inside = [found for found in self.native_paths if found.startswith(folder + "/" if folder else "")]
        tail = pattern.lstrip("./")
        if "*" not in pattern:
            return [found for found in inside if found.endswith("/" + tail) or found == tail]
        wanted_files = IgnorePatterns([f"**/{tail}"])
        return [found for found in inside if wanted_files.verdict(found)]


def _parts(value: Sequence | Choice | Mapping) -> Iterable[Value]:
    if isinstance(value, Sequence):
        return value.items
    return value.options if isinstance(value, Choice) else (item for _, item in value.items)
