"""Questions about pieces of Python's syntax tree that need no memory of the walk: names, annotations, how a block ends."""

from __future__ import annotations

import ast
import builtins

IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
BUILTIN_NAMES = frozenset(dir(builtins))
REFUSED, SKIPPED, SURVIVED = "refused", "skipped", "survived"
SKIPPERS = {"pytest.skip", "skip"}
LEAVERS = {"exit", "quit", "sys.exit", "os._exit", "os.abort", "pytest.fail"}
OPTIONAL_WRAPPERS = {"Optional", "Union", "Final", "ClassVar", "Annotated"}
MOST_WRAPPERS = 8


def dotted_name(node: ast.expr) -> str:
    """`self.a.b` as text, or "" where the expression is not a plain dotted name."""
    if isinstance(node, ast.Name):
        return node.id
    if not isinstance(node, ast.Attribute):
        return ""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


# ---- annotations -----------------------------------------------------------------------------------------------------


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


# ---- tests and ways out ----------------------------------------------------------------------------------------------


def compares_with_none(node: ast.Compare) -> bool:
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
