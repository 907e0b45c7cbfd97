"""Which public names of a library need CUDA, and what that tells a scan of its users."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from graph_repositories import graph_of_scan, written

from analyzer.graph.reach import GraphReader
from analyzer.graph.surface import tied_names
from analyzer.knowledge.surfaces import read_surface, rule_of, shipped_surfaces, surface_text
from analyzer.model.errors import UserInputError
from analyzer.model.finding import Finding
from analyzer.model.surface import Surface, TiedName
from analyzer.scan import scan_repository

LIBRARY = {
    "fast/__init__.py": "from fast.ops import blur, Net, portable\n",
    "fast/_kernels.py": "import triton\n@triton.jit\ndef k(x): pass\ndef run(x): k[1](x)\n",
    "fast/ops.py": (
        "import torch\n"
        "def blur(x):\n    from fast._kernels import run\n    return run(x)\n"
        "def portable(x):\n"
        "    if torch.cuda.is_available():\n        from fast._kernels import run\n        return run(x)\n    return x\n"
        "def plain(x):\n    return x + 1\n"
        "class Net:\n    def __init__(self):\n        self.x = 1\n    def slow(self):\n        return plain(1)\n    def quick(self):\n        return blur(1)\n"
        "class Fast:\n    def __init__(self):\n        blur(1)\n    def any(self):\n        return blur(2)\n"
        "def _hidden(x):\n    return blur(x)\n"
    ),
}  # fmt: skip


def names_of(root: Path, sources: Mapping[str, str]) -> dict[str, TiedName]:
    scan = scan_repository(written(root, sources), workers=1)
    findings: dict[str, list[Finding]] = {}
    for finding in scan.detection.findings:
        findings.setdefault(finding.path, []).append(finding)
    names, _ = tied_names(scan.program, GraphReader(graph_of_scan(scan)), findings)
    return {item.name: item for item in names}


def test_what_needs_cuda_and_why(tmp_path: Path) -> None:
    names = names_of(tmp_path, LIBRARY)
    assert set(names) == {"fast.ops.blur", "fast.ops.Net.quick", "fast.ops.Fast"}, "not what is guarded, plain or hidden"
    blur, quick = names["fast.ops.blur"], names["fast.ops.Net.quick"]
    assert blur.also == ("fast.blur",) and blur.cause == "k (triton-kernel-launch), fast/_kernels.py:4"
    assert blur.through == ("fast/ops.py:4",)
    assert quick.is_method and quick.also == ("fast.Net.quick",) and quick.through[0].startswith("fast/ops.py:")


def test_a_scan_of_a_user_finds_the_call_and_its_cause(tmp_path: Path) -> None:
    names = names_of(tmp_path / "library", LIBRARY)
    file = tmp_path / "fast.toml"
    file.write_text(surface_text(Surface("fast", "1.2", "2026-11-25", "", 9, tuple(names.values()))))
    app = written(
        tmp_path / "app",
        {"app.py": "import fast\nfrom fast.ops import Net, plain\nfast.blur(1)\nplain(1)\nnet = Net()\nnet.quick()\nnet.slow()\n"},
    )
    surface = read_surface(str(file))
    assert scan_repository(app, workers=1).detection.findings == ()
    scan = scan_repository(app, workers=1, surfaces=(surface,))
    found = {(finding.span.line, finding.symbol): scan.book.rule(finding.rule_id) for finding in scan.detection.findings}
    assert sorted(found) == [(3, "fast.blur"), (6, "fast.ops.Net.quick")]
    why = found[3, "fast.blur"].why
    assert why == (
        "In fast 1.2, as scanned on 2026-11-25, it ends in k (triton-kernel-launch), fast/_kernels.py:4. Through fast/ops.py:4 of it."
    )
    assert scan.book.version.endswith("+fast-1.2")


def test_where_a_rule_of_ours_knows_better_it_is_said_once(tmp_path: Path) -> None:
    app = written(tmp_path, {"app.py": "from flash_attn import flash_attn_func\nflash_attn_func(1, 2, 3)\n"})
    before = scan_repository(app, workers=1).detection.findings
    assert scan_repository(app, workers=1, surfaces=(read_surface("flash-attn"),)).detection.findings == before


@pytest.mark.parametrize("name", shipped_surfaces())
def test_shipped_surfaces_can_be_read_and_say_where_they_come_from(name: str) -> None:
    surface = read_surface(name)
    assert surface.library == name and surface.version and surface.source.startswith("https://") and surface.names
    assert all(rule_of(surface, item).why for item in surface.names)
    assert surface_text(surface) == (Path(__file__).parents[2] / "rules" / "surfaces" / f"{name}.toml").read_text("utf-8")


GOOD = 'library = "x"\nscanned = "2026-11-25"\npublic_names = 1\n[[name]]\nname = "x.f"\nseverity = "major"\ncapability = "kernel-build"\ncause = "k"\n'


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("x.f", "x.*"), "'x.*' is no dotted name"), (("major", "worst"), "severity"), (("kernel-build", "magic"), "capability"),
        (("2026-11-25", "today"), "must be a date"), (("cause", "why"), "cause"), (('library = "x"', 'library = "../x"'), "no name of a library"),
        (("public_names = 1", "public_names = 1\nother = 2"), "other"), (("[[name]]", "[[name"), "fast.toml"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_as_it_must_be(tmp_path: Path, change: tuple[str, str], reason: str) -> None:
    file = tmp_path / "fast.toml"
    file.write_text(GOOD)
    assert read_surface(str(file)).names[0].name == "x.f"
    file.write_text(GOOD.replace(*change))
    with pytest.raises(UserInputError) as caught:
        read_surface(str(file))
    assert reason in str(caught.value) and "fast.toml" in str(caught.value)


def test_a_library_of_which_none_is_shipped() -> None:
    with pytest.raises(UserInputError, match="none is shipped of that name"):
        read_surface("liger")
