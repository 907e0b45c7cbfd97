"""Shares work on values that are in memory already: each part in a copy of this process, which has them without being told.

On Linux, where a process can be copied at any time; elsewhere, and for parts that get no process or whose process is killed,
the work is done here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from analyzer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import TypeVar

    _T = TypeVar("_T")


class Child(NamedTuple):
    """A copy of this process that works on one part."""

    process_id: int
    receiver: Connection


def in_runs(items: Sequence[_T], count: int) -> list[Sequence[_T]]:
    """Consecutive runs of about the same length: as many as asked for, but none without an item, unless there are none at all."""
    count = max(1, min(count, len(items)))
    return [items[len(items) * run // count : len(items) * (run + 1) // count] for run in range(count)]


def share_out(parts: Sequence[Callable[[], _T]]) -> list[_T]:
    """What each part gives, in their order: the first is done here, each other one in a process of its own.

    What a part gives must survive `pickle`; what it changes in memory is lost. What it raises is raised here. No process is
    left behind, whatever is raised.
    """
    if len(parts) < 2 or sys.platform != "linux":
        return [part() for part in parts]
    import signal  # a hook shares nothing

    children: list[Child] = []
    try:
        with suppress(OSError):  # the system has no room for more processes
            for part in parts[1:]:
                children.append(_begin(part))
        given = [parts[0]()]
        for part, child in zip(parts[1:], children, strict=False):
            try:
                given.append(child.receiver.recv())
            except (EOFError, OSError):  # killed, or it raised: then so does this
                given.append(part())
        given.extend(part() for part in parts[1 + len(children) :])
    finally:
        for child in children:  # each has sent what it has to say, or nobody waits for it
            os.kill(child.process_id, signal.SIGKILL)
            child.receiver.close()
            os.waitpid(child.process_id, 0)
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
