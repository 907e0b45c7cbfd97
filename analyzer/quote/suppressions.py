"""Comments that suppress findings: `# offramp: ignore[rule] reason`, `todo[rule]`, `ignore-file[rule]`.

In Python the comments are read from the concrete syntax, so that text inside a string is no suppression; other files
are read line by line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

_COMMENT = re.compile(r"(?:#|//)\s*offramp:\s*(ignore-file|ignore|todo)\s*(?:\[([^\]]*)\])?\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Comment:
    """One suppression comment: `rules` is empty for a blanket one."""

    kind: str
    rules: tuple[str, ...]
    reason: str
    line: int
    own_line: bool


def read_suppressions(text: str, is_python: bool) -> tuple[Comment, ...]:
    """All suppression comments of a file, in line order."""
    found = _python_comments(text) if is_python else None
    if found is None:
        found = [(number, line) for number, line in enumerate(text.split("\n"), 1) if "offramp:" in line]
        return tuple(comment for number, line in found if (comment := _parse(line, number, line.lstrip()[:1] in "#/")))
    lines = text.split("\n")
    return tuple(
        comment
        for number, comment_text in sorted(found)
        if (comment := _parse(comment_text, number, lines[number - 1].lstrip().startswith("#")))
    )


def _parse(text: str, line: int, own_line: bool) -> Comment | None:
    found = _COMMENT.search(text)
    if not found:
        return None
    rules = tuple(rule.strip() for rule in (found.group(2) or "").split(",") if rule.strip())
    return Comment(found.group(1), rules, found.group(3).strip(), line, own_line)


class _Comments(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []

    def visit_Comment(self, node: cst.Comment) -> None:  # noqa: N802
        if "offramp:" in node.value:
            position = self.get_metadata(PositionProvider, node)
            self.found.append((position.start.line, node.value))


def _python_comments(text: str) -> list[tuple[int, str]] | None:
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        visitor = _Comments()
        wrapper.visit(visitor)
    except (cst.ParserSyntaxError, RecursionError):
        return None
    return visitor.found
