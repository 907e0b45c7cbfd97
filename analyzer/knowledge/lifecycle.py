"""Loads the dated tables of a family of targets: releases and announcements, packages that fit together, features per chip,
replacements, and what stopped others."""

from __future__ import annotations

from functools import lru_cache

from analyzer.knowledge.data_files import toml_files
from analyzer.knowledge.toml_reader import Table, read_toml
from analyzer.model.lifecycle import EVENT_KINDS, Feature, KnownIssue, Lifecycle, LifecycleEvent, PackagePin, Release, Replacement

NO_LIFECYCLE = Lifecycle((), (), "")


@lru_cache(maxsize=4)
def load_lifecycle(family: str) -> Lifecycle:
    """Releases and announcements of a family, oldest first, from all files whose name begins with it."""
    documents = _documents("lifecycle", family)
    releases = [_release(table) for document in documents for table in document.tables("release", [])]
    events = [_event(table) for document in documents for table in document.tables("event", [])]
    as_of = max((document.date("as_of") for document in documents), default="")
    for document in documents:
        document.finish()
    return Lifecycle(
        tuple(sorted(releases, key=lambda release: release.date)),
        tuple(sorted(events, key=lambda event: (event.announced, event.subject))),
        as_of,
    )


def load_packages(family: str) -> tuple[PackagePin, ...]:
    """Which versions of packages a release brings, newest release first."""
    pins: list[PackagePin] = []
    for document in _documents("packages", family):
        document.date("as_of")
        document.text("source")
        for table in document.tables("release"):
            version = table.text("version")
            for package, number, chips, pythons in table.rows("packages", width=4):
                pins.append(PackagePin(version, package, number, tuple(chips.split()), tuple(pythons.split())))
            table.finish()
        document.finish()
    return tuple(pins)


def load_features(family: str) -> tuple[Feature, ...]:
    """Features and patterns with their status on each chip, in the order of the table."""
    features: list[Feature] = []
    for document in _documents("features", family):
        document.date("as_of")
        for table in document.tables("feature"):
            category, name = table.text("category"), table.text("name")
            note = table.text("note", "")
            instead, release, sources = table.text("instead", ""), table.text("release"), table.texts("sources")
            status = tuple((chip, table.text(chip)) for chip in table.values if chip not in table.asked)
            features.append(Feature(category, name, status, instead, release, sources, note))
        document.finish()
    return tuple(features)


def load_replacements(family: str) -> tuple[Replacement, ...]:
    """What takes the place of CUDA on a family of targets, in the order of the table."""
    found: list[Replacement] = []
    for document in _documents("replacements", family):
        document.date("as_of")
        for table in document.tables("replacement"):
            found.append(
                Replacement(
                    table.text("area"), table.text("name"), table.text("traced", ""), table.text("native", ""),
                    table.text("effort"), table.text("known"), table.flag("stated"),
                    table.text("note", ""), table.text("release"), table.texts("sources"),
                )
            )  # fmt: skip
            table.finish()
        document.finish()
    return tuple(found)


def load_issues(family: str) -> tuple[KnownIssue, ...]:
    """What stopped others on a family of targets, in the order of the table."""
    found: list[KnownIssue] = []
    for document in _documents("issues", family):
        document.date("as_of")
        for table in document.tables("issue"):
            found.append(
                KnownIssue(
                    table.text("name"), table.text("symptom"), table.text("sign"), table.text("foretold"),
                    table.texts("chips"), table.texts("threads"),
                )
            )  # fmt: skip
            table.finish()
        document.finish()
    return tuple(found)


def _documents(folder: str, family: str) -> list[Table]:
    wanted = (f"rules/{folder}/{family}.toml", f"rules/{folder}/{family}-")
    return [read_toml(source, file) for source, file in toml_files(folder) if family and source.startswith(wanted)]


def _release(table: Table) -> Release:
    release = Release(table.text("version"), table.date("date"), table.text("source"), table.text("note", ""))
    table.finish()
    return release


def _event(table: Table) -> LifecycleEvent:
    event = LifecycleEvent(
        kind=table.text("kind", choices=EVENT_KINDS),
        subject=table.text("subject"),
        chips=table.texts("chips"),
        announced=table.date("announced"),
        release=table.text("release", ""),
        effective=table.date("effective") if table.has("effective") else "",
        source=table.text("source"),
    )
    table.finish()
    return event
