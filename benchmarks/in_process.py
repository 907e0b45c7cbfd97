"""What can only be measured inside a process: parsing alone, and the stages of a scan.

usage: python benchmarks/in_process.py (parse | libcst | stages) FOLDER

Prints JSON: the Python files of a folder, their lines and bytes, and the CPU seconds of `ast.parse` over all of them, or of
LibCST's parse, or of `ast.parse` and of the stages of a scan. Nothing of the folder was read before; modules were loaded.
"""

from __future__ import annotations

import ast
import gc
import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[1] / "fixtures" / "repos" / "example"


def python_files(folder: Path) -> list[Path]:
    """The Python files below a folder, sorted."""
    return sorted(path for path in folder.rglob("*.py") if path.is_file())


def parse_seconds(sources: Sequence[bytes], parse: Callable[[bytes], object] = ast.parse) -> float:
    """CPU seconds of parsing all sources, with garbage collection off as in a scan."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    for source in sources:
        try:
            parse(source)
        except (SyntaxError, ValueError, RecursionError):
            continue
    seconds = time.process_time() - start
    gc.enable()
    return seconds


def stage_seconds(folder: Path) -> dict[str, float]:
    """CPU seconds of the stages of a scan in one process."""
    from analyzer.scan import scan_repository

    stages: dict[str, float] = {}
    current, begun = "", time.process_time()

    def watch(stage: str, done: int, total: int) -> None:
        nonlocal current, begun
        now = time.process_time()
        if current:
            stages[current] = stages.get(current, 0.0) + now - begun
        current, begun = stage, now

    result = scan_repository(folder, workers=1, progress=watch)
    watch("", 0, 0)
    del result  # freed after the clock was read: a process would hold it until its end
    return stages


def libcst_parse() -> Callable[[bytes], object]:
    """LibCST's parser, with its own errors turned into Python's."""
    import libcst

    def parse(source: bytes) -> None:
        try:
            libcst.parse_module(source)
        except libcst.ParserSyntaxError as error:
            raise ValueError(str(error)) from error

    return parse


def main() -> None:
    """Measure one folder, once."""
    warnings.simplefilter("ignore")
    what, folder = sys.argv[1], Path(sys.argv[2])
    sources = [path.read_bytes() for path in python_files(folder)]
    result: dict[str, object] = {
        "files": len(sources),
        "lines": sum(source.count(b"\n") for source in sources),
        "bytes": sum(map(len, sources)),
    }
    if what == "libcst":
        result["libcst"] = parse_seconds(sources, libcst_parse())
    else:
        result["parse"] = parse_seconds(sources)
    if what == "stages":
        stage_seconds(EXAMPLE)
        result["stages"] = stage_seconds(folder)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
