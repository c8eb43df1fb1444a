"""A browser that stays on this machine: what it asked elsewhere and what it complained of is kept for the tests."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Playwright, Route, sync_playwright

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
# Streamlit looks for its server under a deep link's own path first; the answer to that is 404.
EXPECTED = re.compile(r"Failed to load resource.*404")


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
    seen.page.on("console", lambda message: _hear(seen, message.type, message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("dialog", lambda dialog: (seen.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    try:
        yield seen
    finally:
        context.close()


def _hear(seen: Visit, kind: str, text: str) -> None:
    if kind == "error" and not EXPECTED.search(text):
        seen.complaints.append(text)


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
