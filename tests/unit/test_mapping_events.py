"""What a browser may send back from a map, and what is not taken."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from crowdselect.concordance_spec import ConcordanceSpec
from crowdselect.errors import UserError
from crowdselect.mapping.colouring import ColourBy
from crowdselect.mapping.lasso import Lasso
from pages._ui.map.addresses import asked_colour, colour_address, points_address
from pages._ui.map.events import MOST_CORNERS, read_lasso, read_row

TRIANGLE = [[0, 0], [1, 0], [0.5, 1]]
COLOUR = ColourBy("cluster", "k")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["polygon", "mode", "hidden"]), inner),
)


def test_a_shape_is_read() -> None:
    sent = {"polygon": TRIANGLE, "projection": "tsne", "mode": "add", "hidden": [[2, 4], [255, 255]]}
    assert read_lasso(sent, "tsne", COLOUR) == Lasso(
        "tsne", ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0)), "add", COLOUR, frozenset({2, 3, 4, 255})
    )
    assert read_lasso({"polygon": []}, "tsne", None) == Lasso("tsne", ())


@pytest.mark.parametrize(
    "polygon",
    [
        TRIANGLE[:2], [[0, 0]] * (MOST_CORNERS + 1), [[0, 0], [1, 0], [math.nan, 1]], [[0, 0], [1, 0], [1e300, 1]],
        [[0, 0], [1, 0], ["2", 1]], [[0, 0], [1, 0], [True, 1]], [[0, 0], [1, 0], [1, 2, 3]], "abc", None, 7, {"0": 1},
    ],
)  # fmt: skip
def test_what_is_no_shape_is_nothing(polygon: object) -> None:
    assert read_lasso({"polygon": polygon, "projection": "tsne"}, "tsne", None) is None


def test_a_shape_of_another_map_is_nothing() -> None:
    assert read_lasso({"polygon": TRIANGLE, "projection": "pca"}, "tsne", None) is None


@given(JSON)
def test_nothing_that_is_sent_raises(sent: object) -> None:
    for value in (sent, {"polygon": sent}, {"polygon": TRIANGLE, "projection": "t", "mode": sent, "hidden": sent}):
        lasso = read_lasso(value, "t", None)
        assert lasso is None or lasso.mode in ("replace", "add", "remove")
        assert lasso is None or all(0 <= code < 256 for code in lasso.hidden)
    row = read_row(sent, 10)
    assert row is None or 0 <= row < 10


@given(
    st.text(), st.text(min_size=1), st.sampled_from(["average", "original"]),
    st.builds(ConcordanceSpec, min_gap=st.floats(0, 1e6), shrink=st.sampled_from([0.0, 2.0, 0.1])),
)  # fmt: skip
def test_a_colour_comes_back_from_its_address(
    name: str, reward_model: str, ties: str, concordance: ConcordanceSpec
) -> None:
    try:
        name.encode(), reward_model.encode()
    except UnicodeEncodeError:
        return
    colour = ColourBy("metric", name, reward_model, ties, concordance)  # type: ignore[arg-type]
    path, _, query = colour_address("0007", colour).partition("?")
    assert path == "map/0007/colour"
    assert asked_colour(QueryParams(query)) == colour


def test_an_address_without_numbers_is_refused() -> None:
    with pytest.raises(UserError, match="Concordance takes numbers from 0 on"):
        asked_colour(QueryParams("by=metric&name=concordance&min_gap=some"))


def test_a_projections_name_stays_inside_its_address() -> None:
    assert points_address("0007", "../a?b#c/d") == "map/0007/points/..%2Fa%3Fb%23c%2Fd"
