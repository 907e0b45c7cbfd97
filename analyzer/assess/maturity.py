"""What decides in practice, as it was known on a day: claims, ends of support, pins, regressions, what is beta."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from analyzer.model.counted import counted
from analyzer.model.lifecycle import Lifecycle, LifecycleEvent
from analyzer.model.target import Target

OLD_AFTER_DAYS = 365
ENDINGS = ("end-of-support", "maintenance")


def maturity_on(target: Target, lifecycle: Lifecycle, day: str) -> tuple[str, ...]:
    """The maturity of a target in lines, as known on a day; facts older than a year say so, later ones are left out."""
    lines = [f"{claim.subject[:1].upper()}{claim.subject[1:]}: {claim.value}. {claim.source}." for claim in target.claims]
    lines += knowledge_age(target, day)
    known = [fact for fact in target.maturity if fact.as_of <= day]
    lines += [fact.text + age_note(fact.as_of, day) for fact in known]
    upcoming = next_end(events_of(target, lifecycle), day)
    if upcoming:
        lines.append(upcoming)
    later = len(target.maturity) - len(known)
    if later:
        lines.append(f"{later} {'fact is' if later == 1 else 'facts are'} of a later day than {day} and left out.")
    return tuple(lines)


def knowledge_age(target: Target, day: str) -> list[str]:
    """That the verdicts are of a later day than asked for, or more than a year old."""
    if target.as_of > day:
        return [f"The verdicts are of {target.as_of}, a later day than {day}: what was known then may differ."]
    if is_old(target.as_of, day):
        return [f"The verdicts are of {target.as_of}, more than a year before {day}: ask for newer ones."]
    return []


def events_of(target: Target, lifecycle: Lifecycle) -> tuple[LifecycleEvent, ...]:
    """The announcements that are about the target's chip."""
    return tuple(event for event in lifecycle.events if target.knowledge.chip in event.chips)


def next_end(events: Iterable[LifecycleEvent], day: str) -> str:
    """The next end of support or of development that is announced and not yet in effect, in a sentence; "" for none."""
    ends = [event for event in events if event.kind in ENDINGS]
    past = [event.subject.lower() for event in ends if event.phase(day) == "in effect"]
    open_ends = [event for event in ends if event.phase(day) == "announced" and not _is_past(event.subject.lower(), past)]
    open_ends.sort(key=lambda event: (event.effective or "9999", not event.release, event.announced))
    if not open_ends:
        return ""
    first = open_ends[0]
    more = f" ({counted(len(open_ends) - 1, 'more is', 'more are')} announced)" if len(open_ends) > 1 else ""
    return f"Next to end: {first.subject}, {when(first)}; announced on {first.announced}{more}."


def _is_past(subject: str, past: Iterable[str]) -> bool:
    """Whether the same is said to have ended already, by another announcement."""
    return any(subject in ended or ended in subject for ended in past)


def when(event: LifecycleEvent) -> str:
    """When an announcement takes effect, in words."""
    if event.effective:
        return f"on {event.effective}" + (f" with {event.release}" if event.release else "")
    return f"with {event.release}, which has no day yet" if event.release else "with a release that is not named"


def is_old(of: str, day: str) -> bool:
    """Whether a fact is more than a year old on a day."""
    age = datetime.date.fromisoformat(day) - datetime.date.fromisoformat(of)
    return age.days > OLD_AFTER_DAYS


def age_note(of: str, day: str) -> str:
    """A note for a fact that is more than a year old."""
    return f" (Of {of}, more than a year before {day}.)" if is_old(of, day) else ""
