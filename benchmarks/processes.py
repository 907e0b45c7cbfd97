"""Runs processes and says what they and their children took."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SHOWN_OF_ERRORS = 2000
KIB = 1024


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process and the children that it waited for took."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    """Of the largest process, not of all together."""
    output: bytes


def spend(
    command: Sequence[str], cwd: Path | None = None, extra: Mapping[str, str] | None = None, accepted: Sequence[int] = (0,)
) -> Spent:
    """Run a command to its end. Raises `RuntimeError` where its exit code is not accepted.

    A process inherits the peak memory of the one that starts it, so that should be small.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(extra or {})}, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in accepted:
            errors.seek(0)
            tail = errors.read().decode("utf-8", "replace")[-SHOWN_OF_ERRORS:]
            raise RuntimeError(f"{command[0]} ended with {process.returncode}: {tail}")
        output.seek(0)
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else KIB)
        return Spent(usage.ru_utime + usage.ru_stime, wall, peak, output.read())


def median_ratio(values: Sequence[float], references: Sequence[float]) -> float:
    """The median of how many times its reference each value is; the two were measured in the same run."""
    return statistics.median(value / reference for value, reference in zip(values, references, strict=True))
