"""Edits of single expressions: comments and layout stay, what does not apply is left alone."""

from __future__ import annotations

import pytest

from analyzer.model.rule import Rewrite
from analyzer.quote.edits import edited_expression

TO_DEVICE = Rewrite("method-to-device", "device", "any", "", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x.cuda()", "x.to(device)"),
        ("x.cuda(0, non_blocking=True)", "x.to(device, non_blocking=True)"),
        ("x.cuda(a).net.cuda(b)", "x.cuda(a).net.to(device)"),
        ("x.cuda(y.cuda(1))", "x.to(device)"),
        ('x.cuda(f("a.cuda(b"))', "x.to(device)"),
        ("f(  # why\n    a).cuda()", "f(  # why\n    a).to(device)"),
        ("f(x.cuda)", None),
        ("x.cuda", None),
        ("x.cuda(", None),
    ],
)
def test_moving_to_a_device(before: str, after: str | None) -> None:
    assert edited_expression(before, TO_DEVICE) == after
