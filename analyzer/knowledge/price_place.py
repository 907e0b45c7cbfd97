"""Where the price list lies that `offramp prices refresh` writes for this user."""

from __future__ import annotations

import os
from pathlib import Path

LIST_NAME = "prices.toml"


def user_price_file() -> Path | None:
    """Below `OFFRAMP_DATA_DIR`, else where the desktop's convention says; None where neither is known."""
    named, base, home = (os.environ.get(name) for name in ("OFFRAMP_DATA_DIR", "XDG_DATA_HOME", "HOME"))
    if named:
        return Path(named) / LIST_NAME
    if base and Path(base).is_absolute():
        return Path(base) / "offramp" / LIST_NAME
    return Path(home) / ".local" / "share" / "offramp" / LIST_NAME if home else None
