"""The section of findings: columns of numbers that point into tables of texts, so that each text is in the page once.

The script draws rows from them as they are asked for, and searches the tables in place of the rows; the first rows are in the
page itself, drawn by the template from the same values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from analyzer.model.finding import Finding
from analyzer.model.report import Report
from analyzer.model.rule import SEVERITIES, Rule
from analyzer.report.graph_picture import cluster_names
from analyzer.report.highlight import runs_of
from analyzer.report.printable import printable
from analyzer.report.rewrite_lines import rewrite_lines

FIRST_ROWS = 100
"""Findings that are in the page itself; the others are added by the script as they are asked for."""
MOST_COLOURED = 1_500_000
"""Characters of source that are coloured, the gravest findings first: a second each half million, about."""
MOST_PACKAGES = 120
"""Folders that the filters name."""
NOBODY = "nobody"
"""What stands for the owner of files that the owners' file leaves out."""
View = dict[str, Any]


class Interned:
    """Texts, each once, by the number that stands for it."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.numbers: dict[str, int] = {}
        for text in texts:
            self.number(text)

    def number(self, text: str) -> int:
        """The number of a text, a new one where it was not met before."""
        return self.numbers.setdefault(text, len(self.numbers))

    @property
    def texts(self) -> list[str]:
        """All texts in the order of their numbers."""
        return list(self.numbers)


class Places:
    """The files that findings and work items name, with the folder and the owners of each."""

    def __init__(self, report: Report) -> None:
        worked_on = (path for target in report.targets for item in target.work_items for path in item.paths)
        paths = sorted({*worked_on, *(finding.path for finding in report.findings)})
        folders = cluster_names(paths, MOST_PACKAGES)
        owners = {path: each.owners or (NOBODY,) for each in report.owned_files for path in each.paths}
        self.number_of = {path: number for number, path in enumerate(paths)}
        self.shown = [printable(path, 300) for path in paths]
        self.packages = sorted({*folders.values()})
        self.owners = sorted({name for names in owners.values() for name in names}, key=lambda name: (name == NOBODY, name))
        self.package_of = [self.packages.index(folders[path]) for path in paths]
        self.owners_of = [[self.owners.index(name) for name in owners.get(path, ())] for path in paths]

    def embedded(self) -> View:
        """The tables that the script reads."""
        owners = [printable(name, 120) for name in self.owners]
        return {"paths": self.shown, "packageOf": self.package_of, "owners": owners, "ownersOf": self.owners_of if owners else []}


class FindingRows:
    """The findings that are shown, gravest first, as columns."""

    def __init__(self, report: Report, places: Places) -> None:
        self.findings = by_severity([finding for finding in report.findings if finding.suppressed is None])
        self.number_of = {finding.fingerprint: number for number, finding in enumerate(self.findings)}
        self.rules = {rule.id: rule for rule in report.rules}
        self.places = places
        self.quotes = Interned()
        self.runs: list[str] = []
        self.edits = Interned()
        self.rewrites: list[View] = []
        self._left_to_colour = MOST_COLOURED
        self.tables = {"symbol": Interned(), "note": Interned([""]), "rule": Interned(sorted({f.rule_id for f in self.findings}))}
        self.columns: dict[str, list[int | str]] = {
            name: [] for name in ("id", "severity", "path", "at", "quote", "edit", *self.tables)
        }
        for finding in self.findings:
            self._add(finding)

    @property
    def is_without_source(self) -> bool:
        """Whether the report quotes nothing of what it found."""
        return bool(self.findings) and self.quotes.texts == [""]

    def _add(self, finding: Finding) -> None:
        line = finding.span.line
        values: dict[str, int | str] = {
            "id": finding.fingerprint, "severity": SEVERITIES.index(finding.severity),
            "path": self.places.number_of[finding.path], "at": line if finding.cell is None else f" cell {finding.cell}:{line}",
            "quote": self._quote(finding), "edit": self._edit(finding),
            "symbol": self.tables["symbol"].number(printable(finding.symbol, 120)),
            "note": self.tables["note"].number(notes_on(finding)), "rule": self.tables["rule"].number(finding.rule_id),
        }  # fmt: skip
        for name, value in values.items():
            self.columns[name].append(value)

    def _quote(self, finding: Finding) -> int:
        text = printable(finding.snippet, keep_lines=True)
        number = self.quotes.number(text)
        if number == len(self.runs):
            self._left_to_colour -= len(text)
            self.runs.append(runs_of(text, finding.path) if self._left_to_colour >= 0 else "")
        return number

    def _edit(self, finding: Finding) -> int:
        """The number of a rewrite; -1 where there is none."""
        if finding.edit is None:
            return -1
        before, after = (printable(text, keep_lines=True) for text in (finding.edit.before, finding.edit.after))
        note = printable(f"{finding.edit.note} (since {finding.edit.since})")
        number = self.edits.number("\0".join((before, after, note)))
        if number == len(self.rewrites):
            self.rewrites.append({"lines": rewrite_lines(before, after), "note": note})
        return number

    def rows(self, numbers: Iterable[int]) -> list[View]:
        """What the template needs of some rows."""
        tables = {name: table.texts for name, table in self.tables.items()}
        quotes = self.quotes.texts
        return [
            {
                "id": self.findings[n].fingerprint, "severity": self.findings[n].severity,
                "place": f"{self.places.shown[int(self.columns['path'][n])]}{_after_path(self.columns['at'][n])}",
                "quote": quotes[int(self.columns["quote"][n])], "runs": self.runs[int(self.columns["quote"][n])],
                "edit": self.rewrites[int(self.columns["edit"][n])] if int(self.columns["edit"][n]) >= 0 else None,
                "rule": self.rule_words(self.rules[self.findings[n].rule_id]),
                **{name: tables[name][int(self.columns[name][n])] for name in ("symbol", "note")},
            }
            for n in numbers
        ]  # fmt: skip

    @staticmethod
    def rule_words(rule: Rule) -> View:
        """What all findings of a rule have in common."""
        words = {
            "id": rule.id, "family": rule.family, "title": rule.title, "why": rule.why, "instead": rule.replacement,
            "source": rule.references[0],
        }  # fmt: skip
        return {name: printable(text, len(text), keep_lines=True) for name, text in words.items()}

    def embedded(self) -> View:
        """The tables and columns that the script reads; what a rule says is in them once."""
        return {
            "rules": [self.rule_words(self.rules[rule_id]) for rule_id in self.tables["rule"].texts],
            "quotes": self.quotes.texts, "runs": self.runs,
            "edits": [[self.tables["note"].number(each["note"]), *(part for line in each["lines"] for part in line)]
                      for each in self.rewrites],
            "symbols": self.tables["symbol"].texts, "notes": self.tables["note"].texts, "columns": self.columns,
        }  # fmt: skip


def findings_view(rows: FindingRows) -> View:
    """The section, ready to be placed."""
    severities = {finding.severity for finding in rows.findings}
    return {
        "count": len(rows.findings), "first": rows.rows(range(min(FIRST_ROWS, len(rows.findings)))),
        "severities": [severity for severity in reversed(SEVERITIES) if severity in severities],
        "families": sorted({finding.family for finding in rows.findings}),
        **filters_of(rows.places),
    }  # fmt: skip


def filters_of(places: Places) -> View:
    """The folders and owners that one can choose from, by number."""
    packages = [(number, printable(name, 120) or "(top folder)") for number, name in enumerate(places.packages)]
    owners = [(number, printable(name, 120)) for number, name in enumerate(places.owners)]
    return {"packages": packages, "owners": owners}


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """The gravest first, then by place."""
    return sorted(findings, key=lambda f: (-SEVERITIES.index(f.severity), f.path, f.cell or 0, f.span, f.rule_id))


def notes_on(finding: Finding) -> str:
    """What else is known of a finding, in sentences."""
    notes = []
    if finding.guard:
        notes.append(f"Guarded: {finding.guard}.")
    if finding.overridable:
        notes.append("A default that the user can override.")
    if finding.origin:
        way = "".join(f", by way of {step.path}:{step.line}" for step in finding.flow)
        notes.append(f"The value comes from {finding.origin.path}:{finding.origin.line}{way}.")
    if finding.in_tests:
        notes.append("Test code.")
    return printable(" ".join(notes))


def _after_path(at: int | str) -> str:
    return f":{at}" if isinstance(at, int) else at
