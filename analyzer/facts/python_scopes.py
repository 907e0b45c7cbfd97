"""Which name means what, in one Python file: scopes, and the values of expressions in them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import lru_cache
from sys import intern

from analyzer.facts.lexicon import KERNEL_MARKS, LONGEST_TEXT
from analyzer.model.facts import (
    ARITHMETIC,
    BITWISE,
    ELEMENT,
    MODULE_SCOPE,
    UNKNOWN,
    Argument,
    Called,
    Choice,
    Condition,
    Constant,
    External,
    Formatted,
    Item,
    Local,
    Mapping,
    Member,
    Sequence,
    Text,
    Unknown,
    Value,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEEPEST_VALUE = 8
"""Values nested more deeply are not followed: no code places a device that way, and hostile code could."""
MOST_ITEMS = 64
MOST_ATTRIBUTES = 32
LONGEST_ALIAS = 4
MOST_PARTS = 4
_new = tuple.__new__
"""Makes a named tuple without a call of its own constructor: there are several for each call in a program."""
POSITIONS = tuple(str(index) for index in range(MOST_ITEMS))

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


class ScopeTable:
    """The names of every scope while a file is read, and what they stand for once it has been read."""

    def __init__(self, package_parts: tuple[str, ...]) -> None:
        self.package_parts = package_parts
        self.kinds: list[str] = []
        self.parents: list[int] = []
        self.bound: list[set[str]] = []
        self.redirected: list[dict[str, int]] = []
        """Names declared `global` or `nonlocal`, with the scope they belong to."""
        self.imported: list[dict[str, list[str]]] = []
        """Names bound by an import, with the dotted paths they may lead to, in source order."""
        self.call_arguments: dict[ast.Call, tuple[Argument, ...]] = {}
        """Arguments of calls that are both a use and (part of) a value; not those that depth may have cut short."""
        self.aliases: dict[tuple[int, str], tuple[str, tuple[str, ...], int]] = {}
        """Names that stand for a dotted name: (name, attributes, scope) of what they stand for."""
        self.comprehensions: dict[ast.expr, int] = {}
        """The scope of every comprehension that has been walked."""
        self.named: dict[tuple[str, int, tuple[str, ...]], Value] = {}
        self.whole_values: dict[tuple[ast.expr, int], Value] = {}
        self.owners: dict[tuple[str, int], int | None] = {}
        """Answers of `find` once the walk is over and scopes no longer change."""

    def open(self, kind: str, parent: int) -> int:
        """Add a scope and return its index."""
        self.kinds.append(kind)
        self.parents.append(parent)
        self.bound.append(set())
        self.redirected.append({})
        self.imported.append({})
        return len(self.kinds) - 1

    def bind(self, scope: int, name: str) -> int:
        """Note that a name is bound in a scope; returns the scope that it really belongs to."""
        scope = self.redirected[scope].get(name, scope)
        self.bound[scope].add(name)
        return scope

    def bind_import(self, scope: int, name: str, dotted: str) -> None:
        """Note that an import binds a name."""
        scope = self.redirected[scope].get(name, scope)
        paths = self.imported[scope].setdefault(name, [])
        if dotted not in paths:
            paths.append(dotted)

    def note_aliases(self, bindings: Iterable[tuple[int, str, object, int]]) -> None:
        """Find the names that are bound to a dotted name, once or each time of one package: `sync = torch.cuda.synchronize`.

        A function with some arguments fixed (`partial(torch.zeros, device="cuda")`) goes by its own name.
        """
        found: dict[tuple[int, str], list[tuple[object, int]]] = {}
        others: set[tuple[int, str]] = set()
        """Names that are given something else, as most are."""
        for scope, target, value, value_scope in bindings:
            if type(value) in _PERHAPS_DOTTED:
                found.setdefault((scope, target), []).append((value, value_scope))
            else:
                others.add((scope, target))
        for key, given in found.items():
            if key in others or len(given) > MOST_PARTS or self.kinds[key[0]] == "class" or key[1] in self.imported[key[0]]:
                continue
            first = _dotted_parts(given[0][0])
            if first is None or first[0] == key[1]:
                continue
            named = [_dotted_parts(value) for value, _ in given[1:]]
            if all(name is not None and name[0] == first[0] for name in named):
                self.aliases[key] = (*first, given[0][1])

    def redirect(self, scope: int, names: Iterable[str], is_global: bool) -> None:
        """Carry out a `global` or `nonlocal` statement."""
        for name in names:
            owner = MODULE_SCOPE if is_global else self.find(name, self.parents[scope])
            self.redirected[scope][name] = MODULE_SCOPE if owner is None else owner

    def find(self, name: str, scope: int) -> int | None:
        """The scope in which a name, used in `scope`, is bound; None for a builtin. Class bodies do not nest."""
        owner = self.redirected[scope].get(name)
        if owner is not None:
            return owner
        first = scope
        while scope >= 0:
            if (scope == first or self.kinds[scope] != "class") and (name in self.bound[scope] or name in self.imported[scope]):
                return scope
            scope = self.parents[scope]
        return None

    def owner(self, name: str, scope: int) -> int | None:
        """What `find` answers, remembered; only asked when the walk is over."""
        key = (name, scope)
        if key not in self.owners:
            self.owners[key] = self.find(name, scope)
        return self.owners[key]

    def name(self, name: str, scope: int, attributes: tuple[str, ...] = ()) -> Value:
        """What a name, followed by attributes, stands for; only asked when the walk is over.

        Most names are mentioned many times: answers are remembered, which also lets them share one object.
        """
        key = (name, scope, attributes)
        known = self.named.get(key)
        if known is None:
            attributes = _shared_attributes(attributes)
            known = self.named[name, scope, attributes] = self.resolved_name(name, scope, attributes)
        return known

    def resolved_name(self, name: str, scope: int, attributes: tuple[str, ...]) -> Value:
        """The answer of `name` that is then remembered."""
        owner = self.owner(name, scope)
        if owner is None:
            return _new(External, (intern(".".join(("builtins", name, *attributes))),))
        paths = self.imported[owner].get(name)
        if paths is None:
            return self.alias(owner, name, attributes) or _new(Local, (owner, name, attributes))
        if len(paths) == 1:
            return _new(External, (intern(".".join((paths[0], *attributes))),))
        return Choice(tuple(External(".".join((path, *attributes))) for path in sorted(paths)), None)

    def alias(self, owner: int, name: str, attributes: tuple[str, ...]) -> Value | None:
        """The imported name that a name of ours stands for, or None; through other aliases, but not in circles."""
        for _ in range(LONGEST_ALIAS):
            meant = self.aliases.get((owner, name))
            if meant is None:
                return None
            name, before, scope = meant
            attributes = (*before, *attributes)
            found = self.owner(name, scope)
            if found is None:
                return None
            if name in self.imported[found]:
                return self.name(name, scope, attributes)
            owner = found
        return None

    def absolute_module(self, module: str, level: int) -> str:
        """The dotted path that `from <dots><module> import ...` means in this file's package."""
        if level == 0:
            return module
        kept = len(self.package_parts) - (level - 1)
        parts = [*self.package_parts[: max(kept, 0)], *(module.split(".") if module else [])]
        return ".".join(parts)

    # ---- values ------------------------------------------------------------------------------------------------------

    def value(self, node: ast.expr | None, scope: int, depth: int = 0) -> Value:
        """What an expression can be, as far as this file can tell."""
        if node is None or depth > DEEPEST_VALUE:
            return UNKNOWN
        kind = type(node)
        if kind is ast.Name:
            known = self.named.get((node.id, scope, ()))  # type: ignore[attr-defined]  # the most frequent kinds, without
            return self.name(node.id, scope) if known is None else known  # type: ignore[attr-defined]
        if kind is ast.Constant:
            return constant_value(node)  # type: ignore[arg-type]  # the narrowing that isinstance would cost
        build = _BUILDERS.get(kind)
        return build(self, node, scope, depth + 1) if build else UNKNOWN

    def whole_value(self, node: ast.expr | None, scope: int) -> Value:
        """`value`, remembered: one expression may be bound to many targets, or be compared with many strings."""
        kind = type(node)
        if kind is ast.Name or kind is ast.Constant or node is None:
            return self.value(node, scope)
        known = self.whole_values.get((node, scope))
        if known is None:
            known = self.whole_values[node, scope] = self.value(node, scope)
        return known

    def arguments(self, call: ast.Call, scope: int, depth: int = 0) -> tuple[Argument, ...]:
        """The arguments of a call, labelled by keyword or position."""
        if not call.args and not call.keywords:
            return ()
        known = self.call_arguments.get(call)
        if known is not None:
            return known
        value = self.value
        found = []
        for index, argument in enumerate(call.args[:MOST_ITEMS]):
            label = "*" if type(argument) is ast.Starred else POSITIONS[index]
            found.append(_new(Argument, (label, value(argument, scope, depth))))
        for keyword in call.keywords[:MOST_ITEMS]:
            found.append(_new(Argument, (keyword.arg or "**", value(keyword.value, scope, depth))))
        if depth > 1:
            return tuple(found)
        kept = self.call_arguments[call] = tuple(found)
        return kept

    def _attribute(self, node: ast.Attribute, scope: int, depth: int) -> Value:
        if type(node.value) is ast.Name:  # most are `a.b`
            return self.name(node.value.id, scope, (node.attr,))
        names: list[str] = []
        owner: ast.expr = node
        while isinstance(owner, ast.Attribute):
            names.append(owner.attr)
            owner = owner.value
        if len(names) > MOST_ATTRIBUTES:
            return UNKNOWN
        attributes = tuple(reversed(names))
        if isinstance(owner, ast.Name):
            return self.name(owner.id, scope, attributes)
        inner = self.value(owner, scope, depth)
        if isinstance(inner, External):  # `getattr(torch, "cuda").synchronize`
            return External(".".join((inner.name, *attributes)))
        return Member(inner, attributes)

    def _call(self, node: ast.Call, scope: int, depth: int) -> Value:
        callee = node.func
        if isinstance(callee, ast.Attribute) and isinstance(callee.value, ast.Constant) and callee.attr == "format":
            text = callee.value.value
            return Formatted(text.split("{", 1)[0]) if isinstance(text, str) else UNKNOWN
        named = self._named_attribute(node, scope, depth)
        if named is not None:
            return named
        return Called(self.value(callee, scope, depth), self.arguments(node, scope, depth))

    def _named_attribute(self, node: ast.Call, scope: int, depth: int) -> Value | None:
        """`getattr(torch.cuda, "synchronize")` is `torch.cuda.synchronize`; with a default it may be something else."""
        if not (isinstance(node.func, ast.Name) and node.func.id == "getattr" and len(node.args) == 2):
            return None
        name = node.args[1]
        if not (isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value.isidentifier()):
            return None
        return self.value(ast.Attribute(node.args[0], name.value, ast.Load()), scope, depth)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: int, depth: int) -> Value:
        inside = self.comprehensions.get(node)
        return UNKNOWN if inside is None else Sequence((self.value(node.elt, inside, depth),))

    def _formatted(self, node: ast.JoinedStr, scope: int, depth: int) -> Value:
        if not node.values:
            return Text("")
        first = node.values[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            if len(node.values) == 1:
                return Text(first.value)
            parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values[1 : MOST_PARTS + 2]]
            return self._joined(first.value[:LONGEST_TEXT], [self.value(part, scope, depth) for part in parts])
        if isinstance(first, ast.FormattedValue):
            return Called(External("builtins.str"), (Argument("0", self.value(first.value, scope, depth)),))
        return UNKNOWN

    def _joined(self, prefix: str, rest: list[Value]) -> Formatted:
        """A text with what follows it, where that is short and may be followed."""
        followed = len(rest) <= MOST_PARTS and all(isinstance(part, Text | Local | External | Item | Called) for part in rest)
        return Formatted(prefix, tuple(rest) if followed else ())

    def _operation(self, node: ast.BinOp, scope: int, depth: int) -> Value:
        left = self.value(node.left, scope, depth)
        if isinstance(node.op, ast.Mod) and isinstance(left, Text):
            return Formatted(left.text.split("%", 1)[0])
        if isinstance(node.op, ast.Add) and isinstance(left, Text | Formatted):
            right = self.value(node.right, scope, depth)
            if isinstance(left, Text) and isinstance(right, Text):
                return Text((left.text + right.text)[:LONGEST_TEXT])
            if isinstance(left, Formatted):
                return self._joined(left.prefix, [*left.rest, right] if left.rest else [UNKNOWN])
            return self._joined(left.text[:LONGEST_TEXT], [right])
        if isinstance(node.op, ast.Add):
            right = self.value(node.right, scope, depth)
            if (
                isinstance(left, Sequence)
                or isinstance(right, Sequence)
                or (isinstance(left, Called) and isinstance(right, Called))
            ):
                return Sequence((left, right))  # lists put together; texts are dealt with above
        if isinstance(node.op, ast.Sub) and isinstance(left, Sequence | Called):
            return left  # a set without some of its members
        if isinstance(node.op, ast.Div):
            right = self.value(node.right, scope, depth)
            if isinstance(right, Text | Formatted):  # only a path can be divided by a text
                return Called(External("os.path.join"), (Argument("0", left), Argument("1", right)))
        if isinstance(left, Unknown | Constant) and isinstance(node.right, ast.Constant):
            return UNKNOWN
        operator = BITWISE if isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor) else ARITHMETIC
        return Condition(operator, (left, self.value(node.right, scope, depth)))

    def _compare(self, node: ast.Compare, scope: int, depth: int) -> Value:
        operator = _COMPARISONS.get(type(node.ops[0]))
        if operator is None or len(node.ops) != 1:
            return UNKNOWN
        return Condition(operator, (self.value(node.left, scope, depth), self.value(node.comparators[0], scope, depth)))

    def _boolean(self, node: ast.BoolOp, scope: int, depth: int) -> Value:
        operator = "and" if isinstance(node.op, ast.And) else "or"
        return Condition(operator, tuple(self.value(operand, scope, depth) for operand in node.values[:MOST_ITEMS]))

    def _unary(self, node: ast.UnaryOp, scope: int, depth: int) -> Value:
        inner = self.value(node.operand, scope, depth)
        if isinstance(node.op, ast.Not):
            return Condition("not", (inner,))
        if isinstance(node.op, ast.USub) and isinstance(inner, Constant):
            return Constant(f"-{inner.text}")
        if isinstance(node.op, ast.Invert) and not isinstance(inner, Unknown | Constant):
            return Condition(BITWISE, (inner,))
        return UNKNOWN

    def _subscript(self, node: ast.Subscript, scope: int, depth: int) -> Value:
        key = node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str | int):
            return Item(self.value(node.value, scope, depth), constant_key(key))
        return Member(self.value(node.value, scope, depth), (ELEMENT,))

    def _mapping(self, node: ast.Dict, scope: int, depth: int) -> Value:
        items = []
        for key, value in zip(node.keys[:MOST_ITEMS], node.values, strict=False):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                items.append((key.value, self.value(value, scope, depth)))
        return Mapping(tuple(items))

    def _sequence(self, node: ast.List | ast.Tuple | ast.Set, scope: int, depth: int) -> Value:
        return Sequence(tuple(self.value(item, scope, depth) for item in node.elts[:MOST_ITEMS]))

    def _choice(self, node: ast.IfExp, scope: int, depth: int) -> Value:
        options = (self.value(node.body, scope, depth), self.value(node.orelse, scope, depth))
        return Choice(options, self.value(node.test, scope, depth))


_PERHAPS_DOTTED = frozenset({ast.Name, ast.Attribute, ast.Call})


def _dotted_parts(value: object) -> tuple[str, tuple[str, ...]] | None:
    """The name and the attributes of a dotted name, or of the function in a partial; None for anything else."""
    names: list[str] = []
    node = _partial_function(value)
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, tuple(reversed(names))) if isinstance(node, ast.Name) else None


def _partial_function(node: object) -> object:
    """The function that `functools.partial(function, ...)` stands for; anything else as it is."""
    if isinstance(node, ast.Call) and node.args:
        callee = node.func
        name = callee.attr if isinstance(callee, ast.Attribute) else getattr(callee, "id", "")
        return node.args[0] if name == "partial" else node
    return node


@lru_cache(maxsize=10_000)
def _shared_attributes(attributes: tuple[str, ...]) -> tuple[str, ...]:
    """The same attributes, as an object that equal ones share: programs say `.shape` in a thousand places."""
    return attributes


def constant_key(node: ast.Constant) -> str:
    """A constant as the key of an item; "" for numbers so large that Python refuses to write them out."""
    if isinstance(node.value, int) and abs(node.value) >= 2**63:
        return ""
    return str(node.value)


def constant_value(node: ast.Constant) -> Value:
    """The value of a constant; long strings are cut, GPU source code later than prose."""
    value: Any = node.value
    kind = type(value)
    if kind is str:
        if len(value) > LONGEST_TEXT and not any(mark in value for mark in KERNEL_MARKS):
            value = value[:LONGEST_TEXT]
        return Text(value)
    if value is None or kind is bool:
        return _SINGLES[value]
    if kind is int:
        return _SMALL[value] if 0 <= value < len(_SMALL) else Constant(repr(value)[:64]) if abs(value) < 2**63 else UNKNOWN
    return Constant(repr(value)[:64]) if kind is float else UNKNOWN


_SINGLES = {value: Constant(repr(value)) for value in (None, True, False)}
_SMALL = tuple(Constant(repr(number)) for number in range(1025))
"""Values that every program is full of, made once."""


_BUILDERS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Attribute: ScopeTable._attribute,
    ast.Call: ScopeTable._call,
    ast.JoinedStr: ScopeTable._formatted,
    ast.BinOp: ScopeTable._operation,
    ast.Compare: ScopeTable._compare,
    ast.BoolOp: ScopeTable._boolean,
    ast.UnaryOp: ScopeTable._unary,
    ast.Subscript: ScopeTable._subscript,
    ast.Dict: ScopeTable._mapping,
    ast.List: ScopeTable._sequence,
    ast.Tuple: ScopeTable._sequence,
    ast.Set: ScopeTable._sequence,
    ast.ListComp: ScopeTable._comprehension,
    ast.SetComp: ScopeTable._comprehension,
    ast.GeneratorExp: ScopeTable._comprehension,
    ast.IfExp: ScopeTable._choice,
    ast.NamedExpr: lambda table, node, scope, depth: table.value(node.value, scope, depth),
    ast.Await: lambda table, node, scope, depth: table.value(node.value, scope, depth),
    ast.Starred: lambda table, node, scope, depth: table.value(node.value, scope, depth),
}
