"""One file of remembered values under keys made of everything that they depend on.

Several runs may use it at once, and any of them may be killed at any time: SQLite sees to that. A value that is damaged, or a
whole file that is, counts as not there. The file is kept below a size by dropping what was not asked for longest.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from analyzer.cache.folder import cache_folder

FILE_NAME = "cache-1.sqlite"
"""The number is that of the layout: another version of the tool that has another layout uses another file."""
MOST_BYTES = 1_000_000_000
LARGEST_VALUE_BYTES = 200_000_000
KEPT_SHARE = 0.7
SECONDS_TO_WAIT = 2.0
KEYS_AT_ONCE = 500
_DAY_SECONDS = 86_400
_CHECK_BYTES = 8


class Store:
    """An open cache. Every method does without rather than fail."""

    def __init__(self, connection: sqlite3.Connection, most_bytes: int) -> None:
        self.connection = connection
        self.most_bytes = most_bytes
        self.today = int(time.time() // _DAY_SECONDS)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The values that are there."""
        wanted = list(keys)
        found: dict[bytes, bytes] = {}
        stale: list[bytes] = []
        with suppress(sqlite3.Error):
            for first in range(0, len(wanted), KEYS_AT_ONCE):
                some = wanted[first : first + KEYS_AT_ONCE]
                marks = ",".join("?" * len(some))
                rows = self.connection.execute(f"SELECT key, value, checked, used FROM entries WHERE key IN ({marks})", some)  # noqa: S608
                for key, value, checked, used in rows:
                    if isinstance(value, bytes) and checked == _check(key, value):
                        found[key] = value
                        if used != self.today:
                            stale.append(key)
        if stale:
            used_today = [(self.today, key) for key in stale]
            self.write(lambda: self.connection.executemany("UPDATE entries SET used = ? WHERE key = ?", used_today))
        return found

    def put(self, values: Mapping[bytes, bytes]) -> None:
        """Store values, all or none, and make room where there is too little."""
        rows = [
            (key, value, _check(key, value), self.today, len(value))
            for key, value in values.items()
            if len(value) <= LARGEST_VALUE_BYTES
        ]

        def store_and_make_room() -> None:
            self.connection.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)", rows)
            self.make_room()

        if rows:
            self.write(store_and_make_room)

    def make_room(self) -> None:
        """Drop what was not asked for longest, until there is room for some time."""
        connection = self.connection
        (total,) = connection.execute("SELECT coalesce(sum(size_bytes), 0) FROM entries").fetchone()
        if total <= self.most_bytes:
            return
        for key, size_bytes in connection.execute("SELECT key, size_bytes FROM entries ORDER BY used, size_bytes, key").fetchall():
            if total <= self.most_bytes * KEPT_SHARE:
                break
            connection.execute("DELETE FROM entries WHERE key = ?", (key,))
            total -= size_bytes

    def write(self, work: Callable[[], object]) -> None:
        """Do some work in a transaction. Where that fails (a full disk, another run that writes for long) none of it is done."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            work()
            self.connection.execute("COMMIT")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")


@contextmanager
def opened_store(most_bytes: int = MOST_BYTES) -> Iterator[Store | None]:
    """The user's cache while it is open; None where there is to be none, or where it cannot be used."""
    folder = cache_folder()
    connection = _connection(folder / FILE_NAME) if folder is not None else None
    if connection is None:
        yield None
        return
    try:
        yield Store(connection, most_bytes)
    finally:
        connection.close()


def _connection(path: Path) -> sqlite3.Connection | None:
    for _ in range(2):
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            connection = sqlite3.connect(path, timeout=SECONDS_TO_WAIT, isolation_level=None)
        except (OSError, sqlite3.Error):
            return None
        try:
            connection.execute("PRAGMA synchronous = OFF")  # a run that is killed loses nothing; a power cut costs the cache
            connection.execute(
                "CREATE TABLE IF NOT EXISTS entries "
                "(key BLOB PRIMARY KEY, value BLOB, checked BLOB, used INTEGER, size_bytes INTEGER)"
            )
            # what there is, and in which order to drop it, is told without a look at the values: of a gigabyte that takes seconds
            connection.execute("CREATE INDEX IF NOT EXISTS entries_by_use ON entries (used, size_bytes, key)")
            return connection
        except sqlite3.OperationalError:  # locked, read-only or full
            connection.close()
            return None
        except sqlite3.DatabaseError:  # not a database, or a damaged one: begin anew
            connection.close()
            with suppress(OSError):
                path.unlink()
    return None


def _check(key: bytes, value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=_CHECK_BYTES, key=key[:64]).digest()
