"""Shares work on values that are in memory already, with copies of this process, which have them without being told.

On Linux, where a process can be copied at any time; elsewhere, and for parts that get no process or whose process is killed,
the work is done here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from analyzer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import TypeVar

    _S = TypeVar("_S")
    _T = TypeVar("_T")

_NUMBER_BYTES = 4


class Child(NamedTuple):
    """A copy of this process that works on parts."""

    process_id: int
    receiver: Connection


def in_runs(items: Sequence[_T], count: int) -> list[Sequence[_T]]:
    """Consecutive runs of about the same length: as many as asked for, but none without an item, unless there are none at all."""
    count = max(1, min(count, len(items)))
    return [items[len(items) * run // count : len(items) * (run + 1) // count] for run in range(count)]


def share_out(parts: Sequence[Callable[[], _T]], workers: int, meanwhile: Callable[[], object] | None = None) -> list[_T]:
    """What each part gives, in their order, from that many processes, this one among them: whoever is done with one takes the next.

    What a part gives must survive `pickle`; what it changes in memory is lost, unless it was done here. What it raises is raised
    here. `meanwhile` is done here first, while the others work. No process is left behind, whatever is raised.
    """
    given: dict[int, _T] = {}
    children: list[Child] = []
    waiting = -1
    try:
        others = min(workers - 1, len(parts) - (meanwhile is None))
        if others > 0 and sys.platform == "linux":
            with suppress(OSError):  # the system has no room for more processes
                waiting = _queue(len(parts))
                for _ in range(others):
                    children.append(_begin(partial(_work, parts, waiting)))
        if meanwhile is not None:
            meanwhile()
        if children:
            given.update(_work(parts, waiting))
        for child in children:
            with suppress(EOFError, OSError):  # killed, or a part raised: then so does it here
                given.update(child.receiver.recv())
    finally:
        if waiting >= 0:
            os.close(waiting)
        if children:
            import signal  # a hook shares nothing
        for child in children:  # each has sent what it has to say, or nobody waits for it
            child.receiver.close()
            with suppress(OSError):  # where the system was told that nobody waits for children, it buries them by itself
                os.kill(child.process_id, signal.SIGKILL)
                os.waitpid(child.process_id, 0)
    return [given[number] if number in given else part() for number, part in enumerate(parts)]


def side_by_side(there: Callable[[], _T], here: Callable[[], _S], workers: int) -> tuple[_T, _S]:
    """What two calls give: the first in a copy of this process, where there are several, while the second is done here."""
    done: list[_S] = []
    (given,) = share_out([there], workers, lambda: done.append(here()))
    return given, done[0]


def _queue(count: int) -> int:
    """A pipe that holds the numbers of the parts and is closed for writing: each is read by one process. What it has no room for
    is left to whoever finds that it was not done."""
    receiver, sender = os.pipe()
    try:
        os.set_blocking(sender, False)
        with suppress(BlockingIOError):
            for number in range(count):
                os.write(sender, number.to_bytes(_NUMBER_BYTES, "little"))
    finally:
        os.close(sender)
    return receiver


def _work(parts: Sequence[Callable[[], _T]], waiting: int) -> dict[int, _T]:
    """Do what is waiting, until nothing is. The numbers are so short that one is read as a whole."""
    given: dict[int, _T] = {}
    while number := os.read(waiting, _NUMBER_BYTES):
        place = int.from_bytes(number, "little")
        given[place] = parts[place]()
    return given


def _begin(part: Callable[[], object]) -> Child:
    """Start a copy. It ends without any of Python's own tidying up: a lock that was held when it was made stays so."""
    from multiprocessing.connection import Pipe  # a hook shares nothing

    receiver, sender = Pipe(duplex=False)
    process_id = os.fork()
    if process_id:
        sender.close()
        return Child(process_id, receiver)
    try:
        receiver.close()
        sender.send(part())
    finally:
        os._exit(0)
