"""From the bytes of a file to its text, or to the reason why it has none."""

from __future__ import annotations

import codecs
import io
from pathlib import Path

from analyzer.discover.raw_files import PROBE_BYTES, encoding_of, read_regular
from analyzer.model.named_tuple import NamedTuple

MOST_BYTES = 1_000_000_000
"""What nobody would want to have read, whatever limits are set."""
_NO_SOURCE_ENCODINGS = frozenset({"idna", "punycode", "undefined"})
"""Codecs that Python would look up for a source file, but that no source is written in; two take quadratic time."""


class FileProblemError(Exception):
    """Carries a stable reason, a detail and a line to the one place that makes a `Problem`."""

    def __init__(self, reason: str, detail: str, line: int = 0) -> None:
        super().__init__(reason, detail, line)
        self.reason = reason
        self.detail = detail
        self.line = line


class MalformedFileError(ValueError):
    """The file is not what its name says; carries the reason and the line."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line


class Decoded(NamedTuple):
    """The text of a file; `doubt` says what was wrong with its encoding where it was read all the same."""

    text: str
    doubt: str = ""
    line: int = 0


def read_bytes(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The content of a regular file; a link or pipe that appeared since the walk is not followed."""
    try:
        data = read_regular(path, most_bytes + 1)
    except OSError as error:
        raise FileProblemError("unreadable", error.strerror or str(error)) from None
    if len(data) > most_bytes:
        raise FileProblemError("unreadable", "grew while it was read")
    return data


def decode(data: bytes, kind: str) -> Decoded:
    """The text of a file, its line ends made one kind, as Python counts lines.

    Python is strict, because Python is: by its declaration or as UTF-8, or not at all. In other files a few letters of
    another encoding do no harm: they are replaced, and that is said.
    """
    decoded = Decoded(_decoded_python(data)) if kind == "python" else _decoded_text(data)
    text = decoded.text
    if "\0" in text:
        raise FileProblemError("nul-byte", "contains a NUL byte", text.count("\n", 0, text.index("\0")) + 1)
    return decoded._replace(text=text.replace("\r\n", "\n").replace("\r", "\n"))


def _decoded_python(data: bytes) -> str:
    encoding = _declared_encoding(data)
    if not getattr(codecs.lookup(encoding), "_is_text_encoding", True) or encoding.lower() in _NO_SOURCE_ENCODINGS:
        raise FileProblemError("encoding", f"declares {encoding[:80]}, which is no encoding of source code", 1)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileProblemError("encoding", f"not valid {encoding}: byte {error.start}", line) from None
    except (UnicodeError, LookupError) as error:
        raise FileProblemError("encoding", f"not valid {encoding}: {error}", 1) from None


def _declared_encoding(data: bytes) -> str:
    """The encoding of Python source, by its declaration or by default."""
    stream = io.BytesIO(data)
    head = stream.readline() + stream.readline()
    if b"coding" not in head and head.isascii():
        return "utf-8"
    from tokenize import detect_encoding  # takes as long to load as to read a file

    try:
        return detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError as error:
        raise FileProblemError("encoding", str(error), 1) from None


def _decoded_text(data: bytes) -> Decoded:
    encoding = encoding_of(data[:PROBE_BYTES]) or "utf-8"
    try:
        return Decoded(data.decode(encoding))
    except UnicodeDecodeError as error:
        text = data.decode(encoding, "replace")
        line = len(data[: error.start].decode(encoding, "replace").split("\n"))
        return Decoded(text, f"not valid {encoding} at byte {error.start}: read with replacement characters", line)
