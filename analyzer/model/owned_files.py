"""Who owns which files, as the repository itself says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OwnedFiles:
    """Files that the same people own."""

    owners: tuple[str, ...]
    """As CODEOWNERS names them: `@team`, `@user`, an address; nobody where it is empty."""
    paths: tuple[str, ...]
