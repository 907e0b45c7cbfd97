"""The gate: which ties to CUDA are new, against a baseline, an earlier revision, or nothing at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from analyzer.detect.baseline import BaselineMatch, debt, is_quiet, match_baseline
from analyzer.detect.baseline_file import read_baseline
from analyzer.detect.policy import Policy, check_policy, under_policy
from analyzer.discover.files import DiscoverySettings
from analyzer.discover.states import State, WorkTree
from analyzer.facts.extract import Progress, no_progress
from analyzer.knowledge.rules import RuleBook
from analyzer.model.baseline import Baseline
from analyzer.model.counted import counted
from analyzer.model.errors import UserInputError
from analyzer.model.finding import Finding
from analyzer.model.gate import GateVerdict
from analyzer.model.named_tuple import NamedTuple
from analyzer.scan import Scan, scan_files, scan_repository

MOST_SHOWN = 5
MOST_FILES_ALONE = 100
"""Up to so many named files are looked at by themselves; more are read together with the rest of the repository."""


class GateRequest(NamedTuple):
    """What to look at, and what to hold it against."""

    root: Path
    as_of: str
    """The day on which expiry dates are judged, as `2026-11-24`."""
    files: tuple[str, ...] | None = None
    """POSIX paths of files or folders below the root; None for all."""
    discovery: DiscoverySettings = DiscoverySettings()
    policy: Policy = Policy()
    honoured: tuple[str, ...] = ()
    baseline_file: Path | None = None
    diff_base: str | None = None
    staged: bool = False
    whole: bool = False
    """Read the rest of the repository too where only some files are named."""
    ratchet: bool = False
    with_edits: bool = False
    workers: int = 0


def check(request: GateRequest, progress: Progress = no_progress) -> tuple[GateVerdict, RuleBook]:
    """Look at what is asked for. Raises `UserInputError`."""
    if request.ratchet and request.baseline_file is None:
        raise UserInputError("--ratchet", "", "needs a baseline: `offramp baseline write` makes one")
    remarks: list[str] = []
    with _state(request, remarks) as (state, files):
        is_partial = files is not None and len(files) <= MOST_FILES_ALONE and not request.whole and request.diff_base is None
        scan = _scan(request, state, files if is_partial else None, progress)
        check_policy(request.policy, scan.book)
        looked_at = _looked_at(scan, files)
        findings, left_out = under_policy((f for f in scan.detection.findings if f.path in looked_at), request.policy)
        baseline = _baseline(request, state)
        match = _held_against_baseline(request, baseline, findings, looked_at, scan, is_partial)
        since = None if request.diff_base is None else _since(request, request.diff_base, state, scan, findings, progress)
    new = match.new if since is None else tuple(finding for finding in match.new if finding in since.fresh)
    gone = None if is_partial else sum(entry.times for entry in match.gone) if since is None else since.gone
    fresh = set(new)
    return GateVerdict(
        new=new,
        tainted=frozenset() if since is None else since.tainted,
        known=tuple(f for f in findings if f not in fresh and not is_quiet(f)),
        quiet=tuple(f for f in findings if f not in fresh and is_quiet(f)),
        gone=gone,
        expired=sum(entry.times for entry in match.expired),
        left_out=left_out,
        compared_with=" and ".join(filter(None, (request.baseline_file.name if request.baseline_file else "", request.diff_base))),
        problems=tuple(problem for problem in scan.coverage.problems if problem.path in looked_at),
        remarks=(*remarks, *(since.remarks if since is not None else ())),
        broken=_broken_promises(baseline, match, since) if request.ratchet and not is_partial else (),
        is_partial=is_partial,
    ), scan.book


# ---- what is looked at -----------------------------------------------------------------------------------------------


@contextmanager
def _state(request: GateRequest, remarks: list[str]) -> Iterator[tuple[State, tuple[str, ...] | None]]:
    """The state to look at, and the files in it; of what is staged, those that the next commit changes, unless named."""
    if not request.staged:
        yield WorkTree(request.root), request.files
        return
    from tempfile import TemporaryDirectory

    from analyzer.discover.git import Git
    from analyzer.discover.staged import StagedTree

    git = Git(request.root)
    blobs, conflicts = git.staged()
    if conflicts:
        remarks.append(
            f"{counted(len(conflicts), 'file is', 'files are')} in conflict, and so not staged: {', '.join(conflicts[:MOST_SHOWN])}"
        )
    files = request.files
    if files is None and request.diff_base is None:
        files = tuple(sorted(git.changed_in_index()))
    with TemporaryDirectory(prefix="offramp-") as folder:
        yield StagedTree(git, blobs, Path(folder), request.discovery.largest_file_bytes), files


def _scan(request: GateRequest, state: State, files: Collection[str] | None, progress: Progress) -> Scan:
    if files is not None:
        return scan_files(state, files, request.discovery, progress, request.with_edits, request.honoured)
    state.provide_all()
    return _scan_all(request, state.root, progress, request.with_edits)


def _scan_all(request: GateRequest, root: Path, progress: Progress, with_edits: bool) -> Scan:
    from analyzer.cache.store import opened_store

    with opened_store() as store:
        return scan_repository(root, request.discovery, request.workers, progress, with_edits, request.honoured, store)


def _looked_at(scan: Scan, files: Collection[str] | None) -> frozenset[str]:
    """The analysed files that are named, or that lie in a folder that is."""
    analysed = frozenset(file.path for file in scan.discovery.files)
    if files is None or "" in files:
        return analysed
    folders = tuple(f"{file}/" for file in files)
    return analysed & frozenset(files) | {path for path in analysed if path.startswith(folders)}


# ---- what it is held against -----------------------------------------------------------------------------------------


def _baseline(request: GateRequest, state: State) -> Baseline:
    """The baseline; the staged one where what is staged is looked at."""
    file = request.baseline_file
    if file is None:
        return Baseline()
    own = _below_root(request.root, file)
    if own and state.exists(own):
        state.provide((own,))
        return read_baseline(state.root / own)
    return read_baseline(file)


def _below_root(root: Path, file: Path) -> str:
    """The path of a file from the root, or ""."""
    try:
        return file.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return ""


def _held_against_baseline(
    request: GateRequest,
    baseline: Baseline,
    findings: tuple[Finding, ...],
    looked_at: frozenset[str],
    scan: Scan,
    is_partial: bool,
) -> BaselineMatch:
    existing = frozenset(file.path for file in scan.discovery.files)
    if is_partial:  # the rest of the repository was not listed
        tree = WorkTree(request.root)
        existing |= {path for path in {entry.path for entry in baseline.entries} if tree.exists(path)}
    return match_baseline(findings, baseline, request.as_of, looked_at, existing, is_partial)


class _Since(NamedTuple):
    """What became of the findings since a revision."""

    fresh: frozenset[Finding]
    tainted: frozenset[str]
    gone: int
    remarks: tuple[str, ...]
    debt_then: int | None
    """What the baseline held then, where it was there."""


def _since(
    request: GateRequest, revision: str, state: State, scan: Scan, findings: tuple[Finding, ...], progress: Progress
) -> _Since:
    """Look at the revision in the same way, and hold the two side by side."""
    from tempfile import TemporaryDirectory

    from analyzer.detect.revision_match import match_revision
    from analyzer.discover.git import Git
    from analyzer.discover.revision import changes_since, lay_out, take_unchanged

    git = Git(request.root)
    commit, remark = git.fork_point(revision)
    blobs = git.tree(commit)
    with TemporaryDirectory(prefix="offramp-") as folder:
        before, scratch = Path(folder) / "before", Path(folder) / "scratch"
        before.mkdir()
        scratch.mkdir()
        missing = lay_out(git, blobs, before, request.discovery.largest_file_bytes)
        lost = take_unchanged(missing, before, request.root)
        changes = changes_since(blobs, before, state.root, scan.discovery.files, scratch)
        earlier = _scan_all(request, before, progress, with_edits=False)
        own = _below_root(request.root, request.baseline_file) if request.baseline_file else ""
        debt_then = debt(read_baseline(before / own)) if own and (before / own).is_file() else None
    remarks = [remark] if remark else []
    if lost:
        shown = ", ".join(lost[:MOST_SHOWN])
        remarks.append(
            f"this partial clone lacks {counted(len(lost), 'file')} as they were, and what they held counts as new: {shown}"
        )
    match = match_revision(findings, under_policy(earlier.detection.findings, request.policy)[0], changes)
    return _Since(
        fresh=frozenset((*match.added, *match.tainted)),
        tainted=frozenset(finding.fingerprint for finding in match.tainted),
        gone=match.gone,
        remarks=tuple(remarks),
        debt_then=debt_then,
    )


def _broken_promises(baseline: Baseline, match: BaselineMatch, since: _Since | None) -> tuple[str, ...]:
    """What a ratchet demands: the count only falls, and what has gone leaves the baseline, so that it cannot come back."""
    broken = []
    gone = sum(entry.times for entry in match.gone if not entry.is_quiet)
    if gone:
        held = counted(gone, "finding that has", "findings that have")
        broken.append(f"the baseline holds {held} gone; `offramp baseline update` drops what has")
    if since is not None and since.debt_then is not None and debt(baseline) > since.debt_then:
        broken.append(
            f"the baseline holds {counted(debt(baseline), 'finding')}, {debt(baseline) - since.debt_then} more than it did then"
        )
    return tuple(broken)
