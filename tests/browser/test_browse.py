"""Browse in a real browser: search, open, go on, and the link opens the same row in a fresh one."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.browsing import settle, visit
from tests.browser.server import serving

pytestmark = pytest.mark.slow


def facts(page: Page) -> str:
    """What is open: its place in the list and its standing."""
    page.wait_for_selector(".st-key-facts")
    page.wait_for_selector(".st-key-pin button")  # which comes after it
    parts = page.locator(".st-key-reading [data-testid=stCaptionContainer], .st-key-facts").all_inner_texts()
    return " ".join(" ".join(parts).split())


def search(page: Page, text: str) -> None:
    page.locator(".st-key-search input").fill(text)
    page.wait_for_url("**search=**")
    settle(page, 800)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_as_first_request(theme: str, browser: Browser, plain_workspace: Path, tmp_path: Path) -> None:
    with serving(plain_workspace, tmp_path / "log") as address, visit(browser, theme) as seen:
        page = seen.open(f"{address}/browse")
        page.wait_for_selector(".st-key-ladders_chart .js-plotly-plot")
        assert page.url == f"{address}/browse"
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_search_open_next_and_the_link(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    with visit(browser, height=1000) as first:
        page = first.open(f"{serve(plain_workspace)}/browse?size=40&w_stability=-1")
        search(page, "topic 2")
        assert "of 400 instructions" in page.locator("[data-testid=stMain]").inner_text()
        before = facts(page)
        page.locator(".st-key-next button").first.click()
        page.wait_for_url("**row=**")
        page.wait_for_function("() => location.search.includes('search=')")
        settle(page, 800)
        after, link = facts(page), page.url
        assert after != before
        assert "2 of " in after
        page.keyboard.press("Alt+ArrowRight")
        page.wait_for_function("link => location.href != link", arg=link)
        settle(page, 800)
        assert facts(page) not in (before, after)
        assert (first.elsewhere, first.complaints) == ([], [])
    with visit(browser, "dark", height=1000) as again:
        page = again.open(link)
        assert facts(page) == after
        expect(page.locator(".st-key-search input")).to_have_value("topic 2")
        assert (again.elsewhere, again.complaints) == ([], [])


def test_a_click_in_the_list_opens_a_row(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    with visit(browser, height=1000) as seen:
        page = seen.open(f"{serve(plain_workspace)}/browse")
        before = facts(page)
        box = page.locator(".st-key-browse_list [data-testid=stDataFrame]").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 18, box["y"] + 35 * 3 + 17)
        page.wait_for_url("**row=**")
        settle(page, 800)
        assert facts(page) != before
        assert "3 of 400" in facts(page)
        assert seen.complaints == []


def test_responses_open_by_key_and_click_and_stay_until_another_row(
    browser: Browser, serve: Callable, plain_workspace: Path
) -> None:
    with visit(browser, height=1000) as seen:
        page = seen.open(f"{serve(plain_workspace)}/browse")
        responses = page.locator(".st-key-responses details")
        expect(responses).to_have_count(9)
        opened = page.locator(".st-key-responses details[open] pre")
        expect(opened).to_have_text(re.compile(r"^Response number \d+/\d$"))
        responses.nth(1).locator("summary").click()
        responses.nth(2).locator("summary").press("Enter")
        expect(opened).to_have_count(3)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        responses.nth(1).hover()
        responses.nth(1).get_by_role("button", name="Copy").click()
        expect(responses.nth(1).get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == responses.nth(1).locator("pre").inner_text()
        page.locator(".st-key-pin button").first.click()
        expect(page.locator(".st-key-pin button").first).to_contain_text("Unpin")
        settle(page)
        expect(opened).to_have_count(3)
        page.locator(".st-key-next button").first.click()
        page.wait_for_url("**row=**")
        expect(opened).to_have_count(1)
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_a_weight_that_turns_a_row_is_set_on_the_whole_page(
    browser: Browser, serve: Callable, plain_workspace: Path
) -> None:
    with visit(browser, height=1600) as seen:
        page = seen.open(f"{serve(plain_workspace)}/browse?size=40&clusters=None&side=Not+selected")
        said = page.locator(".st-key-browse_said")
        expect(said).to_contain_text("360 of 400 instructions · not in the selection")
        page.locator(".st-key-next button").first.click()
        page.wait_for_url("**row=**")
        expect(page.locator(".st-key-facts")).to_contain_text("Rank 42 of 400")
        page.locator(".st-key-turning button").first.click()
        page.locator("[class*=st-key-turn_] button").first.click()
        page.wait_for_url("**w_**")
        expect(page.locator(".st-key-facts :text-is('Selected')")).to_be_visible()
        expect(page.locator(".st-key-why")).to_contain_text("Why it is in")
        undo = page.locator(".st-key-undo button").first
        expect(undo).to_be_enabled()
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_by_meaning_finds_other_words(browser: Browser, serve: Callable, demo_workspace: Path) -> None:
    with visit(browser) as seen:
        page = seen.open(f"{serve(demo_workspace)}/browse?search=gym+routine&search_by=Meaning")
        page.wait_for_selector(".st-key-reading", timeout=120_000)
        settle(page, 800)
        shown = page.locator("[data-testid=stMain]").inner_text()
        assert "nearest in meaning" in shown
        assert "fitness" in page.locator(".st-key-facts").inner_text()
        assert page.locator(".st-key-similar [data-testid=stDataFrame]").count() == 1
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_hostile_text_asks_for_nothing(browser: Browser, serve: Callable, hostile_workspace: Path) -> None:
    with visit(browser, height=1600) as seen:
        page = seen.open(f"{serve(hostile_workspace)}/browse?search=alert")
        page.wait_for_selector(".st-key-reading")
        expect(page.locator(".st-key-responses pre").first).to_contain_text("<img src=")
        page.wait_for_timeout(1500)
        assert page.locator("img[src*=evil], a[href*=evil], a[href*=javascript], .katex").count() == 0
        assert (seen.elsewhere, seen.complaints) == ([], [])
