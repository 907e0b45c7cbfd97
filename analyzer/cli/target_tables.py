"""The tables of a target in lines: its lifecycle, its packages, its features."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.assess.maturity import events_of, when
from analyzer.knowledge.lifecycle import load_features, load_lifecycle, load_packages
from analyzer.knowledge.toml_reader import nearest
from analyzer.model.errors import UserInputError
from analyzer.model.lifecycle import LifecycleEvent
from analyzer.model.target import Target

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
        yield f"- {later} more were announced after {today}"
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


def feature_lines(target: Target) -> Iterator[str]:
    """Features and patterns with their status on a target's chip."""
    features = load_features(target.knowledge.family)
    if not features:
        yield f"No table of features is kept for {target.id}."
        return
    yield f"Features and patterns on {target.id} (chip {target.knowledge.chip}), in the order of the table:"
    for feature in features:
        instead = f"; instead: {feature.instead}" if feature.instead else ""
        yield f"- {feature.category}: {feature.name}: {feature.status_on(target.knowledge.chip)}{instead}"
        yield f"    as of SDK {feature.release}; source: {'; '.join(feature.sources)}"
