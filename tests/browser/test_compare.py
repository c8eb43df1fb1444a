"""Compare in a real browser: chips in the link, a recipe from a file, the table as a file."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import settle, visit
from tests.pages.builds import HOSTILE

pytestmark = pytest.mark.slow


def test_a_recipe_file_joins_and_the_table_downloads(
    browser: Browser, serve: Callable, plain_workspace: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "=my mix.yaml"
    recipe.write_text("pool: {reward_model: rm-small}\nselect: {strategy: stability, size: 40}\n")
    with visit(browser) as seen:
        page = seen.open(f"{serve(plain_workspace)}/compare?with=Random")
        page.locator(".st-key-picker button:has-text('Recipe file')").first.click()
        page.locator("input[type=file]").set_input_files(recipe)
        page.wait_for_selector("[data-testid=stMetricValue]:has-text('3')")
        settle(page)
        assert "with=Random" in page.url
        page.keyboard.press("Escape")
        with page.expect_download() as waiting:
            page.locator(".st-key-download_comparison button").first.click()
        file = tmp_path / "out.csv"
        waiting.value.save_as(file)
        rows = list(csv.DictReader(file.open(newline="")))
        assert [row["selection"] for row in rows] == ["Current", "Random", "'=my mix (uploaded)"]
        assert rows[2]["rows"] == "40"
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_a_file_that_is_no_recipe_says_why(
    browser: Browser, serve: Callable, plain_workspace: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(f"select: {{strategy: '{HOSTILE.replace(chr(0), '')}'}}\n", encoding="utf-8")
    with visit(browser) as seen:
        page = seen.open(f"{serve(plain_workspace)}/compare")
        page.locator(".st-key-picker button:has-text('Recipe file')").first.click()
        page.locator("input[type=file]").set_input_files(wrong)
        page.wait_for_selector("[data-testid=stText]:has-text('unknown strategy')")
        assert page.locator("img[src*=evil], a[href*=evil], a[href*=javascript]").count() == 0
        assert (seen.elsewhere, seen.complaints) == ([], [])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_drawn(theme: str, browser: Browser, serve: Callable, plain_workspace: Path) -> None:
    with visit(browser, theme, height=3400) as seen:
        page = seen.open(f"{serve(plain_workspace)}/compare")
        for key in ("overlap", "held", "sets", "means", "outlines", "cluster_shares"):
            page.wait_for_selector(f".st-key-{key} .js-plotly-plot")
        page.get_by_role("tab", name="Models").click()  # each kind of shares is drawn when it is looked at
        page.wait_for_selector(".st-key-models .js-plotly-plot")
        assert page.locator(".st-key-cluster_shares").count() == 0
        assert (seen.elsewhere, seen.complaints) == ([], [])


# The names beside an axis that reach beyond their chart.
CUT = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap((chart) => {
  const edge = chart.getBoundingClientRect()
  return [...chart.querySelectorAll(".xtick text, .ytick text")].flatMap((name) => {
    const box = name.getBoundingClientRect()
    const over = [edge.left - box.left, box.right - edge.right, edge.top - box.top, box.bottom - edge.bottom]
    return !box.width || Math.max(...over) < 1 ? [] : [[name.textContent, ...over.map(Math.round)]]
  })
})"""


@pytest.mark.parametrize(
    ("others", "name"),
    [(["Random"], "比較選擇資料品質提升測試方案甲乙丙丁戊己庚辛壬癸子丑"),
     (["Random", "Best reward", "Difficulty", "Separability", "Stability"], "COMMON MEMORANDUM WW MM %%")],
)  # fmt: skip
def test_wide_names_have_room(
    others: list[str], name: str, browser: Browser, serve: Callable, plain_workspace: Path, tmp_path: Path
) -> None:
    """The margins of these charts are given, so that nothing is measured: names beyond them would be cut."""
    recipe = tmp_path / f"{name}.yaml"
    recipe.write_text("pool: {reward_model: rm-small}\nselect: {strategy: stability, size: 40}\n")
    with visit(browser, height=3400) as seen:
        page = seen.open(f"{serve(plain_workspace)}/compare?{'&'.join(f'with={each}' for each in others)}")
        page.locator(".st-key-picker button:has-text('Recipe file')").first.click()
        page.locator("input[type=file]").set_input_files(recipe)
        page.wait_for_selector(f"[data-testid=stMetricValue]:has-text('{len(others) + 2}')")
        page.wait_for_selector(".st-key-cluster_shares .js-plotly-plot")
        settle(page)
        found = page.evaluate(CUT)
        assert not found, found
        assert (seen.elsewhere, seen.complaints) == ([], [])
