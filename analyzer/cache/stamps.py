"""What files look like from outside: enough to see that they have changed, at the price of asking the file system."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path


def stamp_of(*places: Path) -> str:
    """Names, sizes and times of files, and of all files in folders; "" where a place is not to be found."""
    try:
        states = [(name, os.stat(name)) for place in places for name in _files(str(place))]  # noqa: PTH116 - half the time
    except OSError:
        return ""
    return "\n".join(f"{name}:{state.st_size}:{state.st_mtime_ns}" for name, state in states)


def _files(place: str) -> Iterator[str]:
    if not os.path.isdir(place):  # noqa: PTH112 - half the time of a Path
        yield place
        return
    with os.scandir(place) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != "__pycache__":
                yield from _files(entry.path)
        else:
            yield entry.path


@lru_cache(maxsize=1)
def program_stamp() -> str:
    """The stamp of this very program with its rules and templates, and of the libraries that it is run with; "" where it does
    not lie in files. Whatever is installed or removed beside it changes the time of the folder that it lies in."""
    package = Path(__file__).parents[1]
    beside = [package.parent / name for name in ("rules", "report_templates")]
    packed = package / "_data"
    own = stamp_of(package, *([] if packed.is_dir() else beside)) if package.is_dir() else ""
    folders = [path for path in sys.path if path.endswith("-packages") and os.path.isdir(path)]  # noqa: PTH112
    libraries = "\n".join(f"{path}:{os.stat(path).st_mtime_ns}" for path in folders)  # noqa: PTH116
    return f"{own}\n{libraries}" if own else ""
