"""CPU cost of a cold, single-process scan, as a ratio to `ast.parse` of the same Python files in the same run.

usage: python benchmarks/scan_cost.py FOLDER [FOLDER ...]

Prints a line a folder: Python lines, CPU seconds of parsing alone, of each stage of the scan, and the ratio of the whole
scan to parsing alone, in the process (warm imports) and as a whole process (`offramp scan --format json`, with start-up
and everything that the report needs). Ratios are what to compare: absolute times depend on the machine.
"""

from __future__ import annotations

import ast
import gc
import json
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
from analyzer.scan import scan_repository

RUNS = 5
EXAMPLE = Path(__file__).parents[1] / "fixtures" / "repos" / "example"


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
    result = scan_repository(folder, workers=1, progress=note)
    end = time.process_time()
    stages[last[0]] = stages.get(last[0], 0.0) + end - last[1]
    del result  # freed after the clock was read: the process would hold it until its end
    return end - start, stages


def process_seconds(folder: Path) -> float:
    """CPU seconds of `offramp scan` as a whole process, report included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "analyzer", "scan", str(folder), "--workers", "1", "--quiet", "--format", "json"]
    with Path(os.devnull).open("w") as nowhere:
        subprocess.run(command, stdout=nowhere, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure_once(folder: Path) -> dict[str, object]:
    """One cold measurement: modules are loaded on a small folder first, nothing of `folder` has been read before."""
    scan_seconds(EXAMPLE)
    files = [file for file in discover(folder).files if file.kind == "python"]
    sources = [decode(read_bytes(folder / file.path), "python") for file in files]
    parsed = parse_seconds(sources)
    scanned, stages = scan_seconds(folder)
    lines = sum(source.count("\n") for source in sources)
    return {"files": len(files), "lines": lines, "parse": parsed, "scan": scanned, "stages": stages}


def main() -> None:
    """Measure every folder named, each run in a process of its own."""
    warnings.simplefilter("ignore")
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if sys.argv[1] == "--once":
        print(json.dumps(measure_once(Path(sys.argv[2]))))
        return
    for name in sys.argv[1:]:
        folder = Path(name)
        ratios, rows, whole = [], [], []
        for _ in range(RUNS):
            output = subprocess.run([sys.executable, __file__, "--once", name], capture_output=True, check=True).stdout
            rows.append(json.loads(output))
            ratios.append(rows[-1]["scan"] / rows[-1]["parse"])
            whole.append(process_seconds(folder) / rows[-1]["parse"])
        row = rows[-1]
        detail = " ".join(f"{stage}={seconds / row['parse']:.2f}x" for stage, seconds in row["stages"].items())
        print(
            f"{folder.name}: {row['files']} files, {row['lines']} lines; ast.parse {row['parse']:.2f} CPU s; "
            f"scan {statistics.median(ratios):.2f}x ({detail}); "
            f"whole process with graph, effort, cost and JSON {statistics.median(whole):.2f}x"
        )


if __name__ == "__main__":
    main()
