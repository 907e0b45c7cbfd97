"""How large and how fast the page of a report is: drawing it, its first view, and every filter, search and order in a browser.

usage: python benchmarks/report_page.py [--pages deepspeed all] [--corpora deepspeed,vllm] [--checkout NAME=FOLDER]
           [--reports FOLDER] [--runs 5] [--write docs/report.md]

The findings are those of public packages: the packages of packages.toml are fetched once and kept outside the project, --checkout
adds a folder of your own, and `all` is a scan of all of them together, in one folder. --reports keeps the JSON reports, and
takes those that are there in place of a scan. The browser is Debian's chromium by its driver, with a window of 1280 x 900 points.

The time of a filter runs from the event of the control to the end of the frame that shows what it chose, so it holds layout and
paint. First contentful paint, layout shift and memory are what the browser says of itself. All times are medians, with the slowest
behind.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpora import Corpus, cache_folder, gather
from processes import spend
from rivals import offramp, own_environment
from speed import checkout
from tables import note, table, write_into

MEGABYTE = 1_000_000
ALL = "all"
ACTIONS = (
    ("findings", "search `cuda`", "text", "cuda"),
    ("findings", "search `stream synchronize`", "text", "stream synchronize"),
    ("findings", "search `attention.py:1`", "text", "attention.py:1"),
    ("findings", "search that finds nothing", "text", "no such words"),
    ("findings", "search, emptied", "text", ""),
    ("findings", "severity", "severity", 1),
    ("findings", "severity, all", "severity", 0),
    ("findings", "family", "family", 1),
    ("findings", "family, all", "family", 0),
    ("findings", "package", "package", 1),
    ("findings", "package, all", "package", 0),
    ("findings", "order by place", "order-by", 1),
    ("findings", "order by rule", "order-by", 2),
    ("findings", "order by severity", "order-by", 0),
    ("work", "search `cuda`", "work-text", "cuda"),
    ("work", "search, emptied", "work-text", ""),
    ("work", "target", "work-target", 1),
    ("work", "target, all", "work-target", 0),
    ("work", "gravest finding", "work-severity", 1),
    ("work", "package", "work-package", 1),
    ("work", "P50 of at least", "work-days", 1),
    ("work", "who", "work-role", 1),
    ("work", "order by range", "work-order", 2),
)
"""Section, words, the id of the control, and what is put into it: a text, or the place of a choice."""
ACT = """
const [id, value, done] = arguments;
const field = document.getElementById(id);
if (!field) { done(null); return; }
const channel = new MessageChannel();
field.focus({preventScroll: true});
const start = performance.now();
if (typeof value === "number") { field.selectedIndex = value; } else { field.value = value; }
field.dispatchEvent(new Event("input", {bubbles: true}));
channel.port1.onmessage = () => done(performance.now() - start);
requestAnimationFrame(() => channel.port2.postMessage(0));
"""
LOADED = """
const done = arguments[0];
let shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(e => { shift += e.value; }))
  .observe({type: "layout-shift", buffered: true});
setTimeout(() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const whole = performance.getEntriesByType("navigation")[0];
  done({paint: paint ? paint.startTime : null, loaded: whole.loadEventEnd, shift: shift, heap: performance.memory.usedJSHeapSize,
    elements: document.getElementsByTagName("*").length});
}, 400);
"""


@dataclass(slots=True)
class Page:
    """One report as a page, and what was measured of it; times in milliseconds unless they say otherwise."""

    name: str
    findings: int
    items: int
    page_bytes: int
    gzip_bytes: int
    draw_seconds: float
    draw_peak_bytes: int
    loads: list[dict[str, float]] = field(default_factory=list)
    actions: dict[tuple[str, str], list[float]] = field(default_factory=dict)


def drawn(name: str, corpora: Sequence[Corpus], reports: Path) -> tuple[Page, Path]:
    """Scan, unless there is a report already, and draw the page by the command that users call."""
    saved, page = reports / f"{name}.json", reports / f"{name}.html"
    environment = own_environment()
    if not saved.exists():
        with tempfile.TemporaryDirectory(dir=reports) as work:
            for corpus in corpora:
                shutil.copytree(corpus.root, Path(work, corpus.name))
            note(f"{name}: scanning")
            part = reports / f"{name}.part.json"
            spend(offramp("scan", work, "--quiet", "--no-cache", "-o", str(part)), reports, environment)
            part.replace(saved)
    note(f"{name}: drawing")
    spent = spend(offramp("report", str(saved), "-o", str(page)), reports, environment)
    document = json.loads(saved.read_bytes())
    content = page.read_bytes()
    items = sum(len(target["work_items"]) for target in document["targets"].values())
    shown = sum(not finding["suppressed"] for finding in document["findings"])
    return Page(name, shown, items, len(content), len(gzip.compress(content)), spent.wall_seconds, spent.peak_bytes), page


@contextmanager
def browser() -> Iterator[Any]:
    """A browser of its own."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900",
                 "--enable-precise-memory-info"):  # fmt: skip
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def take(page: Page, file: Path) -> None:
    """One run: the first view, then everything that can be chosen, in a browser that has met nothing before."""
    with browser() as driver:
        driver.get("about:blank")
        driver.get(file.as_uri())
        page.loads.append(driver.execute_async_script(LOADED))
        for section, words, control, value in ACTIONS:
            driver.execute_script("document.getElementById(arguments[0]).scrollIntoView({behavior: 'instant'})", section)
            spent = driver.execute_async_script(ACT, control, value)
            if spent is not None:
                page.actions.setdefault((section, words), []).append(spent)


def page_table(pages: Sequence[Page]) -> str:
    """Sizes and the first view."""
    head = ["report", "findings", "work items of all targets", "page", "packed (gzip)", "drawn in", "memory of drawing",
            "first contentful paint", "loaded", "layout shift", "elements", "memory of the script"]  # fmt: skip
    rows = []
    for page in pages:
        rows.append([
            page.name, f"{page.findings:,}", f"{page.items:,}", f"{page.page_bytes / MEGABYTE:.2f} MB",
            f"{page.gzip_bytes / MEGABYTE:.2f} MB", f"{page.draw_seconds:.1f} s", f"{page.draw_peak_bytes / MEGABYTE:,.0f} MB",
            milliseconds([load["paint"] for load in page.loads]), milliseconds([load["loaded"] for load in page.loads]),
            f"{max(load['shift'] for load in page.loads):.3f}", f"{page.loads[0]['elements']:,}",
            f"{statistics.median(load['heap'] for load in page.loads) / MEGABYTE:.0f} MB",
        ])  # fmt: skip
    return table(head, rows)


def action_table(pages: Sequence[Page]) -> str:
    """Every filter, search and order."""
    names = dict.fromkeys(key for page in pages for key in page.actions)
    rows = [[section, words, *(milliseconds(page.actions.get((section, words), [])) for page in pages)] for section, words in names]
    return table(["section", "what is chosen", *(page.name for page in pages)], rows)


def milliseconds(values: Sequence[float]) -> str:
    """The median, and the slowest behind it."""
    return f"{statistics.median(values):.0f} ms ({max(values):.0f})" if values else "–"


def options_of() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", nargs="+", default=["deepspeed", ALL], help="corpora by name, or `all` for all together")
    parser.add_argument("--corpora", help="only these, by name; comma-separated")
    parser.add_argument("--checkout", type=checkout, action="append", default=[], help="NAME=FOLDER; repeatable")
    parser.add_argument("--cache", type=Path, default=cache_folder(), help="where packages are kept")
    parser.add_argument("--reports", type=Path, help="where reports are kept")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", type=Path, action="append", default=[], help="a Markdown file with marks; repeatable")
    return parser.parse_args()


def main() -> None:
    """Draw the pages, measure each, and print the tables."""
    options = options_of()
    names = options.corpora.split(",") + [name for name, _ in options.checkout] if options.corpora else None
    with tempfile.TemporaryDirectory(prefix="offramp-page-") as work:
        reports = options.reports or Path(work)
        reports.mkdir(parents=True, exist_ok=True)
        is_scanned = any(not (reports / f"{name}.json").exists() for name in options.pages)
        corpora = gather(names, dict(options.checkout), options.cache, Path(work, "corpora")) if is_scanned else []
        pages = []
        for name in options.pages:
            chosen = [corpus for corpus in corpora if name in (ALL, corpus.name)]
            if not chosen and not (reports / f"{name}.json").exists():
                sys.exit(f"{name}: nothing to measure on")
            page, file = drawn(name, chosen, reports.resolve())
            for run in range(options.runs):
                note(f"{name}: run {run + 1} of {options.runs}")
                take(page, file)
            pages.append(page)
    tables = {"page": page_table(pages), "actions": action_table(pages)}
    print("\n\n".join(tables.values()))
    write_into(options.write, tables, "report-page")


if __name__ == "__main__":
    main()
