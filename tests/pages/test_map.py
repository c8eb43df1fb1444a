"""The Map page over every strange pool, and what a drawn shape says."""

from pathlib import Path

import numpy as np
import pytest

from crowdselect.mapping.labels import cluster_labels
from crowdselect.recipe import Recipe
from crowdselect.selection import select
from crowdselect.shapes import summarise
from crowdselect.store import load_pool, open_build
from tests.pages.builds import EDGES, plain, publish
from tests.pages.conftest import Open, failures
from tests.pages.test_edges import MARKUP


@pytest.mark.parametrize("edge", EDGES)
def test_page_stands(edge: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page("map", publish(tmp_path, EDGES[edge]).path)
    assert failures(app) == []
    assert app.code or any("selected rows" in caption.value for caption in app.caption)
    for element in (*app.markdown, *app.caption):
        assert not MARKUP.search(element.value)


def test_empty_workspace_says_what_to_do(open_page: Open, tmp_path: Path) -> None:
    app = open_page("map", tmp_path)
    assert failures(app) == []
    assert [button.label for button in app.button] == ["Build the demo"]


def test_a_shape_counts_its_rows_and_their_means(tmp_path: Path) -> None:
    pool = load_pool(open_build(publish(tmp_path, plain())))
    recipe = Recipe.parse({"pool": {"reward_model": "rm-large"}, "select": {"size": 20}})
    selection = select(pool, recipe)
    inside = np.zeros(len(pool), dtype=bool)
    inside[selection.rows[:5]] = True
    inside[np.setdiff1d(np.arange(len(pool)), selection.rows)[:3]] = True
    found = summarise(selection, inside, ["difficulty"], most=6)
    assert (found.rows, found.selected, found.marks) == (8, 5, [True] * 5 + [False])
    assert set(found.first[:5]) == set(selection.rows[:5])
    expected = -pool.scores["rm-large"][:, inside].mean()
    assert found.means[0].shape == pytest.approx(expected)


def test_cluster_names_stand_among_their_points(tmp_path: Path) -> None:
    pool = load_pool(open_build(publish(tmp_path, plain())))
    codes = pool.clusterings["kmeans-5"].codes
    for x, y, name, label in cluster_labels(pool, "tsne", "kmeans-5"):
        assert name == f"cluster {label}"
        points = pool.projections["tsne"][codes == label]
        assert points[:, 0].min() <= x <= points[:, 0].max()
        assert points[:, 1].min() <= y <= points[:, 1].max()
    assert len(cluster_labels(pool, "tsne", "kmeans-5")) == len(np.unique(codes))
