"""The command line that makes a report again, in one order of options and without a place on this machine."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.discover.files import LARGEST_FILE_BYTES, DiscoverySettings
from analyzer.model.provenance import Provenance

if TYPE_CHECKING:
    from analyzer.model.cost_files import CostFiles

MOST_COMMANDS = 20


def scan_command(
    root: Path, settings: DiscoverySettings, targets: Iterable[str], files: CostFiles, effort: Path | None, opinions: Iterable[str],
    surfaces: Iterable[str], churn: int, accept_claims: bool, no_source: bool, as_of: str,
) -> str:  # fmt: skip
    """`offramp scan` with every option that decides what is in the report, settings of the repository included."""
    size = settings.largest_file_bytes
    return _line(
        ("offramp", "scan", root.resolve().name or "."),
        *(("-t", target) for target in targets),
        *((("--accept-claims",),) if accept_claims else ()),
        *cost_options(files),
        *_named("--effort", effort),
        *(("--second-opinion", _opinion(named)) for named in opinions),
        *(("--surface", Path(named).name) for named in surfaces),
        *((("--churn", str(churn)),) if churn else ()),
        *(("--include", pattern) for pattern in settings.include),
        *(("--exclude", pattern) for pattern in settings.exclude),
        *((("--max-file-bytes", str(size)),) if size != LARGEST_FILE_BYTES else ()),
        *((("--no-source",),) if no_source else ()),
        ("--as-of", as_of),
        ("-o", "report.html"),
        ("-o", "report.json"),
    )


def with_costs(made: Provenance, files: CostFiles, no_source: bool, as_of: str) -> Provenance:
    """The same, and `offramp report` where it was given something anew; drawing the same again is not worth a line."""
    if not cost_options(files) and not no_source:
        return made
    line = _line(
        ("offramp", "report", "report.json"), *cost_options(files), *((("--no-source",),) if no_source else ()),
        ("--as-of", as_of), ("-o", "report.html"), ("-o", "report.json"),
    )  # fmt: skip
    return replace(made, commands=(*made.commands, line)[-MOST_COMMANDS:])


def cost_options(files: CostFiles) -> tuple[tuple[str, str], ...]:
    """The files of the costs, each by its name."""
    prices = (("--prices", path.name) for path in files.prices)
    return (*_named("--workload", files.workload), *prices, *_named("--measurements", files.measurements))


def _named(option: str, path: Path | None) -> tuple[tuple[str, str], ...]:
    return () if path is None else ((option, path.name),)


def _opinion(named: str) -> str:
    """A second opinion by the name of its file, with the entry point that it speaks for."""
    path, _, symbol = named.rpartition("=")
    return f"{Path(path).name}={symbol}" if path else Path(named).name


def _line(*parts: tuple[str, ...]) -> str:
    return " ".join(shlex.quote(word) for part in parts for word in part)
