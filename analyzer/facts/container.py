"""Dockerfiles: base images with their build arguments filled in, environment, commands."""

from __future__ import annotations

import re

from analyzer.facts.positions import Lines
from analyzer.facts.shell import command_entries, logical_lines
from analyzer.model.facts import Entry
from analyzer.model.span import Span

_INSTRUCTION = re.compile(r"^\s*([A-Za-z]+)\s+(.*)$", re.DOTALL)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}]*))?\}?")
_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)=(\"[^\"]*\"|'[^']*'|\S*)")


def read_container(text: str) -> tuple[Entry, ...]:
    """The entries of a Dockerfile or Containerfile."""
    lines = Lines(text)
    arguments: dict[str, str] = {}
    stages: set[str] = set()
    entries: list[Entry] = []
    for line, first, last in logical_lines(lines):
        found = _INSTRUCTION.match(line)
        if not found or line.lstrip().startswith("#"):
            continue
        word, rest = found.group(1).upper(), re.sub(r"\s#\s.*$", "", found.group(2)).strip()
        span = Span(first, lines.whole(first).column, last, lines.whole(last).end_column)
        if word == "FROM":
            entries.extend(_from(rest, arguments, stages, span))
        elif word == "ARG":
            name, _, value = rest.partition("=")
            arguments[name.strip()] = value.strip().strip("\"'")
            entries.append(Entry("environment", name.strip(), value.strip(), span))
        elif word in ("ENV", "LABEL"):
            kind = "environment" if word == "ENV" else "setting"
            pairs = _PAIR.findall(rest) or [tuple(rest.split(None, 1))]
            prefix = "" if word == "ENV" else "label."
            entries.extend(
                Entry(kind, prefix + pair[0].strip("\"'"), pair[1].strip("\"'"), span) for pair in pairs if len(pair) == 2
            )
        elif word in ("RUN", "CMD", "ENTRYPOINT"):
            rest = re.sub(r"^(--\S+\s+)+", "", rest)
            if rest.startswith("["):
                rest = " ".join(re.findall(r"\"([^\"]*)\"", rest))
            entries.extend(command_entries(rest, span))
    return tuple(entries)


def _from(rest: str, arguments: dict[str, str], stages: set[str], span: Span) -> list[Entry]:
    words = [word for word in rest.split() if not word.startswith("--")]
    if not words:
        return []
    image = _VARIABLE.sub(lambda match: arguments.get(match.group(1)) or match.group(2) or match.group(0), words[0])
    if len(words) >= 3 and words[1].upper() == "AS":
        stages.add(words[2].lower())
    return [] if image.lower() in stages and len(words) < 3 else [Entry("image", image, "", span)]
