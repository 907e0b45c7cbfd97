"""Holds findings against a baseline: what is new, what is known, and what has gone.

A finding is known by one of a few steps, each of which uses up the count of an entry, so that the total can only fall:
the same statement in the same file; the same statement in another file, where it has gone from there (a move, or a rename
of the file); another statement of the same rule and symbol in the same file (an edit of a line that was debt already); in a
file of settings another entry of the same rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from analyzer.discover.kinds import kind_of
from analyzer.model.baseline import Baseline, BaselineEntry
from analyzer.model.finding import Finding
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.short_digest import short_digest


class BaselineMatch(NamedTuple):
    """The answer; findings keep their order."""

    new: tuple[Finding, ...]
    known: tuple[tuple[Finding, BaselineEntry], ...]
    """Each with the entry that knows it."""
    gone: tuple[BaselineEntry, ...]
    """What no finding used up, with the count that is left; only of files that were looked at or no longer exist."""
    expired: tuple[BaselineEntry, ...]
    """Entries whose date has passed: their findings are live again."""


def content_of(finding: Finding) -> str:
    """The digest of a finding that neither its line nor its file is part of."""
    key = "\0".join((finding.rule_id, finding.symbol, "".join(finding.snippet.split())))
    return short_digest(key)


def is_quiet(finding: Finding) -> bool:
    """Whether a finding is no debt: informational, or dismissed by a comment."""
    return finding.severity == "info" or (finding.suppressed is not None and finding.suppressed.kind == "ignore")


def is_settings(path: str) -> bool:
    """Whether a file's entries are known by their rule alone: under another key they are what they were."""
    return kind_of(path) not in ("python", "notebook", "cuda", "cpp", "cython")


def entry_of(finding: Finding) -> BaselineEntry:
    """The entry that remembers one finding, without notes."""
    return BaselineEntry(finding.path, finding.rule_id, finding.symbol, content_of(finding), 1, is_quiet(finding))


def debt(baseline: Baseline) -> int:
    """How many findings a baseline holds that are debt."""
    return sum(entry.times for entry in baseline.entries if not entry.is_quiet)


def make_baseline(findings: Iterable[Finding]) -> Baseline:
    """The baseline of findings, without any notes."""
    counts = Counter(map(entry_of, findings))
    return Baseline(tuple(sorted(entry._replace(times=count) for entry, count in counts.items())))


def match_baseline(
    findings: Iterable[Finding],
    baseline: Baseline,
    as_of: str,
    looked_at: frozenset[str],
    existing: frozenset[str],
    is_partial: bool = False,
) -> BaselineMatch:
    """Hold findings against a baseline on a day, given as `2026-11-24`.

    `looked_at` are the files that were analysed, `existing` those that the repository has: an entry of a file that exists
    but was not looked at is neither gone nor free to have moved. Where only a part of the repository was read
    (`is_partial`), a guard or a type may not have been seen: a loud finding is then also known by a quiet entry, and by one
    of the same rule in the same file whatever its symbol.
    """
    expired = tuple(entry for entry in baseline.entries if entry.expires and entry.expires < as_of)
    live = [entry for entry in baseline.entries if entry not in expired]
    left = {entry: entry.times for entry in live}
    index: dict[tuple[str, ...], list[BaselineEntry]] = {}
    for entry in live:
        may_have_moved = entry.path in looked_at or entry.path not in existing
        for key in _keys(entry, may_have_moved):
            index.setdefault(key, []).append(entry)
    ordered = list(findings)
    wanted = [_keys(entry_of(finding), True) for finding in ordered]
    used: dict[int, BaselineEntry] = {}
    for step in range(4):
        for number, keys in enumerate(wanted):
            if number in used or (step == 3 and not is_partial and not is_settings(ordered[number].path)):
                continue
            found = index.get(keys[step], ())
            if is_partial and keys[step][-1] == _LOUD:
                found = (*found, *index.get((*keys[step][:-1], _QUIET), ()))
            known = next((entry for entry in found if left[entry] > 0), None)
            if known is not None:
                left[known] -= 1
                used[number] = known
    return BaselineMatch(
        new=tuple(f for number, f in enumerate(ordered) if number not in used and not is_quiet(f)),
        known=tuple((finding, used[number]) for number, finding in enumerate(ordered) if number in used),
        gone=tuple(
            entry._replace(times=left[entry])
            for entry in live
            if left[entry] > 0 and (entry.path in looked_at or entry.path not in existing)
        ),
        expired=expired,
    )


_LOUD, _QUIET = "loud", "quiet"


def _keys(entry: BaselineEntry, may_have_moved: bool) -> list[tuple[str, ...]]:
    """The keys of the steps: same statement and file, same statement elsewhere, same rule and symbol, same rule in the file."""
    level = _QUIET if entry.is_quiet else _LOUD
    return [
        ("here", entry.path, entry.rule_id, entry.symbol, entry.content, level),
        ("moved", entry.rule_id, entry.symbol, entry.content, level) if may_have_moved else ("moved", "", level),
        ("edited", entry.path, entry.rule_id, entry.symbol, level),
        ("rule", entry.path, entry.rule_id, level),
    ]


def pruned(baseline: Baseline, match: BaselineMatch) -> Baseline:
    """The baseline without what has gone; everything else stays as it is written."""
    gone = {entry._replace(times=0): entry.times for entry in match.gone}
    left = (entry._replace(times=entry.times - gone.get(entry._replace(times=0), 0)) for entry in baseline.entries)
    return Baseline(tuple(entry for entry in left if entry.times > 0))


def updated(baseline: Baseline, match: BaselineMatch, findings: Iterable[Finding], accept_new: bool = False) -> Baseline:
    """The baseline as things stand: what has gone is dropped, moves and edits are followed, notes are kept.

    Debt only shrinks, unless `accept_new`; entries that have expired, and those of files that exist but were not looked at,
    stay as they are.
    """
    notes = {finding.fingerprint: entry for finding, entry in match.known}
    counts: Counter[BaselineEntry] = Counter()
    for finding in findings:
        known = notes.get(finding.fingerprint)
        if known is not None:
            counts[known._replace(path=finding.path, content=content_of(finding), is_quiet=is_quiet(finding), times=0)] += 1
        elif accept_new or is_quiet(finding):
            counts[entry_of(finding)._replace(times=0)] += 1
    used = Counter(entry for _, entry in match.known)
    gone = {_keys(entry, False)[0] for entry in match.gone}
    for entry in baseline.entries:
        if (entry not in match.expired or not accept_new) and entry.times > used[entry] and _keys(entry, False)[0] not in gone:
            counts[entry._replace(times=0)] += entry.times - used[entry]
    merged: dict[tuple[str, ...], BaselineEntry] = {}
    for entry, count in sorted(counts.items(), key=lambda item: (not item[0].owner + item[0].reason + item[0].expires, item[0])):
        key = _keys(entry, False)[0]
        merged[key] = merged.get(key, entry)._replace(times=count + (merged[key].times if key in merged else 0))
    return Baseline(tuple(sorted(merged.values())))
