"""What all tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analyzer.discover.files import discover
from analyzer.facts.read_file import read_file
from analyzer.link.program import Program, link

if TYPE_CHECKING:
    from selenium import webdriver

LinkSources = Callable[[dict[str, str]], Program]


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is remembered from, or for, the user's own runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OFFRAMP_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("OFFRAMP_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def link_sources(tmp_path: Path) -> LinkSources:
    """Writes files, given as path -> text, and links them."""

    def write_and_link(sources: dict[str, str]) -> Program:
        for name, source in sources.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        return link(read_file(tmp_path, file) for file in discover(tmp_path).files)

    return write_and_link


@pytest.fixture(scope="session")
def encoder_fleet() -> str:
    """Forty instances that serve an encoder, as a workload file says it; title, currency and candidates are the test's own."""
    return """[fleet]
instance_type = "g5.2xlarge"
count = 40
[model]
kind = "encoder"
family = "bert-large"
parameters = 340_000_000
[traffic]
peak_per_second = 4000
average_per_second = 2000
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Headless Chromium of Debian; without it the tests are skipped, in CI they fail."""
    from selenium import webdriver

    chromium, driver_path = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver_path is None:
        if os.environ.get("CI"):
            pytest.fail("Debian's chromium and chromium-driver are needed in CI", pytrace=False)
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--no-first-run", "--disable-dev-shm-usage", "--window-size=1200,900",
    ):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver_path))
    yield driver
    driver.quit()
