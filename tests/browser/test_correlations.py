"""Correlations in a real browser: a click on a cell opens its pair, and the link keeps it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.browsing import settle, visit

pytestmark = pytest.mark.slow
AREA = ".st-key-matrix .nsewdrag"


def click_cell(page: Page, row: int, column: int, size: int) -> None:
    page.wait_for_selector(AREA, state="attached")
    box = page.locator(AREA).first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * (column + 0.4) / size, box["y"] + box["height"] * (row + 0.4) / size)
    page.wait_for_timeout(300)
    page.mouse.click(box["x"] + box["width"] * (column + 0.4) / size, box["y"] + box["height"] * (row + 0.4) / size)


def test_a_click_opens_the_pair_and_the_link_keeps_it(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    address = f"{serve(plain_workspace)}/correlations"
    with visit(browser, "dark", height=1200) as seen:
        page = seen.open(address)
        click_cell(page, 4, 2, 11)
        page.wait_for_url("**/correlations?x=Stability&y=Worst+reward")
        settle(page)
        sentence = page.locator(".st-key-pair_card").inner_text()
        page.wait_for_selector(".st-key-scatter .js-plotly-plot")
        link = page.url
        assert (seen.elsewhere, seen.complaints) == ([], [])
    with visit(browser, "light", height=1200) as again:
        page = again.open(link)
        page.wait_for_selector(".st-key-scatter .js-plotly-plot")
        assert page.locator(".st-key-pair_card").inner_text() == sentence
        assert (again.elsewhere, again.complaints) == ([], [])


def test_every_matrix_is_drawn(browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    with visit(browser) as seen:
        page = seen.open(f"{serve(plain_workspace)}/correlations")
        for matrix, size in (("Models", 9), ("Reward models", 2), ("Metrics", 11)):
            page.get_by_text(matrix, exact=True).first.click()
            page.wait_for_function(f"document.querySelectorAll('.st-key-matrix .ytick').length == {size}")
            settle(page)
            if matrix == "Models":
                click_cell(page, 4, 2, 9)
                page.wait_for_url("**model_x=**")
            else:  # the pair of another matrix does not stay in the address
                assert "model_x" not in page.url
        assert seen.complaints == []


def test_every_column_is_named_and_pale_cells_are_readable(
    browser: Browser, serve: Callable, plain_workspace: Path
) -> None:
    """The letters of a pale cell have the theme's own text colour: dark on light, light on dark."""
    for theme, dark_letters in (("light", True), ("dark", False)):
        with visit(browser, theme) as seen:
            page = seen.open(f"{serve(plain_workspace)}/correlations?between=Models")
            page.wait_for_selector(".st-key-matrix .textpoint text")
            assert page.locator(".st-key-matrix .xtick").count() == 9
            fills = page.locator(".st-key-matrix .textpoint text").evaluate_all(
                "texts => texts.map(text => getComputedStyle(text).fill.match(/[0-9]+/g).slice(0, 3).map(Number))"
            )
            assert {sum(fill) < 300 for fill in fills} == {dark_letters}
