"""What Offramp costs beside parsing alone and beside other tools, on the same files, as ratios within one run.

usage: python benchmarks/speed.py [--corpora transformers,vllm] [--checkout NAME=FOLDER] [--runs 5]
           [--tables scan,stages,contestants,summary,hook,scaling] [--semgrep COMMAND] [--torchfix COMMAND] [--ruff COMMAND]
           [--write docs/speed.md --write README.md]

The unit is `ast.parse` over all Python files, in CPU seconds of the same run: a ratio carries over to another machine, seconds
do not. Everything else is the CPU time of whole processes, their children included, but where wall time is said. Every number
is a median. The packages of packages.toml are fetched once and kept outside the project; --checkout adds a folder of your own.
Tools that are not installed are skipped; semgrep and torchfix, which take minutes, run once on a corpus that is not too large.

`--write` puts the tables between the marks `<!-- speed: NAME -->` and `<!-- speed: end -->` of a Markdown file; the names are
those of --tables, and `versions`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpora import Corpus, cache_folder, gather
from hook_speed import hook_table
from in_process import python_files
from processes import Spent, median_ratio, spend
from rivals import Rival, offramp, own_environment, rivals
from scaling import SIZES, scaling_table
from tables import NOT_RUN, NOTHING, note, table, write_into

from analyzer import __version__

IN_PROCESS = Path(__file__).with_name("in_process.py")
MEGABYTE = 1_000_000
NAMES = ("scan", "stages", "contestants", "summary", "hook", "scaling")
FROM_RUNS = {"scan", "stages", "contestants", "summary"}


@dataclass(slots=True)
class Series:
    """The measurements of one corpus, run by run; what was not run is not there."""

    corpus: Corpus
    files: int = 0
    lines: int = 0
    parse: list[float] = field(default_factory=list)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    wall: dict[str, list[float]] = field(default_factory=dict)
    peak: list[int] = field(default_factory=list)

    def take(self, name: str, spent: Spent) -> None:
        """Keep what a process took."""
        self.cpu.setdefault(name, []).append(spent.cpu_seconds)
        self.wall.setdefault(name, []).append(spent.wall_seconds)

    def times(self, name: str) -> str:
        """How many times parsing alone, as text."""
        values = self.cpu.get(name)
        return NOT_RUN if not values else ratio_text(median_ratio(values, self.parse[: len(values)]))


def ratio_text(ratio: float) -> str:
    """A ratio with two digits that mean something."""
    return f"{ratio:.2f}x" if ratio < 1 else f"{ratio:.1f}x" if ratio < 10 else f"{ratio:.0f}x"


# ---- a corpus, run by run --------------------------------------------------------------------------------------------


def measure(corpus: Corpus, tables: Sequence[str], runs: int, tools: Sequence[Rival], slow_up_to: int) -> Series:
    """Measure one corpus: in every run everything once, so that a slow spell of the machine meets all."""
    series = Series(corpus)
    for run in range(runs):
        note(f"{corpus.name}: run {run + 1} of {runs}")
        take_parsing(series, "stages" if "stages" in tables else "parse")
        if not {"scan", "contestants", "summary"}.isdisjoint(tables):
            take_scans(series, run, not {"scan", "summary"}.isdisjoint(tables))
        if not {"contestants", "summary"}.isdisjoint(tables):
            is_small = series.lines <= slow_up_to and not run
            take_rivals(series, [tool for tool in tools if tool.version and (is_small or not tool.is_slow)])
    return series


def take_parsing(series: Series, what: str) -> None:
    """The unit, and the stages of a scan against it."""
    result = json.loads(spend([sys.executable, str(IN_PROCESS), what, str(series.corpus.root)], extra=own_environment()).output)
    series.files, series.lines = result["files"], result["lines"]
    series.parse.append(result["parse"])
    for stage, seconds in result.get("stages", {}).items():
        series.cpu.setdefault(stage, []).append(seconds)


def take_scans(series: Series, run: int, is_whole: bool) -> None:
    """A first scan with nothing remembered, and, where all is asked for, one again, one with two workers, one after a change.

    What files say is remembered by scans with several workers alone, so the change is measured with two.
    """
    root = str(series.corpus.root)
    with tempfile.TemporaryDirectory() as folder:
        environment = own_environment(Path(folder, "one"))

        def scan(workers: int) -> Spent:
            command = offramp("scan", root, "--format", "json", "--quiet", "--workers", str(workers))
            return spend(command, Path(folder), environment)

        first = scan(1)
        series.take("cold", first)
        series.peak.append(first.peak_bytes)
        if not is_whole:
            return
        if remembers(environment):
            series.take("warm", scan(1))
        environment = own_environment(Path(folder, "two"))
        series.take("two", scan(2))
        if remembers(environment):
            changed = python_files(series.corpus.root)[series.files // 2]
            with changed.open("ab") as file:
                file.write(f"\nMEASURED_IN_RUN = {run}\n".encode())
            series.take("changed", scan(2))


def remembers(environment: dict[str, str]) -> bool:
    """Whether this version of Offramp remembers anything between runs."""
    return b"--no-cache" in spend(offramp("scan", "--help"), extra=environment).output


def take_rivals(series: Series, tools: Sequence[Rival]) -> None:
    """Every other tool, and LibCST's parser."""
    libcst = spend([sys.executable, str(IN_PROCESS), "libcst", str(series.corpus.root)], extra=own_environment())
    series.cpu.setdefault("libcst", []).append(json.loads(libcst.output)["libcst"])
    for tool in tools:
        note(f"{series.corpus.name}: {tool.name}")
        series.take(tool.name, spend([*tool.command, "."], series.corpus.root, tool.environment, tool.accepted))


# ---- tables ----------------------------------------------------------------------------------------------------------


def scan_table(measured: Sequence[Series]) -> str:
    """Whole scans against parsing alone."""
    head = ["corpus", "Python files", "lines", "`ast.parse`", "first scan", "again", "peak memory",
            "wall time with two workers", "with two, one file changed"]  # fmt: skip
    rows = []
    for one in measured:
        two = median_ratio(one.wall["two"], one.wall["cold"]) if one.wall.get("two") else None
        rows.append([
            one.corpus.name, f"{one.files:,}", f"{one.lines:,}", f"{statistics.median(one.parse):.2f} s", one.times("cold"),
            one.times("warm"), f"{statistics.median(one.peak) / MEGABYTE:,.0f} MB",
            NOTHING if two is None else f"{two:.2f} of one", one.times("changed"),
        ])  # fmt: skip
    return table(head, rows)


def stage_table(measured: Sequence[Series]) -> str:
    """Where the time of a scan goes."""
    stages = ["discover", "read", "link", "detect"]
    return table(["corpus", *stages], [[one.corpus.name, *map(one.times, stages)] for one in measured])


def contestant_table(measured: Sequence[Series], tools: Sequence[Rival]) -> str:
    """Everybody against parsing alone."""
    names = ["cold", *(tool.name for tool in tools), "libcst"]
    head = ["corpus", "Offramp, first scan", *(tool.name for tool in tools), "LibCST, parser only"]
    return table(head, [[one.corpus.name, *map(one.times, names)] for one in measured])


def summary_table(measured: Sequence[Series], tools: Sequence[Rival]) -> str:
    """The few numbers that a front page has room for."""
    head = ["corpus", "lines", "first scan", "again", *(tool.name for tool in tools), "LibCST, parser only"]
    names = ["cold", "warm", *(tool.name for tool in tools), "libcst"]
    return table(head, [[one.corpus.name, f"{one.lines:,}", *map(one.times, names)] for one in measured])


def version_text(tools: Sequence[Rival], runs: int) -> str:
    """What was measured with what."""
    versions = [f"{tool.name} {tool.version}" if tool.version else f"no {tool.name}" for tool in tools]
    return (
        f"Offramp {__version__}, Python {platform.python_version()}, {', '.join(versions)}; {os.cpu_count()} processors, "
        f"{'one run' if runs == 1 else f'medians of {runs} runs'}."
    )


def checkout(text: str) -> tuple[str, Path]:
    """NAME=FOLDER of the command line."""
    name, sign, folder = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FOLDER")
    return name, Path(folder)


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", help="only these, by name; comma-separated")
    parser.add_argument("--checkout", type=checkout, action="append", default=[], help="NAME=FOLDER; repeatable")
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="where packages are kept")
    parser.add_argument("--tables", default=",".join(NAMES), help="only these; comma-separated")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--hook-runs", type=int, default=15)
    parser.add_argument("--hook-corpus", default="deepspeed", help="whose files a commit changes, else the first corpus")
    parser.add_argument("--most-lines", type=int, default=SIZES[-1], help="where scaling ends")
    parser.add_argument("--slow-up-to", type=int, default=500_000, help="lines above which semgrep and torchfix are not run")
    parser.add_argument("--semgrep", help="path of the semgrep command")
    parser.add_argument("--torchfix", help="path of the torchfix command")
    parser.add_argument("--ruff", help="path of the ruff command")
    parser.add_argument("--write", type=Path, action="append", default=[], help="a Markdown file with marks; repeatable")
    options = parser.parse_args(arguments)
    options.tables = options.tables.split(",")
    unknown = sorted(set(options.tables) - set(NAMES))
    if unknown:
        parser.error(f"no such table: {', '.join(unknown)}")
    return options


def main() -> None:
    """Measure what is asked for and print the tables."""
    options = options_of()
    tools = rivals(options.semgrep, options.torchfix, options.ruff)
    names = options.corpora.split(",") if options.corpora else None
    if names is not None:
        names += [name for name, _ in options.checkout]
    with tempfile.TemporaryDirectory(prefix="offramp-speed-") as work:
        corpora = gather(names, dict(options.checkout), options.cache, Path(work, "corpora"))
        if not corpora:
            sys.exit("nothing to measure on")
        by_name = {corpus.name: corpus for corpus in corpora}
        hook_corpus = by_name.get(options.hook_corpus, corpora[0])
        measured = []
        if FROM_RUNS.intersection(options.tables):
            measured = [measure(corpus, options.tables, options.runs, tools, options.slow_up_to) for corpus in corpora]
        makers: dict[str, Callable[[], str]] = {
            "scan": lambda: scan_table(measured),
            "stages": lambda: stage_table(measured),
            "contestants": lambda: contestant_table(measured, tools),
            "summary": lambda: summary_table(measured, tools),
            "hook": lambda: hook_table(hook_corpus, Path(work, "hook"), options.hook_runs, tools),
            "scaling": lambda: scaling_table(corpora, Path(work, "scaling"), options.most_lines),
        }
        tables = {name: makers[name]() for name in options.tables}
    tables["versions"] = version_text(tools, options.runs)
    print("\n\n".join(tables.values()))
    write_into(options.write, tables, "speed")


if __name__ == "__main__":
    main()
