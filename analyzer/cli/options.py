"""Options that several commands have alike. Loads nothing but click: a hook's call comes by here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from analyzer.model.errors import UserInputError


def output_option(help_text: str) -> Callable[[Any], Any]:
    """`-o FILE`, given as often as wanted, as the argument `outputs`."""
    return click.option("-o", "--output", "outputs", multiple=True, type=click.Path(path_type=Path), metavar="FILE", help=help_text)


def needs_a_page(template: Path | None, formats: Iterable[str]) -> None:
    """Raise `UserInputError` where a template is given and nothing is written that it could dress."""
    if template is not None and "html" not in formats:
        raise UserInputError("--template", str(template), "dresses the HTML page, and none is written: add `-o report.html`")
