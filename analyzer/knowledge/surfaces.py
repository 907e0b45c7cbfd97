"""Surfaces of libraries as files: reads and writes them, and makes rules of them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from analyzer.knowledge.data_files import data_folder
from analyzer.knowledge.rule_files import load_capabilities
from analyzer.knowledge.rules import RuleBook
from analyzer.knowledge.toml_reader import Table, nearest, read_toml
from analyzer.knowledge.toml_text import one_line, quoted
from analyzer.model.errors import UserInputError
from analyzer.model.rule import SEVERITIES, Match, Rule
from analyzer.model.surface import Surface, TiedName

FAMILY = "library-surfaces"
MOST_NAMES = 20_000
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_LIBRARY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


# ---- files -----------------------------------------------------------------------------------------------------------


def shipped_surfaces() -> tuple[str, ...]:
    """The names of the libraries whose surfaces come with the program."""
    folder = data_folder("rules").joinpath("surfaces")
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml")))


def read_surface(named: str) -> Surface:
    """The surface of a file, or of a library whose surface is shipped. Raises `UserInputError`."""
    if not named.endswith(".toml"):
        known = shipped_surfaces()
        if named not in known:
            raise UserInputError("--surface", named, f"is no .toml file, and none is shipped of that name{nearest(named, known)}")
        return surface_of(
            read_toml(f"rules/surfaces/{named}.toml", data_folder("rules").joinpath("surfaces").joinpath(f"{named}.toml"))
        )
    return surface_of(read_toml(named, Path(named)))


def surface_of(document: Table) -> Surface:
    """The surface of a document. Raises `UserInputError` naming file, key and reason."""
    library = document.text("library")
    if not _LIBRARY.fullmatch(library):
        raise document.fail("library", f"{library!r} is no name of a library")
    scanned = document.text("scanned")
    try:
        datetime.date.fromisoformat(scanned)
    except ValueError:
        raise document.fail("scanned", f"{scanned!r} must be a date such as 2026-11-25") from None
    version, rules_version = document.text("version", ""), document.text("rules_version", "")
    public, source = document.integer("public_names"), document.text("source", "")
    capabilities = [capability.id for capability in load_capabilities()]
    tables = tuple(document.tables("name"))
    if len(tables) > MOST_NAMES:
        raise document.fail("name", f"has {len(tables)} entries, and may have {MOST_NAMES}")
    names = tuple(_tied_name(table, capabilities) for table in tables)
    document.finish()
    return Surface(library, version, scanned, rules_version, public, names, source)


def _tied_name(table: Table, capabilities: Iterable[str]) -> TiedName:
    found = TiedName(
        table.text("name"), table.texts("also", ()), table.flag("is_method", False), table.text("severity", choices=SEVERITIES),
        table.text("capability", choices=capabilities), table.text("cause"), table.texts("through", ()),
    )  # fmt: skip
    for name in (found.name, *found.also):
        if not _DOTTED.fullmatch(name):
            raise table.fail("name", f"{name!r} is no dotted name")
    table.finish()
    return found


def surface_text(surface: Surface) -> str:
    """The surface as a TOML file."""
    return "\n".join(_lines(surface)) + "\n"


def _lines(surface: Surface) -> Iterator[str]:
    yield f"# Public names of {one_line(surface.library)} that do not work without CUDA, written by `offramp export-surface`."
    yield "# Left out is what has a path without CUDA beside it, only a default that can be changed, or only minor ties."
    for key in ("library", "version", "scanned", "rules_version", "source"):
        yield f"{key} = {quoted(one_line(getattr(surface, key)))}"
    yield f"public_names = {surface.public_names}"
    for item in surface.names:
        yield "\n[[name]]"
        yield f"name = {quoted(one_line(item.name))}"
        if item.also:
            yield f"also = [{', '.join(quoted(one_line(name)) for name in item.also)}]"
        if item.is_method:
            yield "is_method = true"
        yield f"severity = {quoted(item.severity)}"
        yield f"capability = {quoted(item.capability)}"
        yield f"cause = {quoted(one_line(item.cause))}"
        if item.through:
            yield f"through = [{', '.join(quoted(one_line(place)) for place in item.through)}]"


# ---- rules -----------------------------------------------------------------------------------------------------------


def with_surfaces(book: RuleBook, surfaces: Iterable[Surface]) -> RuleBook:
    """The rules with one more for every name of some surfaces."""
    rules = {rule.id: rule for rule in book.rules}
    version = book.version
    for surface in surfaces:
        version += f"+{surface.library}-{surface.version or surface.scanned}"
        for item in surface.names:
            rule = rule_of(surface, item)
            number, rule_id = 1, rule.id
            while rule_id in rules:
                number += 1
                rule_id = f"{rule.id}-{number}"
            rules[rule_id] = rule._replace(id=rule_id)
    return book._replace(rules=tuple(rules[key] for key in sorted(rules)), version=version, has_surfaces=True)


def rule_of(surface: Surface, item: TiedName) -> Rule:
    """What a name of a surface is to an application."""
    what = f"{surface.library} {surface.version}".strip()
    last = item.name.rpartition(".")[2]
    way = f" Through {', '.join(item.through)} of it." if item.through else ""
    return Rule(
        id="cuda-under-" + re.sub(r"[^a-z0-9]+", "-", item.name.lower()).strip("-"),
        family=FAMILY,
        title=f"{item.name} of {what} needs CUDA",
        why=f"In {what}, as scanned on {surface.scanned}, it ends in {item.cause}.{way}",
        capability=item.capability,
        severity=item.severity,
        guarded_severity="info",
        confidence="medium",
        replacement=f"A version of {surface.library} that runs on the target, or another library in place of `{last}`.",
        references=(surface.source or f"offramp export-surface, {surface.scanned}",),
        matches=tuple(_matches(item)),
    )


def _matches(item: TiedName) -> Iterator[Match]:
    names = (item.name, *item.also)
    if item.is_method:
        receivers = tuple(name.rpartition(".")[0] for name in names)
        yield Match("method", (item.name.rpartition(".")[2],), receivers, roles=("call",))
    else:
        for kind in ("call", "decorator", "base"):
            yield Match(kind, names)
