"""Finds the knowledge and templates, in an installed wheel, in a checkout and in a zip file alike."""

from __future__ import annotations

import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    if sys.version_info >= (3, 11):
        from importlib.resources.abc import Traversable
    else:
        from importlib.abc import Traversable

_PACKAGE = Path(__file__).parents[1]
_BESIDE = {"example": _PACKAGE.parent / "fixtures" / "repos" / "example"}


def data_folder(name: str) -> Traversable:
    """The folder `rules`, `report_templates` or `example`: inside the wheel first, else beside the package."""
    for folder in (_PACKAGE / "_data" / name, _BESIDE.get(name, _PACKAGE.parent / name)):
        if folder.is_dir():
            return folder
    from importlib.resources import files  # only for a zip file: it takes longer to load than all else here

    return files("analyzer").joinpath("_data").joinpath(name)


def toml_files(folder: str) -> list[tuple[str, Traversable]]:
    """The TOML files of a folder below `rules/`, as (`rules/...` name, file), sorted by name."""
    place = data_folder("rules").joinpath(folder)
    return sorted(
        ((f"rules/{folder}/{entry.name}", entry) for entry in place.iterdir() if entry.name.endswith(".toml")),
        key=lambda named: named[0],
    )
