"""Data in a browser: an upload with bad lines becomes a build, jobs are stopped and run again, hostile names."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.browsing import settle, visit
from tests.browser.conftest import precompute
from tests.browser.server import serving
from tests.pages.builds import EDGES, publish

pytestmark = pytest.mark.slow
LONG = 240_000  # milliseconds that a job may take on a busy machine
MODELS = ("Qwen2-1.5B-Instruct", "Qwen2-7B-Instruct", "gemma-2-9b-it")


def lines(rows: int) -> list[str]:
    return [
        json.dumps(
            {
                "id": f"{row:05d}",
                "instruction": f"Question {row}: how do I solve problem {row * 7919 % 1000}?",
                "model": model,
                "response": f"Answer {row}",
                "scores": {"rm": row % 7 + place},
            }
        )
        for row in range(rows)
        for place, model in enumerate(MODELS)
    ]


def main(page: Page) -> str:
    return page.locator("[data-testid=stMain]").inner_text()


def test_from_an_upload_to_a_new_build(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "pool.jsonl"
    file.write_text("\n".join([*lines(4), "not json", '{"instruction": "x", "scores": {"rm": NaN}}']), encoding="utf-8")
    with serving(tmp_path / "workspace", tmp_path / "log") as address, visit(browser) as seen:
        page = seen.open(f"{address}/data")
        page.locator(".st-key-import_upload input[type=file]").set_input_files(file)
        page.wait_for_selector("text=2 would be refused", timeout=60_000)
        page.wait_for_selector(".st-key-first [data-testid=stDataFrame]")
        page.locator(".st-key-import button:has-text('Import 12 records')").first.click()
        page.wait_for_selector("text=14 read = 12 kept + 2 refused", timeout=LONG)
        page.wait_for_selector("text=Build 0001")
        settle(page)
        with page.expect_download() as download:
            page.locator(".st-key-download_rejects a").first.click()
        refused = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
        assert [(row["file"], row["line"]) for row in refused] == [("pool.jsonl", 13), ("pool.jsonl", 14)]
        assert "not JSON" in refused[0]["reason"]

        page.locator(".st-key-part button:has-text('Jobs')").first.click()
        page.locator(".st-key-run_metrics button").first.click()
        page.wait_for_selector("text=Build 0002", timeout=LONG)
        settle(page)
        page.wait_for_selector(".st-key-job_metrics >> text=done")
        assert "part=Jobs" in page.url
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_a_job_is_stopped_and_run_again(browser: Browser, tmp_path: Path) -> None:
    file, workspace = tmp_path / "pool.jsonl", tmp_path / "workspace"
    file.write_text("\n".join(lines(6000)), encoding="utf-8")
    precompute(workspace, "ingest", file)
    with serving(workspace, tmp_path / "log") as address:
        with visit(browser) as first:
            page = first.open(f"{address}/data?part=Jobs")
            page.locator(".st-key-run_embed button").first.click()
            page.wait_for_selector(".st-key-stop button", timeout=LONG)
            assert page.locator(".st-key-run_cluster button").first.is_disabled()
        with visit(browser) as second:  # the tab is closed: the work goes on, and another tab follows it
            page = second.open(f"{address}/data?part=Import")
            page.wait_for_selector("text=/[1-9][0-9,]* of 6,000/", timeout=LONG)
            page.locator(".st-key-stop button").first.click()
            page.wait_for_selector("text=Stopped.", timeout=LONG)
            said = json.loads((workspace / "logs" / "progress.json").read_text())
            assert (said["state"], said["message"]) == ("failed", "SIGTERM")
            assert 0 < said["done"] < 6000
            settle(page)
            page.locator(".st-key-part button:has-text('Jobs')").first.click()
            page.locator(".st-key-run_embed button:not([disabled])").first.click()
            page.wait_for_selector("[data-testid=stProgress]", timeout=LONG)
            end = time.monotonic() + 60
            while (again := json.loads((workspace / "logs" / "progress.json").read_text()))["pid"] == said["pid"]:
                assert time.monotonic() < end
                time.sleep(0.2)
            page.wait_for_selector(".st-key-stop button", timeout=LONG)
            again = json.loads((workspace / "logs" / "progress.json").read_text())
            assert again["done"] >= said["done"]  # it goes on where it was
            page.locator(".st-key-stop button").first.click()
            page.wait_for_selector("text=Stopped.", timeout=LONG)
            assert (second.elsewhere, second.complaints) == ([], [])


def test_hostile_file_names_are_text(browser: Browser, serve: Callable, tmp_path: Path) -> None:
    workspace = publish(tmp_path / "workspace", EDGES["hostile text"]).path
    names = ("../../x.jsonl", "<img src=http://evil.test/a.png onerror=alert(1)>.jsonl")
    contents = ["\n".join([*lines(rows), "![x](http://evil.test/a.png)"]).encode() for rows in (1, 2)]
    for name, content in zip(names, contents, strict=True):
        with visit(browser, "dark") as seen:
            page = seen.open(f"{serve(workspace)}/data")
            upload = page.locator(".st-key-import_upload input[type=file]")
            upload.set_input_files({"name": name, "mimeType": "application/jsonl", "buffer": content})
            page.wait_for_selector("text=1 would be refused", timeout=60_000)
            settle(page)
            for part in ("Jobs", "Attach", "Families") if name == names[-1] else ():
                page.locator(f".st-key-part button:has-text('{part}')").first.click()
                settle(page)
            assert page.locator("img[src*=evil], a[href*=evil], a[href*=javascript], .katex").count() == 0
            assert (seen.elsewhere, seen.complaints) == ([], [])
        assert content in {stored.read_bytes() for stored in (workspace / "uploads").iterdir()}
    assert {stored.read_bytes() for stored in (workspace / "uploads").iterdir()} <= set(contents)
    assert not list(tmp_path.glob("*.jsonl"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_the_first_request(theme: str, browser: Browser, plain_workspace: Path, tmp_path: Path) -> None:
    with serving(plain_workspace, tmp_path / "log") as address, visit(browser, theme) as seen:
        page = seen.open(f"{address}/data?part=Attach")
        page.wait_for_selector(".st-key-attach_card")
        assert "Build 0001" in main(page)
        assert (seen.elsewhere, seen.complaints) == ([], [])


def test_clusters_are_attached_by_their_column(browser: Browser, serve: Callable, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file, workspace = tmp_path / "pool.jsonl", tmp_path / "workspace"
    file.write_text("\n".join(lines(4)), encoding="utf-8")
    precompute(workspace, "ingest", file)
    pq.write_table(pa.table({"uuid": [f"{row:05d}" for row in range(4)], "k2": [0, 1, 0, 1]}), tmp_path / "k.parquet")
    with visit(browser) as seen:
        page = seen.open(f"{serve(workspace)}/data?part=Attach")
        page.locator(".st-key-attach_clusters_upload input[type=file]").set_input_files(tmp_path / "k.parquet")
        page.wait_for_selector(".st-key-attach_column_clusters", timeout=60_000)
        page.locator(".st-key-attach button:not([disabled])").first.click()
        page.wait_for_selector("text=Build 0002", timeout=LONG)
        settle(page)
        page.wait_for_selector(".st-key-attached [data-testid=stDataFrame]")
        assert (seen.elsewhere, seen.complaints) == ([], [])
