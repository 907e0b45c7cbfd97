"""What Offramp is compared with: semgrep with rules of its own, plain text searches, and the checks of commit hooks.

Every contestant takes a folder and returns the places that it would report. Notebooks are given cell by cell to those
that cannot read them, ignore files are left aside, and lines that are nothing but a comment are not held against
anybody: the comparison is about what a tool understands, not about how it is called.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from in_process import parse_seconds
from score_labels import CUDA_SOURCES, Place, cells_of, in_scope, places_of_report, without_magic

PROJECT = Path(__file__).resolve().parents[1]
SEMGREP_RULES = Path(__file__).with_name("semgrep_cuda.yaml")
PARSE_RUNS = 3
COMMENT = ("#", "//")

TEXT_SEARCH = re.compile(r"cuda|nccl|nvidia", re.IGNORECASE)
# What the labelling rules count as visible to a search: a label that this misses "needs data flow".
WIDE_TEXT_SEARCH = re.compile(
    r"cuda|gpu|nccl|triton|nvidia|nvcc|cudnn|cublas|cutlass|cupy|numba|tensorrt|\bapex\b|flash_attn|flash-attn|xformers"
    r"|bitsandbytes|nvml|\bnvtx\b|\bamp\b|autocast|GradScaler|float16|fp16|bf16|\.half\(|tf32|pallas",
    re.IGNORECASE,
)
# Commit hooks of projects that support several accelerators forbid direct use of torch.cuda: three small sets of
# patterns and a list of the calls that have an equivalent under the project's own accelerator module.
HOOK = re.compile(
    r"torch\.cuda|\.cuda\(|\bis_cuda\b"
    r"|\bcuda\.(?:synchronize|empty_cache|set_device|current_device|device_count|current_stream|default_stream|Stream|Event"
    r"|memory_(?:allocated|reserved)|max_memory_(?:allocated|reserved)|reset_peak_memory_stats|manual_seed(?:_all)?"
    r"|[gs]et_rng_state|get_device_(?:name|properties|capability)|is_bf16_supported)\b"
)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A name and what it reports for a folder; `run` is None where the tool is not installed."""

    name: str
    run: Callable[[Path], list[Place]] | None


@dataclass(frozen=True, slots=True)
class Result:
    """What a contestant reported, and the CPU seconds of this process and its children."""

    places: list[Place]
    cpu_seconds: float


def contestants(semgrep: str | None) -> tuple[Contestant, ...]:
    """All contestants; `semgrep` is the path of its command, if there is one."""
    return (
        Contestant("Offramp", offramp),
        Contestant("semgrep", (lambda root: semgrep_places(semgrep, root)) if semgrep else None),
        Contestant("text search", lambda root: searched(root, TEXT_SEARCH, in_scope)),
        Contestant("wide text search", lambda root: searched(root, WIDE_TEXT_SEARCH, in_scope)),
        Contestant("in-house hook", lambda root: searched(root, HOOK, lambda path: path.endswith(".py"))),
    )


def measured(run: Callable[[Path], list[Place]], root: Path) -> Result:
    """Run a contestant and count its CPU time."""
    before = _cpu_seconds()
    places = run(root)
    return Result(places, _cpu_seconds() - before)


def _cpu_seconds() -> float:
    usages = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def best_parse_seconds(root: Path) -> float:
    """CPU seconds of `ast.parse` over all Python files of a folder, the best of a few runs."""
    sources = [path.read_bytes() for path in files_of(root) if path.suffix == ".py"]
    return min(parse_seconds(sources) for _ in range(PARSE_RUNS))


def files_of(root: Path) -> Iterator[Path]:
    """The regular files of a checkout, sorted, without its version control."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def texts_of(root: Path) -> Iterator[tuple[str, str]]:
    """Path and text of every file in scope; code cells of notebooks one by one, as the labels name them."""
    for file in files_of(root):
        path = file.relative_to(root).as_posix()
        if not in_scope(path):
            continue
        text = file.read_text("utf-8", "replace")
        if not path.endswith(".ipynb"):
            yield path, text
            continue
        for number, kind, source in cells_of(text):
            if kind == "code":
                yield f"{path}#cell{number}", source


def offramp(root: Path) -> list[Place]:
    """`offramp scan`, as a process of its own with everything that its report needs."""
    command = [sys.executable, "-m", "analyzer", "scan", str(root.resolve()), "--format", "json", "--quiet", "--no-cache"]
    result = subprocess.run([*command, "--workers", "1"], cwd=PROJECT, capture_output=True, check=True)
    return places_of_report(json.loads(result.stdout))


def searched(root: Path, pattern: re.Pattern[str], wanted: Callable[[str], bool]) -> list[Place]:
    """Every line that a pattern matches and that is not only a comment."""
    places = []
    for path, text in texts_of(root):
        if not wanted(path):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if pattern.search(line) and not line.lstrip().startswith(COMMENT):
                places.append(Place(path, number, number))
    return places


def semgrep_places(semgrep: str, root: Path) -> list[Place]:
    """semgrep on a copy of the files in scope: no ignore files, a cell as a file, no network."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        (copy / ".semgrepignore").touch()  # its built-in list leaves out tests and build folders
        for path, text in texts_of(root):
            is_cell = ".ipynb#cell" in path
            target = copy / (f"{path}.py" if is_cell else path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(without_magic(text) if is_cell else text, "utf-8")
        result = subprocess.run([*semgrep_command(semgrep), "."], cwd=copy, capture_output=True, check=False)
        if not result.stdout:
            raise RuntimeError(f"semgrep failed: {result.stderr.decode('utf-8', 'replace')[-2000:]}")
        return [_semgrep_place(found) for found in json.loads(result.stdout)["results"]]


def semgrep_command(semgrep: str) -> list[str]:
    """How semgrep is called, in one process; what to look at comes behind."""
    return [
        semgrep, "scan", "--config", str(SEMGREP_RULES), "--json", "--quiet", "--metrics=off",
        "--disable-version-check", "--no-git-ignore", "--jobs", "1", "--max-target-bytes", "0",
    ]  # fmt: skip


def _semgrep_place(found: dict[str, object]) -> Place:
    start, end, extra = found["start"], found["end"], found["extra"]
    assert isinstance(start, dict) and isinstance(end, dict) and isinstance(extra, dict)
    path = PurePosixPath(str(found["path"])).as_posix()
    path = path.removesuffix(".py") if ".ipynb#cell" in path else path
    last = start["line"] if path.endswith(CUDA_SOURCES) else end["line"]
    return Place(path, start["line"], last, extra["severity"] != "INFO", str(found["check_id"]).rsplit(".", 1)[-1])
