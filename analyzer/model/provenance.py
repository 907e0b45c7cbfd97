"""How a report was made: the command that makes it again, and of which commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provenance:
    """Nothing of it names a place on the machine: files stand by their names alone."""

    commands: tuple[str, ...] = ()
    """What was called, one after the other; () where the report was not made by the command line."""
    commit: str = ""
    """The commit of git that the folder stood at; "" where there is none. What was not committed is not told by it."""


UNTOLD = Provenance()
