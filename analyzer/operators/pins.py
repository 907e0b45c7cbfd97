"""The versions of libraries that a repository asks for, against those that a statement was seen with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from analyzer.facts.requirements import normalized
from analyzer.model.facts import FileFacts

_CLAUSE = re.compile(r"(===|==|~=|<=|>=|!=|<|>)\s*v?(\d+(?:\.\d+)*)")
_RANGE = re.compile(r"([A-Za-z0-9_.-]+)\s*>=\s*(\d+(?:\.\d+)*)")
Version = tuple[int, ...]


class Pin(NamedTuple):
    """What requirement and lock files say of one library: the highest version that they let in, () where there is no limit."""

    highest: Version
    is_limited: bool
    """Whether any of them names a highest version at all."""


def pins_of(files: Iterable[FileFacts]) -> dict[str, Pin]:
    """The pins of a repository, by the name of the distribution. Of several statements the most generous counts."""
    found: dict[str, Pin] = {}
    for facts in files:
        for entry in facts.entries:
            if entry.kind in ("requirement", "locked"):
                name = normalized(entry.name)
                pin = _pin(entry.value)
                known = found.get(name)
                found[name] = pin if known is None else max(known, pin, key=_generosity)
    return found


def seen_with(versions: str, pins: Mapping[str, Pin]) -> str | None:
    """What a reason says of versions: "" where the pinned one was seen, None where the pinned one is older and all is silent.

    `versions` is `LIBRARY >= VERSION`, or anything else for every version.
    """
    parts = _RANGE.fullmatch(versions.strip())
    if parts is None:
        return ""
    pin = pins.get(normalized(parts[1]))
    if pin is None:
        return f" (seen with {versions}; no version of it is pinned here)"
    if not pin.is_limited:
        return f" (seen with {versions}; the version here has no upper limit)"
    return "" if pin.highest >= _version(parts[2]) else None


def _generosity(pin: Pin) -> tuple[bool, Version]:
    return not pin.is_limited, pin.highest


def _pin(specifier: str) -> Pin:
    limits: list[Version] = []
    for operator, text in _CLAUSE.findall(specifier):
        version = _version(text)
        if operator in ("==", "===", "<="):
            limits.append((*version, 10**6))
        elif operator == "<":
            limits.append(_before(version))
        elif operator == "~=":
            limits.append((*version[:-1], 10**6))
    return Pin(min(limits), True) if limits else Pin((), False)


def _before(version: Version) -> Version:
    """A version just below another."""
    kept = list(version)
    while kept and kept[-1] == 0:
        kept.pop()
    return (*kept[:-1], kept[-1] - 1, 10**6) if kept else (-1,)


def _version(text: str) -> Version:
    return tuple(int(part) for part in text.split(".")[:6] if len(part) < 9)
