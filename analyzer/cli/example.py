"""`offramp example`: the bundled example repository, to try the tool on."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from analyzer.knowledge.data_files import data_folder
from analyzer.model.errors import UserInputError

if sys.version_info >= (3, 11):
    from importlib.resources.abc import Traversable
else:
    from importlib.abc import Traversable


@click.command("example")
@click.argument("folder", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Write the bundled example repository into a new folder."""
    if folder.exists():
        raise UserInputError(str(folder), "", "already exists")
    copy_tree(data_folder("example"), folder)
    click.echo(f"Wrote {folder}; try: offramp scan {folder} -o report.html")


def copy_tree(source: Traversable, folder: Path) -> None:
    """Copy a packaged folder."""
    folder.mkdir(parents=True)
    for entry in source.iterdir():
        if entry.is_dir():
            copy_tree(entry, folder / entry.name)
        else:
            (folder / entry.name).write_bytes(entry.read_bytes())
