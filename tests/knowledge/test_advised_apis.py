"""What the advice names in Python exists, in every package that is installed here; the others are skipped by name.

`pip install --group apis` brings those that can be had without their hardware.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import reduce

import pytest

from analyzer.knowledge.targets import load_targets

ALIASES = {"ort": "onnxruntime"}
PACKAGES = ("torch", "torch_xla", "onnxruntime", "openvino", "jax", "nncf", "numba", "numpy")
CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"(?<![\w.])((?:ort|" + "|".join(PACKAGES) + r")(?:\.[A-Za-z_]\w*)+)")
OF_A_VENDOR = ("torch.hpu", "torch.neuron")
"""What a vendor's package puts below `torch`."""


def advised() -> Iterator[tuple[str, str]]:
    """Package and dotted name of everything in backquotes that begins with a known package."""
    for target in load_targets():
        for text in (entry.advice for entry in target.support):
            for code in CODE.findall(text):
                for name in NAME.findall(code):
                    root, _, rest = name.partition(".")
                    full = f"{ALIASES.get(root, root)}.{rest}"
                    if not full.startswith(OF_A_VENDOR):
                        yield full.partition(".")[0], full


NAMES = sorted(set(advised()))


def resolved(name: str) -> object:
    """What a dotted name stands for. Raises `AttributeError` or `ImportError`."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[length:], module)
    raise ImportError(name)


def test_there_is_something_to_check() -> None:
    assert {package for package, _ in NAMES} >= {"torch", "onnxruntime", "openvino", "torch_xla"}


@pytest.mark.parametrize(("package", "name"), NAMES, ids=[name for _, name in NAMES])
@pytest.mark.filterwarnings("ignore")
def test_an_advised_name_exists(package: str, name: str) -> None:
    pytest.importorskip(package, reason=f"{package} is not installed", exc_type=ImportError)
    resolved(name)
