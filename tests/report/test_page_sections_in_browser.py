"""The sections of the page in a real browser: first screen, targets side by side, effort, cost, graph, operators, and the end."""

from __future__ import annotations

import base64
import datetime
import io
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pypdf
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from analyzer.discover.files import DiscoverySettings
from analyzer.model.cost_files import CostFiles
from analyzer.model.report import Report
from analyzer.pipeline import build_report
from analyzer.report.render import render

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "repos" / "example"
DAY = datetime.date(2026, 11, 1)

CANDIDATES = """[[candidate]]
instance_type = "inf2.xlarge"
target = "inferentia2"
[[candidate]]
instance_type = "g6.xlarge"
"""
MODEL = """import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(8, 8)

    def forward(self, x):
        order = torch.sort(self.inner(x), stable=True)
        return torch.nonzero(order.values)
"""
SERVE = """import torch

from model import Encoder

model = Encoder().cuda().eval()


def serve(x):
    torch.cuda.synchronize()
    return model(x.cuda())


if __name__ == "__main__":
    serve(torch.zeros(1, 8))
"""


@pytest.fixture(scope="module")
def costed(tmp_path_factory: pytest.TempPathFactory, encoder_fleet: str) -> Report:
    folder = tmp_path_factory.mktemp("costed")
    (folder / "w.toml").write_text(f'version = 1\ntitle = "Encoders"\n{encoder_fleet}{CANDIDATES}')
    (folder / "tree").mkdir()
    for name, text in (("serve.py", SERVE), ("model.py", MODEL)):
        (folder / "tree" / name).write_text(text)
    return build_report(folder / "tree", DiscoverySettings(), (), CostFiles(folder / "w.toml"), 1, DAY)


@pytest.fixture(scope="module")
def example() -> Report:
    return build_report(EXAMPLE, DiscoverySettings(), (), None, 1, DAY)


def written(report: Report, folder: Path) -> str:
    (folder / "report.html").write_text(render(report, "html"), encoding="utf-8")
    return (folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def costed_page(costed: Report, tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(costed, tmp_path_factory.mktemp("costed_page"))


@pytest.fixture(scope="module")
def example_page(example: Report, tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(example, tmp_path_factory.mktemp("example_page"))


@pytest.fixture
def at_width(browser: webdriver.Chrome) -> Iterator[Any]:
    def set_width(width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    yield set_width
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def opened(browser: webdriver.Chrome, page: str) -> webdriver.Chrome:
    browser.get("about:blank")
    browser.get(page)
    assert browser.execute_script("return document.documentElement.dataset.ready") == "yes"
    return browser


def found(browser: webdriver.Chrome, script: str, *arguments: Any) -> Any:
    return browser.execute_script(f"return {script}", *arguments)


# ---- the head of the page --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["example_page", "costed_page"])
def test_the_first_screen_answers_every_question_for_each_target(
    browser: webdriver.Chrome, page: str, request: pytest.FixtureRequest, at_width: Any
) -> None:
    at_width(1280, 800)
    opened(browser, request.getfixturevalue(page))
    report: Report = request.getfixturevalue(page.removesuffix("_page"))
    assert found(browser, "document.getElementById('answers').getBoundingClientRect().bottom") <= 800
    heads = found(browser, "Array.from(document.querySelectorAll('#answers thead th'), h => h.textContent)")
    assert [head.split("?")[0] for head in heads] == [
        "Target", "Can we move", "What ties us there", "What does it take", "Does it pay", "What is unknown"
    ]  # fmt: skip
    rows = found(browser, "Array.from(document.querySelectorAll('#answers tbody tr'), r => Array.from(r.cells, c => c.innerText))")
    assert [row[0] for row in rows[: len(report.targets)]] == [target.title for target in report.targets]
    for row, target in zip(rows, report.targets, strict=False):
        assert all(row), row
        blocker = target.blockers[0].title if target.blockers else ""
        assert blocker in row[1] and f"{target.effort.p10_days:.0f}" in row[3].replace(",", "")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#answers td:nth-child(4) .span")) == len(report.targets)
    assert browser.find_elements(By.CSS_SELECTOR, "#answers td:nth-child(5) .span .zero")


def test_bars_of_the_first_screen_are_on_one_scale(browser: webdriver.Chrome, costed: Report, costed_page: str) -> None:
    opened(browser, costed_page)
    bars = found(
        browser,
        "Array.from(document.querySelectorAll('#answers td:nth-child(4) .bar'), b => [+b.getAttribute('x'), +b.getAttribute('width')])",
    )
    top = max(target.effort.p90_days for target in costed.targets)
    for (x, width), target in zip(bars, costed.targets, strict=True):
        assert x == pytest.approx(200 * target.effort.p10_days / top, abs=0.1)
        assert x + width == pytest.approx(200 * target.effort.p90_days / top, abs=0.2)


def test_the_headline_says_where_one_can_go_and_whether_it_pays(
    browser: webdriver.Chrome, example_page: str, costed_page: str
) -> None:
    assert "no workload was given" in opened(browser, example_page).find_element(By.CLASS_NAME, "headline").text
    text = opened(browser, costed_page).find_element(By.CLASS_NAME, "headline").text
    assert "can be reached with changes, in" in text and "no workload" not in text and "None" not in text


def test_targets_stand_side_by_side_with_blockers_first(browser: webdriver.Chrome, costed: Report, costed_page: str) -> None:
    opened(browser, costed_page)
    questions = found(browser, "Array.from(document.querySelectorAll('.side tbody th'), h => h.textContent)")
    assert questions[:3] == ["Verdict", "What blocks it", "Effort, person-days"]
    wanted = {"Fits the use", "Named models in memory", "One-off cost", "Chance of a gain", "Break-even", "Software",
              "Knowledge of", "What is unknown", "Operators of its models"}  # fmt: skip
    assert wanted <= set(questions) and any(question.startswith("NPV over") for question in questions)
    cells = found(browser, "Array.from(document.querySelectorAll('.side tbody tr'), r => r.cells.length - 1)")
    assert set(cells) == {len(costed.targets)}
    days_old = (DAY - datetime.date.fromisoformat(costed.targets[0].as_of)).days
    assert f"{costed.targets[0].as_of}, {days_old} days old" in browser.find_element(By.CLASS_NAME, "side").text


# ---- effort and cost -------------------------------------------------------------------------------------------------


def test_the_distribution_is_twenty_dots_that_agree_with_the_range(
    browser: webdriver.Chrome, costed: Report, costed_page: str
) -> None:
    opened(browser, costed_page)
    plots = found(
        browser,
        "Array.from(document.querySelectorAll('.dots'), p => ({dots: Array.from(p.querySelectorAll('.dot'), d => +d.getAttribute('cx')),"
        " marks: Array.from(p.querySelectorAll('.mark'), m => +m.getAttribute('x1')), label: p.getAttribute('aria-label')}))",
    )
    assert len(plots) == len(costed.targets)
    for plot in plots:
        dots, (low, middle, high) = sorted(plot["dots"]), plot["marks"]
        assert len(dots) == 20
        for mark, share in ((low, 2), (middle, 10), (high, 18)):
            assert dots[share - 1] - 15 <= mark <= dots[share] + 15
        assert "one case in ten takes at most" in plot["label"]
    assert found(browser, "document.querySelectorAll('#effort ~ details .driver .more').length") >= 6
    roles = {role.role.replace("-", " ") for target in costed.targets for role in target.by_role}
    assert roles and all(role in found(browser, "document.querySelector('#effort').parentNode.textContent") for role in roles)


def test_the_surface_is_readable_without_colour(browser: webdriver.Chrome, costed: Report, costed_page: str) -> None:
    opened(browser, costed_page)
    cells = found(
        browser,
        "Array.from(document.querySelectorAll('.surface tbody td'), c => [c.textContent, c.className, getComputedStyle(c).backgroundImage])",
    )
    priced = [option for option in costed.tco.options if option.grid]
    assert len(cells) == sum(len(option.grid) for option in priced) and len(cells) >= 42
    for amount, classes, image in cells:
        is_loss = amount.startswith("−")
        assert is_loss == ("loss" in classes) == (image != "none"), "a loss has a minus and is hatched"
    turns = [classes for _, classes, _ in cells if "turns-" in classes]
    assert turns, "the line of zero is drawn"
    assert found(browser, "Array.from(document.querySelectorAll('.surface .soft'), s => s.textContent)").count("today") == len(
        priced
    )


def test_curves_are_told_apart_by_dashes_and_names(browser: webdriver.Chrome, costed_page: str) -> None:
    opened(browser, costed_page)
    dashes = found(browser, "Array.from(document.querySelectorAll('polyline.curve'), c => c.getAttribute('stroke-dasharray'))")
    assert len(dashes) == len(set(dashes)) >= 3
    names = found(browser, "Array.from(document.querySelectorAll('polyline.curve + text'), t => t.textContent)")
    assert len(names) == len(dashes) and all(names)


def test_the_cases_go_from_bad_to_good(browser: webdriver.Chrome, costed: Report, costed_page: str) -> None:
    opened(browser, costed_page)
    rows = found(
        browser,
        "Array.from(document.querySelectorAll('.cases tbody tr'), r => Array.from(r.querySelectorAll('.amount'), a => a.textContent))",
    )
    assert len(rows) == sum(bool(option.cases) for option in costed.tco.options) >= 3
    for row in rows:
        amounts = [int(re.sub(r"[^\d-]", "", amount.replace("−", "-"))) for amount in row]
        assert amounts == sorted(amounts)


# ---- the graph -------------------------------------------------------------------------------------------------------


def node_named(browser: webdriver.Chrome, name: str) -> Any:
    return found(
        browser,
        "Array.from(document.querySelectorAll('.node')).find(g => g.getAttribute('aria-label').startsWith(arguments[0]))",
        name,
    )


def test_a_box_of_the_graph_tells_what_it_needs_and_what_needs_it(browser: webdriver.Chrome, example_page: str) -> None:
    opened(browser, example_page)
    edges = found(
        browser,
        "(() => { const names = new Map(Array.from(document.querySelectorAll('.node'), g => [g.dataset.node, g.getAttribute('aria-label').replace(/ \\(.*$/, '')]));"
        " return Array.from(document.querySelectorAll('.edge'), e => [names.get(e.dataset.from), names.get(e.dataset.to)]) })()",
    )
    user, needed = edges[0]
    for way in ("click", "focus"):
        box = node_named(browser, user)
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
        browser.execute_script(
            "arguments[1] === 'click' ? arguments[0].dispatchEvent(new MouseEvent('click')) : arguments[0].focus()", box, way
        )
        told = browser.find_element(By.ID, "graph-told").text
        assert user in told and "it needs:" in told and needed in told.partition("it needs:")[2].partition("needed by:")[0]
        assert "needs" in node_named(browser, needed).get_attribute("class").split()
        assert found(browser, "document.querySelectorAll('.edge.needs').length") >= 1
    node_named(browser, user).send_keys(Keys.ESCAPE)
    browser.execute_script("document.activeElement.blur()")
    assert found(browser, "document.querySelectorAll('.picked, .needs, .needed').length") == 0
    browser.execute_script("arguments[0].focus()", node_named(browser, needed))
    assert user in browser.find_element(By.ID, "graph-told").text.partition("needed by:")[2]


def test_the_graph_is_walked_searched_and_enlarged_by_keyboard(browser: webdriver.Chrome, example_page: str) -> None:
    opened(browser, example_page)
    assert found(browser, "document.querySelectorAll('.node[tabindex=\"0\"]').length") == 1, "one stop for the tabulator"
    first = browser.find_element(By.CSS_SELECTOR, ".node[tabindex='0']")
    browser.execute_script("arguments[0].focus()", first)
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.ARROW_DOWN, Keys.ARROW_UP):
        browser.switch_to.active_element.send_keys(key)
    active = found(
        browser, "[document.activeElement.classList.contains('node'), document.querySelectorAll('.node[tabindex=\"0\"]').length]"
    )
    assert active == [True, 1]
    width = found(browser, "+document.querySelector('.graph svg').getAttribute('width')")
    browser.switch_to.active_element.send_keys("+")
    assert found(browser, "+document.querySelector('.graph svg').getAttribute('width')") == pytest.approx(width * 1.25, abs=1)
    browser.switch_to.active_element.send_keys("0")
    assert found(browser, "+document.querySelector('.graph svg').getAttribute('width')") == width
    name = found(browser, "document.querySelector('.node').getAttribute('aria-label').replace(/ \\(.*$/, '')")
    search = browser.find_element(By.ID, "graph-search")
    search.send_keys(name)
    picked = found(browser, "Array.from(document.querySelectorAll('.picked'), g => g.getAttribute('aria-label'))")
    assert picked and all(name in text for text in picked)
    search.send_keys(Keys.ENTER)
    assert name in found(browser, "document.activeElement.getAttribute('aria-label')")


def test_the_graph_is_there_without_a_script_and_on_paper(browser: webdriver.Chrome, example_page: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(example_page)
        printed = pypdf.PdfReader(io.BytesIO(base64.b64decode(browser.print_page())))
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    text = "".join("".join(page.extract_text().split()) for page in printed.pages)
    assert "Kernelsandlibraries" in text and "Step1" in text and "Searchthepicture" not in text
    assert not browser.find_element(By.ID, "graph-tools").is_displayed()


# ---- models, operators and the end of the page -----------------------------------------------------------------------


def test_operators_that_a_target_lacks_are_named_with_their_users(
    browser: webdriver.Chrome, costed: Report, costed_page: str
) -> None:
    opened(browser, costed_page)
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    section = browser.find_element(By.CSS_SELECTOR, "section[aria-labelledby=operators]").text
    lacking = [(target, use) for target in costed.targets for use in target.operators if use.status == "unsupported"]
    assert lacking and "Encoder" in section
    for target, use in lacking:
        assert use.name in section and f"{target.title} lacks, or has in part" in section
        assert use.reference.split(";")[0] in section
    counts = found(
        browser, "Array.from(document.querySelectorAll('section[aria-labelledby=operators] tbody tr'), r => r.textContent)"
    )
    assert any(row.startswith("Models 1") for row in counts)


def test_the_end_says_how_to_make_it_again(browser: webdriver.Chrome, costed: Report, costed_page: str) -> None:
    section = opened(browser, costed_page).find_element(By.CSS_SELECTOR, "section[aria-labelledby=reproduce]").text
    assert costed.tool.rules_version in section and costed.as_of in section and "20260821 (effort)" in section
    assert "20260720 (cost)" in section and "not known: the folder was in no git repository" in section and "/tmp" not in section
    rows = len(browser.find_elements(By.CSS_SELECTOR, ".constants tbody tr"))
    assert rows == len(costed.assumptions)
    assert f"{rows} figures:" in browser.find_element(By.CSS_SELECTOR, "section[aria-labelledby=assumptions]").text


def test_every_section_has_a_link_that_leads_to_it(browser: webdriver.Chrome, costed_page: str) -> None:
    opened(browser, costed_page)
    linked = found(browser, "Array.from(document.querySelectorAll('nav.contents a'), a => a.getAttribute('href').slice(1))")
    assert linked == found(browser, "Array.from(document.querySelectorAll('main h2'), h => h.id)")
    dead = "Array.from(document.querySelectorAll('a[href^=\"#\"]')).filter(a => !document.querySelector(a.getAttribute('href'))).length"
    assert found(browser, dead) == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_the_contents_stay_in_sight_and_cover_no_heading(
    browser: webdriver.Chrome, costed_page: str, at_width: Any, width: int
) -> None:
    at_width(width, 800)
    opened(browser, costed_page)
    browser.execute_script("document.documentElement.style.scrollBehavior = 'auto'; location.hash = 'cost'")
    nav = found(browser, "(r => [r.top, r.bottom])(document.querySelector('nav.contents').getBoundingClientRect())")
    heading = found(browser, "document.getElementById('cost').getBoundingClientRect().top")
    assert nav[0] == 0 and nav[1] <= 60 and nav[1] - 8 <= heading < 200


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_the_page_loads(browser: webdriver.Chrome, costed_page: str, at_width: Any, width: int) -> None:
    at_width(width, 800)
    opened(browser, costed_page)
    shift = (
        "const done = arguments[0]; let sum = 0; new PerformanceObserver(l => l.getEntries().forEach(e => { sum += e.value; }))"
        ".observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300)"
    )
    assert browser.execute_async_script(shift) == 0
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert found(browser, "document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing_while_a_box_is_held(browser: webdriver.Chrome, example_page: str) -> None:
    opened(browser, example_page)
    browser.execute_script("document.querySelector('.node').dispatchEvent(new MouseEvent('click'))")
    assert found(browser, "document.querySelector('.node').getAttribute('aria-pressed')") == "true"
    browser.execute_script(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    violations = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']}})"
        ".then(r => done(r.violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 300)}`)))"
    )
    assert violations == []
    entries: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert entries == []
