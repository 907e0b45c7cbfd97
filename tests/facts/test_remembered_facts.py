"""Facts that were kept are those that reading gives, and are used for just the content that they are of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.cache.store import Store, opened_store
from analyzer.discover.files import discover
from analyzer.facts import processes
from analyzer.facts.codec import decode, encode
from analyzer.facts.extract import no_progress
from analyzer.facts.processes import key_of, read_or_recall
from analyzer.facts.read_file import read_file
from analyzer.model.facts import FileFacts
from analyzer.model.source import SourceFile

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("OFFRAMP_CACHE_DIR", str(tmp_path / "cache"))
    with opened_store() as found:
        assert found is not None
        yield found


@pytest.fixture
def read_paths(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were really read."""
    paths: list[str] = []

    def counted(root: Path, file: SourceFile) -> FileFacts:
        paths.append(file.path)
        return read_file(root, file)

    monkeypatch.setattr(processes, "read_file", counted)
    return paths


def test_facts_come_back_as_they_were() -> None:
    files = discover(FIXTURES).files
    assert len(files) > 100
    for file in files:
        facts = read_file(FIXTURES, file)
        again = decode(encode(facts))
        assert again == facts and repr(again) == repr(facts)  # tuples of different types are equal, their texts are not


def test_only_what_changed_is_read_again(store: Store, read_paths: list[str], tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for name in ("a", "b", "c"):
        (root / f"{name}.py").write_text(f"import torch\n{name} = torch.zeros(1).cuda()\n")
    first = read_or_recall(root, discover(root).files, 2, no_progress, store)
    assert read_or_recall(root, discover(root).files, 2, no_progress, store) == first and read_paths == ["a.py", "b.py", "c.py"]
    (root / "b.py").write_text("import numpy\n")
    second = read_or_recall(root, discover(root).files, 2, no_progress, store)
    assert read_paths[3:] == ["b.py"] and second[0] == first[0] and second[1] == read_file(root, discover(root).files[1])
    (root / "c.py").rename(root / "d.py")  # a file's facts carry its path
    assert [facts.path for facts in read_or_recall(root, discover(root).files, 2, no_progress, store)] == ["a.py", "b.py", "d.py"]


def test_one_worker_keeps_facts_from_its_second_scan_on(store: Store, read_paths: list[str], tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_text("import torch\nx = torch.zeros(1).cuda()\n")
    results = [read_or_recall(root, discover(root).files, 1, no_progress, store) for _ in range(3)]
    assert results[0] == results[1] == results[2] == [read_file(root, discover(root).files[0])]
    assert read_paths == ["a.py", "a.py"]
    (root / "a.py").write_text("import numpy\n")
    assert read_or_recall(root, discover(root).files, 1, no_progress, store) == [read_file(root, discover(root).files[0])]


def test_one_worker_uses_what_several_kept(store: Store, read_paths: list[str], tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_text("x = 1\n")
    first = read_or_recall(root, discover(root).files, 2, no_progress, store)
    assert read_or_recall(root, discover(root).files, 1, no_progress, store) == first and read_paths == ["a.py"]


def test_what_changes_while_it_is_read_is_not_kept(
    store: Store, read_paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.py").write_text("x = 1\n")

    def changed_meanwhile(folder: Path, file: SourceFile) -> FileFacts:
        facts = read_file(folder, file)
        (folder / file.path).write_text("x = 22\n")
        return facts

    with monkeypatch.context() as patched:
        patched.setattr(processes, "read_file", changed_meanwhile)
        read_or_recall(root, discover(root).files, 2, no_progress, store)
    (root / "a.py").write_text("x = 1\n")
    read_or_recall(root, discover(root).files, 2, no_progress, store)
    assert read_paths == ["a.py"]


def test_what_may_be_otherwise_in_another_run_is_not_kept(store: Store, read_paths: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    files = discover(tmp_path).files
    (tmp_path / "a.py").unlink()
    assert key_of(tmp_path, files[0]) == b""
    for _ in range(2):
        (facts,) = read_or_recall(tmp_path, files, 2, no_progress, store)
        assert [problem.reason for problem in facts.problems] == ["unreadable"]
    assert len(read_paths) == 2


def damaged(encoded: bytes) -> Iterator[bytes]:
    yield from (b"", b"[]", b"[[],[]]", b"nonsense", b"[" * 100_000, encoded[: len(encoded) // 2], encoded.replace(b"[", b"{", 1))
    values, tables = json.loads(encoded)
    for place in range(len(tables)):
        for change in (tables[place][1:], [*tables[place], []], [[99_999] * len(column) for column in tables[place]], None, 7):
            yield json.dumps([values, [*tables[:place], change, *tables[place + 1 :]]]).encode()
    yield json.dumps([[[99, "x"], *values], tables]).encode()


def test_damage_is_a_value_error_or_harmless() -> None:
    encoded = encode(read_file(FIXTURES / "repos" / "example", discover(FIXTURES / "repos" / "example").files[-1]))
    for data in damaged(encoded):
        try:
            found = decode(data)
        except ValueError:
            continue
        assert isinstance(found, FileFacts)
