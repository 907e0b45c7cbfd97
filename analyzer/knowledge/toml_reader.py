"""Strict reading of TOML: every key is asked for by name and type, and what was not asked for is an error.

A typo must never silently disable a rule or change a price, so `Table.finish()` rejects unknown keys and names the
nearest known one.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import reduce
from pathlib import Path
from typing import Protocol

import tomli

from analyzer.knowledge.data_files import data_folder
from analyzer.model.errors import UserInputError

MISSING = object()


class ReadableFile(Protocol):
    """What both a `Path` and a packaged resource offer."""

    def read_bytes(self) -> bytes:
        """The whole content."""
        ...


class Table:
    """A TOML table being read. `source` is the file's name and `place` the dotted key of the table, for messages."""

    def __init__(self, source: str, place: str, values: dict[str, object]) -> None:
        self.source = source
        self.place = place
        self.values = values
        self.asked: list[str] = []

    def key(self, name: str) -> str:
        """The dotted place of a key of this table."""
        return f"{self.place}.{name}" if self.place else name

    def fail(self, name: str, reason: str) -> UserInputError:
        """The error for a key of this table, to be raised by the caller."""
        return UserInputError(self.source, self.key(name) if name else self.place, reason)

    def _take(self, name: str, default: object) -> object:
        self.asked.append(name)
        value = self.values.get(name, default)
        if value is MISSING:
            raise self.fail(name, "is missing")
        return value

    def text(self, name: str, default: object = MISSING, choices: Iterable[str] = ()) -> str:
        """A string; one of `choices` where they are given."""
        value = self._take(name, default)
        if not isinstance(value, str):
            raise self.fail(name, f"must be a string, not {_kind(value)}")
        allowed = tuple(choices)
        if allowed and value not in allowed:
            raise self.fail(name, f"is {value!r}, must be one of {', '.join(allowed)}{nearest(value, allowed)}")
        return value

    def texts(self, name: str, default: object = MISSING) -> tuple[str, ...]:
        """A list of strings."""
        value = self._take(name, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise self.fail(name, "must be a list of strings")
        return tuple(value)

    def rows(self, name: str, width: int) -> tuple[tuple[str, ...], ...]:
        """A list of lists of strings, all of one length."""
        value = self._take(name, MISSING)
        if not isinstance(value, list) or not all(isinstance(row, list) and len(row) == width for row in value):
            raise self.fail(name, f"must be a list of lists of {width} strings")
        if not all(isinstance(cell, str) for row in value for cell in row):
            raise self.fail(name, "must hold strings")
        return tuple(tuple(row) for row in value)

    def flag(self, name: str, default: object = MISSING) -> bool:
        """A boolean."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self.fail(name, f"must be true or false, not {_kind(value)}")
        return value

    def integer(self, name: str, default: object = MISSING, low: int = 0, high: int = 10**12) -> int:
        """A whole number within bounds, both included."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(name, f"must be a whole number, not {_kind(value)}")
        if not low <= value <= high:
            raise self.fail(name, f"is {value}, must lie between {low} and {high}")
        return value

    def decimal(
        self, name: str, default: object = MISSING, low: Decimal = Decimal(0), high: Decimal = Decimal(10) ** 12
    ) -> Decimal:
        """A number within bounds, both included, exact as written."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
            raise self.fail(name, f"must be a number, not {_kind(value)}")
        try:
            number = Decimal(value)
        except ArithmeticError:
            raise self.fail(name, f"must be a number, not {value!r}") from None
        if not number.is_finite() or not low <= number <= high:
            raise self.fail(name, f"is {number}, must lie between {low} and {high}")
        return number

    def number(self, name: str, default: object = MISSING, low: float = 0.0, high: float = 1e12) -> float:
        """A number within bounds as a float, for quantities that are not money."""
        return float(self.decimal(name, default, Decimal(str(low)), Decimal(str(high))))

    def date(self, name: str, default: object = MISSING, today: datetime.date | None = None) -> str:
        """A day as text, YYYY-MM-DD; not after `today` where that is given."""
        text = self.text(name, default)
        try:
            day = datetime.date.fromisoformat(text)
        except ValueError:
            raise self.fail(name, f"is {text!r}, must be a date such as 2026-08-21") from None
        if today is not None and day > today:
            raise self.fail(name, f"is {text}, must not lie after {today.isoformat()}")
        return day.isoformat()

    def table(self, name: str, default: object = MISSING) -> Table:
        """A nested table."""
        value = self._take(name, default)
        if not isinstance(value, dict):
            raise self.fail(name, f"must be a table, not {_kind(value)}")
        return Table(self.source, self.key(name), value)

    def tables(self, name: str, default: object = MISSING) -> Iterator[Table]:
        """An array of tables, each placed as `name[0]`, or by its `id` where it has one."""
        value = self._take(name, default)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(name, f"must be an array of tables ([[{self.key(name)}]])")
        for index, item in enumerate(value):
            label = item.get("id")
            yield Table(self.source, f"{self.key(name)}[{label if isinstance(label, str) else index}]", item)

    def has(self, name: str) -> bool:
        """Whether the key is there; counts as asked for."""
        self.asked.append(name)
        return name in self.values

    def named_tables(self) -> Iterator[tuple[str, Table]]:
        """All keys of this table, each of which must be a table itself."""
        for name in self.values:
            yield name, self.table(name)

    def finish(self) -> None:
        """Reject keys that nothing asked for."""
        for name in self.values:
            if name not in self.asked:
                raise self.fail(name, f"unknown key{nearest(name, self.asked)}")


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as ` (did you mean "severity"?)`, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""


def read_toml(source: str, file: ReadableFile) -> Table:
    """Read a TOML file. Raises `UserInputError` naming the file where it is missing, not UTF-8 or not TOML."""
    try:
        text = file.read_bytes().decode("utf-8")
        return Table(source, "", tomli.loads(text, parse_float=Decimal))
    except OSError as error:
        raise UserInputError(source, "", f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise UserInputError(source, "", f"is not UTF-8 text (byte {error.start})") from None
    except tomli.TOMLDecodeError as error:
        raise UserInputError(source, "", f"is not valid TOML: {error}") from None
    except ValueError as error:  # a number of thousands of digits
        raise UserInputError(source, "", f"cannot be read: {error}") from None
    except RecursionError:
        raise UserInputError(source, "", "is nested too deeply") from None


def read_rules_file(name: str) -> Table:
    """A file of our own below `rules/`, by its path there without the ending: `effort`, `workload/fit`."""
    file = reduce(lambda folder, part: folder.joinpath(part), f"{name}.toml".split("/"), data_folder("rules"))
    return read_toml(f"rules/{name}.toml", file)


def read_toml_path(path: Path) -> Table:
    """Read a TOML file that the user named."""
    return read_toml(str(path), path)


def _kind(value: object) -> str:
    names = {dict: "a table", list: "a list", str: "a string", bool: "a boolean", int: "a number", Decimal: "a number"}
    return names.get(type(value), type(value).__name__)
