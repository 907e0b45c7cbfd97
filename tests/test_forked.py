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
            share_out(parts)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@only_on_linux
@pytest.mark.parametrize("lacks", ["fork", "pipe"])
def test_parts_that_get_no_process_are_done_here(monkeypatch: pytest.MonkeyPatch, lacks: str) -> None:
    left, real = [1], getattr(os, lacks)

    def limited() -> object:
        if not left:
            raise BlockingIOError("no more processes")
        left.pop()
        return real()

    monkeypatch.setattr(os, lacks, limited)
    processes = share_out([os.getpid] * 4)
    assert processes[1] != os.getpid() and [processes[0], *processes[2:]] == [os.getpid()] * 3
