"""Loads the targets, puts their answers together, and chooses those that the user names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from analyzer.knowledge.data_files import toml_files
from analyzer.knowledge.rule_files import load_capabilities
from analyzer.knowledge.target_files import Answers, read_base, read_target
from analyzer.knowledge.toml_reader import Table, nearest, read_toml
from analyzer.model.errors import UserInputError
from analyzer.model.target import FixedWork, Support, Target

ALL = "all"


@lru_cache(maxsize=1)
def load_targets() -> tuple[Target, ...]:
    """All targets under `rules/targets`, sorted by id, those of a bare claim among them."""
    documents = [read_toml(source, file) for source, file in toml_files("targets")]
    bases = [read_toml(source, file) for source, file in toml_files("targets/bases")]
    return combine(documents, bases, tuple(capability.id for capability in load_capabilities()))


def combine(documents: Iterable[Table], bases: Iterable[Table], capabilities: tuple[str, ...]) -> tuple[Target, ...]:
    """The targets with the answers that they take over. Raises `UserInputError` where one is missing."""
    found = [(document, *read_target(document, capabilities)) for document in documents]
    answers = {own.id: own for _, _, own in found}
    answers.update((base.id, base) for base in (read_base(document, capabilities) for document in bases))
    targets = [_completed(document, target, own, answers, capabilities) for document, target, own in found]
    known = {target.id for target in targets}
    for document, target, _ in found:
        for name in (target.variant_of, *(path.target for path in target.paths)):
            if name and name not in known:
                raise document.fail("variant_of" if name == target.variant_of else "path", f"{name!r} is no target")
    return tuple(sorted(targets, key=lambda target: target.id))


def _completed(
    document: Table, target: Target, own: Answers, answers: Mapping[str, Answers], capabilities: tuple[str, ...]
) -> Target:
    """A target with all answers: its own first, then the nearest of those it extends."""
    support: dict[str, Support] = {}
    work: dict[str, FixedWork] = {}
    chain: list[str] = []
    answer: Answers | None = own
    while answer is not None:
        inherited_from = "" if answer is own else answer.id
        for entry in answer.support:
            support.setdefault(entry.capability, replace(entry, inherited_from=inherited_from))
        for item in answer.fixed_work:
            work.setdefault(item.id, item)
        chain.append(answer.id)
        answer = _next(document, answer, answers, chain)
    for name in capabilities:
        if name not in support:
            raise document.fail(f"support.{name}", "is missing: a target answers for every capability (`unknown` is an answer)")
    return replace(
        target,
        support=tuple(support[name] for name in capabilities),
        fixed_work=tuple(sorted(work.values(), key=lambda item: item.id)),
        extends=tuple(chain[1:]),
    )


def _next(document: Table, answer: Answers, answers: Mapping[str, Answers], chain: list[str]) -> Answers | None:
    if not answer.extends:
        return None
    if answer.extends not in answers:
        raise document.fail("extends", f"{answer.extends!r} is no target or base{nearest(answer.extends, answers)}")
    if answer.extends in chain:
        raise document.fail("extends", f"goes round in a circle: {' > '.join((*chain, answer.extends))}")
    return answers[answer.extends]


def find_target(target_id: str) -> Target:
    """The target with an id. Raises `UserInputError` with the nearest id."""
    targets = {target.id: target for target in load_targets()}
    if target_id not in targets:
        raise UserInputError("--target", target_id, f"there is no such target{_nearest_names(target_id, targets)}")
    return targets[target_id]


def _nearest_names(word: str, targets: Mapping[str, Target]) -> str:
    """The nearest ids as a hint, those of claims last; all ids where none is near."""
    close = sorted(difflib.get_close_matches(word, list(targets), n=3), key=lambda name: targets[name].is_claim)
    return f" (did you mean {', '.join(close)}?)" if close else f" (known: {', '.join(targets)})"


def choose_targets(target_ids: Iterable[str], accept_claims: bool = False) -> tuple[Target, ...]:
    """The targets that the user names, in that order; the default ones where none is named; for `all` those without claims.

    Raises `UserInputError` for a target that is a bare claim, unless claims are accepted.
    """
    names = tuple(dict.fromkeys(target_ids))
    if not names:
        return tuple(target for target in load_targets() if target.is_default)
    chosen: dict[str, Target] = {}
    for name in names:
        if name == ALL:
            chosen.update((target.id, target) for target in load_targets() if not target.is_claim)
            continue
        target = find_target(name)
        if target.is_claim and not accept_claims:
            said = "; ".join(f"{claim.subject} {claim.value}" for claim in target.claims)
            raise UserInputError(
                "--target", name, f"exists only as an unverified claim ({said}); add --accept-claims to look at it all the same"
            )  # fmt: skip
        chosen[target.id] = target
    return tuple(chosen.values())
