"""What a team lets its gate look at: which rules, how severe each is here, and what holds for some paths only.

Read from the project's settings or the command line. It changes what the gate says, never what a report counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from analyzer.discover.ignore_patterns import IgnorePatterns
from analyzer.knowledge.rules import RuleBook
from analyzer.model.errors import UserInputError
from analyzer.model.finding import Finding
from analyzer.model.named_tuple import NamedTuple

OFF = "off"


class Selector(NamedTuple):
    """Words for rules: an id, an id with `*`, or the name of a family or capability; and where they were written."""

    words: tuple[str, ...]
    place: str

    def covers(self, finding: Finding) -> bool:
        """Whether a finding's rule is meant."""
        names = (finding.rule_id, finding.family, finding.capability)
        return any(fnmatchcase(name, word) for word in self.words for name in names)


NO_RULES = Selector((), "")


class RuleLevel(NamedTuple):
    """The severity of some rules, or `off`."""

    selector: Selector
    level: str


class PathPolicy(NamedTuple):
    """What holds below some paths, on top of everything else."""

    match: IgnorePatterns
    ignore: Selector
    levels: tuple[RuleLevel, ...] = ()


class Policy(NamedTuple):
    """The whole of it; `select` without words selects everything."""

    select: Selector = NO_RULES
    ignore: Selector = NO_RULES
    levels: tuple[RuleLevel, ...] = ()
    paths: tuple[PathPolicy, ...] = ()

    def selectors(self) -> Iterable[Selector]:
        """Every selector in it."""
        yield self.select
        yield self.ignore
        yield from (level.selector for level in self.levels)
        for path in self.paths:
            yield path.ignore
            yield from (level.selector for level in path.levels)


def check_policy(policy: Policy, book: RuleBook) -> None:
    """Raise `UserInputError` for a word that means no rule: a typo must not silently let everything through."""
    names = {name for rule in book.rules for name in (rule.id, rule.family, rule.capability)}
    for selector in policy.selectors():
        for word in selector.words:
            if not any(fnmatchcase(name, word) for name in names):
                from analyzer.knowledge.toml_reader import nearest

                hint = nearest(word, sorted(names))
                raise UserInputError(selector.place, word, f"is no rule, family or capability{hint}; `offramp rules` lists them")


def under_policy(findings: Iterable[Finding], policy: Policy) -> tuple[tuple[Finding, ...], int]:
    """The findings that the gate looks at, with the severity that they have for this team, and how many it leaves out.

    What is only informational because the code has another way stays so, whatever severity a rule is given.
    """
    kept: list[Finding] = []
    left_out = 0
    for finding in findings:
        level = _level(finding, policy)
        if level == OFF:
            left_out += 1
        elif level and finding.severity != "info":
            kept.append(finding._replace(severity=level))
        else:
            kept.append(finding)
    return tuple(kept), left_out


def _level(finding: Finding, policy: Policy) -> str:
    """The severity that the policy gives to a finding, `off`, or "" where it says nothing. What is said last counts."""
    if (policy.select.words and not policy.select.covers(finding)) or policy.ignore.covers(finding):
        return OFF
    answer = ""
    here = [path for path in policy.paths if path.match.covers(finding.path)]
    for level in (*policy.levels, *(level for path in here for level in path.levels)):
        if level.selector.covers(finding):
            answer = level.level
    return OFF if any(path.ignore.covers(finding) for path in here) else answer
