"""Values that flow, across functions, classes and modules, and what makes them overridable or guarded."""

from __future__ import annotations

from pathlib import Path

from analyzer.discover.files import discover
from analyzer.facts.read_file import read_file
from analyzer.link.guards import GuardReader
from analyzer.link.program import Program, link
from analyzer.link.types import TypeReader
from analyzer.link.values import Flow, ValueFollower
from analyzer.model.facts import External, Local


def program_of(root: Path, **sources: str) -> Program:
    for name, given in sources.items():
        source = given
        if "probe(" in source:  # a call of something imported, on lines that stay where they are
            source = source.replace("probe(", "tools.probe(") + "\nimport tools"
        path = root / (name.replace("__slash__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return link(read_file(root, file) for file in discover(root).files)


def flows_of_probe(program: Program, path: str = "m.py") -> list[Flow]:
    """The flows of the first argument of the call `probe(...)`."""
    follower = ValueFollower(program, GuardReader(program))
    for use in program.python(path).uses:
        name = use.target.name if isinstance(use.target, External | Local) else ""
        if use.kind == "call" and name.endswith("probe"):
            return list(follower.flows(path, use.arguments[0].value))
    raise AssertionError("no probe")


def flow(root: Path, source: str, **others: str) -> Flow:
    (found,) = flows_of_probe(program_of(root, m=source, **others))
    return found


def test_local_constant_has_its_origin(tmp_path: Path) -> None:
    assert flow(tmp_path, "dev = 'cuda'\nprobe(dev)") == Flow("cuda", False, "m.py", 1, False, False)


def test_constant_of_another_module_through_a_re_export(tmp_path: Path) -> None:
    found = flow(
        tmp_path, "from pkg import DEVICE\nprobe(DEVICE)",
        pkg__slash____init__="from pkg.settings import DEVICE", pkg__slash__settings="\nDEVICE = 'cuda:0'",
    )  # fmt: skip
    assert (found.text, found.path, found.line) == ("cuda:0", "pkg/settings.py", 2)


def test_class_attribute_and_self(tmp_path: Path) -> None:
    source = "class A:\n    def __init__(self):\n        self.device = 'cuda'\n    def f(self):\n        probe(self.device)"
    assert flow(tmp_path, source)[:4] == ("cuda", False, "m.py", 3)
    source = "class Base:\n    device = 'cuda'\nclass A(Base):\n    def f(self):\n        probe(self.device)"
    assert flow(tmp_path, source).line == 2


def test_f_string_of_a_variable_keeps_its_beginning(tmp_path: Path) -> None:
    found = flow(tmp_path, "kind = len('cuda')\nprobe(f'cuda:{kind}')")
    assert (found.text, found.is_prefix) == ("cuda:", True)


def test_torch_device_passes_its_text_on(tmp_path: Path) -> None:
    assert flow(tmp_path, "import torch\nd = torch.device('cuda', 0)\nprobe(d)").text == "cuda"
    assert flow(tmp_path, "import torch\nd = torch.device('cuda')\nprobe(d.type)").text == "cuda"


def test_availability_check_guards(tmp_path: Path) -> None:
    found = flows_of_probe(program_of(tmp_path, m="import torch\nd = 'cuda' if torch.cuda.is_available() else 'cpu'\nprobe(d)"))
    assert {flow.text for flow in found} == {"cuda", "cpu"} and all(flow.guarded for flow in found)
    source = "import torch\nd = 'cpu'\nif torch.cuda.is_available():\n    d = 'cuda'\nprobe(d)"
    assert all(flow.guarded for flow in flows_of_probe(program_of(tmp_path, m=source)))


def test_check_in_a_helper_of_another_module(tmp_path: Path) -> None:
    found = flows_of_probe(
        program_of(
            tmp_path,
            m="from h import pick\nprobe(pick())",
            h="import torch\ndef pick():\n    if torch.cuda.is_available():\n        return 'cuda'\n    return 'cpu'",
        )
    )
    assert found and all(flow.guarded for flow in found)


def test_argparse_default_is_overridable(tmp_path: Path) -> None:
    source = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--my-device', default='cuda')\nargs = p.parse_args()\nprobe(args.my_device)"
    assert flow(tmp_path, source) == Flow("cuda", False, "m.py", 3, True, False)


def test_environment_default_is_overridable(tmp_path: Path) -> None:
    assert flow(tmp_path, "import os\nprobe(os.environ.get('D', 'cuda'))").overridable


def test_dataclass_field_is_overridable(tmp_path: Path) -> None:
    source = "from dataclasses import dataclass\n@dataclass\nclass C:\n    device: str = 'cuda'\nc = C()\nprobe(c.device)"
    assert flow(tmp_path, source).overridable


def test_parameter_that_only_receives_cuda_is_not_overridable(tmp_path: Path) -> None:
    found = flow(tmp_path, "def f(d):\n    probe(d)\nf('cuda')\n")
    assert (found.text, found.overridable, found.guarded) == ("cuda", False, False)
    assert flow(tmp_path, "def f(d='cuda'):\n    probe(d)\n").overridable is False


def test_parameter_that_receives_something_else_too(tmp_path: Path) -> None:
    found = flows_of_probe(program_of(tmp_path, m="def f(d='cuda'):\n    probe(d)\nf('cpu')\n"))
    assert all(flow.overridable or flow.guarded for flow in found)


def test_dictionary(tmp_path: Path) -> None:
    assert flow(tmp_path, "C = {'device': 'cuda', 'x': 1}\nprobe(C['device'])").text == "cuda"


def test_cycles_end(tmp_path: Path) -> None:
    assert flows_of_probe(program_of(tmp_path, m="a = b\nb = a\ndef f(x):\n    return f(x)\nprobe(f(a))")) == []


def test_a_file_named_like_a_library_does_not_hide_it(tmp_path: Path) -> None:
    program = program_of(tmp_path, m="import torch\n", tools__slash__torch="x = 1")
    assert program.modules.find("torch", "m.py") is None
    assert program.modules.find("tools.torch", "m.py") == "tools/torch.py"


def test_types_of_receivers(tmp_path: Path) -> None:
    source = "import torch\nclass A:\n    def __init__(self):\n        self.s = torch.cuda.Stream()\n    def f(self):\n        probe(self.s)\n"
    program = program_of(tmp_path, m=source)
    types = TypeReader(program)
    (use,) = [
        use
        for use in program.python("m.py").uses
        if use.kind == "call" and isinstance(use.target, External) and use.target.name == "tools.probe"
    ]
    assert types.type_of("m.py", use.arguments[0].value) == "torch.cuda.Stream"


def test_a_property_returns_what_its_function_returns(tmp_path: Path) -> None:
    source = "class A:\n    @property\n    def device(self):\n        return 'cuda'\n    def f(self):\n        probe(self.device)"
    assert flow(tmp_path, source)[:4] == ("cuda", False, "m.py", 4)


def test_an_attribute_of_an_object_of_ours(tmp_path: Path) -> None:
    classes = "class C:\n    def __init__(self):\n        self.device = 'cuda'\n"
    assert flow(tmp_path, classes + "def f(c: C):\n    probe(c.device)").line == 3
    assert (
        flow(
            tmp_path,
            classes + "class D:\n    def __init__(self):\n        self.c = C()\n    def f(self):\n        probe(self.c.device)",
        ).line
        == 3
    )
    assert flow(tmp_path, classes + "class D:\n    c: C\n    def f(self):\n        probe(self.c.device)").line == 3


def test_a_setting_of_a_configuration_file_is_overridable(tmp_path: Path) -> None:
    (tmp_path / "conf.yaml").write_text("trainer:\n  steps: 3\n  device: cuda\n")
    found = flow(tmp_path, "def main(cfg):\n    probe(cfg.trainer.device)")
    assert (found.text, found.path, found.line, found.overridable) == ("cuda", "conf.yaml", 3, True)


def test_elements_of_lists_and_what_loops_yield(tmp_path: Path) -> None:
    assert flow(tmp_path, "many = ['cuda:0', 'cuda:1']\nprobe(many[1])").text == "cuda:1"
    assert [f.text for f in flows_of_probe(program_of(tmp_path, m="for d in ['cuda:0', 'cuda:1']:\n    probe(d)"))] == [
        "cuda:0",
        "cuda:1",
    ]
    found = flow(tmp_path, "many = [f'cuda:{i}' for i in range(4)]\nfor d in many:\n    probe(d)")
    assert (found.text, found.is_prefix) == ("cuda:", True)
    found_with_others = flows_of_probe(program_of(tmp_path, m="for d in ('cuda', 'cpu'):\n    probe(d)"))
    assert found_with_others and all(flow.guarded for flow in found_with_others)


def test_the_way_of_a_value_is_told_step_by_step(tmp_path: Path) -> None:
    source = "DEVICE = 'cuda'\nchosen = DEVICE\n\ndef f(d):\n    other = d\n    probe(other)\n\nf(chosen)\n"
    found = flow(tmp_path, source)
    assert (found.path, found.line) == ("m.py", 1)
    assert found.via == (("m.py", 2), ("m.py", 8), ("m.py", 5))


def test_one_of_two_precisions_is_a_choice(tmp_path: Path) -> None:
    found = flows_of_probe(program_of(tmp_path, m="import torch\nd = torch.float16 if fast else torch.float32\nprobe(d)"))
    assert found and all(flow.guarded for flow in found)


def test_what_only_tests_pass_decides_nothing(tmp_path: Path) -> None:
    source = "def f(d):\n    probe(d)\n"
    assert flows_of_probe(program_of(tmp_path, m=source, tests__slash__test_m="from m import f\nf('cuda')")) == []


def test_a_function_that_is_handed_on_may_be_called_with_anything(tmp_path: Path) -> None:
    called = "def f(d):\n    probe(d)\nf('cuda')\n"
    assert not flow(tmp_path, called).guarded
    assert flow(tmp_path, "from tools import register\n" + called + "register(f)\n").guarded


def test_texts_that_are_put_together(tmp_path: Path) -> None:
    assert flow(tmp_path, "i = '0'\nprobe('cuda:' + i)").text == "cuda:0"
    assert flow(tmp_path, "i = '0'\nprobe(f'cuda:{i}')").text == "cuda:0"
    found = flow(tmp_path, "def load(name):\n    probe('pkg.' + name)\nload('_ext')\n")
    assert (found.text, found.is_prefix, found.line) == ("pkg._ext", False, 3)
    unknown = flow(tmp_path, "import tools\nprobe(f'cuda:{tools.rank()}')")
    assert (unknown.text, unknown.is_prefix) == ("cuda:", True)
