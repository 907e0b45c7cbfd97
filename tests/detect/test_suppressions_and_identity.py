"""Suppression comments, fingerprints, edits and notebooks, through the whole of detection."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyzer.model.finding import Finding
from analyzer.scan import Scan, scan_repository

CALL = "torch.cuda.synchronize()"


def scan(root: Path, text: str, name: str = "m.py") -> Scan:
    (root / name).write_text(text)
    return scan_repository(root, workers=1)


def synchronizations(result: Scan) -> list[Finding]:
    return [finding for finding in result.detection.findings if finding.rule_id == "cuda-synchronize"]


def test_ignore_on_the_line_and_above(tmp_path: Path) -> None:
    text = f"import torch\n{CALL}  # offramp: ignore[cuda-synchronize] timing only\n# offramp: todo[cuda-synchronize] later\n{CALL}\n{CALL}\n"
    first, second, third = synchronizations(scan(tmp_path, text))
    assert first.suppressed is not None and (first.suppressed.kind, first.suppressed.reason) == (
        "ignore",
        "timing only",
    )
    assert second.suppressed is not None and second.suppressed.kind == "todo"
    assert third.suppressed is None


def test_ignore_file_unused_and_blanket(tmp_path: Path) -> None:
    text = f"# offramp: ignore-file[cuda-synchronize] legacy\nimport torch\n{CALL}\nx = 1  # offramp: ignore[cuda-synchronize] nothing\n{CALL}  # offramp: ignore\n"
    result = scan(tmp_path, text)
    assert all(finding.suppressed for finding in synchronizations(result))
    reasons = [(problem.reason, problem.line) for problem in result.detection.problems]
    assert ("unused-suppression", 4) in reasons and ("blanket-suppression", 5) in reasons


def test_text_in_a_string_is_no_suppression(tmp_path: Path) -> None:
    text = f"import torch\nx = '# offramp: ignore-file[cuda-synchronize]'\n{CALL}\n"
    (finding,) = synchronizations(scan(tmp_path, text))
    assert finding.suppressed is None


def test_fingerprint_survives_moves_inside_the_file_and_reformatting(tmp_path: Path) -> None:
    (before,) = synchronizations(scan(tmp_path, f"import torch\n{CALL}\n"))
    (after,) = synchronizations(scan(tmp_path, f"import torch\n\n\ndef f():\n    {CALL}\n"))
    assert before.fingerprint == after.fingerprint and before.span != after.span


def test_equal_findings_have_different_fingerprints(tmp_path: Path) -> None:
    found = synchronizations(scan(tmp_path, f"import torch\n{CALL}\n{CALL}\n"))
    assert len({finding.fingerprint for finding in found}) == 2


def test_edit_keeps_comments_and_layout(tmp_path: Path) -> None:
    text = "import torch\nx = torch.stack(\n    rows,  # all of them\n).cuda(non_blocking=True)\n"
    (finding,) = [finding for finding in scan(tmp_path, text).detection.findings if finding.edit]
    assert finding.edit is not None
    assert finding.edit.after == "x = torch.stack(\n    rows,  # all of them\n).to(device, non_blocking=True)"
    assert finding.snippet == finding.edit.before


def test_edit_of_a_header(tmp_path: Path) -> None:
    text = "import torch as t\nif flag:\n    pass\nelif t.cuda.synchronize() or other:\n    pass\n"
    (finding,) = synchronizations(scan(tmp_path, text))
    assert finding.edit is not None and finding.edit.after == "elif torch.accelerator.synchronize() or other:"


def test_notebook_findings_name_the_cell_and_both_lines(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["text"]},
        {"cell_type": "code", "source": ["import torch\n", "%time x = 1\n"]},
        {"cell_type": "code", "source": ["a = 1\n", CALL]},
    ]
    text = json.dumps({"cells": cells, "nbformat": 4}, indent=1)
    (finding,) = synchronizations(scan(tmp_path, text, "n.ipynb"))
    assert (finding.cell, finding.span.line, finding.snippet) == (2, 2, CALL)
    assert finding.file_line is not None and CALL in text.split("\n")[finding.file_line - 1]


def test_origin_is_named_for_a_value_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text("\nDEVICE = 'cuda'\n")
    found = scan(tmp_path, "from settings import DEVICE\nmodel.to(DEVICE)\n").detection.findings
    (finding,) = [finding for finding in found if finding.path == "m.py"]
    assert finding.origin is not None and (finding.origin.path, finding.origin.line) == ("settings.py", 2)


def notebook(*cells: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells], "nbformat": 4}, indent=1)


def test_comments_in_notebooks_speak_for_their_cell(tmp_path: Path) -> None:
    text = notebook(
        "import torch\nx = 1  # offramp: ignore[cuda-synchronize] nothing here",
        f"{CALL}\n# offramp: ignore[cuda-synchronize] cell",
        f"{CALL}  # offramp: todo[cuda-synchronize] later\n%timeit {CALL}  # offramp: ignore[cuda-synchronize] timing",
        f"s = '''\n# offramp: ignore[cuda-synchronize]\n'''; {CALL}",
        "s = '''",
        f"# offramp: ignore[cuda-synchronize] above\n{CALL}",
    )
    result = scan(tmp_path, text, "n.ipynb")
    found = [
        (f.cell, f.suppressed and (f.suppressed.kind, f.suppressed.reason, f.suppressed.line)) for f in synchronizations(result)
    ]
    assert found == [
        (1, None),
        (2, ("todo", "later", 1)),
        (2, ("ignore", "timing", 2)),
        (3, None),
        (5, ("ignore", "above", 1)),
    ]
    raw = text.split("\n")
    unused = [raw[p.line - 1] for p in result.detection.problems if p.reason == "unused-suppression"]
    assert len(unused) == 2 and "nothing here" in unused[0] and "cell" in unused[1]


def test_ignore_file_in_a_notebook(tmp_path: Path) -> None:
    text = notebook("# offramp: ignore-file[cuda-synchronize] course\nimport torch", CALL, f"%%time\n{CALL}")
    assert [f.suppressed and f.suppressed.reason for f in synchronizations(scan(tmp_path, text, "n.ipynb"))] == ["course"] * 2


def test_shell_lines_of_notebooks(tmp_path: Path) -> None:
    plain = scan(tmp_path, notebook("!nvidia-smi -L\n!nvidia-smi"), "n.ipynb").detection.findings
    (rule,) = {finding.rule_id for finding in plain}
    text = notebook(f"!nvidia-smi -L  # offramp: ignore[{rule}] hm\n!nvidia-smi")
    assert [bool(f.suppressed) for f in scan(tmp_path, text, "n.ipynb").detection.findings] == [True, False]


OTHER_FILES = {
    "Dockerfile": "FROM python:3\n# offramp: ignore[{0}] a\nENV CUDA_VISIBLE_DEVICES=0\n",
    "run.sh": "export CUDA_VISIBLE_DEVICES=0  # offramp: ignore[{0}] a\n",
    "job.yaml": "env:\n  # offramp: ignore[{0}] a\n  CUDA_VISIBLE_DEVICES: '0'\n",
    "tox.ini": "[testenv]\nsetenv =\n    CUDA_VISIBLE_DEVICES = 0  ; offramp: ignore[{0}] a\n",
    "Makefile": "# offramp: ignore[{0}] a\nexport CUDA_VISIBLE_DEVICES = 0\n",
    "a.bat": "REM offramp: ignore[{0}] a\nset CUDA_VISIBLE_DEVICES=0\n",
    "a.toml": "# offramp: ignore[{0}] a\n[tool.x.env]\nCUDA_VISIBLE_DEVICES = '0' # offramp: ignore[{0}] a\n",
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_comments_in_other_files(tmp_path: Path, name: str) -> None:
    plain = scan(tmp_path, OTHER_FILES[name].format("x"), name).detection.findings
    rules = {finding.rule_id for finding in plain}
    assert rules and not any(finding.suppressed for finding in plain)
    marked = scan(tmp_path, OTHER_FILES[name].format(",".join(sorted(rules))), name).detection.findings
    assert all(finding.suppressed and finding.suppressed.reason == "a" for finding in marked) and len(marked) == len(plain)


def test_comments_in_requirements_cmake_and_cuda(tmp_path: Path) -> None:
    for name, text, rest in (
        ("requirements.txt", "cupy-cuda12x==13.0  # offramp: ignore[{}] why\n", ""),
        ("CMakeLists.txt", "find_package(CUDAToolkit REQUIRED)  # offramp: ignore[{}] why\n", ""),
        ("k.cu", "// offramp: ignore-file[{}] why\n__global__ void scale(float *x) {{}}\n", ""),
        ("l.cu", "/* offramp: ignore-file[{}] why */\n__global__ void scale(float *x) {{}}\n", ""),
    ):
        for path in tmp_path.iterdir():
            path.unlink()
        rules = {finding.rule_id for finding in scan(tmp_path, text.format("x"), name).detection.findings}
        marked = scan(tmp_path, text.format(",".join(sorted(rules))) + rest, name).detection.findings
        assert marked and all(finding.suppressed and finding.suppressed.reason == "why" for finding in marked), name


def test_the_last_of_several_comments_speaks(tmp_path: Path) -> None:
    text = f"import torch\n# offramp: ignore-file[cuda-synchronize] file\n# offramp: todo[cuda-synchronize] above\n{CALL}  # offramp: ignore[cuda-synchronize] line\n{CALL}\n"
    found = synchronizations(scan(tmp_path, text))
    assert [f.suppressed and f.suppressed.reason for f in found] == ["line", "file"]


def test_strings_of_every_kind_hide_no_comment(tmp_path: Path) -> None:
    text = (
        'import torch\na = \'it\' "#" r\'\\\' b\'#\'\nb = """\n# offramp: ignore[cuda-synchronize] no\n"""\n'
        f"c = ('a'  # offramp: ignore[cuda-synchronize] yes\n     'b', {CALL})\n"
    )
    result = scan(tmp_path, text)
    (finding,) = synchronizations(result)
    assert finding.suppressed is not None and finding.suppressed.reason == "yes"
    assert result.detection.problems == ()
