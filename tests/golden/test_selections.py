"""Every selection passes the checks made from the published algorithm's results, whatever it did with ties."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from crowdselect.pool import Pool
from crowdselect.recipe import Recipe
from crowdselect.selection import select

WEIGHTS = {"difficulty": 1, "separability": 1, "stability": 1.5}


def single(strategy: str, size: int = 100, **select_keys: object) -> dict:
    return {"pool": {"ties": "original"}, "select": {"strategy": strategy, "size": size, **select_keys}}


def weighted(clustering: str, size: int) -> dict:
    clusters = {"name": clustering, "quota": "equal"}
    select_keys = {"strategy": "weighted", "size": size, "weights": WEIGHTS, "clusters": clusters}
    return {"pool": {"ties": "original"}, "select": select_keys}


CASES: dict[str, dict] = {
    f"{metric}_{direction}100": single(metric, direction=direction)
    for metric in ("difficulty", "separability", "stability")
    for direction in ("top", "bottom")
}
CASES |= {
    f"cluster{k}_{metric}_{direction}100": single(
        metric, direction=direction, clusters={"name": f"k{k}", "quota": "equal"}
    )
    for k in (10, 30)
    for metric in ("difficulty", "separability", "stability")
    for direction in ("top", "bottom")
}
CASES |= {
    f"length_{of}_{direction}100": single("length", of=of, direction=direction)
    for of in ("instruction", "response")
    for direction in ("top", "bottom")
}
CASES |= {
    f"stability_tie_aware_{direction}100": {"select": {"strategy": "stability", "size": 100, "direction": direction}}
    for direction in ("top", "bottom")
}
CASES |= {
    "rm_score_top100": single("reward"),
    "rm_score_bottom100": single("reward", direction="bottom"),
    "rm_score_bottom100_repo_min": single("reward", direction="bottom", by="min"),
    "multi_k10_n10_rounded": weighted("k10", 100),
    "multi_k30_n4_rounded": weighted("k30", 120),
}


@pytest.fixture(scope="module")
def checks(alpacaeval: Path) -> dict:
    return json.loads((alpacaeval / "reference" / "selection_checks.json").read_text())


@pytest.fixture(scope="module")
def reference(alpacaeval: Path) -> dict[str, dict]:
    rows = pq.read_table(alpacaeval / "reference" / "metrics.parquet").to_pylist()
    return {row["uuid"]: row for row in rows}


@pytest.mark.parametrize("name", CASES)
def test_selection_passes_its_check(name: str, real_pool: Pool, checks: dict, reference: dict) -> None:
    check = checks[name]
    metric = check["metric"].split(" ")[0]
    uuids = [str(uuid) for uuid in select(real_pool, Recipe.parse(CASES[name])).uuids]
    values = sorted((reference[uuid][metric] for uuid in uuids), reverse=check["direction"] == "top")
    assert len(set(uuids)) == len(uuids) == check["n"]
    np.testing.assert_allclose(values, sorted(check["values"], reverse=check["direction"] == "top"), rtol=0, atol=1e-9)
    if "n_forced" in check:
        sign = 1 if check["direction"] == "top" else -1
        forced = {u for u, row in reference.items() if sign * (row[metric] - check["cutoff"]) > 1e-9}
        assert len(forced) == check["n_forced"]
        assert forced <= set(uuids)
        assert set(uuids) - forced <= set(check.get("tied_pool", uuids))


@pytest.mark.parametrize(("name", "clustering"), [("multi_k10_n10_rounded", "k10"), ("multi_k30_n4_rounded", "k30")])
def test_weighted_selection_is_right_in_every_cluster(
    name: str, clustering: str, real_pool: Pool, checks: dict, reference: dict
) -> None:
    selection = select(real_pool, Recipe.parse(CASES[name]))
    codes = selection.candidates.cluster_codes(clustering)[selection.positions]
    for label, expected in checks[name]["values_per_cluster"].items():
        uuids = selection.uuids[codes == int(label)]
        values = sorted(reference[uuid]["multi_score_rounded"] for uuid in uuids)
        np.testing.assert_allclose(values, sorted(expected), rtol=0, atol=1e-9)
