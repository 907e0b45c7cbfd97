"""The public surface of a library that is tied to CUDA: which of its names need it, and why."""

from __future__ import annotations

from analyzer.model.named_tuple import NamedTuple


class TiedName(NamedTuple):
    """One public function, class or method of a library that does not work without CUDA."""

    name: str
    """As it is imported: `package.module.function`, `package.module.Class` or `package.module.Class.method`."""
    also: tuple[str, ...]
    """Other public names of the same thing: re-exports."""
    is_method: bool
    severity: str
    capability: str
    cause: str
    """What it ends in, with the place in the library."""
    through: tuple[str, ...]
    """The places on the way there: `path:line`."""


class Surface(NamedTuple):
    """What an application has to know of one version of a library."""

    library: str
    version: str
    """"" where it is not known."""
    scanned: str
    """The day, YYYY-MM-DD."""
    rules_version: str
    public_names: int
    """How many public names there are, tied or not."""
    names: tuple[TiedName, ...]
    source: str = ""
    """Where the file comes from, for people."""
