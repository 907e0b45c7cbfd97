"""Entry points that are alike are told once, with all their places."""

from __future__ import annotations

import datetime
from pathlib import Path

from analyzer.discover.files import DiscoverySettings
from analyzer.pipeline import build_report
from analyzer.report.entry_points_view import MOST_PLACES
from analyzer.report.render import render


def test_forty_models_that_are_alike_are_one_line(tmp_path: Path) -> None:
    one = "class M{0}(nn.Module):\n    def forward(self, x):\n        return x.relu() + {0}\n"
    (tmp_path / "models.py").write_text("import torch\nfrom torch import nn\n" + "".join(one.format(n) for n in range(40)))
    report = build_report(tmp_path, DiscoverySettings(), ("inferentia2",), None, 1, datetime.date(2026, 11, 25))
    assert len(report.targets[0].entry_points) == 40
    page = render(report, "html")
    assert page.count("Predicted to run, low confidence") == 1
    section = page[page.index('aria-labelledby="operators"') :]
    assert "models.py:3 M0</code>" in section and "models.py:3 M0</code>" not in page[: -len(section)]
    assert "models.py:3" in page and f"and {40 - MOST_PLACES} more (model)" in page
