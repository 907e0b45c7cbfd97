"""Whether the time for a line stays the same however many lines there are."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from corpora import Corpus
from in_process import python_files
from processes import spend
from rivals import offramp, own_environment
from tables import note, table

IN_PROCESS = Path(__file__).with_name("in_process.py")
SIZES = (10_000, 50_000, 200_000, 500_000, 1_000_000, 2_000_000)
MICROSECONDS = 1_000_000
MEGABYTE = 1_000_000


def scaling_table(corpora: Sequence[Corpus], folder: Path, most_lines: int) -> str:
    """A row for each size: copies of the corpora under numbered folders, until there are so many lines."""
    rows = []
    for size in SIZES:
        if size > most_lines:
            break
        note(f"scaling: {size:,} lines")
        root = folder / str(size)
        fill(root, corpora, size)
        rows.append(_row(root))
        shutil.rmtree(root)
    return table(["Python lines", "files", "`ast.parse`, each line", "scan, each line", "scan", "peak memory"], rows)


def _row(root: Path) -> list[str]:
    parsed = json.loads(spend([sys.executable, str(IN_PROCESS), "parse", str(root)], extra=own_environment()).output)
    with tempfile.TemporaryDirectory() as cache:
        command = offramp("scan", str(root), "--format", "json", "--quiet", "--workers", "1")
        spent = spend(command, Path(cache), own_environment(Path(cache)))
    lines = parsed["lines"]
    return [
        f"{lines:,}",
        f"{parsed['files']:,}",
        f"{parsed['parse'] / lines * MICROSECONDS:.1f} µs",
        f"{spent.cpu_seconds / lines * MICROSECONDS:.1f} µs",
        f"{spent.cpu_seconds / parsed['parse']:.1f}x",
        f"{spent.peak_bytes / MEGABYTE:,.0f} MB",
    ]


def fill(root: Path, corpora: Sequence[Corpus], lines: int) -> None:
    """Copy Python files until there are so many lines; a file that would bring far too many is passed over."""
    room = lines
    passed_over = 0
    for path, name in _endless(corpora):
        content = path.read_bytes()
        count = content.count(b"\n")
        if count > room:
            passed_over += 1
            if room < lines // 50 or passed_over > 1000:
                return
            continue
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        room -= count


def _endless(corpora: Sequence[Corpus]) -> Iterator[tuple[Path, str]]:
    """All files again and again, every time under another folder."""
    files = [(path, f"{one.name}/{path.relative_to(one.root).as_posix()}") for one in corpora for path in python_files(one.root)]
    number = 0
    while files:
        number += 1
        for path, name in files:
            yield path, f"copy{number}/{name}"
