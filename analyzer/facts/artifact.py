"""Model files: by their name, and by the first bytes where those say more. Nothing is deserialised.

At most `MOST_BYTES` are read of a file, however large it says that it is; a header that lies gives less, never an error.
"""

from __future__ import annotations

import re
from pathlib import Path

from analyzer.discover.raw_files import open_regular
from analyzer.model.facts import Entry
from analyzer.model.span import Span

MOST_BYTES = 65_536
PLACE = Span(1, 1, 1, 1)

_FORMATS = {
    ".onnx": "onnx", ".engine": "tensorrt-engine", ".plan": "tensorrt-engine", ".trt": "tensorrt-engine",
    ".timing_cache": "tensorrt-timing-cache", ".pt": "torch-checkpoint", ".pth": "torch-checkpoint", ".ckpt": "torch-checkpoint",
    ".bin": "torch-checkpoint", ".torchscript": "torch-checkpoint", ".safetensors": "safetensors", ".gguf": "gguf",
    ".pb": "tensorflow-graph", ".cubin": "cuda-binary", ".fatbin": "cuda-binary", ".ptx": "ptx", ".so": "cuda-library",
    ".nvmodel": "tensorrt-engine", ".cache": "tensorrt-timing-cache",
}  # fmt: skip
_LFS = b"version https://git-lfs.github.com/spec/"
_ZIP_NAME = re.compile(rb"PK\x01\x02.{24}(..).{16}", re.DOTALL)
_CUDA_ELF_MACHINE = 190
_FATBIN_MAGIC = b"\x50\xed\x55\xba"
_DTYPE = re.compile(rb"\"dtype\"\s{0,4}:\s{0,4}\"([A-Z0-9_]{1,16})\"")


def read_artifact(path: Path, name: str, size: int) -> tuple[Entry, ...]:
    """What a model file is; no entry where its first bytes say that it is something else. Raises `OSError`."""
    suffix = "." + name.rpartition("/")[2].lower().rpartition(".")[2]
    format_name = _FORMATS.get(suffix, "")
    head, tail = _ends(path, size)
    if not format_name or not head:
        return ()
    if head.startswith(_LFS):
        return (Entry("artifact", format_name, "git-lfs pointer", PLACE),)
    described = _described(format_name, head, tail, size)
    return (Entry("artifact", described[0], described[1], PLACE),) if described else ()


def _ends(path: Path, size: int) -> tuple[bytes, bytes]:
    """The first bytes, and of a zip file, whose directory stands at the end, the last ones; together within the bound."""
    with open_regular(path) as stream:
        head = stream.read(MOST_BYTES // 2)
        if head.startswith(b"PK\x03\x04") and size > len(head):
            stream.seek(max(size - MOST_BYTES // 2, len(head)))
            return head, stream.read(MOST_BYTES // 2)
        return head + stream.read(MOST_BYTES // 2), b""


def _described(format_name: str, head: bytes, tail: bytes, size: int) -> tuple[str, str] | None:
    """The format and a detail of it, or None where the bytes are not of that format."""
    if format_name == "torch-checkpoint":
        return _torch(head, tail)
    if format_name == "safetensors":
        return _safetensors(head, size)
    if format_name == "gguf":
        return ("gguf", f"version {int.from_bytes(head[4:8], 'little')}") if head.startswith(b"GGUF") and len(head) >= 8 else None
    if format_name == "ptx":
        target = re.search(rb"^[ \t]*\.target[ \t]+(sm_\w{1,8})", head, re.MULTILINE)
        return ("ptx", target.group(1).decode("ascii", "replace")) if b".version" in head and target else None
    if format_name == "cuda-binary":
        is_cubin = head.startswith(b"\x7fELF") and int.from_bytes(head[18:20], "little") == _CUDA_ELF_MACHINE
        return ("cuda-binary", "cubin" if is_cubin else "fatbin") if is_cubin or head.startswith(_FATBIN_MAGIC) else None
    if format_name == "cuda-library":
        return ("cuda-library", "shared library") if head.startswith(b"\x7fELF") else None
    if format_name in ("tensorrt-engine", "tensorrt-timing-cache"):
        return None if _is_text(head) else (format_name, "")
    return None if _is_text(head) and format_name == "onnx" else (format_name, "")


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and not any(byte < 9 or 13 < byte < 32 or byte > 126 for byte in head[:1024])


def _torch(head: bytes, tail: bytes) -> tuple[str, str] | None:
    """A checkpoint of torch is a zip file, or (before 1.6) a pickle; TorchScript has code in its directory."""
    if head.startswith(b"PK\x03\x04"):
        names = _zip_names(tail or head)
        if any(b"/code/" in name for name in names):
            return "torchscript", "zip"
        is_checkpoint = not names or any(name.endswith((b"data.pkl", b"/version")) for name in names)
        return ("torch-checkpoint", "zip") if is_checkpoint else None
    if head[:1] == b"\x80" and len(head) > 1 and head[1] in (2, 3, 4, 5):
        return "torch-checkpoint", "pickle"
    return None


def _zip_names(part: bytes) -> list[bytes]:
    """The names in the part of a zip directory that was read."""
    names: list[bytes] = []
    for found in _ZIP_NAME.finditer(part):
        length = int.from_bytes(found.group(1), "little")
        names.append(part[found.end() : found.end() + min(length, 1000)])
    return names


def _safetensors(head: bytes, size: int) -> tuple[str, str] | None:
    """The types of the tensors named in the part of the header that was read."""
    length = int.from_bytes(head[:8], "little")
    if len(head) < 10 or length > size - 8 or head[8:9] != b"{":
        return None
    types = sorted({found.decode("ascii") for found in _DTYPE.findall(head[8 : 8 + length])})
    return "safetensors", ", ".join(types)[:200]
