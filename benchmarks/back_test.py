"""Tests the estimates of effort against what people really changed when they ported, in public history.

usage: python benchmarks/back_test.py --histories DIR [--ports benchmarks/ports.csv] [--series benchmarks/port_series.csv]
           [--write docs/effort.md]

DIR holds git repositories with their history, bare or not, named <owner>+<repo> (or <owner>+<repo>/repo). Of each port the
files that it touches are estimated as they stood before it, within the repository as it stood then; nothing of it is run. The
rest of the repository tells which modules are its own, what tests reach and what hangs on what. For comparison the same files
are estimated alone as well. Public history knows no hours: lines changed stand for the work. So two things are tested, and no
absolute figure is:

- the order: Spearman's rank correlation between the estimate (P50) and the lines that were deleted and added;
- the width: how often the lines changed lie between P10 and P90, after the unknown number of lines in a day has been set by
  the median of all other ports (leave one out).

Only ports that changed at least 80 % of the ties in their files are judged; the others left work undone. What a target needs
whatever the code says (validation, deployment) is left out of both.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tables import note, table, write_into

from analyzer.assess.effort import estimate_work
from analyzer.assess.kernel_work import KernelWork
from analyzer.assess.purpose import purpose_of
from analyzer.assess.remediation import plan_work
from analyzer.assess.surroundings import surroundings_of
from analyzer.graph.build import build_graph
from analyzer.graph.summary import summarize_graph
from analyzer.knowledge.effort_constants import load_effort_constants
from analyzer.knowledge.targets import find_target
from analyzer.model.effort import EffortEstimate
from analyzer.scan import scan_repository
from analyzer.workload.reader import read_workload

TARGETS = ("intel-gpu", "gaudi", "trainium2", "inferentia2", "tpu", "onnxruntime")
SERIES_TARGET = "intel-gpu"
"""What most of the series ported to is nearest to it: a device that PyTorch and Triton run on."""
WHOLE_SHARE = 0.8
LARGEST_BYTES = 1_000_000
"""Of a file that is laid out: what is larger holds data."""
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Port:
    """What somebody changed: the commits, the lines, and how many of the ties that a text search finds were touched."""

    repository: str
    before: str
    commits: tuple[str, ...]
    lines: int
    ties: int
    ported: int
    author_days: int
    title: str

    @property
    def is_whole(self) -> bool:
        """Whether nearly all ties of the touched files were changed."""
        return self.ties > 0 and self.ported >= WHOLE_SHARE * self.ties


class Judged(NamedTuple):
    """A port with the estimates of its files by target: within their repository, and alone."""

    port: Port
    within: dict[str, EffortEstimate]
    alone: dict[str, EffortEstimate]


def read_ports(file: Path) -> list[Port]:
    """Single commits."""
    with file.open(newline="", encoding="utf-8") as rows:
        return [
            Port(
                row["repo"], row["parent"], (row["sha"],), int(row["deleted"]) + int(row["added"]), int(row["ties"] or 0),
                int(row["ported"] or 0), 0, row["title"],
            )
            for row in csv.DictReader(rows)
        ]  # fmt: skip


def read_series(file: Path) -> list[Port]:
    """Series of commits, with the days on which their authors committed."""
    with file.open(newline="", encoding="utf-8") as rows:
        return [
            Port(
                row["repo"], row["before"], tuple(row["commits"].split()), int(row["deleted"]) + int(row["added"]), 0, 0,
                int(row["author_days"]), row["series"],
            )
            for row in csv.DictReader(rows)
        ]  # fmt: skip


# ---- the code as it stood --------------------------------------------------------------------------------------------


def git(history: Path, *arguments: str) -> bytes:
    """What git prints."""
    return subprocess.run(["git", "--git-dir", str(history), *arguments], check=True, capture_output=True).stdout


def history_of(histories: Path, repository: str) -> Path | None:
    """The git directory of a repository, if it is there."""
    base = histories / repository.replace("/", "+")
    return next((path for path in (base / ".git", base / "repo", base) if (path / "HEAD").is_file()), None)


def touched_by(history: Path, port: Port) -> frozenset[str]:
    """The files that a port changes or deletes."""
    paths: set[str] = set()
    for commit in port.commits:
        names = git(history, "diff", "--name-only", "--no-renames", "-z", "--diff-filter=MD", f"{commit}^", commit)
        paths.update(name.decode("utf-8", "surrogateescape") for name in names.split(b"\0") if name)
    return frozenset(paths)


def lay_out(history: Path, revision: str, folder: Path, only: frozenset[str] | None = None) -> None:
    """Write the regular files of a revision, or those of `only`; what the clone lacks and what is large is left out."""
    blobs = []
    for row in git(history, "ls-tree", "-r", "-z", "--full-tree", revision).split(b"\0")[:-1]:
        fields, name = row.split(b"\t", 1)
        path = name.decode("utf-8", "surrogateescape")
        if fields.startswith(b"100") and (only is None or path in only):
            blobs.append((fields.split()[2], path))
    with tempfile.TemporaryFile() as ids, tempfile.TemporaryFile() as contents:
        ids.write(b"".join(blob + b"\n" for blob, _ in blobs))
        ids.seek(0)
        subprocess.run(
            ["git", "--git-dir", str(history), "cat-file", "--batch", "--buffer"], stdin=ids, stdout=contents, check=True
        )
        contents.seek(0)
        for _, path in blobs:
            header = contents.readline().split()
            if len(header) != 3:
                continue
            text = contents.read(int(header[2]))
            contents.seek(1, os.SEEK_CUR)
            if len(text) <= LARGEST_BYTES:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(text)


def estimates(folder: Path, touched: frozenset[str]) -> dict[str, EffortEstimate]:
    """The effort of what was found in the touched files, by target; without what is needed in any case."""
    scan = scan_repository(folder, workers=1)
    every, capabilities = scan.detection.findings, {item.id: item for item in scan.book.capabilities}
    surroundings = surroundings_of(summarize_graph(build_graph(scan.program, every, scan.inventory, False, scan.readers)))
    findings = tuple(finding for finding in every if finding.path in touched)
    constants, kernels = load_effort_constants(), KernelWork(scan.inventory)
    purpose = purpose_of(scan.program, read_workload(scan.program, scan.readers))
    found = {}
    for target_id in TARGETS:
        target = find_target(target_id)
        fixed = {item.id for item in target.fixed_work}
        work = plan_work(findings, target, capabilities, constants, purpose, kernels, surroundings)
        found[target_id] = estimate_work([item for item in work if item.id not in fixed], target_id, constants).whole
    return found


# ---- the judgement ---------------------------------------------------------------------------------------------------


def ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 0, equal values at their middle."""
    order = sorted(values)
    return [(order.index(value) + len(order) - 1 - order[::-1].index(value)) / 2 for value in values]


def spearman(left: Sequence[float], right: Sequence[float]) -> float:
    """Spearman's rank correlation: Pearson's of the ranks."""
    return statistics.correlation(ranks(left), ranks(right))


def covered(pairs: Sequence[tuple[EffortEstimate, int]]) -> float:
    """Share of ports whose lines changed lie in the band, a day's lines set by the median of all others."""
    inside = judged = 0
    for index, (estimate, lines) in enumerate(pairs):
        others = [other.p50_days / count for place, (other, count) in enumerate(pairs) if place != index and other.p50_days]
        days = lines * statistics.median(others)
        judged += 1
        inside += estimate.p10_days <= days <= estimate.p90_days
    return inside / judged


def without_each(left: Sequence[float], right: Sequence[float]) -> tuple[float, float]:
    """The lowest and the highest order where one port is left out at a time."""
    found = [spearman([*left[:index], *left[index + 1 :]], [*right[:index], *right[index + 1 :]]) for index in range(len(left))]
    return min(found), max(found)


def in_days(estimate: EffortEstimate) -> tuple[str, str]:
    """The range and the middle in words."""
    return f"{estimate.p10_days:.0f} to {estimate.p90_days:.0f}", f"{estimate.p50_days:.0f}"


def rows_of(ports: Sequence[Port], found: Sequence[dict[str, EffortEstimate]]) -> Iterator[tuple[str, ...]]:
    """For each target the order and the width, on whole ports and on all."""
    for target_id in TARGETS:
        whole = [(estimate[target_id], port.lines) for port, estimate in zip(ports, found, strict=True) if port.is_whole]
        every = [(estimate[target_id], port.lines) for port, estimate in zip(ports, found, strict=True)]
        lowest, highest = without_each([e.p50_days for e, _ in whole], [n for _, n in whole])
        yield (
            target_id,
            *(f"{spearman([e.p50_days for e, _ in pairs], [n for _, n in pairs]):.2f}" for pairs in (whole, every)),
            f"{lowest:.2f} to {highest:.2f}",
            *(f"{covered(pairs):.0%}" for pairs in (whole, every)),
        )


def main() -> None:
    """Read, estimate, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--histories", required=True, type=Path)
    parser.add_argument("--ports", type=Path, default=HERE / "ports.csv")
    parser.add_argument("--series", type=Path, default=HERE / "port_series.csv")
    parser.add_argument("--write", type=Path, action="append", default=[])
    options = parser.parse_args()
    judged = []
    for port in (*read_ports(options.ports), *read_series(options.series)):
        history = history_of(options.histories, port.repository)
        if history is None:
            note(f"{port.repository}: no history below {options.histories}, left out")
            continue
        judged.append(judged_port(history, port))
    text = "\n\n".join(tables_of(judged))
    print(text)
    write_into(options.write, {"back-test": text}, "effort")


def judged_port(history: Path, port: Port) -> Judged:
    """Both estimates of a port."""
    touched = touched_by(history, port)
    with tempfile.TemporaryDirectory() as within, tempfile.TemporaryDirectory() as alone:
        lay_out(history, port.before, Path(within))
        lay_out(history, port.before, Path(alone), touched)
        return Judged(port, estimates(Path(within), touched), estimates(Path(alone), touched))


def tables_of(judged: Sequence[Judged]) -> list[str]:
    """The tables of the document, and what stands between them."""
    single = [item for item in judged if not item.port.author_days]
    whole = [item.port for item in single if item.port.is_whole]
    ports = [item.port for item in single]
    ties = spearman([port.ties for port in whole], [port.lines for port in whole])
    head = (
        "Target", f"Order, {len(whole)} whole ports", f"Order, all {len(single)}", "Whole, one left out", "In the band, whole",
        "In the band, all",
    )  # fmt: skip
    return [
        table(head, list(rows_of(ports, [item.within for item in single]))),
        "The same files seen alone, without the rest of the repository:",
        table(head, list(rows_of(ports, [item.alone for item in single]))),
        f"For scale: the number of lines that a text search for CUDA words finds in the files has an order of {ties:.2f} on the "
        "whole ports.",
        table(
            ("Series of commits", "Lines changed", "Author-days", f"{SERIES_TARGET}, P10 to P90 in days", "P50"),
            [
                (f"{port.repository}, {port.title}", str(port.lines), str(port.author_days), *in_days(within[SERIES_TARGET]))
                for port, within, _ in judged if port.author_days
            ],
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
