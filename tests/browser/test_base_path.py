"""The app below a path of its host, and behind its password: all that it asks for is there, and nothing beside it."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Response, expect

from tests.browser.browsing import download, go_to, number_of, settle, visit
from tests.browser.server import serving

pytestmark = pytest.mark.slow


def test_everything_works_below_a_path(browser: Browser, plain_workspace: Path, tmp_path: Path) -> None:
    answers: list[tuple[str, int]] = []

    def note(answer: Response) -> None:
        if urlsplit(answer.url).scheme.startswith("http"):
            answers.append((urlsplit(answer.url).path, answer.status))

    password = {"CROWDSELECT_PASSWORD": "secret"}
    served = serving(plain_workspace, tmp_path / "log", environment=password, base_path="/crowd")
    with served as address, visit(browser) as seen:
        page = seen.page
        page.goto(f"{address}?size=33")  # no slash at its end
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_contain_text("not the password")
        page.get_by_label("Password").fill("secret")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{address}/?size=33")
        page.on("response", note)
        seen.complaints.clear()  # the browser's own words about the 401 of the login page
        page.reload()
        page.wait_for_selector(".st-key-map .map[data-state=ready]")
        settle(page)
        assert number_of(page, "Selected") == "33"
        file = download(page, "download", tmp_path)
        assert len(file.read_text().splitlines()) == 33
        go_to(page, "Map")
        page.wait_for_selector(".st-key-map_card_tsne .map[data-state=ready]")
        go_to(page, "Browse")
        page.wait_for_selector(".responses")
        page.go_back()
        page.wait_for_url(f"{address}/map*")
        settle(page)
        assert "size=33" in page.url
        page.goto(f"{address}/browse?row=00000007-0000-4000-8000-000000000000&size=33")
        settle(page)
        page.wait_for_selector(".responses")
        assert "problem 7 about" in page.locator("[data-testid=stMain]").inner_text()
        page.locator(".st-key-link button").first.click()
        expect(page.locator("[data-testid=stPopoverBody]")).to_contain_text(f"{address}/browse?")
        picture = page.request.get(f"{address}/picture/0001/tsne.png")
        assert picture.headers["content-type"] == "image/png"
        assert [(path, status) for path, status in answers if status >= 400] == []
        assert [path for path, _ in answers if not path.startswith("/crowd/")] == []
        assert any(path.startswith("/crowd/map/0001/points/") for path, _ in answers)
        assert (seen.elsewhere, seen.complaints) == ([], [])
