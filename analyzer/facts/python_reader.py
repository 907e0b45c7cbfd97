"""The memory of one walk over a module's syntax tree, and its end: every name resolved, once all scopes are complete.

The walk keeps an explicit stack, so that deep nesting cannot exhaust Python's own; what each type of node means stands in
`python.py`.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping

from analyzer.facts.lexicon import LONGEST_TEXT, is_telling
from analyzer.facts.python_scopes import ScopeTable
from analyzer.facts.python_syntax import (
    BUILTIN_NAMES,
    compares_with_none,
    dotted_name,
)
from analyzer.model.facts import (
    ELEMENT,
    MODULE_SCOPE,
    NO_GUARD,
    UNKNOWN,
    Argument,
    Binding,
    Choice,
    External,
    Guard,
    Import,
    Local,
    Member,
    PythonFacts,
    Scope,
    StringLiteral,
    Use,
    Value,
)
from analyzer.model.named_tuple import NamedTuple
from analyzer.model.span import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

NOWHERE = Span(0, 0, 0, 0)
LEAVING = (ast.Return, ast.Continue, ast.Break)
NOTED = frozenset({ast.Constant, ast.JoinedStr, ast.IfExp, ast.List, ast.Tuple, ast.Set})
"""The expressions that are, or directly hold, string constants."""
PERHAPS_MASKS = frozenset({ast.Name, ast.Attribute, ast.Call, ast.Compare, ast.UnaryOp, ast.BinOp, ast.Tuple})
"""The expressions that, as a key, may be a mask, or hold one."""
_BITWISE = (ast.BitAnd, ast.BitOr, ast.BitXor)
TENSOR_PACKAGE = "torch"
"""Keys are only looked at where this is imported: elsewhere nothing is indexed with masks that would be captured."""
_LITERAL_HOLDERS = (ast.Constant, ast.Tuple, ast.List, ast.IfExp)
LONGEST_NAME = 300
"""Module paths and qualified names are cut here. They are put before every name that is found below them, so one name of
a megabyte would become many of a megabyte."""
MOST_NESTED_GUARDS = 100
"""Guards inside more guards are not kept: a hundred early returns in one function guard nothing that anybody asks for."""

_new = tuple.__new__
"""Makes a named tuple from a plain one: what its own constructor does, without a call of it. There are several for each
node of a tree, so that this is a tenth of the time that a file takes."""
_MENTIONS = ("read", "write", "test")
_NODES = (ast.expr, ast.stmt)

Visitors: TypeAlias = Mapping[type[ast.AST], Callable[..., None]]
"""What to do with each type of node, given the reader, the node and its place; the children of others are visited."""


class Place(NamedTuple):
    """Where the walk is: indices of the scope, the guard and the statement, and how the code around was reached."""

    scope: int
    guard: int
    statement: int
    context: str
    is_required: bool = False
    """In a test without which the code refuses to go on."""


def guarded(place: Place, guard: int) -> Place:
    """The same place under a guard; in a third of the time of `_replace`."""
    scope, _, statement, context, is_required = place
    return _new(Place, (scope, guard, statement, context, is_required))


class PendingUse(NamedTuple):
    """A use whose names are resolved once all scopes are known."""

    kind: str
    target: ast.expr
    node: ast.expr
    call: ast.Call | None
    place: Place


class PendingGuard(NamedTuple):
    """A guard whose test is resolved at the end."""

    parent: int
    kind: str
    test: ast.expr | None
    scope: int
    line: int
    elsewhere: str


class PendingLiteral(NamedTuple):
    """A string constant whose surroundings are resolved at the end."""

    node: ast.Constant
    role: str
    label: str
    other: ast.expr | None
    place: Place


class PendingBinding(NamedTuple):
    """A binding whose value is resolved at the end."""

    scope: int
    target: str
    value: ast.expr | Value | None
    line: int
    kind: str
    guard: int
    value_scope: int


class PythonReader:
    """One walk over one module."""

    def __init__(
        self, tree: ast.Module, text: str, package_parts: tuple[str, ...], visitors: Visitors, is_notebook: bool = False
    ) -> None:
        self.tree = tree
        self.visitors = visitors
        self.lines = text.split("\n")
        self.is_ascii = text.isascii()
        self.wide: dict[int, tuple[list[int], list[int]]] = {}
        """For lines that are not ASCII: the byte offsets after their wide characters, and how many bytes more than
        characters there are up to each."""
        self.table = ScopeTable(package_parts)
        self.imports: list[Import] = []
        self.scopes: list[Callable[[], Scope]] = []
        self.qualified_names: list[str] = []
        self.uses: list[PendingUse] = []
        self.bindings: list[PendingBinding] = []
        self.guards: list[PendingGuard] = []
        self.guard_depths: list[int] = []
        self.literals: list[PendingLiteral] = []
        self.statements: list[ast.stmt | ast.expr | None] = [None]
        self.names: list[tuple[ast.Name, Place]] = []
        self.tested: list[tuple[ast.Name, Place]] = []
        self.attributes: list[tuple[ast.Attribute, str, Place]] = []
        self.indexed: list[tuple[ast.Subscript, Place]] = []
        self.is_script = is_notebook
        self.namespace_may_change = False
        self.has_star_import = False
        self.stack: list[tuple[Any, Place]] = []

    def read(self) -> PythonFacts:
        """Walk the tree, then resolve what was collected."""
        self.open_scope("module", "", -1, self.tree, None)
        place = Place(MODULE_SCOPE, NO_GUARD, 0, "top")
        self.push_block(self.tree.body, place)
        self.walk()
        return self.finish()

    def walk(self) -> None:
        """Visit what is on the stack until it is empty. The most frequent nodes, names and constants, cost no call."""
        stack, visitors, names, attributes = self.stack, self.visitors, self.names, self.attributes
        while stack:
            node, place = stack.pop()
            kind = type(node)
            if kind is ast.Name:
                if type(node.ctx) is ast.Load:
                    names.append((node, place))
            elif kind is ast.Attribute and type(node.value) is ast.Name:
                attributes.append((node, node.value.id, place))
            elif kind is not ast.Constant or (type(node.value) is str and len(node.value) > 20):
                visit = visitors.get(kind)
                if visit is None:
                    self.push_children(node, place)
                else:
                    visit(self, node, place)

    # ---- positions ---------------------------------------------------------------------------------------------------

    def column(self, line: int, byte_offset: int) -> int:
        """The 1-based character column of a byte offset in a line."""
        if self.is_ascii or line > len(self.lines):
            return byte_offset + 1
        if line not in self.wide:
            self.wide[line] = wide_characters(self.lines[line - 1])
        offsets, surplus = self.wide[line]
        return byte_offset + 1 - surplus[bisect_right(offsets, byte_offset)]

    def span(self, node: ast.stmt | ast.expr | ast.alias | ast.excepthandler) -> Span:
        """The 1-based span of a node."""
        line, end_line = node.lineno, node.end_lineno or node.lineno
        if end_line < _LEAST_UNSHARED:
            line, end_line = _NUMBERS[line], _NUMBERS[end_line]
        if self.is_ascii:
            return _new(Span, (line, node.col_offset + 1, end_line, (node.end_col_offset or 0) + 1))
        return Span(line, self.column(line, node.col_offset), end_line, self.column(end_line, node.end_col_offset or 0))

    def header(self, node: ast.stmt) -> Span:
        """The span of a statement, or of the header of a compound statement."""
        whole = self.span(node)
        body = getattr(node, "body", None)
        if not (isinstance(body, list) and body and isinstance(body[0], ast.stmt)):
            return whole
        first = body[0]
        decorators = getattr(first, "decorator_list", None)
        first_line = decorators[0].lineno if decorators else first.lineno
        if first_line <= node.lineno:  # `if x: y` on one line
            return Span(whole.line, whole.column, first.lineno, self.column(first.lineno, first.col_offset))
        last = first_line - 1
        while last > node.lineno and self.lines[last - 1].lstrip()[:1] in ("", "#"):
            last -= 1
        return Span(whole.line, whole.column, last, len(self.lines[last - 1].rstrip()) + 1)

    def begin_statement(self, node: ast.stmt, place: Place) -> Place:
        """The place inside a new statement."""
        self.statements.append(node)
        scope, guard, _, context, _ = place
        return _new(Place, (scope, guard, len(self.statements) - 1, context, False))

    # ---- the stack ---------------------------------------------------------------------------------------------------

    def push_children(self, node: ast.AST, place: Place) -> None:
        """Visit all children in the same place."""
        stack = self.stack
        for name in node._fields:
            child = getattr(node, name, None)
            if type(child) is list:
                stack.extend([(item, place) for item in child if isinstance(item, ast.AST)])
            elif isinstance(child, _NODES):  # operators and contexts say nothing
                stack.append((child, place))

    def push(self, node: ast.AST | None, place: Place) -> None:
        """Visit one node."""
        if node is not None:
            self.stack.append((node, place))

    def push_test(self, test: ast.expr, place: Place) -> None:
        """Visit a condition. A bare name in it is not used, but asked whether it is there: `if flash_attn is None`."""
        pending = [test]
        while pending:
            node = pending.pop()
            if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
                pending.append(node.operand)
            elif isinstance(node, ast.Compare) and compares_with_none(node):
                pending.append(node.left)
            elif isinstance(node, ast.Name):
                self.tested.append((node, place))
            else:
                self.push(node, place)

    def push_block(self, block: list[ast.stmt], place: Place) -> None:
        """Visit statements in order; one that leaves early when a test holds guards all that follow it."""
        pending: list[tuple[ast.AST, Place]] = []
        for statement in block:
            pending.append((statement, place))
            if type(statement) is ast.If and not statement.orelse and isinstance(statement.body[-1], LEAVING):
                is_test = self.qualified_names[place.scope].rpartition(".")[2].startswith("test")
                elsewhere = "skipped" if is_test else "other"
                guard = self.add_guard(place, "else", statement.test, statement.lineno, elsewhere)
                place = guarded(place, guard)
        pending.reverse()
        self.stack.extend(pending)

    def add_guard(self, place: Place, kind: str, test: ast.expr | None, line: int, elsewhere: str = "other") -> int:
        """A new guard inside the one that holds here."""
        depth = self.guard_depths[place.guard] + 1 if place.guard >= 0 else 0
        if depth > MOST_NESTED_GUARDS:
            return place.guard
        self.guard_depths.append(depth)
        self.guards.append(PendingGuard(place.guard, kind, test, place.scope, line, elsewhere))
        return len(self.guards) - 1

    # ---- names -------------------------------------------------------------------------------------------------------

    def open_scope(self, kind: str, name: str, parent: int, node: ast.AST, details: Callable[[], tuple[object, ...]] | None) -> int:
        """Add a scope with its qualified name."""
        index = self.table.open(kind, parent)
        outer = self.qualified_names[parent] if parent >= 0 else ""
        qualified = (f"{outer}.{name}" if outer and name else (name or outer))[:LONGEST_NAME]
        self.qualified_names.append(qualified)
        span = self.header(node) if isinstance(node, ast.stmt) else Span(1, 1, max(len(self.lines), 1), 1)
        parents, last = parent, getattr(node, "end_lineno", None) or span.end_line

        def build() -> Scope:
            parameters, bases, decorators = details() if details else ((), (), ())
            return Scope(kind, qualified, parents, span, parameters, bases, decorators, last)  # type: ignore[arg-type]

        self.scopes.append(build)
        return index

    def bind_target(
        self, target: ast.expr, value: ast.expr | None, place: Place, kind: str, value_scope: int | None = None
    ) -> None:
        """Bind names, attributes and items on the left of an assignment; the value may belong to an outer scope."""
        read_in = place.scope if value_scope is None else value_scope
        if type(target) is ast.Name:
            scope = self.table.bind(place.scope, target.id)
            self.bindings.append(_new(PendingBinding, (scope, target.id, value, target.lineno, kind, place.guard, read_in)))
            return
        pending = [(target, value)]
        while pending:
            node, source = pending.pop()
            if isinstance(node, ast.Name):
                scope = self.table.bind(place.scope, node.id)
                self.bindings.append(PendingBinding(scope, node.id, source, node.lineno, kind, place.guard, read_in))
            elif isinstance(node, ast.Starred):
                pending.append((node.value, None))
            elif isinstance(node, ast.Tuple | ast.List):
                sources: list[ast.expr | None] = [None] * len(node.elts)
                if kind != "for" and isinstance(source, ast.Tuple | ast.List) and len(source.elts) == len(node.elts):
                    sources = list(source.elts)
                elif isinstance(source, ast.Call | ast.Name | ast.Attribute | ast.Subscript) and len(node.elts) <= MOST_UNPACKED:
                    sources = [ast.Subscript(source, ast.Constant(index), ast.Load()) for index in range(len(node.elts))]
                pending.extend(zip(node.elts, sources, strict=True))
            elif isinstance(node, ast.Attribute):
                dotted = dotted_name(node)
                if dotted:
                    self.bindings.append(PendingBinding(place.scope, dotted, source, node.lineno, kind, place.guard, place.scope))
                else:
                    self.push(node.value, place)
                if kind == "assign":
                    self.uses.append(PendingUse("write", node, node, None, place))
            elif isinstance(node, ast.Subscript):
                self.bind_item(node, source, place, kind)

    def bind_item(self, node: ast.Subscript, value: ast.expr | None, place: Place, kind: str) -> None:
        """`owner["key"] = value` is a binding of `owner[key]`."""
        owner = dotted_name(node.value)
        if owner and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            target = f"{owner}[{node.slice.value}]"
            self.bindings.append(PendingBinding(place.scope, target, value, node.lineno, kind, place.guard, place.scope))
            self.note_literal(node.slice, "subscript", owner, node.value, place)
        else:
            self.indexed.append((node, place))
            self.push(node.slice, place)
        self.push(node.value, place)

    def note_literal(self, node: ast.expr | None, role: str, label: str, other: ast.expr | None, place: Place) -> None:
        """Keep a string constant if it stands in a telling place and mentions an accelerator."""
        if type(node) not in NOTED:
            return
        if isinstance(node, ast.Constant):
            text = node.value
            if type(text) is not str:
                return
            is_variable = role == "subscript" and label.endswith("environ")
            if len(text) <= LONGEST_TEXT and (is_variable or is_telling(text)):
                self.literals.append(PendingLiteral(node, role, label, other, place))
        elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
            first = node.values[0]
            if isinstance(first.value, str) and len(first.value) < LONGEST_TEXT and is_telling(first.value):
                constant = ast.copy_location(ast.Constant(first.value + "{}"), node)
                self.literals.append(PendingLiteral(constant, role, label, other, place))
        elif isinstance(node, ast.IfExp):
            for branch, kind in ((node.body, "if"), (node.orelse, "else")):
                if isinstance(branch, _LITERAL_HOLDERS):
                    guard = self.add_guard(place, kind, node.test, node.lineno)
                    self.note_literal(branch, role, label, other, place._replace(guard=guard))
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            for item in node.elts:
                if isinstance(item, _LITERAL_HOLDERS):
                    self.note_literal(item, "element", label, other, place)

    def note_switch(self, node: ast.expr | None, role: str, label: str, place: Place) -> None:
        """Keep what is switched on or off under a telling name, with the text `true` or `false`."""
        if isinstance(node, ast.Constant) and isinstance(node.value, bool) and len(label) <= LONGEST_TEXT and is_telling(label):
            constant = ast.copy_location(ast.Constant(str(node.value).lower()), node)
            self.literals.append(PendingLiteral(constant, role, label, None, place))

    # ---- the end -----------------------------------------------------------------------------------------------------

    def finish(self) -> PythonFacts:
        """Resolve names now that every scope is complete."""
        table = self.table
        table.note_aliases(
            (binding.scope, binding.target, binding.value, binding.value_scope)
            for binding in self.bindings
            if binding.kind not in ("annotation", "return")
        )
        uses = self.resolved_uses()
        scopes = tuple(build() for build in self.scopes)
        self.scopes.clear()  # they hold the reader: as a cycle, which nobody collects during a scan, it would keep the tree
        return PythonFacts(
            imports=tuple(self.imports),
            scopes=scopes,
            bindings=tuple(self.resolve_binding(binding) for binding in self.bindings),
            uses=tuple(uses),
            literals=tuple(
                StringLiteral(
                    str(literal.node.value), literal.role, literal.label,
                    table.whole_value(literal.other, literal.place.scope), self.span(literal.node),
                    literal.place.statement, literal.place.scope, literal.place.guard,
                )
                for literal in self.literals
            ),
            guards=tuple(
                Guard(guard.parent, guard.kind, table.whole_value(guard.test, guard.scope), guard.line, guard.elsewhere)
                for guard in self.guards
            ),
            statements=self.kept_statements(uses),
            global_names_may_change=self.namespace_may_change,
            is_script=self.is_script,
        )  # fmt: skip

    def resolved_uses(self) -> list[Use]:
        """All uses that say something: calls and bindings in the order of the walk, then mentions."""
        imported = {name for names in self.table.imported for name in names}
        imported.update(name for _, name in self.table.aliases)
        if self.has_star_import:
            imported.update({node.id for node, _ in self.names} - set().union(*self.table.bound) - BUILTIN_NAMES)
        resolved = [self.resolve_use(*use) for use in self.uses]
        resolved += [self.mention("read", node, place) for node, place in self.names if node.id in imported]
        resolved += [self.mention("test", node, place) for node, place in self.tested if node.id in imported]
        resolved += [
            self.mention("read", node, place) for node, root, place in self.attributes if root in imported or is_telling(node.attr)
        ]
        if any(item.module.partition(".")[0] == TENSOR_PACKAGE for item in self.imports):
            resolved += [self.resolve_index(node, place) for node, place in self.indexed]
        return [use for use in resolved if use is not None]

    def kept_statements(self, uses: list[Use]) -> tuple[Span, ...]:
        """The spans of the statements that something stands in; the others keep an empty place."""
        kept = {use.statement for use in uses} | {literal.place.statement for literal in self.literals}
        return tuple(
            NOWHERE if node is None or index not in kept else self.statement_span(node)
            for index, node in enumerate(self.statements)
        )

    def statement_span(self, node: ast.stmt | ast.expr) -> Span:
        """The header of a statement; a decorator (an expression) starts at its `@`."""
        if isinstance(node, ast.stmt):
            return self.header(node)
        span = self.span(node)
        before = self.lines[span.line - 1][: span.column - 1].rstrip()[-1:]
        return span._replace(column=span.column - 1) if before == "@" else span

    def resolve_binding(self, binding: PendingBinding) -> Binding:
        """The binding with its value."""
        scope, target, value, line, kind, guard, value_scope = binding
        known = value if type(value) is Local else self.table.whole_value(value, value_scope)  # type: ignore[arg-type]
        if kind == "for" and known != UNKNOWN:
            known = Member(known, (ELEMENT,))
        if line < _LEAST_UNSHARED:
            line = _NUMBERS[line]
        return _new(Binding, (scope, target, known, line, kind, guard))

    def resolve_use(self, kind: str, target: ast.expr, node: ast.expr, call: ast.Call | None, place: Place) -> Use | None:
        """A pending use with what it refers to, or None where it says nothing that a later stage asks for."""
        if call is None:
            return self.mention(kind, target, place)
        table, scope = self.table, place.scope
        is_plain = kind == "call" and type(target) is ast.Name and not call.keywords and not self.has_star_import
        if is_plain and table.owner(target.id, scope) is None:  # type: ignore[attr-defined]
            return None  # a builtin with plain arguments: no rule and no call graph asks for it
        meant, arguments = table.value(target, scope), table.arguments(call, scope)
        return _new(Use, (kind, meant, arguments, self.span(node), place.statement, scope, place.guard, place.is_required))

    def resolve_index(self, node: ast.Subscript, place: Place) -> Use | None:
        """What is read or written by keys that may be masks, and any attribute of which elements are written; None for the
        rest. What is imported, as in annotations, has no elements."""
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        found = [(str(number), key) for number, key in enumerate(keys) if may_be_mask(key)]
        kind = "index" if isinstance(node.ctx, ast.Load) else "put"
        is_said = bool(found) or (kind == "put" and isinstance(node.value, ast.Attribute))
        target = self.table.value(node.value, place.scope) if is_said else UNKNOWN
        if target == UNKNOWN or isinstance(target, External | Choice):
            return None
        given = tuple(Argument(label, self.table.value(key, place.scope)) for label, key in found)
        return _new(Use, (kind, target, given, self.span(node), place.statement, place.scope, place.guard, False))

    def mention(self, kind: str, node: ast.expr, place: Place) -> Use | None:
        """The use that a mention without a call is, or None."""
        scope, guard, statement, _, is_required = place
        target = self.table.value(node, scope)
        if kind in _MENTIONS and not self.is_worth_keeping(target):
            return None
        return _new(Use, (kind, target, (), self.span(node), statement, scope, guard, is_required))

    def is_worth_keeping(self, target: Value) -> bool:
        """Whether a mention of a name without a call is kept: imported names, and attributes with a telling name."""
        if isinstance(target, External):
            return self.has_star_import or not target.name.startswith("builtins.")
        if isinstance(target, Local | Member):
            return bool(target.attributes) and is_telling(target.attributes[-1])
        return isinstance(target, Choice)


def may_be_mask(key: ast.expr) -> bool:
    """Whether a key may be a tensor of booleans: a name, a comparison, what comparisons are put together with, a method."""
    if isinstance(key, ast.UnaryOp):
        return isinstance(key.op, ast.Invert)
    if isinstance(key, ast.BinOp):
        return isinstance(key.op, _BITWISE)
    if isinstance(key, ast.Call):
        return isinstance(key.func, ast.Attribute)
    return isinstance(key, ast.Name | ast.Attribute | ast.Compare)


_LEAST_UNSHARED = 10_000
_NUMBERS = tuple(range(_LEAST_UNSHARED))
"""Numbers of lines, as objects that all facts share: each node of a tree has its own, a twentieth of all memory."""


MOST_UNPACKED = 8
"""Names on the left of an assignment up to which each is bound to its part of the value."""
_WIDE = re.compile(r"[^\x00-\x7f]")


def wide_characters(line: str) -> tuple[list[int], list[int]]:
    """Where the UTF-8 bytes of a line run ahead of its characters: after which offset, and by how many."""
    offsets: list[int] = []
    surplus = [0]
    for found in _WIDE.finditer(line):
        extra = surplus[-1] + len(found.group().encode("utf-8")) - 1
        offsets.append(found.end() + extra)
        surplus.append(extra)
    return offsets, surplus
