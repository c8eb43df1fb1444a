"""What the points of a pool are coloured by, and which rows a lasso holds."""

from dataclasses import replace

import numpy as np
import pytest

from crowdselect.errors import UserError
from crowdselect.mapping.colouring import COLOURINGS, ColourBy, colouring
from crowdselect.mapping.lasso import Lasso, rows_inside
from crowdselect.mapping.scales import LEVELS, NONE
from crowdselect.pool import Clustering, Model, Pool

N = 40
SQUARE = ((-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0))


def made_pool() -> Pool:
    draw = np.random.default_rng(5)
    models = tuple(Model(f"m{m}", "family", float(m + 1)) for m in range(3))
    scores = {name: draw.normal(size=(3, N)) * size for name, size in (("rm-a", 1), ("rm-b", 50))}
    scores["rm-a"][:, 0] = np.nan
    points = draw.normal(size=(N, 2)).astype(np.float32)
    points[1] = np.nan
    return Pool(
        uuids=np.array([f"u{row:02d}" for row in range(N)], dtype=object),
        models=models,
        scores=scores,
        instruction_words=np.arange(N, dtype=np.int32),
        response_words=np.full((3, N), 5, dtype=np.int32),
        sources=np.array(["web" if row % 3 else "" for row in range(N)], dtype=object),
        signals={"mine": np.linspace(-1, 1, N)},
        clusterings={"k": Clustering(np.where(np.arange(N) == 4, -1, np.arange(N) % 4).astype(np.int32), {0: "poems"})},
        projections={"tsne": points},
        tags={"code": np.array([2, 3]), "rare": np.array([3])},
    )


POOL = made_pool()


@pytest.mark.parametrize("by", COLOURINGS)
def test_every_colouring_gives_each_row_a_code_that_its_legend_knows(by: str) -> None:
    name = {"cluster": "k", "metric": "difficulty"}.get(by, "")
    scale = colouring(POOL, ColourBy(by, name, reward_model="rm-a"))
    assert scale.codes.shape == (N,)
    assert scale.codes.dtype == np.uint8
    most = len(scale.names) if scale.kind == "categories" else LEVELS
    assert (scale.codes[scale.codes != NONE] < most).all()


def test_clusters_have_their_names_and_a_row_without_one_has_none() -> None:
    scale = colouring(POOL, ColourBy("cluster", "k"))
    assert scale.names[scale.codes[0]] == "poems"
    assert scale.names[scale.codes[1]] == "1"
    assert scale.codes[4] == NONE


def test_the_best_model_is_the_one_with_the_highest_score() -> None:
    scale = colouring(POOL, ColourBy("best_model", reward_model="rm-a"))
    assert scale.codes[0] == NONE
    for row in range(1, N):
        assert scale.names[scale.codes[row]] == f"m{POOL.scores['rm-a'][:, row].argmax()}"


def test_a_tag_says_who_has_it_and_all_tags_the_most_frequent() -> None:
    scale = colouring(POOL, ColourBy("tag", "code"))
    assert [row for row in range(N) if scale.names[scale.codes[row]] == "code"] == [2, 3]
    every = colouring(POOL, ColourBy("tag"))
    assert every.names[every.codes[3]] == "code"
    assert every.codes[0] == NONE


def test_metrics_follow_the_reward_model_and_signals_are_metrics_too() -> None:
    scale = colouring(POOL, ColourBy("metric", "difficulty", reward_model="rm-a"))
    assert scale.codes[0] == NONE
    row = int(np.nanargmin(POOL.scores["rm-a"].mean(axis=0)))
    assert scale.codes[row] == LEVELS - 1
    assert colouring(POOL, ColourBy("metric", "mine")).least == -1


def test_disagreement_does_not_depend_on_a_reward_models_unit() -> None:
    scale = colouring(POOL, ColourBy("disagreement"))
    shared = np.logical_and.reduce([~np.isnan(s) for s in POOL.scores.values()])
    z = [(s - s[shared].mean()) / s[shared].std() for s in POOL.scores.values()]
    expected = np.std(z, axis=0).mean(axis=0)
    assert scale.most == pytest.approx(np.nanmax(expected))
    assert scale.codes[0] == NONE
    same = replace(POOL, scores={"one": POOL.scores["rm-b"], "two": POOL.scores["rm-b"] * 7 + 3})
    assert colouring(same, ColourBy("disagreement")).most == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "colour",
    [ColourBy("smell"), ColourBy("cluster", "none"), ColourBy("metric", "beauty"), ColourBy("tag", "missing"),
     ColourBy("best_model", reward_model="rm-x")],
)  # fmt: skip
def test_what_the_pool_lacks_is_named(colour: ColourBy) -> None:
    with pytest.raises(UserError, match=colour.name or colour.reward_model or colour.by):
        colouring(POOL, colour)


def test_a_lasso_holds_the_rows_inside_that_the_legend_shows() -> None:
    points = POOL.projections["tsne"]
    here = (np.abs(points) < 1).all(axis=1)
    assert (rows_inside(POOL, Lasso("tsne", SQUARE)) == here).all()
    scale = colouring(POOL, ColourBy("cluster", "k"))
    hidden = frozenset({0, NONE})
    kept = rows_inside(POOL, Lasso("tsne", SQUARE, colour=ColourBy("cluster", "k"), hidden=hidden))
    assert (kept == here & (scale.codes != 0) & (scale.codes != NONE)).all()
    assert not rows_inside(POOL, Lasso("tsne", ())).any()
    with pytest.raises(UserError, match="umap"):
        rows_inside(POOL, Lasso("umap", SQUARE))
