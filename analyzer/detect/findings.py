"""From hits to findings: severity, quotation, edit, suppression, fingerprint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from analyzer.detect.hit import Hit
from analyzer.discover.kinds import is_test_path
from analyzer.forked import in_runs, share_out
from analyzer.link.program import Program
from analyzer.model.facts import FileFacts, Problem
from analyzer.model.finding import Edit, Finding, Origin, Suppression
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.rule import SEVERITIES, Rewrite
from analyzer.model.short_digest import short_digest
from analyzer.model.span import Span
from analyzer.quote.source_text import SourceText, cell_at, dedented, load_source

HITS_OF_A_PART = 2000
"""Fewer are quoted in less time than it takes another process to load what edits are made with."""
LONGEST_EDITED_LINES = 30
LONGEST_EDITED_STATEMENT = 2000
"""Every finding in a statement shows it before and after its edit: a minified line with thousands would be a gigabyte."""


class Detection(NamedTuple):
    """All findings, sorted by place, and what the suppression comments themselves got wrong."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]


def build_findings(
    root: Path,
    program: Program,
    hits: Sequence[Hit],
    with_edits: bool = True,
    honoured: tuple[str, ...] = (),
    workers: int = 1,
) -> Detection:
    """Quote each hit in its file. Files are read once more, only those that have a hit; by that many processes.

    `honoured` are words with which comments of another tool begin: they dismiss findings like our own. Edits need a
    concrete syntax tree, which takes longer to load than a small repository to scan: `with_edits` is false where nobody
    sees them.
    """
    with_hits: dict[str, list[Hit]] = {path: list(group) for path, group in groupby(hits, key=lambda hit: hit.path)}
    paths = [path for path, facts in program.files.items() if path in with_hits or facts.has_suppressions]
    runs = in_runs(paths, len(hits) // HITS_OF_A_PART)
    drafter = _Drafter(root, program, with_hits, with_edits, honoured)
    parts = share_out([partial(drafter.of_files, run) for run in runs], workers)
    findings = tuple(finding for part in parts for finding in part.findings)
    return Detection(findings, tuple(problem for part in parts for problem in part.problems))


class _Drafter(NamedTuple):
    """What it takes to quote the hits of any file."""

    root: Path
    program: Program
    hits: Mapping[str, list[Hit]]
    with_edits: bool
    honoured: tuple[str, ...]

    def of_files(self, paths: Iterable[str]) -> Detection:
        """The findings of some files."""
        findings: list[Finding] = []
        problems: list[Problem] = []
        for path in paths:
            facts, own = self.program.files[path], self.hits.get(path, [])
            source = load_source(self.root, facts)
            seen: Counter[str] = Counter()
            quoted: dict[Span, str] = {}
            drafts = [_draft(hit, source, facts, self.program, seen, quoted) for hit in own]
            if self.with_edits and facts.python is not None:
                drafts = [
                    draft if draft.severity == "info" else draft._replace(edit=_edit(hit, source))
                    for hit, draft in zip(own, drafts, strict=True)
                ]
            if facts.has_suppressions:
                drafts, wrong = _suppress(path, facts, source, own, drafts)
                problems.extend(wrong)
            if self.honoured:
                drafts = _dismissed(facts, source, own, drafts, self.honoured)
            findings.extend(drafts)
        return Detection(tuple(findings), tuple(problems))


def _draft(
    hit: Hit, source: SourceText, facts: FileFacts, program: Program, seen: Counter[str], quoted: dict[Span, str]
) -> Finding:
    rule = hit.rule
    severity = rule.severity
    if hit.guard.has_other_way and SEVERITIES.index(rule.guarded_severity) < SEVERITIES.index(severity):
        severity = rule.guarded_severity
    elif hit.overridable or hit.is_passed_on:
        severity = "info"
    if source.is_minified(hit.statement):
        snippet = source.statement(hit.statement, hit.span.column)
    else:
        snippet = quoted.setdefault(hit.statement, "") or source.statement(hit.statement)
        quoted[hit.statement] = snippet
    span, statement, cell, file_line = hit.span, hit.statement, None, None
    if facts.cells:
        placed = source.place_in_cell(span.line)
        if placed is not None:
            offset = placed[0].first_line - 1
            span, statement = _shifted(span, offset), _shifted(statement, offset)
            cell = placed[0].number
            lines = placed[0].file_lines
            file_line = lines[span.line - 1] if 0 < span.line <= len(lines) else None
    return Finding(
        rule_id=rule.id,
        family=rule.family,
        capability=rule.capability,
        severity=severity,
        confidence=rule.confidence,
        path=hit.path,
        span=span,
        statement=statement,
        cell=cell,
        file_line=file_line,
        symbol=hit.symbol,
        snippet=snippet,
        guarded=bool(hit.guard.words),
        guard=hit.guard.words,
        overridable=hit.overridable,
        in_tests=is_test_path(hit.path),
        origin=_placed(hit.origin, program) if hit.origin is not None else None,
        flow=tuple(_placed(step, program) for step in hit.via),
        fingerprint=_fingerprint(hit, snippet, seen),
        suppressed=None,
        edit=None,
    )


def _placed(place: Origin, program: Program) -> Origin:
    """A place where a value was written; in a notebook the line of the raw file, where it is known."""
    cell = cell_at(program.files[place.path].cells, place.line)
    if cell is None:
        return place
    inside = place.line - cell.first_line
    return Origin(place.path, cell.file_lines[inside] if cell.file_lines else inside + 1)


def editor() -> Callable[[str, Rewrite], str | None]:
    """What rewrites an expression. It takes long to load, so that is done only where an edit is made."""
    from analyzer.quote.edits import edited_expression

    return edited_expression


def _edit(hit: Hit, source: SourceText) -> Edit | None:
    """The statement before and after the rule's rewrite of the place in it."""
    rewrite = hit.rule.rewrite
    if (
        rewrite is None
        or max(hit.span.end_line, hit.statement.end_line) > len(source.lines)
        or hit.statement.end_line - hit.statement.line > LONGEST_EDITED_LINES
        or sum(len(line) for line in source.lines[hit.statement.line - 1 : hit.statement.end_line]) > LONGEST_EDITED_STATEMENT
    ):
        return None
    after = editor()(source.slice(hit.span), rewrite)
    if after is None:
        return None
    outer, inner = hit.statement, hit.span
    before = source.block(outer)
    head = source.slice(Span(outer.line, 1, inner.line, inner.column))
    tail = source.slice(Span(inner.end_line, inner.end_column, outer.end_line, len(source.lines[outer.end_line - 1]) + 1))
    return Edit(dedented(before).rstrip(), dedented(head + after + tail).rstrip(), rewrite.note, rewrite.since)


def _shifted(span: Span, lines: int) -> Span:
    return span._replace(line=span.line - lines, end_line=span.end_line - lines)


def _fingerprint(hit: Hit, snippet: str, seen: Counter[str]) -> str:
    """Identity without line numbers: rule, path, quoted text without white space, and an index among equal ones."""
    key = "\0".join((hit.rule.id, hit.path, hit.symbol, "".join(snippet.split())))
    index = seen[key]
    seen[key] += 1
    return short_digest(f"{key}\0{index}")


def _dismissed(
    facts: FileFacts, source: SourceText, hits: list[Hit], drafts: list[Finding], words: tuple[str, ...]
) -> list[Finding]:
    """The same findings; those with another tool's comment in their statement are dismissed by it."""
    from analyzer.quote.suppressions import honoured_lines

    lines = honoured_lines(source.lines, source.python if facts.python is not None else None, words)
    result = []
    for hit, draft in zip(hits, drafts, strict=True):
        beside = [line for line in range(hit.statement.line, max(hit.statement.end_line, hit.span.end_line) + 1) if line in lines]
        if beside and draft.suppressed is None:
            reason = f"`{lines[beside[0]]}` is honoured by a setting"
            result.append(draft._replace(suppressed=Suppression("ignore", reason, source.shown_line(beside[0]))))
        else:
            result.append(draft)
    return result


def _suppress(
    path: str, facts: FileFacts, source: SourceText, hits: list[Hit], drafts: list[Finding]
) -> tuple[list[Finding], list[Problem]]:
    """Apply the comments of a file; blanket and unused ones are reported. In a notebook a comment speaks for its cell."""
    from analyzer.quote.suppressions import SuppressionTable, read_suppressions  # most files have none

    comments = read_suppressions(source.lines, source.python if facts.python is not None else None)
    table = SuppressionTable(comments)
    result = []
    for hit, draft in zip(hits, drafts, strict=True):
        first, last = hit.statement.line, max(hit.statement.end_line, hit.span.end_line)
        comment = table.find(hit.rule.id, first, last, not source.begins_cell(first))
        if comment is None:
            result.append(draft)
            continue
        kind = "todo" if comment.kind == "todo" else "ignore"
        result.append(draft._replace(suppressed=Suppression(kind, comment.reason, source.shown_line(comment.line))))
    problems = [
        Problem(path, "blanket-suppression", f"`offramp: {comment.kind}` names no rule", source.file_line(comment.line))
        for comment in comments
        if not comment.rules
    ]
    problems.extend(
        Problem(
            path,
            "unused-suppression",
            f"nothing to suppress for {', '.join(comment.rules) or 'any rule'}",
            source.file_line(comment.line),
        )
        for comment in table.unused()
    )
    return result, problems
