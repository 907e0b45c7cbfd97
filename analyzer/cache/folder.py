"""Where memory between runs lies, and whole files in it.

A cache is an aid: one that cannot be read, is damaged or was written by another version is a miss, and one that cannot be
written is done without. It lies with the user and never in the scanned repository, which could plant it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def cache_folder() -> Path | None:
    """The folder: `OFFRAMP_CACHE_DIR`, else that of the desktop's convention. None where `OFFRAMP_NO_CACHE` is set."""
    if os.environ.get("OFFRAMP_NO_CACHE"):
        return None
    named = os.environ.get("OFFRAMP_CACHE_DIR")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    home = os.environ.get("HOME")
    if base and os.path.isabs(base):  # noqa: PTH117 - a Path of a relative name would be made before it is refused
        return Path(base) / "offramp"
    return Path(home) / ".cache" / "offramp" if home else None


def recall(name: str, key: str) -> Any:
    """The JSON value that was stored under a name with this very key, or None."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        stored = json.loads((folder / f"{name}.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return stored[1] if isinstance(stored, list) and len(stored) == 2 and stored[0] == key else None


def remember(name: str, key: str, value: Any) -> None:
    """Store a JSON value under a name, in place of what was there; whole or not at all."""
    folder = cache_folder()
    if folder is None:
        return
    from tempfile import mkstemp  # which takes longer to load than most of what is remembered

    temporary = ""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = mkstemp(prefix=f".{name}.", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump([key, value], stream, separators=(",", ":"))
        Path(temporary).replace(folder / f"{name}.json")
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink(missing_ok=True)
