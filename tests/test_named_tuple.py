"""Our named tuples are those of the standard library, for everything that is asked of them."""

from __future__ import annotations

import pickle
import typing

import pytest

from analyzer.model.named_tuple import NamedTuple


class Ours(NamedTuple):
    """A tuple."""

    name: str
    line: int = 0
    """With a default."""

    @property
    def shown(self) -> str:
        """Both."""
        return f"{self.name}:{self.line}"


class Theirs(typing.NamedTuple):
    """A tuple."""

    name: str
    line: int = 0
    """With a default."""

    @property
    def shown(self) -> str:
        """Both."""
        return f"{self.name}:{self.line}"


class Empty(NamedTuple):
    """No field at all."""


def test_it_is_what_the_standard_library_makes() -> None:
    ours, theirs = Ours("a", line=2), Theirs("a", line=2)
    assert tuple(ours) == tuple(theirs) == ("a", 2) and hash(ours) == hash(theirs)
    assert repr(ours).partition("(")[2] == repr(theirs).partition("(")[2] and ours.shown == theirs.shown == "a:2"
    assert Ours("b") == ("b", 0) and ours._replace(line=3).line == 3 and ours._asdict() == theirs._asdict()
    assert Ours._fields == Theirs._fields and Ours._field_defaults == Theirs._field_defaults
    assert typing.get_type_hints(Ours) == typing.get_type_hints(Theirs) == {"name": str, "line": int}
    assert (Ours.__doc__, Ours.__module__, Ours.__qualname__) == (Theirs.__doc__, __name__, "Ours")
    assert pickle.loads(pickle.dumps(ours)) == ours and type(pickle.loads(pickle.dumps(ours))) is Ours
    assert Empty() == () and repr(Empty()) == "Empty()"


def test_it_takes_no_other_fields() -> None:
    with pytest.raises(TypeError):
        Ours()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Ours("a", other=1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Ours("a").line = 3  # type: ignore[misc]


def test_a_field_without_a_default_cannot_follow_one_with() -> None:
    with pytest.raises(TypeError, match="without a default"):

        class Wrong(NamedTuple):
            line: int = 0
            name: str  # type: ignore[misc]
