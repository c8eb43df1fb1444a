"""All six baselines beside CrowdSelect on the real pool, with the signals that SmolLM2 makes of its shortest pairs."""

import csv
import gzip
import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import permutations
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from playwright.sync_api import Browser, Page

from crowdselect.cli import main as crowdselect
from crowdselect.store import Workspace, open_build
from precompute.cli import main
from tests.browser.browsing import download, settle, visit
from tests.browser.conftest import precompute
from tests.golden.conftest import JUDGE
from tests.openai_server import serving
from tests.smollm2 import folder

pytestmark = pytest.mark.slow
PAIRS = 14  # whose signals are made here; all 805 take more than an hour
SIZE = 10
MADE = ("ifd", "ifd_dropped", "ifd_ppl", "ifd_ppl_dropped", "direct_score")
SIX = {"IFD": "ifd", "InsTag": "instag", "Longest response": "length", "Random": "random", "Best reward": "reward",
       "Direct score": "direct_score"}  # fmt: skip
TOPICS = ("writing", "language", "grammar", "geography", "science", "history", "mathematics", "programming", "advice",
          "humor", "classification", "translation")  # fmt: skip


def shortest(lines: Iterable[str]) -> list[str]:
    """The lines of those instructions that are shortest together with their best response."""
    rows = defaultdict(list)
    for line in lines:
        rows[json.loads(line)["instruction_id"]].append((json.loads(line), line))

    def characters(uuid: str) -> int:
        best, _ = max(rows[uuid], key=lambda row: row[0]["scores"][JUDGE] or 0)
        return len(best["instruction"]) + len(best["response"])

    return [line for uuid in sorted(rows, key=characters)[:PAIRS] for _, line in rows[uuid]]


def asked(tokens: int, texts: list[str]) -> dict[str, object]:
    """One of the texts, and nothing else."""
    return {"max_tokens": tokens, "structured_outputs": {"choice": texts}}


def models_yaml(base_url: str) -> str:
    """SmolLM2 for all three. Its answers are held to a form, as vLLM does it, too; which of them is its own choice.

    It draws its grades as likely as it holds them, for the likeliest is the same whatever it reads.
    """
    place = {"base_url": base_url, "model": "smollm2", "timeout": 300, "concurrency": 2}
    tags = [json.dumps(topics) for topics in [*permutations(TOPICS, 1), *permutations(TOPICS, 2)]]
    grades = [str(number) for number in range(6)]
    return yaml.safe_dump(
        {
            "ifd": {"path": str(folder())},
            "tag": place | {"params": asked(16, tags)},
            "judge": place | {"params": {"temperature": 1, "seed": 1, **asked(2, grades)}},
        }
    )


@pytest.fixture(scope="module")
def made(alpacaeval: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """metrics.parquet (of answers) and tags.parquet, as the jobs made them in a workspace of the shortest pairs."""
    place = tmp_path_factory.mktemp("made")
    with gzip.open(alpacaeval / "responses.jsonl.gz", "rt", encoding="utf-8") as lines:
        (place / "short.jsonl").write_text("".join(shortest(lines)), encoding="utf-8")
    precompute(place / "w", "ingest", place / "short.jsonl", "--no-publish")
    with serving("--smollm2") as server:
        (place / "models.yaml").write_text(models_yaml(server.base_url))
        precompute(place / "w", "run", "ifd", "tag", "judge", "--models", place / "models.yaml")
        assert server.answered() == 2 * PAIRS
    build = open_build(Workspace.of(place / "w"))
    try:
        columns = ", ".join(f"max(value) FILTER (name = '{name}') AS {name}" for name in MADE)
        # a grade stands for every response of the same text, IFD for the best response alone
        signals = f"SELECT uuid, model, {columns} FROM response_signals GROUP BY uuid, model HAVING ifd_dropped >= 0"  # noqa: S608
        pq.write_table(build.query(signals), place / "metrics.parquet")
        tags = "SELECT uuid, list(tag ORDER BY place) AS tags FROM tags GROUP BY uuid"
        pq.write_table(build.query(tags), place / "tags.parquet")
    finally:
        build.close()
    return place


@pytest.fixture(scope="module")
def workspace(made: Path, alpacaeval_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole pool with those signals."""
    folder = tmp_path_factory.mktemp("whole") / "w"
    shutil.copytree(alpacaeval_workspace, folder)
    place = ["--workspace", str(folder)]
    for name in MADE:
        assert main(["attach", "metric", str(made / "metrics.parquet"), "--column", name, "--no-publish", *place]) == 0
    assert main(["attach", "tags", str(made / "tags.parquet"), *place]) == 0
    return folder


def table(file: Path) -> dict[str, dict[str, str]]:
    """The rows of a comparison by their names."""
    return {row["selection"]: row for row in csv.DictReader(file.open(newline=""))}


def test_six_baselines_on_the_real_pool_with_robustness_and_a_row_opened_in_browse(
    browser: Browser, serve: Callable, workspace: Path, made: Path, tmp_path: Path
) -> None:
    with visit(browser, height=5000) as seen:
        page = seen.open(f"{serve(workspace)}/compare?size={SIZE}&clusters=k10&with=Stability&against=Stability")
        box = page.locator(".st-key-moved canvas").first.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 18, box["y"] + 35 * 2 + 17)
        page.wait_for_selector(".st-key-opened")
        uuid = page.url.split("row=")[1].split("&")[0]
        page.locator(".st-key-all_baselines button").first.click()
        page.wait_for_selector("[data-testid=stMetricValue]:has-text('23')")
        settle(page)
        assert page.locator(".st-key-left_out").count() == 0  # none lacks anything
        found = table(download(page, "download_comparison", tmp_path))
        deep(page, found, tmp_path)
        page.locator("a:has-text('Open in Browse')").first.click()
        page.wait_for_url(f"**/browse*row={uuid}*")
        assert (seen.elsewhere, seen.complaints) == ([], [])
    assert {row["strategy"] for row in found.values()} >= {*SIX.values(), "weighted"}
    assert all(found[name]["rows"] == str(SIZE) for name in [*SIX, "CrowdSelect (paper)"])
    check_against_the_command_line(found, workspace, made, tmp_path)


def deep(page: Page, found: dict[str, dict[str, str]], tmp_path: Path) -> None:
    """Robustness, for every selection; and the table for a paper."""
    page.locator(".st-key-deep label").first.click()
    page.wait_for_selector(".st-key-robust .js-plotly-plot", timeout=120_000)
    settle(page)
    rows = table(download(page, "download_comparison", tmp_path))
    assert list(rows) == list(found)
    assert 0 < float(rows["CrowdSelect (paper)"]["robustness"]) < float(rows["Random"]["robustness"]) == 1.0
    assert f"CrowdSelect (paper) & {SIZE} &" in download(page, "latex_comparison", tmp_path).read_text()


def check_against_the_command_line(
    found: dict[str, dict[str, str]], workspace: Path, made: Path, tmp_path: Path
) -> None:
    """The page's rows are those of `compare`; `select` takes what SmolLM2's own numbers put first."""
    recipe = {"name": "Current", "select": {"size": SIZE, "clusters": {"name": "k10", "quota": "equal"}}}
    place = ["--workspace", str(workspace)]
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    command = ["compare", tmp_path / "recipe.yaml", "--baselines", "all", "--clusters", "k10"]
    assert crowdselect([*map(str, command), "--out", str(tmp_path / "cli.csv"), *place]) == 0
    said = table(tmp_path / "cli.csv")
    assert list(said) == list(found)
    for name, row in found.items():
        assert row == {column: said[name][column] for column in row}

    rows = pq.read_table(made / "metrics.parquet").to_pylist()
    kept = [row for row in rows if not row["ifd_dropped"]]
    first = {
        "ifd": sorted(kept, key=lambda row: (-row["ifd"], row["uuid"])),
        "direct_score": sorted(rows, key=lambda row: (-row["direct_score"], row["uuid"])),
    }
    assert len({row["direct_score"] for row in rows}) > 1, "the judge tells one response from another"
    for strategy, best in first.items():
        (tmp_path / "one.yaml").write_text(yaml.safe_dump({"select": {"strategy": strategy, "size": SIZE}}))
        assert crowdselect(["select", str(tmp_path / "one.yaml"), "--out", str(tmp_path / "one.jsonl"), *place]) == 0
        chosen = [json.loads(line)["uuid"] for line in (tmp_path / "one.jsonl").read_text().splitlines()]
        assert chosen == [row["uuid"] for row in best[:SIZE]]
