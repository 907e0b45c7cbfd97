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


def report_option(endings: Iterable[str]) -> Callable[[Any], Any]:
    """`-o FILE` of a command that writes a whole report, by one of the endings."""
    return output_option(f"Write a report; the format follows from the ending ({', '.join(endings)}). Repeatable.")


def template_option() -> Callable[[Any], Any]:
    """`--template FOLDER`; see `needs_a_page`."""
    words = "Dress the HTML page: title, client, author, logo, colour, summary and sections, by the template.toml in it."
    return click.option("--template", type=click.Path(path_type=Path), metavar="FOLDER", help=words)


def needs_a_page(template: Path | None, formats: Iterable[str]) -> None:
    """Raise `UserInputError` where a template is given and nothing is written that it could dress."""
    if template is not None and "html" not in formats:
        raise UserInputError("--template", str(template), "dresses the HTML page, and none is written: add `-o report.html`")
