"""Charts: what they draw, what they leave out, and that no name from the data becomes markup."""

import io
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from crowdselect.compare.sets import Intersection
from crowdselect.figures.against_pool import outlines
from crowdselect.figures.coverage import coverage
from crowdselect.figures.density import density_png, extent
from crowdselect.figures.distributions import Distribution, bin_edges, distributions, histogram, shares
from crowdselect.figures.ladders import ladders
from crowdselect.figures.missing import missing_scores
from crowdselect.figures.overlap import overlap_matrix, times_held
from crowdselect.figures.percentiles import Place, percentiles
from crowdselect.figures.score_spread import score_spread
from crowdselect.figures.sets import sets
from crowdselect.figures.shares import parts
from crowdselect.figures.style import label, room, short
from crowdselect.ladders import Ladder

NAMES = st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=300), min_size=1, max_size=4)


def strings(value: object) -> list[str]:
    """Every text anywhere in a figure's JSON."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


@given(NAMES)
def test_no_name_becomes_markup(names: list[str]) -> None:
    n = len(names)
    counts = np.ones(n, dtype=int)
    figures = [
        coverage(range(n), names, counts, counts),
        missing_scores(names, names, np.full((n, n), 0.5)),
        score_spread(names, np.zeros((n, 3))),
        distributions([Distribution(name, histogram(np.arange(3.0)), np.arange(2.0)) for name in names]),
    ]
    for figure in figures:
        for text in strings(json.loads(figure.to_json())["data"]) + strings(json.loads(figure.to_json())["layout"]):
            assert "<" not in text.replace("<extra></extra>", "")


@given(NAMES)
def test_a_name_is_escaped_once(names: list[str]) -> None:
    for figure in (
        missing_scores(names, ["rm"], np.full((len(names), 1), 0.5)),
        score_spread(names, np.eye(len(names))),
    ):
        shown = json.loads(figure.to_json())["layout"]["yaxis"]["ticktext"]
        assert sorted(shown) == sorted(short(name, 36) for name in names)
    ones = np.ones(len(names), dtype=int)
    drawn = json.loads(coverage(range(len(names)), names, ones, ones).to_json())
    ticks = [f"{nth} · {name}" if name else str(nth) for nth, name in enumerate(names)]
    assert drawn["layout"]["xaxis"]["ticktext"] == [short(tick, 22) for tick in ticks]
    assert drawn["data"][0]["hovertext"] == [label(tick) for tick in ticks]


@given(st.integers(0, 5), st.integers(0, 60))
def test_a_prepared_chart_is_one_that_plotly_accepts(metrics: int, rows: int) -> None:
    rng = np.random.default_rng(rows)
    shown = [
        Distribution(f"m{n}", histogram(rng.normal(size=rows)), rng.normal(size=rows // 2)) for n in range(metrics)
    ]
    counts = rng.integers(0, 10**6, size=metrics)
    titles, pools = [each.title for each in shown], [each.pool for each in shown]
    several = outlines(titles, pools, ["one", "two"], [[each.selected for each in shown]] * 2)
    for chart in (distributions(shown), coverage(range(metrics), [""] * metrics, counts, counts // 2), several):
        assert json.loads(chart.to_json()) == json.loads(chart.figure().to_json())


@pytest.mark.parametrize("families", [0, 1, 3, 7])
def test_plain_charts_are_ones_that_plotly_accepts(families: int) -> None:
    """It refuses a property that it does not know, and a value that it cannot be."""
    sizes, scores = (0.5, 7.0, 70.0), (-1.0, 2.0, 2.5)
    shown = [Ladder(f"f{n}", ("a", "b", "c"), sizes, scores, (-1) ** n * 0.5) for n in range(families)]
    places = [Place(f"m{n}", "1", [50.0, float("nan")][n % 2], n == 0) for n in range(families)]
    for chart in (ladders(shown), percentiles(places)):
        assert len(chart.figure().data) == len(chart.to_dict()["data"])
        assert json.loads(chart.to_json())["layout"]["height"] > 0


def test_charts_that_follow_a_slider_measure_no_label() -> None:
    """Else Plotly draws them twice, and the numbers beside them wait for it."""
    counts = np.ones(100, dtype=int)
    ladder = Ladder("f", ("a", "b"), (7.0, 70.0), (0.1, 0.2), 1.0)
    metric = Distribution("m", histogram(np.arange(9.0)), np.arange(4.0))
    charts = [distributions([metric] * 3), coverage(range(100), [""] * 100, counts, counts), ladders([ladder] * 4)]
    for layout in [each.figure().layout for each in charts]:
        axes = [layout[name] for name in layout if name.startswith(("xaxis", "yaxis"))]
        assert [axis.automargin for axis in axes] == [False] * len(axes) != []
        assert layout.margin.autoexpand is False
        assert not layout.showlegend


def test_charts_of_selections_measure_no_label() -> None:
    names, one = [f"selection {n}" for n in range(6)], np.eye(6)
    found = [Intersection((0, 1), 5), Intersection((2,), 3)]
    charts = [
        overlap_matrix(names, one, one.astype(int), False),
        times_held(np.array([1, 2, 6]), 6),
        sets(names, found),
        parts(names, names, one),
    ]
    for layout in [each.layout for each in charts]:
        shown = [
            layout[name] for name in layout if name.startswith(("xaxis", "yaxis")) and layout[name].visible is None
        ]
        assert [axis.automargin for axis in shown] == [False] * len(shown) != []
        assert layout.margin.autoexpand is False
    assert room(["選擇"]) > room(["ab"]) > room([]) == room([""])


@pytest.mark.parametrize(("clusters", "marks"), [(0, 0), (1, 1), (16, 16), (17, 9), (1000, 16)])
def test_marks_below_many_clusters_stand_clear(clusters: int, marks: int) -> None:
    counts = np.ones(clusters, dtype=int)
    axis = coverage(range(clusters), [""] * clusters, counts, counts).figure().layout.xaxis
    assert len(axis.ticktext or ()) == marks


@given(st.text(max_size=1000))
def test_a_label_is_one_short_line(name: str) -> None:
    shown = label(name)
    assert not re.search(r"[<>\n]", shown)
    assert len(shown) <= 200 * 5  # an & takes five


def test_the_picture_has_the_points_where_the_map_draws_them() -> None:
    points = np.array([[0.0, 0.0], [10.0, 4.0], [np.nan, np.nan]])
    area = extent(points)
    picture = Image.open(io.BytesIO(density_png(points, pixels=100)))
    alpha = np.asarray(picture)[..., 1]
    for x, y in points[:2]:
        column = int((x - area.left) / area.side * 100)
        line = int((area.top - y) / area.side * 100)
        assert alpha[max(line - 1, 0) : line + 2, max(column - 1, 0) : column + 2].max() > 60
    assert alpha[:5, :5].max() == 0


def test_one_picture_whatever_the_order() -> None:
    points = np.random.default_rng(0).normal(size=(500, 2))
    assert density_png(points) == density_png(points[::-1])


@pytest.mark.parametrize("points", [np.empty((0, 2)), np.full((3, 2), np.nan), np.ones((4, 2))])
def test_nothing_to_draw_is_still_a_picture(points: np.ndarray) -> None:
    assert Image.open(io.BytesIO(density_png(points))).size == (720, 720)


@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=60))
def test_shares_add_up_to_one(values: list[float]) -> None:
    array = np.array(values, dtype=float)
    total = shares(array, bin_edges(array)).sum()
    assert total == pytest.approx(1.0 if np.isfinite(array).any() else 0.0)


def test_clusters_are_headed_by_whole_words() -> None:
    groups = ["days, enjoy, interested, itineraries", "a short one", "<b>, " * 30, "x" * 60, *map(str, range(25))]
    chart = parts(["one"], groups, np.full((1, len(groups)), 1 / len(groups)))
    first, second, hostile, long, *_ = chart.layout.xaxis.ticktext
    assert (first, second) == ("days, enjoy …", "a short one")
    assert "<" not in hostile
    assert len(long) == 18


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9])
def test_the_columns_of_the_overlap_do_not_run_into_each_other(size: int) -> None:
    names = [f"Random in clusters {n}" for n in range(size)]
    chart = overlap_matrix(names, np.eye(size), np.eye(size, dtype=int), counts=False)
    axis = chart.layout.xaxis
    longest = max(len(line) for tick in axis.ticktext for line in tick.split("<br>"))
    assert axis.tickangle == -50 or size * longest <= 48  # about 6.5 pixels each, of 330 beside an open sidebar
    assert all(any(name in text for text in chart.data[-1].text) for name in names)


def test_ladders_say_what_makes_rho_say_little() -> None:
    shown = [
        Ladder("f", ("a", "b", "c"), (1.0, 7.0, 70.0), (0.1, 0.1, 0.1), float("nan"), True),
        Ladder("g", ("a", "b"), (1.0, 7.0), (0.1, 0.9), 1.0),
        Ladder("h", ("a", "b", "c"), (1.0, 7.0, 70.0), (0.1, 0.5, 0.9), 1.0),
    ]
    words = [note["text"] for note in ladders(shown).to_dict()["layout"]["annotations"]]
    assert words == ["f", "flat", "g", "ρ 1.00 · of two", "h", "ρ 1.00"]
