"""The baseline: counts, moves, renames, edits, expiry, parts of a repository; it can only shrink."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.detect.baseline import BaselineMatch, make_baseline, match_baseline, updated
from analyzer.model.baseline import Baseline
from analyzer.model.finding import Finding
from analyzer.model.span import Span

NUMBERS = count()
BOTH = frozenset({"a.py", "b.py"})
TODAY = "2026-11-25"


def finding(snippet: str = "x.cuda()", path: str = "a.py", line: int = 1, rule: str = "cuda-method") -> Finding:
    span = Span(line, 1, line, 9)
    return Finding(
        rule, "device", "device-placement", "minor", "high", path, span, span, None, None, "torch.Tensor.cuda", snippet,
        False, "", False, False, None, f"{next(NUMBERS)}", None, None,
    )  # fmt: skip


def match(findings: list[Finding], baseline: Baseline, looked_at: str = "a.py b.py", existing: str = "a.py b.py") -> BaselineMatch:
    return match_baseline(findings, baseline, TODAY, frozenset(looked_at.split()), frozenset(existing.split()))


def new(findings: list[Finding], baseline: Baseline, looked_at: str = "a.py b.py", existing: str = "a.py b.py") -> list[Finding]:
    return list(match(findings, baseline, looked_at, existing).new)


def test_lines_and_white_space_do_not_matter() -> None:
    baseline = make_baseline([finding("f(\n  x.cuda())")])
    assert new([finding("f(x.cuda())", line=99)], baseline) == []


def test_a_second_equal_finding_is_new() -> None:
    baseline = make_baseline([finding()])
    assert len(new([finding(line=1), finding(line=2)], baseline)) == 1


def test_a_statement_that_moved_to_another_file_is_known() -> None:
    baseline = make_baseline([finding(path="a.py")])
    assert new([finding(path="b.py")], baseline) == []
    assert len(new([finding(path="a.py"), finding(path="b.py")], baseline)) == 1


def test_a_renamed_file_is_known() -> None:
    baseline = make_baseline([finding("x.cuda()", "old.py"), finding("y.cuda()", "old.py")])
    assert new([finding("x.cuda()", "a.py"), finding("y.cuda()", "a.py")], baseline) == []


def test_a_copy_of_a_file_that_was_not_looked_at_is_new() -> None:
    baseline = make_baseline([finding(path="b.py")])
    assert len(new([finding(path="a.py")], baseline, looked_at="a.py")) == 1


def test_an_edited_line_is_known_but_one_more_is_not() -> None:
    baseline = make_baseline([finding("x.cuda()")])
    assert new([finding("x.cuda(non_blocking=True)")], baseline) == []
    assert [f.snippet for f in new([finding("y.cuda()", line=1), finding("x.cuda()", line=2)], baseline)] == ["y.cuda()"]
    assert len(new([finding("x.cuda()", rule="other-rule")], baseline)) == 1


def test_expired_entries_are_live_again() -> None:
    baseline = make_baseline([finding()])
    (entry,) = baseline.entries
    yesterday = Baseline((entry._replace(expires="2026-11-24"),))
    assert len(match([finding()], yesterday).new) == 1 and match([finding()], yesterday).expired == yesterday.entries
    assert match([finding()], Baseline((entry._replace(expires="2026-11-25"),))).new == ()


def test_what_has_gone_is_told_only_for_files_that_were_looked_at() -> None:
    baseline = make_baseline([finding(path="a.py"), finding(path="a.py"), finding(path="b.py"), finding(path="gone.py")])
    gone = match([finding(path="a.py")], baseline, looked_at="a.py").gone
    assert [(entry.path, entry.times) for entry in gone] == [("a.py", 1), ("gone.py", 1)]


def test_a_guard_that_is_removed_is_new_but_one_that_was_not_seen_is_not() -> None:
    quiet = finding()._replace(severity="info", guarded=True)
    baseline = make_baseline([quiet])
    assert baseline.entries[0].is_quiet
    assert new([quiet], baseline) == []
    assert len(new([finding()], baseline)) == 1
    assert match_baseline([finding()], baseline, TODAY, BOTH, BOTH, is_partial=True).new == ()


def test_an_update_follows_moves_and_edits_and_keeps_notes() -> None:
    (entry,) = make_baseline([finding("x.cuda()", "old.py")]).entries
    baseline = Baseline((entry._replace(owner="team", reason="later"),))
    moved = [finding("x.cuda()", "a.py")]
    after = updated(baseline, match(moved, baseline), moved)
    assert [(e.path, e.owner, e.reason, e.times) for e in after.entries] == [("a.py", "team", "later", 1)]
    edited = [finding("x.cuda(1)", "a.py")]
    again = updated(after, match(edited, after), edited)
    assert again.entries[0].content != after.entries[0].content and again.entries[0].owner == "team"
    assert new(edited, again) == []


def test_an_update_of_a_part_leaves_the_rest_alone() -> None:
    baseline = make_baseline([finding(path="a.py"), finding(path="b.py")])
    assert updated(baseline, match([], baseline, looked_at="a.py"), []) == make_baseline([finding(path="b.py")])


FINDINGS = st.lists(
    st.builds(
        finding, st.sampled_from(["x.cuda()", "y.cuda()"]), st.sampled_from(["a.py", "b.py", "c.py"]), st.integers(1, 9),
        st.sampled_from(["cuda-method", "cuda-device"]),
    ),
    max_size=8,
)  # fmt: skip
EVERYTHING = "a.py b.py c.py"


@settings(max_examples=150, deadline=None)
@given(FINDINGS, FINDINGS)
def test_it_never_grows_and_a_second_run_has_nothing_new(before: list[Finding], after: list[Finding]) -> None:
    baseline = make_baseline(before)
    answer = match(after, baseline, EVERYTHING, EVERYTHING)
    assert len(answer.known) + len(answer.new) == len(after)
    assert sum(entry.times for entry in answer.gone) == len(before) - len(answer.known)
    shrunk = updated(baseline, answer, after)
    assert sum(entry.times for entry in shrunk.entries) == len(answer.known) <= len(before)
    accepted = updated(baseline, answer, after, accept_new=True)
    assert accepted == make_baseline(after)


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_findings_decides_nothing_about_counts(order: int) -> None:
    findings = [finding("x.cuda()", "a.py", 1), finding("x.cuda()", "b.py", 2), finding("z.cuda()", "a.py", 3)]
    baseline = make_baseline(findings[:2])
    assert len(new(findings[::order], baseline)) == 1
