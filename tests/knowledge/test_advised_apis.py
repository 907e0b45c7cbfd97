"""What advice names in Python exists: each name is in the checked-in result of `benchmarks/advised_apis.py`.

The script looks names up in installed packages and public source, in an environment of its own. Where a package is installed
here too, the name is looked up once more.
"""

from __future__ import annotations

import csv
import re
import warnings

import advised_apis
import pytest
import tomli

SETTINGS = advised_apis.load_settings()
NAMES = advised_apis.advised_names(SETTINGS)
with advised_apis.RESULTS.open(encoding="utf-8", newline="") as stream:
    RESULTS = {row["name"]: row for row in csv.DictReader(stream)}
REASON = re.compile(r"\w+ \w+ \w+")
TORCH = re.compile(r"torch (\d+\.\d+)")


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.removeprefix("torch ").split(".")))


def test_there_is_something_to_check() -> None:
    packages = {row["package"] for row in RESULTS.values()}
    assert packages >= {"torch", "onnxruntime", "openvino", "torch_xla", "torch_neuronx", "jax", "transformers", "taichi"}
    assert len(NAMES) > 150


@pytest.mark.parametrize("name", NAMES)
def test_every_name_was_looked_up_and_found(name: str) -> None:
    assert name in RESULTS, f"run benchmarks/advised_apis.py: {name} is new in {NAMES[name]}"
    row = RESULTS[name]
    if row["found"] != "yes":
        assert REASON.search(SETTINGS.unchecked.get(name, "")), f"{name} was not found ({row['how']}); it stands in {NAMES[name]}"
    else:
        assert row["source"] and row["as_of"] and (row["version"] or "@" in row["source"])


def test_nothing_is_left_over() -> None:
    assert set(RESULTS) == set(NAMES)
    assert set(SETTINGS.unchecked) <= set(NAMES)
    texts = " ".join(code for _, code in advised_apis.advice_texts())
    assert [name for name in SETTINGS.not_python if name not in texts] == []


def test_advice_tells_the_version_of_what_not_every_torch_has() -> None:
    """The oldest release that was looked into is torch 2.2; what came later needs its version beside it."""
    wrong = []
    for path in sorted((advised_apis.RULES / "patterns").glob("*.toml")):
        for rule in tomli.loads(path.read_text("utf-8"))["rule"]:
            text = rule["replacement"]
            names = [name for code in advised_apis.CODE.findall(text) for name in advised_apis.names_in(code, SETTINGS)]
            needed = [numbers(RESULTS[name]["since"]) for name in names if RESULTS[name]["since"]]
            told = [numbers(version) for version in TORCH.findall(text)]
            if needed and max(needed) > max(told, default=(0,)):
                wrong.append(f"{path.name}: {rule['id']}: {text}")
    assert wrong == []


def test_an_edit_tells_since_when_it_works() -> None:
    wrong = []
    for path in sorted((advised_apis.RULES / "patterns").glob("*.toml")):
        for rule in tomli.loads(path.read_text("utf-8"))["rule"]:
            edit = rule.get("rewrite")
            if edit and "." in edit["to"]:
                since = RESULTS[advised_apis.in_full(edit["to"], SETTINGS)]["since"]
                told = TORCH.findall(edit["since"])
                if since and (not told or numbers(told[0]) < numbers(since)):
                    wrong.append(f"{path.name}: {rule['id']}: {edit['to']} is there since {since}, not {edit['since']}")
    assert wrong == []


@pytest.mark.parametrize("name", [name for name, row in RESULTS.items() if row["how"] == "imported"])
def test_a_name_exists_in_what_is_installed_here(name: str) -> None:
    package = name.partition(".")[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip(package, reason=f"{package} is not installed", exc_type=ImportError)
        assert advised_apis.imported(name) is not False


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("torch.accelerator.synchronize()", ["torch.accelerator.synchronize"]),
        ("ort.InferenceSession(path)", ["onnxruntime.InferenceSession"]),
        ("x = tensor.device.type", ["torch.device.type"]),
        ("torch.zeros(n).scatter_add(0, i)", ["torch.zeros"]),
        ("aws.amazon.com/neuron: 1", []),
        ("Use torch.where.", ["torch.where"]),
        ("pip install torch-neuronx==2.1.0", []),
    ],
)
def test_names_in_code(code: str, names: list[str]) -> None:
    assert list(advised_apis.names_in(code, SETTINGS)) == names


def test_source_is_read_where_a_package_cannot_be_imported(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    package = folder / "pkg"
    package.mkdir()
    (package / "__init__.py").write_text("from pkg._inner import *\nfrom ._inner import Layer as Block\n_LAZY = ['late']\n")
    (package / "_inner.py").write_text("class Layer:\n    size = 1\n    def forward(self): ...\nif True:\n    def made(): ...\n")
    tree = advised_apis.SourceTree([folder])
    known = ("pkg.Block", "pkg.Layer", "pkg.made", "pkg.late", "pkg.Layer.forward", "pkg.Block.size", "pkg._inner.Layer")
    assert [name for name in known if not tree.has(name)] == []
    assert [name for name in ("pkg.absent", "pkg.Layer.absent", "other.Layer", "pkg._inner.late") if tree.has(name)] == []


def test_the_first_release_of_a_name(tmp_path: object) -> None:
    from pathlib import Path

    releases = []
    for version, text in (("1.0", "old = 1\n"), ("1.1", "old = 1\nnew = 1\n"), ("1.2", "old = 1\nnew = 1\n")):
        folder = Path(str(tmp_path)) / version / "pkg"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(text)
        releases.append((version, advised_apis.SourceTree([folder.parent])))
    found = [advised_apis.first_release(f"pkg.{name}", releases) for name in ("old", "new", "never")]
    assert found == ["", "1.1", ""]
