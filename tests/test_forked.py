"""Work that is shared over copies of this process: the order of results, and what becomes of copies that fail or are killed."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from analyzer.forked import in_runs, share_out, side_by_side

only_on_linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")


def slowly() -> int:
    """Longer than it takes to start a process."""
    time.sleep(0.3)
    return os.getpid()


@only_on_linux
def test_there_are_as_many_processes_as_asked_for_this_one_among_them() -> None:
    assert set(share_out([slowly] * 4, 1)) == {os.getpid()}
    for workers in (2, 3):
        processes = share_out([slowly] * 6, workers)
        assert os.getpid() in processes and len(set(processes)) == workers


@only_on_linux
def test_who_is_done_takes_the_next_part() -> None:
    processes = share_out([slowly, *[os.getpid] * 20], 2)
    assert processes[0] not in processes[1:]


@only_on_linux
def test_the_others_work_while_something_is_done_here() -> None:
    here: list[int] = []
    processes = share_out([os.getpid] * 3, 2, lambda: here.append(slowly()))
    assert here == [os.getpid()] and len(set(processes)) == 1 and processes != here * 3
    assert share_out([os.getpid], 1, lambda: here.append(0)) == [os.getpid()] and here[1:] == [0]
    assert side_by_side(os.getpid, slowly, 2) != (os.getpid(), os.getpid()) == side_by_side(os.getpid, os.getpid, 1)


@only_on_linux
def test_more_parts_than_a_queue_holds() -> None:
    count = 70_000
    assert share_out([partial(int, number) for number in range(count)], 2) == list(range(count))


def test_runs_are_even_and_none_is_empty() -> None:
    assert in_runs("abcdefg", 3) == ["ab", "cd", "efg"]
    assert in_runs("ab", 5) == ["a", "b"]
    assert in_runs("", 2) == [""] and in_runs("ab", 0) == ["ab"]


def test_results_keep_the_order_of_the_parts() -> None:
    big = 10**6  # more than a pipe holds at once
    parts = [partial(str.__mul__, letter, big) for letter in "abcd"]
    assert share_out(parts, 3) == [letter * big for letter in "abcd"]
    assert share_out([partial(str.upper, "one")], 2) == ["ONE"]


@only_on_linux
def test_what_a_killed_process_was_to_do_is_done_here() -> None:
    here = os.getpid()

    def part() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    assert share_out([part] * 3, 2, lambda: time.sleep(0.3)) == [here] * 3


def test_what_a_part_raises_is_raised_here_and_no_process_is_left() -> None:
    def fails() -> int:
        raise ValueError("no such thing")

    for parts in ([os.getpid, fails], [fails, os.getpid]):
        with pytest.raises(ValueError, match="no such thing"):
            share_out(parts, 2)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@only_on_linux
def test_nobody_waits_for_what_is_not_wanted_any_more(tmp_path: Path) -> None:
    """A part that failed, or Ctrl-C: the others may have more to say than a pipe holds, and hold each other's pipes open."""

    def interrupted() -> str:
        while len(list(tmp_path.iterdir())) < 3:
            time.sleep(0.01)
        raise KeyboardInterrupt

    def talks(name: str) -> str:
        (tmp_path / name).touch()
        return name * 10**6

    def times_out(*_: object) -> None:
        raise TimeoutError("waits for its copies")

    parts: list[Callable[[], str]] = [interrupted, *(partial(talks, name) for name in "abc")]
    previous = signal.signal(signal.SIGALRM, times_out)
    signal.alarm(20)
    try:
        with pytest.raises(KeyboardInterrupt):
            share_out(parts, 4)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@only_on_linux
@pytest.mark.parametrize("lacks", ["fork", "pipe"])
def test_parts_that_get_no_process_are_done_here(monkeypatch: pytest.MonkeyPatch, lacks: str) -> None:
    left, real = [1] * (2 if lacks == "pipe" else 1), getattr(os, lacks)

    def limited() -> object:
        if not left:
            raise BlockingIOError("no more processes")
        left.pop()
        return real()

    monkeypatch.setattr(os, lacks, limited)
    assert len(set(share_out([slowly] * 4, 4))) == 2


@only_on_linux
def test_a_system_that_buries_children_by_itself_changes_nothing() -> None:
    """A process may be started with that setting: the ends of its copies are not kept for it."""
    previous = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert share_out([os.getpid, os.getpid], 2, lambda: time.sleep(0.3)) != [os.getpid()] * 2
    finally:
        signal.signal(signal.SIGCHLD, previous)
