"""Python source to `PythonFacts`, in one parse and one walk of the standard library's syntax tree.

`ast` is used here because it is many times faster than a parser that keeps white space; `quote/` has the other half of
that decision (docs/two-parsers.md).
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable

from analyzer.facts.lexicon import LONGEST_TEXT, is_kernel_source, is_telling
from analyzer.facts.parser_bombs import refuse_bombs
from analyzer.facts.python_reader import (
    LONGEST_NAME,
    NOTED,
    PERHAPS_MASKS,
    PendingBinding,
    PendingLiteral,
    PendingUse,
    Place,
    PythonReader,
    guarded,
)
from analyzer.facts.python_scopes import constant_key
from analyzer.facts.python_syntax import (
    REFUSED,
    SURVIVED,
    annotated_class,
    dotted_name,
    goes_to_the_host,
    handled_kind,
    imported_packages,
    is_main_test,
    is_type_checking,
    leaving,
)
from analyzer.model.facts import (
    Import,
    Local,
    Parameter,
    PythonFacts,
)

NAMESPACE_RUNNERS = {"exec"}
_new = tuple.__new__
"""As in the reader: makes a named tuple without a call of its own constructor."""
IMPORTERS = {"importlib.import_module", "import_module", "__import__"}
_LAST_OF_IMPORTERS = {"import_module", "__import__"}
SKIP_MARKS = {"skipif", "skipIf", "skipUnless"}

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


_TEST_MARK = ("require", "need", "only", "skip", "multi", "large", "gpu", "cuda", "triton", "nccl")
"""How the decorators begin that leave a test out where there is no accelerator."""


def skip_guard(reader: PythonReader, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, place: Place) -> int:
    """`@pytest.mark.skipif(test)`, `@unittest.skipUnless(test)` and `@require_cuda` guard what they decorate."""
    for decorator in node.decorator_list:
        if not isinstance(decorator, ast.Call):
            name = dotted_name(decorator).rpartition(".")[2]
            if is_telling(name) and name.lower().startswith(_TEST_MARK):
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
    kind = type(node.value)
    if kind in NOTED or kind is ast.Dict:
        label = dotted_name(node.targets[0]) if not isinstance(node.targets[0], ast.Subscript) else _item_label(node.targets[0])
        reader.note_literal(node.value, "assign", label, None, place)
        if isinstance(node.value, ast.Dict):
            note_keys(reader, node.value, label, place)
    reader.stack.append((node.value, place))


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
    reader.push_block(node.body, guarded(place, guard))
    if node.orelse:
        guard = reader.add_guard(place, "else", node.test, node.lineno, leaving(node.body) or "other")
        reader.push_block(node.orelse, guarded(place, guard))


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
        reader.push(branch, guarded(place, reader.add_guard(place, kind, node.test, node.lineno)))


def visit_boolean(reader: PythonReader, node: ast.BoolOp, place: Place) -> None:
    """`test and x`: x is guarded by the test; `test or x`: by its opposite."""
    kind = "if" if isinstance(node.op, ast.And) else "else"
    for operand in node.values:
        reader.push_test(operand, place)
        if place.is_required:
            continue  # all of it is required: one part does not guard the next
        place = guarded(place, reader.add_guard(place, kind, operand, operand.lineno))


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
        reader.uses.append(_new(PendingUse, ("call", callee, node, node, place)))
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
    if not (type(node) is ast.Call and node.args):
        return ""
    callee = node.func
    last = callee.attr if type(callee) is ast.Attribute else callee.id if type(callee) is ast.Name else ""
    if last not in _LAST_OF_IMPORTERS or dotted_name(callee) not in IMPORTERS:
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
        if type(argument) is ast.Name:
            reader.names.append((argument, place))
        else:
            visit_argument(reader, argument, index, node, place)
    for keyword in node.keywords:
        if type(keyword.value) is ast.Name:
            reader.names.append((keyword.value, place))
        else:
            visit_argument(reader, keyword.value, keyword.arg or "", node, place)


def visit_argument(reader: PythonReader, argument: ast.expr, label: int | str, node: ast.Call, place: Place) -> None:
    """One argument that is no plain name."""
    kind = type(argument)
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


def visit_operation(reader: PythonReader, node: ast.BinOp, place: Place) -> None:
    """Arithmetic: both sides."""
    reader.stack.append((node.left, place))
    reader.stack.append((node.right, place))


def visit_display(reader: PythonReader, node: ast.Tuple | ast.List | ast.Set, place: Place) -> None:
    """A list, tuple or set that is written out."""
    reader.stack.extend([(item, place) for item in node.elts])


def visit_subscript(reader: PythonReader, node: ast.Subscript, place: Place) -> None:
    """`table["cuda"]`."""
    if type(node.slice) in NOTED:
        reader.note_literal(node.slice, "subscript", dotted_name(node.value), node.value, place)
    if type(node.slice) in PERHAPS_MASKS:
        reader.indexed.append((node, place))
    reader.stack.append((node.slice, place))
    reader.stack.append((node.value, place))


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
    ast.BinOp: visit_operation,
    ast.Tuple: visit_display,
    ast.List: visit_display,
    ast.Set: visit_display,
    ast.Subscript: visit_subscript,
    ast.Constant: visit_constant,
    ast.JoinedStr: visit_formatted,
}
if hasattr(ast, "TryStar"):
    _VISITORS[ast.TryStar] = visit_try

_PYTHON_2 = r"^[ \t]*(?:print[ \t]+[\"'\w]|except[ \t]+\w[\w.]*[ \t]*,[ \t]*\w+[ \t]*:|raise[ \t]+\w+[ \t]*,)|\bexec[ \t]+[\"']"


def is_python_2(text: str) -> bool:
    """Whether a text that is no Python 3 looks like Python 2."""
    return re.search(_PYTHON_2, text, re.MULTILINE) is not None


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
    return PythonReader(tree, text, package_parts, _VISITORS, is_notebook).read()
