"""CPU cost of a cold, single-process scan, as a ratio to `ast.parse` of the same Python files in the same run.

usage: python benchmarks/scan_cost.py FOLDER [FOLDER ...]

Prints a line a folder: Python lines, CPU seconds of parsing alone, of each stage of the scan, and the ratio of the whole
scan to parsing alone, in the process (warm imports) and as a whole process (`offramp scan --format json`, with start-up
and everything that the report needs). Ratios are what to compare: absolute times depend on the machine.
"""

from __future__ import annotations

import ast
import gc
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

from analyzer.discover.files import discover
from analyzer.facts.read_file import decode, read_bytes
from analyzer.pipeline import scan_repository

RUNS = 3


def parse_seconds(sources: list[str]) -> float:
    """CPU seconds of `ast.parse` over all sources, garbage collection off as in the scan."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    for source in sources:
        try:
            ast.parse(source)
        except (SyntaxError, ValueError):
            continue
    seconds = time.process_time() - start
    gc.enable()
    return seconds


def scan_seconds(folder: Path) -> tuple[float, dict[str, float]]:
    """CPU seconds of a scan in one process, whole and by stage."""
    stages: dict[str, float] = {}
    last = ["", time.process_time()]

    def note(stage: str, done: int, total: int) -> None:
        now = time.process_time()
        if last[0]:
            stages[last[0]] = stages.get(last[0], 0.0) + now - last[1]
        last[:] = [stage, now]

    gc.collect()
    start = time.process_time()
    scan_repository(folder, workers=1, progress=note)
    end = time.process_time()
    stages[last[0]] = stages.get(last[0], 0.0) + end - last[1]
    return end - start, stages


def process_seconds(folder: Path) -> float:
    """CPU seconds of `offramp scan` as a whole process, report included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "analyzer", "scan", str(folder), "--workers", "1", "--quiet", "--format", "json"]
    with Path(os.devnull).open("w") as nowhere:
        subprocess.run(command, stdout=nowhere, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure every folder named."""
    warnings.simplefilter("ignore")
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        folder = Path(name)
        files = [file for file in discover(folder).files if file.kind == "python"]
        sources = [decode(read_bytes(folder / file.path), "python") for file in files]
        lines = sum(source.count("\n") for source in sources)
        scan_seconds(folder)  # imports and caches, once
        parsed, scanned, whole, stages = [], [], [], {}
        for _ in range(RUNS):
            parsed.append(parse_seconds(sources))
            seconds, stages = scan_seconds(folder)
            scanned.append(seconds)
            whole.append(process_seconds(folder))
        parse = statistics.median(parsed)
        detail = " ".join(f"{stage}={seconds:.2f}" for stage, seconds in stages.items())
        print(
            f"{folder.name}: {len(files)} files, {lines} lines; ast.parse {parse:.2f} s; "
            f"scan {statistics.median(scanned):.2f} s = {statistics.median(scanned) / parse:.2f}x ({detail}); "
            f"whole process {statistics.median(whole):.2f} s = {statistics.median(whole) / parse:.2f}x"
        )


if __name__ == "__main__":
    main()
