"""Python source to `PythonFacts`, in one parse and one walk of the standard library's syntax tree.

`ast` is used here because it is many times faster than a parser that keeps white space; `quote/` has the other half of
that decision (docs/two-parsers.md). The walk keeps an explicit stack, so that deep nesting cannot exhaust Python's own.
"""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

from analyzer.facts.lexicon import LONGEST_TEXT, is_kernel_source, is_telling
from analyzer.facts.parser_bombs import refuse_bombs
from analyzer.facts.python_scopes import ScopeTable, constant_key
from analyzer.model.facts import (
    ELEMENT,
    MODULE_SCOPE,
    NO_GUARD,
    UNKNOWN,
    Binding,
    Called,
    Choice,
    Condition,
    Constant,
    External,
    Guard,
    Import,
    Local,
    Member,
    Parameter,
    PythonFacts,
    Scope,
    StringLiteral,
    Text,
    Use,
    Value,
)
from analyzer.model.span import Span

IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
NOWHERE = Span(0, 0, 0, 0)
LEAVING = (ast.Return, ast.Continue, ast.Break)
NAMESPACE_RUNNERS = {"exec"}
IMPORTERS = {"importlib.import_module", "import_module", "__import__"}
BUILTIN_NAMES = frozenset(dir(builtins))
_LITERAL_HOLDERS = (ast.Constant, ast.Tuple, ast.List, ast.IfExp)
REFUSED, SKIPPED, SURVIVED = "refused", "skipped", "survived"
SKIP_MARKS = {"skipif", "skipIf", "skipUnless"}
SKIPPERS = {"pytest.skip", "skip"}
LEAVERS = {"exit", "quit", "sys.exit", "os._exit", "os.abort", "pytest.fail"}
OPTIONAL_WRAPPERS = {"Optional", "Union", "Final", "ClassVar", "Annotated"}
MOST_WRAPPERS = 8
LONGEST_NAME = 300
"""Module paths and qualified names are cut here. They are put before every name that is found below them, so one name of
a megabyte would become many of a megabyte."""
MOST_NESTED_GUARDS = 100
"""Guards inside more guards are not kept: a hundred early returns in one function guard nothing that anybody asks for."""


class Place(NamedTuple):
    """Where the walk is: indices of the scope, the guard and the statement, and how the code around was reached."""

    scope: int
    guard: int
    statement: int
    context: str
    is_required: bool = False
    """In a test without which the code refuses to go on."""


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

    def __init__(self, tree: ast.Module, text: str, package_parts: tuple[str, ...], is_notebook: bool = False) -> None:
        self.tree = tree
        self.lines = text.split("\n")
        self.is_ascii = text.isascii()
        self.wide: dict[int, tuple[list[int], list[int]]] = {}
        """For lines that are not ASCII: the byte offsets after their wide characters, and how many bytes more than
        characters there are up to each."""
        self.table = ScopeTable(package_parts)
        self.imports: list[Import] = []
        self.scopes: list[Callable[[], Scope]] = []
        self.uses: list[PendingUse] = []
        self.bindings: list[PendingBinding] = []
        self.guards: list[PendingGuard] = []
        self.guard_depths: list[int] = []
        self.literals: list[PendingLiteral] = []
        self.statements: list[ast.stmt | ast.expr | None] = [None]
        self.names: list[tuple[ast.Name, Place]] = []
        self.tested: list[tuple[ast.Name, Place]] = []
        self.attributes: list[tuple[ast.Attribute, str, Place]] = []
        self.is_script = is_notebook
        self.namespace_may_change = False
        self.has_star_import = False
        self.stack: list[tuple[ast.AST, Place]] = []

    def read(self) -> PythonFacts:
        """Walk the tree, then resolve what was collected."""
        self.open_scope("module", "", -1, self.tree, None)
        place = Place(MODULE_SCOPE, NO_GUARD, 0, "top")
        self.push_block(self.tree.body, place)
        stack = self.stack
        visitors = _VISITORS
        while stack:
            node, place = stack.pop()
            visit = visitors.get(type(node))
            if visit is None:
                self.push_children(node, place)
            else:
                visit(self, node, place)
        return self.finish()

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
        end_line = node.end_lineno or node.lineno
        if self.is_ascii:
            return Span(node.lineno, node.col_offset + 1, end_line, (node.end_col_offset or 0) + 1)
        return Span(
            node.lineno,
            self.column(node.lineno, node.col_offset),
            end_line,
            self.column(end_line, node.end_col_offset or 0),
        )

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
        return Place(place.scope, place.guard, len(self.statements) - 1, place.context)

    # ---- the stack ---------------------------------------------------------------------------------------------------

    def push_children(self, node: ast.AST, place: Place) -> None:
        """Visit all children in the same place."""
        stack = self.stack
        for name in node._fields:
            child = getattr(node, name, None)
            if type(child) is list:
                for item in child:
                    if isinstance(item, ast.AST):
                        stack.append((item, place))
            elif isinstance(child, ast.expr | ast.stmt):  # operators and contexts say nothing
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
            elif isinstance(node, ast.Compare) and _compares_with_none(node):
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
            if isinstance(statement, ast.If) and not statement.orelse and isinstance(statement.body[-1], LEAVING):
                is_test = self.qualified_names[place.scope].rpartition(".")[2].startswith("test")
                elsewhere = "skipped" if is_test else "other"
                guard = self.add_guard(place, "else", statement.test, statement.lineno, elsewhere)
                place = place._replace(guard=guard)
        self.stack.extend(reversed(pending))

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

    @property
    def qualified_names(self) -> list[str]:
        """The qualified name of every scope opened so far."""
        names: list[str] = self.__dict__.setdefault("_qualified_names", [])
        return names

    def bind_target(
        self, target: ast.expr, value: ast.expr | None, place: Place, kind: str, value_scope: int | None = None
    ) -> None:
        """Bind names, attributes and items on the left of an assignment; the value may belong to an outer scope."""
        pending = [(target, value)]
        read_in = place.scope if value_scope is None else value_scope
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
            self.push(node.slice, place)
        self.push(node.value, place)

    def note_literal(self, node: ast.expr | None, role: str, label: str, other: ast.expr | None, place: Place) -> None:
        """Keep a string constant if it stands in a telling place and mentions an accelerator."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
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
        return PythonFacts(
            imports=tuple(self.imports),
            scopes=tuple(build() for build in self.scopes),
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
        pending = self.uses
        imported.update(name for _, name in self.table.aliases)
        if self.has_star_import:
            imported.update({node.id for node, _ in self.names} - set().union(*self.table.bound) - BUILTIN_NAMES)
        pending.extend(PendingUse("read", node, node, None, place) for node, place in self.names if node.id in imported)
        pending.extend(PendingUse("test", node, node, None, place) for node, place in self.tested if node.id in imported)
        pending.extend(
            PendingUse("read", node, node, None, place)
            for node, root, place in self.attributes
            if root in imported or is_telling(node.attr)
        )
        resolved = (self.resolve_use(use) for use in pending)
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
        value = binding.value
        known = self.table.whole_value(value, binding.value_scope) if value is None or isinstance(value, ast.AST) else value
        if binding.kind == "for" and known != UNKNOWN:
            known = Member(known, (ELEMENT,))
        return Binding(binding.scope, binding.target, known, binding.line, binding.kind, binding.guard)

    def resolve_use(self, use: PendingUse) -> Use | None:
        """The use with what it refers to, or None where it says nothing that a later stage asks for."""
        place, call = use.place, use.call
        is_plain = use.kind == "call" and type(use.target) is ast.Name and call is not None and not call.keywords
        if is_plain and not self.has_star_import and self.table.owner(use.target.id, place.scope) is None:  # type: ignore[attr-defined]
            return None  # a builtin with plain arguments: no rule and no call graph asks for it
        target = self.table.value(use.target, place.scope)
        if use.kind in ("read", "write", "test") and not self.is_worth_keeping(target):
            return None
        arguments = self.table.arguments(call, place.scope) if call is not None else ()
        span = self.span(use.node)
        return Use(use.kind, target, arguments, span, place.statement, place.scope, place.guard, place.is_required)

    def is_worth_keeping(self, target: Value) -> bool:
        """Whether a mention of a name without a call is kept: imported names, and attributes with a telling name."""
        if isinstance(target, External):
            return self.has_star_import or not target.name.startswith("builtins.")
        if isinstance(target, Local | Member):
            return bool(target.attributes) and is_telling(target.attributes[-1])
        return isinstance(target, Choice)


def dotted_name(node: ast.expr) -> str:
    """`self.a.b` as text, or "" where the expression is not a plain dotted name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


# ---- visitors, one a node type ---------------------------------------------------------------------------------------


def visit_import(reader: PythonReader, node: ast.Import, place: Place) -> None:
    """`import a.b` binds `a`; `import a.b as c` binds `c`."""
    for alias in node.names:
        name = alias.name[:LONGEST_NAME]
        bound, path = (alias.asname, name) if alias.asname else (name.split(".")[0],) * 2
        reader.table.bind_import(place.scope, bound, path)
        reader.imports.append(Import(name, "", bound, 0, reader.span(node), place.scope, place.context, place.guard))


def visit_import_from(reader: PythonReader, node: ast.ImportFrom, place: Place) -> None:
    """`from m import n as a` binds `a` to `m.n`."""
    module = reader.table.absolute_module(node.module or "", node.level)[:LONGEST_NAME]
    for alias in node.names:
        if alias.name == "*":
            reader.has_star_import = True
        else:
            reader.table.bind_import(place.scope, alias.asname or alias.name, f"{module}.{alias.name}".lstrip("."))
        span = reader.span(node) if len(node.names) == 1 else reader.span(alias)
        reader.imports.append(
            Import(
                module, alias.name, alias.asname or alias.name, node.level, span, place.scope, place.context, place.guard
            )
        )  # fmt: skip


def visit_function(reader: PythonReader, node: ast.FunctionDef | ast.AsyncFunctionDef, place: Place) -> None:
    """A function: its name is bound outside, its parameters inside; decorators may guard it."""
    outer = reader.begin_statement(node, place)
    visit_decorators(reader, node, outer)
    reader.table.bind(place.scope, node.name)
    table = reader.table

    def details() -> tuple[object, ...]:
        return (
            tuple(parameters_of(reader, node, place.scope)),
            (),
            tuple(table.value(decorator, place.scope) for decorator in node.decorator_list),
        )

    scope = reader.open_scope("function", node.name, place.scope, node, details)
    reader.bindings.append(
        PendingBinding(place.scope, node.name, Local(scope, "", ()), node.lineno, "definition", place.guard, place.scope)
    )
    bind_parameters(reader, node.args, scope, outer)
    reader.push(node.returns, outer)
    context = "function" if place.context == "top" else place.context
    reader.push_block(node.body, Place(scope, skip_guard(reader, node, place), outer.statement, context))


def visit_class(reader: PythonReader, node: ast.ClassDef, place: Place) -> None:
    """A class: bases and decorators are uses; its body is a scope that functions inside do not see."""
    outer = reader.begin_statement(node, place)
    visit_decorators(reader, node, outer)
    reader.table.bind(place.scope, node.name)
    table = reader.table

    def details() -> tuple[object, ...]:
        return (
            (),
            tuple(table.value(base, place.scope) for base in node.bases),
            tuple(table.value(decorator, place.scope) for decorator in node.decorator_list),
        )

    scope = reader.open_scope("class", node.name, place.scope, node, details)
    reader.bindings.append(
        PendingBinding(place.scope, node.name, Local(scope, "", ()), node.lineno, "definition", place.guard, place.scope)
    )
    for base in node.bases:
        reader.uses.append(PendingUse("base", base, base, None, outer))
        if isinstance(base, ast.Call | ast.Subscript):
            reader.push(base, outer)
    for keyword in node.keywords:
        reader.push(keyword.value, outer)
    reader.push_block(node.body, Place(scope, skip_guard(reader, node, place), outer.statement, place.context))


def visit_decorators(reader: PythonReader, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, place: Place) -> None:
    """Each decorator is a use of its own, in a statement of its own."""
    for decorator in node.decorator_list:
        reader.statements.append(decorator)
        inside = place._replace(statement=len(reader.statements) - 1)
        call = decorator if isinstance(decorator, ast.Call) else None
        reader.uses.append(PendingUse("decorator", call.func if call else decorator, decorator, call, inside))
        if call:
            if dotted_name(call.func).rpartition(".")[2] in SKIP_MARKS:
                inside = inside._replace(guard=reader.add_guard(inside, "mark", None, call.lineno))
            visit_arguments(reader, call, inside)


_TEST_MARK = re.compile(r"^(requires?|needs?|only|skip|multi|large|gpu|cuda|triton|nccl)", re.IGNORECASE)
"""How the decorators begin that leave a test out where there is no accelerator."""


def skip_guard(reader: PythonReader, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, place: Place) -> int:
    """`@pytest.mark.skipif(test)`, `@unittest.skipUnless(test)` and `@require_cuda` guard what they decorate."""
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call):
            name = dotted_name(decorator).rpartition(".")[2]
            if is_telling(name) and _TEST_MARK.match(name):
                return reader.add_guard(place, "if", decorator, decorator.lineno, "skipped")
            continue
        name = decorator.func.attr if isinstance(decorator.func, ast.Attribute) else getattr(decorator.func, "id", "")
        tests = [*decorator.args[:1], *(k.value for k in decorator.keywords if k.arg == "condition")]
        if name in SKIP_MARKS - {"skipUnless"} and tests:
            return reader.add_guard(place, "else", tests[0], decorator.lineno, "skipped")
        if name == "skipUnless" and tests:
            return reader.add_guard(place, "if", tests[0], decorator.lineno, "skipped")
    return place.guard


def bind_parameters(reader: PythonReader, arguments: ast.arguments, scope: int, place: Place) -> None:
    """Bind the parameters of a function or lambda; defaults and annotations are evaluated outside."""
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    for argument, default in pairs:
        reader.table.bind(scope, argument.arg)
        reader.bindings.append(PendingBinding(scope, argument.arg, default, argument.lineno, "parameter", place.guard, place.scope))
        reader.note_literal(default, "default", argument.arg, None, place)
        reader.note_switch(default, "default", argument.arg, place)
        reader.push(default, place)
        reader.push(argument.annotation, place)
    for extra in (arguments.vararg, arguments.kwarg):
        if extra is not None:
            reader.table.bind(scope, extra.arg)
            reader.push(extra.annotation, place)


def parameters_of(reader: PythonReader, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: int) -> list[Parameter]:
    """The parameters of a function with the values of their defaults."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    pairs = [*zip(positional, defaults, strict=True), *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    value = reader.table.value
    return [
        Parameter(
            argument.arg,
            None if default is None else value(default, scope),
            value(annotated_class(argument.annotation), scope),
            argument.lineno,
        )
        for argument, default in pairs
    ]


def annotated_class(annotation: ast.expr | None) -> ast.expr | None:
    """The dotted name in an annotation: quoted or not, optional or not; None for builtins and for anything else."""
    for _ in range(MOST_WRAPPERS):
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            return _quoted_name(annotation)
        if isinstance(annotation, ast.Subscript) and dotted_name(annotation.value).rpartition(".")[2] in OPTIONAL_WRAPPERS:
            annotation = annotation.slice
        elif isinstance(annotation, ast.Tuple) and annotation.elts:
            annotation = annotation.elts[0]
        elif isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
            is_none = isinstance(annotation.left, ast.Constant) and annotation.left.value is None
            annotation = annotation.right if is_none else annotation.left
        else:
            break
    if isinstance(annotation, ast.Name) and annotation.id in BUILTIN_NAMES:
        return None
    return annotation if isinstance(annotation, ast.Name | ast.Attribute) else None


def _quoted_name(annotation: ast.Constant) -> ast.expr | None:
    """The name in `"torch.cuda.Stream"`, as the expression that it stands for."""
    parts = str(annotation.value).strip().split(".")
    if not all(part.isidentifier() for part in parts) or len(parts) > MOST_WRAPPERS or parts[0] in BUILTIN_NAMES:
        return None
    found: ast.expr = ast.copy_location(ast.Name(parts[0], ast.Load()), annotation)
    for part in parts[1:]:
        found = ast.copy_location(ast.Attribute(found, part, ast.Load()), annotation)
    return found


def visit_lambda(reader: PythonReader, node: ast.Lambda, place: Place) -> None:
    """A lambda: its parameters hide outer names."""
    scope = reader.open_scope("lambda", "", place.scope, node, None)
    bind_parameters(reader, node.args, scope, place)
    reader.push(node.body, place._replace(scope=scope))


def visit_comprehension(
    reader: PythonReader, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, place: Place
) -> None:
    """A comprehension: its targets hide outer names; the first iterable is evaluated outside."""
    scope = reader.open_scope("comprehension", "", place.scope, node, None)
    reader.table.comprehensions[node] = scope
    inside = place._replace(scope=scope)
    for index, generator in enumerate(node.generators):
        outer = place if index == 0 else inside
        reader.push(generator.iter, outer)
        reader.bind_target(generator.target, generator.iter, inside, "for", outer.scope)
        for test in generator.ifs:
            reader.push(test, inside)
    if isinstance(node, ast.DictComp):
        reader.push(node.key, inside)
        reader.push(node.value, inside)
    else:
        reader.push(node.elt, inside)


def visit_assign(reader: PythonReader, node: ast.Assign, place: Place) -> None:
    """`a = b = value`."""
    place = reader.begin_statement(node, place)
    module = imported_by_name(node.value)
    for target in node.targets:
        if module and isinstance(target, ast.Name):
            reader.table.bind_import(place.scope, target.id, module)
        else:
            reader.bind_target(target, node.value, place, "assign")
    label = dotted_name(node.targets[0]) if not isinstance(node.targets[0], ast.Subscript) else _item_label(node.targets[0])
    reader.note_literal(node.value, "assign", label, None, place)
    if isinstance(node.value, ast.Dict):
        note_keys(reader, node.value, label, place)
    reader.push(node.value, place)


def _item_label(node: ast.Subscript) -> str:
    key = node.slice
    return str(key.value) if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def visit_annotated(reader: PythonReader, node: ast.AnnAssign, place: Place) -> None:
    """`a: T = value`."""
    place = reader.begin_statement(node, place)
    if node.value:
        reader.bind_target(node.target, node.value, place, "assign")
    named = annotated_class(node.annotation)
    if named is not None or not node.value:
        reader.bind_target(node.target, named, place, "annotation")
    reader.note_literal(node.value, "assign", dotted_name(node.target), None, place)
    reader.push(node.annotation, place)
    reader.push(node.value, place)


def visit_augmented(reader: PythonReader, node: ast.AugAssign, place: Place) -> None:
    """`a += value` keeps what `a` was; what is added is no value of its own, but lists of sources grow by it."""
    place = reader.begin_statement(node, place)
    reader.bind_target(node.target, node.value, place, "extend")
    if not isinstance(node.target, ast.Name):
        reader.push(node.target, place)
    reader.note_literal(node.value, "assign", dotted_name(node.target), None, place)
    reader.push(node.value, place)


def visit_named(reader: PythonReader, node: ast.NamedExpr, place: Place) -> None:
    """`(a := value)` binds in the function around a comprehension."""
    outside = place
    while reader.table.kinds[outside.scope] == "comprehension":
        outside = outside._replace(scope=reader.table.parents[outside.scope])
    reader.bind_target(node.target, node.value, outside, "assign")
    reader.push(node.value, place)


def visit_for(reader: PythonReader, node: ast.For | ast.AsyncFor, place: Place) -> None:
    """The loop variable is bound to something of the iterable."""
    inside = reader.begin_statement(node, place)
    reader.bind_target(node.target, node.iter, inside, "for")
    reader.push(node.iter, inside)
    reader.push_block(node.body, place)
    reader.push_block(node.orelse, place)


def visit_with(reader: PythonReader, node: ast.With | ast.AsyncWith, place: Place) -> None:
    """`with a as b` binds `b` to what `a` yields."""
    inside = reader.begin_statement(node, place)
    for item in node.items:
        if item.optional_vars is not None:
            reader.bind_target(item.optional_vars, item.context_expr, inside, "with")
        reader.push(item.context_expr, inside)
    reader.push_block(node.body, place)


def visit_if(reader: PythonReader, node: ast.If, place: Place) -> None:
    """Both branches are guarded by the test."""
    inside = reader.begin_statement(node, place)
    if is_main_test(node.test):
        reader.is_script = True
    reader.push_test(node.test, inside._replace(is_required=REFUSED in (leaving(node.body), leaving(node.orelse))))
    if is_type_checking(node.test):
        reader.push_block(node.body, place._replace(context="type-checking"))
        reader.push_block(node.orelse, place)
        return
    guard = reader.add_guard(place, "if", node.test, node.lineno, leaving(node.orelse) or "other")
    reader.push_block(node.body, place._replace(guard=guard))
    if node.orelse:
        guard = reader.add_guard(place, "else", node.test, node.lineno, leaving(node.body) or "other")
        reader.push_block(node.orelse, place._replace(guard=guard))


def _compares_with_none(node: ast.Compare) -> bool:
    """`x is None`, `x is not None`."""
    last = node.comparators[0]
    return (
        len(node.ops) == 1 and isinstance(node.ops[0], ast.Is | ast.IsNot) and isinstance(last, ast.Constant) and last.value is None
    )


def leaving(block: list[ast.stmt]) -> str:
    """How a block that is no other way ends: `refused` by an error or an exit, `skipped` as a test; "" for any other."""
    last = block[-1] if block else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        name = dotted_name(last.value.func)
        if name in SKIPPERS or name.endswith(".skipTest"):
            return SKIPPED
        return REFUSED if name in LEAVERS else ""
    if isinstance(last, ast.Raise):
        raised = last.exc.func if isinstance(last.exc, ast.Call) else last.exc
        return SKIPPED if raised is not None and dotted_name(raised).endswith("SkipTest") else REFUSED
    is_false = isinstance(last, ast.Assert) and isinstance(last.test, ast.Constant) and not last.test.value
    return REFUSED if is_false else ""


def is_main_test(test: ast.expr) -> bool:
    """`__name__ == "__main__"`."""
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def is_type_checking(test: ast.expr) -> bool:
    """`TYPE_CHECKING` or `typing.TYPE_CHECKING`."""
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def visit_assert(reader: PythonReader, node: ast.Assert, place: Place) -> None:
    """What is asserted is required."""
    inside = reader.begin_statement(node, place)
    reader.push_test(node.test, inside._replace(is_required=True))
    reader.push(node.msg, inside)


def visit_while(reader: PythonReader, node: ast.While, place: Place) -> None:
    """The body is guarded by the test."""
    inside = reader.begin_statement(node, place)
    reader.push(node.test, inside)
    guard = reader.add_guard(place, "if", node.test, node.lineno)
    reader.push_block(node.body, place._replace(guard=guard))
    reader.push_block(node.orelse, place)


def visit_if_expression(reader: PythonReader, node: ast.IfExp, place: Place) -> None:
    """`a if test else b`."""
    reader.push_test(node.test, place)
    for branch, kind in ((node.body, "if"), (node.orelse, "else")):
        reader.push(branch, place._replace(guard=reader.add_guard(place, kind, node.test, node.lineno)))


def visit_boolean(reader: PythonReader, node: ast.BoolOp, place: Place) -> None:
    """`test and x`: x is guarded by the test; `test or x`: by its opposite."""
    kind = "if" if isinstance(node.op, ast.And) else "else"
    for operand in node.values:
        reader.push_test(operand, place)
        if place.is_required:
            continue  # all of it is required: one part does not guard the next
        place = place._replace(guard=reader.add_guard(place, kind, operand, operand.lineno))


def visit_try(reader: PythonReader, node: ast.Try, place: Place) -> None:
    """What is tried may fail; an import that may fail has another way, unless what handles it needs the same."""
    imported = imported_packages(node.body)
    kinds = [handled_kind(handler, imported) for handler in node.handlers]
    body_kind = "try-import" if "import" in kinds else ("try" if "any" in kinds else "")
    survived = [handler for handler, kind in zip(node.handlers, kinds, strict=True) if kind == "any"]
    elsewhere = "other" if body_kind == "try-import" or any(map(goes_to_the_host, survived)) else SURVIVED
    inside = place
    if body_kind:
        inside = place._replace(guard=reader.add_guard(place, body_kind, None, node.lineno, elsewhere))
    if place.context == "top" and body_kind == "try-import":
        inside = inside._replace(context="try")
    reader.push_block(node.body, inside)
    for handler, kind in zip(node.handlers, kinds, strict=True):
        is_import = kind == "import"
        guard_kind, other = ("except-import", "other") if is_import else ("except", SURVIVED)
        guard = reader.add_guard(place, guard_kind, None, handler.lineno, other)
        if handler.name:
            reader.table.bind(place.scope, handler.name)
        if handler.type is not None:
            reader.statements.append(handler.type)
            reader.push(handler.type, place._replace(statement=len(reader.statements) - 1))
        reader.push_block(handler.body, place._replace(guard=guard))
    reader.push_block(node.orelse, inside if body_kind == "try-import" else place)
    reader.push_block(node.finalbody, place)


def imported_packages(block: list[ast.stmt]) -> set[str]:
    """The packages that statements import, those inside a branch or a `with` included; relative ones by their dots."""
    found: set[str] = set()
    pending: list[ast.stmt] = list(block)
    while pending:
        statement = pending.pop()
        if isinstance(statement, ast.Import):
            found.update(alias.name.split(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            found.add("." * statement.level + (statement.module or "").split(".")[0])
        elif isinstance(statement, ast.If | ast.With):
            pending.extend([*statement.body, *getattr(statement, "orelse", [])])
    return found


def handled_kind(handler: ast.ExceptHandler, imported: set[str]) -> str:
    """`import` for a handler of failed imports, `any` for one of other failures, "" for one that is no other way."""
    if leaving(handler.body) == REFUSED or all(map(only_refuses, handler.body)) or imported & imported_packages(handler.body):
        return ""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {node.id for node in types if isinstance(node, ast.Name)}
    if names & {"ImportError", "ModuleNotFoundError"}:
        return "import"
    if handler.type is None or names & IMPORT_ERRORS:
        return "import" if imported else "any"
    return "any" if names & {"RuntimeError", "AssertionError", "AttributeError", "OSError"} else ""


def only_refuses(statement: ast.stmt) -> bool:
    """A stand-in that says no when it is used: a function, or a class with a method, that does nothing but raise."""
    if isinstance(statement, ast.FunctionDef):
        body = [part for part in statement.body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
        return len(body) == 1 and isinstance(body[0], ast.Raise)
    return isinstance(statement, ast.ClassDef) and any(map(only_refuses, statement.body))


def goes_to_the_host(handler: ast.ExceptHandler) -> bool:
    """Whether a handler names the CPU: `model.to("cpu")`, `x.cpu()`."""
    return any(
        (isinstance(node, ast.Constant) and node.value == "cpu") or (isinstance(node, ast.Attribute) and node.attr == "cpu")
        for node in ast.walk(handler)
    )


def visit_match(reader: PythonReader, node: ast.Match, place: Place) -> None:
    """`case "cuda":` guards like `if subject == "cuda"`."""
    inside = reader.begin_statement(node, place)
    reader.push(node.subject, inside)
    for case in node.cases:
        test: ast.expr | None = None
        if isinstance(case.pattern, ast.MatchValue):
            test = ast.copy_location(ast.Compare(node.subject, [ast.Eq()], [case.pattern.value]), node.subject)
        for name in captured_names(case.pattern):
            reader.table.bind(place.scope, name)
        guard = reader.add_guard(place, "if", test, node.lineno)
        reader.push(case.guard, inside)
        reader.push_block(case.body, place._replace(guard=guard))


def captured_names(pattern: ast.pattern) -> list[str]:
    """The names that a pattern binds."""
    return [
        name
        for part in ast.walk(pattern)
        for name in (getattr(part, "name", None), getattr(part, "rest", None))
        if isinstance(name, str)
    ]


def visit_global(reader: PythonReader, node: ast.Global | ast.Nonlocal, place: Place) -> None:
    """Names that belong to an outer scope."""
    reader.table.redirect(place.scope, node.names, isinstance(node, ast.Global))


def visit_expression_statement(reader: PythonReader, node: ast.Expr, place: Place) -> None:
    """A bare expression; a bare string is documentation."""
    if isinstance(node.value, ast.Constant):
        return
    reader.push(node.value, reader.begin_statement(node, place))


def visit_return(reader: PythonReader, node: ast.Return, place: Place) -> None:
    """What a function returns is a binding of the pseudo-name `return`."""
    place = reader.begin_statement(node, place)
    if node.value is not None:
        reader.bindings.append(PendingBinding(place.scope, "return", node.value, node.lineno, "return", place.guard, place.scope))
        function = reader.qualified_names[place.scope].rpartition(".")[2]
        reader.note_literal(node.value, "return", function, None, place)
        reader.push(node.value, place)


def visit_statement(reader: PythonReader, node: ast.stmt, place: Place) -> None:
    """Any other simple statement."""
    reader.push_children(node, reader.begin_statement(node, place))


def visit_name(reader: PythonReader, node: ast.Name, place: Place) -> None:
    """A bare name: kept at the end only if an import bound it."""
    if type(node.ctx) is ast.Load:
        reader.names.append((node, place))


def visit_attribute(reader: PythonReader, node: ast.Attribute, place: Place) -> None:
    """A dotted name or an attribute of something else."""
    owner: ast.expr = node.value
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    if isinstance(owner, ast.Name):
        reader.attributes.append((node, owner.id, place))
    else:
        reader.attributes.append((node, "", place))
        reader.push(owner, place)


def visit_call(reader: PythonReader, node: ast.Call, place: Place) -> None:
    """A call, or the launch of a kernel: `kernel[grid](arguments)`."""
    callee = node.func
    if isinstance(callee, ast.Subscript):
        reader.uses.append(PendingUse("launch", callee.value, node, node, place))
        reader.push(callee.slice, place)
        owner: ast.expr = callee.value
    else:
        reader.uses.append(PendingUse("call", callee, node, node, place))
        owner = callee
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    if not isinstance(owner, ast.Name):
        reader.push(owner, place)
    elif owner.id in NAMESPACE_RUNNERS and len(node.args) == 1 and place.context == "top":
        reader.namespace_may_change = True
    else:
        note_import_by_name(reader, node, place)
    visit_arguments(reader, node, place)


def imported_by_name(node: ast.expr) -> str:
    """The module that `importlib.import_module("cupy")` or `__import__("cupy")` imports, or ""."""
    if not (isinstance(node, ast.Call) and node.args and dotted_name(node.func) in IMPORTERS):
        return ""
    first = node.args[0]
    text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    return text if text and all(part.isidentifier() for part in text.split(".")) else ""


def note_import_by_name(reader: PythonReader, node: ast.Call, place: Place) -> None:
    """An import by a call binds nothing, but it is one."""
    module = imported_by_name(node)
    if module:
        reader.imports.append(Import(module, "", "", 0, reader.span(node), place.scope, place.context, place.guard))


def visit_arguments(reader: PythonReader, node: ast.Call, place: Place) -> None:
    """The arguments of a call; string constants are labelled with the keyword or position.

    Names and numbers, which most arguments are, are dealt with on the spot and never reach the stack.
    """
    for index, argument in enumerate(node.args):
        visit_argument(reader, argument, index, node, place)
    for keyword in node.keywords:
        visit_argument(reader, keyword.value, keyword.arg or "", node, place)


def visit_argument(reader: PythonReader, argument: ast.expr, label: int | str, node: ast.Call, place: Place) -> None:
    """One argument."""
    kind = type(argument)
    if kind is ast.Name:
        reader.names.append((argument, place))  # type: ignore[arg-type]
        return
    if kind is ast.Constant:
        if type(argument.value) is not str:  # type: ignore[attr-defined]
            return
        reader.note_literal(argument, "argument", str(label), node.func, place)
    elif kind is ast.JoinedStr or kind is ast.List:
        reader.note_literal(argument, "argument", str(label), node.func, place)
    elif kind is ast.Dict:
        holder = label if isinstance(label, str) else dotted_name(node.func)
        note_keys(reader, argument, holder, place)  # type: ignore[arg-type]
    reader.stack.append((argument, place))


def visit_compare(reader: PythonReader, node: ast.Compare, place: Place) -> None:
    """`device == "cuda"`."""
    operands = [node.left, *node.comparators]
    for index, operand in enumerate(operands):
        other = operands[index - 1] if index else operands[1]
        if isinstance(operand, ast.Constant):
            reader.note_literal(operand, "compare", "", other, place)
        elif isinstance(operand, ast.Tuple | ast.List | ast.Set):
            for item in operand.elts:
                reader.note_literal(item, "compare", "", other, place)
        reader.push(operand, place)


def visit_dict(reader: PythonReader, node: ast.Dict, place: Place) -> None:
    """`{"device": "cuda"}`."""
    for key, value in zip(node.keys, node.values, strict=True):
        label = constant_key(key) if isinstance(key, ast.Constant) else ""
        reader.note_literal(value, "item", label, None, place)
        reader.note_switch(value, "item", label, place)
        if isinstance(value, ast.Dict):
            note_keys(reader, value, label, place)
        if isinstance(value, ast.Dict) and label and len(label) <= LONGEST_TEXT and is_telling(label):
            note_switches(reader, value, label, place)
        reader.push(key, place)
        reader.push(value, place)


def note_keys(reader: PythonReader, node: ast.Dict, holder: str, place: Place) -> None:
    """The keys of a dictionary that has a name: a variable's, an argument's, or that of the item it is."""
    copies = (value for key, value in zip(node.keys, node.values, strict=True) if key is None)
    if any(dotted_name(value).endswith("environ") for value in copies):
        holder = "environ"  # `{**os.environ, "NCCL_DEBUG": "INFO"}`
    for key in node.keys:
        reader.note_literal(key, "key", holder, None, place)


def note_switches(reader: PythonReader, node: ast.Dict, outer: str, place: Place) -> None:
    """`{"fp16": {"enabled": True}}`: what a nested dictionary switches on, as the item `fp16.enabled`."""
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            reader.note_switch(value, "item", f"{outer}.{key.value}", place)


def visit_subscript(reader: PythonReader, node: ast.Subscript, place: Place) -> None:
    """`table["cuda"]`."""
    reader.note_literal(node.slice, "subscript", dotted_name(node.value), node.value, place)
    reader.push(node.slice, place)
    reader.push(node.value, place)


def visit_constant(reader: PythonReader, node: ast.Constant, place: Place) -> None:
    """GPU source code in a string."""
    if isinstance(node.value, str) and len(node.value) > 20 and is_kernel_source(node.value):
        reader.literals.append(PendingLiteral(node, "source", "", None, place))


def visit_formatted(reader: PythonReader, node: ast.JoinedStr, place: Place) -> None:
    """The expressions inside an f-string, and GPU source code around them."""
    reader.push_children(node, place)


_VISITORS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Import: visit_import,
    ast.ImportFrom: visit_import_from,
    ast.FunctionDef: visit_function,
    ast.AsyncFunctionDef: visit_function,
    ast.ClassDef: visit_class,
    ast.Lambda: visit_lambda,
    ast.ListComp: visit_comprehension,
    ast.SetComp: visit_comprehension,
    ast.DictComp: visit_comprehension,
    ast.GeneratorExp: visit_comprehension,
    ast.Assert: visit_assert,
    ast.Assign: visit_assign,
    ast.AnnAssign: visit_annotated,
    ast.AugAssign: visit_augmented,
    ast.NamedExpr: visit_named,
    ast.For: visit_for,
    ast.AsyncFor: visit_for,
    ast.With: visit_with,
    ast.AsyncWith: visit_with,
    ast.If: visit_if,
    ast.While: visit_while,
    ast.IfExp: visit_if_expression,
    ast.BoolOp: visit_boolean,
    ast.Try: visit_try,
    ast.Match: visit_match,
    ast.Global: visit_global,
    ast.Nonlocal: visit_global,
    ast.Expr: visit_expression_statement,
    ast.Return: visit_return,
    ast.Raise: visit_statement,
    ast.Delete: visit_statement,
    ast.Name: visit_name,
    ast.Attribute: visit_attribute,
    ast.Call: visit_call,
    ast.Compare: visit_compare,
    ast.Dict: visit_dict,
    ast.Subscript: visit_subscript,
    ast.Constant: visit_constant,
    ast.JoinedStr: visit_formatted,
}
if hasattr(ast, "TryStar"):
    _VISITORS[ast.TryStar] = visit_try

PYTHON_2 = re.compile(
    r"^[ \t]*(?:print[ \t]+[\"'\w]|except[ \t]+\w[\w.]*[ \t]*,[ \t]*\w+[ \t]*:|raise[ \t]+\w+[ \t]*,)|\bexec[ \t]+[\"']",
    re.MULTILINE,
)


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


def parse_tree(text: str) -> ast.Module:
    """The syntax tree; what is odd about the target's code but valid (its escapes ...) is not our user's business.

    Raises `ParserBombError`, and what `ast.parse` raises (SyntaxError, ValueError, RecursionError, MemoryError).
    """
    refuse_bombs(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def read_python(text: str, package_parts: tuple[str, ...], is_notebook: bool = False) -> PythonFacts:
    """Facts of one module; raises what `parse_tree` raises."""
    tree = parse_tree(text)
    return PythonReader(tree, text, package_parts, is_notebook).read()


__all__ = ["PYTHON_2", "UNKNOWN", "Called", "Condition", "Constant", "Text", "parse_tree", "read_python"]
