"""Reads and writes `.offramp-baseline.json`: sorted, one entry a line, so that it merges and shows in a diff what changed."""

from __future__ import annotations

import json
from pathlib import Path

from analyzer.model.baseline import BASELINE_SCHEMA_VERSION, Baseline, BaselineEntry
from analyzer.model.errors import UserInputError

BASELINE_NAME = ".offramp-baseline.json"
_REQUIRED = {"path": str, "rule": str, "symbol": str, "content": str, "count": int}
_OPTIONAL = {"quiet": bool, "owner": str, "reason": str, "expires": str}


def baseline_text(baseline: Baseline) -> str:
    """The file's text: no time, no line number, no version of the tool, so that it changes only where the debt does."""
    lines = []
    for entry in baseline.entries:
        row: dict[str, object] = {
            "path": entry.path, "rule": entry.rule_id, "symbol": entry.symbol, "content": entry.content, "count": entry.times,
        }  # fmt: skip
        if entry.is_quiet:
            row["quiet"] = True
        row.update((key, value) for key in ("owner", "reason", "expires") if (value := getattr(entry, key)))
        lines.append("  " + json.dumps(row))
    body = "\n" + ",\n".join(lines) + "\n " if lines else ""
    return f'{{\n "schema_version": {BASELINE_SCHEMA_VERSION},\n "entries": [{body}]\n}}\n'


def read_baseline(path: Path) -> Baseline:
    """The baseline in a file. Raises `UserInputError` where it is missing, malformed or of a newer version."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserInputError(str(path), "", f"cannot be read: {reason}; `offramp baseline write` makes one") from None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserInputError(str(path), "", f"is not JSON: {error}; restore it from version control") from None
    if not isinstance(document, dict):
        raise UserInputError(str(path), "", "must be an object with `schema_version` and `entries`")
    version = document.get("schema_version")
    if version != BASELINE_SCHEMA_VERSION:
        raise UserInputError(
            str(path), "schema_version", f"is {version!r}; this version of the tool reads {BASELINE_SCHEMA_VERSION}"
        )
    rows = document.get("entries")
    if not isinstance(rows, list):
        raise UserInputError(str(path), "entries", "must be a list")
    unknown = set(document) - {"schema_version", "entries"}
    if unknown:
        raise UserInputError(str(path), sorted(unknown)[0], "is not a key of a baseline")
    return Baseline(tuple(sorted(_entry(path, number, row) for number, row in enumerate(rows))))


def _entry(path: Path, number: int, row: object) -> BaselineEntry:
    place = f"entries[{number}]"
    if not isinstance(row, dict):
        raise UserInputError(str(path), place, "must be an object")
    for key, kind in (_REQUIRED | _OPTIONAL).items():
        if key in _REQUIRED and key not in row:
            raise UserInputError(str(path), f"{place}.{key}", "is missing")
        if key in row and (not isinstance(row[key], kind) or (kind is int and isinstance(row[key], bool))):
            raise UserInputError(str(path), f"{place}.{key}", f"must be of type {kind.__name__}")
    unknown = sorted(set(row) - set(_REQUIRED | _OPTIONAL))
    if unknown:
        raise UserInputError(str(path), f"{place}.{unknown[0]}", "is not a key of an entry")
    if row["count"] < 1:
        raise UserInputError(str(path), f"{place}.count", f"is {row['count']}, must be 1 or more")
    expires = row.get("expires", "")
    if expires and not _is_date(expires):
        raise UserInputError(str(path), f"{place}.expires", f"is {expires!r}, must be a date such as 2027-01-31")
    return BaselineEntry(
        path=row["path"], rule_id=row["rule"], symbol=row["symbol"], content=row["content"], times=row["count"],
        is_quiet=row.get("quiet", False), owner=row.get("owner", ""), reason=row.get("reason", ""), expires=expires,
    )  # fmt: skip


def _is_date(text: str) -> bool:
    import datetime  # few entries have a date

    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
