"""The benchmark of the page: its tables, its controls, and the published figures. No network, no clock."""

from __future__ import annotations

import re
from pathlib import Path

from report_page import ACTIONS, Page, action_table, milliseconds, page_table

ROOT = Path(__file__).parents[2]


def page(name: str) -> Page:
    loads = [{"paint": 10.0 * n, "loaded": 20.0 * n, "shift": 0.0, "heap": 2e6, "elements": 5} for n in (1, 2, 3)]
    return Page(name, 20_001, 7, 2_000_000, 400_000, 3.21, 90_000_000, loads, {("work", "who"): [5.0, 1.0, 9.4]})


def test_tables_have_a_row_for_each_page_and_each_choice() -> None:
    assert milliseconds([5.0, 1.0, 9.4]) == "5 ms (9)" and milliseconds([]) == "–"
    row = page_table([page("one")]).splitlines()[-1]
    assert row == "| one | 20,001 | 7 | 2.00 MB | 0.40 MB | 3.2 s | 90 MB | 20 ms (30) | 40 ms (60) | 0.000 | 5 | 2 MB |"
    assert action_table([page("one"), page("two")]).splitlines()[-1] == "| work | who | 5 ms (9) | 5 ms (9) |"


def test_every_control_is_on_the_page() -> None:
    markup = "".join((ROOT / "report_templates" / f"{name}.html.j2").read_text("utf-8") for name in ("findings", "work"))
    assert [control for _, _, control, _ in ACTIONS if f'id="{control}"' not in markup] == []


def cells(name: str) -> list[list[str]]:
    document = (ROOT / "docs" / "report.md").read_text("utf-8")
    block = re.search(rf"<!-- report-page: {name} -->\n(.*?)\n<!-- report-page: end -->", document, re.DOTALL)
    assert block
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in block[1].splitlines()]


def test_the_published_figures_keep_to_the_aim() -> None:
    head, _, *rows = cells("page")
    of = {name: number for number, name in enumerate(head)}
    sizes = {int(row[of["findings"]].replace(",", "")): float(row[of["page"]].split()[0]) for row in rows}
    assert max(sizes) > 20_000 and min(sizes) > 1_000 and sizes[min(sizes)] < 2
    assert all(int(row[of["first contentful paint"]].split()[0]) < 1000 and row[of["layout shift"]] == "0.000" for row in rows)
    _, _, *actions = cells("actions")
    assert len(actions) >= 20 and all(int(cell.split()[0]) < 100 for row in actions for cell in row[2:])
