"""The only place where the clock is read."""

from __future__ import annotations

import time

from analyzer.model.errors import UserInputError


def day(text: str | None) -> str:
    """The day on which ages are judged."""
    if text is None:
        return time.strftime("%Y-%m-%d", time.gmtime())
    import datetime  # which takes longer to load than the day to tell

    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UserInputError("--as-of", text, "must be a date such as 2026-11-24") from None
