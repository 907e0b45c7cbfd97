"""Places second opinions into a repository: for which entry point and targets each speaks, and whether it is of this source."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from analyzer.discover.git import Git
from analyzer.discover.raw_files import read_regular
from analyzer.knowledge.operators import operator_book, table_of
from analyzer.knowledge.opinion_kinds import load_opinion_kinds
from analyzer.link.program import Program
from analyzer.model.counted import counted
from analyzer.model.effort import EntryPoint, TargetAssessment
from analyzer.model.errors import UserInputError
from analyzer.model.opinion import WEAK_OUTCOMES, Measured, Opinion, Quote, SecondOpinion
from analyzer.operators.knowledge import status_of

INSTALLED = re.compile(r"[/\\](?:site-packages|dist-packages|lib[/\\]python[\d.]+)[/\\]")
"""What lies there belongs to a library, wherever the repository was when the file was made."""
REVISION = re.compile(r"[0-9a-f]{7,64}")
LARGEST_SOURCE_BYTES = 5_000_000
MODEL_KINDS = ("model", "part")
MOST_DISAGREEMENTS = 20


class Sources:
    """The lines of the repository's files, each file read once, and which of them a path of another machine means."""

    def __init__(self, root: Path, program: Program) -> None:
        self.root = root
        self.program = program
        self.by_name: dict[str, list[str]] = {}
        for path, _ in program.python_files():
            self.by_name.setdefault(path.rpartition("/")[2], []).append(path)
        self.known: dict[str, list[str]] = {}

    def find(self, quoted: str) -> str:
        """The file whose whole path below the root ends the quoted one; the longest; "" where there is none."""
        if INSTALLED.search(quoted):
            return ""
        plain = "/" + quoted.replace("\\", "/")
        found = [path for path in self.by_name.get(plain.rpartition("/")[2], ()) if plain.endswith(f"/{path}")]
        return max(found, key=len, default="")

    def lines(self, path: str) -> list[str]:
        """The lines of a file; none where it cannot be read."""
        if path not in self.known:
            text = b""
            with suppress(OSError):
                text = read_regular(self.root / path, LARGEST_SOURCE_BYTES)
            self.known[path] = text.decode("utf-8", "replace").splitlines()
        return self.known[path]


def place_opinions(
    root: Path, program: Program, opinions: Iterable[Opinion], entry_points: Mapping[str, tuple[EntryPoint, ...]]
) -> tuple[SecondOpinion, ...]:
    """Place opinions; `entry_points` are those of each target. Raises `UserInputError` for an opinion on other source."""
    sources = Sources(root, program)
    return tuple(_placed(root, sources, opinion, entry_points) for opinion in opinions)


def _placed(root: Path, sources: Sources, opinion: Opinion, entry_points: Mapping[str, tuple[EntryPoint, ...]]) -> SecondOpinion:
    kind = load_opinion_kinds().kinds[opinion.kind]
    targets = tuple(target for target in entry_points if any(fnmatchcase(target, pattern) for pattern in kind.targets))
    points = {point.symbol: point for of_target in entry_points.values() for point in of_target}
    same = "; ".join(part for part in (same_revision(root, opinion), same_lines(sources, opinion)) if part)
    symbol, remark = entry_point_of(sources, opinion, points)
    placed = SecondOpinion(
        opinion=opinion._replace(notes=(*opinion.notes, *((remark,) if remark else ()))),
        title=kind.title,
        entry_point=symbol,
        targets=targets,
        same_source=same
        or "the file names no revision and quotes no line of this repository: whether it is of this source is not known",
        disagreements=(),
        reference=f"{kind.reference} ({kind.as_of})",
    )
    found = [*disagreeing_points(placed, entry_points), *disagreeing_operators(placed)]
    return placed._replace(disagreements=tuple(found[:MOST_DISAGREEMENTS]))


def same_revision(root: Path, opinion: Opinion) -> str:
    """What the revision in the file says. Raises `UserInputError` where it is another than that of the repository."""
    named = opinion.revision.strip().lower()
    if not named:
        return ""
    if not REVISION.fullmatch(named):
        raise UserInputError(opinion.file, opinion.revision_key, f"is {opinion.revision[:80]!r}, must be the id of a commit")
    head = None
    with suppress(UserInputError):
        head = Git(root).try_text("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head is None:
        return f"made for commit {named}; this folder has no commit to compare it with"
    if not head.startswith(named):
        raise UserInputError(opinion.file, opinion.revision_key, f"is {named}: made for another commit than this one, {head}")
    return f"made for this commit, {head[:12]}"


def same_lines(sources: Sources, opinion: Opinion) -> str:
    """Whether the lines that it quotes stand here. Raises `UserInputError` where one does not."""
    same = moved = 0
    for quote in opinion.quotes:
        path = sources.find(quote.path)
        if not path:
            continue
        lines = sources.lines(path)
        there = lines[quote.line - 1].strip() if 0 < quote.line <= len(lines) else ""
        if quote.text and there != quote.text:
            if not any(line.strip() == quote.text for line in lines):
                reason = f"quotes line {quote.line} as {quote.text[:120]!r}, and that line is not there: made from other source"
                raise UserInputError(opinion.file, path, reason)
            moved += 1
        elif not quote.text and quote.function and not _in_function(sources.program, path, quote):
            reason = f"names line {quote.line} as part of {quote.function}, and it is not: made from other source"
            raise UserInputError(opinion.file, path, reason)
        else:
            same += 1
    if not same + moved:
        return ""
    said = f"{counted(same + moved, 'line')} of this repository that it names found here"
    return said + (f", {moved} of them elsewhere in their file" if moved else "")


def _in_function(program: Program, path: str, quote: Quote) -> bool:
    scopes = program.python(path).scopes
    return not quote.function.isidentifier() or any(
        scope.qualified_name.rpartition(".")[2] == quote.function and scope.span.line <= quote.line <= scope.last_line
        for scope in scopes
        if scope.kind == "function"
    )


def entry_point_of(sources: Sources, opinion: Opinion, points: Mapping[str, EntryPoint]) -> tuple[str, str]:
    """(symbol, remark): the one that the user named, else that of the file. Raises `UserInputError` for an unknown one."""
    if opinion.asked_symbol:
        asked = opinion.asked_symbol
        found = [symbol for symbol in points if symbol == asked] or [symbol for symbol in points if symbol.endswith(f".{asked}")]
        if len(found) == 1:
            return found[0], ""
        near = difflib.get_close_matches(asked, sorted(points), n=3, cutoff=0.4)
        reason = f"means {', '.join(sorted(found)[:5])}; name one" if found else "is no model or entry point of this repository"
        raise UserInputError(opinion.file, asked, reason + (f"; near: {', '.join(near)}" if near and not found else ""))
    named = dict.fromkeys(_by_class(opinion, points)) or dict.fromkeys(_by_quotes(sources, opinion, points))
    whole = {symbol: None for symbol in named if points[symbol].kind == "model"}
    candidates = whole or named  # what quotes a part as well as the model that it is a part of is about the model
    if len(candidates) == 1:
        return next(iter(candidates)), ""
    given = f"--second-opinion {opinion.file}=SYMBOL"
    if candidates:
        return "", f"It may speak for {', '.join(sorted(candidates)[:5])}: say which with {given}"
    return "", f"For which entry point it speaks is not told in the file: say so with {given}"


def _by_class(opinion: Opinion, points: Mapping[str, EntryPoint]) -> Iterator[str]:
    models = [symbol for symbol, point in points.items() if point.kind in MODEL_KINDS]
    for name in opinion.classes:
        exact = [symbol for symbol in models if symbol == name or symbol.endswith(f".{name}")]
        last = name.rpartition(".")[2]
        yield from exact or [symbol for symbol in models if symbol.rpartition(".")[2] == last]


def _by_quotes(sources: Sources, opinion: Opinion, points: Mapping[str, EntryPoint]) -> Iterator[str]:
    """The models in whose classes lines stand that the file names."""
    at = {(point.path, point.line): symbol for symbol, point in points.items() if point.kind in MODEL_KINDS}
    for quote in opinion.quotes:
        path = sources.find(quote.path)
        if path:
            classes = [
                scope
                for scope in sources.program.python(path).scopes
                if scope.kind == "class" and scope.span.line <= quote.line <= scope.last_line
            ]
            if classes and (path, classes[-1].span.line) in at:
                yield at[path, classes[-1].span.line]


def outcome_on(placed: SecondOpinion, target: str) -> tuple[str, str]:
    """(outcome, detail) on a target: for an ONNX model its execution provider decides, with that of the CPU behind it."""
    opinion = placed.opinion
    wanted = load_opinion_kinds().providers.get(target, ())
    rows = [item for item in opinion.providers if item.name in wanted]
    if opinion.kind != "onnx-model" or target == "onnxruntime" or not rows:
        return opinion.outcome, opinion.detail
    best = min(rows, key=lambda item: (len(item.without_kernel) + len(item.not_in_table), item.name, item.version))
    missing = dict((*best.without_kernel, *best.not_in_table))
    refused = [item for item in opinion.operators if item.status == "unsupported"]
    lost = [item.name for item in refused if item.name in missing or item.detail.startswith(("opset", "its domain"))]
    if lost:
        return "fails", f"neither {best.name} nor the CPU has a kernel for {', '.join(lost[:8])}"
    if not missing:
        return "converts", f"{best.name} {best.version} has a kernel for every operator; types and shapes decide too; not run here"
    nodes, total = sum(missing.values()), sum(item.sites for item in opinion.operators)
    names = ", ".join(sorted(missing)[:8])
    return (
        "converts",
        f"{nodes} of {counted(total, 'node')} without a kernel in {best.name} {best.version}, left to the CPU: {names}",
    )


def is_disagreement(prediction: str, outcome: str) -> bool:
    """Whether what was measured contradicts what was predicted; `unknown` contradicts nothing."""
    if outcome == "fails":
        return prediction == "runs"
    return prediction in ("needs_changes", "blocked") and outcome not in WEAK_OUTCOMES


def disagreeing_points(placed: SecondOpinion, entry_points: Mapping[str, tuple[EntryPoint, ...]]) -> Iterator[str]:
    """A sentence for each target on which prediction and measurement differ."""
    for target in placed.targets:
        outcome, detail = outcome_on(placed, target)
        for point in entry_points[target]:
            if point.symbol == placed.entry_point and is_disagreement(point.prediction, outcome):
                yield f"{target}: {point.symbol} was predicted as {point.prediction}, and the measurement says {outcome}: {detail}"


def disagreeing_operators(placed: SecondOpinion) -> Iterator[str]:
    """A sentence for each operator that the tables and the measurement judge differently."""
    for table in dict.fromkeys(table_of(target) for target in placed.targets):
        book = operator_book(table) if table else None
        if book is None or placed.opinion.kind == "onnx-model":
            continue  # these tables are not about operators of ONNX
        for item in placed.opinion.operators:
            said = status_of(book, item.name)[0]
            if {said, item.status} == {"supported", "unsupported"}:
                yield f"{table}: {item.name} is {said} by the tables and {item.status} by the measurement" + (
                    f" ({item.detail})" if item.detail else ""
                )


def with_measurements(assessment: TargetAssessment, placed: Iterable[SecondOpinion]) -> TargetAssessment:
    """An assessment whose entry points have what was measured beside what was predicted."""
    target = assessment.target_id
    speaking = [item for item in placed if target in item.targets and item.entry_point]
    if not speaking:
        return assessment
    points = tuple(
        replace(point, measured=tuple(_measured(item, target, point) for item in speaking if item.entry_point == point.symbol))
        for point in assessment.entry_points
    )
    return replace(assessment, entry_points=points)


def _measured(placed: SecondOpinion, target: str, point: EntryPoint) -> Measured:
    outcome, detail = outcome_on(placed, target)
    return Measured(placed.opinion.file, outcome, detail, is_disagreement(point.prediction, outcome))
