"""Options that several commands have alike. Loads nothing but click: a hook's call comes by here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def output_option(help_text: str) -> Callable[[Any], Any]:
    """`-o FILE`, given as often as wanted, as the argument `outputs`."""
    return click.option("-o", "--output", "outputs", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help=help_text)
