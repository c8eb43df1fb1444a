"""Pictures of every page, light and dark, at 1280 and 1920 pixels: `python -m tests.browser.screenshots`."""

import argparse
import itertools
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.browsing import browser, settle, visit
from tests.browser.server import serving

PAGES = ("tune", "overview", "map", "browse", "correlations", "compare", "trust", "results", "export", "data")
WIDTHS = {1280: 800, 1920: 1080}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path("data/workspace"))
    parser.add_argument("--out", type=Path, help="default: the workspace's folder screenshots")
    parser.add_argument("--pages", nargs="+", default=PAGES, help="addresses, with or without ?parameters")
    parser.add_argument("--widths", nargs="+", type=int, default=list(WIDTHS))
    parser.add_argument("--themes", nargs="+", default=["light", "dark"])
    asked = parser.parse_args()
    out = asked.out or asked.workspace / "screenshots"
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(asked.workspace.resolve(), Path(folder) / "log") as address,
        browser() as chromium,
    ):
        for name, theme, width in itertools.product(asked.pages, asked.themes, asked.widths):
            with visit(chromium, theme, width, WIDTHS.get(width, 900)) as seen:
                file = out / f"{name.replace('?', '_')[:40]}-{theme}-{width}.png"
                picture(seen.open(f"{address}/{name}"), width, file)
                print(file, *seen.complaints, *seen.elsewhere, sep="\n  ")


def picture(page: Page, width: int, file: Path) -> None:
    """The whole page: the window is made as high as what it would scroll."""
    settle(page, 1500)
    height = int(page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"))
    page.set_viewport_size({"width": width, "height": max(height, WIDTHS.get(width, 900))})
    settle(page, 700)
    page.screenshot(path=file)


if __name__ == "__main__":
    main()
