"""A team's actual days correct the estimates, and few rows correct little."""

from __future__ import annotations

import csv
import json
import math
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analyzer.assess.calibration import calibrated, fit
from analyzer.cli.group import group
from analyzer.knowledge.actuals import read_actuals, read_estimates
from analyzer.knowledge.effort_constants import BOUNDS, load_effort_constants
from analyzer.knowledge.effort_file import read_effort_file, written
from analyzer.knowledge.rule_files import load_capabilities
from analyzer.model.calibration import Actual, Calibration
from analyzer.model.difference import SavedItem
from analyzer.model.errors import UserInputError
from analyzer.model.target import EffortRange

CAPABILITIES = [item.id for item in load_capabilities()]


def actual(number: int, ratio: float, capability: str = "device-placement") -> Actual:
    """An item estimated at 1 to 4 days, most likely 2."""
    return Actual("trainium2", f"item-{number}", capability, 2 * ratio, 1.0, 2.0, 4.0)


def drawn(count: int, factor: float, sigma: float, capability: str = "device-placement") -> list[Actual]:
    generator = random.Random(7)
    return [actual(number, factor * math.exp(generator.gauss(0, sigma)), capability) for number in range(count)]


def test_a_known_factor_and_width_are_found_again() -> None:
    ours = math.log(4) / (2 * 1.2815515655446004)
    for factor, width in ((2.5, 1.0), (0.5, 2.0), (1.0, 0.5)):
        found = fit(drawn(400, factor, ours * width))
        assert found.calibration.factor == pytest.approx(factor, rel=0.1)
        assert found.calibration.spread == pytest.approx(width, rel=0.1)
        assert found.median_ratio == pytest.approx(factor, rel=0.2)
        assert found.calibrated_in_range_share == pytest.approx(0.8, abs=0.06)


def test_few_rows_move_little_and_none_moves_past_what_it_says() -> None:
    one, many = fit([actual(0, 4.0)]), fit([actual(number, 4.0) for number in range(100)])
    assert 1.0 < one.calibration.factor < 1.5 < 3.7 < many.calibration.factor < 4.0


def test_a_capability_has_a_factor_of_its_own_from_three_rows_on() -> None:
    rows = [*(actual(number, 1.0) for number in range(8)), *(actual(50 + number, 6.0, "custom-cuda-kernel") for number in range(3))]
    assert "custom-cuda-kernel" not in dict(fit(rows[:-1]).calibration.by_capability)
    factors = dict(fit(rows).calibration.by_capability)
    assert factors["custom-cuda-kernel"] > 1.5 > factors["device-placement"]
    assert fit(rows).by_capability["custom-cuda-kernel"] == (3, 6.0)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(ratios: list[float], generator: random.Random) -> None:
    rows = [actual(number, ratio) for number, ratio in enumerate(ratios)]
    shuffled = list(rows)
    generator.shuffle(shuffled)
    assert fit(shuffled) == fit(rows)
    factor = fit(rows).calibration.factor
    assert min(1.0, *ratios) * 0.999 <= factor <= max(1.0, *ratios) * 1.001


@given(st.floats(0.02, 50), st.floats(0.25, 4))
def test_a_calibrated_range_stays_in_order(factor: float, spread: float) -> None:
    found = calibrated(EffortRange(1, 2, 8, "site"), "x", Calibration(factor, spread))
    assert found.low_days <= found.likely_days <= found.high_days
    assert found.likely_days == pytest.approx(2 * factor)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    found = fit([*drawn(5, 2.0, 0.2, ""), *drawn(4, 3.0, 0.2, "custom-cuda-kernel")])
    file = tmp_path / "effort.toml"
    file.write_text(written(found, "actuals.csv"), "utf-8")
    own = read_effort_file(file, BOUNDS, CAPABILITIES)
    assert own.calibration == found.calibration
    shown = {item.id: item for item in load_effort_constants(own).assumptions}
    assert shown["effort.factor"].kind == "user" and "9 items of actuals.csv" in shown["effort.factor"].source
    file.write_text(written(found, 'days "final" \\1.csv'), "utf-8")
    assert read_effort_file(file, BOUNDS, CAPABILITIES).note == '9 items of days "final" \\1.csv'


def test_the_whole_way_from_a_scan_to_a_calibrated_one(tmp_path: Path) -> None:
    def run(*arguments: object) -> str:
        result = CliRunner().invoke(group, list(map(str, arguments)))
        assert result.exit_code == 0, result.output
        return result.output

    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "train.py").write_text("import torch\nmodel = torch.nn.Linear(1, 1).cuda()\n", "utf-8")
    first, second, actuals, effort = (tmp_path / name for name in ("a.json", "b.json", "actuals.csv", "effort.toml"))
    common = ["scan", str(tree), "--target", "trainium2", "--no-cache", "--quiet"]
    run(*common, "-o", first)
    items = json.loads(first.read_bytes())["targets"]["trainium2"]["work_items"]
    with actuals.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["target", "work_item", "actual_days", "who"])
        rows.writerows(["trainium2", item["id"], 3 * item["p50_days"], "me"] for item in items)
    said = run("calibrate", actuals, "--report", first, "-o", effort)
    assert "actual days were 3.00 times the estimate" in said
    run(*common, "-o", second, "--effort", effort)
    before, after = (json.loads(file.read_bytes())["targets"]["trainium2"]["effort"]["p50_days"] for file in (first, second))
    assert 1.5 * before < after < 3 * before
    assert any(item["id"] == "effort.factor" for item in json.loads(second.read_bytes())["assumptions"])


ESTIMATES = {
    "trainium2": {
        "device-placement": SavedItem("device-placement", "Devices", "device-placement", 1.0, 1.0, 2.0, 4.0),
        "nothing": SavedItem("nothing", "Nothing", "", 0.0, 0.0, 0.0, 0.0),
    }
}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("target,actual_days\n", "work_item: is missing"),
        ("target,work_item,actual_days\n", "has no rows"),
        ("target,work_item,actual_days\ntrainum2,device-placement,1\n", 'did you mean "trainium2"'),
        ("target,work_item,actual_days\ntrainium2,device-placment,1\n", "line 2, work_item"),
        ("target,work_item,actual_days\ntrainium2,device-placement,-1\n", "must be a number above 0"),
        ("target,work_item,actual_days\ntrainium2,device-placement,nan\n", "must be a number above 0"),
        ("target,work_item,actual_days\ntrainium2,device-placement,two\n", "is 'two'"),
        ("target,work_item,actual_days\ntrainium2,device-placement\n", "is ''"),
        ("target,work_item,actual_days\ntrainium2,nothing,1\n", "has no estimate"),
        ("target,work_item,actual_days\n" + 2 * "trainium2,device-placement,1\n", "has a row already"),
    ],
)
def test_bad_actuals_are_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "actuals.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(UserInputError) as error:
        read_actuals(file, ESTIMATES)
    assert says in str(error.value) and "actuals.csv" in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"targets": 1}', '{"targets": {"a": {}}}', "[" * 100_000])
def test_a_bad_report_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(text, "utf-8")
    with pytest.raises(UserInputError, match=r"report\.json"):
        read_estimates(file)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[constants]\nlearning_rat = 0.9\n", "learning_rate"),
        ("[constants]\nlearning_rate = 3\n", "must lie between 0.5 and 1"),
        ("[calibration]\nfactor = 0\n", "calibration.factor"),
        ("[calibration]\nspread = -1\n", "calibration.spread"),
        ("[calibration.capability]\ncustom-cuda-kernels = 2\n", "custom-cuda-kernel"),
        ("[calibraton]\n", "calibration"),
    ],
)
def test_a_bad_effort_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "effort.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(UserInputError) as error:
        read_effort_file(file, BOUNDS, CAPABILITIES)
    assert says in str(error.value) and "effort.toml" in str(error.value)


def test_a_constant_of_the_users_is_calculated_with_and_shown(tmp_path: Path) -> None:
    file = tmp_path / "effort.toml"
    file.write_text("[constants]\nlearning_rate = 0.7\n", "utf-8")
    constants = load_effort_constants(read_effort_file(file, BOUNDS, CAPABILITIES))
    (shown,) = (item for item in constants.assumptions if item.id == "effort.learning_rate")
    assert constants.learning_rate == 0.7 and (shown.value, shown.kind) == ("0.7", "user")
