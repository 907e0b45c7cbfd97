"""Shares work on values that are in memory already: each part in a copy of this process, which has them without being told.

On Linux, where a process can be copied at any time; elsewhere, and for parts whose process is killed, the work is done here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

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

    What a part gives must survive `pickle`; what it changes in memory is lost. What it raises is raised here.
    """
    if len(parts) < 2 or sys.platform != "linux":
        return [part() for part in parts]
    children = [_begin(part) for part in parts[1:]]
    try:
        given = [parts[0]()]
        for part, child in zip(parts[1:], children, strict=True):
            try:
                given.append(child.receiver.recv())
            except (EOFError, OSError):  # killed, or it raised: then so does this
                given.append(part())
    finally:
        for child in children:
            child.receiver.close()  # one that still writes ends by that
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
