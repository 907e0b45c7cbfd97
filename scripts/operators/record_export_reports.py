"""Make fixtures/opinions anew: real reports of torch for the models of fixtures/opinions/project.

usage: record_export_reports.py fixtures/opinions

Needs torch, onnx, onnxscript and onnxruntime. Paths of the machine are replaced, so that the files are the same everywhere.
"""

from __future__ import annotations

import re
import sys
import tempfile
from contextlib import suppress
from pathlib import Path


def main() -> int:
    """Export each model and keep its report."""
    import torch

    folder = Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(folder / "project"))
    import model

    row, table = torch.randn(4), torch.randn(4, 8)
    for name, module, inputs, verify in (
        ("works", model.Net(), table, True),
        ("converts", model.Net(), table, False),
        ("branch", model.Branching(), row, False),
        ("unlowered", model.Unlowered(), torch.randn(4, 4), False),
    ):
        with tempfile.TemporaryDirectory() as made:
            with suppress(Exception):
                torch.onnx.export(module, (inputs,), report=True, verify=verify, artifacts_dir=made)
            (report,) = Path(made).glob("*.md")
            write(folder / f"{name}.md", report.read_text(encoding="utf-8"), folder)
    for name, module, inputs in (("draft-branch", model.Branching(), row), ("draft-sound", model.Net(), table)):
        write(folder / f"{name}.txt", str(torch.export.draft_export(module, (inputs,))._report), folder)
    return 0


def write(path: Path, text: str, folder: Path) -> None:
    """Write a report without the paths of this machine."""
    text = text.replace(str(folder / "project"), "/home/user/project")
    path.write_text(re.sub(r"/[^\s\"']*?/(lib/python\d\.\d+/site-packages)", r"/home/user/venv/\1", text), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
