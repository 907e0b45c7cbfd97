"""The dated tables load, name their sources, and tell on a day what was announced and what had ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzer.knowledge.lifecycle import load_features, load_lifecycle, load_packages
from analyzer.knowledge.targets import load_targets
from analyzer.knowledge.toml_reader import read_toml_path
from analyzer.model.errors import UserInputError
from analyzer.model.lifecycle import LifecycleEvent

CHIPS = {"inf1", "inf2", "trn1", "trn2", "trn3"}


def test_every_announcement_has_chips_source_and_days_in_order() -> None:
    lifecycle = load_lifecycle("neuron")
    assert len(lifecycle.events) >= 130 and len(lifecycle.releases) >= 30
    for event in lifecycle.events:
        assert event.source and event.subject and set(event.chips) <= CHIPS and event.chips
    assert [release.date for release in lifecycle.releases] == sorted(release.date for release in lifecycle.releases)
    assert lifecycle.releases[-1].version == "2.33"


def test_contradicting_days_of_releases_are_kept() -> None:
    notes = {release.version: release.note for release in load_lifecycle("neuron").releases}
    assert "2026-05-21" in notes["2.31"] and "2026-04-06" in notes["2.29"]


def test_the_phase_depends_on_the_day() -> None:
    event = LifecycleEvent("end-of-support", "x", ("inf2",), "2026-02-26", "2.29", "2026-04-09", "s")
    days = ("2026-02-25", "2026-02-26", "2026-04-08", "2026-04-09")
    assert [event.phase(day) for day in days] == ["unknown yet", "announced", "announced", "in effect"]
    open_end = LifecycleEvent("end-of-support", "x", ("inf2",), "2026-02-26", "2.34", "", "s")
    assert open_end.phase("2030-01-01") == "announced"


def test_packages_that_fit_together() -> None:
    pins = load_packages("neuron")
    newest = {(pin.package, pin.version) for pin in pins if pin.release == "2.32.0"}
    assert ("neuronx-cc", "2.27.5334.0") in newest and pins[0].release == "2.32.0"
    assert all(set(pin.chips) - {"trn1n"} <= CHIPS for pin in pins)


def test_features_have_a_status_or_are_unknown() -> None:
    features = load_features("neuron")
    assert len(features) == 103 and all(feature.sources for feature in features)
    float64 = next(feature for feature in features if feature.name == "float64")
    assert float64.status_on("inf2") == "unsupported" and float64.status_on("inf9") == "unknown"


def test_every_chip_of_a_target_is_in_the_tables() -> None:
    for target in load_targets():
        if target.knowledge.family:
            assert target.knowledge.chip in CHIPS
            assert any(target.knowledge.chip in event.chips for event in load_lifecycle(target.knowledge.family).events)


def test_a_family_without_tables_has_none() -> None:
    assert load_lifecycle("").events == () and load_packages("") == () and load_features("") == ()


@pytest.mark.parametrize("text", ["packages = ['a']", "packages = [['a']]", "packages = [['a', 1]]"])
def test_rows_are_read_strictly(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(UserInputError, match="packages: must"):
        read_toml_path(path).rows("packages", 2)
