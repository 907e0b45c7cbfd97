"""The gate: what is new fails, what a baseline knows does not; messages say rule, reason and replacement."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analyzer.cli.group import group
from analyzer.detect.baseline_file import BASELINE_NAME
from analyzer.model.errors import UserInputError

TIED = "import torch\nx = torch.zeros(3).cuda()\n"
GUARDED = "if torch.cuda.is_available():\n    torch.cuda.synchronize()\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text(TIED + GUARDED)
    (tmp_path / "b.py").write_text("print(1)\n")
    return tmp_path


def check(root: Path, *arguments: str) -> Result:
    return run("check", "--root", str(root), "--as-of", "2026-11-25", *arguments)


def test_without_a_baseline_everything_is_new(root: Path) -> None:
    result = check(root)
    assert result.exit_code == 1
    assert "a.py:2:5: minor cuda-method: " in result.output and "Instead: " in result.output
    assert "synchronize" not in result.output
    assert check(root, "--exit-zero").exit_code == 0
    assert check(root, "--fail-on", "blocker").exit_code == 0
    assert "synchronize" in check(root, "--severity", "info").output


def test_what_the_baseline_knows_does_not_fail(root: Path) -> None:
    assert run("baseline", "write", "--root", str(root)).exit_code == 0
    before = (root / BASELINE_NAME).read_text()
    result = check(root)
    assert (result.exit_code, "0 new, 1 known against .offramp-baseline.json" in result.output) == (0, True)
    (root / "a.py").write_text("# a comment\n" + TIED + GUARDED + "y = x.cuda()\n")
    result = check(root)
    assert result.exit_code == 1 and "a.py:6:5" in result.output and "a.py:3" not in result.output
    assert check(root, "--no-baseline", "--quiet").output.count("cuda-method") == 2
    assert (root / BASELINE_NAME).read_text() == before


def test_an_update_only_shrinks_unless_it_is_told_to_take_up_what_is_new(root: Path) -> None:
    run("baseline", "write", "--root", str(root))
    (root / "a.py").write_text("import torch\n")
    (root / "b.py").write_text("import torch\ntorch.cuda.empty_cache()\n")
    result = run("baseline", "update", "--root", str(root))
    assert "1 finding of debt before, 0 now, 1 new" in result.output
    assert check(root).exit_code == 1
    assert "1 now" in run("baseline", "update", "--root", str(root), "--accept-new").output
    assert check(root).exit_code == 0


def test_an_audit_counts_by_rule_and_owner(root: Path) -> None:
    run("baseline", "write", "--root", str(root))
    output = run("baseline", "audit", "--root", str(root)).output
    assert "1 finding of debt in 1 file" in output and "1  cuda-method" in output and "without a reason: 1" in output


def test_only_the_files_that_are_named(root: Path) -> None:
    assert check(root, str(root / "b.py")).exit_code == 0
    assert check(root, str(root / "a.py")).exit_code == 1
    assert "no such file; passed over" in check(root, str(root / "deleted.py")).output


def test_machine_formats(root: Path) -> None:
    document = json.loads(check(root, "--format", "json").output)
    assert [finding["rule_id"] for finding in document["new"]] == ["cuda-method"] and document["known"] == 0
    assert check(root, "--format", "github").output.startswith("::warning file=a.py,line=2,col=5,title=cuda-method::")
    assert "     1  cuda-method" in check(root, "--statistics").output


@pytest.mark.parametrize(
    "arguments",
    [("--baseline", "none.json"), ("elsewhere.py",)],
)
def test_bad_input_is_an_error(root: Path, arguments: tuple[str, ...]) -> None:
    result = check(root, *arguments)
    assert isinstance(result.exception, UserInputError)


def test_a_baseline_that_is_there_is_not_overwritten(root: Path) -> None:
    run("baseline", "write", "--root", str(root))
    assert isinstance(run("baseline", "write", "--root", str(root)).exception, UserInputError)
    assert run("baseline", "write", "--root", str(root), "--force").exit_code == 0


def settings(root: Path, text: str) -> None:
    (root / "offramp.toml").write_text(text)


def test_a_team_says_which_rules_count_and_where(root: Path) -> None:
    settings(root, '[check]\nignore = ["cuda-method"]\n')
    result = check(root)
    assert result.exit_code == 0 and "0 findings, 1 left out by settings" in result.output
    assert check(root, "--ignore", "nvtx*").exit_code == 1
    settings(root, '[check.rules]\n"cuda-*" = "blocker"\n')
    assert "blocker cuda-method" in check(root).output and "synchronize" not in check(root).output
    settings(
        root,
        '[[check.paths]]\nmatch = ["tests/"]\nignore = ["*"]\n[[check.paths]]\nmatch = ["a.py"]\nrules = {cuda-method = "off"}\n',
    )
    (root / "tests").mkdir()
    (root / "tests" / "test_a.py").write_text(TIED)
    (root / "c.py").write_text(TIED)
    output = check(root).output
    assert "c.py:2" in output and "a.py:2" not in output and "2 left out" in output
    assert "c.py" not in check(root, "--select", "nvtx*").output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[check]\nignore = ["cuda-methud"]\n', 'did you mean "cuda-method"'),
        ("[check]\nignored = []\n", 'did you mean "ignore"'),
        ('[check.rules]\ncuda-method = "bad"\n', "must be one of"),
        ('[[check.paths]]\nmatch = ["[z-a]"]\n', "malformed pattern"),
        ('[check]\nbaseline = "../elsewhere.json"\n', "below the root"),
        ('honour-comments = ["#x"]\n', "without the `#`"),
    ],
)
def test_settings_that_mean_nothing_are_errors(root: Path, text: str, message: str) -> None:
    settings(root, text)
    with pytest.raises(UserInputError, match=message.replace("(", "\\(")):
        raise check(root).exception or AssertionError("no error")


def test_comments_of_another_tool_are_honoured_by_a_setting(root: Path) -> None:
    (root / "a.py").write_text("import torch\nx = torch.zeros(3).cuda()  #ignore-cuda\ny = '#ignore-cuda'; x.cuda()\n")
    assert check(root).output.count("cuda-method") == 2
    settings(root, 'honour-comments = ["ignore-cuda"]\n')
    output = check(root).output
    assert output.count("cuda-method") == 1 and "a.py:3" in output


def test_an_explanation_says_why_and_where_from(root: Path) -> None:
    (root / "a.py").write_text("import torch\nDEVICE = 'cuda'\nx = torch.zeros(3).to(DEVICE)\n")
    output = check(root, "--explain").output
    assert "why: " in output and "the value comes from a.py:2" in output and "source: https://" in output
    assert "| x = torch.zeros(3).to(DEVICE)" in output


def test_a_prune_drops_what_has_gone_and_nothing_else(root: Path) -> None:
    (root / "b.py").write_text(TIED)
    run("baseline", "write", "--root", str(root))
    file = root / BASELINE_NAME
    file.write_text(file.read_text().replace('"count": 1}', '"count": 1, "owner": "me"}'))
    (root / "b.py").unlink()
    assert "2 findings of debt before, 1 now" in run("baseline", "prune", "--root", str(root)).output
    assert '"a.py"' in file.read_text() and "b.py" not in file.read_text() and '"owner": "me"' in file.read_text()


@pytest.mark.parametrize("output_format", ["text", "github", "json", "sarif"])
def test_a_broken_promise_is_told_in_every_format(root: Path, output_format: str) -> None:
    run("baseline", "write", "--root", str(root))
    (root / "a.py").write_text("import torch\n")
    result = check(root, "--ratchet", "--quiet", "--format", output_format)
    assert result.exit_code == 1 and "1 finding that has gone" in result.stderr
    assert output_format != "json" or "1 finding that" in json.loads(result.stdout)["broken"][0]
