"""A second scan of the same thing writes the same bytes without reading; a scan of anything else does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import analyzer.pipeline
from analyzer.cache.store import FILE_NAME
from analyzer.cli.group import group

TIED = "import torch\nx = torch.zeros(3).cuda()\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OFFRAMP_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a.py").write_text(TIED)
    return tmp_path / "root"


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for every time that the pipeline runs."""
    runs: list[int] = []
    build = analyzer.pipeline.build_report

    def counted(*arguments: object) -> object:
        runs.append(1)
        return build(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(analyzer.pipeline, "build_report", counted)
    return runs


def scan(root: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(group, ["scan", str(root), "--as-of", "2026-11-25", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_nothing_changed_nothing_is_done_again(root: Path, built: list[int], tmp_path: Path) -> None:
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    one, two = scan(root, "-o", str(first)), scan(root, "-o", str(second))
    assert len(built) == 1 and first.read_bytes() == second.read_bytes()
    assert one.stdout == two.stdout and "Finished: 1 file, 1 finding" in one.stderr
    assert one.stderr.replace("1.json", "2.json") == two.stderr
    assert scan(root, "--fail-on", "minor").exit_code == 1 and len(built) == 1  # a threshold changes no report
    scan(root, "-o", str(tmp_path / "a.html"))
    assert len(built) == 2  # a report that was not written before
    scan(root, "--no-cache", "-o", str(first))
    assert len(built) == 3


def test_without_a_cache_none_is_made(root: Path, tmp_path: Path) -> None:
    scan(root, "--no-cache")
    assert not (tmp_path / "cache" / FILE_NAME).exists()
    scan(root)
    assert (tmp_path / "cache" / FILE_NAME).exists()


def test_what_was_remembered_needs_no_targets_and_no_rules(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scan(root).stderr
    monkeypatch.setattr("analyzer.knowledge.targets.load_targets", lambda: pytest.fail("reads all targets"))
    monkeypatch.setattr("analyzer.knowledge.rules.load_rules", lambda: pytest.fail("reads all rules"))
    assert scan(root).stderr == first and "more targets are known" in first


@pytest.mark.parametrize(
    ("change", "arguments"),
    [
        (lambda root: (root / "a.py").write_text(TIED.replace("3", "4")), ()),
        (lambda root: (root / "b.yaml").write_text("device: cuda\n"), ()),
        (lambda root: (root / "a.py").rename(root / "b.py"), ()),
        (lambda root: (root / "offramp.toml").write_text('exclude = ["a.py"]\n'), ()),
        (lambda root: (root / ".gitignore").write_text("a.py\n"), ()),
        (lambda root: None, ("--target", "onnxruntime")),
        (lambda root: None, ("--as-of", "2030-01-01")),
        (lambda root: None, ("--exclude", "b.py")),
    ],
)
def test_whatever_changes_is_seen(
    root: Path, built: list[int], change: Callable[[Path], object], arguments: tuple[str, ...]
) -> None:
    before = scan(root, "--format", "json").stdout
    change(root)
    after = scan(root, "--format", "json", *arguments).stdout
    assert len(built) == 2
    assert json.loads(before) != json.loads(after) or arguments == ("--exclude", "b.py")
    assert scan(root, "--format", "json", "--no-cache", *arguments).stdout == after


def test_a_file_that_changes_while_it_is_read_is_not_remembered(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = analyzer.pipeline.build_report

    def meddled(*arguments: object) -> object:
        report = build(*arguments)  # type: ignore[arg-type]
        (root / "a.py").write_text("import torch\n")
        return report

    with monkeypatch.context() as patch:
        patch.setattr(analyzer.pipeline, "build_report", meddled)
        assert json.loads(scan(root, "--format", "json").stdout)["findings"]
    (root / "a.py").write_text(TIED)
    assert json.loads(scan(root, "--format", "json").stdout)["findings"]
    (root / "a.py").write_text("import torch\n")
    assert not json.loads(scan(root, "--format", "json").stdout)["findings"]
