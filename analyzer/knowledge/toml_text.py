"""Writes text into TOML."""

from __future__ import annotations

from analyzer.model.errors import UserInputError


def quoted(text: str) -> str:
    """Text as a TOML string. Raises `UserInputError` for what one line cannot hold."""
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise UserInputError("TOML", "", f"{text!r} holds a control character")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def one_line(text: str) -> str:
    """Text for a comment: one line, whatever it holds."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
