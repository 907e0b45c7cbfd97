"""What made an object: through loops, lists, annotations, functions of ours; several answers where there are several."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyzer.link.program import Program
from analyzer.link.types import TypeReader
from analyzer.model.facts import Local

LinkSources = Callable[[dict[str, str]], Program]
STREAM = "torch.cuda.Stream"


def types_of(link_sources: LinkSources, source: str, name: str = "probe") -> tuple[str, ...]:
    """The types of what `<name>.x()` is called on."""
    program = link_sources({"m.py": "import torch, cupy, tools\nfrom typing import Optional\n" + source})
    for use in program.python("m.py").uses:
        if isinstance(use.target, Local) and use.target.attributes[-1:] == ("x",):
            owner = Local(use.target.scope, use.target.name, use.target.attributes[:-1])
            return TypeReader(program).types_of("m.py", owner)
    raise AssertionError("no probe")


@pytest.mark.parametrize(
    "source",
    [
        "probe = torch.cuda.Stream()\nprobe.x()",
        "with torch.cuda.Stream() as probe:\n    probe.x()",
        "for probe in [torch.cuda.Stream() for _ in range(2)]:\n    probe.x()",
        "many = [torch.cuda.Stream(), torch.cuda.Stream()]\nfor probe in many:\n    probe.x()",
        "many = [torch.cuda.Stream()]\nprobe = many[0]\nprobe.x()",
        "def f(probe: torch.cuda.Stream):\n    probe.x()",
        "def f(probe: 'Optional[torch.cuda.Stream]', other: Optional['torch.cuda.Stream']):\n    other.x()",
        "def f(probe: 'torch.cuda.Stream | None'):\n    pass\ndef g(probe: torch.cuda.Stream | None = None):\n    probe.x()",
        "def make():\n    return torch.cuda.Stream()\nprobe = make()\nprobe.x()",
        "class A:\n    probe: torch.cuda.Stream\n    def f(self):\n        self.probe.x()",
        "class A:\n    def make(self):\n        return torch.cuda.Stream()\n    def f(self):\n        probe = self.make()\n        probe.x()",
    ],
)
def test_a_stream_is_known(link_sources: LinkSources, source: str) -> None:
    assert types_of(link_sources, source) == (STREAM,)


def test_a_name_may_be_several_things(link_sources: LinkSources) -> None:
    source = "probe = tools.Dataset()\nfor probe in loader:\n    probe = probe.x()"
    assert types_of(link_sources, source) == ("tools.Dataset", "")


def test_what_a_foreign_container_yields_is_unknown(link_sources: LinkSources) -> None:
    assert types_of(link_sources, "for probe in tools.progress(loader):\n    probe.x()") == ("",)


def test_cycles_end(link_sources: LinkSources) -> None:
    assert types_of(link_sources, "probe = other\nother = probe\nprobe = torch.cuda.Stream()\nother = None\nprobe.x()") == (STREAM,)
