"""Reads a second opinion: what kind of file it is says its content, not its name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from analyzer.discover.raw_files import open_regular
from analyzer.model.errors import UserInputError
from analyzer.model.opinion import Opinion
from analyzer.opinions.export_reports import is_draft_report, is_onnx_report, read_draft_report, read_onnx_report
from analyzer.opinions.neuron_results import (
    is_analysis,
    is_compilation,
    read_analysis,
    read_compilation,
    read_json,
    summary_in_log,
)

LARGEST_TEXT_BYTES = 50_000_000
HEAD_BYTES = 4096
KNOWN = (
    "an ONNX model, a report of torch.onnx.export(report=True) or of torch.export.draft_export, the JSON of torch_neuronx.analyze "
    "or the summary of neuron_parallel_compile"
)
COMPILE_LOG_MARK = "NEURON_PARALLEL_COMPILE"


def read_opinions(named: Iterable[str]) -> tuple[Opinion, ...]:
    """Read files given as `FILE` or `FILE=SYMBOL`, each once. Raises `UserInputError`."""
    return tuple(read_opinion(path, symbol) for path, symbol in dict.fromkeys(split_name(name) for name in named))


def split_name(named: str, folder: Path = Path()) -> tuple[str, str]:
    """`net.onnx=pkg.Net` -> (`net.onnx`, `pkg.Net`); a file that has such a name as a whole is meant first."""
    if "=" not in named or (folder / named).is_file():
        return named, ""
    path, _, symbol = named.rpartition("=")
    return path, symbol.strip()


def read_opinion(named: str, symbol: str = "") -> Opinion:
    """Read one file, its weights never. Raises `UserInputError` naming the file, the place in it and what is wrong."""
    path = Path(named)
    try:
        with open_regular(path.resolve()) as stream:
            size = os.fstat(stream.fileno()).st_size
            head = stream.read(HEAD_BYTES)
            if not head:
                raise UserInputError(path.name, "", "is empty")
            if not is_text(head):
                from analyzer.opinions.onnx_model import read_onnx_model

                stream.seek(0)
                return read_onnx_model(path.name, symbol, stream, size)
            if size > LARGEST_TEXT_BYTES:
                raise UserInputError(path.name, "", f"is larger than {LARGEST_TEXT_BYTES:,} bytes, too large for a report")
            text = (head + stream.read(LARGEST_TEXT_BYTES)).decode("utf-8-sig", "replace")
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UserInputError(named, "", f"cannot be read: {reason}") from None
    return read_text(path.name, symbol, text)


def read_text(source: str, symbol: str, text: str) -> Opinion:
    """Read a report that is text."""
    if text.lstrip()[:1] == "{":
        values = read_json(source, text)
        if is_analysis(values):
            return read_analysis(source, symbol, values)
        if is_compilation(values):
            return read_compilation(source, symbol, values)
    elif is_onnx_report(text.lstrip()[:HEAD_BYTES]):
        return read_onnx_report(source, symbol, text.lstrip())
    elif is_draft_report(text[:HEAD_BYTES]):
        return read_draft_report(source, symbol, text)
    elif COMPILE_LOG_MARK in text:
        return read_compilation(source, symbol, summary_in_log(source, text))
    raise UserInputError(source, "", f"is none of the files that can be read as a second opinion: {KNOWN}")


def is_text(head: bytes) -> bool:
    """Whether a file begins like text: no control characters but those of lines and colours."""
    if any(byte < 32 and byte not in (9, 10, 13, 27) for byte in head):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and error.start > 0
    return True
