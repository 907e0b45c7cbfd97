"""What a repository says of its machines reaches the cost model, and never more than that."""

from __future__ import annotations

import datetime
from pathlib import Path

from analyzer.cost.assumptions import assumptions_of
from analyzer.cost.declared_fleet import declared_instances, declared_warnings, with_declared_fleet
from analyzer.cost.tco import compare_options
from analyzer.knowledge.prices import load_price_lists
from analyzer.knowledge.scenario import load_default_scenario, load_scenario
from analyzer.model.cost import DeclaredInstance
from analyzer.scan import scan_repository

DEFAULT = load_default_scenario()
DAY = datetime.date(2026, 8, 1)
TWO = DeclaredInstance("g5.2xlarge", 2, "main.tf", 3)
P4D = DeclaredInstance("p4d.24xlarge", None, "train.sh", 9)


def declared_in(root: Path) -> tuple[DeclaredInstance, ...]:
    scan = scan_repository(root, workers=1)
    return declared_instances(scan.program, scan.detection.findings, scan.book)


def test_terraform_says_type_and_number(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_instance" "web" {\n  ami           = "ami-1"\n  instance_type = "g5.2xlarge"\n  count         = 2\n}\n'
    )
    assert declared_in(tmp_path) == (TWO,)


def test_a_cpu_instance_and_a_test_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_instance" "web" {\n  instance_type = "c7i.8xlarge"\n}\n')
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_deploy.py").write_text('deploy(instance_type="ml.g5.2xlarge")\n')
    assert declared_in(tmp_path) == ()


def test_the_fleet_of_the_default_is_replaced_and_named() -> None:
    scenario = with_declared_fleet(DEFAULT, (TWO,))
    assert (scenario.fleet.count, scenario.min_instances) == (2, 2)
    assert "2 x g5.2xlarge" in scenario.title and list(declared_warnings(scenario, (TWO,))) == []
    comparison = compare_options(DEFAULT, load_price_lists(), {}, DAY, (TWO,))
    half = compare_options(DEFAULT, load_price_lists(), {}, DAY).options[0].monthly_usd
    assert half is not None and comparison.options[0].monthly_usd is not None
    assert abs(comparison.options[0].monthly_usd * 2 - half) <= 1
    fleet = next(item for item in assumptions_of(comparison) if item.id == "cost.fleet")
    assert (fleet.value, fleet.source) == ("2 x g5.2xlarge", "as the repository declares")


def test_one_instance_is_not_right_sized_to_two() -> None:
    scenario = with_declared_fleet(DEFAULT, (DeclaredInstance("g5.2xlarge", 1, "main.tf", 3),))
    comparison = compare_options(scenario, load_price_lists(), {}, DAY)
    assert [option.instances for option in comparison.options[:2]] == [1, 1]


def test_other_machines_change_no_figure_but_are_said() -> None:
    for declared in ((P4D,), (TWO, P4D), (DeclaredInstance("g5.2xlarge", None, "a.tf", 1),)):
        assert with_declared_fleet(DEFAULT, declared) is DEFAULT
        (sentence,) = declared_warnings(DEFAULT, declared)
        assert f"{declared[-1].path}:{declared[-1].line}" in sentence and "4 x g5.2xlarge" in sentence


def test_many_machines_are_named_in_a_sentence() -> None:
    many = tuple(DeclaredInstance(f"p{n // 3}d.24xlarge", None, f"{n}.sh", 1) for n in range(18))
    (sentence,) = declared_warnings(DEFAULT, many)
    assert "p0d.24xlarge (0.sh:1 and 2 other places)" in sentence and sentence.count("24xlarge") == 4
    assert "and 2 other kinds" in sentence


def test_the_scenario_of_a_user_is_never_changed(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[fleet]\ninstance_type = "g5.2xlarge"\ncount = 7\nhours_per_month = 730\n')
    scenario = load_scenario(path)
    assert with_declared_fleet(scenario, (TWO,)) is scenario
    assert "7 x g5.2xlarge" in next(iter(declared_warnings(scenario, (TWO,))))
