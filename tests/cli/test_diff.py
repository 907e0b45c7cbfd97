"""`offramp diff`: what changed between reports, and the bounds that it guards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from markdown_it import MarkdownIt

from analyzer.cli.group import group
from analyzer.model.difference import SavedFinding, SavedReport
from analyzer.report.difference import compare, text_lines

TIED = "import torch\n\nmodel = torch.nn.Linear(1, 1).cuda()\n"
MORE = "import torch\n\n\ndef serve(x):\n    torch.cuda.synchronize()\n    return x.cuda(), torch.cuda.Stream()\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, list(map(str, arguments)))


def scanned(root: Path, files: dict[str, str], name: str, *arguments: object) -> Path:
    tree = root / "tree"
    tree.mkdir(exist_ok=True)
    for old in tree.iterdir():
        old.unlink()
    for path, text in files.items():
        (tree / path).write_text(text, "utf-8")
    report = root / name
    result = run("scan", tree, "--target", "trainium2", "--no-cache", "-q", "-o", report, *arguments)
    assert result.exit_code == 0, result.output
    return report


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    return scanned(tmp_path, {"a.py": TIED}, "old.json"), scanned(tmp_path, {"a.py": TIED, "b.py": MORE}, "new.json")


def test_it_says_what_is_new_and_how_effort_moved(two: tuple[Path, Path]) -> None:
    old, new = two
    there, back, same = run("diff", old, new), run("diff", new, old), run("diff", old, old)
    assert there.exit_code == back.exit_code == same.exit_code == 0
    assert "Fixed: none. New: 1 major, 2 minor." in there.output and "trainium2: +" in there.output
    assert "Fixed: 1 major, 2 minor. New: none." in back.output and "trainium2: -" in back.output
    assert "Fixed: none. New: none." in same.output and "±0.0 person-days" in same.output
    assert "+ major   b.py:6  cuda-stream" in there.output


def test_a_moved_file_is_no_news(tmp_path: Path) -> None:
    old = scanned(tmp_path, {"a.py": TIED}, "old.json")
    new = scanned(tmp_path, {"a.py": "\n\n# moved down\n" + TIED}, "new.json")
    assert "Fixed: none. New: none." in run("diff", old, new).output


def changes(old: Path, new: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("diff", old, new, "--format", "json").output)
    return found


def test_a_tie_that_is_written_otherwise_is_neither_fixed_nor_new(tmp_path: Path) -> None:
    old = scanned(tmp_path, {"a.py": "import torch\n\nx = torch.zeros(3).cuda()\n"}, "old.json")
    new = scanned(tmp_path, {"a.py": "import torch\n\n\ny = torch.ones(4).cuda()\n"}, "new.json")
    text = run("diff", old, new, "--fail-on", "info").output
    assert "Fixed: none. New: none." in text and "Rewritten in their file and still tied: 1 minor." in text
    (change,) = changes(old, new)["changed"]
    assert (change["before"]["line"], change["after"]["line"]) == (3, 4)
    assert run("diff", old, new, "--fail-on", "info").exit_code == 0


def test_two_for_one_is_one_new(tmp_path: Path) -> None:
    old = scanned(tmp_path, {"a.py": "import torch\n\nx = torch.zeros(3).cuda()\n"}, "old.json")
    new = scanned(tmp_path, {"a.py": "import torch\n\ny = torch.ones(4).cuda()\nz = torch.ones(5).cuda()\n"}, "new.json")
    assert "Fixed: none. New: 1 minor." in run("diff", old, new).output
    assert "Fixed: 1 minor. New: none." in run("diff", new, old).output


def test_a_file_with_another_name_is_moved(tmp_path: Path) -> None:
    old = scanned(tmp_path, {"a.py": MORE}, "old.json")
    new = scanned(tmp_path, {"b.py": MORE}, "new.json")
    text = run("diff", old, new, "--fail-on", "info").output
    assert "Fixed: none. New: none." in text and "Moved to another file: 1 major, 2 minor." in text
    quiet = [scanned(tmp_path, {name: MORE}, f"{name}.json", "--no-source") for name in ("a.py", "b.py")]
    assert "Fixed: 1 major, 2 minor. New: 1 major, 2 minor." in run("diff", *quiet).output  # without text nothing tells them


def test_thousands_that_moved_are_paired_without_holding_each_against_each(monkeypatch: pytest.MonkeyPatch) -> None:
    def report(folder: str) -> SavedReport:
        findings = tuple(
            SavedFinding(f"{folder}{n}", "memory-copy", "minor", f"{folder}/{n}.py", 1, f"x{n}.cuda()", False) for n in range(3000)
        )
        return SavedReport(folder, "tree", "2026-11-01", "1", findings, (), ())

    held = 0

    def is_same(one: SavedFinding, other: object) -> bool:
        nonlocal held
        held += 1
        return one is other

    monkeypatch.setattr(SavedFinding, "__eq__", is_same)
    difference = compare(report("old"), report("new"))
    lines = list(text_lines(difference))
    assert len(difference.changed) == 3000 and not difference.fixed and not difference.added
    assert "Moved to another file: 3,000 minor." in lines and held < 10_000


def test_a_guard_around_a_tie_is_no_fix_and_taking_it_away_is_a_new_tie(tmp_path: Path) -> None:
    bare = "import torch\n\n\ndef f(x):\n    x.cuda()\n"
    guarded = "import torch\n\n\ndef f(x):\n    if torch.cuda.is_available():\n        x.cuda()\n"
    old, new = scanned(tmp_path, {"a.py": bare}, "old.json"), scanned(tmp_path, {"a.py": guarded}, "new.json")
    text = run("diff", old, new).output
    assert "Fixed: none." in text and "Milder than before: 1 minor, now 1 info." in text
    assert run("diff", old, new, "--fail-on", "minor").exit_code == 0
    back = run("diff", new, old, "--fail-on", "minor")
    assert "More severe than before: 1 info, now 1 minor." in back.output and back.exit_code == 1


def test_a_comment_dismisses_and_fixes_nothing(tmp_path: Path) -> None:
    line = "x = torch.zeros(3).cuda()"
    old = scanned(tmp_path, {"a.py": f"import torch\n\n{line}\n"}, "old.json")
    new = scanned(tmp_path, {"a.py": f"import torch\n\n# offramp: ignore[cuda-method] timing only\n{line}\n"}, "new.json")
    assert "Fixed: none. New: none.\nDismissed by a comment, not fixed: 1." in run("diff", old, new).output
    assert "Fixed: none. New: 1 minor." in run("diff", new, old).output  # without the comment it counts again


def test_it_says_which_blocker_came_and_went(tmp_path: Path) -> None:
    driver = "import cupy\nfrom cuda import cuda\n\ncuda.cuInit(0)\n"
    old, new = scanned(tmp_path, {"a.py": TIED}, "old.json"), scanned(tmp_path, {"a.py": TIED, "b.py": driver}, "new.json")
    blockers = json.loads(new.read_bytes())["targets"]["trainium2"]["blockers"]
    assert blockers, "the fixture has no blocker any more"
    title = blockers[0]["title"]
    assert f"newly blocked by {title}" in run("diff", old, new).output
    assert f"no longer blocked by {title}" in run("diff", new, old).output


def test_reports_in_the_wrong_order_are_noticed(tmp_path: Path) -> None:
    old = scanned(tmp_path, {"a.py": TIED}, "old.json", "--as-of", "2026-10-01")
    new = scanned(tmp_path, {"a.py": TIED}, "new.json", "--as-of", "2026-11-01")
    assert "give the oldest first" in run("diff", new, old).output
    assert "give the oldest first" not in run("diff", old, new).output


def test_changes_of_code_and_of_figures_are_told_apart(tmp_path: Path) -> None:
    figures = tmp_path / "effort.toml"
    figures.write_text("[calibration.capability]\ndevice-placement = 10\n", "utf-8")
    old = scanned(tmp_path, {"a.py": TIED}, "old.json")
    new = scanned(tmp_path, {"a.py": TIED}, "new.json", "--effort", figures)
    found = json.loads(run("diff", old, new, "--format", "json").output)
    change = found["targets"]["trainium2"]
    assert change["by_code_days"] == 0 and change["by_figures_days"] > 0.3
    assert any("Figures of the effort model changed: effort.factor" in caution for caution in found["cautions"])


@pytest.mark.parametrize(
    ("bound", "says"),
    [
        (("--max-added-days", "0.1"), "more than 0.1 are allowed"),
        (("--max-added-percent", "0.5"), "more than 0.5 % are allowed"),
        (("--fail-on", "major"), "1 new finding of severity major or above"),
    ],
)
def test_bounds_fail_the_build(two: tuple[Path, Path], bound: tuple[str, str], says: str) -> None:
    result = run("diff", *two, *bound)
    assert result.exit_code == 1 and says in result.output
    assert run("diff", *two, *bound, "--exit-zero").exit_code == 0
    assert run("diff", two[1], two[0], *bound).exit_code == 0


def test_a_budget_fails_where_it_is_crossed_and_not_where_it_was_before(two: tuple[Path, Path]) -> None:
    before, after = (json.loads(file.read_bytes())["targets"]["trainium2"]["effort"]["p50_days"] for file in two)
    middle = (before + after) / 2
    assert "crosses the budget" in run("diff", *two, "--budget-days", middle).output
    assert run("diff", *two, "--budget-days", middle).exit_code == 1
    assert run("diff", *two, "--budget-days", before - 1).exit_code == 0
    assert run("diff", *two, "--budget-days", after + 1).exit_code == 0


def test_several_reports_are_a_burn_down(tmp_path: Path, two: tuple[Path, Path]) -> None:
    third = scanned(tmp_path, {"a.py": "x = 1\n"}, "third.json", "--as-of", "2027-01-02")
    lines = run("diff", *two, third).output.splitlines()
    assert lines[-1].startswith("2027-01-02") and lines[-1].split()[1:4] == ["0", "0", "0"]
    assert len([line for line in lines if line.startswith("20")]) == 3
    page = MarkdownIt("commonmark").enable("table").parse(run("diff", *two, third, "--format", "markdown").output)
    cells = [page[place + 1].content for place, token in enumerate(page) if token.type in ("th_open", "td_open")]
    assert cells.count("trainium2, P50") == 1 and {"`old.json`", "`new.json`", "`third.json`"} <= set(cells)
    steps = json.loads(run("diff", *two, third, "--format", "json").output)["reports"]
    assert [step["name"] for step in steps] == ["old.json", "new.json", "third.json"]
    assert [sum(step["findings"].values()) for step in steps] == [1, 4, 0]


def test_files_are_written_in_every_format(two: tuple[Path, Path], tmp_path: Path) -> None:
    page, data = tmp_path / "diff.md", tmp_path / "diff.json"
    assert run("diff", *two, "-o", page, "-o", data).exit_code == 0
    assert "| New | rule | place |" in page.read_text("utf-8")
    assert len(json.loads(data.read_bytes())["added"]) == 3


def test_markup_of_a_path_is_harmless_in_markdown(tmp_path: Path) -> None:
    old = scanned(tmp_path, {"a.py": TIED}, "old.json")
    new = scanned(tmp_path, {"<img src=x>|`@all`.py": MORE}, "new.json")
    text = run("diff", old, new, "--format", "markdown").output
    assert "`<img src=x>\\u007c\\u0060@all\\u0060.py:5`" in text


def broken(change: dict[str, Any]) -> str:
    report = {"schema_version": 1, "root": "r", "as_of": "2026-01-01", "tool": {"rules_version": "1"}, "findings": [],
              "targets": {}, "assumptions": []}  # fmt: skip
    return json.dumps({**report, **change})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is no JSON"),
        ("[]", "schema_version: is missing"),
        (broken({"schema_version": 99}), "a newer version of offramp"),
        (broken({"schema_version": True}), "schema_version: is missing"),
        (broken({"findings": [{}]}), "findings: is not as in a report"),
        (broken({"targets": {"trainium2": {}}}), "targets: is not as in a report"),
        (broken({"assumptions": 3}), "assumptions: is not as in a report"),
    ],
)
def test_a_file_that_is_no_report_is_named(tmp_path: Path, two: tuple[Path, Path], text: str, says: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text, "utf-8")
    error = run("diff", two[0], file).exception
    assert says in str(error) and "bad.json" in str(error)


def test_bad_arguments_are_named(two: tuple[Path, Path], tmp_path: Path) -> None:
    assert "needs two reports" in str(run("diff", two[0]).exception)
    assert 'did you mean "trainium2"' in str(run("diff", *two, "--target", "trainum2").exception)
    assert "cannot be read" in str(run("diff", two[0], tmp_path / "none.json").exception)
    assert "unknown ending" in str(run("diff", *two, "-o", tmp_path / "x.pdf").exception)
