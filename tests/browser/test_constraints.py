"""Constraints in a browser: pinned in Browse, a share from Tune, what binds, and a link that opens the same."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import card_of, go_to, number_of, settle, visit

pytestmark = pytest.mark.slow
UUID = "00000007-0000-4000-8000-000000000000"


def test_pin_a_row_add_a_share_and_open_the_link(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    with visit(browser, height=1400) as seen:
        page = seen.open(f"{serve(plain_workspace)}/browse?size=50&clusters=None&row={UUID}")
        page.wait_for_selector(".st-key-facts :text('Not selected')")
        page.locator(".st-key-pin button").first.click()
        page.wait_for_selector(".st-key-pin button:has-text('Unpin')")
        page.wait_for_selector(".st-key-facts :text-is('Selected')")
        go_to(page, "Tune")
        page.locator(".st-key-constraints_open summary").click()
        page.wait_for_selector(".st-key-pinned_rows button:has-text('Pinned: 1')")
        page.locator(".st-key-add_share button").first.click()
        page.locator(".st-key-_limit_by input").click()
        page.locator("[role=option]:has-text('Cluster')").click()
        settle(page)
        page.locator(".st-key-_limit_max input").fill("0.1")
        page.keyboard.press("Enter")
        settle(page)
        page.locator(".st-key-_limit_add button").first.click()
        page.wait_for_selector("text=Max 0.1 of each cluster of kmeans-5 leaves")
        settle(page)
        assert number_of(page, "Selected") == "0"
        assert "constraints=" in page.url
        assert (seen.elsewhere, seen.complaints) == ([], [])
        link = page.url.replace("0.1%7D", "0.2%7D")
    with visit(browser) as other:
        page = other.open(link)
        card_of(page, "Selected").wait_for()
        settle(page)
        assert number_of(page, "Selected") == "50"
        page.locator(".st-key-constraints_open summary").click()
        page.wait_for_selector(".st-key-drop_share_0 button:has-text('at most 20 %')")
        page.locator(".st-key-drop_share_0 button").first.click()
        page.wait_for_selector(".st-key-drop_share_0", state="detached")
        settle(page)
        assert UUID in page.url
        assert "shares" not in page.url
        assert (other.elsewhere, other.complaints) == ([], [])
