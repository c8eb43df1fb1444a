"""A browser that stays on this machine: what it asked elsewhere and what it complained of is kept for the tests."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, Playwright, Route, sync_playwright

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]  # fmt: skip
READY = "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
SHOWN = "[data-testid=stMain] [data-testid=stElementContainer]"
CALM = """([ready, shown]) => document.querySelector(ready) && document.querySelector(shown)
    && !document.querySelector("[data-testid=stElementContainer][data-stale=true]")"""


@dataclass
class Visit:
    """One page in its own context, with what must stay empty beside it."""

    page: Page
    elsewhere: list[str] = field(default_factory=list)  # requests to any other host
    complaints: list[str] = field(default_factory=list)  # console errors and dialogs

    def open(self, address: str) -> Page:
        self.page.goto(address)
        settle(self.page)
        return self.page


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield launch(playwright)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)


@contextlib.contextmanager
def visit(browser: Browser, theme: str = "light", width: int = 1280, height: int = 800) -> Iterator[Visit]:
    """A fresh context: no cookies, nothing kept from other visits."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, accept_downloads=True, reduced_motion="reduce"
    )
    seen = Visit(context.new_page())

    def guard(route: Route) -> None:
        if urlsplit(route.request.url).hostname in ("127.0.0.1", None):
            route.continue_()
        else:
            seen.elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    seen.page.on("console", lambda message: message.type == "error" and seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("dialog", lambda dialog: (seen.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    try:
        yield seen
    finally:
        context.close()


def download(page: Page, key: str, folder: Path) -> Path:
    """The file that the button under `key` gives, saved in `folder` under the name it suggests."""
    with page.expect_download() as waiting:
        page.locator(f".st-key-{key} :is(button, a)").first.click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def go_to(page: Page, name: str) -> None:
    """Another page, by a click on its name at the top."""
    page.locator(f"[data-testid=stTopNavLink]:has-text('{name}')").first.click()
    page.wait_for_url(f"**/{name.lower()}*" if name != "Tune" else "**")
    settle(page)


def card_of(page: Page, label: str) -> Locator:
    """The card with one number whose label this is."""
    return page.locator("[data-testid=stMetric]", has=page.locator(f'[data-testid=stMetricLabel] p:text-is("{label}")'))


def number_of(page: Page, label: str) -> str:
    """The number that the card shows."""
    return card_of(page, label).locator("[data-testid=stMetricValue]").inner_text()


def map_picture(page: Page, card: str = "map") -> bytes:
    """What the map under `card` draws, once its points are there."""
    page.wait_for_selector(f".st-key-{card} .map[data-state=ready]")
    page.mouse.move(2, 2)
    settle(page)
    return page.locator(f".st-key-{card} .stage").screenshot()


def draw_rectangle(page: Page, card: str, share: float) -> None:
    """A rectangle on the map from near its top left corner, `share` of its width and height long."""
    stage = page.locator(f".st-key-{card} .stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    stage.focus()
    page.keyboard.press("r")
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * share / 2, box["y"] + box["height"] * share, steps=4)
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * share, steps=4)
    page.mouse.up()
    settle(page, 700)


def settle(page: Page, quiet: int = 500, seconds: float = 60) -> None:
    """Waits until something is shown and nothing has run or been stale for `quiet` milliseconds."""
    page.wait_for_selector(SHOWN, timeout=seconds * 1000, state="attached")
    calm = 0
    for _ in range(int(seconds * 10)):
        calm = calm + 100 if page.evaluate(CALM, [READY, SHOWN]) else 0
        if calm >= quiet:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the page was still working after {seconds} s")
