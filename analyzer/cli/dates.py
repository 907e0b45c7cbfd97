"""The only place where the clock is read."""

from __future__ import annotations

import datetime

from analyzer.model.errors import UserInputError


def day(text: str | None) -> datetime.date:
    """The day on which ages are judged."""
    if text is None:
        return datetime.datetime.now(tz=datetime.timezone.utc).date()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UserInputError("--as-of", text, "must be a date such as 2026-11-24") from None
