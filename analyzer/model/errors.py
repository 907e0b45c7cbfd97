"""The one error type for what the user gave us: it names the file, the key and the reason."""

from __future__ import annotations


class UserInputError(Exception):
    """Bad input from the user (a rule, scenario, price list, path or option), shown once by the command line.

    `source` is a file path or an option name, `key` the dotted place inside it ("" where there is none), `reason` what
    is wrong and what would be right.
    """

    def __init__(self, source: str, key: str, reason: str) -> None:
        super().__init__(source, key, reason)  # all arguments, so that it survives a process pool
        self.source = source
        self.key = key
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.key}: {self.reason}" if self.key else f"{self.source}: {self.reason}"
