"""What counts as a check for an accelerator, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.discover.files import discover
from analyzer.facts.read_file import read_file
from analyzer.link.guards import GuardReader
from analyzer.link.program import link
from analyzer.model.facts import External, Local

CALL = "torch.cuda.synchronize()"


def guard_words(root: Path, source: str, **others: str) -> str:
    for name, text in {"m": "import torch\n" + source, **others}.items():
        (root / f"{name}.py").write_text(text)
    program = link(read_file(root, file) for file in discover(root).files)
    for use in program.python("m.py").uses:
        if isinstance(use.target, External | Local) and use.target.name == "torch.cuda.synchronize":
            return GuardReader(program).guarding("m.py", use.guard).words
    raise AssertionError("no call")


@pytest.mark.parametrize(
    "source",
    [
        f"if torch.cuda.is_available():\n    {CALL}",
        f"if torch.cuda.device_count() > 1:\n    {CALL}",
        f"use = torch.cuda.is_available()\nif use:\n    {CALL}",
        f"def f(x):\n    if x.is_cuda:\n        {CALL}",
        f"def f(device):\n    if device.type == 'cuda':\n        {CALL}",
        f"def f(device):\n    if 'cuda' in str(device):\n        {CALL}",
        f"def f(device):\n    if str(device).startswith('cuda'):\n        {CALL}",
        f"def f(profile=False):\n    if profile:\n        {CALL}",
        f"debug = False\nif debug:\n    {CALL}",
        f"if False:\n    {CALL}",
        f"try:\n    import apex\n    HAS = True\nexcept ImportError:\n    HAS = False\nif HAS:\n    {CALL}",
        f"try:\n    import apex\nexcept ImportError:\n    apex = None\nif apex is not None:\n    {CALL}",
        f"from h import on_gpu\nif on_gpu():\n    {CALL}",
        f"if torch.version.hip is None:\n    {CALL}",
        f"def f():\n    if not torch.cuda.is_available():\n        return\n    {CALL}",
        f"import pytest\n@pytest.mark.skipif(not torch.cuda.is_available(), reason='')\ndef f():\n    {CALL}",
        f"import argparse\np = argparse.ArgumentParser()\np.add_argument('--sync', action='store_true')\nargs = p.parse_args()\nif args.sync:\n    {CALL}",
        f"x = {CALL} if torch.cuda.is_available() else None",
    ],
)
def test_guarded(tmp_path: Path, source: str) -> None:
    helper = "import torch\ndef on_gpu():\n    return torch.cuda.is_available()\n"
    assert guard_words(tmp_path, source, h=helper)


@pytest.mark.parametrize(
    "source",
    [
        CALL,
        f"if rank == 0:\n    {CALL}",
        f"def f(verbose=True):\n    if verbose:\n        {CALL}",
        f"debug = False\nif debug:\n    pass\nelse:\n    {CALL}",
        f"def f():\n    if not torch.cuda.is_available():\n        raise RuntimeError('needs CUDA')\n    {CALL}",
        f"assert torch.cuda.is_available()\n{CALL}",
        f"if mode == 'train':\n    {CALL}",
        f"try:\n    {CALL}\nexcept ValueError:\n    pass",
    ],
)
def test_not_guarded(tmp_path: Path, source: str) -> None:
    assert guard_words(tmp_path, source) == ""


@pytest.mark.parametrize(
    "name", ["has_cuda", "HAS_TRITON", "use_flash_attn", "is_cuda_available", "APEX_INSTALLED", "_has_xformers", "on_gpu"]
)
def test_names_of_checks(name: str, tmp_path: Path) -> None:
    assert guard_words(tmp_path, f"from a import {name}\nif {name}:\n    {CALL}")


@pytest.mark.parametrize("name", ["has_bias", "is_relationship", "use_cache", "has_children", "with_stack"])
def test_names_that_are_no_checks(name: str, tmp_path: Path) -> None:
    assert not guard_words(tmp_path, f"from a import {name}\nif {name}:\n    {CALL}")


def test_a_check_that_is_not_called_is_none(tmp_path: Path) -> None:
    source = f"import pytest\n@pytest.mark.skipif(not torch.cuda.is_available, reason='')\ndef test_it():\n    {CALL}"
    assert not guard_words(tmp_path, source)
    assert guard_words(tmp_path, source.replace("is_available,", "is_available(),"))


@pytest.mark.parametrize("mark", ["require_cuda", "requires_gpu", "onlyCUDA", "pytest.mark.gpu", "multi_gpu_test"])
def test_marks_leave_tests_out_elsewhere(mark: str, tmp_path: Path) -> None:
    words = guard_words(
        tmp_path,
        f"import pytest\nfrom marks import require_cuda, requires_gpu, onlyCUDA, multi_gpu_test\n@{mark}\ndef test_it():\n    {CALL}",
    )
    assert words.startswith("left out elsewhere: ")


def test_a_check_is_followed_through_an_attribute(tmp_path: Path) -> None:
    source = f"class T:\n    def __init__(self, o):\n        self.fast = torch.cuda.is_available() and not o.cpu\n    def f(self):\n        if self.fast:\n            {CALL}"
    assert guard_words(tmp_path, source).startswith("torch.cuda.is_available()")


def test_what_stands_in_a_mark_decides_only_whether_a_test_runs(tmp_path: Path) -> None:
    source = f"import pytest\n@pytest.mark.skipif({CALL} is None, reason='')\ndef test_it():\n    pass"
    assert guard_words(tmp_path, source).startswith("it decides whether a test runs")


def guard_in_function(root: Path, source: str) -> str:
    (root / "m.py").write_text("import torch\n" + source)
    program = link(read_file(root, file) for file in discover(root).files)
    for use in program.python("m.py").uses:
        if isinstance(use.target, External) and use.target.name == "torch.cuda.synchronize":
            return GuardReader(program).guarding_in("m.py", use.guard, use.scope).words
    raise AssertionError("no call")


GUARDED_CALL = "def run(x):\n    if x.is_cuda:\n        return fast(x)\n    return x\n"


def test_a_function_that_is_only_called_under_a_check_is_guarded(tmp_path: Path) -> None:
    fast = f"def fast(x):\n    class Inner:\n        def forward(self):\n            {CALL}\n    return Inner()\n"
    assert guard_in_function(tmp_path, fast + GUARDED_CALL).startswith("called only where `is_cuda` is checked")
    assert not guard_in_function(tmp_path, fast + GUARDED_CALL + "fast(3)\n")
    assert not guard_in_function(tmp_path, "from tools import register\n" + fast + GUARDED_CALL + "register(fast)\n")
    assert not guard_in_function(tmp_path, fast)


def test_functions_that_call_each_other_end(tmp_path: Path) -> None:
    assert not guard_in_function(tmp_path, f"def a():\n    b()\n    {CALL}\ndef b():\n    a()\n")


@pytest.mark.parametrize(
    "source",
    [
        f"def f(x):\n    if not x.is_cuda:\n        {CALL}",
        f"if not torch.cuda.is_available():\n    {CALL}",
        f"def f(d):\n    if d != 'cuda':\n        {CALL}",
        f"def f(d):\n    if d == 'cpu':\n        {CALL}",
        f"if torch.backends.mps.is_available():\n    pass\nelse:\n    {CALL}",
        f"if torch.cuda.device_count() == 0:\n    {CALL}",
        f"def f(x):\n    x = x.cuda()\n    if x.sum() > 0:\n        {CALL}",
        f"def f(x):\n    if hasattr(torch.cuda, 'memory'):\n        {CALL}",
        f"try:\n    {CALL}\nexcept RuntimeError:\n    print('again')",
        f"try:\n    {CALL}\nexcept:\n    pass",
        f"try:\n    import apex\nexcept ImportError:\n    {CALL}\n    import apex.amp",
        f"try:\n    import apex\n    {CALL}\nexcept ImportError:\n    def amp(x):\n        raise ImportError()",
    ],
)
def test_what_is_no_way_without_cuda(source: str, tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("import torch\n" + source)
    program = link(read_file(tmp_path, file) for file in discover(tmp_path).files)
    for use in program.python("m.py").uses:
        if isinstance(use.target, External) and use.target.name == "torch.cuda.synchronize":
            assert not GuardReader(program).guarding("m.py", use.guard).has_other_way


@pytest.mark.parametrize(
    "source",
    [
        f"if torch.version.hip:\n    pass\nelse:\n    {CALL}",
        f"if torch.version.hip is not None:\n    {CALL}",
        f"def f(x):\n    if not x.is_cuda:\n        return x\n    {CALL}",
        f"if torch.cuda.device_count() > 0:\n    {CALL}",
        f"if torch.cuda.device_count() != 0:\n    {CALL}",
        f"ok = not torch.cuda.is_available()\nif not ok:\n    {CALL}",
        f"def f(m):\n    try:\n        {CALL}\n    except RuntimeError:\n        m.to('cpu')",
        f"try:\n    import apex\n    {CALL}\nexcept ImportError:\n    apex = None",
    ],
)
def test_what_is_a_way_without_cuda(source: str, tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("import torch\n" + source)
    program = link(read_file(tmp_path, file) for file in discover(tmp_path).files)
    for use in program.python("m.py").uses:
        if isinstance(use.target, External) and use.target.name == "torch.cuda.synchronize":
            assert GuardReader(program).guarding("m.py", use.guard).has_other_way
