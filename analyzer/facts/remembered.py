"""What files say, remembered between runs under a digest of all that it depends on."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from analyzer.cache.stamps import program_stamp
from analyzer.cache.store import Store
from analyzer.discover.digest import digest_of
from analyzer.facts.codec import decode, encode
from analyzer.facts.read_file import read_file
from analyzer.model.facts import FileFacts
from analyzer.model.source import SourceFile

_PASSING = frozenset({"unreadable", "killed"})
"""Reasons of problems that another run may not have."""


def key_of(root: Path, file: SourceFile) -> bytes:
    """Under which key the facts of a file are kept: that of all they depend on; b"" where it cannot be read."""
    program = program_stamp()
    content = digest_of(root, file)
    if not program or content is None:
        return b""
    parts = (program, sys.version, file.path, file.kind, str(file.most_kept_bytes), content.hex())
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def may_be_kept(root: Path, file: SourceFile, key: bytes, facts: FileFacts) -> bool:
    """Whether facts are those of the content that the key was made of: what changes while it is read is not kept."""
    is_passing = any(problem.reason in _PASSING for problem in facts.problems)
    return bool(key) and not is_passing and key_of(root, file) == key


def recall_facts(keys: Mapping[SourceFile, bytes], store: Store) -> dict[SourceFile, FileFacts]:
    """The facts that were kept of files with just this content."""
    stored = store.get(keys.values())
    known: dict[SourceFile, FileFacts] = {}
    for file, key in keys.items():
        with suppress(KeyError, ValueError):
            known[file] = decode(stored[key])
    return known


def was_scanned_before(root: Path, store: Store) -> bool:
    """Whether a folder was scanned before with this cache; from now on it was."""
    key = hashlib.sha256(f"scanned\0{root.resolve()}".encode("utf-8", "surrogatepass")).digest()
    if store.get([key]):
        return True
    store.put({key: b"yes"})
    return False


def read_or_recall_one(root: Path, file: SourceFile, store: Store | None, kept: dict[bytes, bytes]) -> FileFacts:
    """The facts of one file; where they were not remembered, `kept` gets what is to be stored."""
    key = key_of(root, file) if store is not None else b""
    known = recall_facts({file: key}, store) if store is not None and key else {}
    if file in known:
        return known[file]
    facts = read_file(root, file)
    if store is not None and may_be_kept(root, file, key, facts):
        kept[key] = encode(facts)
    return facts
