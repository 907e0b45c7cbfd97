"""Finds the knowledge and templates, in an installed wheel and in a checkout alike."""

from __future__ import annotations

import sys
from importlib.resources import files

if sys.version_info >= (3, 11):
    from importlib.resources.abc import Traversable
else:
    from importlib.abc import Traversable


def data_folder(name: str) -> Traversable:
    """The folder `rules`, `report_templates` or `example`: inside the wheel first, else beside the package."""
    package = files("analyzer")
    packed = package.joinpath("_data").joinpath(name)
    if packed.is_dir():
        return packed
    beside = {"example": ("..", "fixtures", "repos", "example")}.get(name, ("..", name))
    for part in beside:
        package = package.joinpath(part)
    return package


def toml_files(folder: str) -> list[tuple[str, Traversable]]:
    """The TOML files of a folder below `rules/`, as (`rules/...` name, file), sorted by name."""
    place = data_folder("rules").joinpath(folder)
    return sorted(
        ((f"rules/{folder}/{entry.name}", entry) for entry in place.iterdir() if entry.name.endswith(".toml")),
        key=lambda named: named[0],
    )
