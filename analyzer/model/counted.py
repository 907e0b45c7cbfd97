"""A number with its noun, as people write them."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """`1 file` or `3,000 files`. `many` is the plural where an s at the end does not make it; a verb may come along with both."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
