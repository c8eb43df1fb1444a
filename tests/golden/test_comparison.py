"""All baselines and CrowdSelect (1/1/1.5, 10 clusters) side by side on the real pool: the files, counted anew by hand.

IFD is SmolLM2's on the 120 pairs of the reference; tags are those of the reference; the direct score is made up, since
there is no reference of one: a fixed number from each uuid's digest.
"""

import csv
import hashlib
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from crowdselect.baselines import BASELINES
from crowdselect.cli import main as crowdselect
from crowdselect.compare.report import FILES
from precompute.cli import main as precompute
from tests.golden.conftest import JUDGE

pytestmark = pytest.mark.slow
SIZE = 100
MINE = "CrowdSelect 1/1/1.5"
RECIPE = {
    "name": MINE,
    "select": {
        "size": SIZE, "weights": {"difficulty": 1, "separability": 1, "stability": 1.5},
        "clusters": {"name": "k10", "quota": "equal"},
    },
}  # fmt: skip


def run(*arguments: object) -> None:
    """One command, in this process: there are thirty of them."""
    command, *rest = map(str, arguments)
    assert {"precompute": precompute, "crowdselect": crowdselect}[command](rest) == 0, arguments


def direct_score(uuid: str) -> float:
    return int(hashlib.sha256(uuid.encode()).hexdigest(), 16) % 11 / 2


@pytest.fixture(scope="module")
def report(alpacaeval: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `compare --baselines all --robustness --report` writes."""
    folder = tmp_path_factory.mktemp("comparison")
    reference = alpacaeval / "reference"
    at = ["--workspace", folder / "workspace"]
    run(
        "precompute",
        "ingest",
        alpacaeval / "zoo.parquet",
        "--families",
        alpacaeval / "families.csv",
        *at,
        "--no-publish",
    )
    attach: list[list[Any]] = [
        ["clusters", reference / "clusters.parquet", "--column", "k10", "--name", "k10"],
        ["embeddings", reference / "embeddings.npy", "--ids", reference / "embeddings_uuids.txt", "--name", "minilm"],
        ["tags", reference / "baselines" / "instag_tags.parquet"],
    ]
    ifd = pq.read_table(reference / "baselines" / "ifd.parquet").to_pylist()
    uuids = pq.read_table(reference / "clusters.parquet")["uuid"].to_pylist()
    signals = {
        "direct_score": {uuid: direct_score(uuid) for uuid in uuids},
        "ifd": {row["uuid"]: row["ifd_own_marker"] for row in ifd},
        "ifd_dropped": {row["uuid"]: float(row["cherry_dropped"]) for row in ifd},
        "ifd_ppl": {row["uuid"]: row["ifd_ppl"] for row in ifd if row["ifd_ppl"] is not None},
        "ifd_ppl_dropped": {row["uuid"]: float(row["sf_dropped"]) for row in ifd},
    }
    for name, values in signals.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("uuid", name), *values.items()])
        attach.append(["metric", folder / f"{name}.csv", "--column", name])
    for words in attach[:-1]:
        run("precompute", "attach", *words, *at, "--no-publish")
    run("precompute", "attach", *attach[-1], *at)
    recipe = folder / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(RECIPE))
    run("crowdselect", "compare", recipe, "--baselines", "all", "--robustness", "--report", folder / "report", *at)
    run("crowdselect", "compare", recipe, "--baselines", "all", "--out", folder / "report" / "alone.tex", *at)
    for name in FILES:
        assert (folder / "report" / name).stat().st_size > 100, name
    select_all(folder, at)
    return folder / "report"


def select_all(folder: Path, at: list[Any]) -> None:
    """Each selection as the command `select` exports it, so that nothing here is taken from Compare itself."""
    recipes = json.loads((folder / "report" / "report.json").read_text())["recipes"]
    for place, (name, recipe) in enumerate(recipes.items()):
        (folder / "one.yaml").write_text(yaml.safe_dump(recipe))
        run("crowdselect", "select", folder / "one.yaml", "--out", folder / "report" / f"{place}.jsonl", *at)
        (folder / "report" / f"{place}.name").write_text(name)


def chosen(report: Path) -> dict[str, list[dict[str, Any]]]:
    """name -> the exported rows, best first."""
    files = sorted(report.glob("*.name"), key=lambda file: int(file.stem))
    return {
        file.read_text(): [json.loads(line) for line in file.with_suffix(".jsonl").read_text().splitlines()]
        for file in files
    }


def rows_of(report: Path, name: str) -> list[dict[str, str]]:
    with (report / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def selections(report: Path) -> dict[str, list[dict[str, Any]]]:
    return chosen(report)


def test_all_stand_side_by_side_and_what_is_short_says_so(report: Path) -> None:
    table = {row["selection"]: row for row in rows_of(report, "table.csv")}
    assert list(table) == [MINE, *(each.title for each in BASELINES.values())]
    said = json.loads((report / "report.json").read_text())
    assert said["left_out"] == {}
    assert list(said["shorter"]) == ["IFD"]  # 98 of the 120 pairs are not dropped
    assert {name: int(row["rows"]) for name, row in table.items() if row["rows"] != "100"} == {"IFD": 98}
    assert table["CrowdSelect (paper)"]["jaccard"] == "1.0"
    assert "98 of 100 rows" in (report / "report.md").read_text()


def test_overlap_and_sets_by_counting(report: Path, selections: dict[str, list[dict[str, Any]]]) -> None:
    held = {name: {row["uuid"] for row in rows} for name, rows in selections.items()}
    for row in rows_of(report, "overlap.csv"):
        first, other = held[row["selection"]], held[row["other"]]
        assert int(row["shared"]) == len(first & other)
        assert float(row["jaccard"]) == pytest.approx(len(first & other) / len(first | other))
    patterns = Counter(
        tuple(name for name in held if uuid in held[name]) for uuid in set(itertools.chain(*held.values()))
    )
    found = {
        tuple(name for name in held if row[f"in:{name}"] == "1"): int(row["rows"])
        for row in rows_of(report, "sets.csv")
    }
    assert found == dict(patterns)


def test_means_effects_and_redundancy_by_counting(
    report: Path, selections: dict[str, list[dict[str, Any]]], alpacaeval: Path
) -> None:
    reference = {row["uuid"]: row for row in pq.read_table(alpacaeval / "reference" / "metrics.parquet").to_pylist()}
    columns = {"difficulty": "difficulty", "stability": "stability_tie_aware", "reward": "max_score"}
    vectors = np.load(alpacaeval / "reference" / "embeddings.npy").astype(np.float64)
    ids = (alpacaeval / "reference" / "embeddings_uuids.txt").read_text().split()
    at = {uuid: place for place, uuid in enumerate(ids)}
    table = {row["selection"]: row for row in rows_of(report, "table.csv")}
    effects = {(row["selection"], row["of"]): row for row in rows_of(report, "effects.csv")}
    for name, rows in selections.items():
        uuids = [row["uuid"] for row in rows]
        for ours, theirs in columns.items():
            pool = np.array([row[theirs] for row in reference.values()])
            mine = np.array([reference[uuid][theirs] for uuid in uuids])
            assert float(table[name][ours]) == pytest.approx(mine.mean(), abs=1e-9)
            found = effects[(name, ours)]
            assert float(found["shift"]) == pytest.approx((mine.mean() - pool.mean()) / pool.std(), abs=1e-6)
            above = np.sign(np.round(mine[:, None] - pool[None, :], 9)).mean()
            assert float(found["cliffs_delta"]) == pytest.approx(above, abs=1e-3)  # float noise makes or breaks ties
        words = [len(row["response"].split()) for row in rows]
        assert float(table[name]["length_response"]) == pytest.approx(np.mean(words))
        cosine = vectors[[at[uuid] for uuid in uuids]] @ vectors[[at[uuid] for uuid in uuids]].T
        np.fill_diagonal(cosine, -1)
        assert float(table[name]["redundancy"]) == pytest.approx(cosine.max(axis=1).mean(), abs=1e-5)


def test_shares_by_counting(report: Path, selections: dict[str, list[dict[str, Any]]], alpacaeval: Path) -> None:
    clusters = {
        row["uuid"]: str(row["k10"]) for row in pq.read_table(alpacaeval / "reference" / "clusters.parquet").to_pylist()
    }
    tags = {
        row["uuid"]: row["tags"]
        for row in pq.read_table(alpacaeval / "reference" / "baselines" / "instag_tags.parquet").to_pylist()
    }
    shares = {(row["kind"], row["group"]): row for row in rows_of(report, "shares.csv")}
    for name, rows in selections.items():
        counted = {
            "clusters": Counter(clusters[row["uuid"]] for row in rows),
            "tags": Counter(tag for row in rows for tag in tags[row["uuid"]]),
            "models": Counter(row["model"] for row in rows),
        }
        for (kind, group), row in shares.items():
            if kind in counted:
                of = counted[kind]
                assert float(row[f"share:{name}"]) == pytest.approx(of[group] / of.total())
        assert {group for kind, group in shares if kind == "tags"} >= set(counted["tags"])


def test_what_moved_is_what_differs(report: Path, selections: dict[str, list[dict[str, Any]]]) -> None:
    moved = rows_of(report, "moved.csv")
    mine = {row["uuid"] for row in selections[MINE]}
    for name, rows in selections.items():
        theirs = {row["uuid"] for row in rows}
        for side, expected in (("in", theirs - mine), ("out", mine - theirs)):
            assert {row["uuid"] for row in moved if (row["selection"], row["moved"]) == (name, side)} == expected
    reasons = {row["reason"] for row in moved if row["selection"] == "Longest response"}
    assert "length_response" in reasons
    assert reasons <= {"length_response", "difficulty", "separability", "stability"}


def test_each_has_its_robustness(report: Path) -> None:
    """What asks no model does not depend on the crowd; what does lies between its interval's ends."""
    table = {row["selection"]: row for row in rows_of(report, "table.csv")}
    for name in ("Random", "Random per cluster", "Longest instruction", "Direct score", "IFD", "InsTag"):
        assert (table[name]["robustness"], int(table[name]["core"])) == ("1.0", int(table[name]["rows"]))
    for name in (MINE, "Best reward", "Difficulty", "Separability", "Stability"):
        low, middle, high = (float(table[name][each]) for each in ("robustness_low", "robustness", "robustness_high"))
        assert 0 < low < middle < high <= 1
        assert int(table[name]["core"]) < SIZE
    assert table[MINE]["robustness"] == table["CrowdSelect (paper)"]["robustness"]


def test_the_latex_table_has_every_selection(report: Path) -> None:
    text = (report / "alone.tex").read_text()
    for title in (MINE, *(each.title for each in BASELINES.values())):
        assert f"{title} &" in text
    assert JUDGE not in text
