"""Names that lead elsewhere: star imports, aliases, imports by a call, attributes by a constant name."""

from __future__ import annotations

from collections.abc import Callable

from analyzer.link.program import Program
from analyzer.model.facts import External

LinkSources = Callable[[dict[str, str]], Program]


def called(program: Program, path: str = "m.py") -> list[str]:
    """The dotted names that a module calls."""
    return [use.target.name for use in program.python(path).uses if use.kind == "call" and isinstance(use.target, External)]


def test_the_only_star_import_from_outside_gives_unbound_names(link_sources: LinkSources) -> None:
    program = link_sources({"m.py": "from torch.cuda import *\nsynchronize()\nprint(1)\nlen([])"})
    assert called(program) == ["torch.cuda.synchronize", "builtins.print", "builtins.len"]


def test_two_star_imports_from_outside_are_not_guessed_between(link_sources: LinkSources) -> None:
    program = link_sources({"m.py": "from torch.cuda import *\nfrom cupy import *\nsynchronize()"})
    assert called(program) == ["builtins.synchronize"]


def test_a_star_import_of_ours_gives_what_it_exports(link_sources: LinkSources) -> None:
    sources = {
        "m.py": "from helpers import *\nfrom numpy import *\nhidden()\nmove()\nzeros(3)",
        "helpers.py": "__all__ = ['move']\nfrom lower import *\ndef hidden(): pass\n",
        "lower.py": "from helpers import *\ndef move(): pass\n",
    }
    assert called(link_sources(sources)) == ["numpy.hidden", "helpers.move", "numpy.zeros"]


def test_a_name_bound_once_to_a_dotted_name_is_that_name(link_sources: LinkSources) -> None:
    source = "import torch\ncuda = torch.cuda\nsync = cuda.synchronize\ndef f():\n    sync()\n"
    assert called(link_sources({"m.py": source})) == ["torch.cuda.synchronize"]


def test_a_name_bound_twice_and_names_in_circles_are_no_aliases(link_sources: LinkSources) -> None:
    source = "import torch\nsync = torch.cuda.synchronize\nsync = print\nsync()\na = b\nb = a\na()\n"
    assert called(link_sources({"m.py": source})) == []


def test_imports_by_a_call_and_attributes_by_a_constant_name(link_sources: LinkSources) -> None:
    source = (
        "import importlib, torch\ncp = importlib.import_module('cupy')\ncp.zeros(3)\n"
        "getattr(torch.cuda, 'synchronize')()\ngetattr(torch, name)()\n"
    )
    program = link_sources({"m.py": source})
    assert called(program)[1:3] == ["cupy.zeros", "torch.cuda.synchronize"]
    assert "cupy" in {entry.module for entry in program.python("m.py").imports}
