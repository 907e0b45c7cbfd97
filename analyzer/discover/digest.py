"""One digest of everything that a scan would read: equal digests, equal reports."""

from __future__ import annotations

import hashlib
from pathlib import Path

from analyzer.discover.raw_files import open_regular, pieces_of
from analyzer.model.source import Discovery, SourceFile

PIECE_BYTES = 1 << 20
READ_OF_A_MODEL = 1 << 20
"""Of a file of weights only the two ends are read, here as in the scan."""


def content_digest(root: Path, discovery: Discovery) -> str:
    """The digest of all names, kinds and contents, and of what was skipped for which reason."""
    digest = hashlib.blake2b(digest_size=32)
    digest.update(repr((discovery.root, discovery.skipped)).encode("utf-8", "surrogatepass"))
    for file in discovery.files:
        digest.update(repr(file).encode("utf-8", "surrogatepass"))
        digest.update(digest_of(root, file) or b"unreadable")
    return digest.hexdigest()


def digest_of(root: Path, file: SourceFile) -> bytes | None:
    """The digest of what is read of a file, or None where it cannot be read."""
    digest = hashlib.blake2b(digest_size=32)
    path = f"{root}/{file.path}"
    try:
        if file.kind == "model":
            with open_regular(path) as stream:
                digest.update(stream.read(READ_OF_A_MODEL))
                stream.seek(max(file.size_bytes - READ_OF_A_MODEL, 0))
                while piece := stream.read(PIECE_BYTES):
                    digest.update(piece)
        else:
            for piece in pieces_of(path, min(file.size_bytes + 1, PIECE_BYTES)):
                digest.update(piece)
    except OSError:
        return None
    return digest.digest()
