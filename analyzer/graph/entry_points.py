"""Where the program starts: scripts, console commands and notebooks, with the modules that each reaches."""

from __future__ import annotations

import re

from analyzer.discover.kinds import is_test_path
from analyzer.link.program import Program
from analyzer.model.effort import EntryPointCandidate

_CONSOLE_SCRIPT = re.compile(r"^(project\.scripts|tool\.poetry\.scripts|project\.gui-scripts)\.(.+)$")


def entry_point_candidates(program: Program) -> tuple[EntryPointCandidate, ...]:
    """All entry points outside tests, sorted by place."""
    imports: dict[str, list[str]] = {}
    for edge in program.imports:
        if edge.is_internal and edge.context != "type-checking":
            imports.setdefault(edge.source, []).append(edge.target)
    found: list[EntryPointCandidate] = []
    for path, facts in program.files.items():
        if facts.python is not None and facts.python.is_script and not is_test_path(path):
            kind = "notebook" if facts.kind == "notebook" else "script"
            found.append(EntryPointCandidate(path, 1, program.modules.shown_name(path), kind, _reach(path, imports)))
        for entry in facts.entries:
            named = _CONSOLE_SCRIPT.match(entry.name) if entry.kind == "setting" else None
            if named:
                split = program.modules.split(entry.value.partition(":")[0], path)
                reached = _reach(split[0], imports) if split else ()
                found.append(EntryPointCandidate(path, entry.span.line, named.group(2), "console-script", reached))
    return tuple(sorted(found, key=lambda point: (point.path, point.line, point.symbol)))


def _reach(start: str, imports: dict[str, list[str]]) -> tuple[str, ...]:
    """A module and everything that it imports, directly or not."""
    seen: set[str] = set()
    stack: list[str] = [start]
    while stack:
        path = stack.pop()
        if path not in seen:
            seen.add(path)
            stack.extend(imports.get(path, ()))
    return tuple(sorted(seen))
