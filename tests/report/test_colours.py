"""Colours of the page for eyes that see fewer of them: simulated as by Machado, Oliveira and Fernandes (IEEE TVCG 15, 2009)."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy
import pytest

STYLES = Path(__file__).parents[2] / "report_templates"
MACHADO = {  # severity 1.0, on linear RGB
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = numpy.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
WHITE = TO_XYZ @ numpy.ones(3)


def linear(colour: str) -> numpy.ndarray:
    values = numpy.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return numpy.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(colour: str, deficiency: str) -> numpy.ndarray:
    seen = numpy.clip(numpy.array(MACHADO[deficiency]) @ linear(colour), 0, 1)
    ratio = (TO_XYZ @ seen) / WHITE
    x, y, z = numpy.where(ratio > 216 / 24389, numpy.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return numpy.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: str, other: str, deficiency: str) -> float:
    """CIE 1976."""
    return float(numpy.linalg.norm(lab(one, deficiency) - lab(other, deficiency)))


def curves(scheme: str) -> list[str]:
    light, dark = re.findall(r":root\{(.*?)\}", (STYLES / "report.css").read_text("utf-8"))[:2]
    return [colour for name, colour in re.findall(r"--(c\d):(#[0-9a-f]{6})", light if scheme == "light" else dark)]


@pytest.mark.parametrize("deficiency", MACHADO)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_curves_that_are_drawn_together_differ(scheme: str, deficiency: str) -> None:
    """Beside their dashes and the names at their ends."""
    shown = curves(scheme)[:5]  # no more are drawn
    nearest = min((difference(one, other, deficiency), one, other) for one, other in itertools.combinations(shown, 2))
    assert nearest[0] > 20, nearest


@pytest.mark.parametrize("deficiency", MACHADO)
def test_gains_and_losses_differ_and_get_darker_with_their_size(deficiency: str) -> None:
    sheet = (STYLES / "sections.css").read_text("utf-8")
    shades = {
        name: re.search(rf"\.{name}\{{background:(#[0-9a-f]{{6}})\}}", sheet)
        for name in ("gain1", "gain2", "gain3", "loss1", "loss2", "loss3")
    }
    colours = {name: match.group(1) for name, match in shades.items() if match}
    assert len(colours) == 6
    for size in "123":
        assert difference(colours[f"gain{size}"], colours[f"loss{size}"], deficiency) > 10
    for sign in ("gain", "loss"):
        light = [lab(colours[f"{sign}{size}"], deficiency)[0] for size in "123"]
        assert light[0] - light[1] > 5 and light[1] - light[2] > 5


@pytest.mark.parametrize("name", ["gain3", "loss3"])
def test_the_darkest_cell_can_be_read(name: str) -> None:
    sheet = (STYLES / "sections.css").read_text("utf-8")
    match = re.search(rf"\.{name}\{{background:(#[0-9a-f]{{6}})\}}", sheet)
    assert match
    weights = numpy.array([0.2126, 0.7152, 0.0722])
    ink, paper = (float(weights @ linear(colour)) for colour in ("#1c2024", match.group(1)))
    assert (paper + 0.05) / (ink + 0.05) > 4.5


def luminance(colour: str) -> float:
    return float(numpy.array([0.2126, 0.7152, 0.0722]) @ linear(colour)) + 0.05


@pytest.mark.parametrize("scheme", [0, 1])
def test_source_and_rewrites_can_be_read(scheme: int) -> None:
    """WCAG 2.2 AA: 4.5 to 1, on the ground of source and on those of lines that go and come."""
    found: dict[str, str] = {}
    for sheet in ("report.css", "rows.css"):
        block = re.findall(r":root\{(.*?)\}", (STYLES / sheet).read_text("utf-8"))[scheme]
        found.update(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", block))
    words = [colour for name, colour in found.items() if name.startswith("h-")]
    assert len(words) == 5
    grounds = {
        found["code"]: [*words, found["ink"]],
        **{found[name]: [found["ink"]] for name in ("gone", "gone-mark", "come", "come-mark")},
    }
    for ground, inks in grounds.items():
        for ink in inks:
            light, dark = sorted((luminance(ground), luminance(ink)), reverse=True)
            assert light / dark >= 4.5, (ground, ink)
