"""Which files are found, and which are left out with a reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analyzer.discover.files import DiscoverySettings, discover
from analyzer.discover.kinds import is_test_path, kind_of
from analyzer.model.errors import UserInputError


def write(root: Path, *names: str, text: str = "x = 1\n") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def paths(root: Path, settings: DiscoverySettings | None = None) -> list[str]:
    return [file.path for file in discover(root, settings).files]


def reasons(root: Path, settings: DiscoverySettings | None = None) -> dict[str, str]:
    return {file.path: file.reason for file in discover(root, settings).skipped}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.py", "python"), ("a.ipynb", "notebook"), ("requirements-dev.txt", "requirements"),
        ("requirements/base.txt", "requirements"), ("Dockerfile.gpu", "container"), ("x/Containerfile", "container"),
        ("k.cu", "cuda"), ("environment.yml", "conda"), ("CMakeLists.txt", "cmake"), ("notes.txt", None),
        ("README.md", None), ("Makefile", "make"), ("job.slurm", "shell"), ("m.safetensors", "model"),
    ],
)  # fmt: skip
def test_kinds(path: str, kind: str | None) -> None:
    assert kind_of(path) == kind


def test_test_paths() -> None:
    assert is_test_path("tests/a.py") and is_test_path("x/test_a.py") and is_test_path("a_test.py")
    assert not is_test_path("latest/a.py") and not is_test_path("contest.py")


def test_gitignore_is_honoured_without_git_and_inner_files_win(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "out/b.py", "keep/c.log.py", "keep/d.py")
    (tmp_path / ".gitignore").write_text("out/\n*.log.py\n")
    (tmp_path / "keep" / ".gitignore").write_text("!*.log.py\n/d.py\n")
    assert paths(tmp_path) == ["a.py", "keep/c.log.py"]
    assert reasons(tmp_path) == {"out/": "ignored", "keep/d.py": "ignored"}


def test_include_and_exclude(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "gen/b.py", "third_party/lib/c.py")
    assert paths(tmp_path) == ["a.py", "gen/b.py"]
    assert reasons(tmp_path) == {"third_party/": "vendored"}
    assert paths(tmp_path, DiscoverySettings(exclude=("gen/",))) == ["a.py"]
    assert "third_party/lib/c.py" in paths(tmp_path, DiscoverySettings(include=("third_party/**",)))


def test_links_are_listed_and_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, "secret.py")
    root = tmp_path / "root"
    write(root, "a.py")
    (root / "out").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "b.py").symlink_to(outside / "secret.py")
    (root / "dead.py").symlink_to(tmp_path / "missing")
    assert paths(root) == ["a.py"]
    assert reasons(root) == {"out": "link", "loop": "link", "b.py": "link", "dead.py": "link"}


def test_large_and_binary_files_are_skipped_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "big.py").write_bytes(b"#" * 50_000_000)
    (tmp_path / "data.yaml").write_bytes(b"\0\1\2")
    write(tmp_path, "a.py")
    assert paths(tmp_path) == ["a.py"]
    assert reasons(tmp_path) == {"big.py": "too-large", "data.yaml": "binary"}


def test_special_files_and_strange_names(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("x = 1\n")
    write(tmp_path, "<b>.py")
    assert paths(tmp_path) == ["<b>.py"]
    assert reasons(tmp_path) == {"pipe.py": "special", "caf\\xe9.py": "unreadable"}


def test_bad_roots_and_patterns(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    with pytest.raises(UserInputError, match="no such folder"):
        discover(tmp_path / "missing")
    with pytest.raises(UserInputError, match="is a file"):
        discover(tmp_path / "a.py")
    with pytest.raises(UserInputError, match="--exclude"):
        discover(tmp_path, DiscoverySettings(exclude=("!",)))


def test_order_does_not_depend_on_the_file_system(tmp_path: Path) -> None:
    write(tmp_path, "b/a.py", "a.py", "b.py", "a/z.py")
    assert paths(tmp_path) == sorted(paths(tmp_path))


def test_including_one_library_does_not_bring_back_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, "third_party/lib/c.py", "third_party/other/d.py", "third_party/e.py")
    settings = DiscoverySettings(include=("third_party/lib/**",))
    assert paths(tmp_path, settings) == ["third_party/lib/c.py"]
    assert reasons(tmp_path, settings) == {"third_party/other/": "vendored", "third_party/e.py": "vendored"}


def test_patterns_that_would_take_ages_as_regular_expressions(tmp_path: Path) -> None:
    write(tmp_path, "a" * 200 + ".py", "a/" * 60 + "c.py")
    (tmp_path / ".gitignore").write_text("*a" * 400 + "*b.py\n" + "**/a/*a*/" * 100 + "b.py\n")
    assert len(paths(tmp_path, DiscoverySettings(include=("*a" * 400 + "*b.py",), exclude=("a/**/" * 60 + "b",)))) == 2


def test_an_endless_ignore_file_is_not_honoured_and_said(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    (tmp_path / ".gitignore").write_text("*.py\n" * 300_000)
    assert paths(tmp_path) == ["a.py"]
    assert reasons(tmp_path) == {".gitignore": "too-large"}


def test_utf_16_is_text(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("torch\n".encode("utf-16"))
    (tmp_path / "a.yaml").write_bytes("image: nvidia/cuda\n".encode("utf-16-le"))
    (tmp_path / "b.yaml").write_bytes("image: nvidia/cuda\n".encode("utf-16-be"))
    assert paths(tmp_path) == ["a.yaml", "b.yaml", "requirements.txt"]
