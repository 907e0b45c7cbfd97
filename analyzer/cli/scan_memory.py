"""Remembers what a scan wrote, under a digest of all that it depends on: nothing changed, nothing to do again.

A report follows from the files, the settings, this program with its rules and prices, and the day; so the same digest means
the same bytes. The digest is taken before and after, so that a file which changes meanwhile is not remembered as it was.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from analyzer.cache.stamps import program_stamp
from analyzer.cache.store import Store, opened_store
from analyzer.discover.code_owners import find_code_owners
from analyzer.discover.digest import content_digest
from analyzer.discover.files import DiscoverySettings, discover
from analyzer.knowledge.price_place import user_price_file
from analyzer.model.churn import NO_CHURN, Churn
from analyzer.model.cost_files import CostFiles
from analyzer.model.opinion import Opinion
from analyzer.model.page_template import PageTemplate
from analyzer.model.provenance import UNTOLD, Provenance
from analyzer.model.surface import Surface

SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Depends:
    """All that a report depends on, besides this program."""

    root: Path
    settings: DiscoverySettings
    honoured: tuple[str, ...]
    targets: tuple[str, ...]
    files: CostFiles
    as_of: str
    accept_claims: bool = False
    effort: Path | None = None
    opinions: tuple[Opinion, ...] = ()
    template: PageTemplate | None = None
    churn: Churn = NO_CHURN
    surfaces: tuple[Surface, ...] = ()
    no_source: bool = False
    made: Provenance = UNTOLD

    def digest(self) -> str:
        """The digest, or "" where it cannot be told. Raises `UserInputError` where the root cannot be scanned."""
        if any(opinion.revision for opinion in self.opinions):
            return ""  # it is compared with the commit, which no file of the repository tells
        program = program_stamp()
        try:
            given = [path.read_bytes().hex() if path is not None else "" for path in (*cost_files(self.files), self.effort)]
        except OSError:
            return ""
        content = content_digest(self.root, discover(self.root, self.settings))
        parts = (
            program,
            sys.version,
            repr(self.settings),
            repr((self.honoured, self.targets, self.as_of, self.accept_claims)),
            repr((self.opinions, self.template, self.surfaces, self.churn, self.no_source, self.made)),
            repr(find_code_owners(self.root)),
            *given,
            content,
        )
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest() if program else ""


def cost_files(files: CostFiles) -> tuple[Path | None, ...]:
    """Every file that the costs depend on: the user's, and the price list that was fetched, if there is one."""
    fetched = user_price_file()
    return (files.workload, files.measurements, fetched if fetched is not None and fetched.is_file() else None, *files.prices)


def remembered(
    depends: Depends, names: tuple[str, ...], produce: Callable[[Store | None], Mapping[str, str]], is_wanted: bool
) -> Mapping[str, str]:
    """The texts of some names: those of an earlier run with the same digest, else what `produce` makes."""
    if not is_wanted:
        return produce(None)
    with opened_store() as store:
        before = depends.digest() if store is not None else ""
        if store is None or not before:
            return produce(None)
        keys = {name: hashlib.sha256(f"{before}\0{name}".encode()).digest() for name in names}
        found = store.get(keys.values())
        if len(found) == len(keys):
            return {name: found[key].decode("utf-8") for name, key in keys.items()}
        texts = produce(store)
        if depends.digest() == before:
            store.put({keys[name]: text.encode("utf-8") for name, text in texts.items()})
        return texts


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What the last line and the exit code need of a report."""

    files: int
    findings: Mapping[str, int]
    """By severity, without those that a comment dismisses."""
    problems: int
    not_analysed: int
    """Problems that `--strict` minds."""
    other_targets: int
    """How many targets there are besides those of the report, where it is of the default ones."""
    oldest_price_days: int = 0
    """Of the prices that the costs of the user's own workload rest on."""
    rule: str = ""
    """The one that has found most of what is most severe; "" where nothing above info was found."""
    is_default_workload: bool = True

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps([getattr(self, field.name) for field in fields(self)])

    @staticmethod
    def from_text(text: str) -> ScanSummary:
        """What `to_text` wrote."""
        return ScanSummary(*json.loads(text))
