"""A repository that wants to break out: of its root, of the report, of the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.cli.settings import read_defaults
from analyzer.model.errors import UserInputError
from analyzer.report.printable import printable

ROOT = Path(__file__).parents[2]
ESCAPE = "\x1b[2J\x1b]0;owned\x07"
NAMES = (
    "a\x1b[31mred.py", "new\nline.py", "tab\there.py", "back\x08space.py", "rtl\u202egnp.py", "zero\u200bwidth.py",
    "<script>alert(1)<script>.py", "&amp;.py", "'\"`$(touch x).py", "%s{0}{{7*7}}.py", "-rf.py", "\u2028.py", "[red]rich[bold].py",
)  # fmt: skip


def offramp(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "analyzer", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=100, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **environment},
    )  # fmt: skip


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    root = tmp_path / f"root{ESCAPE}\u202e"
    root.mkdir()
    for name in NAMES:
        (root / name).write_text(
            f"import torch\ntorch.cuda.synchronize()  # {ESCAPE}\ntorch.load('{ESCAPE}', map_location='cuda')\n"
        )
    (root / f"broken{ESCAPE}.py").write_text("def (:\n")
    (root / "requirements.txt").write_text(f"cupy{ESCAPE}\nflash-attn=={ESCAPE}\n")
    (root / "job.yaml").write_text('image: "nvidia/cuda\\e[2J"\n"gpu\\e": "nvidia\\ud800"\n')
    (root / "config.json").write_text('{"gpu_type\\u001b": "nvidia\\ud800\\u202e"}')
    (root / "k.cu").write_text(f"__global__ void k{ESCAPE}(int a) {{}}\n")
    cell = {"cell_type": "code", "source": f"!nvidia-smi {ESCAPE}\nimport torch\ntorch.cuda.synchronize()  # \ud800"}
    (root / "n.ipynb").write_text(json.dumps({"cells": [cell]}))
    return root


def is_plain(text: str) -> bool:
    """No control character but line ends, and nothing that turns the direction."""
    return not any(
        (ord(char) < 32 and char != "\n") or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u200b\u2028\ud800" for char in text
    )


def test_nothing_reaches_the_terminal_raw(hostile: Path) -> None:
    result = offramp("scan", hostile, "--color", "never")
    assert result.returncode == 0, result.stderr
    assert is_plain(result.stdout) and is_plain(result.stderr)
    assert "\\u001b" in result.stdout and "Traceback" not in result.stderr
    assert not any(line.startswith("line.py") for line in result.stdout.split("\n"))  # no name makes a line of its own


def test_an_explanation_is_plain_too(hostile: Path) -> None:
    result = offramp("explain", f"{NAMES[0]}:2", "--root", hostile)
    assert result.returncode == 0 and "cuda-synchronize" in result.stdout
    assert "\x1b[2J" not in result.stdout and "\x1b[31m" not in result.stdout and "\x07" not in result.stdout


def test_reports_hold_names_as_text(hostile: Path, tmp_path: Path) -> None:
    page, data = tmp_path / "r.html", tmp_path / "r.json"
    assert offramp("scan", hostile, "--quiet", "-o", page, "-o", data).returncode == 0
    raw = data.read_bytes()
    assert raw.isascii() and b"\x1b" not in raw
    report = json.loads(raw)
    assert {finding["path"] for finding in report["findings"]} >= set(NAMES)
    html = page.read_text("utf-8")
    assert is_plain(html.replace("\t", " "))
    assert "<script>alert" not in html and "{{7*7}}" in html


def test_a_terminal_that_knows_only_ascii(hostile: Path) -> None:
    (hostile / "héé.py").write_text("import torch\ntorch.cuda.synchronize()\n" * 50)
    result = offramp("scan", hostile, PYTHONIOENCODING="ascii")
    assert result.returncode == 0 and "h\\xe9\\xe9.py" in result.stdout


def test_errors_are_plain(tmp_path: Path) -> None:
    (tmp_path / "offramp.toml").write_text('"\\u001b[2J\\n" = 1\n')
    result = offramp("scan", tmp_path)
    assert result.returncode == 2 and is_plain(result.stderr) and result.stderr.count("\n") == 1


def test_printable() -> None:
    assert printable("a\nb\tc\x9b\u2066\ue000\ud800") == "a\\u000ab\\u0009c\\u009b\\u2066\\ue000\\ud800"
    assert printable("a\nb\tc", keep_lines=True) == "a\nb\tc"
    assert printable("x" * 50, 10) == "x" * 10 + " … (40 characters more)"


# ---- settings --------------------------------------------------------------------------------------------------------


def settings(root: Path, text: str) -> str:
    (root / "offramp.toml").write_text(text)
    with pytest.raises(UserInputError) as caught:
        read_defaults(root)
    return str(caught.value)


@pytest.mark.parametrize(
    "named", ["/etc/passwd", "../outside.toml", "sub/../../outside.toml", "/dev/zero", "a\\u0000b", "x" * 5000]
)
def test_a_scenario_outside_of_the_root_is_refused(tmp_path: Path, named: str) -> None:
    (tmp_path / "outside.toml").write_text("horizon_months = 12\n")
    (tmp_path / "root").mkdir()
    assert "below the root" in settings(tmp_path / "root", f'scenario = "{named}"\n')


def test_scenarios_that_are_links_pipes_or_endless(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.toml").write_text("horizon_months = 12\n")
    (root / "link.toml").symlink_to(tmp_path / "outside.toml")
    os.mkfifo(root / "pipe.toml")
    (root / "large.toml").write_bytes(b"#" * 2_000_000)
    for name in ("link.toml", "pipe.toml"):
        assert "below the root" in settings(root, f'scenario = "{name}"\n')
    assert "larger than" in settings(root, 'scenario = "large.toml"\n')


def test_what_a_repository_may_set_is_bounded(tmp_path: Path) -> None:
    assert "must lie between" in settings(tmp_path, "max-file-bytes = 1000000000\n")
    assert "digits" in settings(tmp_path, "workers = " + "9" * 5000)
    assert "larger than" in settings(tmp_path, "# " + "x" * 2_000_000)
    (tmp_path / "offramp.toml").write_text("workers = 256\n")
    assert read_defaults(tmp_path).workers <= 2 * (os.cpu_count() or 1)


def test_settings_that_are_links_or_pipes_are_not_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.toml").write_text("workers = 1\n")
    (root / "offramp.toml").symlink_to(tmp_path / "outside.toml")
    os.mkfifo(root / "pyproject.toml")
    assert read_defaults(root).workers == 0
    (root / "pyproject.toml").unlink()
    (root / "pyproject.toml").write_bytes(b"[tool.offramp]\nworkers = 1\n" + b"#" * 2_000_000)
    assert read_defaults(root).workers == 0


def test_what_is_outside_of_the_root_stays_there(tmp_path: Path) -> None:
    root, secret = tmp_path / "root", tmp_path / "secret.py"
    (root / "pkg").mkdir(parents=True)
    secret.write_text("import torch\ntorch.cuda.synchronize()\n")
    (root / "a.py").symlink_to(secret)
    (root / "pkg" / "b.ipynb").symlink_to(secret)
    (root / "up").symlink_to(tmp_path)
    (root / ".gitignore").symlink_to(secret)
    (root / "m.onnx").symlink_to("/dev/zero")
    for kind in ("p.py", "p.ipynb", "p.onnx", "p.yaml", "requirements.txt"):
        os.mkfifo(root / kind)
    result = offramp("scan", root, "--format", "json", "--quiet")
    report = json.loads(result.stdout)
    assert result.returncode == 0 and report["findings"] == []
    assert {entry["reason"] for entry in report["coverage"]["skipped"]} == {"link", "special"}
