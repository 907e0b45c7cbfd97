"""Progress on standard error, for people who watch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from analyzer.facts.extract import Progress, no_progress

STAGE_TITLES = {
    "discover": "Looking for files", "read": "Reading", "link": "Linking", "detect": "Matching rules",
    "graph": "Graph and models", "assess": "Estimating", "plan": "Costs and plans",
}  # fmt: skip


@contextmanager
def progress_bar(hidden: bool) -> Iterator[Progress]:
    """Progress on standard error, on a terminal only."""
    if hidden or not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bar.update(task, description=STAGE_TITLES.get(stage, stage), completed=done, total=total)

        yield show
