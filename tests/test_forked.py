"""Work that is shared over copies of this process: the order of results, and what becomes of copies that fail or are killed."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial

import pytest

from analyzer.forked import in_runs, share_out

only_on_linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")


@only_on_linux
def test_each_part_but_the_first_has_a_process_of_its_own() -> None:
    processes = share_out([os.getpid, os.getpid, os.getpid])
    assert processes[0] == os.getpid() and len(set(processes)) == 3


def test_runs_are_even_and_none_is_empty() -> None:
    assert in_runs("abcdefg", 3) == ["ab", "cd", "efg"]
    assert in_runs("ab", 5) == ["a", "b"]
    assert in_runs("", 2) == [""] and in_runs("ab", 0) == ["ab"]


def test_results_keep_the_order_of_the_parts() -> None:
    big = 10**6  # more than a pipe holds at once
    parts = [partial(str.__mul__, letter, big) for letter in "abcd"]
    assert share_out(parts) == [letter * big for letter in "abcd"]
    assert share_out([partial(str.upper, "one")]) == ["ONE"]


@only_on_linux
def test_what_a_killed_process_was_to_do_is_done_here() -> None:
    here = os.getpid()

    def part() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    assert share_out([os.getpid, part]) == [here, here]


def test_what_a_part_raises_is_raised_here_and_no_process_is_left() -> None:
    def fails() -> int:
        raise ValueError("no such thing")

    for parts in ([os.getpid, fails], [fails, os.getpid]):
        with pytest.raises(ValueError, match="no such thing"):
            share_out(parts)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
