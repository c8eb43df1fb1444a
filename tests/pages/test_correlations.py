"""Correlations: the coefficients that the page shows are scipy's, over the rows that it says."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau, pearsonr, spearmanr

from crowdselect.correlation_columns import COLUMNS, metric_columns
from crowdselect.correlation_pairs import p_text, pairs
from crowdselect.correlations import correlations
from crowdselect.figures.heatmap import heatmap, number
from crowdselect.figures.scatter import MOST_POINTS, Axis, scatter
from crowdselect.recipe import PoolSpec, ResponseSpec
from crowdselect.selection import gather
from crowdselect.store import load_pool, open_build
from tests.pages.builds import EDGES, plain, publish
from tests.pages.conftest import Open, failures, numbers

SCIPY = {"pearson": pearsonr, "spearman": spearmanr, "kendall": kendalltau}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("plain"), plain(200, 9)).path


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("between", ["Metrics", "Reward models", "Models"])
def test_every_matrix_stands_over_every_pool(between: str, edge: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page("correlations", publish(tmp_path, EDGES[edge]).path, {"between": between, "over": "Selection"})
    assert failures(app) == []
    assert numbers(app) or "ingest" in app.code[0].value
    assert not [caption for caption in app.caption if "not possible" in caption.value] or not numbers(app)


def test_an_empty_workspace_says_what_to_do(open_page: Open, tmp_path: Path) -> None:
    app = open_page("correlations", tmp_path)
    assert failures(app) == []
    assert "ingest" in " ".join(code.value for code in app.code)


@pytest.mark.parametrize("method", SCIPY)
def test_the_table_is_scipys(method: str, open_page: Open, workspace: Path, tmp_path: Path) -> None:
    app = open_page(
        "correlations", workspace, {"method": method.capitalize(), "between": "Models", "scored_by": "rm-small"}
    )
    shown = app.dataframe[0].value
    assert len(shown) == 9 * 8 / 2
    build = open_build(publish(tmp_path, plain(200, 9)))  # a file of its own: the page holds the other one
    pool = load_pool(build)
    names = [model.name for model in pool.models]
    for row in shown.itertuples():
        x, y = (pool.scores["rm-small"][names.index(name)] for name in (row.First, row.Second))
        expected = SCIPY[method](x, y)
        assert row.Coefficient == pytest.approx(expected.statistic)
        assert float(row.p) == pytest.approx(expected.pvalue, rel=0.01, abs=6e-5)
        assert row.n == 200
    build.close()


@pytest.mark.parametrize(("over", "rows"), [("Whole pool", "200"), ("Selection", "50"), ("Cluster 3", None)])
def test_over_says_which_rows(over: str, rows: str | None, open_page: Open, workspace: Path) -> None:
    app = open_page("correlations", workspace, {"over": over})
    shown = numbers(app)["Rows"]
    assert failures(app) == []
    assert rows is None or shown == rows
    assert int(app.dataframe[0].value["n"].max()) == int(shown)


def test_reward_models_are_compared_over_all_cells(open_page: Open, workspace: Path) -> None:
    app = open_page("correlations", workspace, {"between": "Reward models"})
    assert app.dataframe[0].value["n"].tolist() == [200 * 9]


def test_a_link_opens_the_same_pair(open_page: Open, workspace: Path) -> None:
    app = open_page("correlations", workspace, {"x": "Stability", "y": "Response length", "method": "Pearson"})
    assert (app.selectbox(key="x").value, app.selectbox(key="y").value) == ("stability", "length_response")
    app.segmented_control(key="between").set_value("models").run()
    assert failures(app) == []
    assert app.selectbox(key="model_x").value.startswith("family-")
    app.segmented_control(key="between").set_value("metrics").run()
    assert (app.selectbox(key="x").value, app.selectbox(key="y").value) == ("stability", "length_response")


def test_kendall_says_how_many_rows_it_took(open_page: Open, tmp_path: Path) -> None:
    app = open_page("correlations", publish(tmp_path, plain(6000, 3)).path, {"method": "Kendall"})
    assert any("5,000 rows" in caption.value for caption in app.caption)
    assert set(app.dataframe[0].value["n"]) == {5000}


def test_a_p_value_too_small_for_a_number_is_said() -> None:
    values = np.arange(20_000.0)
    found = correlations({"a": values, "b": values + np.sin(values)}, "pearson")
    assert p_text(float(found.p_value[0, 1])) == "< 1e-300"
    assert [p_text(p) for p in (1e-299, 0.01234, float("nan"))] == ["1.00e-299", "0.0123", "–"]
    assert (number(-0.001), number(-0.25), number(float("nan"))) == ("0.00", "−0.25", "–")


def test_pairs_come_strongest_first_and_once(tmp_path: Path) -> None:
    build = open_build(publish(tmp_path, plain(200, 9)))
    candidates = gather(load_pool(build), PoolSpec(reward_model="rm-large"), ResponseSpec(), 0)
    for columns in (each(candidates, None) for each in COLUMNS.values()):
        found = correlations(columns, "spearman")
        listed = pairs(found)
        assert len({frozenset((pair.first, pair.second)) for pair in listed}) == len(columns) * (len(columns) - 1) / 2
        strengths = [abs(pair.coefficient) for pair in listed if pair.known]
        assert strengths == sorted(strengths, reverse=True)
        assert len(heatmap(found, found.names, "ρ", (1, 0)).layout.shapes) == 2
    some = np.array([3, 7, 11])
    assert all(len(column) == 3 for column in metric_columns(candidates, some).values())
    build.close()


@pytest.mark.parametrize(("rows", "chosen"), [(100, 10), (MOST_POINTS + 1, 100), (60_000, 45_000)])
def test_a_scatter_never_draws_more_than_a_browser_takes(rows: int, chosen: int) -> None:
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=rows), draw.normal(size=rows)
    figure = scatter(Axis("x", x), Axis("y", y), np.arange(rows) < chosen)
    points = sum(len(trace.x) for trace in figure.data if trace.type == "scattergl")
    assert points <= MOST_POINTS
    cloud = [trace for trace in figure.data if trace.type == "heatmap"]
    assert len(cloud) == (rows > MOST_POINTS)
    if cloud:
        assert np.nansum(cloud[0].customdata) == rows


@pytest.mark.parametrize("page", ["correlations", "compare", "results"])
@pytest.mark.parametrize("between", ["Metrics", "Models"])
def test_hostile_names_are_never_markup(page: str, between: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page(page, publish(tmp_path, EDGES["hostile text"]).path, {"between": between})
    assert failures(app) == []
    shown = [element.value for element in (*app.markdown, *app.caption)]
    shown += [text for metric in app.metric for text in (metric.label, metric.delta, metric.help)]
    assert len(shown) > 10
    assert not [text for text in shown if re.search(r"(?<!\\)(<script|<img|!\[x|\[a\]\(j|\$.sum|:red)", text or "")]
