"""Costs without a scan: `tco init`, `report`, `tco measurements`, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from analyzer.cli.group import group
from analyzer.model.errors import UserInputError

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "repos" / "example"
AS_OF = "2026-11-01"
SERVICE = "import torch\n\nmodel = torch.jit.load('model.pt').cuda().eval()\n\n\ndef serve(x):\n    return model(x.cuda())\n"
"""Runs a model and trains none, so that a target which only serves fits it."""
WORKLOAD = """version = 1
[fleet]
instance_type = "g5.2xlarge"
count = 40
[model]
kind = "encoder"
[traffic]
peak_per_second = 4000
average_per_second = 2000
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(argument) for argument in arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recost")
    (folder / "w.toml").write_text(WORKLOAD)
    outputs = [part for name in ("report.json", "report.html", "report.sarif", "report.md") for part in ("-o", folder / name)]
    (folder / "tree").mkdir()
    (folder / "tree" / "serve.py").write_text(SERVICE)
    result = run("scan", folder / "tree", "--workload", folder / "w.toml", "--as-of", AS_OF, "-q", "--no-cache", *outputs)
    assert result.exit_code == 0, result.output
    return folder


def test_a_report_that_is_costed_anew_with_nothing_new_is_the_same(folder: Path) -> None:
    names = ("report.json", "report.html", "report.sarif", "report.md")
    outputs = [part for name in names for part in ("-o", folder / f"again.{name}")]
    assert run("report", folder / "report.json", *outputs).exit_code == 0
    for name in names:
        assert (folder / f"again.{name}").read_bytes() == (folder / name).read_bytes(), name


def test_the_default_scenario_survives_as_well(folder: Path) -> None:
    path = folder / "default.json"
    assert run("scan", EXAMPLE, "--as-of", AS_OF, "-q", "--no-cache", "-o", path).exit_code == 0
    assert run("report", path, "--format", "json").output == path.read_text("utf-8")


def options(path: Path) -> dict[str, dict[str, Any]]:
    return {option["id"]: option for option in json.loads(path.read_text("utf-8"))["tco"]["options"]}


def test_measurements_replace_assumptions_without_a_scan(folder: Path) -> None:
    template = folder / "m.toml"
    assert run("tco", "measurements", folder / "report.json", "-o", template, "--as-of", AS_OF).exit_code == 0
    text = template.read_text("utf-8")
    row = text.index('instance_type = "inf2.xlarge"')
    template.write_text(text[:row] + text[row:].replace("throughput_per_second = 0 ", "throughput_per_second = 2000 ", 1))
    assert run("report", folder / "report.json", "--measurements", template, "-o", folder / "measured.json").exit_code == 0
    before, after = options(folder / "report.json"), options(folder / "measured.json")
    assert before["inferentia2-inf2.xlarge"]["ratio"]["level"] == 5
    assert after["inferentia2-inf2.xlarge"]["ratio"]["level"] == 1
    assert after["inferentia2-inf2.xlarge"]["ratio"]["likely"] == pytest.approx(2000 / 250)
    assert before["g6.xlarge"] == after["g6.xlarge"]
    kinds = {item["id"]: item["kind"] for item in json.loads((folder / "measured.json").read_text())["assumptions"]}
    assert kinds["cost.ratio.inferentia2-inf2.xlarge"] == "measured" and any(name.startswith("effort.") for name in kinds)
    assert run("report", folder / "measured.json", "--format", "json").output == (folder / "measured.json").read_text("utf-8")


def test_another_workload_and_other_prices(folder: Path) -> None:
    (folder / "w2.toml").write_text(WORKLOAD.replace("count = 40", "count = 80").replace("4000", "8000"))
    (folder / "p.toml").write_text(
        'id = "own"\nas_of = "2026-10-01"\nregion = "us-east-1"\nsource = "ours"\n[usd_per_hour]\n"g5.2xlarge" = 2\n'
    )
    out = folder / "other.json"
    result = run("report", folder / "report.json", "--workload", folder / "w2.toml", "--prices", folder / "p.toml", "-o", out)
    assert result.exit_code == 0
    assert options(out)["stay"]["monthly_usd"] == 80 * 730 * 2
    assert run("report", out, "--format", "json").output == out.read_text("utf-8")  # the price list is kept with it


def test_old_prices_fail_a_strict_run(folder: Path) -> None:
    assert run("report", folder / "report.json", "--strict").exit_code == 0
    old = run("report", folder / "report.json", "--strict", "--as-of", "2027-12-01")
    assert old.exit_code == 2 and "499 days old, more than 365" in old.output
    scan = ("scan", EXAMPLE, "-q", "--no-cache", "--strict", "--as-of", "2027-12-01")
    assert run(*scan, "--workload", folder / "w.toml").exit_code == 2
    assert run(*scan).exit_code == 0  # the default scenario is nobody's


def test_without_an_output_the_options_are_printed(folder: Path) -> None:
    lines = run("report", folder / "report.json").output.splitlines()
    assert lines[0].startswith("Stay as is: baseline") and any(line.startswith("inferentia2: inf2.xlarge: ") for line in lines)


def refusal(*arguments: object) -> str:
    with pytest.raises(UserInputError) as caught:
        run(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("findings", 0, "line"), "one", "findings[0].line"),
        (("findings", 0, "severity"), None, "findings[0].severity"),
        (("targets", "inferentia2", "effort", "p50_days"), "many", "targets.inferentia2.effort.p50_days"),
        (("targets", "inferentia2", "work_items"), {}, "targets.inferentia2.work_items"),
        (("coverage", "kinds"), [1], "coverage.kinds[0]"),
        (("tco", "inputs", "workload"), 7, "tco.inputs.workload"),
        (("tco", "inputs", "workload"), "version = 1\n", "needs [fleet]"),
        (("rules",), [], "is not as in a report"),
        (("schema_version",), 99, "schema_version: is 99"),
    ],
)
def test_a_report_that_was_changed_by_hand_is_refused_by_key(
    folder: Path, tmp_path: Path, path: tuple[Any, ...], value: object, words: str
) -> None:
    document = json.loads((folder / "report.json").read_text("utf-8"))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(document))
    assert words in refusal("report", broken)


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 100_000, '{"schema_version": true}', "\udc80"])
def test_what_is_no_report_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "no.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert str(path) in refusal("report", path)


def test_the_draft_of_a_workload_is_a_workload(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_instance" "web" {\n  ami           = "ami-1"\n  instance_type = "g5.xlarge"\n  count         = 3\n}\n'
    )
    (tmp_path / "serve.py").write_text(
        'import torch\nfrom vllm import LLM\nmodel = LLM("meta-llama/Llama-3.1-8B-Instruct").to("cuda")\n'
    )
    path = tmp_path / "workload.toml"
    assert run("tco", "init", tmp_path).exit_code == 0
    text = path.read_text("utf-8")
    assert 'instance_type = "g5.xlarge"\ncount = 3\n' in text and "main.tf:3" in text
    assert 'kind = "llm"' in text and "imports vllm" in text and 'family = "llama-3.1-8b"' in text and "named in serve.py" in text
    assert re.search(r"^parameters = 8_[\d_]+  # meta-llama/Llama-3.1-8B-Instruct", text, re.MULTILINE)
    result = run("scan", tmp_path, "--workload", path, "-q", "--no-cache", "--format", "json", "--as-of", AS_OF)
    assert json.loads(result.output)["tco"]["scenario"]["fleet"] == {
        "instance_type": "g5.xlarge",
        "count": 3,
        "hours_per_month": 730,
    }
    assert "is there already" in refusal("tco", "init", tmp_path)
    assert run("tco", "init", tmp_path, "--force").exit_code == 0


def test_a_repository_that_only_trains_has_a_draft_for_training(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import torch\nmodel = torch.nn.Linear(2, 2).cuda()\noptimizer = torch.optim.AdamW(model.parameters())\n"
        "for x in range(3):\n    loss = model(torch.zeros(2).cuda()).sum()\n    loss.backward()\n    optimizer.step()\n"
    )
    assert run("tco", "init", tmp_path).exit_code == 0
    text = (tmp_path / "workload.toml").read_text("utf-8")
    assert 'kind = "training"' in text and "# parameters = " in text


def test_files_of_our_own_are_no_ties(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (tmp_path / "a.py").write_text("import torch\nx = torch.zeros(3).cuda()\n")
    run("tco", "init", tmp_path)
    workload, report = tmp_path / "workload.toml", tmp_path_factory.mktemp("report") / "r.json"
    run("scan", tmp_path, "--workload", workload, "-q", "--no-cache", "-o", report)
    run("tco", "measurements", report, "-o", tmp_path / "measurements.toml")
    result = json.loads(run("scan", tmp_path, "-q", "--no-cache", "--format", "json").output)
    assert {finding["path"] for finding in result["findings"] if not finding["suppressed"]} == {"a.py"}
    assert result["tco"]["declared"] == [] and result["coverage"]["problems"] == []


def test_every_key_of_the_draft_may_be_switched_on(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import torch\n")
    path = tmp_path / "workload.toml"
    run("tco", "init", tmp_path)
    keys = [
        re.sub(r"^# (?=[\w-]+ += |\[)", "", line) for line in path.read_text("utf-8").splitlines() if not line.startswith("# low")
    ]  # fmt: skip
    text = "\n".join(keys)
    text = text[: text.index("[owned]")] + text[text.index("[labour]") :]  # which contradicts how today's hours are bought
    path.write_text(text)
    result = run("scan", tmp_path, "--workload", path, "-q", "--no-cache", "--format", "json", "--as-of", "2026-11-25")
    options = [option["id"] for option in json.loads(result.output)["tco"]["options"]]
    assert options == ["stay", "right-size", "inferentia2-inf2.xlarge-us-east-2", "api-provider"]


def test_prices_can_be_listed() -> None:
    result = run("prices", "list", "--region", "eu-central-1", "--as-of", AS_OF)
    assert "inf2.xlarge" in result.output and "derived" in result.output
    assert "known are ap-northeast-1" in refusal("prices", "list", "--region", "moon")


def test_a_report_without_source_quotes_no_line_of_it(folder: Path, tmp_path: Path) -> None:
    """Neither from a scan nor from a saved report, in no format."""
    names = ("report.json", "report.html", "report.sarif", "report.md")
    outputs = [part for name in names for part in ("-o", tmp_path / name)]
    assert run("scan", folder / "tree", "--as-of", AS_OF, "-q", "--no-source", *outputs).exit_code == 0
    assert run("report", folder / "report.json", "--no-source", "-o", tmp_path / "again.html").exit_code == 0
    quoted = ("torch.jit.load(", "model(x.cuda())")
    assert all(line in (folder / "report.html").read_text("utf-8") for line in quoted)
    for path in tmp_path.iterdir():
        assert not any(line in path.read_text("utf-8") for line in quoted), path.name
    assert "without quoting the source" in (tmp_path / "report.html").read_text("utf-8")
    found = json.loads((tmp_path / "report.json").read_text("utf-8"))["findings"]
    assert found and all(finding["fingerprint"] and finding["line"] for finding in found)


def test_a_report_has_the_summary_of_its_scan(folder: Path) -> None:
    scan = CliRunner().invoke(group, ["scan", str(EXAMPLE), "--as-of", "2026-11-01"]).stdout
    (folder / "plain.json").write_text(
        CliRunner().invoke(group, ["scan", str(EXAMPLE), "--as-of", "2026-11-01", "--format", "json"]).stdout
    )
    shown = CliRunner().invoke(group, ["report", str(folder / "plain.json"), "--format", "terminal"]).stdout
    assert "What ties us?" in shown and scan.startswith(shown)
