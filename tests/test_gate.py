"""The gate against real git repositories: what is new since a revision, what is staged, and states in which git is odd."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzer.gate import GateRequest, check
from analyzer.model.errors import UserInputError
from analyzer.model.gate import GateVerdict

HELPER = "def device():\n    return 'cpu'\n"
USER = "import torch\nfrom helper import device\n\nx = torch.zeros(3).to(device())\n"
TIED = "import torch\n\nmodel = torch.nn.Linear(1, 1).cuda()\n"


class Repository:
    """A git repository in a folder, driven by commands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def git(self, *arguments: str) -> str:
        identity = (
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "core.hooksPath=.none",
        )
        return subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout.strip()

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.root / f"{name.replace('__', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def commit(self, **files: str) -> str:
        self.write(**files)
        self.git("add", "--all")
        self.git("commit", "--allow-empty", "--quiet", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def check(self, **options: object) -> GateVerdict:
        return check(GateRequest(self.root, "2026-11-25", **options))[0]  # type: ignore[arg-type]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    found = Repository(tmp_path / "repository")
    found.git("init", "--quiet", "--initial-branch=main")
    found.commit(tied=TIED, helper=HELPER, user=USER)
    return found


def places(verdict: GateVerdict) -> list[str]:
    return [f"{finding.path}:{finding.file_line or finding.span.line}" for finding in verdict.new]


# ---- since a revision ------------------------------------------------------------------------------------------------


def test_only_added_lines_are_new_also_in_a_dirty_tree(repository: Repository) -> None:
    assert places(repository.check()) == ["tied.py:3"]
    repository.write(tied="import torch\n# moved down\n\n\nmodel = torch.nn.Linear(1, 1).cuda()\nother = model.cuda()\n")
    repository.write(untracked="import torch\ntorch.cuda.synchronize()\n")
    verdict = repository.check(diff_base="HEAD")
    assert places(verdict) == ["tied.py:6", "untracked.py:2"] and not verdict.tainted
    assert len(verdict.known) == 1


def test_an_edit_of_a_tied_line_is_no_new_tie_and_a_copy_is(repository: Repository) -> None:
    repository.write(tied="import torch\n\nmodel = torch.nn.Linear(2, 2, bias=False).cuda()\n")
    assert places(repository.check(diff_base="HEAD")) == []
    repository.write(tied=TIED, copy=TIED)
    assert places(repository.check(diff_base="HEAD")) == ["copy.py:3"]


def test_a_rewrite_around_a_line_that_stays_is_an_edit(repository: Repository) -> None:
    before = "import torch\nx = torch.tensor(\n    [1],\n    device='cuda',\n)\ny = 1\n"
    repository.commit(call=before)
    repository.write(
        call="import torch\nx = torch.ones(2)\nz = [\n    1,\n)\nx = torch.tensor([1, 2], device='cuda')\n".replace(
            "\n)\n", "\n]\n"
        )
    )
    assert places(repository.check(diff_base="HEAD")) == []


def test_a_value_under_another_key_is_no_new_one(repository: Repository) -> None:
    workflow = repository.root / ".github" / "workflows" / "ci.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "jobs:\n  a:\n    runs-on:\n      group: aws-g6-4xlarge-plus\n  b:\n    runs-on:\n      group: aws-g6-4xlarge-plus\n"
    )
    repository.commit()
    assert len(repository.check(files=(".github/workflows/ci.yml",)).new) == 2
    workflow.write_text(
        "jobs:\n  a:\n    strategy:\n      matrix:\n        include:\n"
        + "".join(f"          - name: {name}\n            runner: aws-g6-4xlarge-plus\n" for name in ("a", "b", "c"))
    )
    assert len(repository.check(diff_base="HEAD").new) == 1  # the third


def test_a_renamed_file_and_a_moved_statement_are_not_new(repository: Repository) -> None:
    long = "".join(f"def f{number}(x):\n    return x + {number}\n\n" for number in range(20))
    repository.commit(tied=long + TIED)
    repository.git("mv", "tied.py", "renamed.py")
    repository.write(renamed=long + TIED + "again = model.cuda()\n")
    assert places(repository.check(diff_base="HEAD")) == ["renamed.py:64"]
    repository.write(renamed=long, elsewhere=TIED)
    assert places(repository.check(diff_base="HEAD")) == []


def test_what_a_changed_helper_taints_is_shown_where_it_is_used(repository: Repository) -> None:
    repository.write(helper="def device():\n    return 'cuda'\n")
    verdict = repository.check(diff_base="HEAD")
    assert "user.py:4" in places(verdict)
    user = next(finding for finding in verdict.new if finding.path == "user.py")
    assert user.fingerprint in verdict.tainted and user.origin is not None and user.origin.path == "helper.py"


def test_a_guard_that_goes_makes_old_lines_new(repository: Repository) -> None:
    repository.commit(guarded="import torch\nif torch.cuda.is_available():\n    torch.cuda.synchronize()\n")
    repository.write(guarded="import torch\nif True:\n    torch.cuda.synchronize()\n")
    verdict = repository.check(diff_base="HEAD")
    assert places(verdict) == ["guarded.py:3"] and len(verdict.tainted) == 1


def test_what_others_did_meanwhile_on_the_base_is_not_ours(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "feature")
    repository.commit(mine="import torch\nx = torch.ones(1).cuda()\n")
    repository.git("checkout", "--quiet", "main")
    repository.commit(tied="import torch\n")
    repository.git("checkout", "--quiet", "feature")
    assert places(repository.check(diff_base="main")) == ["mine.py:2"]
    repository.git("merge", "--quiet", "--no-edit", "main")
    assert places(repository.check(diff_base="main")) == ["mine.py:2"]


def test_a_root_below_the_top_of_the_repository(repository: Repository) -> None:
    repository.commit(inner__a=TIED)
    repository.write(inner__a=TIED + "y = model.cuda()\n", outside=TIED)
    inner = Repository(repository.root / "inner")
    assert places(inner.check(diff_base="HEAD")) == ["a.py:4"]


def test_a_shallow_clone_without_the_base_says_what_to_fetch(repository: Repository, tmp_path: Path) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit(tied=TIED + "y = model.cuda()\n")
    clone = Repository(tmp_path / "clone")
    clone.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", ".")
    with pytest.raises(UserInputError, match="shallow"):
        clone.check(diff_base=first)
    clone.git("fetch", "--quiet", "--depth=1", "origin", first)
    verdict = clone.check(diff_base=first)
    assert places(verdict) == ["tied.py:4"] and any("no common history" in remark for remark in verdict.remarks)


def test_a_partial_clone_takes_what_it_lacks_from_the_files_as_they_are(repository: Repository, tmp_path: Path) -> None:
    base = repository.commit(more=TIED)
    repository.commit(tied=TIED + "y = model.cuda()\n", more="import torch\n")
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = Repository(tmp_path / "clone")
    clone.git("clone", "--quiet", "--filter=blob:none", f"file://{repository.root}", ".")
    clone.write(more=TIED + "z = model.cuda()\n")
    verdict = clone.check(diff_base=base)
    assert "user.py:4" not in places(verdict) and "tied.py:4" in places(verdict)
    assert any("lacks 2 files" in remark and "more.py" in remark for remark in verdict.remarks)


def test_a_repository_with_ids_of_sha256(tmp_path: Path) -> None:
    other = Repository(tmp_path / "sha256")
    other.git("init", "--quiet", "--object-format=sha256")
    other.commit(tied=TIED)
    other.write(tied=TIED + "y = model.cuda()\n")
    assert places(other.check(diff_base="HEAD")) == ["tied.py:4"]


def test_line_ends_that_a_checkout_changes_are_no_change(repository: Repository) -> None:
    (repository.root / "tied.py").write_bytes(TIED.replace("\n", "\r\n").encode())
    assert places(repository.check(diff_base="HEAD")) == []


def test_a_revision_that_is_none(repository: Repository) -> None:
    for name in ("nowhere", "--output=x", ""):
        with pytest.raises(UserInputError, match="no commit"):
            repository.check(diff_base=name)


def test_the_configuration_of_a_hostile_repository_runs_nothing(repository: Repository) -> None:
    mark = repository.root / "ran"
    (repository.root / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    script = repository.root.parent / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    script.chmod(0o755)
    repository.git("add", ".gitattributes")
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "diff.evil.command",
        "diff.evil.textconv",
        "core.fsmonitor",
        "diff.external",
    ):
        repository.git("config", key, str(script))
    repository.write(tied=TIED + "y = model.cuda()\n")
    assert places(repository.check(diff_base="HEAD")) == ["tied.py:4"]
    assert repository.check(staged=True).new == ()
    assert not mark.exists()


# ---- what is staged --------------------------------------------------------------------------------------------------


def test_the_staged_content_counts_and_not_the_work_tree(repository: Repository) -> None:
    repository.write(tied=TIED + "y = model.cuda()\n")
    repository.git("add", "tied.py")
    repository.write(tied="import torch\n", helper="import torch\ntorch.cuda.synchronize()\n")
    assert places(repository.check(staged=True)) == ["tied.py:3", "tied.py:4"]
    assert places(repository.check(staged=True, diff_base="HEAD")) == ["tied.py:4"]
    assert places(repository.check(staged=True, files=("helper.py", "tied.py"))) == ["tied.py:3", "tied.py:4"]


def test_staged_files_that_are_gone_links_or_in_conflict(repository: Repository) -> None:
    repository.git("rm", "--quiet", "tied.py")
    (repository.root / "link.py").symlink_to("helper.py")
    repository.git("add", "link.py")
    assert repository.check(staged=True).new == ()
    repository.git("checkout", "--quiet", "-B", "other", "HEAD")
    repository.commit(helper=TIED)
    repository.git("checkout", "--quiet", "main")
    repository.commit(helper="import numpy\n")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "--quiet", "other")
    verdict = repository.check(staged=True)
    assert any("helper.py" in remark for remark in verdict.remarks)
    verdict = repository.check(files=("helper.py",))  # with the marks of the conflict in it
    assert [problem.reason for problem in verdict.problems] == ["syntax-error"]


def test_before_the_first_commit_everything_that_is_staged_is_looked_at(tmp_path: Path) -> None:
    fresh = Repository(tmp_path / "fresh")
    fresh.git("init", "--quiet")
    fresh.write(tied=TIED)
    fresh.git("add", "--all")
    assert places(fresh.check(staged=True)) == ["tied.py:3"]


def test_a_submodule_is_passed_over(repository: Repository, tmp_path: Path) -> None:
    inner = Repository(tmp_path / "inner")
    inner.git("init", "--quiet")
    inner.commit(a=TIED)
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "sub")
    assert places(repository.check(staged=True)) == []
    repository.git("commit", "--quiet", "-m", "submodule")
    assert places(repository.check(diff_base="HEAD~1", whole=True)) == ["sub/a.py:3"]


def test_during_a_rebase(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "feature")
    repository.commit(tied=TIED + "y = model.cuda()\n")
    repository.git("checkout", "--quiet", "main")
    repository.commit(tied=TIED + "z = 1\n")
    repository.git("checkout", "--quiet", "feature")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("rebase", "main")
    repository.write(tied=TIED + "z = 1\ny = model.cuda()\n")
    repository.git("add", "tied.py")
    assert places(repository.check(staged=True, diff_base="HEAD")) == ["tied.py:5"]


# ---- where git is not what it should be ------------------------------------------------------------------------------


def no_repository(root: Path) -> Path:
    root.mkdir()
    return root


def bare_repository(root: Path) -> Path:
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", "--bare"], cwd=root, check=True)
    return root


@pytest.mark.parametrize(("make", "reason"), [(no_repository, "not in a git repository"), (bare_repository, "bare")])
def test_without_a_repository(make: Callable[[Path], Path], reason: str, tmp_path: Path) -> None:
    root = make(tmp_path / "root")
    for options in ({"diff_base": "HEAD"}, {"staged": True}):
        with pytest.raises(UserInputError, match=reason):
            check(GateRequest(root, "2026-11-25", **options))


def test_without_git(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.root))
    with pytest.raises(UserInputError, match="not installed"):
        repository.check(diff_base="HEAD")
    assert places(repository.check()) == ["tied.py:3"]  # nothing else needs git


# ---- a few files -----------------------------------------------------------------------------------------------------


def test_named_files_are_read_with_the_values_that_they_name(repository: Repository) -> None:
    repository.write(
        constants="DEVICE = 'cuda'\n", pkg____init__="", pkg__base="class Base:\n    device = 'cuda:0'\n",
        uses="import torch\nfrom constants import DEVICE\nfrom pkg.base import Base\n"
        "class Inner(Base):\n    def f(self, x):\n        return x.to(self.device)\ny = torch.zeros(1).to(DEVICE)\n",
    )  # fmt: skip
    alone = repository.check(files=("uses.py",))
    assert alone.is_partial and places(alone) == places(repository.check(files=("uses.py",), whole=True)) == [
        "uses.py:6",
        "uses.py:7",
    ]
    assert alone.problems == () and alone.gone is None


def test_named_files_beside_an_extension_whose_modules_are_not_read(repository: Repository) -> None:
    """A file imports a module that is not named, where another one that is named builds a CUDA extension."""
    setup = 'from torch.utils.cpp_extension import CUDAExtension\nE = CUDAExtension("own._C", ["own/a.cu"])\n'
    repository.write(setup=setup, own__data="x = 1\n", own__use="import own.data\nimport torch\ntorch.cuda.synchronize()\n")
    assert "own/use.py:3" in places(repository.check(files=("setup.py", "own/use.py")))


def test_a_ratchet_lets_the_debt_only_fall(repository: Repository) -> None:
    from analyzer.detect.baseline import make_baseline
    from analyzer.detect.baseline_file import BASELINE_NAME, baseline_text

    file = repository.root / BASELINE_NAME
    with pytest.raises(UserInputError, match="needs a baseline"):
        repository.check(ratchet=True)
    file.write_text(baseline_text(make_baseline(repository.check().new)))
    repository.commit()
    assert repository.check(baseline_file=file, ratchet=True, diff_base="HEAD").broken == ()
    repository.write(more=TIED)
    file.write_text(baseline_text(make_baseline(repository.check().new)))
    assert [
        "1 more than it did then" in promise
        for promise in repository.check(baseline_file=file, ratchet=True, diff_base="HEAD").broken
    ] == [True]
    repository.write(more="")
    assert ["1 finding that has gone" in promise for promise in repository.check(baseline_file=file, ratchet=True).broken] == [True]
