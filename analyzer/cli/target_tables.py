"""The tables of a target in lines: its lifecycle, packages, features, replacements, and what stopped others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from analyzer.assess.maturity import events_of, when
from analyzer.knowledge.lifecycle import load_features, load_issues, load_lifecycle, load_packages, load_replacements
from analyzer.knowledge.neuron_verdicts import load_neuron_verdicts
from analyzer.knowledge.toml_reader import nearest
from analyzer.model.counted import counted
from analyzer.model.errors import UserInputError
from analyzer.model.lifecycle import LifecycleEvent
from analyzer.model.target import Target

Kind = TypeVar("Kind")
KIND_WORDS = {"end-of-support": "end of support", "maintenance": "maintenance only", "change": "change"}


def lifecycle_lines(target: Target, today: str) -> Iterator[str]:
    """Announcements about a target's chip as known on a day, newest first, then the releases."""
    lifecycle = load_lifecycle(target.knowledge.family)
    yield f"What was announced for {target.id}, as known on {today}, newest first:"
    if not lifecycle.events:
        yield "- no table is kept for this target; its own facts are in `offramp targets " + target.id + "`"
        return
    events = [event for event in events_of(target, lifecycle) if event.phase(today) != "unknown yet"]
    yield from (f"- {event_line(event, today)}" for event in reversed(events))
    later = sum(event.phase(today) == "unknown yet" for event in events_of(target, lifecycle))
    if later:
        yield f"- {counted(later, 'more was', 'more were')} announced after {today}"
    yield ""
    yield f"Releases up to {today}:"
    for release in reversed([release for release in lifecycle.releases if release.date <= today]):
        yield f"- {release.version}  {release.date}" + (f"  (but {release.note})" if release.note else "")


def event_line(event: LifecycleEvent, today: str) -> str:
    """An announcement with its phase: announced, or in effect since."""
    phase = f"in effect since {event.effective}" if event.phase(today) == "in effect" else f"announced, {when(event)}"
    return f"{event.announced}  {KIND_WORDS[event.kind]}: {event.subject}; {phase}. Source: {event.source}"


def package_lines(target: Target, release: str | None) -> Iterator[str]:
    """The packages of a release for a target's chip."""
    pins = [pin for pin in load_packages(target.knowledge.family) if target.knowledge.chip in pin.chips]
    releases = list(dict.fromkeys(pin.release for pin in pins))
    if not pins:
        if release:
            raise UserInputError("--release", release, f"no table of packages is kept for {target.id}")
        yield f"No table of packages is kept for {target.id}; its pins are in `offramp targets {target.id}`."
        return
    chosen = releases[0] if release is None else _release(release, releases)
    dates = {entry.version: entry.date for entry in load_lifecycle(target.knowledge.family).releases}
    day = dates.get(chosen.rpartition(".")[0], "no day known")
    yield f"Packages of release {chosen} ({day}) for {target.id}; other releases: {', '.join(releases)}"
    for pin in (pin for pin in pins if pin.release == chosen):
        pythons = f"  Python {', '.join(pin.pythons)}" if pin.pythons else ""
        yield f"- {pin.package:<36} {pin.version}{pythons}"


def _release(wanted: str, releases: list[str]) -> str:
    for version in releases:
        if wanted in (version, version.rpartition(".")[0]):
            return version
    raise UserInputError("--release", wanted, f"is no release with packages here{nearest(wanted, releases)}")


def feature_lines(target: Target, wanted: str = "") -> Iterator[str]:
    """Features and patterns with their status on a target's chip; only those whose name holds a word, where one is given."""
    features = load_features(target.knowledge.family)
    if not features:
        yield f"No table of features is kept for {target.id}."
        return
    chosen = _named("--features", wanted, {feature.name: feature for feature in features})
    yield f"Features and patterns on {target.id} (chip {target.knowledge.chip}), in the order of the table:"
    for feature in chosen:
        instead = f"; instead: {feature.instead}" if feature.instead else ""
        yield f"- {feature.category}: {feature.name}: {feature.status_on(target.knowledge.chip)}{instead}"
        if feature.note:
            yield f"    note: {feature.note}"
        yield f"    as of SDK {feature.release}; source: {'; '.join(feature.sources)}"


def replacement_lines(target: Target, wanted: str = "") -> Iterator[str]:
    """What takes the place of CUDA on a target's way of running, and whether a source states it or we inferred the pairing."""
    replacements = load_replacements(target.knowledge.family)
    path = load_neuron_verdicts().path_of(target.id)
    if not replacements or path is None:
        yield f"No table of replacements is kept for {target.id}."
        return
    is_traced = path.id == "traced"
    yield f"What takes the place of CUDA on {target.id} ({path.title}):"
    if path.id == "inf1":
        yield "- the table is about Inf2, Trn1 and later chips"
        return
    for entry in _named("--replacements", wanted, {entry.name: entry for entry in replacements}):
        found = (entry.traced if is_traced else entry.native) or "none known"
        pairing = "stated by the source" if entry.is_stated else "pairing inferred: the source states the replacement only"
        yield f"- {entry.area}: {entry.name}: {found} ({entry.effort})"
        note = f"; note: {entry.note}" if entry.note else ""
        yield f"    {pairing}; {entry.known}{note}"
        yield f"    as of SDK {entry.release}; source: {'; '.join(entry.sources)}"


def issue_lines(target: Target) -> Iterator[str]:
    """What stopped others on a target's chip, most often met first."""
    issues = [issue for issue in load_issues(target.knowledge.family) if target.knowledge.chip in issue.chips]
    if not issues:
        yield f"No table of issues is kept for {target.id}."
        return
    yield f"What stopped others on {target.id} (chip {target.knowledge.chip}), found by searching threads, not by counting them:"
    for issue in issues:
        yield f"- {issue.name}: {issue.symptom}"
        yield f"    sign in source: {issue.sign}; foretold by it: {issue.foretold}"
        yield f"    {' '.join(issue.threads)}"


def _named(option: str, wanted: str, known: dict[str, Kind]) -> list[Kind]:
    """The entries whose name holds a word, whatever its case; all for none. Raises `UserInputError` with the nearest names."""
    found = [entry for name, entry in known.items() if wanted.lower() in name.lower()]
    if not found:
        raise UserInputError(option, wanted, f"is in no name of the table{nearest(wanted, known)}")
    return found
