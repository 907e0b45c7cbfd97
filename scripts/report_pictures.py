"""Takes the pictures of docs/pictures/ of a report: on a desktop, in dark colours, on a phone, and as it is printed.

    python scripts/report_pictures.py report.html docs/pictures

Needs Debian's `chromium` and `chromium-driver`, and the development dependencies.
"""

from __future__ import annotations

import base64
import shutil
import sys
from pathlib import Path

from selenium import webdriver

PICTURES = (
    ("report", 1280, 900, "screen", "light", ""),
    ("report-work", 1280, 900, "screen", "light", "work"),
    ("report-dark", 1280, 900, "screen", "dark", "cost"),
    ("report-phone", 390, 1100, "screen", "light", ""),
    ("report-print", 794, 1123, "print", "light", ""),
)
"""Name, width and height in CSS pixels (A4 for print), medium, colours, and the section that is at the top."""


def main() -> None:
    """Take all pictures."""
    page, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=shutil.which("chromedriver")))
    for name, width, height, medium, colours, section in PICTURES:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": colours}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium, "features": [scheme]})
        driver.get(page.as_uri())
        if medium == "print":  # what the browser does before it prints, and its margin
            driver.execute_script("window.dispatchEvent(new Event('beforeprint')); document.body.style.padding = '13mm'")
        if section:
            driver.execute_script("document.getElementById(arguments[0]).scrollIntoView({behavior: 'instant'})", section)
        data = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"]
        (folder / f"{name}.png").write_bytes(base64.b64decode(data))
    driver.quit()


if __name__ == "__main__":
    main()
