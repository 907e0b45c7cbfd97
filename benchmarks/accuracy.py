"""Precision and recall of Offramp beside semgrep and text searches, on the same hand-made labels, for every repository.

usage: python benchmarks/accuracy.py --checkouts FOLDER [--semgrep COMMAND] [--write docs/accuracy.md --write README.md]

FOLDER holds a plain checkout for every file of benchmarks/labels, under that file's name and at the commit that
benchmarks/labels/README.md says; a checkout at another commit is refused, label by label, and not scored. Semgrep is no
dependency: install it into an environment of its own (`pip install semgrep`) and say where its command is.

`--write` puts the tables between the marks `<!-- accuracy: NAME -->` and `<!-- accuracy: end -->` of a Markdown file; the
names are summary, labels, controls and torture.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from contestants import Contestant, Result, best_parse_seconds, contestants, measured
from score_labels import Checkout, Label, Place, Score, Statement, read_labels, score, share
from tables import NOT_RUN, NOTHING, note, table, write_into

HERE = Path(__file__).resolve().parent
LABELS = HERE / "labels"
TORTURE = HERE.parent / "fixtures" / "torture"
CONTROLS = ("click", "flask", "requests")
LABELS_SHOWN = 10
TIE, NO_TIE = "# tie", "# no tie"


@dataclass(frozen=True, slots=True)
class Measurement:
    """A contestant on a repository; nothing where it was not run."""

    contestant: str
    score: Score | None = None
    times_of_parsing: float | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """What was measured on a repository, or why nothing was."""

    name: str
    measurements: tuple[Measurement, ...] = ()
    problem: str = ""


def measure(name: str, root: Path, labels: list[Label], runners: tuple[Contestant, ...]) -> Repository:
    """Run every contestant on a checkout, if it is there and its labels anchor."""
    if not root.is_dir():
        return Repository(name, problem="absent")
    checkout = Checkout(root)
    loose = [label for label in labels if not checkout.is_anchored(label)]
    if loose:
        for label in loose[:LABELS_SHOWN]:
            note(f"{name}: {label.path}:{label.line} is not the line that was labelled")
        return Repository(name, problem=f"another commit: {len(loose)} of {len(labels)} labels do not anchor")
    parsing = best_parse_seconds(root)
    measurements = []
    for runner in runners:
        if runner.run is None:
            measurements.append(Measurement(runner.name))
            continue
        note(f"{name}: {runner.name}")
        result: Result = measured(runner.run, root)
        measurements.append(
            Measurement(runner.name, score(labels, result.places, checkout), share_of_time(result.cpu_seconds, parsing))
        )
    return Repository(name, tuple(measurements))


def share_of_time(seconds: float, parsing: float) -> float | None:
    """How many times as long as parsing alone, where there is anything to parse."""
    return seconds / parsing if parsing else None


def percent(value: float | None) -> str:
    """A share in whole percent."""
    return NOTHING if value is None else f"{value:.0%}".replace("%", " %")


def found(result: Score, wanted: frozenset[Statement]) -> str:
    """A recall with its counts."""
    part = len(wanted & result.loud)
    return f"{percent(share(part, len(wanted)))} ({part} of {len(wanted)})" if wanted else NOTHING


def label_table(repositories: Sequence[Repository]) -> str:
    """Every measurement, a row for each repository and contestant."""
    head = ["repository", "contestant", "must find", "core recall", "dataflow recall", "reported", "precision", "CPU"]
    rows = []
    for repository in repositories:
        if repository.problem:
            rows.append([repository.name, repository.problem, *[NOTHING] * (len(head) - 2)])
        for one in repository.measurements:
            if one.score is None:
                rows.append([repository.name, one.contestant, *[NOT_RUN] * (len(head) - 2)])
                continue
            time = NOTHING if one.times_of_parsing is None else f"{one.times_of_parsing:.1f}x"
            rows.append([
                repository.name, one.contestant, found(one.score, one.score.must), found(one.score, one.score.core),
                found(one.score, one.score.dataflow), str(one.score.reported), percent(one.score.precision), time,
            ])  # fmt: skip
    return table(head, rows)


def summary_table(repositories: Sequence[Repository], names: Sequence[str]) -> str:
    """Core recall and precision, a row for each repository that has something to find."""
    rows = []
    for repository in repositories:
        scores = [one.score for one in repository.measurements]
        core = next((len(one.core) for one in scores if one is not None), 0)
        cells = [NOT_RUN if one is None else f"{percent(one.recall(one.core))}, {percent(one.precision)}" for one in scores]
        if core or repository.problem:
            rows.append([repository.name, str(core), *(cells or [repository.problem] * len(names))])
    return table(["repository", "ties", *names], rows)


def control_table(repositories: Sequence[Repository], names: Sequence[str]) -> str:
    """What is reported in repositories that have nothing to do with CUDA."""
    rows = [
        [repository.name, *(NOT_RUN if one.score is None else str(len(one.score.alarms)) for one in repository.measurements)]
        if repository.measurements
        else [repository.name, *[repository.problem] * len(names)]
        for repository in repositories
    ]
    return table(["repository without CUDA", *names], rows)


def marked_lines(case: Path, mark: str) -> list[tuple[str, int]]:
    """The lines of a torture case that end in a mark."""
    return [
        (path.relative_to(case).as_posix(), number)
        for path in sorted(case.rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").split("\n"), 1)
        if line.rstrip().endswith(mark)
    ]


def verdict(places: list[Place], ties: list[tuple[str, int]], others: list[tuple[str, int]]) -> str:
    """Whether a contestant reported the tie of a case, or kept silent where there is none."""
    loud = {(place.path, line) for place in places if place.is_loud for line in range(place.line, place.end_line + 1)}
    if ties:
        return "hit" if loud.issuperset(ties) else "miss"
    return "alarm" if loud.intersection(others) else "silent"


def torture_table(folder: Path, runners: tuple[Contestant, ...]) -> str:
    """Small hard cases of our own: every folder is a repository with one tie, or with lines that are none."""
    rows = []
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        ties, others = marked_lines(case, TIE), marked_lines(case, NO_TIE)
        note(f"torture: {case.name}")
        answers = [NOT_RUN if one.run is None else verdict(one.run(case), ties, others) for one in runners]
        rows.append([case.name.replace("-", " "), "a tie" if ties else "no tie", *answers])
    rows.sort(key=lambda row: (row[1], row[0]))
    return table(["case", "is", *(one.name for one in runners)], rows)


def main() -> None:
    """Measure everything and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkouts", required=True, type=Path, help="holds a checkout for every label file")
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--semgrep", help="path of the semgrep command")
    parser.add_argument("--controls", default=",".join(CONTROLS), help="repositories without CUDA, by name")
    parser.add_argument("--torture", type=Path, default=TORTURE, help="folder of torture cases")
    parser.add_argument("--write", type=Path, action="append", default=[], help="a Markdown file with marks; repeatable")
    options = parser.parse_args()
    runners = contestants(options.semgrep)
    names = [one.name for one in runners]
    controls = [name for name in options.controls.split(",") if name]
    labelled = [
        measure(path.stem, options.checkouts / path.stem, read_labels(path), runners)
        for path in sorted(options.labels.glob("*.csv"))
        if path.stem not in controls
    ]
    free = [measure(name, options.checkouts / name, [], runners) for name in controls]
    tables = {
        "summary": summary_table(labelled, names),
        "labels": label_table(labelled),
        "controls": control_table(free, names),
        "torture": torture_table(options.torture, runners),
    }
    print("\n\n".join(tables.values()))
    write_into(options.write, tables, "accuracy")


if __name__ == "__main__":
    main()
