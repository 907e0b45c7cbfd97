"""The cache: a miss is the worst that can happen, whoever else uses it and whatever was done to it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from analyzer.cache.folder import cache_folder, recall, remember
from analyzer.cache.store import FILE_NAME, opened_store


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OFFRAMP_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def put(**values: bytes) -> None:
    with opened_store() as store:
        assert store is not None
        store.put({key.encode(): value for key, value in values.items()})


def get(*keys: str) -> dict[bytes, bytes]:
    with opened_store() as store:
        return store.get(key.encode() for key in keys) if store is not None else {}


def test_what_is_put_is_there_in_the_next_run() -> None:
    put(a=b"1", b=b"2")
    put(a=b"3")
    assert get("a", "b", "c") == {b"a": b"3", b"b": b"2"}
    many = {f"k{number}": b"x" for number in range(1200)}
    put(**many)
    assert len(get(*many)) == 1200


def test_a_damaged_value_or_file_is_a_miss(folder: Path) -> None:
    put(a=b"1", b=b"2")
    with sqlite3.connect(folder / FILE_NAME) as connection:
        connection.execute("UPDATE entries SET value = ? WHERE key = ?", (b"9", b"a"))
    connection.close()
    assert get("a", "b") == {b"b": b"2"}
    for damage in (b"", b"no database at all" * 100):
        (folder / FILE_NAME).write_bytes(damage)
        assert get("a") == {}
        put(a=b"1")
        assert get("a") == {b"a": b"1"}
    data = bytearray((folder / FILE_NAME).read_bytes())
    data[100:2000] = os.urandom(1900)
    (folder / FILE_NAME).write_bytes(data)
    assert get("a") in ({}, {b"a": b"1"})


def test_it_stays_below_its_size_by_dropping_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened_store(most_bytes=1000) as store:
        assert store is not None
        for number in range(20):
            store.put({str(number).encode(): b"x" * 100})
        left = store.get(str(number).encode() for number in range(20))
    assert b"19" in left and b"0" not in left and 7 <= len(left) <= 10
    day = time.time() + 2 * 86_400
    monkeypatch.setattr(time, "time", lambda: day)
    oldest = min(left)
    get(oldest.decode())  # asked for today: it is now the youngest
    with opened_store(most_bytes=len(left) * 100 - 1) as store:
        assert store is not None
        store.put({b"new": b"x" * 100})
        assert {oldest, b"new"} <= store.get([*left, b"new"]).keys()


@pytest.mark.parametrize("spoil", ["file", "read-only", "no home"])
def test_without_a_place_to_write_there_is_none(spoil: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if spoil == "file":
        folder.write_text("a file where the folder should be")
    elif spoil == "read-only":
        monkeypatch.setenv("OFFRAMP_CACHE_DIR", "/proc/nowhere")
    else:
        for name in ("OFFRAMP_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
            monkeypatch.delenv(name, raising=False)
    with opened_store() as store:
        assert store is None
    remember("rules", "key", [1])
    assert recall("rules", "key") is None
    if spoil == "no home":
        assert cache_folder() is None


def test_a_full_disk_costs_only_what_was_to_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    put(a=b"1")
    with opened_store() as store:
        assert store is not None
        pages = store.connection.execute("PRAGMA page_count").fetchone()[0]
        store.connection.execute(f"PRAGMA max_page_count = {pages + 2}")  # SQLite then says what it says of a full disk
        store.put({b"large": b"x" * 1_000_000, b"small": b"y"})
        assert store.get([b"a", b"large", b"small"]) == {b"a": b"1"}


def test_a_run_that_writes_for_long_costs_the_others_only_what_they_would_store(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(a=b"1")
    monkeypatch.setattr("analyzer.cache.store.SECONDS_TO_WAIT", 0.05)
    writer = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    day = time.time() + 2 * 86_400
    monkeypatch.setattr(time, "time", lambda: day)
    put(b=b"2")
    assert get("a", "b") == {b"a": b"1"}  # to note that it was asked for has to wait too
    writer.execute("ROLLBACK")
    writer.close()
    put(b=b"2")
    assert get("a", "b") == {b"a": b"1", b"b": b"2"}


def write_for_ever(start: int) -> None:
    number = start
    while True:
        put(**{f"{number}": str(number).encode() * 1000})
        number += 1


def test_runs_at_once_and_kills_leave_it_whole() -> None:
    put(first=b"1")
    processes = [multiprocessing.get_context("fork").Process(target=write_for_ever, args=(start,)) for start in (0, 10**6)]
    for process in processes:
        process.start()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not get("3", "1000003"):
        time.sleep(0.05)
    for process in processes:
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
    found = get("first", *map(str, range(50)), *(str(10**6 + number) for number in range(50)))
    assert found.pop(b"first") == b"1" and found
    assert all(value == key * 1000 for key, value in found.items())
    put(after=b"2")
    assert get("after") == {b"after": b"2"}


def test_a_remembered_document_needs_its_key(folder: Path) -> None:
    remember("rules", "one", {"a": [1]})
    assert recall("rules", "one") == {"a": [1]} and recall("rules", "two") is None
    for damage in ("", "[", "[1]", '"x"', "[" * 100_000):
        (folder / "rules.json").write_text(damage)
        assert recall("rules", "one") is None


def test_another_library_is_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analyzer.cache.stamps import program_stamp

    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = program_stamp.__wrapped__()
    assert before == program_stamp.__wrapped__() != ""
    (folder / "some_library-2.0.dist-info").mkdir()
    os.utime(folder, ns=(1, 1))
    assert program_stamp.__wrapped__() != before
