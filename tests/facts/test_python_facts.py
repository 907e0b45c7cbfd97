"""What one Python file says: names through aliases, shadowing, guards, values, positions."""

from __future__ import annotations

import gc

import pytest

from analyzer.facts.python import read_python
from analyzer.model.facts import Called, Choice, Condition, External, Formatted, Local, PythonFacts, Text


def facts(source: str) -> PythonFacts:
    return read_python(source, ("pkg",))


def external_names(source: str, kind: str = "call") -> list[str]:
    return [use.target.name for use in facts(source).uses if use.kind == kind and isinstance(use.target, External)]


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.cuda.synchronize()",
        "import torch as t\nt.cuda.synchronize()",
        "from torch import cuda\ncuda.synchronize()",
        "import torch.cuda as tc\ntc.synchronize()",
        "from torch.cuda import synchronize as s\ns()",
        "import torch.cuda\ntorch.cuda.synchronize()",
        "def f():\n    from torch.cuda import synchronize\n    synchronize()",
        "def f():\n    s()\nfrom torch.cuda import synchronize as s",
    ],
)
def test_names_are_resolved_through_aliases(source: str) -> None:
    assert external_names(source) == ["torch.cuda.synchronize"]


@pytest.mark.parametrize(
    "source",
    [
        "from torch import cuda\ndef f(cuda):\n    cuda.synchronize()",
        "from torch import cuda\ndef f():\n    cuda = make()\n    cuda.synchronize()",
        "from torch import cuda\nf = lambda cuda: cuda.synchronize()",
        "from torch import cuda\n[cuda.synchronize() for cuda in things]",
        "from torch import cuda\ndef f():\n    for cuda in things:\n        cuda.synchronize()",
        "from torch import cuda\ndef f():\n    with g() as cuda:\n        cuda.synchronize()",
        "from torch import cuda\ndef f():\n    cuda.synchronize()\n    cuda = 1",
    ],
)
def test_shadowing_is_respected(source: str) -> None:
    assert "torch.cuda.synchronize" not in external_names(source)


def test_class_scope_does_not_leak_into_methods() -> None:
    source = "from torch import cuda\nclass A:\n    cuda = 1\n    def f(self):\n        cuda.synchronize()"
    assert external_names(source) == ["torch.cuda.synchronize"]


def test_global_statement_reaches_the_module() -> None:
    source = "def f():\n    global device\n    device = 'cuda'\n"
    (binding,) = [b for b in facts(source).bindings if b.target == "device"]
    assert binding.scope == 0 and binding.value == Text("cuda")


def test_relative_import_is_resolved_against_the_folder() -> None:
    assert external_names("from .ops import kernel\nkernel()") == ["pkg.ops.kernel"]
    assert external_names("from ..other import kernel\nkernel()") == ["other.kernel"]


def test_an_alternative_import_is_a_choice_in_sorted_order() -> None:
    source = "try:\n    import cupy as xp\nexcept ImportError:\n    import numpy as xp\nxp.zeros(3)"
    (use,) = [use for use in facts(source).uses if use.kind == "call"]
    assert use.target == Choice((External("cupy.zeros"), External("numpy.zeros")), None)


def test_values() -> None:
    source = "a = f'cuda:{i}'\nb = 'cuda' if ok else 'cpu'\nc = 'cuda:%d' % 1\nd = 'cuda:' + x\ne = 'cuda:{}'.format(1)"
    values = {binding.target: binding.value for binding in facts(source).bindings}
    assert values["c"] == values["e"] == Formatted("cuda:")
    assert values["a"] == Formatted("cuda:", (External("builtins.i"),))
    assert values["d"] == Formatted("cuda:", (External("builtins.x"),))
    choice = values["b"]
    assert isinstance(choice, Choice) and choice.options == (Text("cuda"), Text("cpu"))


def guards_of(source: str) -> list[str]:
    read = facts(source)
    (use,) = [use for use in read.uses if use.target == External("torch.cuda.synchronize")]
    words, index = [], use.guard
    while index != -1:
        words.append(read.guards[index].kind)
        index = read.guards[index].parent
    return words


def test_guards() -> None:
    head = "import torch\n"
    assert guards_of(head + "if torch.cuda.is_available():\n    torch.cuda.synchronize()") == ["if"]
    assert guards_of(head + "if x:\n    pass\nelse:\n    torch.cuda.synchronize()") == ["else"]
    assert guards_of(head + "torch.cuda.is_available() and torch.cuda.synchronize()") == ["if"]
    early = "def f():\n    if not torch.cuda.is_available():\n        return\n    torch.cuda.synchronize()"
    assert guards_of(head + early) == ["else"]
    hard = "def f():\n    if not torch.cuda.is_available():\n        raise RuntimeError\n    torch.cuda.synchronize()"
    assert guards_of(head + hard) == [], "refusing to run without CUDA is no path without CUDA"
    assert guards_of(head + "try:\n    torch.cuda.synchronize()\nexcept RuntimeError:\n    pass") == ["try"]
    assert guards_of(head + "try:\n    torch.cuda.synchronize()\nexcept RuntimeError:\n    raise") == []


def test_match_statement_guards_like_a_comparison() -> None:
    read = facts("import torch\nmatch device:\n    case 'cuda':\n        torch.cuda.synchronize()")
    (guard,) = read.guards
    assert guard.test == Condition("==", (External("builtins.device"), Text("cuda")))


def test_positions_count_characters_not_bytes() -> None:
    read = facts("import torch\nx = 'żółć', torch.cuda.synchronize()")
    (use,) = [use for use in read.uses if use.kind == "call"]
    assert (use.span.line, use.span.column) == (2, 13)


def test_statement_of_a_compound_statement_is_its_header() -> None:
    read = facts("import torch\nwith torch.cuda.stream(\n    s\n):\n    pass")
    (use,) = [use for use in read.uses if use.kind == "call"]
    statement = read.statements[use.statement]
    assert (statement.line, statement.end_line) == (2, 4)


def test_kernel_launch_and_receiver() -> None:
    read = facts("def f(k, x):\n    k[1, 2](x)\n    x.cuda()")
    launch, call = (use for use in read.uses if use.kind in ("launch", "call"))
    assert isinstance(launch.target, Local) and launch.target.name == "k"
    assert isinstance(call.target, Local) and call.target.attributes == ("cuda",)


def test_docstrings_are_not_facts() -> None:
    assert facts('"""cuda"""\ndef f():\n    """cuda"""\n').literals == ()


def test_exec_makes_module_constants_settings() -> None:
    assert facts("device = 'cuda'\nexec(open('configurator.py').read())").global_names_may_change
    assert not facts("def f():\n    exec('x')").global_names_may_change


def test_deep_nesting_does_not_exhaust_the_stack() -> None:
    depth = 400
    source = "x = " + "f(" * 80 + ")" * 80 + "\n" + "\n".join("    " * i + "if x:" for i in range(90)) + "\n" + "    " * 90 + "pass"
    assert facts(source).guards
    assert len(facts("\n".join(f"a{i} = a{i - 1}" for i in range(depth))).bindings) == depth


def test_decorator_is_a_use_of_its_own() -> None:
    read = facts("import triton\n@triton.jit\ndef k(): ...\n")
    (use,) = [use for use in read.uses if use.kind == "decorator"]
    assert use.target == External("triton.jit")
    assert read.statements[use.statement][:2] == (2, 1)
    assert Called not in (type(value) for value in read.scopes[1].decorators)


def test_nothing_of_a_file_is_kept_but_its_facts() -> None:
    """A scan runs without garbage collection, so a cycle in the reader would keep every tree until its end."""
    source = (
        "import torch\n@d\nclass A(B):\n    def f(self, x=torch.float16):\n        return [lambda y: y for z in x if self.g(z)]\n"
    )
    facts(source)
    gc.collect()
    gc.disable()
    try:
        facts(source)
        assert gc.collect() == 0
    finally:
        gc.enable()
