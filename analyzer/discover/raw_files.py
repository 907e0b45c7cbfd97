"""The one way in which a file of the scanned repository is opened, and the encoding that its first bytes show.

The repository may be hostile, and may change while it is read: what was a regular file can have become a link out of
the root or a pipe that never ends.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
PROBE_BYTES = 4096


def open_regular(path: Path | str) -> BinaryIO:
    """A regular file, open for reading. Raises `OSError` for links, pipes and devices too; never waits."""
    return os.fdopen(_opened(path), "rb")


def _opened(path: Path | str) -> int:
    handle = os.open(path, _FLAGS)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(0, "not a regular file")
    return handle


def pieces_of(path: str, piece_bytes: int) -> Iterator[bytes]:
    """All bytes of a regular file. Raises `OSError` like `open_regular`; for many small files in half of its time."""
    handle = _opened(path)
    try:
        while piece := os.read(handle, piece_bytes):
            yield piece
    finally:
        os.close(handle)


def read_regular(path: Path, most_bytes: int) -> bytes:
    """At most so many bytes of a regular file. Raises `OSError` like `open_regular`."""
    with open_regular(path) as stream:
        return stream.read(most_bytes)


def encoding_of(head: bytes) -> str | None:
    """The encoding of a text by its first bytes: a byte order mark, UTF-16 without one, else UTF-8; None for binary."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" not in head:
        return "utf-8"
    even, odd = head[::2], head[1::2]  # mostly ASCII in UTF-16 is zero in every second byte, and nowhere else
    for encoding, zeros, letters in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros.count(0) * 2 > len(zeros) and b"\0" not in letters:
            return encoding
    return None
