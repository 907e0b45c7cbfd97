"""The accuracy benchmark: its scorer on cases counted by hand, its labels, its command line, and the published tables."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from accuracy import TORTURE, marked_lines, percent, summary_table, verdict
from contestants import HOOK, TEXT_SEARCH, WIDE_TEXT_SEARCH, contestants, searched, texts_of
from score_labels import Checkout, Label, Place, in_scope, places_of_report, read_labels, score
from tables import written

ROOT = Path(__file__).parents[2]
LABELS = ROOT / "benchmarks" / "labels"
PAGE = (ROOT / "docs" / "accuracy.md").read_text("utf-8")
README = (LABELS / "README.md").read_text("utf-8")

TRAIN = """\
import torch


@torch.jit.script
def train(model, loader):
    model.to(
        "cuda",
    )
    for batch in loader:
        batch = batch.to("cuda")
        with torch.autocast("cuda"):
            model(batch).backward()
    torch.cuda.synchronize()
    print("done")
"""


def label(path: str, line: int, severity: str = "minor", **other: object) -> Label:
    known = {"category": "device-api", "needs_dataflow": False, "note": "", "text_sha": ""}
    return Label(path=path, line=line, severity=severity, **{**known, **other})  # type: ignore[arg-type]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    (tmp_path / "train.py").write_text(TRAIN)
    (tmp_path / "run.sh").write_text("nvidia-smi\npython train.py\n")
    (tmp_path / "scale.cu").write_text("\n// kernels\n__global__ void scale(float* x) {}\n")
    cells = [
        {"cell_type": "markdown", "source": "CUDA"},
        {"cell_type": "code", "source": ["%pip install torch\n", "x.cuda(\n", ")\n"]},
    ]
    (tmp_path / "explore.ipynb").write_text(json.dumps({"cells": cells}))
    return Checkout(tmp_path)


def test_a_statement_is_met_anywhere_in_it_and_a_head_is_not_its_body(checkout: Checkout) -> None:
    assert [checkout.statement("train.py", line)[1] for line in (4, 5, 6, 7, 8)] == [4, 5, 6, 6, 6]
    assert [checkout.statement("train.py", line)[1] for line in (9, 10, 11, 12)] == [9, 10, 11, 12]
    assert [checkout.statement("run.sh", line)[1] for line in (1, 2)] == [1, 2]
    assert checkout.statement("explore.ipynb#cell1", 3) == ("explore.ipynb#cell1", 2)
    assert checkout.statement("scale.cu", 3) == checkout.statement("scale.cu", 1)


def test_recall_and_precision_counted_by_hand(checkout: Checkout) -> None:
    labels = [
        label("train.py", 7),  # met by its statement's first line
        label("train.py", 10, needs_dataflow=True),  # missed
        label("train.py", 11, "info"),  # optional
        label("train.py", 13, needs_dataflow=True),  # only met as info: a miss
        label("train.py", 14, category="negative", severity=""),  # reported: a false alarm
        label("run.sh", 1, note="duplicate of another"),  # must be found, but outside the core
        label("scale.cu", 2, "blocker", note="file-level"),  # met by path
        label("explore.ipynb#cell1", 2),  # met in the cell
    ]
    places = [
        Place("train.py", 6, 8), Place("train.py", 11, 11), Place("train.py", 13, 13, is_loud=False),
        Place("train.py", 14, 14), Place("run.sh", 1, 1), Place("run.sh", 2, 2), Place("scale.cu", 3, 3),
        Place("explore.ipynb#cell1", 3, 3), Place("README.md", 1, 1),
    ]  # fmt: skip
    result = score(labels, places, checkout)
    assert (len(result.must), len(result.core), len(result.dataflow)) == (6, 4, 2)
    assert (len(result.hits), result.recall(result.core), result.recall(result.dataflow)) == (4, 0.5, 0.0)
    assert sorted(result.alarms) == [("run.sh", 2), ("train.py", 14)]
    assert (result.reported, result.precision) == (6, 4 / 6)


def test_a_span_meets_what_must_be_found_inside_it_and_raises_one_alarm_at_most(checkout: Checkout) -> None:
    result = score([label("train.py", 13)], [Place("train.py", 9, 14)], checkout)
    assert (len(result.hits), sorted(result.alarms)) == (1, [("train.py", 9)])


def test_a_core_label_outweighs_a_copy_in_the_same_statement(checkout: Checkout) -> None:
    result = score([label("train.py", 6, note="duplicate of a"), label("train.py", 7)], [], checkout)
    assert (len(result.must), len(result.core)) == (1, 1)


def test_nothing_to_find_has_no_recall(checkout: Checkout) -> None:
    result = score([], [], checkout)
    assert (result.recall(result.must), result.precision, percent(result.precision)) == (None, None, "–")


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a/b.py", True), ("n.ipynb#cell3", True), ("docker/x.Dockerfile", True), ("requirements/gpu.txt", True), ("notes.txt", False),
     ("README.md", False), ("CMakeLists.txt", True), ("ops.cpp", False), ("ops.cu", True)],
)  # fmt: skip
def test_scope(path: str, expected: bool) -> None:
    assert in_scope(path) is expected


def test_labels_hold_no_source_and_their_repositories_are_named_with_a_commit() -> None:
    commits = dict(re.findall(r"^\| (\S+) \| \S+ \| `([0-9a-f]{40})` \|", README, re.MULTILINE))
    files = sorted(LABELS.glob("*.csv"))
    assert len(files) >= 8 and {path.stem for path in files} <= set(commits)
    for path in files:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(read_labels(path)) == len(rows)
        for row in rows:
            assert None not in row and re.fullmatch(r"[0-9a-f]{10}", row["text_sha"])
            assert re.fullmatch(r"\d*", row["raw_line"]) and len(row["note"]) < 80 and len(row["resolved_api"]) < 80
            assert row["severity"] in ("blocker", "major", "minor", "info", "") and row["category"]


def test_findings_of_a_report_are_read() -> None:
    finding = {"path": "n.ipynb", "cell": 2, "line": 3, "end_line": None, "severity": "info", "rule_id": "a"}
    assert places_of_report({"findings": [finding]}) == [Place("n.ipynb#cell2", 3, 3, False, "a")]


def test_searches_skip_comments_and_read_cells(checkout: Checkout) -> None:
    assert {path for path, _ in texts_of(checkout.root)} == {"train.py", "run.sh", "scale.cu", "explore.ipynb#cell1"}
    found = {(place.path, place.line) for place in searched(checkout.root, TEXT_SEARCH, in_scope)}
    assert ("scale.cu", 2) not in found and {("run.sh", 1), ("train.py", 7), ("explore.ipynb#cell1", 2)} <= found
    assert WIDE_TEXT_SEARCH.search("x.half()") and not TEXT_SEARCH.search("x.half()")
    assert HOOK.search("cuda.empty_cache()") and not HOOK.search('device="cuda"')


def test_torture_cases_hold_a_tie_or_none() -> None:
    cases = [path for path in TORTURE.iterdir() if path.is_dir()]
    assert len(cases) >= 15
    for case in cases:
        ties, others = marked_lines(case, "# tie"), marked_lines(case, "# no tie")
        assert (len(ties) == 1) != bool(others), case.name
    assert verdict([Place("a.py", 3, 5)], [("a.py", 4)], []) == "hit"
    assert verdict([Place("a.py", 4, 4, is_loud=False)], [("a.py", 4)], []) == "miss"
    assert verdict([Place("a.py", 4, 4)], [], [("a.py", 4)]) == "alarm"
    assert verdict([], [], [("a.py", 4)]) == "silent"


def rows_of(page: str, name: str) -> list[list[str]]:
    """The cells of a marked table, head first."""
    block = re.search(rf"<!-- accuracy: {name} -->\n(.*?)\n<!-- accuracy: end -->", page, re.DOTALL)
    assert block, name
    lines = block[1].split("\n")
    assert set(lines[1]) <= set("| -")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in (lines[0], *lines[2:])]


@pytest.mark.parametrize("name", ["summary", "labels", "controls", "torture"])
def test_published_tables_are_whole(name: str) -> None:
    head, *rows = rows_of(PAGE, name)
    assert rows and all(len(row) == len(head) and all(row) for row in rows)
    names = {one.name for one in contestants(None)}
    assert names <= (set(head) if name != "labels" else {row[1] for row in rows})


def test_published_recalls_can_be_read_and_cover_every_labelled_repository() -> None:
    head, *rows = rows_of(PAGE, "labels")
    controls = {row[0] for row in rows_of(PAGE, "controls")[1:]}
    assert {row[0] for row in rows} | controls >= {path.stem for path in LABELS.glob("*.csv")}
    for row in rows:
        for column in ("must find", "core recall", "dataflow recall"):
            cell = row[head.index(column)]
            match = re.fullmatch(r"(\d+) % \((\d+) of (\d+)\)", cell)
            assert cell == "–" or (match and round(100 * int(match[2]) / int(match[3])) == int(match[1])), row
        assert re.fullmatch(r"\d+", row[head.index("reported")])
        assert re.fullmatch(r"\d+ %|–", row[head.index("precision")])
        assert re.fullmatch(r"\d+\.\dx|–", row[head.index("CPU")])


def test_the_command_scores_what_anchors_refuses_what_does_not_and_names_what_is_missing(tmp_path: Path) -> None:
    line = "model = torch.nn.Linear(2, 2).cuda()"
    head = "path,line,category,resolved_api,severity,guarded,needs_dataflow,note,text_sha,raw_line\n"
    row = f"train.py,2,device-api,Module.cuda,minor,0,0,,{hashlib.sha256(line.encode()).hexdigest()[:10]},\n"
    for name in ("here", "moved", "gone"):
        (tmp_path / "labels").mkdir(exist_ok=True)
        (tmp_path / "labels" / f"{name}.csv").write_text(head + row)
    for name, text in (("here", f"import torch\n{line}\n"), ("moved", f"import torch\n\n{line}\n")):
        (tmp_path / "checkouts" / name).mkdir(parents=True)
        (tmp_path / "checkouts" / name / "train.py").write_text(text)
    case = tmp_path / "torture" / "alias"
    case.mkdir(parents=True)
    (case / "a.py").write_text("import torch.cuda as c\nc.synchronize()  # tie\n")
    page = tmp_path / "page.md"
    page.write_text("# Page\n\n<!-- accuracy: summary -->\nold\n<!-- accuracy: end -->\n\nstays\n")
    command = [
        sys.executable, str(ROOT / "benchmarks" / "accuracy.py"), "--checkouts", str(tmp_path / "checkouts"), "--labels",
        str(tmp_path / "labels"), "--torture", str(tmp_path / "torture"), "--controls", "plain", "--write", str(page),
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "| here | 1 | 100 %, 100 % | not run | 100 %, 100 % | 100 %, 100 % | 100 %, 100 % |" in result.stdout
    assert "| here | Offramp | 100 % (1 of 1) | 100 % (1 of 1) | – | 1 | 100 % |" in result.stdout
    assert "| moved | another commit: 1 of 1 labels do not anchor |" in result.stdout
    assert "moved: train.py:2 is not the line that was labelled" in result.stderr
    assert "| gone | absent |" in result.stdout and "| plain | absent |" in result.stdout
    assert "| alias | a tie | hit | not run | miss | miss | miss |" in result.stdout
    assert len(rows_of(page.read_text(), "summary")) == 4
    assert page.read_text().endswith("<!-- accuracy: end -->\n\nstays\n") and "old" not in page.read_text()


def test_only_marked_places_are_written() -> None:
    assert (
        written("a\n<!-- accuracy: x -->\nold\n<!-- accuracy: end -->\n", {"x": r"\1", "y": "z"}, "accuracy").split("\n")[2]
        == r"\1"
    )
    assert summary_table([], ["Offramp"]).count("\n") == 1
