"""The HTML report in a real browser: it renders, filters, links, asks for nothing, and survives hostile names."""

from __future__ import annotations

import base64
import datetime
import io
import json
import unicodedata
from importlib import resources
from pathlib import Path
from typing import Any

import pypdf
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import url_contains
from selenium.webdriver.support.ui import WebDriverWait

from analyzer.discover.files import DiscoverySettings
from analyzer.knowledge.page_template import read_page_template
from analyzer.knowledge.saved_report import read_saved_report
from analyzer.model.cost_files import CostFiles
from analyzer.model.counted import counted
from analyzer.pipeline import build_report
from analyzer.report.difference import compare
from analyzer.report.difference_html import render_difference
from analyzer.report.render import render

EXAMPLE = Path(__file__).parents[2] / "fixtures" / "repos" / "example"
DAY = datetime.date(2026, 11, 1)

HOSTILE = "<img src=x onerror=alert(1)>"


def page_of(root: Path, folder: Path) -> str:
    target = folder / "report.html"
    target.write_text(render(build_report(root, DiscoverySettings(), (), None, 1, DAY), "html"), encoding="utf-8")
    return target.as_uri()


@pytest.fixture(scope="module")
def example_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(EXAMPLE, tmp_path_factory.mktemp("example"))


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("hostile") / "<b>{{ 7*7 }}<script>alert(2)<"
    root.mkdir()
    lines = [
        "import torch",
        f"x = torch.zeros(3).cuda()  # {HOSTILE}</script><script>alert(3)</script>{{{{ 7*7 }}}}",
        f"torch.load('{HOSTILE}', map_location='cuda')",
        "y = '\u202ecuda'; torch.cuda.synchronize()  # \u2028 \u200b",
        "z = torch.cuda.synchronize(), '" + "a" * 10_000 + "'",
    ]
    (root / f"{HOSTILE.replace('/', '')}.py").write_text("\n".join(lines), encoding="utf-8")
    long = root / ("folder_with_a_name_that_is_longer_than_a_phone_is_wide_" * 3)
    long.mkdir()
    (long / "tied.py").write_text("import torch\ntorch.cuda.synchronize()\n")
    (root / "broken<svg onload=alert(4)>.py").write_text("def (:\n")
    return page_of(root, tmp_path_factory.mktemp("page"))


def log(browser: webdriver.Chrome, kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def open_page(browser: webdriver.Chrome, address: str) -> None:
    log(browser, "browser")
    log(browser, "performance")
    browser.get("about:blank")
    browser.get(address)
    assert browser.execute_script("return document.documentElement.dataset.ready") == "yes"


def requests(browser: webdriver.Chrome) -> list[str]:
    found = []
    for entry in log(browser, "performance"):
        message: dict[str, Any] = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(str(message["params"]["request"]["url"]))
    return [url for url in found if not url.startswith(("file://", "data:", "about:", "chrome:"))]


@pytest.mark.parametrize("page", ["example_page", "hostile_page", "owned_page"])
def test_no_console_message_no_request_no_dialog(browser: webdriver.Chrome, page: str, request: pytest.FixtureRequest) -> None:
    open_page(browser, request.getfixturevalue(page))
    assert log(browser, "browser") == []
    assert requests(browser) == []
    assert browser.execute_script("return document.querySelectorAll('img, [onerror], [onload], [style]').length") == 0
    assert browser.execute_script("return document.scripts.length") == 2


def test_hostile_text_is_shown_and_harmless(browser: webdriver.Chrome, hostile_page: str) -> None:
    open_page(browser, hostile_page)
    text = browser.find_element(By.TAG_NAME, "body").get_attribute("textContent") or ""
    assert HOSTILE.replace("/", "") in text and "{{ 7*7 }}" in text and "49" not in browser.title
    assert "\u202e" not in text and "\\u202e" in text
    assert "a" * 1_000 not in text  # a minified line is quoted around each finding


def test_hostile_text_that_the_script_draws_is_harmless(browser: webdriver.Chrome, hostile_page: str) -> None:
    """Every row and every item, drawn anew, with source in colours, and unfolded; and an address that brings markup."""
    open_page(browser, f"{hostile_page}#findings&text=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(5)%3E&item=__proto__")
    browser.execute_script("document.getElementById('text').value = ''")
    for control in ("order-by", "work-order"):
        browser.execute_script(
            "const f = document.getElementById(arguments[0]); f.selectedIndex = 1; f.dispatchEvent(new Event('input'))", control
        )
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    WebDriverWait(browser, 5).until(lambda one: one.execute_script("return document.querySelectorAll('.evidence pre').length > 2"))
    assert browser.execute_script("return document.querySelectorAll('#rows tr[data-row] pre span').length") > 5
    assert (
        browser.execute_script("return document.querySelectorAll('img, svg[onload], [onerror], [style], #rows script').length") == 0
    )
    text = browser.find_element(By.TAG_NAME, "main").get_attribute("textContent") or ""
    assert HOSTILE in text and "</script><script>alert(3)</script>" in text and "\u202e" not in text and "\\u202e" in text
    assert "a" * 2_500 not in text and log(browser, "browser") == [] and requests(browser) == []


def visible_rows(browser: webdriver.Chrome) -> int:
    return len(browser.find_elements(By.CSS_SELECTOR, "#rows > tr"))


def test_filters(browser: webdriver.Chrome, example_page: str) -> None:
    open_page(browser, example_page)
    everything = visible_rows(browser)
    browser.find_element(By.ID, "text").send_keys("gelu.cu")
    assert 0 < visible_rows(browser) < everything
    browser.find_element(By.ID, "text").clear()
    browser.find_element(By.ID, "severity").send_keys("blocker")
    severities = {row.text for row in browser.find_elements(By.CSS_SELECTOR, "#rows > tr > td:first-child")}
    assert severities == {"blocker"}
    assert "of" in browser.find_element(By.ID, "count").text


def test_deep_link_opens_a_finding(browser: webdriver.Chrome, example_page: str) -> None:
    open_page(browser, example_page)
    rows = browser.find_elements(By.CSS_SELECTOR, "#rows > tr")
    identity = rows[-1].get_attribute("id") or ""
    open_page(browser, f"{example_page}#{identity}")
    assert browser.find_element(By.CSS_SELECTOR, f"#{identity} details").get_attribute("open")


def test_every_section_has_content(browser: webdriver.Chrome, example_page: str) -> None:
    open_page(browser, example_page)
    for section in ("verdicts", "ties", "work", "cost", "graph", "order", "findings", "coverage", "assumptions", "glossary"):
        box = browser.find_element(By.CSS_SELECTOR, f'section[aria-labelledby="{section}"]')
        assert len(box.text) > 40, section
    for link in browser.find_elements(By.CSS_SELECTOR, "nav a"):
        target = (link.get_attribute("href") or "").rpartition("#")[2]
        assert browser.find_elements(By.ID, target), target


def test_search_opens_the_folders_with_matching_modules(browser: webdriver.Chrome, example_page: str) -> None:
    open_page(browser, example_page)
    every = len(browser.find_elements(By.CSS_SELECTOR, "#packages tbody tr"))
    name = browser.find_element(By.CSS_SELECTOR, "#packages tbody code").get_attribute("textContent") or ""
    browser.find_element(By.ID, "module").send_keys(name)
    shown = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "#packages tbody tr") if row.is_displayed()]
    assert 0 < len(shown) < every and all(name in text for text in shown)
    assert browser.find_element(By.ID, "module-count").text == counted(len(shown), "module")


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_no_horizontal_scroll(browser: webdriver.Chrome, example_page: str, hostile_page: str, width: int) -> None:
    for page in (example_page, hostile_page):
        browser.set_window_size(width, 900)
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        )
        open_page(browser, page)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_policy_is_strict(browser: webdriver.Chrome, example_page: str) -> None:
    open_page(browser, example_page)
    policy = browser.find_element(By.CSS_SELECTOR, "meta[http-equiv]").get_attribute("content") or ""
    assert "default-src 'none'" in policy and "unsafe" not in policy


MONEY = f"""[currency]
code = "EUR"
per_usd = 0.9
as_of = "2026-10-01"
[[candidate]]
instance_type = "inf2.xlarge"
target = "inferentia2"
title = "{HOSTILE}"
[[candidate]]
instance_type = "g6.xlarge"
"""


SERVICE = "import torch\n\nmodel = torch.jit.load('model.pt').cuda().eval()\n\n\ndef serve(x):\n    return model(x.cuda())\n"
"""Runs a model and trains none, so that a target which only serves fits it."""


@pytest.fixture(scope="module")
def costed_page(tmp_path_factory: pytest.TempPathFactory, encoder_fleet: str) -> str:
    folder = tmp_path_factory.mktemp("costed")
    (folder / "w.toml").write_text(f'version = 1\ntitle = "{HOSTILE}"\n{encoder_fleet}{MONEY}')
    (folder / "tree").mkdir()
    (folder / "tree" / "serve.py").write_text(SERVICE)
    report = build_report(folder / "tree", DiscoverySettings(), (), CostFiles(folder / "w.toml"), 1, DAY)
    (folder / "report.html").write_text(render(report, "html"), encoding="utf-8")
    return (folder / "report.html").as_uri()


@pytest.mark.parametrize("width", [390, 1200])
def test_costs_fit_the_page_and_say_no_nonsense(browser: webdriver.Chrome, costed_page: str, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        open_page(browser, costed_page)
        browser.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert log(browser, "browser") == []
    section = browser.find_element(By.CSS_SELECTOR, "section[aria-labelledby=cost]")
    assert len(section.find_elements(By.CSS_SELECTOR, "polyline.curve")) == 3  # right-sizing and the two candidates
    assert len(section.find_elements(By.CSS_SELECTOR, "polygon.band")) == 3
    assert len(section.find_elements(By.CSS_SELECTOR, ".sway rect")) >= 6
    text = section.get_attribute("textContent") or ""
    assert HOSTILE in text and "EUR" in text and "$" not in text.replace("$ ", "")
    assert "sells it" in text and "Pass mark" in text and "None" not in text and "nan" not in text.lower().replace("finance", "")


# ---- dressed for a client, and on paper ------------------------------------------------------------------------------

DRESS = Path(__file__).parents[2] / "fixtures" / "page_template"


@pytest.fixture(scope="module")
def dressed_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("dress")
    for name in ("template.toml", "logo.svg"):
        (folder / name).write_bytes((DRESS / name).read_bytes())
    words = (folder / "template.toml").read_text().replace("Example Imaging Ltd", HOSTILE).replace('"kernels"', '"findings"')
    (folder / "template.toml").write_text(words)
    (folder / "page.css").write_text(r"body{background:u\72l(https://example.org/x.png)}")  # as its reader does not see it
    report = build_report(EXAMPLE, DiscoverySettings(), (), None, 1, DAY)
    target = folder / "report.html"
    target.write_text(render(report, "html", read_page_template(folder)), encoding="utf-8")
    return target.as_uri()


def test_a_dressed_page_has_its_words_and_asks_for_nothing(browser: webdriver.Chrome, dressed_page: str) -> None:
    open_page(browser, dressed_page)
    assert browser.title == "Readiness to leave CUDA: example"
    head = browser.find_element(By.CSS_SELECTOR, "header.top").text
    assert HOSTILE in head and "Confidential" in head and "the tool did not check it" in head
    logo = browser.find_element(By.CSS_SELECTOR, "img.logo")
    assert logo.get_attribute("alt") == "Example Advisers"
    assert browser.execute_script("return arguments[0].naturalWidth", logo) > 0
    sent = [json.loads(entry["message"])["message"] for entry in log(browser, "performance")]
    asked = [each["params"] for each in sent if each["method"] == "Network.requestWillBeSent"]
    outside = [each["requestId"] for each in asked if "example.org" in each["request"]["url"]]
    refused = {each["params"]["requestId"] for each in sent if each["params"].get("blockedReason") == "csp"}
    assert len(outside) == 1 and set(outside) <= refused  # the style sheet asked, and the policy of the page refused
    assert browser.execute_script("return document.querySelectorAll('img').length") == 1
    ids = browser.execute_script("return Array.from(document.querySelectorAll('h2'), h => h.id)")
    assert "findings" not in ids and "glossary" not in ids and {"verdicts", "coverage", "assumptions"} <= set(ids)
    dead = "return Array.from(document.querySelectorAll('a[href^=\"#\"]')).filter(a => !document.querySelector(a.hash)).length"
    assert browser.execute_script(dead) == 0
    assert "Left out of this page: findings, glossary." in browser.find_element(By.TAG_NAME, "footer").text


def test_all_sections_and_what_is_folded_are_on_paper(browser: webdriver.Chrome, example_page: str) -> None:
    open_page(browser, example_page)
    headings = [heading.text for heading in browser.find_elements(By.TAG_NAME, "h2")]
    folded = browser.execute_script(
        "return Array.from(document.querySelectorAll('details:not([open])')).filter(d => !d.closest('#rows')).length"
    )
    printed = pypdf.PdfReader(io.BytesIO(base64.b64decode(browser.print_page())))
    text = unicodedata.normalize("NFKC", " ".join(" ".join(page.extract_text().split()) for page in printed.pages))
    assert len(headings) > 10 and folded > 3
    assert [heading for heading in headings if heading not in text] == []
    assert "Ties you to:" in text  # below a card, folded on the screen
    assert browser.execute_script("return document.querySelectorAll('details[open]').length") < folded  # folded again


@pytest.fixture(scope="module")
def difference_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("difference")
    root = folder / "<b>tree"
    root.mkdir()
    files = []
    for number, text in enumerate(("x = 1", f"torch.cuda.synchronize()  # {HOSTILE}", "torch.cuda.Stream()")):
        (root / f"a{HOSTILE.replace('/', '')}.py").write_text(f"import torch\n{text}\n")
        report = build_report(root, DiscoverySettings(), (), None, 1, datetime.date(2026, 9 + number, 1))
        files.append(folder / f"{number}.json")
        files[-1].write_text(render(report, "json"))
    saved = [read_saved_report(file) for file in files]
    target = folder / "difference.html"
    target.write_text(render_difference(compare(saved[0], saved[-1]), saved), encoding="utf-8")
    return target.as_uri()


def test_a_page_of_what_changed(browser: webdriver.Chrome, difference_page: str) -> None:
    log(browser, "browser")
    log(browser, "performance")
    browser.get(difference_page)
    assert log(browser, "browser") == [] and requests(browser) == []
    assert browser.execute_script("return document.scripts.length + document.querySelectorAll('img, b').length") == 0
    text = browser.find_element(By.TAG_NAME, "body").text
    assert "<b>tree" in text and HOSTILE.replace("/", "") in text and "cuda-stream" in text
    bars = browser.execute_script("return Array.from(document.querySelectorAll('.range strong'), bar => bar.textContent)")
    assert bars[:3] == ["2026-09-01", "2026-10-01", "2026-11-01"]
    assert browser.execute_script("return document.doctype.name + document.compatMode") == "htmlCSS1Compat"


def test_paper_loses_no_column_and_no_end_of_a_line_and_is_never_dark(browser: webdriver.Chrome, costed_page: str) -> None:
    browser.get(costed_page)
    headings = browser.execute_script(
        "return Array.from(document.querySelectorAll('.costs th[scope=col]'), cell => cell.textContent)"
    )
    lines = browser.execute_script(
        "return Array.from(document.querySelectorAll('#cost ~ * pre'), pre => pre.textContent.split('\\n')).flat().filter(l => l)"
    )
    printed = pypdf.PdfReader(io.BytesIO(base64.b64decode(browser.print_page())))
    text = unicodedata.normalize("NFKC", "".join("".join(page.extract_text().split()) for page in printed.pages))
    assert "Break-even" in headings and max(map(len, lines)) > 100
    assert [each for each in (*headings, *lines) if "".join(unicodedata.normalize("NFKC", each).split()) not in text] == []
    colours = []
    for media, scheme in (("screen", "light"), ("print", "dark")):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        colours.append(browser.execute_script("return getComputedStyle(document.documentElement).getPropertyValue('--c0')"))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    assert colours[0] == colours[1]


# ---- for everybody ---------------------------------------------------------------------------------------------------

AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
GUIDELINES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
@pytest.mark.parametrize("page", ["example_page", "costed_page", "dressed_page", "hostile_page", "owned_page", "difference_page"])
def test_axe_finds_no_violation(
    browser: webdriver.Chrome, page: str, scheme: str, width: int, request: pytest.FixtureRequest
) -> None:
    preference = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", preference)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        browser.get(request.getfixturevalue(page))
        browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; });")
        browser.execute_script(AXE)
        found = browser.execute_async_script(
            "const done = arguments[1]; axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}})"
            ".then(r => done(r.violations.map(v => `${v.id}: ${v.nodes.length} x ${v.nodes[0].html.slice(0, 300)}`)))",
            GUIDELINES,
        )
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert found == []


# ---- findings and work items ------------------------------------------------------------------------------------------

MODULE = """import torch

seed = 1  # 😀 {hostile}
torch.cuda.manual_seed(seed, "😀")  # </script>
model = torch.load("{name}.pt", map_location="cuda")
options = dict(
    first=1,
    second="two",
    third=3,
    fourth=[4],
    device="cuda",
)
with torch.cuda.stream(torch.cuda.Stream()):
    torch.cuda.synchronize()
"""
MODULES = 30
"""With several findings each: more than are in the page itself."""


@pytest.fixture(scope="module")
def owned_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("owned") / "repository"
    for number in range(MODULES):
        folder = root / ("train" if number % 2 else "serve")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"part_{number:02}.py").write_text(MODULE.format(hostile=HOSTILE, name=f"weights{number}"), encoding="utf-8")
    (root / "serve" / "Dockerfile").write_text("FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\n")
    (root / "CODEOWNERS").write_text("/train/ @org/trainers\n/serve/part_00.py @someone\n")
    return page_of(root, tmp_path_factory.mktemp("page"))


def choose(browser: webdriver.Chrome, control: str, words: str) -> None:
    """Choose by what a reader sees."""
    browser.execute_script(
        "const field = document.getElementById(arguments[0]); const choice = Array.from(field.options).find(o => o.text === arguments[1]);"
        "field.value = choice.value; field.dispatchEvent(new Event('input', {bubbles: true}))",
        control,
        words,
    )


def texts(browser: webdriver.Chrome, selector: str) -> list[str]:
    found: list[str] = browser.execute_script(
        "return Array.from(document.querySelectorAll(arguments[0]), e => e.textContent)", selector
    )
    return found


DRAWN = "details.of-target[open]:not([hidden]) .items"
"""Folded targets are drawn when they are unfolded."""


def test_work_items_are_ordered(browser: webdriver.Chrome, example_page: str) -> None:
    open_page(browser, example_page)
    first = "details.of-target:first-of-type"
    everything = texts(browser, f"{first} .what")
    for words, is_reversed in (("least days first", False), ("most days first", True)):
        choose(browser, "work-order", words)
        days = [float(text.replace(",", "")) for text in texts(browser, f"{first} .figures strong")]
        assert days == sorted(days, reverse=is_reversed) and len(set(days)) > 3
    choose(browser, "work-order", "by title")
    titles = texts(browser, f"{first} .what")
    assert sorted(titles) == sorted(everything) and titles == sorted(titles, key=str.lower)


def test_work_items_are_filtered(browser: webdriver.Chrome, owned_page: str) -> None:
    open_page(browser, owned_page)
    blocks = len(texts(browser, "details.of-target:not([hidden])"))
    choose(browser, "work-target", "ONNX Runtime (without CUDA)")
    assert len(texts(browser, "details.of-target:not([hidden])")) == 1 < blocks
    choose(browser, "work-target", "all")
    everything = texts(browser, f"{DRAWN} .what")  # of two targets: what was chosen stays unfolded
    choose(browser, "work-role", "platform engineer")
    kept = texts(browser, f"{DRAWN} .what")
    assert 0 < len(kept) < len(everything) and all("platform engineer" in text for text in kept)
    assert " of " in browser.find_element(By.ID, "work-count").text
    choose(browser, "work-role", "all")
    choose(browser, "work-severity", "no finding")
    kept = texts(browser, f"{DRAWN} .what")
    assert 0 < len(kept) < len(everything) and all("finding" not in text.partition("·")[2] for text in kept)
    choose(browser, "work-severity", "all")
    choose(browser, "work-days", "5 days")
    days = [float(text) for text in texts(browser, f"{DRAWN} .figures strong")]
    assert days and min(days) >= 5 and len(days) < len(everything)
    choose(browser, "work-days", "any")
    choose(browser, "work-owner", "@org/trainers")
    owned = texts(browser, f"{DRAWN} .what")
    assert 0 < len(owned) < len(everything) and all("@org/trainers" in text for text in owned)
    choose(browser, "work-owner", "all")
    choose(browser, "work-package", "serve")
    assert 0 < len(texts(browser, f"{DRAWN} .what")) < len(everything)
    browser.find_element(By.ID, "work-text").send_keys("no such words")
    assert texts(browser, f"{DRAWN} .what") == []


def test_an_item_opens_to_its_evidence_and_leads_to_all_of_it(browser: webdriver.Chrome, owned_page: str) -> None:
    open_page(browser, owned_page)
    identity = browser.execute_script(
        "return Array.from(document.querySelectorAll('.item')).find(e => /on a CUDA device/.test(e.textContent)).id"
    )
    open_page(browser, f"{owned_page}#{identity}")
    item = browser.find_element(By.ID, identity)
    assert item.get_attribute("open") and len(item.find_elements(By.CSS_SELECTOR, ".evidence li")) == 3
    text = item.text
    assert "Why it matters" in text and "Sources: https://" in text and "Where: " in text
    assert item.find_elements(By.CSS_SELECTOR, "pre .hK, pre .hS") and item.find_elements(By.CSS_SELECTOR, "del .hM")
    link = item.find_element(By.PARTIAL_LINK_TEXT, "in Findings")
    count = int("".join(filter(str.isdigit, link.text)))
    browser.execute_script("arguments[0].click()", link)
    assert f"{count} of" in browser.find_element(By.ID, "count").text and count > 3
    assert "Only findings of the work item" in browser.find_element(By.ID, "of-item").text
    address = browser.current_url
    open_page(browser, address)
    assert f"{count} of" in browser.find_element(By.ID, "count").text
    browser.execute_script("document.querySelector('#of-item button').click()")
    assert not browser.find_element(By.ID, "of-item").is_displayed()
    place = browser.find_element(By.CSS_SELECTOR, f"#{identity}").get_attribute("id")
    assert place == identity and log(browser, "browser") == []


def test_what_was_chosen_is_in_the_address(browser: webdriver.Chrome, owned_page: str) -> None:
    for section, control, words, rows in (
        ("findings", "package", "train", "#rows > tr"), ("work", "work-role", "ml engineer", f"{DRAWN} .what"),
    ):  # fmt: skip
        open_page(browser, owned_page)
        before = texts(browser, rows)
        choose(browser, control, words)
        chosen = texts(browser, rows)
        WebDriverWait(browser, 5).until(url_contains(f"#{section}&"))
        open_page(browser, browser.current_url)
        assert texts(browser, rows) == chosen != before
    open_page(browser, f"{owned_page}#findings&severity=none-such&text=%3Cimg%20src=x%3E&item=w-none")
    assert browser.find_element(By.ID, "severity").get_attribute("value") == "" and log(browser, "browser") == []


@pytest.mark.parametrize("address", ["f-%E0", "w-%", "w-none"])
def test_an_address_that_leads_nowhere_stops_nothing(browser: webdriver.Chrome, example_page: str, address: str) -> None:
    open_page(browser, f"{example_page}#{address}")
    assert log(browser, "browser") == []


def test_findings_are_filtered_and_ordered(browser: webdriver.Chrome, owned_page: str) -> None:
    open_page(browser, owned_page)
    choose(browser, "owner", "@someone")
    places = texts(browser, "#rows .where")
    assert places and {place.partition(":")[0] for place in places} == {"serve/part_00.py"}
    choose(browser, "owner", "nobody")
    assert texts(browser, "#rows .where") and not [place for place in texts(browser, "#rows .where") if place.startswith("train/")]
    choose(browser, "owner", "all")
    choose(browser, "order-by", "by place")
    browser.find_element(By.ID, "text").send_keys("part_01.py:4")
    assert set(texts(browser, "#rows .where")) == {"train/part_01.py:4"}
    browser.find_element(By.ID, "text").clear()
    browser.find_element(By.ID, "text").send_keys("WEIGHTS7.pt synchronize")
    assert texts(browser, "#rows .where") == []
    browser.find_element(By.ID, "text").clear()
    browser.find_element(By.ID, "text").send_keys("WEIGHTS7.pt")
    assert {place.partition(":")[0] for place in texts(browser, "#rows .where")} == {"train/part_07.py"}


def test_the_script_draws_what_the_template_draws(browser: webdriver.Chrome, owned_page: str) -> None:
    open_page(browser, owned_page)
    every = "return Array.from(document.querySelectorAll(arguments[0]), e => e.outerHTML.replace(/ data-row=\"\\d+\"/, ''))"
    opening = "document.querySelectorAll(arguments[0]).forEach(d => { d.open = true; })"
    browser.execute_script(opening, "#rows details")
    of_template = browser.execute_script(every, "#rows > tr")
    for words in ("by place", "gravest first"):
        choose(browser, "order-by", words)
    browser.execute_script("document.getElementById('more').click()")
    browser.execute_script(opening, "#rows details")
    WebDriverWait(browser, 5).until(lambda one: one.execute_script("return !document.querySelector('#rows details > :only-child')"))
    of_script = browser.execute_script(every, "#rows > tr")
    assert len(of_template) == 100 and "<ins>" in "".join(of_template) and "hM" in "".join(of_template)
    assert of_script[:100] == of_template
    of_template = browser.execute_script(every, f"{DRAWN} .item")
    for words in ("by title", "most days first"):
        choose(browser, "work-order", words)
    browser.execute_script(opening, ".item")
    WebDriverWait(browser, 5).until(lambda one: one.execute_script("return !document.querySelector('.item > :only-child')"))
    strip = "document.querySelectorAll('.body').forEach(b => { while (b.lastChild.matches('h4, ul, h4 ~ p')) { b.lastChild.remove(); } })"
    browser.execute_script(strip)
    of_script = [html.replace(' open=""', "") for html in browser.execute_script(every, f"{DRAWN} .item")]
    assert of_script == of_template


def test_a_rewrite_says_what_goes_and_what_comes(browser: webdriver.Chrome, owned_page: str) -> None:
    open_page(browser, owned_page)
    pre = browser.find_element(By.XPATH, "//tr[contains(., 'part_00.py:6')]//pre[contains(@class, 'rewrite')]")
    lines = browser.execute_script("return Array.from(arguments[0].children, e => [e.tagName, e.textContent])", pre)
    assert ["DEL", '-     device="cuda",'] in lines and ["INS", "+     device=device,"] in lines
    assert [tag for tag, _ in lines] == ["SPAN", "SPAN", "SPAN", "DEL", "INS", "SPAN"] and "first" not in str(lines)


def test_source_keeps_its_colours_apart_from_the_page(browser: webdriver.Chrome, owned_page: str) -> None:
    """Lengths count what the browser counts, also behind a character outside of the basic plane."""
    open_page(browser, owned_page)
    strings = set(texts(browser, "#rows pre:not(.rewrite) .hS"))
    comments = set(texts(browser, "#rows pre:not(.rewrite) .hC"))
    assert '"😀"' in strings and any(comment.startswith("# </script>") for comment in comments)
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0


def test_all_work_items_are_on_paper(browser: webdriver.Chrome, owned_page: str) -> None:
    open_page(browser, owned_page)
    choose(browser, "work-order", "by title")  # so that what is folded is not drawn yet
    printed = pypdf.PdfReader(io.BytesIO(base64.b64decode(browser.print_page())))
    text = unicodedata.normalize("NFKC", "".join("".join(page.extract_text().split()) for page in printed.pages))
    titles = browser.execute_script("return Array.from(document.querySelectorAll('.item .what'), e => e.firstChild.textContent)")
    advice = browser.execute_script(
        "return Array.from(document.querySelectorAll('.item .body > p:first-child'), e => e.textContent)"
    )
    assert len(advice) == len(titles) > 20
    assert [each for each in (*titles, *advice) if "".join(unicodedata.normalize("NFKC", each).split()) not in text] == []
    rows = texts(browser, "#rows > tr")
    assert len(rows) > 100 and "part_29.py" in text  # those that were not in the page yet


def test_nothing_moves_and_keys_suffice(browser: webdriver.Chrome, owned_page: str) -> None:
    open_page(browser, f"{owned_page}#work")
    shift = (
        "const done = arguments[0]; let sum = 0; new PerformanceObserver(l => l.getEntries().forEach(e => { sum += e.value; }))"
        ".observe({type: 'layout-shift', buffered: true}); setTimeout(() => done(sum), 300)"
    )
    summary = browser.find_element(By.CSS_SELECTOR, ".item summary")
    browser.execute_script("arguments[0].focus()", summary)
    assert browser.execute_async_script(shift) == 0
    summary.send_keys(Keys.ENTER)
    assert summary.find_element(By.XPATH, "..").get_attribute("open")
    summary.send_keys(Keys.TAB)
    focused = browser.execute_script("return document.activeElement.closest('.item') === arguments[0].parentElement", summary)
    reached = browser.execute_script("return document.activeElement.closest('.items') !== null")
    assert reached and (focused or browser.execute_script("return document.activeElement.tagName") == "SUMMARY")


def test_without_findings_or_work_the_page_has_no_dead_end(browser: webdriver.Chrome, tmp_path: Path) -> None:
    report = build_report(EXAMPLE, DiscoverySettings(), (), None, 1, DAY)
    for left_out in ("findings", "work"):
        (tmp_path / "template.toml").write_text(f'leave_out = ["{left_out}"]\n')
        page = tmp_path / f"{left_out}.html"
        page.write_text(render(report, "html", read_page_template(tmp_path)), encoding="utf-8")
        open_page(browser, f"{page.as_uri()}#findings&item=w-none")
        browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        browser.execute_async_script("setTimeout(arguments[0], 100)")
        dead = "return Array.from(document.querySelectorAll('a[href^=\"#\"]')).filter(a => !document.getElementById(a.hash.slice(1).split('&')[0]))"
        assert browser.execute_script(f"{dead}.length") == 0 and log(browser, "browser") == []
        assert not browser.find_elements(By.ID, left_out)
