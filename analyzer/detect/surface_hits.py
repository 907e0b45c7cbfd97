"""Calls of what needs CUDA in a library: said once, by the rule that knows the library best."""

from __future__ import annotations

from collections.abc import Iterable

from analyzer.detect.hit import Hit
from analyzer.knowledge.surfaces import FAMILY


def without_doubles(hits: Iterable[Hit]) -> list[Hit]:
    """The hits, without those of a surface at a place where a rule of ours holds, and one of several of surfaces."""
    found = list(hits)
    known = {(hit.path, hit.span) for hit in found if hit.rule.family != FAMILY}
    kept: list[Hit] = []
    for hit in found:
        if hit.rule.family == FAMILY:
            if (hit.path, hit.span) in known:
                continue
            known.add((hit.path, hit.span))
        kept.append(hit)
    return kept
