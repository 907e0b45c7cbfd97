"""Every rule is held against marked lines: what must be found, what must not, and nothing on unmarked lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.knowledge.rules import load_rules
from analyzer.model.finding import Finding
from analyzer.scan import scan_repository

FIXTURES = Path(__file__).parents[2] / "fixtures" / "rules"
MARK = re.compile(r"(?:#|//)\s*(expect|expect-next|ok|ok-next):\s*([a-z0-9@, -]+?)\s*(?:\\n|\"|$)")


def marks(path: Path) -> Iterator[tuple[str, int, str]]:
    """(word, line, rule) of every mark in a file; a `-next` mark speaks of the line after it."""
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        for word, names in MARK.findall(line):
            for name in names.split(","):
                yield word.removesuffix("-next"), number + word.endswith("-next"), name.strip()


@pytest.fixture(scope="module")
def findings() -> dict[str, list[Finding]]:
    by_path: dict[str, list[Finding]] = {}
    for finding in scan_repository(FIXTURES, workers=1).detection.findings:
        by_path.setdefault(finding.path, []).append(finding)
    return by_path


def fixture_files() -> list[str]:
    return sorted(
        str(path.relative_to(FIXTURES)) for path in FIXTURES.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )


@pytest.mark.parametrize("name", fixture_files())
def test_marked_lines(name: str, findings: dict[str, list[Finding]]) -> None:
    expected: dict[tuple[int, str], str] = {}
    forbidden: set[tuple[int, str]] = set()
    for word, line, rule in marks(FIXTURES / name):
        if word == "expect":
            rule_id, _, severity = rule.partition("@")
            expected[(line, rule_id)] = severity
        else:
            forbidden.add((line, rule))
    found: dict[tuple[int, str], str] = {}
    for finding in findings.get(name, []):
        line = finding.file_line or finding.span.line
        last = finding.span.end_line if finding.cell is None else line
        place = next((n for n in range(line, last + 1) if (n, finding.rule_id) in expected), line)
        found[(place, finding.rule_id)] = finding.severity
    missing = sorted(set(expected) - set(found))
    unexpected = sorted(set(found) - set(expected))
    assert not missing, f"not found: {missing}"
    assert not unexpected, f"found, but not marked: {unexpected}"
    assert not forbidden & set(found)
    rules = {rule.id: rule for rule in load_rules().rules}
    for (line, rule_id), severity in expected.items():
        wanted = severity or rules[rule_id].severity
        assert found[(line, rule_id)] == wanted, f"{name}:{line} {rule_id} is {found[(line, rule_id)]}, not {wanted}"


def test_every_rule_has_a_hit_and_a_near_miss() -> None:
    seen: dict[str, set[str]] = {"expect": set(), "ok": set()}
    for name in fixture_files():
        for word, _, rule in marks(FIXTURES / name):
            seen[word].add(rule.partition("@")[0])
    ids = {rule.id for rule in load_rules().rules}
    assert ids - seen["expect"] == set(), "rules without a line that must be found"
    assert ids - seen["ok"] == set(), "rules without a near miss"
    assert (seen["expect"] | seen["ok"]) - ids == set(), "marks that name no rule"


def test_fixture_files_are_named_after_their_rule_files() -> None:
    families = {rule.family for rule in load_rules().rules}
    stems = {name.split("/")[0].removesuffix(".py") for name in fixture_files()}
    assert stems == families


def test_there_are_enough_rules() -> None:
    book = load_rules()
    assert len(book.rules) >= 250
    assert len({rule.family for rule in book.rules}) >= 30
    assert [rule.id for rule in book.rules if not rule.replacement] == []
