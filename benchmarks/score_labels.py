"""Score a JSON report against hand-made labels of what ties a repository to CUDA (see benchmarks/labels/README.md).

usage: python benchmarks/score_labels.py LABELS.csv REPORT.json CHECKOUT [--show 20]

A label and a report meet where they stand in one statement (Python, notebook cells) or on one line (all other files);
CUDA sources meet by path. A label must be found unless it is negative or its severity is info; an info label is neither
a miss nor a false alarm, and every place in scope that nothing labels is a false alarm if it is reported above info.
"""

from __future__ import annotations

import argparse
import ast
import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

CUDA_SOURCES = (".cu", ".cuh")
SCOPE_SUFFIXES = frozenset(
    {".py", ".pyx", ".ipynb", ".sh", ".bat", ".ps1", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".lock", ".in", ".pbtxt",
     ".cmake", ".json", *CUDA_SOURCES}
)  # fmt: skip
SCOPE_NAMES = ("Dockerfile", "Makefile", "makefile")
UNSCORED_CATEGORIES = frozenset({"unsupported-op-inference"})  # labelled with low recall, by the labelling rules
OUTSIDE_THE_CORE = ("kernel-body", "file-level", "duplicate of")
LONGEST_SPAN = 200
MAGIC = ("%", "!")

Statement = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Label:
    """A row of a label file. A notebook's path ends in `#cell<N>`, and its line counts inside that cell."""

    path: str
    line: int
    category: str
    severity: str
    needs_dataflow: bool
    note: str
    text_sha: str

    @property
    def is_optional(self) -> bool:
        """Neither a miss nor a false alarm."""
        return self.severity == "info" or self.category in UNSCORED_CATEGORIES

    @property
    def is_core(self) -> bool:
        """Counts on its own: not a line of a kernel's body, not a whole file, no copy of another label."""
        return not self.note.startswith(OUTSIDE_THE_CORE)


@dataclass(frozen=True, slots=True)
class Place:
    """Something that was reported; `is_loud` means above info."""

    path: str
    line: int
    end_line: int
    is_loud: bool = True
    what: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Statements: labelled ones that must be found, those that were, and those reported without a label."""

    must: frozenset[Statement]
    core: frozenset[Statement]
    dataflow: frozenset[Statement]
    loud: frozenset[Statement]
    alarms: frozenset[Statement]

    @property
    def hits(self) -> frozenset[Statement]:
        """What had to be found and was."""
        return self.must & self.loud

    @property
    def reported(self) -> int:
        """Statements that the report counts for: optional ones are left out."""
        return len(self.hits) + len(self.alarms)

    @property
    def precision(self) -> float | None:
        """Share of the reported statements that are labelled."""
        return share(len(self.hits), self.reported)

    def recall(self, wanted: frozenset[Statement]) -> float | None:
        """Share of the wanted statements that were reported above info."""
        return share(len(wanted & self.loud), len(wanted))


def share(part: int, whole: int) -> float | None:
    """A fraction, or None where there is nothing to take a share of."""
    return part / whole if whole else None


def in_scope(path: str) -> bool:
    """Whether the labelling rules cover a file; `path` may name a cell."""
    name = path.rsplit("/", 1)[-1].split("#", 1)[0]
    if name.endswith(".txt"):
        return name == "CMakeLists.txt" or "requirements" in path
    return PurePosixPath(name).suffix in SCOPE_SUFFIXES or name.startswith(SCOPE_NAMES) or ".Dockerfile" in name


def read_labels(path: Path) -> list[Label]:
    """The rows of a label file."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Label(
                row["path"], int(row["line"] or 0), row["category"], row["severity"], row["needs_dataflow"] == "1",
                row["note"], row["text_sha"],
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def cells_of(notebook: str) -> Iterator[tuple[int, str, str]]:
    """Number (over all cells), kind and source of every cell; nothing where the text is no notebook."""
    try:
        cells = json.loads(notebook)["cells"]
    except (ValueError, KeyError, TypeError):
        return
    for number, cell in enumerate(cells):
        source = cell.get("source", "")
        yield number, cell.get("cell_type", ""), "".join(source) if isinstance(source, list) else source


def without_magic(cell: str) -> str:
    """A cell as Python: lines for IPython or a shell become `pass`, so that line numbers stay."""
    return "\n".join("pass" if line.lstrip().startswith(MAGIC) else line for line in cell.split("\n"))


def first_lines_of_statements(source: str) -> dict[int, int]:
    """The first line of the statement, or of the compound statement's head, that holds a line."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return {}
    owner: dict[int, int] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        last = node.end_lineno or node.lineno
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
            for decorator in getattr(node, "decorator_list", ()):
                for line in range(decorator.lineno, (decorator.end_lineno or decorator.lineno) + 1):
                    owner[line] = decorator.lineno
            inner = getattr(body[0], "decorator_list", None) or body
            last = max(node.lineno, inner[0].lineno - 1)
        for line in range(node.lineno, last + 1):
            owner.setdefault(line, node.lineno)
    return owner


class Checkout:
    """The files that a label file speaks of, each read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[str, str] = {}
        self._owners: dict[str, dict[int, int]] = {}

    def text(self, path: str) -> str:
        """A file or a cell; empty where there is none."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> str:
        name, _, cell = path.partition("#cell")
        try:
            text = (self.root / name).read_text("utf-8", "replace")
        except OSError:
            return ""
        if not cell:
            return text
        return next((source for number, _, source in cells_of(text) if number == int(cell)), "")

    def statement(self, path: str, line: int) -> Statement:
        """What a label or a report at this place speaks of."""
        name, _, cell = path.partition("#cell")
        if name.endswith(CUDA_SOURCES):
            return path, 0
        if path not in self._owners:
            text = self.text(path)
            is_python = bool(cell) or name.endswith((".py", ".pyi"))
            self._owners[path] = first_lines_of_statements(without_magic(text) if cell else text) if is_python else {}
        return path, self._owners[path].get(line, line)

    def is_anchored(self, label: Label) -> bool:
        """Whether the labelled line still says what it said when it was labelled."""
        lines = self.text(label.path).split("\n")
        line = lines[label.line - 1] if 1 <= label.line <= len(lines) else ""
        return hashlib.sha256(line.strip()[:200].encode()).hexdigest()[:10] == label.text_sha


def score(labels: Iterable[Label], places: Iterable[Place], checkout: Checkout) -> Score:
    """Compare what was reported with what is labelled."""
    must: dict[Statement, Label] = {}
    optional: set[Statement] = set()
    for label in labels:
        statement = checkout.statement(label.path, label.line)
        if label.category == "negative":
            continue
        if label.is_optional:
            optional.add(statement)
        elif statement not in must or (label.is_core and not must[statement].is_core):
            must[statement] = label
    loud: set[Statement] = set()
    for place in places:
        if not place.is_loud:
            continue
        loud.add(checkout.statement(place.path, place.line))
        last = min(max(place.end_line, place.line), place.line + LONGEST_SPAN)
        inside = (checkout.statement(place.path, line) for line in range(place.line, last + 1))
        loud.update(statement for statement in inside if statement in must)
    core = frozenset(statement for statement, label in must.items() if label.is_core)
    return Score(
        frozenset(must),
        core,
        frozenset(statement for statement in core if must[statement].needs_dataflow),
        frozenset(loud),
        frozenset(statement for statement in loud if statement not in must.keys() | optional and in_scope(statement[0])),
    )


def places_of_report(report: dict[str, object]) -> list[Place]:
    """The findings of a JSON report of Offramp."""
    findings = report["findings"]
    assert isinstance(findings, list)
    places = []
    for finding in findings:
        path = finding["path"] if finding.get("cell") is None else f"{finding['path']}#cell{finding['cell']}"
        line = int(finding.get("line") or 0)
        end_line = int(finding.get("end_line") or line)
        places.append(Place(path, line, end_line, finding["severity"] != "info", finding["rule_id"]))
    return places


def main() -> None:
    """Score one report and list its misses and false alarms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("report", type=Path)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--show", type=int, default=0, help="list this many misses and false alarms")
    options = parser.parse_args()
    checkout = Checkout(options.checkout)
    labels = read_labels(options.labels)
    loose = [label for label in labels if not checkout.is_anchored(label)]
    if loose:
        parser.exit(2, f"{len(loose)} of {len(labels)} labels do not anchor: the checkout is at another commit\n")
    places = places_of_report(json.loads(options.report.read_text("utf-8")))
    result = score(labels, places, checkout)
    recalls = {"all": result.must, "core": result.core, "dataflow": result.dataflow}
    for name, wanted in recalls.items():
        print(f"{name}: {len(wanted & result.loud)} of {len(wanted)} found")
    print(f"reported: {result.reported}, of which {len(result.alarms)} false alarms")
    for path, line in sorted(result.core - result.loud)[: options.show]:
        print(f"missed {path}:{line}")
    for path, line in sorted(result.alarms)[: options.show]:
        what = {place.what for place in places if checkout.statement(place.path, place.line) == (path, line)}
        print(f"false alarm {path}:{line} {', '.join(sorted(what))}")


if __name__ == "__main__":
    main()
