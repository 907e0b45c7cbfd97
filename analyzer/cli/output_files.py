"""Writes results: to a temporary file first, so that nothing is ever half-written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from analyzer.model.errors import UserInputError


def formats_by_ending(outputs: Iterable[Path], endings: Mapping[str, str]) -> dict[Path, str]:
    """The format of each file, by the longest ending that fits. Raises `UserInputError`, before any work is done."""
    formats = {}
    for output in outputs:
        fitting = [ending for ending in endings if output.name.lower().endswith(ending)]
        if not fitting:
            known = ", ".join(ending for ending in endings if ending.startswith("."))
            raise UserInputError("--output", str(output), f"unknown ending {output.suffix!r}; known are {known}")
        if not output.parent.is_dir():
            raise UserInputError("--output", str(output), f"there is no folder {output.parent}")
        if output.is_dir():
            raise UserInputError("--output", str(output), "is a folder; give the name of a file")
        formats[output] = endings[max(fitting, key=len)]
    return formats


def refuse_inputs(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raise `UserInputError` where a file that is read would be written over."""
    read = {path.resolve() for path in inputs}
    for output in outputs:
        if output.resolve() in read:
            raise UserInputError("--output", str(output), "is a report that is read; give another name")


def write_whole(path: Path, text: str) -> None:
    """Write a file completely or not at all. Raises `UserInputError` where that is not possible."""
    try:
        if path.is_dir():
            raise UserInputError(str(path), "", "is a folder; give the name of a file")
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UserInputError(str(path), "", f"cannot be written: {error.strerror or error}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise UserInputError(str(path), "", f"cannot be written: {error.strerror or error}") from None
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
