"""What an expression can be while a model is exported, as far as its source tells."""

from __future__ import annotations

from typing import NamedTuple

ClassPlace = tuple[str, int]
"""(path, class scope)."""


class Abstract(NamedTuple):
    """A value of the exported program.

    `kind` is `const` (a Python constant), `tensor`, `scalar` (a Python number that depends on data), `static` (known when
    exporting, but not here), `object` (an instance of a class that exporters cannot take apart), `record` (a tuple,
    dictionary or output class, by field), `module`, `container` (of modules), `function` or `class` (of the repository, with
    what `functools.partial` gave it as fields), `outside` (a function from elsewhere, by its name), `config` or `unknown`.
    """

    kind: str
    const: object = None
    """For `const` the constant; for `object` whether it is a cache; for `tensor` that it holds booleans, where that is known."""
    fields: tuple[tuple[str, Abstract], ...] = ()
    where: ClassPlace | None = None

    def field(self, name: str) -> Abstract | None:
        """A field of a record."""
        return next((value for key, value in self.fields if key == name), None)


UNKNOWN = Abstract("unknown")
STATIC = Abstract("static")
TENSOR = Abstract("tensor")
MASK = Abstract("tensor", "bool")
"""A tensor of booleans."""
SCALAR = Abstract("scalar")
UNSURE = Abstract("scalar", "unsure")
"""A number that depends on data if what it is made of is a tensor, which only its methods suggest."""
GIVEN = Abstract("unknown", "given")
"""What a call passes for a parameter that could have been left out: not known, but hardly None."""
PERHAPS_MASK = Abstract("unknown", "mask")
"""What a comparison gives of values that are not known: booleans if they are tensors, and never None."""
NONE = Abstract("const", None)
TRUE = Abstract("const", True)
FALSE = Abstract("const", False)


ELEMENT_TYPES = frozenset(
    f"torch.{name}"
    for name in (
        *("float16", "half", "bfloat16", "float32", "float", "float64", "double", "complex32", "chalf", "complex64", "cfloat"),
        *("complex128", "cdouble", "uint8", "int8", "int16", "short", "int32", "int", "int64", "long", "bool", "uint16", "uint32"),
        *("uint64", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "DoubleTensor", "cuda.DoubleTensor"),
    )
)
"""Element types, which are constants where they are written out, are defaults, or are kept in an attribute."""
CLOSURE_OWNER = "<self>"
"""The field of a function within a method that holds whose `self` it sees."""
CHOICE = "choice"
"""Marks a container of which one module is chosen, and not all are called."""


class Finding(NamedTuple):
    """Something in reached code that decides whether the model can be exported."""

    rule_id: str
    operator: str
    path: str
    line: int
    message: str
    is_certain: bool
    targets: tuple[str, ...] = ()
    """The targets that it is about; () for all."""


class OperatorSite(NamedTuple):
    """A call, reached from a model, of something that the repository does not hold: an operator, or code of others."""

    name: str
    """The dotted outside name; `self.NAME` for an attribute of unknown origin that is called."""
    path: str
    line: int
    is_certain: bool


def truth(value: Abstract) -> bool | str | None:
    """Whether a condition holds: True, False, None where it is not known, `data` where only running tells."""
    if value.kind == "const":
        return bool(value.const)
    if value.kind in ("tensor", "scalar"):
        return "data"
    return True if value.kind in ("module", "object", "function", "class", "outside") else None


def join(values: list[Abstract]) -> Abstract:
    """What a name is that may be any of several values."""
    distinct = list(dict.fromkeys(values))
    if not distinct:
        return UNKNOWN
    if len(distinct) == 1:
        return distinct[0]
    kinds = {value.kind for value in distinct}
    if kinds == {"record"}:
        names = dict.fromkeys(name for value in distinct for name, _ in value.fields)
        merged = tuple((name, join([found for value in distinct if (found := value.field(name)) is not None])) for name in names)
        return Abstract("record", None, merged)
    for kind in ("scalar", "object"):
        if kind in kinds:
            return next(value for value in reversed(distinct) if value.kind == kind)
    records = [value for value in distinct if value.kind == "record"]
    if records:
        return records[0]
    modules = [value for value in distinct if value.kind in ("module", "container", "function", "class")]
    if modules:
        return Abstract("container", CHOICE, tuple((str(index), value) for index, value in enumerate(modules)))
    if len(kinds) == 1:
        return UNKNOWN if kinds == {"const"} else TENSOR if kinds == {"tensor"} else distinct[0]
    return UNKNOWN


def objects_in(value: Abstract, depth: int = 4) -> list[Abstract]:
    """The objects that a value holds which an exporter cannot take apart."""
    if value.kind == "object":
        return [value]
    if value.kind == "record" and depth:
        return [found for _, inner in value.fields for found in objects_in(inner, depth - 1)]
    return []
