"""The house stands: imports run downwards, each third-party library has one door, every module is in a layer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "analyzer"
LAYERS = (
    "cli", "pipeline", "planning", "recost", "gate", "scan", "report", "cost", "assess", "graph", "opinions", "operators", "workload", "detect", "quote", "link",
    "facts", "discover", "price_source", "knowledge", "cache", "forked", "model",
)  # fmt: skip
DOORS = {
    "click": ("cli",),
    "libcst": ("quote",),
    "networkx": ("graph",),
    "jinja2": ("report",),
    "tomli": ("knowledge/toml_reader.py", "facts/structured.py"),
    "yaml": ("facts/structured.py",),
    "boto3": ("price_source/aws.py",),
    "botocore": ("price_source/aws.py",),
    "rich": ("cli", "report"),
    "pygments": ("report/highlight.py",),
    "numpy": ("assess", "cost"),
    "onnx": ("opinions/onnx_model.py",),
    "tree_sitter": ("facts/native_source.py",),
    "tree_sitter_cuda": ("facts/native_source.py",),
}
FORBIDDEN_CALLS = {"exec", "eval", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "runpy", "socket", "urllib", "http"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if "_data" not in path.parts:
            yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text("utf-8"))


def layer_of(name: str) -> str:
    return name.split("/", maxsplit=1)[0].removesuffix(".py")


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def test_every_module_is_in_a_layer() -> None:
    free = {"__init__", "__main__"}
    assert {layer_of(name) for name, _ in modules()} <= {*LAYERS, *free}


def test_imports_run_downwards() -> None:
    wrong = []
    for name, tree in modules():
        layer = layer_of(name)
        if layer not in LAYERS:
            continue
        for target in imported(tree):
            parts = target.split(".")
            if parts[0] == "analyzer" and len(parts) > 1 and LAYERS.index(parts[1]) < LAYERS.index(layer):
                wrong.append(f"{name} imports {target}")
    assert wrong == []


def test_third_party_libraries_have_one_door() -> None:
    wrong = []
    for name, tree in modules():
        for target in imported(tree):
            doors = DOORS.get(target.split(".")[0])
            if doors and not any(name == door or name.startswith(f"{door}/") for door in doors):
                wrong.append(f"{name} imports {target}")
    assert wrong == []


def test_every_dependency_is_used_and_every_import_is_a_dependency() -> None:
    import sys

    import tomli

    project = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [requirement for extra in project["optional-dependencies"].values() for requirement in extra]
    declared = {requirement.split(">")[0].strip() for requirement in (*project["dependencies"], *extras)}
    standard = {*sys.stdlib_module_names, "analyzer", "__future__", "_sha2"}  # the last from 3.12 on
    distributions = {"yaml": "pyyaml", "botocore": "boto3"}
    used = {target.split(".")[0] for _, tree in modules() for target in imported(tree)}
    third_party = used - standard
    assert {distributions.get(name, name).replace("_", "-") for name in third_party} == declared


def test_nothing_can_run_or_unpickle_the_target() -> None:
    wrong: list[str] = []
    for name, tree in modules():
        wrong.extend(f"{name} imports {target}" for target in imported(tree) if target.split(".")[0] in FORBIDDEN_MODULES)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
                wrong.append(f"{name}:{node.lineno} calls {node.func.id}")
    assert wrong == []


def test_no_broad_except() -> None:
    wrong: list[str] = []
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                caught = node.type.id if isinstance(node.type, ast.Name) else ""
                reraises = any(isinstance(part, ast.Raise) and part.exc is None for part in ast.walk(node))
                if (node.type is None or caught in ("Exception", "BaseException")) and not reraises:
                    wrong.append(f"{name}:{node.lineno}")
    assert wrong == []


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, tree in modules() if not ast.get_docstring(tree)] == []


def test_the_gate_is_lean(tmp_path: Path) -> None:
    """A check loads neither what draws reports nor what writes edits, though there is something to find and to edit."""
    import subprocess
    import sys

    (tmp_path / "a.py").write_text("import torch\nx = torch.zeros(3).cuda()\n")
    code = (
        "import sys, atexit; atexit.register(lambda: print(sorted("
        "{'libcst', 'networkx', 'jinja2', 'rich', 'pygments', 'numpy', 'analyzer.pipeline', 'analyzer.report.html'} & set(sys.modules)))); "
        f"sys.argv = ['offramp', 'check', '--root', {str(tmp_path)!r}, '--exit-zero', '-q']; "
        "from analyzer.cli.main import main; main()"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    finding, loaded = result.stdout.splitlines()
    assert "a.py:2" in finding and loaded == "[]"


def test_a_hook_is_leaner_still(tmp_path: Path) -> None:
    """A call with files alone loads no reader of options or settings, and nothing that writes classes when it is loaded."""
    import subprocess
    import sys

    (tmp_path / "a.py").write_text("import torch\nx = torch.zeros(3).cuda()\n")
    heavy = {
        "click",
        "dataclasses",
        "inspect",
        "tomli",
        "yaml",
        "sqlite3",
        "subprocess",
        "concurrent.futures",
        "datetime",
        "typing",
        "hashlib",
        "signal",
        "tokenize",
    }
    code = (
        "import sys, atexit, ast, contextlib, json, pathlib; "  # some Pythons load more for these
        f"heavy = {heavy!r} - set(sys.modules); atexit.register(lambda: print(sorted(heavy & set(sys.modules)))); "
        f"sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['offramp', 'check', 'a.py']; from analyzer.cli.main import main; main()"
    )
    for _ in range(2):  # the first run reads the rules
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    finding, loaded = result.stdout.splitlines()
    assert result.returncode == 1 and "a.py:2" in finding and loaded == "[]"


def test_a_report_for_programs_loads_nothing_that_draws_pages(tmp_path: Path) -> None:
    import subprocess
    import sys

    (tmp_path / "a.py").write_text("import torch\nx = torch.zeros(3).cuda()\n")
    code = (
        "import sys, atexit; atexit.register(lambda: print(sorted({'pygments', 'jinja2', 'analyzer.report.html'} & set(sys.modules)))); "
        f"sys.argv = ['offramp', 'scan', {str(tmp_path)!r}, '--format', 'json', '--quiet', '--no-cache']; "
        "from analyzer.cli.main import main; main()"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert '"rule_id": "' in result.stdout and result.stdout.splitlines()[-1] == "[]"


def test_the_walk_is_lean(tmp_path: Path) -> None:
    """A scan that prints no report loads neither the graph, nor templates, nor the command line."""
    import subprocess
    import sys

    (tmp_path / "a.py").write_text("import torch\ntorch.cuda.current_stream()\n")
    code = (
        "import sys, pathlib; from analyzer.scan import scan_repository; "
        f"scan_repository(pathlib.Path({str(tmp_path)!r}), workers=1); "
        "print(sorted({'libcst', 'networkx', 'jinja2', 'click', 'rich', 'numpy'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"
