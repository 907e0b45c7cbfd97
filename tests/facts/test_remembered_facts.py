"""Facts that were kept are those that reading gives, and are used for just the content that they are of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.cache.store import Store, opened_store
from analyzer.discover.files import discover
from analyzer.discover.states import WorkTree
from analyzer.facts import further_modules, processes, remembered
from analyzer.facts.codec import decode, encode
from analyzer.facts.extract import no_progress
from analyzer.facts.further_modules import FurtherModules
from analyzer.facts.processes import read_or_recall
from analyzer.facts.read_file import read_file
from analyzer.facts.remembered import key_of
from analyzer.model.facts import Entry, External, FileFacts
from analyzer.model.source import SourceFile
from analyzer.model.span import Span

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

    for module in (processes, remembered, further_modules):
        monkeypatch.setattr(module, "read_file", counted)
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
    yield from (b"", b"[]", b"nonsense", b"[" * 100_000, encoded + b"\0\0", encoded + b"\0")
    yield from (encoded[:length] for length in range(len(encoded)))
    for place, byte in enumerate(encoded):
        for other in {0, 1, 0x7F, 0x80, 0xFF, byte ^ 1} - {byte}:
            yield encoded[:place] + bytes([other]) + encoded[place + 1 :]


def test_damage_is_a_value_error_or_harmless(tmp_path: Path) -> None:
    """Every byte is damaged in its turn: no other error, and no reading without end."""
    text = (
        "import torch\nclass A(B, c=1):\n    def f(self, a: int = {'k': [x, 0]}):\n"
        "        return a.to(f'cuda:{self.n}') or a[0] if a else 2\n"
    )
    (tmp_path / "a.py").write_text(text)
    encoded = encode(read_file(tmp_path, discover(tmp_path).files[0]))
    harmless = 0
    for data in damaged(encoded):
        try:
            found = decode(data)
        except ValueError:
            continue
        harmless += 1
        assert isinstance(found, FileFacts)
    assert harmless


STRINGS = st.text(st.characters(exclude_categories=()), max_size=4)


@given(st.lists(st.one_of(STRINGS, st.sampled_from(["", "\0", "\1", "\0\1\2", "\ud800"])), max_size=6), st.integers(-1, 2**40))
def test_any_strings_and_numbers_come_back(texts: list[str], number: int) -> None:
    entries = tuple(Entry("setting", text, "", Span(number, 1, number, 2)) for text in texts)
    facts = FileFacts("a.yaml", "yaml", number, None, None, (), entries, (), False)
    assert decode(encode(facts)) == facts


def test_strings_that_hold_every_letter_there_is_come_back() -> None:
    letters = "".join(map(chr, range(0x110000)))
    facts = FileFacts("a.yaml", "yaml", 1, None, None, (), (Entry("setting", letters, "\1b", Span(1, 1, 1, 2)),), (), False)
    assert decode(encode(facts)) == facts


def test_what_another_kind_of_machine_wrote_is_a_miss() -> None:
    encoded = encode(FileFacts("a.py", "python", 1, None, None, (), (), (), False))
    with pytest.raises(ValueError, match="such a machine"):
        decode((b"b" if encoded[:1] == b"l" else b"l") + encoded[1:])


def test_equal_names_lines_and_places_are_held_once() -> None:
    files = discover(FIXTURES).files
    facts = [decode(encode(read_file(FIXTURES, file))) for file in files]
    uses = [use for item in facts if item.python for use in item.python.uses]
    for things in ([use.target for use in uses if isinstance(use.target, External)], [item.kind for item in facts]):
        assert len(things) > len(set(things)) == len(set(map(id, things)))
    for item in facts:
        spans = [span for span in (item.python.statements if item.python else ()) if span.line > 256]
        assert len(set(map(id, spans))) == len(set(spans)) and all(a.line is a.end_line for a in spans if a.line == a.end_line)


def test_further_modules_are_remembered_once_they_are_many(
    tmp_path: Path, store: Store, read_paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(further_modules, "REMEMBERED_FROM_BYTES", 100)
    (tmp_path / "small.py").write_text("x = 1\n")
    (tmp_path / "large.py").write_text("device = 'cuda'\n" * 10)

    def look() -> list[FileFacts | None]:
        with ExitStack() as until_the_end:
            further = FurtherModules(WorkTree(tmp_path), None, until_the_end)
            return [further.read(path) for path in ("small.py", "large.py", "none.py")]

    first = look()
    assert look() == first and first[2] is None
    assert read_paths == ["small.py", "large.py", "small.py"], "what is large is read once"
    (tmp_path / "large.py").write_text("device = 'cpu'\n" * 10)
    assert look()[1] != first[1] and read_paths[-1] == "large.py"
