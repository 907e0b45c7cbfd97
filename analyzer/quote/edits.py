"""The edit that would fix a place, made on its concrete syntax, so that comments and layout around it stay.

Only the expression itself is parsed, not its file: a parse that keeps white space costs many times what the fast one
does (docs/two-parsers.md).
"""

from __future__ import annotations

import warnings
from functools import lru_cache

import libcst as cst

from analyzer.model.rule import Rewrite

LONGEST_EDITED = 4000
MOST_BRACKETS = 150
"""LibCST's parser is native code without a limit of its own: thousands of open brackets would end the process."""


def edited_expression(source: str, rewrite: Rewrite) -> str | None:
    """The rewritten source of a call, or None where the rewrite does not apply to it as it is written."""
    if len(source) > LONGEST_EDITED or sum(map(source.count, "([{")) > MOST_BRACKETS:
        return None
    after = _edited_method(source, rewrite) or _edited(source, rewrite.kind, rewrite.to)
    return after if after != source else None


def _edited_method(source: str, rewrite: Rewrite) -> str | None:
    """The edit of a call of a method, without its receiver: receivers differ, calls repeat and are edited once.

    Cut at the wrong place the rest has a parenthesis too many and does not parse.
    """
    receiver, method, arguments = source.rpartition(".cuda(")
    if rewrite.kind != "method-to-device" or not receiver:
        return None
    after = _edited(f"_{method}{arguments}", rewrite.kind, rewrite.to)
    return receiver + after[1:] if after else None


@lru_cache(maxsize=8192)
def _edited(source: str, kind: str, to: str) -> str | None:
    try:
        parsed = cst.parse_expression(f"({source})")  # a call may be broken over lines inside outer parentheses
        edited = _EDITORS[kind](parsed, _replacement(to))
        if edited is None:
            return None
        code = cst.Module([]).code_for_node(edited)
    except (cst.ParserSyntaxError, RecursionError):
        return None
    return code[1:-1] if code.startswith("(") and code.endswith(")") else code


@lru_cache(maxsize=256)
def _replacement(to: str) -> cst.BaseExpression:
    return cst.parse_expression(to)


def _replace_callee(node: cst.BaseExpression, to: cst.BaseExpression) -> cst.BaseExpression | None:
    return node.with_changes(func=to) if isinstance(node, cst.Call) else None


def _method_to_device(node: cst.BaseExpression, to: cst.BaseExpression) -> cst.BaseExpression | None:
    """`x.cuda(0, non_blocking=True)` becomes `x.to(device, non_blocking=True)`."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return None
    kept = [argument for argument in node.args if argument.keyword is not None and argument.keyword.value != "device"]
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")) if kept else cst.MaybeSentinel.DEFAULT
    return node.with_changes(func=node.func.with_changes(attr=cst.Name("to")), args=[cst.Arg(to, comma=comma), *kept])


def _device_literal(node: cst.BaseExpression, to: cst.BaseExpression) -> cst.BaseExpression | None:
    """Every string argument of the call that names a CUDA device becomes the device expression."""
    if not isinstance(node, cst.Call):
        return None
    arguments = [argument.with_changes(value=to) if _names_cuda(argument.value) else argument for argument in node.args]
    return node.with_changes(args=arguments)


def _names_cuda(node: cst.BaseExpression) -> bool:
    text: object = None
    if isinstance(node, cst.SimpleString):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes
            text = node.evaluated_value
    elif isinstance(node, cst.FormattedString) and node.parts and isinstance(node.parts[0], cst.FormattedStringText):
        text = node.parts[0].value
    return isinstance(text, str) and (text == "cuda" or text.startswith("cuda:"))


_EDITORS = {"replace-callee": _replace_callee, "method-to-device": _method_to_device, "device-literal": _device_literal}
