"""The keys under which a file can say of which commit it was made. No tool writes them by itself; a build script can."""

from __future__ import annotations

from collections.abc import Mapping

REVISION_KEYS = ("git_commit", "git_revision", "git_sha", "commit", "revision")


def revision_in(values: Mapping[str, object]) -> tuple[str, str]:
    """(key, revision), or two empty texts."""
    for key in REVISION_KEYS:
        value = values.get(key)
        if isinstance(value, str) and value:
            return key, value
    return "", ""
