"""What one file says, without any opinion: the boundary that the process pool and a cache can carry.

Facts are `NamedTuple`s: as immutable as the frozen dataclasses used elsewhere, but several times cheaper to build, and
a large repository has hundreds of thousands of them. They hold plain values only, never a syntax node.
"""

from __future__ import annotations

from analyzer.model.named_tuple import NamedTuple
from analyzer.model.span import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

MODULE_SCOPE = 0
ELEMENT = "[]"
"""The attribute that stands for some element of a container: what a loop yields, or a subscript that is not constant."""
NO_GUARD = -1


# ---- values: what an expression can be, as far as one file can tell --------------------------------------------------


class Text(NamedTuple):
    """A string constant."""

    text: str


class Formatted(NamedTuple):
    """A string built at run time of which the beginning is known: `f"cuda:{rank}"` has the prefix `cuda:`.

    `rest` are the parts after the beginning, where all of them may be followed; () where some cannot.
    """

    prefix: str
    rest: tuple[Value, ...] = ()


class Constant(NamedTuple):
    """Any other constant, by its `repr`: `None`, `True`, `0`."""

    text: str


class External(NamedTuple):
    """A name that an import of this file leads to, as a dotted path: `torch.cuda.synchronize`."""

    name: str


class Local(NamedTuple):
    """A name bound in this file (`scope` indexes `PythonFacts.scopes`), followed by attributes."""

    scope: int
    name: str
    attributes: tuple[str, ...] = ()


class Called(NamedTuple):
    """The result of a call."""

    callee: Value
    arguments: tuple[Argument, ...]


class Member(NamedTuple):
    """An attribute of something that is not a plain name: `make_model().device`, `options["x"].device`."""

    owner: Value
    attributes: tuple[str, ...]


class Item(NamedTuple):
    """A subscript with a constant string or integer key: `config["device"]`."""

    owner: Value
    key: str


class Choice(NamedTuple):
    """One of several values; `test` is the condition that decides, where there is one."""

    options: tuple[Value, ...]
    test: Value | None


class Mapping(NamedTuple):
    """A dictionary display with constant keys; other keys are left out."""

    items: tuple[tuple[str, Value], ...]


class Sequence(NamedTuple):
    """A list, tuple or set display."""

    items: tuple[Value, ...]


ARITHMETIC = "+"
"""The operator of a `Condition` that is any arithmetic but that on bits."""
BITWISE = "&"
"""The operator of a `Condition` that is `a & b`, `a | b`, `a ^ b` or `~a`: of masks, nearly always."""
CALCULATIONS = (ARITHMETIC, BITWISE)
"""Operators of a `Condition` that is no condition in itself."""


class Condition(NamedTuple):
    """A condition: `operator` is `and`, `or`, `not` or a comparison (`==`, `is not`, `in`, `<` ...), or one of
    `CALCULATIONS`."""

    operator: str
    operands: tuple[Value, ...]


class Unknown(NamedTuple):
    """An expression that is not followed."""


Value: TypeAlias = (
    Text | Formatted | Constant | External | Local | Called | Member | Item | Choice | Mapping | Sequence | Condition | Unknown
)
UNKNOWN = Unknown()


class Argument(NamedTuple):
    """An argument of a call: `label` is the keyword, or the position as text ("0"), or "*" for what is unpacked."""

    label: str
    value: Value


# ---- Python ----------------------------------------------------------------------------------------------------------


class Import(NamedTuple):
    """One imported name. `import a.b as c`: module `a.b`, name "", alias `c`; `from .a import b`: level 1, name `b`."""

    module: str
    name: str
    alias: str
    level: int
    span: Span
    scope: int
    context: str
    """`top`, `function`, `type-checking` or `try`: an order of work that does not know the kind is meaningless."""
    guard: int


class Scope(NamedTuple):
    """A module, class or function body."""

    kind: str
    """`module`, `class`, `function`, `lambda` or `comprehension`."""
    qualified_name: str
    parent: int
    span: Span
    parameters: tuple[Parameter, ...]
    bases: tuple[Value, ...]
    decorators: tuple[Value, ...]
    last_line: int = 0


class Parameter(NamedTuple):
    """A parameter of a function; `default` is None where it has none."""

    name: str
    default: Value | None
    annotation: Value
    line: int


class Binding(NamedTuple):
    """A name, attribute or item that gets a value. `target` is dotted for attributes: `self.device`."""

    scope: int
    target: str
    value: Value
    line: int
    kind: str
    """`assign`, `extend` (`+=`), `with`, `for`, `import`, `definition`, `parameter`, `annotation`, `delete` or `return`."""
    guard: int


class Use(NamedTuple):
    """A reference to a name or attribute, called or not."""

    kind: str
    """`call`, `read`, `write`, `decorator`, `base`, `launch` (`kernel[grid](...)`), `test` (a bare name in a condition), `index`
    (`x[key]`, where the key may be a mask) or `put` (`x[key] = value`; of attributes all): their arguments may be masks."""
    target: Value
    arguments: tuple[Argument, ...]
    span: Span
    statement: int
    scope: int
    guard: int
    is_required: bool
    """Stands in a test without which the code refuses to go on: `assert x.is_cuda`, `if not x.is_cuda: raise`."""


class StringLiteral(NamedTuple):
    """A string constant that mentions an accelerator, or that is long enough to be kernel source."""

    text: str
    role: str
    """`compare`, `assign`, `default`, `item` (the value of a dictionary item), `key` (its key), `element` (of a list),
    `subscript`, `return`, `argument` or `source` (GPU source code)."""
    label: str
    """The name assigned, the parameter, the dictionary key or the keyword it belongs to."""
    other: Value
    """For `compare`: the other side. For `subscript`: the object. For `argument`: the callee."""
    span: Span
    statement: int
    scope: int
    guard: int


class Guard(NamedTuple):
    """A condition under which code runs, chained through `parent`."""

    parent: int
    kind: str
    """`if` (the test holds), `else` (it does not), `try-import` and `except-import` (an import may fail, and there is
    another way), `try` (any failure is survived), `except`, `type-checking`, `mark` (it decides whether a test runs)."""
    test: Value
    line: int
    elsewhere: str
    """What happens where the guard does not let code run: `other` (another way, or none is needed), `skipped` (a test is
    left out), `refused` (an error is raised) or `survived` (the failure does not end the program, and that is all)."""


class PythonFacts(NamedTuple):
    """What a Python file, or all code cells of a notebook together, says."""

    imports: tuple[Import, ...]
    scopes: tuple[Scope, ...]
    bindings: tuple[Binding, ...]
    uses: tuple[Use, ...]
    literals: tuple[StringLiteral, ...]
    guards: tuple[Guard, ...]
    statements: tuple[Span, ...]
    """The statement, or header of a compound statement, that each use stands in; indexed by `Use.statement`."""
    global_names_may_change: bool
    """True where the module runs other code in its own namespace (`exec` of a string or file): its constants are
    settings that can be overridden from outside."""
    is_script: bool
    """Has an `if __name__ == "__main__"` block, or is a notebook."""


# ---- other kinds of file ---------------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """One thing that a file other than Python says.

    `kind` is `requirement` (name = distribution, value = extras and specifier), `locked` (the same, chosen by a resolver),
    `index` (value = package index address), `image` (name = image reference), `environment` (name, value), `command`
    (name = program, value = the words after it, with the line breaks between them), `option` (name = program, or the key
    of a list of arguments, value = one option with its value, or one telling word), `setting` (name = dotted key or called
    function, value),
    `instance` (name = instance type or accelerator in lower case, value = how many, where the file says so), `artifact`
    (name = format of a model file, value = what its header says) or `kernel` (name = `cuda-file`, value = the kernels
    defined).
    """

    kind: str
    name: str
    value: str
    span: Span


class NativeFunction(NamedTuple):
    """A function of a C++ or CUDA source; "" names what is launched outside of any function that could be told."""

    name: str
    is_kernel: bool
    is_template: bool
    span: Span
    calls: tuple[str, ...]
    """Names that are called in it, without their namespaces."""
    launches: tuple[str, ...]
    features: tuple[str, ...]
    """For kernels: what makes them hard to move ("shared memory", "tensor cores" ...)."""
    libraries: tuple[str, ...]
    lines: int = 0
    """Source lines of the definition; 0 where a macro hides where it ends."""
    digest: str = ""
    """For kernels: of head and body without comments and white space, so that copies can be told."""


class Registration(NamedTuple):
    """A name that a C++ source makes callable from Python, or (symbol "") the module or namespace itself."""

    kind: str
    """`module` (pybind11, nanobind) or `operator` (torch.ops)."""
    owner: str
    """The module or namespace, as written: often the macro `TORCH_EXTENSION_NAME`."""
    symbol: str
    function: str
    device: str
    """The dispatch key of an implementation (`CUDA`, `CPU` ...), or ""."""
    span: Span


class NativeFacts(NamedTuple):
    """What a C++ or CUDA source says."""

    functions: tuple[NativeFunction, ...]
    registrations: tuple[Registration, ...]
    includes: tuple[str, ...]
    libraries: tuple[str, ...]
    is_by_text: bool = False
    """The grammar gave up: the functions are those that the text alone shows."""


READ_ALL_THE_SAME = frozenset({"encoding-replaced", "outputs-left-out", "too-many", "too-complex"})
"""Reasons of problems that leave a file analysed: letters of another encoding were replaced, a notebook's outputs were
left out, only the first of very many things are kept, a grammar gave up and the text alone was read."""


class Problem(NamedTuple):
    """A file, or part of one, that could not be analysed: it lowers the coverage that the report states."""

    path: str
    reason: str
    """A stable word: `unreadable`, `encoding`, `syntax-error`, `python-2`, `nul-byte`, `too-deep`, `killed`, `malformed` ...; one
    of `READ_ALL_THE_SAME` where the file was read nevertheless."""
    detail: str
    line: int


class Cell(NamedTuple):
    """One code cell of a notebook. Its cells share one namespace, so the facts hold one module made of all of them."""

    number: int
    """Over all cells of the notebook, 0-based."""
    first_line: int
    """The line of that module at which the cell starts, 1-based."""
    lines: int
    file_lines: tuple[int, ...]
    """For each line of the cell the line in the raw file, or an empty tuple where it is not known."""


class FileFacts(NamedTuple):
    """Everything that one file says."""

    path: str
    kind: str
    lines: int
    python: PythonFacts | None
    native: NativeFacts | None
    cells: tuple[Cell, ...]
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    has_suppressions: bool
    """The text mentions `offramp:`; only then are comments read."""
